import type { AxisName, Triple } from '../../../core/geometry.ts';
import { AXIS_OF } from '../views/place.ts';

export interface ClipBox {
  min: Triple;
  max: Triple;
}

/** The clip with one axis changed, inside the volume and never thinner than a voxel; null where all is shown. */
export function withEnds(
  clip: ClipBox | null,
  axis: number,
  [low, high]: [number, number],
  shape: Triple,
): ClipBox | null {
  const min: Triple = clip ? [...clip.min] : [0, 0, 0];
  const max: Triple = clip ? [...clip.max] : [...shape];
  min[axis] = Math.max(0, Math.min(shape[axis]! - 1, Math.round(low)));
  max[axis] = Math.max(min[axis]! + 1, Math.min(shape[axis]!, Math.round(high)));
  return min.every((at) => at === 0) && max.every((at, k) => at === shape[k]) ? null : { min, max };
}

/** Cuts away what lies before a place along an axis; what lies behind it where that was cut already; then nothing. */
export function cutAt(clip: ClipBox | null, axis: AxisName, place: Triple, shape: Triple): ClipBox | null {
  const k = AXIS_OF[axis];
  const at = Math.max(1, Math.min(shape[k] - 1, Math.round(place[k])));
  const [low, high] = clip ? [clip.min[k], clip.max[k]] : [0, shape[k]];
  if (low === 0 && high === shape[k]) return withEnds(clip, k, [at, shape[k]], shape);
  if (low > 0) return withEnds(clip, k, [0, at], shape);
  return withEnds(clip, k, [0, shape[k]], shape);
}
