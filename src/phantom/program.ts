import { LITHIUM_UM_PER_MAH_CM2 } from '../core/recipe.ts';
import type { CyclingLog } from '../core/series.ts';
import { random } from './random.ts';
import type { PhantomSpec } from './spec.ts';

/** A stretch of constant current; negative current plates lithium on the working electrode. */
export interface Segment {
  startH: number;
  endH: number;
  currentMaCm2: number;
  cycle: number;
  step: 'rest' | 'plating' | 'stripping';
}

/** One exposure, and where in the program it lies. */
export interface Exposure {
  startH: number;
  endH: number;
  segment: Segment;
  /** Which part of the program: before it, first plating, stripping, second plating. */
  phase: 'pristine' | 'plating' | 'stripping' | 'replating';
  /** How much of that phase's charge has passed by the middle of the exposure, 0 to 1. */
  progress: number;
}

export interface Program {
  segments: Segment[];
  exposures: Exposure[];
  /** Charge that has plated lithium since the start, mAh/cm². */
  chargeAt(timeH: number): number;
  /** At the end of the first plating and of the stripping after it. */
  plated: number;
  left: number;
}

/** Paper, section 5.3: a tomogram takes about 4.5 minutes. */
const EXPOSURE_H = 4.5 / 60;

/**
 * The cell's programme after the paper's section 5.2: a slow first cycle, then plating at rising current, with the scans'
 * times: one before it, then spread unevenly over plating, stripping and plating, each ending with a scan.
 */
export function programOf(spec: PhantomSpec): Program {
  const draw = random(spec.seed, 'program');
  const plated = spec.plating * 1.875 * draw.uniform(0.75, 1.05);
  const left = plated * draw.uniform(...spec.residue);
  const replated = spec.plating * draw.uniform(0.85, 1.25);
  const slow = Math.max(0.25 * spec.plating, 0.01);
  const after = spec.scans - 1;
  const counts = { plating: Math.ceil((after * 2) / 7), stripping: 0, replating: 0 };
  counts.stripping = Math.ceil(((after - counts.plating) * 2) / 5);
  counts.replating = after - counts.plating - counts.stripping;

  const segments: Segment[] = [];
  let clock = 0;
  const add = (hours: number, currentMaCm2: number, cycle: number, step: Segment['step']) => {
    segments.push({ startH: clock, endH: clock + hours, currentMaCm2, cycle, step });
    clock += hours;
  };
  add(0.4, 0, 1, 'rest');
  if (spec.plating === 0) {
    add(8, 0, 1, 'rest');
  } else {
    add(plated / slow, -slow, 1, 'plating');
    if (counts.stripping > 0) add((plated - left) / slow, slow, 1, 'stripping');
    if (counts.replating > 0) {
      const first = 2 * slow;
      const atFirst = Math.min(replated, first * 1);
      add(atFirst / first, -first, 2, 'plating');
      if (replated > atFirst) add((replated - atFirst) / (1.2 * first), -1.2 * first, 2, 'plating');
    }
  }
  add(0.25, 0, segments.at(-1)!.cycle, 'rest');

  const chargeAt = (timeH: number): number =>
    segments.reduce(
      (sum, s) => sum - s.currentMaCm2 * Math.max(0, Math.min(timeH, s.endH) - Math.min(timeH, s.startH)),
      0,
    );

  const exposures: Exposure[] = [];
  const expose = (endH: number, phase: Exposure['phase'], progress: (middleH: number) => number) => {
    const startH = endH - EXPOSURE_H;
    const middle = (startH + endH) / 2;
    const segment = segments.find((s) => middle >= s.startH && middle < s.endH)!;
    exposures.push({ startH, endH, segment, phase, progress: progress(middle) });
  };
  expose(0.3 + draw.uniform(-0.1, 0.05), 'pristine', () => 0);
  const scanOver = (phase: Exposure['phase'], stretch: Segment[], count: number) => {
    const from = stretch[0]!.startH;
    const to = stretch.at(-1)!.endH;
    const total = chargeAt(to) - chargeAt(from);
    for (let k = 1; k <= count; k++) {
      const part = k === count ? 1 : (k - 0.3 + draw.uniform(-0.15, 0.15)) / count;
      let endH = from + part * (to - from);
      // A tomogram never spans a change of current: its lithium is that of the middle of the exposure.
      for (const { startH } of stretch) if (endH > startH && endH - EXPOSURE_H < startH) endH = startH + EXPOSURE_H;
      expose(endH, phase, (middle) => (total === 0 ? 0 : (chargeAt(middle) - chargeAt(from)) / total));
    }
  };
  if (spec.plating === 0) {
    scanOver('pristine', segments.slice(1, 2), after);
  } else {
    scanOver(
      'plating',
      segments.filter((s) => s.cycle === 1 && s.step === 'plating'),
      counts.plating,
    );
    if (counts.stripping > 0)
      scanOver(
        'stripping',
        segments.filter((s) => s.step === 'stripping'),
        counts.stripping,
      );
    if (counts.replating > 0)
      scanOver(
        'replating',
        segments.filter((s) => s.cycle === 2 && s.step === 'plating'),
        counts.replating,
      );
  }
  return { segments, exposures, chargeAt, plated, left };
}

/**
 * The potentiostat's log of a programme: a row every half minute and one on either side of each change, so that the
 * trapezoidal rule gives the charge exactly. Each exposure rattles the voltage.
 */
export function cyclingLog(program: Program, areaMm2: number, seed: number): CyclingLog {
  const draw = random(seed, 'voltage');
  const { segments, exposures } = program;
  const half = 0.5 / 3600;
  const times: number[] = [];
  for (const { startH, endH } of segments) {
    times.push(startH + half);
    for (let t = startH + 30 / 3600; t < endH - 2 * half; t += 30 / 3600) times.push(t);
    times.push(endH - half);
  }
  const log: CyclingLog = { timeH: [], voltageV: [], currentMa: [] };
  for (const t of times) {
    const segment = segments.find((s) => t < s.endH)!;
    const since = t - segment.startH;
    const until = segment.endH - t;
    const j = segment.currentMaCm2;
    // Ohmic loss of the pellet, and the potential of a bare collector falling to that of lithium at the very start.
    let voltage = 0.06 * j;
    if (segment.step === 'plating') {
      voltage -= (segment.cycle === 1 ? 0.042 : 0.012) * Math.exp(-since / 0.08);
      if (segment.cycle === 1) voltage += 1.7 * Math.exp(-since / 0.015);
    } else if (segment.step === 'stripping') {
      voltage += 0.25 * Math.exp(-until / 0.06);
    } else if (segment.startH === 0) {
      voltage = 1.75;
    } else {
      voltage = 0.004;
    }
    voltage += 0.0002 * draw.normal();
    if (exposures.some((e) => t >= e.startH && t <= e.endH))
      voltage += 0.003 * Math.abs(draw.normal()) * (draw.uniform() < 0.8 ? 1 : -1);
    log.timeH.push(t);
    log.voltageV.push(voltage);
    log.currentMa.push((j * areaMm2) / 100);
  }
  return log;
}

/** Thickness of lithium that a charge per area makes, µm. */
export const lithiumUm = (mAhCm2: number): number => LITHIUM_UM_PER_MAH_CM2 * mAhCm2;
