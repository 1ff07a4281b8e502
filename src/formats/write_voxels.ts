import type { FileHandle } from 'node:fs/promises';
import { asFailure } from '../core/failure.ts';
import type { VoxelType } from '../core/series.ts';
import { append, checkRoom, writtenBeside } from './beside.ts';
import { VOXEL_BYTES } from './description.ts';

export type Voxels =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface VolumeToWrite {
  /** z, y, x, or y, x for one page. */
  shape: readonly number[];
  type: VoxelType;
  /** All voxels in order, x fastest, at once or piece by piece. A Uint8Array is taken as bytes, lowest first. */
  voxels: Voxels | Iterable<Voxels> | AsyncIterable<Voxels>;
}

/**
 * Writes headerless little-endian voxels, beside and renamed. Throws a resources failure for a full disk, and an Error when
 * `voxels` are more, fewer or other than `shape` and `type` say.
 */
export async function writeRaw(path: string, volume: VolumeToWrite): Promise<void> {
  await writeVoxels(path, volume, Buffer.alloc(0), Buffer.alloc(0));
}

/** `head`, the voxels and `tail` in one file; as `writeRaw`. */
export async function writeVoxels(path: string, volume: VolumeToWrite, head: Buffer, tail: Buffer): Promise<void> {
  try {
    await checkRoom(path, head.length + voxelBytes(volume) + tail.length);
    await writtenBeside(path, async (file) => {
      await append(file, head);
      await appendVoxels(file, volume);
      await append(file, tail);
    });
  } catch (error) {
    throw asFailure(error, 'Cannot write the volume', path);
  }
}

/** Bytes of all voxels. Throws an Error when the shape is not of whole, positive numbers. */
export function voxelBytes({ shape, type }: VolumeToWrite): number {
  if (shape.length < 2 || !shape.every((n) => Number.isSafeInteger(n) && n > 0))
    throw new Error(`a volume cannot have the shape ${shape.join(' × ')}`);
  return shape.reduce((product, n) => product * n, VOXEL_BYTES[type]);
}

async function appendVoxels(file: FileHandle, volume: VolumeToWrite): Promise<void> {
  const expected = voxelBytes(volume);
  const pieces = ArrayBuffer.isView(volume.voxels) ? [volume.voxels] : volume.voxels;
  let bytes = 0;
  for await (const piece of pieces) {
    if (!(piece instanceof Uint8Array) && piece.constructor !== ARRAYS[volume.type])
      throw new Error(`${piece.constructor.name} was given for voxels of ${volume.type}`);
    bytes += piece.byteLength;
    if (bytes > expected) break;
    await append(file, new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
  }
  if (bytes !== expected)
    throw new Error(`${volume.shape.join(' × ')} voxels of ${volume.type} are ${expected} bytes, not ${bytes}`);
}

/** The typed array of each voxel type. */
export const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;
