import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeFile, volumeSource } from './describe.ts';
import type { VolumeDescription } from './description.ts';
import { tiffBytes } from './reference/tiff_bytes.ts';
import { readScannerLog } from './scanner_log.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const skyScan = `[System]\r
Scanner=SkyScan1272\r
[Acquisition]\r
Image Pixel Size (um)=1.625000\r
Study Date and Time=29 Feb 2024  14h:17m:52s\r
Scan duration=0h:30m:00s\r
[Reconstruction]\r
Pixel Size (um)=3.25000\r
`;

it('reads what scanners leave beside slices', () => {
  expect(readScannerLog(skyScan)).toEqual({
    voxelSizeUm: [3.25, 3.25, 3.25],
    voxelSizeFrom: 'SkyScan Pixel Size',
    start: '2024-02-29T14:17:52',
    end: '2024-02-29T14:47:52',
    timeFrom: 'SkyScan Study Date and Time, Scan duration',
  });
  const older = skyScan.replace('29 Feb 2024  14h:17m:52s', 'Feb 29, 2024  14:17:52').replace('0h:30m:00s', '00:30:00');
  expect(readScannerLog(older)).toEqual(readScannerLog(skyScan));
  const noDay = readScannerLog(skyScan.replace('29 Feb 2024', '30 Feb 2024'));
  expect([noDay?.start, noDay?.end]).toEqual([null, null]);
  expect(readScannerLog('[XTekCT]\nVoxelSizeX=0.0125\nVoxelSizeY=0.0125\nVoxelSizeZ=0.025\n')).toMatchObject({
    voxelSizeUm: [25, 12.5, 12.5],
    voxelSizeFrom: 'Nikon VoxelSize',
    start: null,
  });
  expect(readScannerLog('[Geometry]\nVoxelSizeX=0.001625\nVoxelSizeY=0.001625\nVoxelSizeZ=0.001625\n')).toMatchObject({
    voxelSizeUm: [1.625, 1.625, 1.625],
    voxelSizeFrom: 'phoenix VoxelSize',
  });
  expect(readScannerLog('[Geometry]\nVoxelSizeX=0\nVoxelSizeY=1\nVoxelSizeZ=1\n')).toBeNull();
  expect(readScannerLog('time=1\n')).toBeNull();
});

const slice = (value: number, more: Record<number, string> = {}) =>
  tiffBytes({ pages: [{ tags: { 256: [1], 257: [1], 258: [8], ...more }, chunks: [Buffer.of(value)] }] });

async function describeSlices(name: string, files: Record<string, Buffer | string>): Promise<VolumeDescription> {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(path, file), bytes);
  return (await describeFile(path)) as VolumeDescription;
}

it('slices without a size of their own take that of the log beside them, and its time', async () => {
  const dated = { 306: '2026:01:01 00:00:00' };
  const slices = { 'c_0001.tif': slice(1, dated), 'c_0002.tif': slice(2, dated) };
  const one = await describeSlices('one', { ...slices, 'c__rec.log': skyScan, 'other.log': 'a note' });
  expect(one.datasets).toMatchObject([
    {
      shape: [2, 1, 1],
      voxelSizeUm: [3.25, 3.25, 3.25],
      voxelSizeFrom: 'SkyScan Pixel Size (c__rec.log)',
      time: '2024-02-29T14:32:52',
      exposure: ['2024-02-29T14:17:52', '2024-02-29T14:47:52'],
      timeFrom: 'SkyScan Study Date and Time, Scan duration (c__rec.log)',
    },
  ]);
  const two = await describeSlices('two', { ...slices, 'a.log': skyScan, 'b.log': skyScan.replace('3.25', '4') });
  expect(two.notes).toEqual([expect.stringMatching(/logs a\.log, b\.log disagree/)]);
  expect(two.datasets[0]).toMatchObject({ voxelSizeUm: null, timeFrom: 'TIFF DateTime' });
});

it('slices of an OME series are sorted by what its XML says', async () => {
  const planes = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const blocks = planes.map(([t, z]) => {
    const uuid = `<UUID FileName="z${z}_t${t}.tif">u${z}${t}</UUID>`;
    return `<TiffData IFD="0" FirstT="${t}" FirstZ="${z}" PlaneCount="1">${uuid}</TiffData>`;
  });
  const said = (own: string) =>
    `<OME UUID="${own}"><Image><Pixels SizeX="1" SizeY="1" SizeZ="2" SizeC="1" SizeT="2">${blocks.join('')}</Pixels></Image></OME>`;
  const files = planes.map(([t, z]) => [`z${z}_t${t}.tif`, slice(10 * t! + z!, { 270: said(`u${z}${t}`) })] as const);
  const description = await describeSlices('ome', Object.fromEntries(files));
  expect(description).toMatchObject({ format: 'slices', datasets: [{ shape: [2, 2, 1, 1], mapped: true }] });
  expect(volumeSource(description, undefined, 1).segments.map(({ path }) => path.slice(-9))).toEqual([
    'z0_t1.tif',
    'z1_t1.tif',
  ]);
});
