import type { Ray, Vector3 } from 'three';
import { AXES, type AxisName, type Box, type Triple } from '../../core/geometry.ts';

/** Points are x, y, z in µm, two a line. */
type Points = number[];

/** Corner of a box, half open, in µm: one bit an axis, z first. */
function corner({ min, max }: Box, bits: number, voxelSizeUm: Triple): Points {
  const um = [0, 1, 2].map((axis) => (((bits >> axis) & 1 ? max[axis]! : min[axis]!) - 0.5) * voxelSizeUm[axis]!);
  return um.reverse();
}

/** The twelve edges of a box of voxels, or the four around it where it is flat. */
export function boxEdges(box: Box, voxelSizeUm: Triple): Points {
  const points: Points = [];
  for (let bits = 0; bits < 8; bits++)
    for (let axis = 0; axis < 3; axis++) {
      const other = bits | (1 << axis);
      if (other === bits || box.min[axis] === box.max[axis]) continue;
      // A flat box has its edges once.
      if (AXES.some((_, k) => box.min[k] === box.max[k] && (bits >> k) & 1)) continue;
      points.push(...corner(box, bits, voxelSizeUm), ...corner(box, other, voxelSizeUm));
    }
  return points;
}

const AROUND = 64;

/** A cylinder that fills a box along an axis: two circles, and four lines between them. */
export function cylinderEdges(box: Box, axis: number, voxelSizeUm: Triple): Points {
  const [down, along] = [0, 1, 2].filter((k) => k !== axis) as [number, number];
  const at = (turn: number, end: number): Points => {
    const voxel: Triple = [0, 0, 0];
    voxel[axis] = end === 0 ? box.min[axis]! : box.max[axis]!;
    for (const [k, part] of [
      [down, Math.cos(turn)],
      [along, Math.sin(turn)],
    ] as const)
      voxel[k] = (box.min[k]! + box.max[k]!) / 2 + (part * (box.max[k]! - box.min[k]!)) / 2;
    return voxel.map((n, k) => (n - 0.5) * voxelSizeUm[k]!).reverse();
  };
  const turn = (i: number) => (2 * Math.PI * i) / AROUND;
  const points: Points = [];
  for (let i = 0; i < AROUND; i++) {
    for (const end of [0, 1]) points.push(...at(turn(i), end), ...at(turn(i + 1), end));
    if (i % (AROUND / 4) === 0) points.push(...at(turn(i), 0), ...at(turn(i), 1));
  }
  return points;
}

/** Three lines through a voxel, from end to end of a box. */
export function crosshairLines(crosshair: Triple, box: Box, voxelSizeUm: Triple): Points {
  return [0, 1, 2].flatMap((axis) => {
    const flat: Box = { kind: 'box', min: at(crosshair), max: at(crosshair) };
    flat.min[axis] = box.min[axis]!;
    flat.max[axis] = box.max[axis]!;
    return [...corner(flat, 0, voxelSizeUm), ...corner(flat, 1 << axis, voxelSizeUm)];
  });
}

/** The frames of the slices shown. */
export function sliceFrames(
  crosshair: Triple,
  slices: Readonly<Record<AxisName, boolean>>,
  box: Box,
  voxelSizeUm: Triple,
): Points {
  return AXES.flatMap((name, axis) => {
    if (!slices[name]) return [];
    const flat: Box = { kind: 'box', min: [...box.min], max: [...box.max] };
    flat.min[axis] = crosshair[axis]! + 0.5;
    flat.max[axis] = crosshair[axis]! + 0.5;
    return boxEdges(flat, voxelSizeUm);
  });
}

/** Middle of a voxel, counted from the corner of the first. */
const at = (voxel: Triple) => voxel.map((n) => n + 0.5) as Triple;

/** How far along a line, from `origin` in steps of `way`, a ray comes nearest to it; 0 where they run side by side. */
export function lengthAlong(ray: Ray, origin: Vector3, way: Vector3): number {
  const between = origin.clone().sub(ray.origin);
  const slope = way.dot(ray.direction);
  const cross = 1 - slope * slope;
  if (cross < 1e-6) return 0;
  return (slope * ray.direction.dot(between) - way.dot(between)) / cross;
}
