import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const distanceNative = native['distance'] as unknown as (options: object) => Promise<void>;

/**
 * The exact distance of every voxel inside a mask (not 0) to the nearest voxel outside, between centres, in the unit of
 * `spacing` (z, y, x); 0 outside, infinite when nothing is outside.
 */
export async function distance(
  mask: Uint8Array,
  shape: Triple,
  spacing: Triple = [1, 1, 1],
  threads = 0,
): Promise<Float32Array> {
  const out = new Float32Array(shape[0] * shape[1] * shape[2]);
  await distanceNative({ mask, shape, spacing, out, threads });
  return out;
}
