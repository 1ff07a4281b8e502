import type { AxisName, Region, Triple } from '../../../core/geometry.ts';
import { AXIS_OF, PLANE_AXES } from '../views/place.ts';

export type Tool = 'box' | 'cylinder';

/**
 * The region that a drag from one voxel to another draws in a slice: a box from corner to corner, or the cylinder across the slice
 * whose circle fits between them. Along the axis it is as deep as its shorter side is long, the slice in its middle.
 */
export function drawnRegion(
  tool: Tool,
  axis: AxisName,
  from: Triple,
  to: Triple,
  shape: Triple,
  voxelSizeUm: Triple,
): Region {
  const across = AXIS_OF[axis];
  const [down, right] = PLANE_AXES[axis];
  const index = Math.round(from[across]);
  if (tool === 'box') {
    const min: Triple = [0, 0, 0];
    const max: Triple = [0, 0, 0];
    for (const k of [down, right]) {
      min[k] = Math.round(Math.min(from[k], to[k]));
      max[k] = Math.round(Math.max(from[k], to[k])) + 1;
    }
    const side = Math.min(...[down, right].map((k) => (max[k]! - min[k]!) * voxelSizeUm[k]!));
    [min[across], max[across]] = depth(index, side / voxelSizeUm[across], shape[across]);
    return { kind: 'box', min, max };
  }
  const [high, wide] = [to[down] - from[down], to[right] - from[right]];
  const radius = Math.max(1, Math.round(Math.max(Math.abs(high), Math.abs(wide))) / 2);
  const half = (value: number) => Math.round(value * 2) / 2;
  return {
    kind: 'cylinder',
    axis,
    center: [half(from[down] + (high < 0 ? -radius : radius)), half(from[right] + (wide < 0 ? -radius : radius))],
    radius,
    range: depth(index, (2 * radius * voxelSizeUm[down]) / voxelSizeUm[across], shape[across]),
    follow: 'none',
  };
}

/** Slices about one of them, as many as fit. */
function depth(index: number, slices: number, length: number): [number, number] {
  const half = Math.max(0, Math.floor((slices - 1) / 2));
  return [Math.max(0, index - half), Math.min(length, index + half + 1)];
}

/** A box about a place, a quarter of the volume's shortest side wide. */
export function regionAt(place: Triple, shape: Triple, voxelSizeUm: Triple): Region {
  const half = Math.min(...shape.map((length, k) => length * voxelSizeUm[k]!)) / 8;
  const min = place.map((at, k) => Math.max(0, Math.round(at - half / voxelSizeUm[k]!))) as Triple;
  const max = place.map((at, k) =>
    Math.min(shape[k]!, Math.max(min[k]! + 1, Math.round(at + half / voxelSizeUm[k]!) + 1)),
  ) as Triple;
  return { kind: 'box', min, max };
}
