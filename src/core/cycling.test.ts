import { describe, expect, it } from 'vitest';
import { ChargeCurve, cycleStartScans, cyclesOf, type Exposure, electrochemistryOf } from './cycling.ts';
import type { CyclingLog } from './series.ts';

type Row = [timeH: number, currentMa: number, voltageV?: number];

function logOf(rows: Row[]): CyclingLog {
  return {
    timeH: rows.map((row) => row[0]),
    currentMa: rows.map((row) => row[1]),
    voltageV: rows.map((row) => row[2] ?? 0),
  };
}

/** A row every `minutes` of stretches of constant current. */
function galvanostatic(stretches: [hours: number, currentMa: number][], minutes = 1): CyclingLog {
  const rows: Row[] = [];
  let start = 0;
  for (const [hours, current] of stretches) {
    for (let minute = 0; minute < hours * 60 - 1e-9; minute += minutes)
      rows.push([start + minute / 60, current, -0.03]);
    start += hours;
  }
  rows.push([start, rows[rows.length - 1][1], -0.03]);
  return logOf(rows);
}

const at = (...middles: number[]): Exposure[] =>
  middles.map((timeH) => ({ startH: timeH - 0.04, timeH, endH: timeH + 0.04 }));

// 0.25 mA/cm² on 2 cm²: 7.5 h of plating, 7.5 h of stripping.
const cell = { reference: 0, areaMm2: 200, umPerMahCm2: 4.85 };
const firstCycle = galvanostatic([
  [7.5, -0.5],
  [7.5, 0.5],
]);

describe('the charge of a log', () => {
  it('is the trapezoid of a gliding current, its mean exact', () => {
    // Current −t mA: charge −t²/2, mean of it from 1 to 2 h −(8 − 1)/6.
    const curve = new ChargeCurve(logOf(Array.from({ length: 31 }, (_, i) => [i / 10, -i / 10])));
    expect(curve.chargeMah(2)).toBeCloseTo(-2, 12);
    expect(curve.chargeMah(1.234)).toBeCloseTo(-(1.234 ** 2) / 2, 12);
    expect(curve.meanChargeMah(1, 2)).toBeCloseTo(-7 / 6, 12);
    expect(curve.meanCurrentMa(1, 2)).toBeCloseTo(-1.5, 12);
    expect(curve.meanCurrentMa(1.5, 1.5)).toBeCloseTo(-1.5, 12);
  });

  it('knows no current before the log and after it', () => {
    const curve = new ChargeCurve(
      logOf([
        [1, -2],
        [2, -2],
      ]),
    );
    expect(curve.chargeMah(0)).toBe(0);
    expect(curve.chargeMah(5)).toBe(-2);
    // −2 mAh for two hours after one hour of −1 on average.
    expect(curve.meanChargeMah(1, 4)).toBeCloseTo(-5 / 3, 12);
    expect(curve.meanChargeMah(0, 2)).toBeCloseTo(-0.5, 12);
  });

  it('holds a step until the row that shows it, however far the rows lie apart', () => {
    const sparse = new ChargeCurve(
      logOf([
        [0, -0.5],
        [7.5, 0.5],
        [15, 0],
        [16, 0],
      ]),
    );
    expect(sparse.chargeMah(7.5)).toBeCloseTo(-3.75, 12);
    expect(sparse.chargeMah(15)).toBeCloseTo(0, 12);
    expect(sparse.chargeMah(16)).toBeCloseTo(0, 12);
    const rising = new ChargeCurve(
      logOf([
        [0, -0.5],
        [1, -0.5],
        [2, -0.6],
        [3, -0.6],
      ]),
    );
    expect(rising.chargeMah(3)).toBeCloseTo(-1.6, 12);
    const twice = new ChargeCurve(
      logOf([
        [0, -0.5],
        [1, -0.5],
        [1, 0.5],
        [2, 0.5],
      ]),
    );
    expect(twice.chargeMah(1)).toBeCloseTo(-0.5, 12);
    expect(twice.chargeMah(2)).toBeCloseTo(0, 12);
    // A current that decays at constant voltage glides.
    const decaying = new ChargeCurve(
      logOf([
        [0, -1],
        [1, -0.6],
        [2, -0.35],
        [3, -0.2],
      ]),
    );
    expect(decaying.chargeMah(3)).toBeCloseTo(-(0.8 + 0.475 + 0.275), 12);
  });
});

