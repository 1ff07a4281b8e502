import { open } from 'node:fs/promises';
import { badInput } from '../core/failure.ts';
import type { VolumeSource } from '../core/series.ts';
import { VOXEL_BYTES } from './description.ts';

const PIECE = 1 << 20;

/** Voxels of a plainly stored volume in order, least significant byte first. */
export async function* decodePlain(source: VolumeSource, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const bytes = VOXEL_BYTES[source.type];
  const piece = PIECE - (PIECE % bytes);
  for (const { path, offset, rows } of source.segments) {
    const end = offset + rows * source.shape[2] * bytes;
    const file = await open(path, 'r');
    try {
      for (let at = offset; at < end; at += piece) {
        signal?.throwIfAborted();
        const chunk = Buffer.allocUnsafe(Math.min(piece, end - at));
        const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
        if (bytesRead < chunk.length)
          throw badInput({ what: 'Cannot read the voxels', path, why: 'it became shorter while it was read' });
        if (source.bigEndian && bytes === 2) chunk.swap16();
        if (source.bigEndian && bytes === 4) chunk.swap32();
        if (source.bigEndian && bytes === 8) chunk.swap64();
        yield chunk;
      }
    } finally {
      await file.close();
    }
  }
}
