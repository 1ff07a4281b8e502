import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as zarrita from 'zarrita';
import { orientationOf } from '../../core/geometry.ts';
import type { ScanRegistration } from '../../core/results.ts';
import type { Scan } from '../../core/series.ts';
import type { ResultRef, StepResult } from '../../core/step.ts';
import { openVolume, readBlock } from '../../engine/volume.ts';
import { describeFile, volumeSource } from '../../formats/describe.ts';
import type { VolumeDescription } from '../../formats/description.ts';
import { readTiffDirectories } from '../../formats/tiff_directory.ts';
import { writeRaw } from '../../formats/write_voxels.ts';
import { createZarr } from '../../store/zarr/index.ts';
import type { Analysed } from './analysed.ts';
import { fourScans } from './fixtures/results.ts';
import { writeVolumes } from './volumes.ts';

type Exported = Pick<Analysed, 'results' | 'series' | 'stored'>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'volumes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SHAPE: [number, number, number] = [20, 5, 6];
const LABELS = ['collector', 'lithium', 'crack', 'electrolyte'];

/** Four scans two hours apart, of which 0 (nothing plated), 1 and 3 have fractions, 0 and 1 with a coarse level. */
async function project(): Promise<Exported> {
  const plain = { shape: SHAPE, voxelSizeUm: [2, 1, 1] as [number, number, number], name: 'v' };
  const channels = LABELS.map((label) => ({ label, color: 'FFFFFF', window: [0, 255] as [number, number] }));
  for (const scan of [0, 1, 3]) {
    const lvf = await createZarr(join(folder, `${scan}`, 'lvf.zarr'), {
      ...plain,
      type: 'int16',
      channels: [{ label: 'lvf', color: 'E03C31', window: [0, 8192] }],
    });
    await lvf.writeSlab(
      0,
      Int16Array.from({ length: 600 }, (_, i) => scan * (8 * i - 2400)),
    );
    await lvf.close();
    const phases = await createZarr(join(folder, `${scan}`, 'phases.zarr'), { ...plain, type: 'uint8', channels });
    await phases.writeSlab(
      0,
      Uint8Array.from({ length: 2400 }, (_, i) => scan + (i % 4) * 50 + (Math.floor(i / 4) % 50)),
    );
    await phases.close();
    const coarse = await createZarr(join(folder, `${scan}`, 'pyramid.zarr'), {
      ...plain,
      type: 'uint8',
      channels,
      levels: [1],
    });
    await coarse.writeSlab(0, new Uint8Array(10 * 3 * 3 * 4).fill(scan + 7), 1);
    await coarse.close();
  }
  const values: Record<string, unknown> = {
    lvf: { volume: 'lvf.zarr', countsPerUnit: 8192 },
    phases: { volume: 'phases.zarr' },
    pyramid: { volume: 'pyramid.zarr' },
  };
  const results = fourScans(() => null);
  const scans: Scan[] = [];
  for (const [i, scan] of results.scans.entries()) {
    const path = join(folder, `${scan.name}.raw`);
    await writeRaw(path, {
      shape: SHAPE,
      type: 'uint16',
      voxels: Uint16Array.from({ length: 600 }, (_, v) => 1000 * i + v),
    });
    const shift = i === 1 ? 1 : 0;
    const matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, shift, 0, 0, 0, 1] as ScanRegistration['matrix'];
    scan.registration = i === 2 ? null : ({ matrix } as ScanRegistration);
    const source = {
      segments: [{ path, offset: 0, rows: 100 }],
      shape: SHAPE,
      type: 'uint16' as const,
      bigEndian: false,
    };
    scans.push({ index: i, name: scan.name, path, fingerprint: '', source, startH: null, timeH: null, endH: null });
  }
  return {
    results,
    series: { voxelSizeUm: [2, 1, 1], scans, cycling: null, workingAreaMm2: null, counterAreaMm2: null },
    stored: <R>({ step, scan }: ResultRef): StepResult<R> | null =>
      scan !== undefined && [0, 1, 3].includes(scan) && values[step]
        ? { key: step, value: values[step] as R, directory: join(folder, `${scan}`) }
        : null,
  };
}

/** What zarrita, which is not ours, reads of an array below a folder. */
async function theirs(directory: string, path: string) {
  const get = (key: string) =>
    readFile(join(directory, key)).then(
      (bytes) => new Uint8Array(bytes),
      () => undefined,
    );
  const store: zarrita.AsyncReadable = {
    get,
    getRange: async (key, range) => {
      const bytes = await get(key);
      if ('suffixLength' in range) return bytes?.slice(-range.suffixLength);
      return bytes?.slice(range.offset, range.offset + range.length);
    },
  };
  const array = await zarrita.open.v3(zarrita.root(store).resolve(path), { kind: 'array' });
  return { array, read: async () => await zarrita.get(array as zarrita.Array<'int16' | 'uint8' | 'uint16'>) };
}

