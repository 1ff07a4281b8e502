import { open } from 'node:fs/promises';
import { badInput } from '../core/failure.ts';
import type { VolumeSource } from '../core/series.ts';
import { type Piece, type Planes, VOXEL_BYTES } from './description.ts';

const PIECE_BYTES = 1 << 20;

/** The planes of a plainly stored volume, as `VoxelAccess.decode` gives them. */
export async function* plainPieces(
  source: VolumeSource,
  { first, end }: Omit<Planes, 'frame'>,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  const [, rows, columns] = source.shape;
  const rowBytes = columns * VOXEL_BYTES[source.type];
  const wanted = { from: first * rows, to: end * rows };
  const segments: VolumeSource['segments'] = [];
  let row = 0;
  for (const segment of source.segments) {
    const from = Math.max(row, wanted.from);
    const to = Math.min(row + segment.rows, wanted.to);
    if (to > from) segments.push({ ...segment, offset: segment.offset + (from - row) * rowBytes, rows: to - from });
    row += segment.rows;
  }
  let at = 0;
  for await (const bytes of decodePlain({ ...source, segments }, signal)) {
    yield { at, bytes };
    at += bytes.length;
  }
}

/** Voxels of a plainly stored volume in order, least significant byte first. */
export async function* decodePlain(source: VolumeSource, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const bytes = VOXEL_BYTES[source.type];
  const piece = PIECE_BYTES - (PIECE_BYTES % bytes);
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
