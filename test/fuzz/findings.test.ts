import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openVolume } from '../../src/engine/volume.ts';
import { importVolume } from '../../src/formats/describe.ts';
import { access, type Dataset } from '../../src/formats/description.ts';
import { HeaderReader } from '../../src/formats/header_reader.ts';
import { specOf } from '../../src/store/zarr/layout.ts';
import { forgotten } from './targets/addon.ts';

/** What was found once, and must not come back. */
const folder = mkdtempSync(join(tmpdir(), 'findings-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the mapped reader', () => {
  const path = join(folder, 'scan.raw');
  writeFileSync(path, Buffer.alloc(64));
  const source = {
    segments: [{ path, offset: 0, rows: 16 }],
    shape: [4, 4, 4],
    type: 'uint8',
    bigEndian: false,
  } as const;
  const opened = (change: object) => openVolume({ ...source, ...change } as never);

  test.each<[string, object]>([
    ['an offset that runs over', { segments: [{ path, offset: 2 ** 53, rows: 16 }] }],
    ['an offset before the file', { segments: [{ path, offset: -64, rows: 16 }] }],
    [
      'fewer than no rows',
      {
        segments: [
          { path, offset: 64, rows: -16 },
          { path, offset: 0, rows: 32 },
        ],
      },
    ],
    ['rows whose bytes run over', { segments: [{ path, offset: 8, rows: 2 ** 53 }] }],
    ['a shape whose product runs over', { shape: [2 ** 31, 2 ** 31, 2 ** 31] }],
    ['a shape of nothing', { shape: [0, 4, 4] }],
    ['a shape that is none', { shape: [4, Number.NaN, 4] }],
    ['other rows than its shape', { shape: [5, 4, 4] }],
    ['a type that is none', { type: 'uint12' }],
    ['a folder', { segments: [{ path: folder, offset: 0, rows: 16 }] }],
    ['a device', { segments: [{ path: '/dev/zero', offset: 0, rows: 16 }] }],
  ])('refuses %s, and the program lives on', (_, change) => {
    expect(() => opened(change)).toThrow();
    expect(() => opened({})).not.toThrow();
  });
});

test('every function of the engine is called with strange arguments', () => {
  expect(forgotten()).toEqual([]);
});

test.each([
  null,
  {},
  [],
  { attributes: { ome: { multiscales: [null], omero: {} }, tomolapse: { shape: 1, voxelSizeUm: 1 } } },
])('a stored volume whose metadata are %j is refused', (group) => {
  const sound = {
    attributes: {
      ome: { multiscales: [{ datasets: [{ path: '0' }] }], omero: { channels: [{}] } },
      tomolapse: { shape: [1], voxelSizeUm: [1] },
    },
  };
  for (const [one, arrays] of [
    [group, {}],
    [sound, null],
    [sound, { data_type: 'uint8', chunk_grid: { configuration: { chunk_shape: 'x' } } }],
  ] as const)
    expect(() => specOf('zarr.json', one as never, () => arrays as never)).toThrow(/Cannot open the stored volume/);
});

test('a header that points before its file is damage, not a fault of the program', async () => {
  const path = join(folder, 'header');
  writeFileSync(path, Buffer.alloc(100));
  const reader = await HeaderReader.open(path);
  for (const [offset, length] of [
    [-8, 8],
    [2 ** 52, -(2 ** 52)],
    [50, -10],
    [Number.NaN, 8],
    [90, 20],
  ] as const)
    await expect(reader.bytes(offset, length, 'entry')).rejects.toThrow(/the file has 100 bytes/);
  await reader.close();
});

test('bringing in what a header only claims can be stopped, though no file is ever waited for', async () => {
  const dataset: Dataset = {
    name: 'volume',
    shape: [2 ** 20, 8, 8],
    type: 'uint8',
    byteOrder: 'little',
    compression: 'none',
    mapped: false,
    voxelSizeUm: null,
    time: null,
    [access]: {
      type: 'uint8',
      async *decode({ end }) {
        for (let z = 0; z < end; z++) yield { at: z * 64, bytes: Buffer.alloc(64) };
      },
    },
  };
  const into = join(folder, 'brought in');
  const description = { path: 'claims', kind: 'volume', format: 'test', datasets: [dataset] } as const;
  const began = performance.now();
  const signal = AbortSignal.timeout(100);
  const stopped = importVolume(description as never, 'volume', join(into, 'voxels.raw'), { signal });
  await expect(stopped).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(performance.now() - began).toBeLessThan(1500);
  expect(readdirSync(into)).toEqual([]);
});
