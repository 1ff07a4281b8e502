import { expect, test } from 'vitest';
import type { CrackResults, Results, ScanResults } from '../results.ts';
import { chosenScans, crackNamed, scanOf } from './scans.ts';

const hours = [0, 2, 4.5, 9];
const crack = (id: number, onsetScan: number, volumeVoxels: (number | null)[]) =>
  ({ id, onsetScan, volumeVoxels }) as CrackResults;

function results(change: Partial<Results> = {}): Results {
  const scans = hours.map((timeH, index) => ({ index, timeH, chargeMahCm2: [0, 0.5, 1, 0.2][index]! }) as ScanResults);
  return {
    scans,
    recipe: {},
    cycles: [{ index: 1, plateEndScan: 2, stripEndScan: null }],
    cracks: [crack(7, 3, [null, null, null, 90]), crack(2, 1, [null, 20, 40, 50]), crack(4, 1, [null, 60, 60, 60])],
    ...change,
  } as Results;
}

test('a moment finds the scan nearest to it', () => {
  const all = results();
  expect(scanOf('start', all)).toBe(0);
  expect(scanOf('end', all)).toBe(3);
  expect(scanOf({ hours: 3.4 }, all)).toBe(2);
  expect(scanOf({ hours: 100 }, all)).toBe(3);
  expect(scanOf({ charge: 0.3 }, all)).toBe(3);
  expect(scanOf({ crack: 7 }, all)).toBe(3);
  expect(scanOf({ crack: 8 }, all)).toBeNull();
  expect(scanOf({ scan: 4 }, all)).toBeNull();
});

test('scans that were left out are not found', () => {
  const without = results({ recipe: { scans: { '3': { exclude: true } } } });
  expect(scanOf('end', without)).toBe(2);
  expect(scanOf({ scan: 3 }, without)).toBeNull();
});

test('cracks are named by number, birth and size', () => {
  expect(crackNamed('first', results())?.id).toBe(4);
  expect(crackNamed('largest', results())?.id).toBe(7);
  expect(crackNamed(2, results())?.id).toBe(2);
  expect(crackNamed('first', results({ cracks: [] }))).toBeNull();
});

test('turns are the ends, where the current turns, and the first crack', () => {
  const indices = (choice: Parameters<typeof chosenScans>[0]) =>
    chosenScans(choice, results()).map(({ index }) => index);
  expect(indices('turns')).toEqual([0, 1, 2, 3]);
  expect(chosenScans('turns', results({ cracks: [] })).map(({ index }) => index)).toEqual([0, 2, 3]);
  expect(indices([{ hours: 9 }, 'start', { scan: 0 }])).toEqual([0, 3]);
  expect(indices(undefined)).toEqual([0, 1, 2, 3]);
});
