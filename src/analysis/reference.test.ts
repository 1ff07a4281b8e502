import { describe, expect, test } from 'vitest';
import type { CyclingLog } from '../core/series.ts';
import { seriesOf } from './fixtures/step.ts';
import { baselineNeeds, baselineOf, baseScan, includedScans } from './reference.ts';

/** Rest, plating, stripping, plating: scans 0–1 before or within the first plating, 2 at its end, 3–4 stripping, 5–7 plating. */
const log: CyclingLog = {
  timeH: [0, 0.5, 0.5, 2.2, 2.2, 4.2, 4.2, 8],
  voltageV: new Array<number>(8).fill(0),
  currentMa: [0, 0, -1, -1, 1, 1, -1, -1],
};
const series = seriesOf(8, { cycling: log });
const all = [0, 1, 2, 3, 4, 5, 6, 7];

describe('the scan in whose voxels everything is told', () => {
  test('is the reference, else the first scan that takes part', () => {
    expect(baseScan({})).toBe(0);
    expect(baseScan({ reference: 3 })).toBe(3);
    expect(baseScan({ reference: 'cycleStart', scans: { '0': { exclude: true }, '1': { exclude: true } } })).toBe(2);
    expect(baseScan({ reference: 'previous', scans: { '0': { exclude: true } } })).toBe(1);
    expect(baseScan({ reference: 'previous', scans: { '0': { exclude: false } } })).toBe(0);
  });

  test('excluded scans take no part', () => {
    expect(includedScans({}, series)).toEqual(all);
    expect(
      includedScans({ scans: { '2': { exclude: true }, '4': { matrix: [] }, '7': { exclude: true } } }, series),
    ).toEqual([0, 1, 3, 4, 5, 6]);
  });
});

describe('the scan that another is compared with', () => {
  const baselines = (recipe: Parameters<typeof baselineOf>[0], of = series) =>
    of.scans.map(({ index }) => baselineOf(recipe, of, index));

  test('is the reference', () => {
    expect(baselines({})).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(baselines({ reference: 2 })).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  });

  test('is the one before it, excluded ones passed over', () => {
    expect(baselines({ reference: 'previous' })).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
    expect(baselines({ reference: 'previous', scans: { '3': { exclude: true } } })).toEqual([0, 0, 1, 2, 2, 4, 5, 6]);
    expect(baselines({ reference: 'previous', scans: { '0': { exclude: true } } })).toEqual([1, 1, 1, 2, 3, 4, 5, 6]);
  });

  test('is the one from which its cycle starts', () => {
    expect(baselines({ reference: 'cycleStart' })).toEqual([0, 0, 0, 0, 0, 4, 4, 4]);
    // Without the last scan of the stripping the one before it takes its place.
    expect(baselines({ reference: 'cycleStart', scans: { '4': { exclude: true } } }).slice(5)).toEqual([3, 3, 3]);
    expect(baselines({ reference: 'cycleStart', scans: { '0': { exclude: true } } }).slice(1)).toEqual([
      1, 1, 1, 1, 4, 4, 4,
    ]);
  });

  test('is the first where there is no log to tell cycles by', () => {
    expect(baselines({ reference: 'cycleStart' }, seriesOf(3))).toEqual([0, 0, 0]);
    const empty = seriesOf(3, { cycling: { timeH: [], voltageV: [], currentMa: [] } });
    expect(baselines({ reference: 'cycleStart' }, empty)).toEqual([0, 0, 0]);
  });

  test('is placed on the reference first, unless it is the reference', () => {
    expect(baselineNeeds({}, series, 5)).toEqual({});
    expect(baselineNeeds({ reference: 'cycleStart' }, series, 3)).toEqual({});
    expect(baselineNeeds({ reference: 'cycleStart' }, series, 6)).toEqual({
      baselineRegister: { step: 'register', scan: 4 },
      baselineIntensity: { step: 'intensity', scan: 4 },
    });
  });
});
