import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInstant } from './instant.ts';
import { matchTimes, readTimes, timesOfLog } from './times.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'times-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, 'times.csv');
  await writeFile(path, text);
  return readTimes(path);
}

describe('scan times', () => {
  it('come as start and end, or as the middle', async () => {
    expect(await read('file,start_h,end_h\na.tif,0,0.08\nraw/b.tif,1,1.5\n')).toEqual({
      startsAt: null,
      times: [
        { file: 'a.tif', line: 2, startH: 0, timeH: 0.04, endH: 0.08 },
        { file: 'b.tif', line: 3, startH: 1, timeH: 1.25, endH: 1.5 },
      ],
    });
    expect((await read('file;time (min)\nC:\\scans\\a.tif;"7,5"\n')).times).toEqual([
      { file: 'a.tif', line: 2, startH: null, timeH: 0.125, endH: null },
    ]);
    expect((await read('file,time_h\n')).times).toEqual([]);
  });

  it('come as dates, and are counted from the log’s', async () => {
    const file = await read(
      'file,start,end\nb,2024-05-01T11:00:00Z,2024-05-01T11:06:00Z\na,2024-05-01T12:00:00+02:00,2024-05-01T10:06:00Z\n',
    );
    expect(file.times).toMatchObject([
      { startH: 1, timeH: 1.05, endH: 1.1 },
      { startH: 0, timeH: 0.05, endH: 0.1 },
    ]);
    expect(timesOfLog(file, null, 'times.csv')).toBe(file.times);
    const log = readInstant('2024-05-01T09:30:00Z');
    expect(timesOfLog(file, log, 'times.csv')[0]).toMatchObject({ startH: 1.5, timeH: 1.55, endH: 1.6 });
    expect(() => timesOfLog(file, readInstant('2024-05-01T09:30:00'), 'times.csv')).toThrow(/times\.csv.*time zone/);
    const hours = await read('file,time_h\na,2\n');
    expect(timesOfLog(hours, log, 'times.csv')).toBe(hours.times);
    expect((await read('file,time\na,2024-05-01 10:00:00\n')).times).toMatchObject([
      { startH: null, timeH: 0, endH: null },
    ]);
  });

  it.each([
    ['file,start_h,end_h\na,2,1\n', /line 2\): its end is before its start/],
    ['file,start_h,end_h\na,2,\n', /line 2\): "" of end is neither/],
    ['file,time_h\na,soon\n', /line 2\): "soon" of time is neither/],
    ['file,time_h\na,1e999\n', /line 2\): "1e999" of time is neither/],
    ['file,time_h\na,1\na,2\n', /line 3\): a is already in line 2/],
    ['file,time_h\n,1\n', /line 2\): it names no file/],
    ['file,time\na,1\n', /line 1\): "time" has no known unit\. Write time_h/],
    ['file,start_h,time_h,end_h\na,1,5,2\n', /line 2\): its time is not between/],
    ['file,time\na,2024-05-01T10:00\nb,2024-05-01T10:00Z\n', /time zone/],
    ['file,start,end_h\na,2024-05-01T10:00,2\n', /some times are dates and some are hours/],
    ['scan_a,1\n', /no line names its columns/],
    ['file,start_h\na,1\n', /no line names its columns/],
  ])('fail in one line with the place: %#', async (text, why) => {
    await expect(read(text)).rejects.toThrow(why);
  });

  it('find their scans by base name, with or without extension', async () => {
    const { times } = await read('file,time_h\nscan_2.tif,2\nscan_1,1\ndark,0\nscan_3.ome.tif,3\n');
    const paths = ['/d/scan_1.tif', '/d/scan_2.tif', '/d/scan_3.ome.tif', '/d/scan_4'];
    const { matched, unused } = matchTimes(times, paths, 'times.csv');
    expect(matched.map((time) => time?.timeH ?? null)).toEqual([1, 2, 3, null]);
    expect(unused.map((time) => time.file)).toEqual(['dark']);
    expect(() => matchTimes(times, ['/d/scan_1.tif', '/d/scan_1.raw'], 't')).toThrow(
      /line 3\): scan_1 may be scan_1\.tif or scan_1\.raw/,
    );
    const twice = (await read('file,time_h\nscan_1,1\nscan_1.tif,2\n')).times;
    expect(() => matchTimes(twice, ['/d/scan_1.tif'], 't')).toThrow(/line 3\): scan_1\.tif is already named in line 2/);
  });
});

it('ISO 8601 is read strictly', () => {
  expect(readInstant('2024-05-01T10:00:00.250Z')?.milliseconds).toBe(Date.UTC(2024, 4, 1, 10, 0, 0, 250));
  expect(readInstant('2024-05-01 10:00:00+0530')?.milliseconds).toBe(Date.UTC(2024, 4, 1, 4, 30));
  for (const text of ['2024-13-01', '2024-02-30', '1.5.2024', '2024', '2024-05-01T10', '2024-05-01T10:60', ''])
    expect(readInstant(text)).toBeNull();
});
