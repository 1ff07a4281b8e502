import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const binNative = native['bin'] as unknown as (options: object) => Promise<void>;

/** Shape of a volume of 2 × 2 × 2 means: halves, rounded up. */
export function binnedShape([z, y, x]: Triple): Triple {
  return [Math.ceil(z / 2), Math.ceil(y / 2), Math.ceil(x / 2)];
}

/**
 * The mean of every 2 × 2 × 2 voxels, of as many as there are at the far border; `channels` numbers a voxel side by side.
 * Integers are rounded, halves up.
 */
export async function bin<T extends Uint8Array | Uint16Array | Int16Array | Float32Array>(
  voxels: T,
  shape: Triple,
  channels = 1,
  threads = 0,
): Promise<T> {
  const [z, y, x] = binnedShape(shape);
  const out = new (voxels.constructor as new (length: number) => T)(z * y * x * channels);
  await binNative({ voxels, shape, channels, out, threads });
  return out;
}

/** The same of bytes, in 1/256 of a count: nothing is rounded, and 255 becomes 65280. */
export async function binFine(
  voxels: Uint8Array,
  shape: Triple,
  channels = 1,
  threads = 0,
): Promise<Uint16Array<ArrayBuffer>> {
  const [z, y, x] = binnedShape(shape);
  const out = new Uint16Array(z * y * x * channels);
  await binNative({ voxels, shape, channels, out, threads });
  return out;
}
