import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodePlain } from './decode_plain.ts';
import { describeFile, importVolume, volumeSource } from './describe.ts';
import { access, type Dataset } from './description.ts';
import { tiffBytes } from './reference/tiff_bytes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ome-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file of 1 × 1 pages with these values; the first page says `description`. */
async function save(name: string, values: number[], description = '', more: Record<number, string> = {}) {
  const pages = values.map((value, i) => ({
    tags: {
      256: [1],
      257: [1],
      258: [8],
      ...(i === 0 && description ? { 270: description } : {}),
      ...(more[i] ? { 306: more[i] } : {}),
    },
    chunks: [Buffer.of(value)],
  }));
  const path = join(folder, name);
  await writeFile(path, tiffBytes({ pages }));
  return path;
}

async function datasetsOf(path: string): Promise<Dataset[]> {
  const description = await describeFile(path);
  if (description.kind === 'cycling') throw new Error('not a volume');
  return description.datasets;
}

async function voxels(path: string, dataset?: string, frame = 0): Promise<number[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decodePlain(volumeSource(await describeFile(path), dataset, frame))) pieces.push(piece);
  return [...Buffer.concat(pieces)];
}

const ome = (images: string) => `<?xml version="1.0"?><OME UUID="urn:uuid:a" xmlns="x">${images}</OME>`;
const pixels = (sizes: string, inside = '') =>
  `<Pixels DimensionOrder="XYZCT" SizeX="1" SizeY="1" ${sizes} PhysicalSizeX="0.5" PhysicalSizeY="500" PhysicalSizeYUnit="nm" PhysicalSizeZ="1e-3" PhysicalSizeZUnit="mm">${inside}</Pixels>`;

it('finds the planes of a series in several files, and names a file that is missing', async () => {
  const block = (t: number, uuid: string, name: string) =>
    `<TiffData IFD="0" FirstT="${t}" PlaneCount="2"><UUID FileName="${name}">urn:uuid:${uuid}</UUID></TiffData>`;
  const said = ome(
    `<Image ID="Image:0">${pixels('SizeZ="2" SizeC="1" SizeT="2"', block(0, 'a', 'a.ome.tif') + block(1, 'b', 'b.ome.tif'))}</Image>`,
  );
  const path = await save('a.ome.tif', [1, 2], said);
  const [lacking] = await datasetsOf(path);
  expect(lacking).toMatchObject({
    shape: [2, 2, 1, 1],
    mapped: false,
    refused: /files that are not there: b\.ome\.tif/,
  });
  await expect(voxels(path)).rejects.toThrow(/b\.ome\.tif/);
  const second = await save('b.ome.tif', [3, 4]);
  const [whole] = await datasetsOf(path);
  expect(whole).toMatchObject({
    shape: [2, 2, 1, 1],
    mapped: true,
    voxelSizeUm: [1, 0.5, 0.5],
    voxelSizeFrom: 'OME PhysicalSize',
  });
  expect(whole![access]!.files).toEqual([path, second]);
  expect(await voxels(path)).toEqual([1, 2]);
  expect(await voxels(path, undefined, 1)).toEqual([3, 4]);
  const brought = await importVolume(await describeFile(path), undefined, join(folder, 'b.raw'), { frame: 1 });
  expect(brought.shape).toEqual([2, 1, 1]);
  // As Micro-Manager writes them: later files only name the first.
  const later = '<OME><BinaryOnly MetadataFile="a.ome.tif" UUID="urn:uuid:b"/></OME>';
  await save('b.ome.tif', [3, 4], later);
  expect((await datasetsOf(second))[0]).toMatchObject({ shape: [2, 2, 1, 1] });
  expect([await voxels(second), await voxels(second, undefined, 1)]).toEqual([
    [1, 2],
    [3, 4],
  ]);
  await save('b.ome.tif', [3]);
  expect((await datasetsOf(path))[0]!.refused).toMatch(/does not have all the planes/);
});

it('reads a companion file', async () => {
  const said = '<OME UUID="urn:uuid:a"><BinaryOnly MetadataFile="all.companion.ome" UUID="urn:uuid:a"/></OME>';
  const path = await save('planes.ome.tif', [9, 8, 7], said);
  expect((await describeFile(path)) as object).toMatchObject({ notes: [/OME description fits none/] });
  const data = '<TiffData IFD="2"/><TiffData IFD="1" FirstZ="1"/>';
  await writeFile(
    join(folder, 'all.companion.ome'),
    ome(`<Image>${pixels('SizeZ="2" SizeC="1" SizeT="1"', data)}</Image>`),
  );
  expect(await voxels(path)).toEqual([7, 8]);
});

