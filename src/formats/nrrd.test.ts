import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile, importVolume, volumeSource } from './describe.ts';
import type { VolumeDescription } from './description.ts';
import { decodedBytesOf, voxelBytesOf } from './reference/stored_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nrrd-'));
});
afterAll(() => rm(folder, { recursive: true }));

const save = async (name: string, ...parts: (string | Buffer)[]): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))));
  return path;
};

/** A header of the fields given over those of a small volume of counted voxels. */
function header(fields: Record<string, string | number> = {}): string {
  const all = { type: 'ushort', dimension: 3, sizes: '4 3 2', endian: 'little', encoding: 'raw', ...fields };
  const lines = Object.entries(all).filter(([, value]) => value !== '');
  return `NRRD0005\n# a comment\n${lines.map(([key, value]) => `${key}: ${value}`).join('\n')}\n`;
}

const described = async (path: string) => (await describeFile(path)) as VolumeDescription;
const voxels = Buffer.from(Uint16Array.from({ length: 24 }, (_, i) => i * 1000).buffer);

describe('an NRRD volume', () => {
  it('is mapped, whichever its byte order', async () => {
    const little = await described(await save('little.nrrd', header(), '\n', voxels));
    expect(little).toMatchObject({
      kind: 'volume',
      format: 'nrrd',
      datasets: [{ shape: [2, 3, 4], type: 'uint16', byteOrder: 'little', mapped: true, voxelSizeUm: null }],
    });
    const big = await described(
      await save(
        'big.nrrd',
        header({ endian: 'big', type: 'unsigned short' }).replaceAll('\n', '\r\n'),
        '\r\n',
        Buffer.from(voxels).swap16(),
      ),
    );
    expect(volumeSource(big)).toMatchObject({ bigEndian: true });
    for (const description of [little, big]) {
      expect((await voxelBytesOf(description)).equals(voxels)).toBe(true);
      expect((await decodedBytesOf(description, undefined, 0, [1, 2])).equals(voxels.subarray(24))).toBe(true);
    }
  });

  it.each<[string, Record<string, string>, number[] | null, string | undefined]>([
    [
      'directions with units',
      {
        'space dimension': '3',
        'space directions': '(0.00065,0,0) (0,0.65,0) (0,0.3,0.4)',
        'space units': '"mm" "um" "µm"',
      },
      [0.5, 0.65, 0.65],
      'NRRD space directions',
    ],
    [
      'directions of a patient',
      { space: 'left-posterior-superior', 'space directions': '(0.001,0,0) (0,0.002,0) (0,0,0.003)' },
      [3, 2, 1],
      'NRRD space directions (mm)',
    ],
    [
      'directions without units',
      { 'space dimension': '3', 'space directions': '(1,0,0) (0,1,0) (0,0,1)' },
      null,
      undefined,
    ],
    [
      'spacings with units',
      { spacings: '0.65 0.65 1.3', units: '"microns" "microns" "microns"' },
      [1.3, 0.65, 0.65],
      'NRRD spacings',
    ],
    ['spacings without', { spacings: '0.65 0.65 1.3' }, null, undefined],
    ['spacings that are none', { spacings: 'nan 0.65 1.3', units: '"mm" "mm" "mm"' }, null, undefined],
  ])('knows its voxel size from %s', async (name, fields, um, from) => {
    const { datasets, notes } = await described(await save(`${name}.nrrd`, header(fields), '\n', voxels));
    if (um)
      for (const [axis, expected] of um.entries()) expect(datasets[0].voxelSizeUm![axis]).toBeCloseTo(expected, 9);
    else expect(datasets[0].voxelSizeUm).toBeNull();
    expect(datasets[0].voxelSizeFrom).toBe(from);
    if (name.includes('without')) expect(notes).toEqual([expect.stringMatching(/without a unit/)]);
  });

  it('may have its voxels in another file, several, or one for each number', async () => {
    await save('all.raw', Buffer.from('line\nline\nxxxx'), voxels);
    const one = await described(
      await save('one.nhdr', header({ 'line skip': 2, 'byte skip': 4, 'data file': 'all.raw' })),
    );
    await save('a0.raw', voxels.subarray(0, 24));
    await save('a 1.raw', voxels.subarray(24));
    const list = await described(await save('list.nhdr', header({ 'data file': 'LIST' }), 'a0.raw\na 1.raw\n'));
    await save('n007.raw', voxels.subarray(0, 24));
    await save('n005.raw', voxels.subarray(24));
    const pattern = await described(await save('pattern.nhdr', header({ 'data file': 'n%03d.raw 7 5 -2 2' })));
    await save('n007.gz', gzipSync(voxels.subarray(0, 24)));
    await save('n008.gz', gzipSync(voxels.subarray(24)));
    const zipped = await described(
      await save('zipped.nhdr', header({ 'data file': 'n%03d.gz 7 8 1', encoding: 'gzip' })),
    );
    for (const description of [one, list, pattern, zipped])
      expect((await voxelBytesOf(description)).equals(voxels)).toBe(true);
    expect(volumeSource(list).segments.map(({ rows }) => rows)).toEqual([3, 3]);
    expect((await decodedBytesOf(zipped, undefined, 0, [1, 2])).equals(voxels.subarray(24))).toBe(true);
  });

  it('may be a series, with the time as its slowest or fastest axis', async () => {
    const slow = await described(
      await save(
        'slow.nrrd',
        header({ dimension: 4, sizes: '2 3 2 2', kinds: 'domain domain domain time' }),
        '\n',
        voxels,
      ),
    );
    expect(slow.datasets[0]).toMatchObject({ shape: [2, 2, 3, 2], mapped: true });
    expect((await voxelBytesOf(slow, undefined, 1)).equals(voxels.subarray(24))).toBe(true);
    const fast = await described(
      await save(
        'fast.nrrd',
        header({
          dimension: 4,
          sizes: '2 2 3 2',
          space: 'LPS',
          'space directions': 'none (0.001,0,0) (0,0.002,0) (0,0,0.003)',
          kinds: 'list domain domain domain',
        }),
        '\n',
        voxels,
      ),
    );
    expect(fast.datasets[0]).toMatchObject({ shape: [2, 2, 3, 2], mapped: false, voxelSizeUm: [3, 2, 1] });
    const second = await voxelBytesOf(fast, undefined, 1);
    expect([...new Uint16Array(second.buffer, second.byteOffset, 12)]).toEqual(
      Array.from({ length: 12 }, (_, i) => (2 * i + 1) * 1000),
    );
    const vectors = header({ dimension: 4, sizes: '3 2 2 2', kinds: 'vector domain domain domain' });
    expect((await described(await save('vectors.nrrd', vectors, '\n', voxels))).datasets[0]).toMatchObject({
      colour: 'vector',
      refused: expect.stringMatching(/not grey values/),
    });
  });

  it('may be written as text', async () => {
    const numbers = Array.from({ length: 24 }, (_, i) => i * 1000).join(' ');
    const text = await described(
      await save('text.nrrd', header({ encoding: 'ascii', endian: '' }), '\n', numbers, '\n'),
    );
    expect((await voxelBytesOf(text)).equals(voxels)).toBe(true);
    const hex = await described(await save('hex.nrrd', header({ encoding: 'hex' }), '\n', voxels.toString('hex')));
    expect((await voxelBytesOf(hex)).equals(voxels)).toBe(true);
    const words = await described(
      await save('words.nrrd', header({ encoding: 'text' }), '\n', numbers.replace('7000', 'seven')),
    );
    await expect(voxelBytesOf(words)).rejects.toThrow(/"seven" among them is no number/);
  });

  it('of 28 GB is mapped without being read', async () => {
    const path = await save('large.nrrd', header({ sizes: '2560 2560 2160' }), '\n');
    await truncate(path, 2560 * 2560 * 2160 * 2 + 200);
    const began = performance.now();
    expect(volumeSource(await described(path))).toMatchObject({ segments: [{ rows: 2560 * 2160 }] });
    expect(performance.now() - began).toBeLessThan(500);
  });

  it.each<[string, (string | Buffer)[], RegExp]>([
    ['cut short', [header(), '\n', voxels.subarray(1)], /its voxels need 48 bytes after a header of \d+ bytes/],
    ['larger than can be', [header({ sizes: '4000000000 4000000000 4' }), '\n'], /cannot be/],
    [
      'larger than its compressed bytes',
      [header({ sizes: '4000 4000 4', encoding: 'gzip' }), '\n', gzipSync(voxels)],
      /cannot hold/,
    ],
    ['of negative size', [header({ sizes: '4 -3 2' }), '\n', voxels], /4 × -3 × 2, which cannot be/],
    ['of other sizes than dimensions', [header({ dimension: 4 }), '\n', voxels], /3 sizes for dimension 4/],
    ['of unknown encoding', [header({ encoding: 'lzma' }), '\n', voxels], /encoding "lzma" is not known/],
    ['of no byte order', [header({ endian: '' }), '\n', voxels], /which byte comes first/],
    ['without its file', [header({ 'data file': 'missing.raw' })], /file with its voxels is not there/],
    ['of endless files', [header({ 'data file': 'n%03d.raw 0 9 0' })], /no names/],
    ['of too many files', [header({ 'data file': 'n%03d.raw 0 99999999 1' })], /100000000 files/],
    ['a folder', [header({ 'data file': '.' })], /this is none/],
    ['without an end', [`NRRD0004\n${'x: y\n'.repeat(300_000)}`], /header has no end/],
  ])('%s is refused in one line', async (name, parts, why) => {
    await expect(described(await save(`${name}.nrrd`, ...parts))).rejects.toThrow(why);
  });

  it('with torn or too few compressed voxels is refused when it is brought in, and nothing stays', async () => {
    const zipped = gzipSync(voxels);
    const to = join(folder, 'in', 'voxels.raw');
    const short = await described(await save('short.nrrd', header({ encoding: 'gzip' }), '\n', zipped.subarray(0, 30)));
    await expect(importVolume(short, undefined, to)).rejects.toMatchObject({ code: 'input', message: /end early/ });
    const torn = await described(
      await save(
        'torn.nrrd',
        header({ encoding: 'gzip' }),
        '\n',
        Buffer.concat([zipped.subarray(0, -6), Buffer.alloc(6)]),
      ),
    );
    await expect(importVolume(torn, undefined, to)).rejects.toMatchObject({ code: 'input', message: /damaged/ });
    const few = await described(
      await save('few.nrrd', header({ encoding: 'gzip' }), '\n', gzipSync(voxels.subarray(2))),
    );
    await expect(importVolume(few, undefined, to)).rejects.toMatchObject({
      code: 'input',
      message: /gzip bytes give 46 bytes of 48 bytes/,
    });
    await expect(rm(join(folder, 'in', 'voxels.raw'))).rejects.toThrow('ENOENT');
  });
});
