import type { Matrix4 } from 'three';
import type { Triple } from '../../core/geometry.ts';

/** Cubes that hold all that can be seen of a volume. */
export interface Blocks {
  /** Middles, x, y, z in voxels from the corner of the first one. */
  middles: Float32Array;
  /** Half an edge, voxels. */
  half: number;
}

/** Blocks around all cells (`cell` voxels wide) of distance 0: single ones, or as many together as keep their number within `most`. */
export function blocksOf(map: Uint8Array, shape: Triple, cell: number, most: number): Blocks {
  for (let edge = 1; ; edge *= 2) {
    const grid = shape.map((n) => Math.ceil(n / edge)) as Triple;
    const full = new Uint8Array(grid[0] * grid[1] * grid[2]);
    let count = 0;
    for (let z = 0, at = 0; z < shape[0]; z++)
      for (let y = 0; y < shape[1]; y++) {
        const row = (Math.floor(z / edge) * grid[1] + Math.floor(y / edge)) * grid[2];
        for (let x = 0; x < shape[2]; x++, at++) {
          if (map[at] !== 0) continue;
          const block = row + Math.floor(x / edge);
          if (full[block]) continue;
          full[block] = 1;
          count++;
        }
      }
    if (count <= most) return { middles: middlesOf(full, grid, edge * cell, count), half: (edge * cell) / 2 };
  }
}

function middlesOf(full: Uint8Array, [nz, ny, nx]: Triple, edge: number, count: number): Float32Array {
  const middles = new Float32Array(count * 3);
  let to = 0;
  for (let z = 0, at = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) {
        if (!full[at]) continue;
        middles.set([(x + 0.5) * edge, (y + 0.5) * edge, (z + 0.5) * edge], to);
        to += 3;
      }
  return middles;
}

/** Height of the rows of a silhouette, pixels. */
export const ROW = 8;

/**
 * Where on a picture blocks can be seen: for each row of pixels from the bottom up the first and last column, half open, in
 * pixels; null where some lie beside the eye. `scale` is the pixels that a µm covers at depth 1, `reach` voxels are added around.
 */
export function silhouette(
  { middles, half }: Blocks,
  reach: number,
  toClip: Matrix4,
  scale: number,
  voxelSizeUm: Triple,
  width: number,
  height: number,
): { left: Float32Array; right: Float32Array } | null {
  const rows = Math.ceil(height / ROW);
  const [left, right] = [new Float32Array(rows).fill(width), new Float32Array(rows)];
  const e = toClip.elements;
  const [uz, uy, ux] = voxelSizeUm;
  const radius = (half + reach) * Math.hypot(ux, uy, uz);
  for (let i = 0; i < middles.length; i += 3) {
    const [x, y, z] = [(middles[i]! - 0.5) * ux, (middles[i + 1]! - 0.5) * uy, (middles[i + 2]! - 0.5) * uz];
    const w = e[3]! * x + e[7]! * y + e[11]! * z + e[15]!;
    // Twice as far away as it is large, a ball looks less than a seventh wider than its shadow on the plane through its middle.
    const perspective = e[3] !== 0 || e[7] !== 0 || e[11] !== 0;
    if (perspective && w < 2 * radius) return null;
    const around = ((perspective ? 1.16 : 1) * radius * scale) / w + 1;
    const across = (((e[0]! * x + e[4]! * y + e[8]! * z + e[12]!) / w + 1) / 2) * width;
    const up = (((e[1]! * x + e[5]! * y + e[9]! * z + e[13]!) / w + 1) / 2) * height;
    const first = Math.max(0, Math.floor((up - around) / ROW));
    const last = Math.min(rows - 1, Math.floor((up + around) / ROW));
    for (let row = first; row <= last; row++) {
      if (across - around < left[row]!) left[row] = across - around;
      if (across + around > right[row]!) right[row] = across + around;
    }
  }
  return { left, right };
}
