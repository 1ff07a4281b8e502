import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCycling } from './cycling.ts';
import { describeFile, volumeSource } from './describe.ts';
import { sharedData } from './reference/shared_data.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cycling-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function save(text: string | Buffer, name = 'log.csv'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const read = async (text: string | Buffer) => (await readCycling(await save(text))).log;
const refusal = async (text: string | Buffer) =>
  readCycling(await save(text)).then(
    () => 'read',
    (error: Error) => error.message,
  );

const expected = { timeH: [0, 0.5, 1.5], voltageV: [1.7, -0.018, -0.03], currentMa: [0, -0.5, -0.5] };
const close = (log: typeof expected) => {
  for (const name of ['timeH', 'voltageV', 'currentMa'] as const) {
    expect(log[name]).toHaveLength(3);
    for (const [i, value] of expected[name].entries()) expect(log[name][i]).toBeCloseTo(value, 10);
  }
};

describe('a cycling log', () => {
  it.each([
    ['as specified', 'time_h,voltage_V,current_mA\n0,1.7,0\n0.5,-0.018,-0.5\n1.5,-0.03,-0.5\n'],
    ['other units', 'Time (min),Voltage [mV],Current (A)\r\n0,1700,0\r\n30,-18,-0.0005\r\n90,-30,-5e-4\r\n'],
    [
      'BioLogic',
      'mode\ttime/s\tEwe/V\t<I>/mA\tI Range\n1\t0\t1.7\t0\t38\n1\t1800\t-0.018\t-0.5\t38\n1\t5400\t-0.03\t-0.5\t38\n',
    ],
    ['decimal commas', 'time/h;U/V;I/mA\n0;1,7;0\n0,5;-0,018;-0,5\n1,5;-0,03;-5,0E-1'],
    [
      'a mark, quotes, blanks, comments',
      '\ufeff# cell 7\n"time_h", "voltage_V", "current_mA"\n\n 0 ,1.7,0\n# switched on\n"0.5","-0.018","-0.5"\n1.5,\u22120.03,-.5\n\n',
    ],
    [
      'other order and columns',
      'cycle,I (uA),note,E (V),t (h)\n1,0,"a, b",1.7,0\n1,-500,,-0.018,0.5\n1,-500,"say ""hi""",-0.03,1.5\n',
    ],
    ['a commented header', '# time_h,voltage_V,current_mA\n0,1.7,0\n0.5,-0.018,-0.5\n1.5,-0.03,-0.5\n'],
    [
      'clock times',
      'Step Time,Total Time,Voltage(V),Current(mA)\n0,00:00:00,1.7,0\n0,00:30:00,-0.018,-0.5\n3600,01:30:00,-0.03,-0.5\n',
    ],
    [
      'dates',
      'timestamp,voltage_V,current_mA\n2024-05-01T23:00:00Z,1.7,0\n2024-05-01T23:30:00Z,-0.018,-0.5\n2024-05-02T02:30:00+02:00,-0.03,-0.5\n',
    ],
    [
      'an instrument’s own lines first',
      'EC-Lab ASCII FILE\nNb header lines : 4\n\ntime/s\tEcell/V\tI/mA\n0\t1,7\t0\n1800\t-0,018\t-0,5\n5400\t-0,03\t-0,5\n',
    ],
    ['lines ended by CR', 'time_h,voltage_V,current_mA\r0,1.7,0\r0.5,-0.018,-0.5\r1.5,-0.03,-0.5\r'],
    [
      'UTF-16',
      Buffer.from('\ufefftime_h\tvoltage_V\tcurrent_µA\n0\t1.7\t0\n0.5\t-0.018\t-500\n1.5\t-0.03\t-500\n', 'utf16le'),
    ],
    ['Latin-1', Buffer.from('time_h;voltage_V;current_µA\n0;1.7;0\n0.5;-0.018;-500\n1.5;-0.03;-500\n', 'latin1')],
  ])('is read with %s', async (_, text) => {
    close(await read(text as string | Buffer));
    expect(await describeFile(join(folder, 'log.csv'))).toMatchObject({ kind: 'cycling', format: 'csv', points: 3 });
  });

  it('gives its columns as they are', async () => {
    const path = await save('time/s,Ewe/V,<I>/mA,half cycle,Temp (°C)\n1,2,3,4,5\n');
    expect(await describeFile(path)).toEqual({
      path,
      kind: 'cycling',
      format: 'csv',
      points: 1,
      columns: [
        { name: 'time', unit: 's' },
        { name: 'Ewe', unit: 'V' },
        { name: '<I>', unit: 'mA' },
        { name: 'half cycle', unit: null },
        { name: 'Temp', unit: '°C' },
      ],
    });
    expect(() => volumeSource({ path, kind: 'cycling', format: 'csv', points: 0, columns: [] })).toThrow(
      /a cycling log.*--cycling/,
    );
  });

  it('without rows has no points', async () => {
    const path = await save('time_h,voltage_V,current_mA\n');
    expect(await describeFile(path)).toMatchObject({ kind: 'cycling', points: 0 });
    expect(await read('time_h,voltage_V,current_mA')).toEqual({ timeH: [], voltageV: [], currentMa: [] });
  });

  it('turns the sign of a potentiostat that counts plating positive', async () => {
    const path = await save('time_h,voltage_V,current_mA\n0,0,1\n1,0,-2\n');
    expect((await readCycling(path, { platingSign: 'positive' })).log.currentMa).toEqual([-1, 2]);
  });

  it('knows its date where it has one', async () => {
    const dates = await readCycling(
      await save('date time,voltage_V,current_mA\n2024-05-01 10:00:00,1,0\n2024-05-01 11:00,1,0\n'),
    );
    expect(dates).toMatchObject({
      log: { timeH: [0, 1] },
      startsAt: { milliseconds: Date.UTC(2024, 4, 1, 10), zoned: false },
    });
    const both = await readCycling(await save('time_h,datetime,voltage_V,current_mA\n2,2024-05-01T10:00:00Z,1,0\n'));
    expect(both).toMatchObject({
      log: { timeH: [2] },
      startsAt: { milliseconds: Date.UTC(2024, 4, 1, 8), zoned: true },
    });
  });

  it.each([
    ['time_h,voltage_V,current_mA\n0,1,0\n2,1,0\n1,1,0\n', /line 4\): its time is before/],
    ['time_h,voltage_V,current_mA\n0,1,0\n1,1,abc\n', /line 3\): "abc" of current is not a number/],
    ['# c\ntime_h,voltage_V,current_mA\n\n0,1\n', /line 4\): "" of current is not a number/],
    ['time_h,voltage_V,current_mA\n0,1,NaN\n', /line 2\): "NaN"/],
    ['time_h,voltage_V,current_mA\n0,1,0x10\n', /line 2\): "0x10"/],
    ['time;U/V;I/mA\n0;1;0\n', /line 1\): "time" has no unit\. Write time_h/],
    ['time_h,voltage_V,current\n0,1,0\n', /line 1\): "current" has no unit\. Write current_mA/],
    ['time (fortnights),voltage_V,current_mA\n0,1,0\n', /unit fortnights of "time" is not known/],
    [
      'timestamp,voltage_V,current_mA\n05/01/2024 10:00,1,0\n',
      /line 2\): "05\/01\/2024 10:00" is not a time in ISO 8601/,
    ],
    ['timestamp,voltage_V,current_mA\n2024-02-30T10:00:00,1,0\n', /is not a time/],
    ['timestamp,voltage_V,current_mA\n2024-05-01T10:00:00Z,1,0\n2024-05-01T11:00:00,1,0\n', /time zone/],
    ['a,b,c\n1,2,3\n', /no line names its columns/],
    ['x'.repeat(3e6), /not lines of text/],
  ])('fails in one line with the place: %#', async (text, why) => {
    expect(await refusal(text)).toMatch(why);
  });

  it('is read at some hundred thousand rows a second', async () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => `${i},${i % 7},-0.5`);
    const path = await save(`time/s,Ewe/V,I/mA\n${rows.join('\n')}\n`);
    const start = performance.now();
    const { log } = await readCycling(path);
    expect(log.timeH.length).toBe(300_000);
    expect(log.timeH[299_999]).toBeCloseTo(299_999 / 3600, 9);
    expect(performance.now() - start).toBeLessThan(6000);
  });

  const shared = sharedData();
  it.skipIf(!shared).each([
    ['ImperialCollegeLondon_PyProBE/biologic/Sample_data_biologic_CA1.txt', 1397],
    ['ImperialCollegeLondon_PyProBE/arbin/sample_data_arbin.csv', 13],
    ['ImperialCollegeLondon_PyProBE/basytec/sample_data_basytec.txt', 74],
    ['ImperialCollegeLondon_PyProBE/novonix/sample_data_novonix.csv', 207],
    ['ixdat_ixdat/Pt_poly_cv.mpt', 4473],
  ])('real: %s', async (name, points) => {
    expect(await describeFile(join(shared as string, name))).toMatchObject({ kind: 'cycling', points });
  });
});
