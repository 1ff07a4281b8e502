import { isFailure } from '../core/failure.ts';
import { readChunkIndex } from './hdf5_chunks.ts';
import { ChunkDamage, unfiltered, unknownFilter } from './hdf5_filters.ts';
import type { DatasetHeader } from './hdf5_layout.ts';
import type { Values } from './hdf5_tree.ts';
import { valuesOf } from './hdf5_types.ts';

const LARGEST = 2 ** 20;

/** All values of a small dataset with at most one axis that counts; null for others, and for damaged ones. */
export async function readSmall(dataset: DatasetHeader): Promise<Values | null> {
  const { shape, type } = dataset;
  const count = shape?.reduce((product, n) => product * n, 1) ?? 0;
  if (!shape || count === 0 || count * type.bytes > LARGEST || shape.filter((n) => n > 1).length > 1) return null;
  try {
    const bytes = await bytesOf(dataset, count * type.bytes);
    return bytes && (await valuesOf(dataset.file, type, bytes));
  } catch (error) {
    // What is said beside the voxels may be damaged without harm to them.
    if (isFailure(error) || error instanceof ChunkDamage) return null;
    throw error;
  }
}

async function bytesOf(dataset: DatasetHeader, length: number): Promise<Buffer | null> {
  const { file, layout, filters, type } = dataset;
  if (layout.kind === 'compact') return layout.bytes.length >= length ? layout.bytes.subarray(0, length) : null;
  if (layout.kind === 'contiguous')
    return layout.address === null ? null : (await file.read(layout.address, length, 'values')).bytes;
  if (layout.kind !== 'chunked' || unknownFilter(filters)) return null;
  const index = await readChunkIndex(dataset);
  const chunkBytes = layout.chunk.reduce((product, n) => product * n, type.bytes);
  if (chunkBytes > LARGEST) return null;
  // Only one axis counts, so chunks follow one another along it.
  const whole: Buffer[] = [];
  for (let i = 0; i < index.grid.reduce((product, n) => product * n, 1); i++) {
    const stored = index.at(i);
    if (!stored || stored.bytes > 2 * LARGEST) return null;
    const { bytes } = await file.read(stored.offset - file.offsetOf(0), stored.bytes, 'values');
    const chunk = Buffer.from(await unfiltered(bytes, filters, stored.mask, chunkBytes));
    const axis = dataset.shape!.findIndex((n) => n > 1);
    const along = axis < 0 ? 1 : layout.chunk[axis];
    const stride = layout.chunk.slice(axis + 1).reduce((product, n) => product * n, 1) * type.bytes;
    if (axis < 0 || stride === type.bytes) whole.push(chunk.subarray(0, along * type.bytes));
    else return null;
  }
  return Buffer.concat(whole).subarray(0, length);
}
