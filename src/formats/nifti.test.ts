import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile, volumeSource } from './describe.ts';
import { access, type VolumeDescription } from './description.ts';
import { decodedBytesOf, voxelBytesOf } from './reference/stored_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nifti-'));
});
afterAll(() => rm(folder, { recursive: true }));

const save = async (name: string, ...parts: Buffer[]): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat(parts));
  return path;
};

interface Written {
  sizes?: number[];
  code?: number;
  spacing?: number[];
  units?: number;
  offset?: number;
  slope?: number;
  magic?: string;
  bigEndian?: boolean;
}

/** A NIfTI-1 header with the four bytes of "no extensions" behind it. */
function first({
  sizes = [4, 3, 2],
  code = 512,
  spacing = [1, 1, 1],
  units = 0,
  offset = 352,
  slope = 0,
  magic = 'n+1\0',
  bigEndian = false,
}: Written = {}): Buffer {
  const bytes = Buffer.alloc(352);
  const short = (value: number, at: number) =>
    bigEndian ? bytes.writeInt16BE(value, at) : bytes.writeInt16LE(value, at);
  const float = (value: number, at: number) =>
    bigEndian ? bytes.writeFloatBE(value, at) : bytes.writeFloatLE(value, at);
  bigEndian ? bytes.writeInt32BE(348, 0) : bytes.writeInt32LE(348, 0);
  short(sizes.length, 40);
  for (const [i, size] of sizes.entries()) short(size, 42 + 2 * i);
  short(code, 70);
  for (const [i, length] of spacing.entries()) float(length, 80 + 4 * i);
  float(offset, 108);
  float(slope, 112);
  bytes[123] = units;
  bytes.write(magic, 344, 'latin1');
  return bytes;
}

function second(sizes: number[], spacing: number[]): Buffer {
  const bytes = Buffer.alloc(544);
  bytes.writeInt32LE(540, 0);
  bytes.write('n+2\0\r\n\x1a\n', 4, 'latin1');
  bytes.writeInt16LE(512, 12);
  bytes.writeBigInt64LE(BigInt(sizes.length), 16);
  for (const [i, size] of sizes.entries()) bytes.writeBigInt64LE(BigInt(size), 24 + 8 * i);
  for (const [i, length] of spacing.entries()) bytes.writeDoubleLE(length, 112 + 8 * i);
  bytes.writeBigInt64LE(544n, 168);
  bytes.writeInt32LE(3, 500);
  return bytes;
}

const described = async (path: string) => (await describeFile(path)) as VolumeDescription;
const voxels = Buffer.from(Uint16Array.from({ length: 24 }, (_, i) => i * 1000).buffer);

describe('a NIfTI volume', () => {
  it('is mapped in one file or two, of both versions and byte orders', async () => {
    const one = await save('one.nii', first({ spacing: [0.65, 0.65, 1.3], units: 3 }), voxels);
    const big = await save(
      'big.nii',
      first({ bigEndian: true, spacing: [0.65, 0.65, 1.3], units: 3 }),
      Buffer.from(voxels).swap16(),
    );
    const two = await save('two.nii', second([4, 3, 2], [0.65, 0.65, 1.3]), voxels);
    const head = await save('pair.hdr', first({ magic: 'ni1\0', offset: 0, spacing: [0.65, 0.65, 1.3], units: 3 }));
    const body = await save('pair.img', voxels);
    for (const path of [one, big, two, head, body]) {
      const description = await described(path);
      expect(description).toMatchObject({
        kind: 'volume',
        format: 'nifti',
        datasets: [
          {
            shape: [2, 3, 4],
            type: 'uint16',
            mapped: true,
            voxelSizeUm: [1.3, 0.65, 0.65],
            voxelSizeFrom: 'NIfTI pixdim',
          },
        ],
      });
      expect(volumeSource(description)).toMatchObject({ bigEndian: path === big });
      const { files } = description.datasets[0][access]!;
      expect(files).toEqual(path === head || path === body ? [head, body] : undefined);
      expect((await voxelBytesOf(description)).equals(voxels)).toBe(true);
    }
  });

  it('that is compressed is brought in', async () => {
    const one = await described(
      await save('one.nii.gz', gzipSync(Buffer.concat([first({ offset: 400 }), Buffer.alloc(48), voxels]))),
    );
    await save('zipped.img.gz', gzipSync(voxels));
    const two = await described(await save('zipped.hdr', first({ magic: 'ni1\0', offset: 0 })));
    for (const description of [one, two]) {
      expect(description.datasets[0]).toMatchObject({ mapped: false, compression: 'gzip' });
      expect((await voxelBytesOf(description)).equals(voxels)).toBe(true);
      expect((await decodedBytesOf(description, undefined, 0, [1, 2])).equals(voxels.subarray(24))).toBe(true);
    }
  });

  it('may be a series; axes of length 1 behind it say nothing', async () => {
    const series = await described(await save('series.nii', first({ sizes: [2, 3, 2, 2] }), voxels));
    expect(series.datasets[0].shape).toEqual([2, 2, 3, 2]);
    expect((await voxelBytesOf(series, undefined, 1)).equals(voxels.subarray(24))).toBe(true);
    expect(
      (await described(await save('one.nii', first({ sizes: [4, 3, 2, 1, 1] }), voxels))).datasets[0].shape,
    ).toEqual([2, 3, 4]);
  });

  it('has no voxel size without a unit, and says what it does not do', async () => {
    const { datasets, notes } = await described(
      await save('plain.nii', first({ spacing: [2, 2, 2], slope: 0.5 }), voxels),
    );
    expect(datasets[0].voxelSizeUm).toBeNull();
    expect(notes).toEqual([
      expect.stringMatching(/without a unit/),
      expect.stringMatching(/by 0.5 and adds 0; grey values are used as they are stored/),
    ]);
  });

  it('of its ancestor Analyze is in millimetres', async () => {
    await save('old.img', voxels);
    const path = await save(
      'old.hdr',
      first({ magic: '\0\0\0\0', offset: 0, spacing: [0.001, 0.002, 0.004] }).subarray(0, 348),
    );
    const description = await described(path);
    expect(description).toMatchObject({
      format: 'analyze',
      datasets: [{ voxelSizeUm: [4, 2, 1], voxelSizeFrom: 'Analyze pixdim (mm)' }],
    });
    expect((await voxelBytesOf(description)).equals(voxels)).toBe(true);
  });

  it.each<[string, Buffer[], RegExp]>([
    ['cut short', [first(), voxels.subarray(1)], /its voxels need 48 bytes after a header of 352/],
    ['of no size', [first({ sizes: [4, -3, 2] }), voxels], /cannot be/],
    ['that begins nowhere', [first({ offset: Number.NaN }), voxels], /begin at byte NaN/],
    ['that begins far away', [first({ offset: 2 ** 40 }), voxels], /after a header of/],
    ['without its voxels', [first({ magic: 'ni1\0' })], /not beside it/],
    [
      'larger than its compressed bytes',
      [gzipSync(Buffer.concat([first({ sizes: [4000, 4000, 40] }), voxels]))],
      /cannot hold/,
    ],
  ])('%s is refused in one line', async (name, parts, why) => {
    await expect(described(await save(`${name}.hdr`, ...parts))).rejects.toThrow(why);
  });

  it.each([
    [128, /rgb24/],
    [32, /complex64/],
    [1536, /float128/],
    [99, /NIfTI type 99/],
  ])('of type %i is told and refused', async (code, refused) => {
    const path = await save(`type${code}.nii`, first({ code }), voxels);
    expect((await described(path)).datasets[0].refused).toMatch(refused);
  });
});
