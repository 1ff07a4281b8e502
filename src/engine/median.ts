import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const medianNative = native['median'] as unknown as (options: object) => Promise<void>;

export interface MedianFootprint {
  shape: 'ball' | 'cube';
  /** In voxels, 0 to 16; a ball takes all offsets with r² ≤ radius², 123 of them at 3. */
  radius: number;
}

/**
 * `fiji` cuts the footprint off at the border, averages the middle two of an even count and rounds halves up, as Fiji's
 * "Median 3D" does. `reflect` and `nearest` continue the volume.
 */
export type MedianBorder = 'fiji' | 'reflect' | 'nearest';

/** The exact median of 16-bit voxels under a footprint; a new block of the same shape. */
export async function median(
  voxels: Int16Array,
  shape: Triple,
  footprint: MedianFootprint,
  border: MedianBorder = 'fiji',
  threads = 0,
): Promise<Int16Array> {
  const out = new Int16Array(shape[0] * shape[1] * shape[2]);
  const { radius } = footprint;
  await medianNative({ voxels, shape, radius, cube: footprint.shape === 'cube', border, out, threads });
  return out;
}
