import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const gaussianNative = native['gaussian'] as unknown as (options: object) => Promise<void>;

/** Beyond the border: `nearest` repeats the last voxel (Fiji), `reflect` mirrors about the voxel's face (scipy). */
export type Border = 'nearest' | 'reflect';

/** Smooths a float block with a Gaussian of `sigma` voxels, cut off at ⌊4σ + ½⌋; a new block of the same shape. */
export async function gaussian(
  voxels: Float32Array,
  shape: Triple,
  sigma: number,
  border: Border = 'nearest',
  threads = 0,
): Promise<Float32Array> {
  const out = new Float32Array(shape[0] * shape[1] * shape[2]);
  await gaussianNative({ voxels, shape, sigma, reflect: border === 'reflect', out, threads });
  return out;
}
