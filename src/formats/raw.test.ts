import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile, importVolume, volumeSource } from './describe.ts';
import { namedLayout } from './raw.ts';
import { sharedData } from './reference/shared_data.ts';
import { writeRaw } from './write_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raw-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function save(name: string, bytes: Uint8Array | number): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof bytes === 'number' ? Buffer.alloc(bytes) : bytes);
  return path;
}

describe('the name of a raw file', () => {
  it.each([
    ['128x128x128_u8', [128, 128, 128], 'uint8', null],
    ['name_256x256x128_16bit_be.raw', [256, 256, 128], 'uint16', 'big'],
    ['polymer3d_8bit_128x128x128.raw', [128, 128, 128], 'uint8', null],
    ['foot-10x20x30-float32-le.raw', [10, 20, 30], 'float32', 'little'],
    ['A 10 x 20 x 30 (int16).vol', [10, 20, 30], 'int16', null],
    ['pore_10×20×30_16-bit_big-endian.raw', [10, 20, 30], 'uint16', 'big'],
    ['10x20x30_32bit.raw', [10, 20, 30], null, null],
    ['10x20x30.raw', [10, 20, 30], null, null],
    ['short_rest_10x20x30_u16.raw', [10, 20, 30], 'uint16', null],
  ])('%s', (name, numbers, type, byteOrder) => {
    expect(namedLayout(name)).toMatchObject({ numbers, type, byteOrder });
  });

  it.each(['scan.raw', '10x20.raw', '1x2x3x4_u8.raw', '1625x1234567x2.raw'])('%s gives no size', (name) => {
    expect(namedLayout(name)).toBeNull();
  });
});

describe('a raw file', () => {
  it('is x fastest, its name X × Y × Z, flags Z × Y × X', async () => {
    const path = await save('a_2x3x4_u8.raw', 24);
    const description = await describeFile(path);
    expect(description).toMatchObject({
      kind: 'volume',
      format: 'raw',
      datasets: [{ shape: [4, 3, 2], type: 'uint8', mapped: true }],
    });
    expect(JSON.parse(JSON.stringify(description)).notes).toEqual([expect.stringMatching(/X × Y × Z/)]);
    expect(await describeFile(path, { shape: [2, 3, 4] })).toMatchObject({ datasets: [{ shape: [2, 3, 4] }] });
    const later = await describeFile(await save('later.raw', 24 * 2 + 100), {
      shape: [2, 3, 4],
      type: 'int16',
      byteOrder: 'big',
      offset: 100,
      voxelSizeUm: [3, 2, 1],
    });
    expect(later).toMatchObject({ datasets: [{ byteOrder: 'big', voxelSizeUm: [3, 2, 1] }] });
    expect(volumeSource(later)).toEqual({
      segments: [{ path: join(folder, 'later.raw'), offset: 100, rows: 6 }],
      shape: [2, 3, 4],
      type: 'int16',
      bigEndian: true,
    });
  });

  it('is believed against the convention where its rows say so plainly', async () => {
    const [z, y, x] = [40, 30, 50];
    const wave = Float32Array.from({ length: z * y * x }, (_, i) => {
      const [row, column] = [Math.floor(i / x) % y, i % x];
      return Math.sin(row / 5) + Math.sin(column / 3);
    });
    const bytes = new Uint8Array(wave.buffer);
    const conventional = await describeFile(await save('wave_50x30x40_f32.raw', bytes));
    const reversed = await describeFile(await save('wave_40x30x50_f32.raw', bytes));
    for (const description of [conventional, reversed])
      expect(description).toMatchObject({ datasets: [{ shape: [40, 30, 50] }] });
    expect(reversed).toMatchObject({ notes: [expect.stringMatching(/Z × Y × X, because/)] });
    let seed = 1;
    const noise = Uint8Array.from({ length: z * y * x }, () => (seed = (seed * 48271) % 2147483647) >> 8);
    expect(await describeFile(await save('noise_40x30x50_u8.raw', noise))).toMatchObject({
      datasets: [{ shape: [50, 30, 40] }],
    });
  });

  it.each([
    ['b_2x3x4_u16.raw', 47, {}, /48 bytes, and the file has 47 bytes.*cut short/],
    ['b_2x3x4_u16.raw', 60, {}, /48 bytes, and the file has 60 bytes.*--offset 12/],
    ['b_2x3x4.raw', 96, {}, /float32, int32 or uint32.*--type/],
    ['b_2x3x4_32bit.raw', 96, {}, /float32, int32 or uint32.*--type/],
    ['b_2x3x4.raw', 25, {}, /not a whole number/],
    ['b.raw', 24, {}, /neither flags nor its name/],
    [
      'b.raw',
      24,
      { shape: [0, 2, 3] as [number, number, number], type: 'uint8' as const },
      /0 × 2 × 3 is not of whole, positive/,
    ],
    [
      'b.raw',
      24,
      { shape: [2, 3, 4] as [number, number, number], type: 'uint8' as const, offset: 1 },
      /24 bytes after a header of 1 bytes/,
    ],
    ['999999x999999x999999_u8.raw', 24, {}, /and the file has 24 bytes/],
  ])('%s of %d bytes with %o is refused', async (name, bytes, hints, why) => {
    await expect(describeFile(await save(name, bytes), hints)).rejects.toThrow(why);
  });

  it('takes its type from its size where only one is likely', async () => {
    expect(await describeFile(await save('c_2x3x2.raw', 12))).toMatchObject({ datasets: [{ type: 'uint8' }] });
    expect(await describeFile(await save('c_2x3x2.raw', 24))).toMatchObject({ datasets: [{ type: 'uint16' }] });
  });

  it('is what writeRaw writes, and what importVolume turns around', async () => {
    const path = join(folder, 'd_3x1x2_u16.raw');
    await writeRaw(path, { shape: [2, 1, 3], type: 'uint16', voxels: Uint16Array.of(1, 2, 3, 4, 5, 60000) });
    const description = await describeFile(path, { byteOrder: 'big' });
    const source = await importVolume(description, undefined, join(folder, 'turned.raw'));
    expect(source).toMatchObject({ shape: [2, 1, 3], bigEndian: false });
    expect(await describeFile(source.segments[0].path, { shape: [2, 1, 3], type: 'uint16' })).toMatchObject({
      kind: 'volume',
    });
  });

  const shared = sharedData();
  it.skipIf(!shared)('polymer3d of quanfima', async () => {
    const path = join(shared as string, 'rshkarin_quanfima/polymer3d_8bit_128x128x128.raw');
    expect(await describeFile(path)).toMatchObject({
      datasets: [{ shape: [128, 128, 128], type: 'uint8', mapped: true }],
    });
  });
});

describe('other files', () => {
  it.each([
    ['missing.tif', null, /there is no such file/],
    ['empty.raw', 0, /it is empty/],
    ['letter.docx', 100, /none of the known formats/],
    ['not.tif', 100, /named like a TIFF file, and does not begin like one/],
  ])('%s fails in one line', async (name, bytes, why) => {
    const path = bytes === null ? join(folder, name) : await save(name, bytes);
    await expect(describeFile(path)).rejects.toThrow(why);
    await expect(describeFile(path)).rejects.toMatchObject({ code: 'input', path });
  });
});
