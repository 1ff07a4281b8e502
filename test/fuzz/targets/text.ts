import { readdirSync, readFile, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { parseFigure } from '../../../src/contract/figure.ts';
import { parseRecipe } from '../../../src/contract/recipe.ts';
import { parseStoryboard } from '../../../src/contract/storyboard.ts';
import { readCycling } from '../../../src/formats/cycling.ts';
import { describeFile } from '../../../src/formats/describe.ts';
import { matchTimes, readTimes, timesOfLog } from '../../../src/formats/times.ts';
import { realFiles, single } from '../specimens.ts';
import { Broken, type Specimen, type Target } from '../target.ts';

const RESOURCES = join(import.meta.dirname, '..', '..', '..', 'resources');

/** Tables of scan times. */
export const times: Target = {
  name: 'times',
  specimens: async () => [
    single(
      'hours.csv',
      Buffer.from('file,start_h,end_h\nscan_000.tif,0,0.1\nscan_001.tif,1.5,1.6\nscan_002.tif,3,3.1\n'),
    ),
    single('middle.csv', Buffer.from('# times\nfile;time_min\na.tif;0\nb.tif;1,5\n"c;d.tif";2,5\n')),
    single(
      'dates.csv',
      Buffer.from(
        'file,start,end\nscan_000,2026-03-01T10:00:00Z,2026-03-01T10:05:00Z\nscan_001,2026-03-01T12:00:00.5+02:00,2026-03-01T12:05:00+02:00\n',
      ),
    ),
    single('wide.csv', Buffer.from('\ufefffile\ttime_h\r\nscan_0\t1e-3\r\nscan_1\t2\r\n', 'utf16le')),
  ],
  attempt: async ({ path }) => {
    const read = await readTimes(path);
    const counted = timesOfLog(read, { milliseconds: 1.7e12, zoned: true } as never, path);
    const { matched } = matchTimes(counted, ['/a/scan_000.tif', '/a/scan_001.tif', '/a/b.raw'], path);
    for (const time of [...read.times, ...matched])
      if (time && !Number.isFinite(time.timeH)) throw new Broken(`${time.file} was taken at ${time.timeH} h`);
  },
  cases: 120,
};

/** Logs of potentiostats, and tables of other instruments. */
export const cycling: Target = {
  name: 'cycling',
  specimens: async () => [
    single('plain.csv', Buffer.from('time_h,voltage_V,current_mA\n0,3.1,-0.25\n0.5,3.2,-0.25\n1,3.3,0\n')),
    single(
      'clock.csv',
      Buffer.from('Date/Time;Ewe/V;I/µA\n2026-03-01 10:00:00;0,1;-25\n2026-03-01 10:00:10;0,2;-25\n', 'latin1'),
    ),
    single(
      'total.txt',
      Buffer.from('an instrument\n\nTest_Time(s)\tCurrent(A)\tVoltage(V)\n0:00:00\t0.1\t2\n0:00:10\t0.1\t2.1\n'),
    ),
    ...realFiles(/\.(csv|txt|mpt|DTA|par|z|xy)$/i, 128 * 1024),
  ],
  attempt: async ({ path, random }) => {
    const description = await describeFile(path);
    if (description.kind !== 'cycling') return;
    const { log } = await readCycling(path, { platingSign: random.pick(['negative', 'positive']) });
    const lengths = new Set([log.timeH.length, log.voltageV.length, log.currentMa.length]);
    if (lengths.size > 1) throw new Broken('its columns differ in length');
    if (log.timeH.some((hours, i) => !Number.isFinite(hours) || hours < (log.timeH[i - 1] ?? hours)))
      throw new Broken('its time runs back, or is no number');
  },
  cases: 120,
};

/** What people write by hand, or have written by the app. */
export const documents: Target = {
  name: 'documents',
  specimens: async () =>
    ['recipes', 'figures', 'storyboards'].flatMap((folder) =>
      readdirSync(join(RESOURCES, folder)).map((name): Specimen => {
        const files = [{ path: name, bytes: readFileSync(join(RESOURCES, folder, name)) }];
        return { name: `${folder}/${name}`, files, open: name };
      }),
    ),
  attempt: async ({ path }) => {
    const text = await promisify(readFile)(path, 'utf8');
    const parse = parsers[basename(path)]!;
    parse(text, path);
  },
  cases: 120,
};

const parsers: Record<string, (text: string, path: string) => unknown> = Object.fromEntries(
  Object.entries({ recipes: parseRecipe, figures: parseFigure, storyboards: parseStoryboard }).flatMap(
    ([folder, parse]) => readdirSync(join(RESOURCES, folder)).map((name) => [name, parse]),
  ),
);
