import type { Maybe } from '../results.ts';
import type { MovieProject } from './project.ts';

/** The last row that is not later than a time; -1 before the first. */
function rowAt(times: readonly number[], hours: number): number {
  let [low, high] = [-1, times.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (times[middle]! <= hours) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Straight between rows, standing still beyond the ends. */
function between(times: readonly number[], values: readonly number[], hours: number): number {
  const row = rowAt(times, hours);
  if (row < 0) return values[0]!;
  if (row + 1 >= times.length) return values.at(-1)!;
  const span = times[row + 1]! - times[row]!;
  const share = span > 0 ? (hours - times[row]!) / span : 0;
  return values[row]! + share * (values[row + 1]! - values[row]!);
}

/** What the log says of a moment; null where it says nothing. */
export interface Reading {
  /** mAh cm⁻² since the reference scan, plated lithium positive. */
  chargeMahCm2: Maybe;
  /** mA cm⁻², negative where lithium plates; 0 before the log and after its end. */
  currentMaCm2: Maybe;
  voltageV: Maybe;
}

/** mA cm⁻² that a mA of the log is, from the charge that it passed; null where the log has no area. */
function perArea({ state: { cycling } }: MovieProject): Maybe {
  if (!cycling?.chargeMahCm2) return null;
  const { timeH, currentMa, chargeMahCm2 } = cycling;
  // The row over which most charge flowed tells best.
  let [best, most] = [-1, 0];
  for (let row = 1; row < timeH.length; row++) {
    const passed = Math.abs(chargeMahCm2[row]! - chargeMahCm2[row - 1]!);
    const mean = Math.abs(currentMa[row]! + currentMa[row - 1]!) / 2;
    const steady = Math.abs(currentMa[row]! - currentMa[row - 1]!) <= 1e-3 * mean;
    if (steady && mean > 0 && passed > most) [best, most] = [row, passed];
  }
  if (best < 0) return null;
  return most / (timeH[best]! - timeH[best - 1]!) / Math.abs(currentMa[best]!);
}

const areas = new WeakMap<MovieProject, Maybe>();

/** Charge, current density and voltage at a time of the log. */
export function readingAt(project: MovieProject, hours: number): Reading {
  const { cycling } = project.state;
  if (!cycling || cycling.timeH.length === 0) return { chargeMahCm2: null, currentMaCm2: null, voltageV: null };
  if (!areas.has(project)) areas.set(project, perArea(project));
  const area = areas.get(project)!;
  const { timeH, voltageV, currentMa, chargeMahCm2 } = cycling;
  const row = rowAt(timeH, hours);
  const flows = row >= 0 && hours <= timeH.at(-1)!;
  return {
    chargeMahCm2: chargeMahCm2 && between(timeH, chargeMahCm2, hours),
    // What flows is what the row says that began last: a galvanostat steps.
    currentMaCm2: area === null ? null : flows ? currentMa[row]! * area : 0,
    voltageV: between(timeH, voltageV, hours),
  };
}

/** Charge passed in either direction since the reference scan, mAh cm⁻²: it only grows, and tells how far a cell has been cycled. */
export interface ChargePassed {
  at(hours: number): number;
  /** The first time at which it is reached; the end where it never is. */
  hoursAt(charge: number): number;
}

export function chargePassed({ state }: MovieProject): ChargePassed | null {
  const { cycling } = state;
  if (!cycling?.chargeMahCm2 || cycling.timeH.length === 0) return null;
  const { timeH, chargeMahCm2 } = cycling;
  const passed = [0];
  for (let row = 1; row < timeH.length; row++)
    passed.push(passed[row - 1]! + Math.abs(chargeMahCm2[row]! - chargeMahCm2[row - 1]!));
  const zero = between(timeH, passed, state.scans[state.reference]?.timeH ?? timeH[0]!);
  return {
    at: (hours) => between(timeH, passed, hours) - zero,
    hoursAt(charge) {
      const row = passed.findIndex((value) => value - zero >= charge);
      if (row < 0) return timeH.at(-1)!;
      if (row === 0) return timeH[0]!;
      const [before, after] = [passed[row - 1]! - zero, passed[row]! - zero];
      const share = after > before ? (charge - before) / (after - before) : 1;
      return timeH[row - 1]! + share * (timeH[row]! - timeH[row - 1]!);
    },
  };
}