it('gives channels and images their names', async () => {
  const named = '<Channel ID="c0" Name="absorption"/><Channel ID="c1" Name="phase &amp; more"/>';
  const path = await save(
    'named.ome.tif',
    [1, 2, 3, 4, 5],
    ome(
      `<Image Name="cell">${pixels('SizeZ="2" SizeC="2" SizeT="1"', named)}</Image><Image Name="dark">${pixels('SizeZ="1" SizeC="1" SizeT="1"')}</Image>`,
    ),
  );
  const datasets = await datasetsOf(path);
  expect(datasets.map(({ name, shape }) => [name, ...shape])).toEqual([
    ['cell, absorption', 2, 1, 1],
    ['cell, phase & more', 2, 1, 1],
    ['dark', 1, 1, 1],
  ]);
  expect(await voxels(path, 'cell, phase & more')).toEqual([3, 4]);
  expect(await voxels(path, 'dark')).toEqual([5]);
});

it('tells when it was taken, and from what', async () => {
  const date = '<AcquisitionDate>2026-05-01T10:00:00</AcquisitionDate>';
  const plane = (more: string) => `<Plane TheC="0" ${more}/>`;
  const single = await save(
    'single.ome.tif',
    [1, 2],
    ome(
      `<Image>${date}${pixels('SizeZ="2" SizeC="1" SizeT="1"', plane('TheZ="0" TheT="0" DeltaT="10"') + plane('TheZ="1" TheT="0" DeltaT="20000" DeltaTUnit="ms" ExposureTime="100"'))}</Image>`,
    ),
  );
  expect((await datasetsOf(single))[0]).toMatchObject({
    time: '2026-05-01T10:01:05',
    timeFrom: 'OME AcquisitionDate and DeltaT',
    exposure: ['2026-05-01T10:00:10', '2026-05-01T10:02:00'],
  });
  const series = await save(
    'series.ome.tif',
    [1, 2, 3, 4],
    ome(
      `<Image>${date}${pixels('SizeZ="2" SizeC="1" SizeT="2"', plane('TheZ="0" TheT="0" DeltaT="0"') + plane('TheZ="0" TheT="1" DeltaT="30" DeltaTUnit="min"'))}</Image>`,
    ),
  );
  expect((await datasetsOf(series))[0]).toMatchObject({
    time: '2026-05-01T10:00:00',
    timeFrom: 'OME AcquisitionDate',
    frameTimes: ['2026-05-01T10:00:00', '2026-05-01T10:30:00'],
  });
  const tagged = await save('tagged.tif', [1, 2], '', { 0: '2026:05:01 10:00:00', 1: '2026:05:01 10:01:00' });
  expect((await datasetsOf(tagged))[0]).toMatchObject({ time: '2026-05-01T10:00:00', timeFrom: 'TIFF DateTime' });
  const wrong = await save('wrong.tif', [1, 2], '', { 0: '2026:13:41 10:00:00' });
  expect((await datasetsOf(wrong))[0]).toMatchObject({ time: null });
  const untold = await describeFile(
    await save('untold.tif', [1, 2, 3, 4], 'ImageJ=1.54f\nimages=4\nslices=2\nframes=2\nfinterval=0.5\ntunit=h\n'),
  );
  expect(untold).toMatchObject({ notes: [/1800 s apart.*--interval 1800s/], datasets: [{ time: null }] });
});

it('never hangs or crashes on descriptions turned at random', async () => {
  const said = ome(
    `<Image ID="Image:0">${pixels('SizeZ="2" SizeC="1" SizeT="2"', '<TiffData IFD="0" FirstT="1" PlaneCount="2"><UUID FileName="x.tif">u</UUID></TiffData><Plane TheT="1" DeltaT="1"/>')}</Image>`,
  );
  let seed = 3;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 200; round++) {
    const text = Array.from(said);
    for (let i = 0; i < 1 + random(5); i++) text[100 + random(text.length - 100)] = '<>="/ 90eT'[random(10)]!;
    const path = await save('garbled.ome.tif', [1, 2, 3, 4], text.join(''));
    await expect(describeFile(path), `round ${round}`).resolves.toBeDefined();
  }
  for (const part of [
    '<Plane ',
    'a=',
    'a="',
    '<Image ',
    '<TiffData',
    '<Image><Pixels SizeZ="9999999" SizeT="99999"/>',
  ]) {
    const path = await save('long.ome.tif', [1], ome(part.repeat(50_000)));
    const start = performance.now();
    await describeFile(path);
    expect(performance.now() - start, part).toBeLessThan(4000);
  }
});
