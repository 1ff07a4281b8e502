import { expect, test } from 'vitest';
import type { CycleResults, ElectrodeThickness, ScanResults } from '../core/results.ts';
import { cycleNulls, scanNulls } from './null_reasons.ts';

const lithium = { edgeToCentre: 1.2, voidFractionUpper: 0.1 } as ElectrodeThickness;
const scan = {
  ...{ startH: 1, timeH: 2, endH: 3 },
  quality: { noise: 1, sharpness: 0.5, rings: 0, clipped: 0, flags: [] },
  intensity: { gain: 1, offset: 0, applied: false, inert: { mean: 1, std: 1 } },
  thickness: { working: lithium, counter: null, electrochemicalUm: null },
} as unknown as ScanResults;

test('a scan without nulls needs no reason', () => {
  expect(scanNulls(scan, false)).toEqual([]);
});

test('each null of a scan has a reason; what a step could not do at all has its own', () => {
  expect(scanNulls({ ...scan, startH: null, endH: null }, false)).toEqual([
    'null: startH: only the middle of the exposure is known',
    'null: endH: only the middle of the exposure is known',
  ]);
  expect(scanNulls({ ...scan, startH: null, timeH: null, endH: null }, false)).toHaveLength(1);
  expect(scanNulls({ ...scan, intensity: null, quality: null, thickness: null }, false)).toEqual([]);
  const both = { working: { ...lithium, edgeToCentre: null }, counter: { ...lithium, voidFractionUpper: null } };
  expect(scanNulls({ ...scan, thickness: { ...both, electrochemicalUm: 0 } }, true)).toEqual([
    'null: thickness.working.edgeToCentre: the reference has no lithium plated',
    'null: thickness.counter.voidFractionUpper: it is told of plated lithium, at the working electrode',
  ]);
});

test('an unfinished cycle says what it lacks', () => {
  const cycle: CycleResults = {
    ...{ index: 2, plateEndScan: 7, stripEndScan: null, ceTomography: null, ceElectrochemistry: 0.9 },
    ...{ uncertainty: 0.1, residualUm: 0, extrapolatedUm: 4 },
  };
  expect(cycleNulls(cycle)).toEqual([
    'null: cycle 2, stripEndScan: no usable scan lies in its stripping',
    'null: cycle 2, ceTomography: no usable scan lies in its stripping',
  ]);
});
