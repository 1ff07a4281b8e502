import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Triple } from '../core/geometry.ts';
import { fortranPieces } from './fortran.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fortran-'));
});
afterAll(() => rm(folder, { recursive: true }));

const shape: Triple = [5, 7, 11];
const [slices, rows, columns] = shape;
const expected = Uint16Array.from({ length: slices * rows * columns }, (_, i) => i);

/** The same voxels with z fastest. */
function stored(): Buffer {
  const out = new Uint16Array(expected.length);
  for (let z = 0; z < slices; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) out[(x * rows + y) * slices + z] = expected[(z * rows + y) * columns + x];
  return Buffer.from(out.buffer);
}

it.each([
  ['none', 1],
  ['none', 2 * slices * columns * 3],
  ['deflate', 1],
  ['deflate', 2 * slices * rows * 4],
  ['deflate', 2 ** 20],
] as const)('a volume in Fortran order is put into order in bands: %s, %i bytes', async (encoding, bandBytes) => {
  const path = join(folder, `${encoding} ${bandBytes}`);
  const bytes = Buffer.concat([Buffer.from('header'), stored()]);
  await writeFile(path, encoding === 'none' ? bytes : deflateRawSync(bytes));
  const array = {
    shape,
    type: 'uint16',
    bigEndian: false,
    stored: { path, from: 0, encoding, type: 'uint16' as const },
    skip: 6,
  };
  for (const [first, end] of [
    [0, 5],
    [2, 4],
  ]) {
    const out = Buffer.alloc((end! - first!) * rows * columns * 2, 0xcc);
    for await (const piece of fortranPieces(array, { frame: 0, first: first!, end: end! }, undefined, bandBytes))
      out.set(piece.bytes, piece.at);
    const part = expected.subarray(first! * rows * columns, end! * rows * columns);
    expect(out.equals(Buffer.from(part.buffer, part.byteOffset, part.byteLength))).toBe(true);
  }
});
