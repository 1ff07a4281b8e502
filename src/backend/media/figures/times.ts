import type { ScanResults } from '../../../core/results.ts';
import type { CyclingLog } from '../../../core/series.ts';
import type { Analysed } from '../analysed.ts';
import type { Point } from './plot.ts';

/** The axis along which a series is told: hours, or the number of the scan where some have no time. */
export interface TimeAxis {
  name: string;
  at(scan: ScanResults): number;
  inHours: boolean;
}

export function timeAxis({ results }: Analysed): TimeAxis {
  const timed = results.scans.every(({ timeH }) => timeH !== null);
  return timed
    ? { name: 'time (h)', at: ({ timeH }) => timeH!, inHours: true }
    : { name: 'scan', at: ({ index }) => index, inHours: false };
}

/** A log with at most two points in each of `bins` spans of time, the lowest and the highest: no spike is lost. */
export function thinned(timeH: CyclingLog['timeH'], values: readonly number[], bins: number): Point[] {
  const [first, last] = [timeH[0] ?? 0, timeH.at(-1) ?? 0];
  if (timeH.length <= 2 * bins || !(last > first)) return timeH.map((t, i) => [t, values[i]!]);
  const points: Point[] = [];
  for (let i = 0; i < timeH.length; ) {
    const bin = Math.floor(((timeH[i]! - first) / (last - first)) * bins);
    let [low, high] = [i, i];
    for (; i < timeH.length && Math.floor(((timeH[i]! - first) / (last - first)) * bins) === bin; i++) {
      if (values[i]! < values[low]!) low = i;
      if (values[i]! > values[high]!) high = i;
    }
    for (const k of low < high ? [low, high] : high < low ? [high, low] : [low]) points.push([timeH[k]!, values[k]!]);
  }
  return points;
}
