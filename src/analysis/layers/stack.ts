import { median } from '../../core/robust.ts';

/** A run of slices of nearly one grey value along the stack; half open. */
export interface Plateau {
  from: number;
  to: number;
  level: number;
}

/** Which plateau is what, and from which end the stack is read. */
export interface StackReading {
  cell: 'zero-excess' | 'symmetric';
  workingEnd: 'low' | 'high';
  plateaus: Plateau[];
  /** Indices into `plateaus`. */
  electrolyte: number;
  working: number;
  counter: number | null;
  /** 0 … 1: the weaker of the two steps next to the electrolyte over the whole range of grey values. */
  contrast: number;
}

/** Least step between two layers, of the range of grey values along the stack. */
const STEP = 0.1;
/** Plateaus shorter than this are edges, blurred over. */
const SHORTEST = 3;

/**
 * Splits a profile of slice medians into plateaus: edges are where it changes over four slices by more than a tenth of its
 * range, neighbours of nearly the same level are one.
 */
export function findPlateaus(profile: ArrayLike<number>): Plateau[] {
  const n = profile.length;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    low = Math.min(low, profile[i]!);
    high = Math.max(high, profile[i]!);
  }
  const step = STEP * (high - low);
  if (!(step > 0)) return [{ from: 0, to: n, level: low }];
  const change = (i: number) => Math.abs(profile[Math.min(i + 2, n - 1)]! - profile[Math.max(i - 2, 0)]!);
  const plateaus: Plateau[] = [];
  let from = -1;
  for (let i = 0; i <= n; i++) {
    const flat = i < n && change(i) < step;
    if (flat && from < 0) from = i;
    if (!flat && from >= 0) {
      if (i - from >= SHORTEST) plateaus.push({ from, to: i, level: levelOf(profile, from, i) });
      from = -1;
    }
  }
  for (let i = 0; i + 1 < plateaus.length; ) {
    const a = plateaus[i]!;
    const b = plateaus[i + 1]!;
    if (Math.abs(a.level - b.level) < step) {
      plateaus.splice(i, 2, { from: a.from, to: b.to, level: levelOf(profile, a.from, b.to) });
    } else i++;
  }
  // The slices of an edge belong half to each side.
  for (let i = 0; i + 1 < plateaus.length; i++) {
    const middle = edgeBetween(profile, plateaus[i]!, plateaus[i + 1]!);
    plateaus[i]!.to = middle;
    plateaus[i + 1]!.from = middle;
  }
  if (plateaus.length > 0) {
    plateaus[0]!.from = Math.min(plateaus[0]!.from, 2);
    const last = plateaus.at(-1)!;
    if (n - last.to <= 2) last.to = n;
  }
  return plateaus;
}

function levelOf(profile: ArrayLike<number>, from: number, to: number): number {
  const values: number[] = [];
  for (let i = from; i < to; i++) values.push(profile[i]!);
  return median(values);
}

function edgeBetween(profile: ArrayLike<number>, a: Plateau, b: Plateau): number {
  const middle = (a.level + b.level) / 2;
  for (let i = Math.max(a.to - 1, 0); i < b.from; i++) {
    if (profile[i]! > middle !== a.level > middle) return i;
  }
  return Math.round((a.to + b.from) / 2);
}

/**
 * Reads a stack: collector | electrolyte | lithium are bright, middle, dark in this order from either end; lithium |
 * electrolyte | lithium dark, middle, dark. Among several readings the one with the thickest, clearest electrolyte is taken.
 * Null when there is none.
 */
export function readStack(
  profile: ArrayLike<number>,
  given: { cell?: 'zero-excess' | 'symmetric'; workingEnd?: 'low' | 'high' } = {},
): StackReading | null {
  const plateaus = findPlateaus(profile);
  const levels = plateaus.map((plateau) => plateau.level);
  const range = Math.max(...levels) - Math.min(...levels);
  const readings: (StackReading & { score: number })[] = [];
  for (let i = 0; i < plateaus.length; i++) {
    const here = plateaus[i]!;
    const before = plateaus[i - 1];
    const after = plateaus[i + 1];
    const thickness = here.to - here.from;
    const add = (reading: Omit<StackReading, 'plateaus' | 'electrolyte' | 'contrast'>, contrast: number, bonus = 1) => {
      if (given.cell && given.cell !== reading.cell) return;
      if (given.workingEnd && given.workingEnd !== reading.workingEnd) return;
      readings.push({ ...reading, plateaus, electrolyte: i, contrast, score: thickness * contrast * bonus });
    };
    if (before && after) {
      const down = (before.level - here.level) / range;
      const on = (here.level - after.level) / range;
      if (down > 0 && on > 0)
        add({ cell: 'zero-excess', workingEnd: 'low', working: i - 1, counter: i + 1 }, Math.min(down, on));
      if (down < 0 && on < 0)
        add({ cell: 'zero-excess', workingEnd: 'high', working: i + 1, counter: i - 1 }, Math.min(-down, -on));
      // Two foils of one metal have one grey value.
      if (down < 0 && on > 0 && Math.abs(down + on) < 0.3 * Math.min(-down, on)) {
        const workingEnd = given.workingEnd ?? 'low';
        const [working, counter] = workingEnd === 'low' ? [i - 1, i + 1] : [i + 1, i - 1];
        add({ cell: 'symmetric', workingEnd, working, counter }, Math.min(-down, on));
      }
    }
  }
  if (readings.length === 0) {
    // No foil in the field: the last layer is the electrolyte if it is darker than its one neighbour.
    for (const i of [0, plateaus.length - 1]) {
      const neighbour = plateaus[i === 0 ? 1 : i - 1];
      const here = plateaus[i];
      if (!here || !neighbour || neighbour.level <= here.level || plateaus.length > 2) continue;
      const workingEnd = i === 0 ? 'high' : 'low';
      if (given.cell === 'symmetric' || (given.workingEnd && given.workingEnd !== workingEnd)) continue;
      const contrast = (neighbour.level - here.level) / range;
      readings.push({
        cell: 'zero-excess',
        workingEnd,
        working: plateaus.indexOf(neighbour),
        counter: null,
        plateaus,
        electrolyte: i,
        contrast,
        score: (here.to - here.from) * contrast,
      });
      break;
    }
  }
  readings.sort((a, b) => b.score - a.score);
  const best = readings[0];
  if (!best) return null;
  const { score: _, ...reading } = best;
  return reading;
}
