import type { AxisName, Triple } from '../../../core/geometry.ts';
import type { SliceFrame } from '../../viewer/index.ts';

export const AXIS_OF: Record<AxisName, 0 | 1 | 2> = { z: 0, y: 1, x: 2 };
/** The two axes of a slice across an axis: down, and to the right. */
export const PLANE_AXES: Record<AxisName, readonly [0 | 1, 1 | 2]> = { z: [1, 2], y: [0, 2], x: [0, 1] };
export const PLANE_NAMES: Record<AxisName, string> = { z: 'xy', y: 'xz', x: 'yz' };

export interface Canvas {
  width: number;
  height: number;
}

/** Share of a view that a whole slice takes. */
const FILL = 0.94;

/** CSS pixels a µm at which a whole slice fits, with a margin. */
export function fitScale(axis: AxisName, shape: Triple, voxelSizeUm: Triple, { width, height }: Canvas): number {
  const [down, right] = PLANE_AXES[axis];
  return FILL * Math.min(height / (shape[down] * voxelSizeUm[down]), width / (shape[right] * voxelSizeUm[right]));
}

/** Where a voxel lies in a view, CSS pixels from its left top. */
export function toPixels(
  voxel: Triple,
  axis: AxisName,
  frame: SliceFrame,
  voxelSizeUm: Triple,
  { width, height }: Canvas,
): [x: number, y: number] {
  const [down, right] = PLANE_AXES[axis];
  return [
    width / 2 + (voxel[right] - frame.centre[1]) * voxelSizeUm[right] * frame.pixelsPerUm,
    height / 2 + (voxel[down] - frame.centre[0]) * voxelSizeUm[down] * frame.pixelsPerUm,
  ];
}

/** The voxel at a place of a view; `index` along the axis across it. */
export function toVoxel(
  [x, y]: readonly [number, number],
  axis: AxisName,
  index: number,
  frame: SliceFrame,
  voxelSizeUm: Triple,
  { width, height }: Canvas,
): Triple {
  const [down, right] = PLANE_AXES[axis];
  const voxel: Triple = [index, index, index];
  voxel[right] = frame.centre[1] + (x - width / 2) / (voxelSizeUm[right] * frame.pixelsPerUm);
  voxel[down] = frame.centre[0] + (y - height / 2) / (voxelSizeUm[down] * frame.pixelsPerUm);
  return voxel;
}

export function clamped(voxel: Triple, shape: Triple): Triple {
  return voxel.map((place, axis) => Math.max(0, Math.min(shape[axis]! - 1, place))) as Triple;
}

export function centreOf(shape: Triple): Triple {
  return shape.map((length) => Math.floor((length - 1) / 2)) as Triple;
}
