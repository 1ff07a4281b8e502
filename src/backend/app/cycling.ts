import type { ProjectState } from '../../contract/app.ts';
import { ChargeCurve } from '../../core/cycling.ts';
import type { Scan, Series } from '../../core/series.ts';

/** A row is kept for each of so many stretches of the log, and with it what sticks out of the stretch. */
const STRETCHES = 1000;

/**
 * The cycling log as a screen can show it: of each stretch its first and last row and the extremes of voltage and current,
 * so that the spike a scan leaves stays. Charge is counted from the reference scan, plated lithium positive.
 */
export function shownCycling(
  series: Series,
  reference: Scan | undefined,
  areaMm2: number | null,
): ProjectState['cycling'] {
  const { cycling } = series;
  if (!cycling || cycling.timeH.length === 0) return null;
  const rows = keptRows(cycling.timeH.length, [cycling.voltageV, cycling.currentMa]);
  const pick = (values: readonly number[]) => rows.map((row) => values[row]!);
  return {
    timeH: pick(cycling.timeH),
    voltageV: pick(cycling.voltageV),
    currentMa: pick(cycling.currentMa),
    chargeMahCm2: areaMm2 === null ? null : chargeAt(new ChargeCurve(cycling), pick(cycling.timeH), reference, areaMm2),
  };
}

function chargeAt(curve: ChargeCurve, times: number[], reference: Scan | undefined, areaMm2: number): number[] {
  const middle = reference?.timeH ?? curve.startH;
  const zero = curve.meanChargeMah(reference?.startH ?? middle, reference?.endH ?? middle);
  return times.map((time) => ((zero - curve.chargeMah(time)) * 100) / areaMm2);
}

function keptRows(count: number, columns: readonly (readonly number[])[]): number[] {
  if (count <= 4 * STRETCHES) return Array.from({ length: count }, (_, row) => row);
  const kept: number[] = [];
  for (let k = 0; k < STRETCHES; k++) {
    const from = Math.floor((k * count) / STRETCHES);
    const to = Math.floor(((k + 1) * count) / STRETCHES);
    const rows = new Set([from, to - 1]);
    for (const column of columns) {
      let [least, most] = [from, from];
      for (let row = from; row < to; row++) {
        if (column[row]! < column[least]!) least = row;
        if (column[row]! > column[most]!) most = row;
      }
      rows.add(least).add(most);
    }
    kept.push(...[...rows].sort((a, b) => a - b));
  }
  return kept;
}
