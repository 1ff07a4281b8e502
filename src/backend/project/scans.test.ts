import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findScans } from './scans.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scans-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('the voxels that a header names are no scans of their own, in a folder of scans', async () => {
  const header = (data: string) => `NDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\nElementDataFile = ${data}\n`;
  for (const name of ['day 0.5', 'day 1']) {
    await writeFile(join(folder, `${name}.mhd`), header(`${name}.raw`));
    await writeFile(join(folder, `${name}.raw`), Buffer.alloc(24));
  }
  await writeFile(join(folder, 'alone_4x3x2_u8.raw'), Buffer.alloc(24));
  await writeFile(join(folder, 'notes.txt'), 'none');
  const found = await findScans([folder], {});
  expect(found.map(({ name }) => name)).toEqual(['alone_4x3x2_u8', 'day 0.5', 'day 1']);
  expect(found.map(({ description }) => description.kind !== 'cycling' && description.format)).toEqual([
    'raw',
    'metaimage',
    'metaimage',
  ]);
});

it('a folder of Zarr is a scan, alone and among others', async () => {
  const inside = join(folder, 'series');
  for (const name of ['b.ome.zarr', 'a']) {
    const path = join(inside, name);
    await mkdir(path, { recursive: true });
    const array = { zarr_format: 2, shape: [2, 3, 4], chunks: [2, 3, 4], dtype: '|u1', order: 'C', fill_value: 0 };
    await writeFile(join(path, '.zarray'), JSON.stringify({ ...array, compressor: null, filters: null }));
    await writeFile(join(path, '0.0.0'), Buffer.alloc(24));
  }
  expect((await findScans([inside], {})).map(({ name }) => name)).toEqual(['a', 'b']);
  const [alone] = await findScans([join(inside, 'b.ome.zarr')], {});
  expect(alone).toMatchObject({ name: 'b', frame: 0, description: { kind: 'zarr', datasets: [{ mapped: true }] } });
});