describe('a scan', () => {
  it('of the paper: 1.875 mAh/cm² and 9.09 µm after 7.5 h', () => {
    const [pristine, middle, end, , last] = electrochemistryOf(firstCycle, at(0, 3.75, 7.5, 11, 15), cell);
    // The reference's own exposure plates for its second half: ⟨Q⟩ = 0.25 · 0.04² / 2 / 0.08.
    const zero = (0.25 * 0.04 ** 2) / 2 / 0.08;
    expect(pristine).toMatchObject({ chargeMahCm2: 0, electrochemicalUm: 0, cycle: 1, step: 'rest' });
    expect(middle.chargeMahCm2).toBeCloseTo(0.25 * 3.75 - zero, 10);
    expect(middle).toMatchObject({ step: 'plating', cycle: 1, voltageV: -0.03, notes: [] });
    expect(middle.currentMaCm2).toBeCloseTo(-0.25, 12);
    // Across the switch: charge rises and falls within the exposure.
    expect(end.chargeMahCm2).toBeCloseTo(1.875 - 3 * zero, 10);
    expect(end.step).toBe('plating');
    expect(end.electrochemicalUm).toBeCloseTo(4.85 * (end.chargeMahCm2 as number), 12);
    expect(last).toMatchObject({ step: 'stripping', cycle: 1 });
    expect(last.chargeMahCm2).toBeCloseTo(0, 10);
  });

  it('counts from any reference, one for all or its own', () => {
    const times = at(1, 3, 5);
    expect(electrochemistryOf(firstCycle, times, { ...cell, reference: 1 }).map((scan) => scan.chargeMahCm2)).toEqual([
      expect.closeTo(-0.5, 10),
      0,
      expect.closeTo(0.5, 10),
    ]);
    const previous = electrochemistryOf(firstCycle, times, { ...cell, reference: [0, 0, 1] });
    expect(previous[2].chargeMahCm2).toBeCloseTo(0.5, 10);
  });

  it('of which only the middle is known gets the charge at its middle', () => {
    const [, scan] = electrochemistryOf(
      firstCycle,
      [
        { startH: null, timeH: 0, endH: null },
        { startH: null, timeH: 2, endH: null },
      ],
      cell,
    );
    expect(scan).toMatchObject({ chargeMahCm2: expect.closeTo(0.5, 12), step: 'plating', voltageV: -0.03 });
  });

  it('does not see the spikes that scans put on the voltage, nor a blip of current, nor a short rest', () => {
    const log = galvanostatic([
      [4, -0.5],
      [0.01, 0],
      [3.49, -0.5],
      [7.5, 0.5],
    ]);
    const spike = log.timeH.findIndex((time) => time > 1.97);
    log.voltageV[spike] = 1.5;
    const blip = log.timeH.findIndex((time) => time > 5);
    log.currentMa[blip] = 0.5;
    const scans = electrochemistryOf(log, at(0, 2, 4, 5, 14), cell);
    expect(scans[1].voltageV).toBeCloseTo(-0.03, 12);
    expect(scans.map(({ step, cycle }) => `${step} ${cycle}`)).toEqual([
      'rest 1',
      'plating 1',
      'plating 1',
      'plating 1',
      'stripping 1',
    ]);
    expect(new ChargeCurve(log).halfCycles()).toMatchObject([
      { step: 'plating', cycle: 1, startH: 0, endH: expect.closeTo(7.5, 6) },
      { step: 'stripping', cycle: 1, endH: expect.closeTo(15, 6) },
    ]);
  });

  it('rests, and counts cycles from plating to plating', () => {
    const log = galvanostatic(
      [
        [1, 0],
        [2, -0.5],
        [1, 0],
        [2, 0.5],
        [1, 0],
        [2, -1],
        [2, 1],
      ],
      0.5,
    );
    const scans = electrochemistryOf(log, at(0.5, 2, 3.5, 5, 6.5, 8, 10), cell);
    expect(scans.map(({ step, cycle }) => `${step} ${cycle}`)).toEqual([
      'rest 1',
      'plating 1',
      'rest 1',
      'stripping 1',
      'rest 1',
      'plating 2',
      'stripping 2',
    ]);
    expect(cycleStartScans(log, at(0.5, 2, 3.5, 5, 6.5, 8, 10))).toEqual([0, 0, 0, 0, 0, 4, 4]);
  });

  it('outside the log, without area, time or log, says so', () => {
    const [, late] = electrochemistryOf(firstCycle, at(0, 16), cell);
    expect(late).toMatchObject({ chargeMahCm2: null, step: null, notes: [expect.stringMatching(/after the end/)] });
    const [early] = electrochemistryOf(firstCycle, at(-1, 5), cell);
    expect(early).toMatchObject({
      chargeMahCm2: 0,
      step: 'rest',
      voltageV: null,
      notes: [expect.stringMatching(/outside/)],
    });
    const rested = galvanostatic([
      [1, -0.5],
      [1, 0],
    ]);
    const [, after] = electrochemistryOf(rested, at(0, 3), cell);
    expect(after.chargeMahCm2).toBeCloseTo(0.25 - 0.0025, 10);
    const [noArea] = electrochemistryOf(firstCycle, at(2), { ...cell, areaMm2: null });
    expect(noArea).toMatchObject({ chargeMahCm2: null, step: 'plating', notes: [expect.stringMatching(/area/)] });
    expect(electrochemistryOf(null, at(2), cell)[0].notes).toEqual(['there is no cycling log']);
    expect(electrochemistryOf(logOf([]), at(2), cell)[0].notes).toEqual(['the cycling log has no rows']);
    const unknown = { startH: null, timeH: null, endH: null };
    expect(electrochemistryOf(firstCycle, [unknown], cell)[0].notes).toEqual(['its time is not known']);
    expect(electrochemistryOf(firstCycle, [unknown, ...at(2)], cell)[1].notes).toEqual([
      expect.stringMatching(/reference scan/),
    ]);
  });
});

