import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile, volumeSource } from './describe.ts';
import { naturalOrder } from './natural_order.ts';
import { sharedData } from './reference/shared_data.ts';
import { writeTiff } from './tiff_writer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slices-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function saveSlices(name: string, slices: Record<string, number[]>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  for (const [file, values] of Object.entries(slices)) {
    const volume = {
      shape: [1, values.length],
      type: 'uint16' as const,
      voxelSizeUm: [4, 2, 2] as [number, number, number],
    };
    await writeTiff(join(path, file), { ...volume, voxels: Uint16Array.from(values) });
  }
  return path;
}

it('natural order counts', () => {
  const names = [
    'a10',
    'a9',
    'b1',
    'a010b',
    'a',
    'a9b',
    'A2',
    'a10.5',
    'a99999999999999999998',
    'a99999999999999999999',
  ];
  expect([...names].sort(naturalOrder)).toEqual([
    'A2',
    'a',
    'a9',
    'a9b',
    'a10',
    'a10.5',
    'a010b',
    'a99999999999999999998',
    'a99999999999999999999',
    'b1',
  ]);
});

describe('a folder of slices', () => {
  it('is one volume in natural order, whatever else lies in it', async () => {
    const path = await saveSlices('good', {
      's_10.tif': [10, 10],
      's_9.TIFF': [9, 9],
      's_8.tif': [8, 8],
      '._s_7.tif': [7, 7],
    });
    await writeFile(join(path, 'readme.txt'), 'hello');
    await mkdir(join(path, 's_11.tif'));
    const description = await describeFile(path);
    expect(description).toMatchObject({
      kind: 'volume',
      format: 'slices',
      datasets: [{ name: 'volume', shape: [3, 1, 2], type: 'uint16', mapped: true, voxelSizeUm: [4, 2, 2] }],
    });
    expect(description).not.toHaveProperty('notes');
    const names = volumeSource(description).segments.map((segment) => segment.path.slice(path.length + 1));
    expect(names).toEqual(['s_8.tif', 's_9.TIFF', 's_10.tif']);
  });

  it('says where slices are missing', async () => {
    const path = await saveSlices('gap', { 's1.tif': [1], 's2.tif': [1], 's4.tif': [1] });
    expect(await describeFile(path)).toMatchObject({ notes: ['Slices seem to be missing between s2.tif and s4.tif.'] });
    const everyOther = await saveSlices('even', { 's2.tif': [1], 's4.tif': [1], 's6.tif': [1] });
    expect(await describeFile(everyOther)).not.toHaveProperty('notes');
  });

  it('refuses what is not one volume', async () => {
    const mixed = await saveSlices('mixed', { 's1.tif': [1, 2], 's2.tif': [1, 2, 3] });
    await expect(describeFile(mixed)).rejects.toThrow(
      /mixed, s2\.tif\): this slice is 1 × 3 uint16, the first is 1 × 2/,
    );
    const volumes = await saveSlices('volumes', {});
    await writeTiff(join(volumes, 'v.tif'), {
      shape: [2, 1, 1],
      type: 'uint8',
      voxelSizeUm: null,
      voxels: new Uint8Array(2),
    });
    await expect(describeFile(volumes)).rejects.toThrow(/v\.tif\): this file has 2 pages/);
    await expect(describeFile(await saveSlices('none', {}))).rejects.toThrow(/holds no TIFF file/);
    const broken = await saveSlices('broken', { 's1.tif': [1], 's2.tif': [1] });
    await writeFile(join(broken, 's2.tif'), 'II*\0 and nothing more');
    await expect(describeFile(broken)).rejects.toThrow(/s2\.tif/);
  });

  const shared = sharedData();
  it.skipIf(!shared)('of real radiographs', async () => {
    expect(await describeFile(join(shared as string, 'ornlneutronimaging_NeuNorm/sample'))).toMatchObject({
      datasets: [{ shape: [14, 100, 100], type: 'float32', mapped: true }],
    });
  });
});
