import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tiffBytes } from '../../formats/reference/tiff_bytes.ts';
import { writeTiff } from '../../formats/tiff_writer.ts';
import type { Objects } from '../../store/objects.ts';
import { gatherSeries, type SeriesSources } from './gather.ts';

const SIZES = 'note: voxels of 1.625 × 1.625 × 1.625 µm, as the scans say of themselves (ImageJ spacing)';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gather-'));
  for (const name of ['b', 'a', 'c'])
    await writeTiff(join(folder, `${name}.tif`), {
      shape: [2, 3, 4],
      type: 'uint8',
      voxelSizeUm: [1.625, 1.625, 1.625],
      voxels: new Uint8Array(24),
    });
  await writeFile(
    join(folder, 'log.csv'),
    'datetime,voltage_V,current_mA\n2024-05-01T10:00:00Z,1,0.5\n2024-05-01T11:00:00Z,1,0.5\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function gather(sources: Partial<SeriesSources>, times?: string) {
  const notices: string[] = [];
  if (times !== undefined) await writeFile(join(folder, 'times.csv'), times);
  const series = await gatherSeries(
    {
      paths: [folder],
      hints: {},
      timesPath: times === undefined ? null : join(folder, 'times.csv'),
      intervalH: null,
      cyclingPath: null,
      platingSign: 'negative',
      workingAreaMm2: null,
      counterAreaMm2: null,
      ...sources,
    },
    {} as Objects,
    { signal: new AbortController().signal, notice: (line) => notices.push(line), progress: () => {} },
  );
  return { series, notices, times: series.scans.map(({ name, timeH }) => [name, timeH]) };
}

test('scans take their order and times from the table, counted from the log', async () => {
  const table =
    'file,start,end\nb,2024-05-01T10:00Z,2024-05-01T10:06Z\nc.tif,2024-05-01T10:30Z,2024-05-01T10:36Z\na,2024-05-01T12:00Z,2024-05-01T12:06Z\n';
  const { series, times, notices } = await gather(
    { cyclingPath: join(folder, 'log.csv'), platingSign: 'positive' },
    table,
  );
  expect(times).toEqual([
    ['b', 0.05],
    ['c', 0.55],
    ['a', 2.05],
  ]);
  expect(series.scans[1]).toMatchObject({ startH: 0.5, endH: 0.6 });
  expect(series.cycling).toEqual({ timeH: [0, 1], voltageV: [1, 1], currentMa: [-0.5, -0.5] });
  expect(series.scans[2]!.origin).toEqual({ voxelSizeFrom: 'ImageJ spacing', timeFrom: 'times.csv' });
  expect(notices).toEqual([SIZES]);
});

test('scans and lines without each other are named', async () => {
  const { times, notices } = await gather({}, 'file,time_h\na,1\nb,2\nd,3\n');
  expect(times).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', null],
  ]);
  expect(notices).toEqual([
    SIZES,
    expect.stringMatching(/times\.csv, line 4: there is no scan d/),
    expect.stringMatching(/times\.csv has no time for .*c\.tif/),
  ]);
  await expect(gather({}, 'file,time_h\nx,1\n')).rejects.toThrow(/none of its lines names a scan\..*a\.tif/);
});

test('an interval counts scans by name', async () => {
  expect((await gather({ intervalH: 0.5 })).times).toEqual([
    ['a', 0],
    ['b', 0.5],
    ['c', 1],
  ]);
  expect((await gather({})).times).toEqual([
    ['a', null],
    ['b', null],
    ['c', null],
  ]);
});

test('times that the files say of themselves are used, with where they came from', async () => {
  const inside = join(folder, 'dated');
  await mkdir(inside);
  const taken = (date: string, planes: string) =>
    `<OME><Image><AcquisitionDate>${date}</AcquisitionDate><Pixels SizeX="4" SizeY="3" SizeZ="2" SizeC="1" SizeT="1" PhysicalSizeX="2" PhysicalSizeY="2" PhysicalSizeZ="2">${planes}</Pixels></Image></OME>`;
  const exposed = '<Plane TheZ="0" TheT="0" DeltaT="0"/><Plane TheZ="1" TheT="0" DeltaT="720"/>';
  const page = { tags: { 256: [4], 257: [3], 258: [8] }, chunks: [Buffer.alloc(12)] };
  const save = (name: string, said: string) =>
    writeFile(join(inside, name), tiffBytes({ pages: [{ ...page, tags: { ...page.tags, 270: said } }, page] }));
  await save('late.tif', taken('2024-05-01T11:30:00Z', exposed));
  await save('early.tif', taken('2024-05-01T10:30:00Z', exposed));
  const told = { paths: [inside], hints: { voxelSizeUm: [1, 1, 1] as [number, number, number] } };
  const { series, notices } = await gather({ ...told, cyclingPath: join(folder, 'log.csv') });
  expect(series.scans.map(({ name, startH, timeH, endH }) => [name, startH, timeH, endH])).toEqual([
    ['early', 0.5, 0.6, 0.7],
    ['late', 1.5, 1.6, 1.7],
  ]);
  expect(notices).toEqual([
    'note: the times are those that the scans say of themselves (OME AcquisitionDate and DeltaT)',
  ]);
  await writeFile(join(folder, 'hours.csv'), 'time_h,voltage_V,current_mA\n0,1,0.5\n1,1,0.5\n');
  expect(series.scans[0]!.origin).toEqual({
    voxelSizeFrom: 'as told',
    timeFrom: 'OME AcquisitionDate and DeltaT',
  });
  const counted = await gather({ ...told, cyclingPath: join(folder, 'hours.csv') });
  expect(counted.times).toEqual([
    ['early', 0.1],
    ['late', 1.1],
  ]);
  expect(counted.notices[1]).toMatch(/the scans have dates and the log has none/);
  await save('late.tif', taken('2024-05-01T11:30:00', exposed));
  const mixed = await gather(told);
  expect(mixed.times.map(([, time]) => time)).toEqual([null, null]);
  expect(mixed.notices[0]).toMatch(/are not used: some dates, .* have a time zone/);
});

test('a series that lies in several files is taken once', async () => {
  const inside = join(folder, 'several');
  await mkdir(inside);
  const block = (t: number) =>
    `<TiffData IFD="0" FirstT="${t}" PlaneCount="2"><UUID FileName="t${t}.ome.tif">${t}</UUID></TiffData>`;
  const said = (own: number) =>
    `<OME UUID="${own}"><Image><Pixels SizeX="4" SizeY="3" SizeZ="2" SizeC="1" SizeT="2" PhysicalSizeX="2" PhysicalSizeY="2" PhysicalSizeZ="2">${block(0)}${block(1)}</Pixels></Image></OME>`;
  const page = (value: number) => ({ tags: { 256: [4], 257: [3], 258: [8] }, chunks: [Buffer.alloc(12, value)] });
  for (const t of [0, 1])
    await writeFile(
      join(inside, `t${t}.ome.tif`),
      tiffBytes({ pages: [{ ...page(t), tags: { ...page(t).tags, 270: said(t) } }, page(t)] }),
    );
  const { series } = await gather({ paths: [inside] });
  expect(series.scans.map(({ name, source }) => [name, source.segments[0]!.path])).toEqual([
    ['t0_t0', join(inside, 't0.ome.tif')],
    ['t0_t1', join(inside, 't1.ome.tif')],
  ]);
});