describe('cycles', () => {
  const um = (value: number, uncertaintyUm: number | null = 0.1) => ({ um: value, uncertaintyUm });
  const area = { areaMm2: 200, umPerMahCm2: 4.85 };

  it('give efficiencies relative to their own start', () => {
    const log = galvanostatic([
      [7.5, -0.5],
      [7, 0.5],
      [0.5, 0],
      [4, -1],
      [3, 1],
    ]);
    const times = at(0, 3.75, 7.5, 11, 14.75, 19, 22);
    const thickness = [um(0, 0), um(4.5), um(9), um(5), um(0.6), um(10.2), um(3.4, null)];
    const [first, second] = cyclesOf(log, times, thickness, area);
    expect(first).toMatchObject({ index: 1, plateEndScan: 2, stripEndScan: 4, residualUm: 0.6, extrapolatedUm: null });
    expect(first.ceElectrochemistry).toBeCloseTo(7 / 7.5, 6);
    expect(first.ceTomography).toBeCloseTo(8.4 / 9, 12);
    // (9 − 0.6)/(9 − 0), each ± 0.1: by hand √((0.6/81)² + (1/9)²) · 0.1
    expect(first.uncertainty).toBeCloseTo(0.1 * Math.sqrt((0.6 / 81) ** 2 + (1 / 9) ** 2), 12);
    expect(second).toMatchObject({ index: 2, plateEndScan: 5, stripEndScan: 6, uncertainty: null });
    expect(second.ceElectrochemistry).toBeCloseTo(0.75, 6);
    expect(second.ceTomography).toBeCloseTo((10.2 - 3.4) / (10.2 - 0.6), 12);
    expect(second.residualUm).toBeCloseTo(2.8, 12);
  });

  it('pass over scans without a thickness, and extrapolate to the true end of plating', () => {
    const thickness = [um(0, 0), um(4.5), null, um(5), um(0.6)];
    const [cycle] = cyclesOf(firstCycle, at(0, 6.5, 7.5, 11, 14.75), thickness, area);
    expect(cycle).toMatchObject({ plateEndScan: 1, stripEndScan: 4 });
    // One hour of 0.25 mA/cm² more.
    expect(cycle.extrapolatedUm).toBeCloseTo(4.5 + 0.25 * 4.85, 6);
  });

  it('that are not whole have null for what is missing', () => {
    const plating = galvanostatic([[2, -0.5]]);
    expect(cyclesOf(plating, at(0, 2), [um(0), um(2)], area)).toMatchObject([
      { index: 1, plateEndScan: 1, stripEndScan: null, ceTomography: null, ceElectrochemistry: null, residualUm: null },
    ]);
    const strippedFirst = galvanostatic([
      [2, 0.5],
      [2, -0.5],
    ]);
    expect(cyclesOf(strippedFirst, at(0, 2, 4), [um(0), um(-2), um(0)], area)).toMatchObject([
      { index: 1, plateEndScan: null, stripEndScan: 1, ceElectrochemistry: null },
      { index: 2, plateEndScan: 2, stripEndScan: null },
    ]);
    const noGain = cyclesOf(firstCycle, at(0, 7.5, 15), [um(0), um(0.05), um(0)], area);
    expect(noGain[0].ceTomography).toBeNull();
    expect(cyclesOf(null, at(0), [um(0)], area)).toEqual([]);
    expect(cyclesOf(galvanostatic([[2, 0]]), at(0), [um(0)], area)).toEqual([]);
  });
});
