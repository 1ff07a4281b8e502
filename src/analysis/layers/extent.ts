import { AXES, type AxisName, type Orientation, type Triple } from '../../core/geometry.ts';
import { median, moments, quantile } from '../../core/robust.ts';
import { readLevel } from '../../engine/register.ts';
import { readBlock, type View } from '../../engine/volume.ts';

/** Part of the range of grey values beyond which a voxel is no air. */
const MATTER = 0.25;
/** Part of the cell's half width that surely lies inside it. */
const INNER = 0.65;

/** Where in the file the cell lies, on a coarse copy. */
export interface Extent {
  /** Edge of a voxel of the copy. */
  factor: number;
  shape: Triple;
  block: Float32Array;
  /** Middle of what is no air, and half of what it measures, voxels of the copy. */
  centre: Triple;
  half: Triple;
}

export async function extentOf(view: View, shape: Triple, threads: number): Promise<Extent> {
  const factor = Math.max(1, Math.ceil(Math.max(...shape) / 96));
  const n = shape.map((edge) => Math.floor(edge / factor)) as Triple;
  const block = await readLevel(view, factor, [0, 0, 0], n, threads);
  const [dark, bright] = [quantile(block, 0.02), quantile(block, 0.98)];
  const least = dark + MATTER * (bright - dark);
  let count = 0;
  const sum: Triple = [0, 0, 0];
  const square: Triple = [0, 0, 0];
  for (let z = 0, at = 0; z < n[0]; z++)
    for (let y = 0; y < n[1]; y++)
      for (let x = 0; x < n[2]; x++, at++) {
        if (block[at]! < least) continue;
        count++;
        [z, y, x].forEach((place, axis) => {
          sum[axis]! += place;
          square[axis]! += place * place;
        });
      }
  const centre = sum.map((total) => total / Math.max(1, count)) as Triple;
  // Of a slab of even thickness the standard deviation is its edge over the root of 12.
  const half = square.map((total, axis) => Math.sqrt(3 * Math.max(0, total / Math.max(1, count) - centre[axis]! ** 2)));
  return { factor, shape: n, block, centre, half: half as Triple };
}

/** Middle of the cell across the stack, view voxels. */
export function middleOf({ factor, centre }: Extent, { axis }: Orientation): [number, number] {
  const along = (file: number) => centre[file]! * factor + (factor - 1) / 2;
  return [along(axis[1]), along(axis[2])];
}

/** Axes in order of how much better slices across them agree within than among themselves. */
export function rankAxes({ shape: n, block, centre, half }: Extent): AxisName[] {
  const stride = [n[1] * n[2], n[2], 1];
  const within = (axis: number): [number, number] => [
    Math.max(0, Math.floor(centre[axis]! - INNER * half[axis]!)),
    Math.min(n[axis]!, Math.ceil(centre[axis]! + INNER * half[axis]!) + 1),
  ];
  const scored = [0, 1, 2].map((axis) => {
    const [a, b] = [0, 1, 2].filter((other) => other !== axis) as [number, number];
    const [a0, a1] = within(a);
    const [b0, b1] = within(b);
    const medians: number[] = [];
    const spreads: number[] = [];
    for (let i = 0; i < n[axis]!; i++) {
      const values: number[] = [];
      for (let j = a0; j < a1; j++)
        for (let k = b0; k < b1; k++) values.push(block[i * stride[axis]! + j * stride[a]! + k * stride[b]!]!);
      const middle = median(values);
      medians.push(middle);
      spreads.push(median(values.map((value) => Math.abs(value - middle))));
    }
    return { axis: AXES[axis]!, score: moments(medians).std / (moments(spreads).mean + 1e-9) };
  });
  return scored.sort((a, b) => b.score - a.score).map(({ axis }) => axis);
}

/** Median of every slice in a column of at most 97 voxels about `middle`. */
export async function stackProfile(
  view: View,
  n: Triple,
  [v, u]: [number, number],
  threads: number,
): Promise<Float64Array> {
  const half = Math.max(4, Math.min(48, Math.floor(Math.min(n[1], n[2]) * 0.15)));
  const v0 = Math.max(0, Math.round(v) - half);
  const u0 = Math.max(0, Math.round(u) - half);
  const nv = Math.min(n[1], Math.round(v) + half + 1) - v0;
  const nu = Math.min(n[2], Math.round(u) + half + 1) - u0;
  const block = await readBlock(view, [0, v0, u0], [n[0], nv, nu], threads);
  const profile = new Float64Array(n[0]);
  for (let s = 0; s < n[0]; s++) profile[s] = median(block.subarray(s * nv * nu, (s + 1) * nv * nu));
  return profile;
}
