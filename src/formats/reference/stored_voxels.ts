import { createHash } from 'node:crypto';
import { decodePlain } from '../decode_plain.ts';
import { chooseDataset } from '../describe.ts';
import { access, type Description, VOXEL_BYTES } from '../description.ts';

/** All voxels of a dataset, least significant byte first: by the way that it is mapped, or else as it is brought in. */
export async function voxelBytesOf(description: Description, dataset?: string, frame = 0): Promise<Buffer> {
  const chosen = chooseDataset(description, dataset);
  const reach = chosen[access]!;
  if (reach.plain) {
    const pieces: Uint8Array[] = [];
    for await (const piece of decodePlain(reach.plain(frame))) pieces.push(piece);
    return Buffer.concat(pieces);
  }
  return await decodedBytesOf(description, dataset, frame);
}

/** Some or all planes of a dataset as they are brought in; what no piece gives is 0xcc. */
export async function decodedBytesOf(
  description: Description,
  dataset?: string,
  frame = 0,
  planes?: readonly [first: number, end: number],
): Promise<Buffer> {
  const chosen = chooseDataset(description, dataset);
  const [slices, rows, columns] = chosen.shape.slice(-3);
  const [first, end] = planes ?? [0, slices];
  const reach = chosen[access]!;
  const out = Buffer.alloc((end - first) * rows * columns * VOXEL_BYTES[reach.type], 0xcc);
  let given = 0;
  for await (const { at, bytes } of reach.decode({ frame, first, end })) {
    if (at + bytes.length > out.length) throw new Error(`a piece reaches to ${at + bytes.length} of ${out.length}`);
    out.set(bytes, at);
    given += bytes.length;
  }
  if (given !== out.length) throw new Error(`${given} of ${out.length} bytes were given`);
  return out;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