test('OME-Zarr: a series with axes, units and times, as zarrita reads it', async () => {
  const out = join(folder, 'out');
  const given = await project();
  const paths = await writeVolumes(given, out, 'zarr');
  expect(await writeVolumes(given, out, 'zarr')).toEqual(paths);
  expect((await readdir(out)).sort()).toEqual(['lvf.zarr', 'phases.zarr']);
  const lvf = await theirs(join(out, 'lvf.zarr'), '0');
  expect([lvf.array.shape, lvf.array.dtype, lvf.array.dimensionNames]).toEqual([
    [3, 20, 5, 6],
    'int16',
    ['t', 'z', 'y', 'x'],
  ]);
  const { data } = await lvf.read();
  expect([data[0], data[599], data[600 + 599], data[1200], data[1799]]).toEqual([0, 0, 2392, -7200, 7176]);
  const { attributes } = JSON.parse(await readFile(join(out, 'phases.zarr', 'zarr.json'), 'utf8'));
  expect(attributes.ome.version).toBe('0.5');
  expect(attributes.ome.multiscales[0].axes).toEqual([
    { name: 't', type: 'time', unit: 'hour' },
    { name: 'c', type: 'channel' },
    ...['z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'micrometer' })),
  ]);
  // Times 0, 2 and 6 h: three hours apart on average, and not regular.
  expect(attributes.ome.multiscales[0].datasets).toEqual([
    {
      path: '0',
      coordinateTransformations: [
        { type: 'scale', scale: [3, 1, 2, 1, 1] },
        { type: 'translation', translation: [0, 0, 0, 0, 0] },
      ],
    },
    {
      path: '1',
      coordinateTransformations: [
        { type: 'scale', scale: [3, 1, 4, 2, 2] },
        { type: 'translation', translation: [0, 0, 1, 0.5, 0.5] },
      ],
    },
  ]);
  expect(attributes.ome.omero.channels.map(({ label }: { label: string }) => label)).toEqual(LABELS);
  expect(attributes.tomolapse).toMatchObject({
    countsPerUnit: 255,
    regularTimes: false,
    scans: [
      { scan: 0, name: 'scan_0', timeH: 0 },
      { scan: 1, timeH: 2, startH: 1.95, endH: 2.05 },
      { scan: 3, timeH: 6 },
    ],
  });
  const phases = await theirs(join(out, 'phases.zarr'), '0');
  expect(phases.array.shape).toEqual([3, 4, 20, 5, 6]);
  const all = await phases.read();
  const at = (...place: number[]) => all.data[place.reduce((sum, n, axis) => sum + n * all.stride[axis]!, 0)];
  expect([at(0, 0, 0, 0, 0), at(1, 2, 1, 3, 1), at(2, 3, 0, 0, 1)]).toEqual([0, 150, 154]);
  const coarse = await theirs(join(out, 'phases.zarr'), '1');
  expect([coarse.array.shape, (await coarse.read()).data.at(-1)]).toEqual([[3, 4, 10, 3, 3], 10]);
});

test('TIFF: a series of fractions as numbers, one file a phase', async () => {
  const paths = await writeVolumes(await project(), join(folder, 'out'), 'tiff');
  expect(paths.map((path) => path.slice(folder.length + 5))).toEqual(['lvf.tif', ...LABELS.map((l) => `${l}.tif`)]);
  const read = async (path: string, frame: number) => {
    const description = (await describeFile(path)) as VolumeDescription;
    expect(description.datasets).toMatchObject([{ shape: [3, ...SHAPE], voxelSizeUm: [2, 1, 1] }]);
    const source = volumeSource(description, undefined, frame);
    return readBlock({ volume: openVolume(source), ...orientationOf('z', 'low') }, [0, 0, 0], SHAPE);
  };
  const lvf = await read(paths[0]!, 1);
  expect([lvf[0], lvf[300], lvf[599]]).toEqual([-2400 / 8192, 0, (8 * 599 - 2400) / 8192]);
  const crack = await read(paths[3]!, 2);
  expect([crack[0], crack[46], crack[599]]).toEqual([103, 149, 152]);
  const { description } = await readTiffDirectories(paths[3]!);
  expect(description).toMatch(/frames=3\n/);
  expect(description).toMatch(/vunit=fraction/);
  // Irregular: no interval; the labels tell.
  expect(description).not.toMatch(/finterval/);
  expect((await readFile(paths[3]!)).indexOf(Buffer.from('scan_3, 6 h', 'utf16le'))).toBeGreaterThan(0);
});

test('the scans themselves, laid over the reference', async () => {
  const given = await project();
  const [, , zarr] = await writeVolumes(given, join(folder, 'out'), 'zarr', { grey: true });
  expect(await readdir(zarr!)).toEqual(['0', 'zarr.json']);
  const { array, read } = await theirs(zarr!, '0');
  expect([array.shape, array.dtype]).toEqual([[3, 20, 5, 6], 'uint16']);
  const { data } = await read();
  // Scan 1 lies one voxel further along x, scan 2 is not registered.
  expect([data[7], data[600], data[604], data[605], data[1200 + 7]]).toEqual([7, 1001, 1005, 0, 3007]);
  const tiff = (await writeVolumes(given, join(folder, 'tiff'), 'tiff', { grey: true })).at(-1)!;
  const source = volumeSource(await describeFile(tiff), undefined, 1);
  expect(source.type).toBe('uint16');
  const back = await readBlock({ volume: openVolume(source), ...orientationOf('z', 'low') }, [0, 0, 0], SHAPE);
  expect([...back]).toEqual(Array.from(data.slice(600, 1200)));
});

test('a copy that is stopped leaves nothing', async () => {
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(writeVolumes(await project(), join(folder, 'out'), 'zarr', { signal })).rejects.toThrow('stopped');
  expect(await readdir(join(folder, 'out')).catch(() => [])).toEqual([]);
});
