import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const unlikeNative = native['firstUnlike'] as unknown as (options: object) => Promise<void>;

/**
 * A slab of planes and another plane, cut along y and x into columns of `chunk` × `chunk` voxels of `voxelBytes`: for each column, in
 * raster order, the first plane of the slab that differs from the other plane there; the number of planes where none does.
 */
export async function firstUnlike(
  slab: Uint8Array,
  shape: Triple,
  voxelBytes: number,
  chunk: number,
  plane: Uint8Array,
  threads = 0,
): Promise<Int32Array> {
  const first = new Int32Array(Math.ceil(shape[1] / chunk) * Math.ceil(shape[2] / chunk));
  await unlikeNative({ slab, shape, voxelBytes, chunk, plane, first, threads });
  return first;
}
