import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../core/recipe.ts';
import type { CyclingLog } from '../../core/series.ts';
import type { StepResult } from '../../core/step.ts';
import { runStep, seriesOf } from '../fixtures/step.ts';
import { baselineOf, includedScans } from '../reference.ts';
import type { Thickness } from '../thickness/index.ts';
import { cycles } from './index.ts';

/** Half an hour of rest, then plating, stripping, plating and stripping at 1 mA for two hours each. */
const log: CyclingLog = {
  timeH: [0, 0.5, 0.5, 2.5, 2.5, 4.5, 4.5, 6.5, 6.5, 8.5],
  voltageV: [1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  currentMa: [0, 0, -1, -1, 1, 1, -1, -1, 1, 1],
};
const series = seriesOf(9, {
  cycling: log,
  workingAreaMm2: 100,
  scans: seriesOf(9).scans.map((scan) => ({
    ...scan,
    ...{ startH: scan.index + 0.4, timeH: scan.index + 0.45, endH: scan.index + 0.5 },
  })),
});
/** µm on the electrode: nothing, plated to 10, stripped to 1, plated to 8, stripped to 2. */
const TRUE_UM = [0, 5, 10, 5.5, 1, 4.5, 8, 5, 2];
const UNCERTAINTY = 0.1;

/** What `thickness` leaves: each scan against the scan that the recipe compares it with. */
const thickness = (recipe: Recipe): StepResult<Thickness>[] =>
  includedScans(recipe, series).map((scan) => {
    const baseline = baselineOf(recipe, series, scan);
    const working = {
      meanUm: TRUE_UM[scan]! - TRUE_UM[baseline]!,
      uncertaintyUm: scan === baseline ? 0 : UNCERTAINTY,
    } as Thickness['working'];
    return { key: '', directory: '', value: { refused: null, working, counter: null, profile: null, notes: [] } };
  });

const run = (recipe: Recipe = {}, of = series) =>
  runStep(cycles, { recipe, series: of, results: { thickness: thickness(recipe) } });

describe('cycles', () => {
  test('are told by the log, their efficiency by thickness and by charge', async () => {
    const { cycles: found } = await run();
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({ index: 1, plateEndScan: 2, stripEndScan: 4 });
    expect(found[0]!.ceTomography).toBeCloseTo(0.9, 9);
    expect(found[0]!.ceElectrochemistry).toBeCloseTo(1, 6);
    expect(found[0]!.residualUm).toBeCloseTo(1, 9);
    // Relative to what lay there when the cycle began.
    expect(found[1]!.ceTomography).toBeCloseTo(6 / 7, 9);
    expect(found[1]!.residualUm).toBeCloseTo(1, 9);
  });

  test.each(['cycleStart', 'previous'] as const)('are the same where scans are compared with %s', async (reference) => {
    const { cycles: found } = await run({ reference });
    const { cycles: expected } = await run();
    found.forEach((cycle, i) => {
      expect(cycle).toMatchObject({ plateEndScan: expected[i]!.plateEndScan, stripEndScan: expected[i]!.stripEndScan });
      expect(cycle.ceTomography).toBeCloseTo(expected[i]!.ceTomography!, 9);
      expect(cycle.residualUm).toBeCloseTo(expected[i]!.residualUm!, 9);
      // A sum of differences is not as sure as one.
      expect(cycle.uncertainty).toBeGreaterThan(0.9 * expected[i]!.uncertainty!);
    });
  });

  test('take the last scan that is left where others are excluded', async () => {
    const { cycles: found } = await run({ scans: { '4': { exclude: true } } });
    expect(found[0]).toMatchObject({ plateEndScan: 2, stripEndScan: 3 });
    expect(found[0]!.ceTomography).toBeCloseTo(0.45, 9);
  });

  test('are none without a log', async () => {
    const without = { ...series, cycling: null };
    expect(await run({}, without)).toMatchObject({ cycles: [] });
  });
});

describe('the charge of a scan', () => {
  test('counts from the reference, plated positive, over the area', async () => {
    const { scans } = await run();
    // 1 mA on 1 cm², the middle of the exposure 0.05 h before the switch.
    expect(scans.map(({ chargeMahCm2 }) => chargeMahCm2!.toFixed(2))).toEqual([
      '0.00',
      '0.95',
      '1.95',
      '1.05',
      '0.05',
      '0.95',
      '1.95',
      '1.05',
      '0.05',
    ]);
    expect(scans[2]).toMatchObject({ step: 'plating', cycle: 1, currentMaCm2: -1 });
    expect(scans[2]!.electrochemicalUm).toBeCloseTo(1.95 * 4.85, 6);
  });

  test("counts from each scan's own reference", async () => {
    const { scans } = await run({ reference: 'previous' });
    expect(scans[2]!.chargeMahCm2).toBeCloseTo(1, 6);
    expect(scans[3]!.chargeMahCm2).toBeCloseTo(-0.9, 6);
  });

  test('takes the area and the constant of the recipe', async () => {
    const electrodes = { working: { areaMm2: 50 }, lithiumUmPerMahCm2: 5 };
    const { scans } = await run({ electrodes });
    expect(scans[2]!.chargeMahCm2).toBeCloseTo(3.9, 6);
    expect(scans[2]!.electrochemicalUm).toBeCloseTo(19.5, 6);
    const unknown = (await run({}, { ...series, workingAreaMm2: null })).scans[2]!;
    expect(unknown).toMatchObject({ chargeMahCm2: null, electrochemicalUm: null });
    expect(unknown.notes.length).toBeGreaterThan(0);
  });
});
