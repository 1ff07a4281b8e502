import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookup3 } from '../../../src/formats/hdf5_checksum.ts';
import { writeHdf5 } from '../../../src/formats/hdf5_writer.ts';
import { realFiles, single, writtenBy } from '../specimens.ts';
import type { Specimen, Target } from '../target.ts';
import { readVolumes } from './volumes.ts';

export const hdf5: Target = {
  name: 'hdf5',
  async specimens() {
    const folder = mkdtempSync(join(tmpdir(), 'hdf5-specimens-'));
    try {
      return [
        ...(await written(folder)),
        ...writtenBy('src/formats/reference/make_hdf5.py', 64 * 1024),
        ...realFiles(/\.(h5|nxs)$/i, 256 * 1024),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  async attempt(attempt) {
    // Behind checksums damage would be found before it is read: half of the headers are made to match again.
    if (statSync(attempt.path).isFile() && attempt.random.chance(0.5))
      writeFileSync(attempt.path, resealed(readFileSync(attempt.path)));
    await readVolumes(attempt);
  },
  cases: 120,
};

async function written(folder: string): Promise<Specimen[]> {
  const path = join(folder, 'own.h5');
  const voxels = Uint16Array.from({ length: 4 * 5 * 6 }, (_, i) => i);
  await writeHdf5(path, { shape: [4, 5, 6], type: 'uint16', voxels, voxelSizeUm: [2, 1, 1] });
  return [single('own.h5', readFileSync(path))];
}

/** With checksums that match, of the superblock and of object headers in one block. */
function resealed(bytes: Buffer): Buffer {
  const seal = (from: number, length: number) => {
    if (length < 0 || from + length + 4 > bytes.length) return;
    bytes.writeUInt32LE(lookup3(bytes.subarray(from, from + length)), from + length);
  };
  if (bytes[8] === 2 || bytes[8] === 3) seal(0, 44);
  for (let at = bytes.indexOf('OHDR'); at >= 0; at = bytes.indexOf('OHDR', at + 4)) {
    if (at + 40 > bytes.length) break;
    const flags = bytes[at + 5]!;
    const sizeAt = at + 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
    const width = 1 << (flags & 3);
    seal(at, sizeAt - at + width + (width < 8 ? bytes.readUIntLE(sizeAt, Math.min(width, 6)) : 0));
  }
  return bytes;
}
