import type { Moment } from '../movie/storyboard.ts';
import type { CrackResults, Results, ScanResults } from '../results.ts';
import type { ScanChoice } from './layout.ts';

/** Scans that a recipe does not leave out. */
export function takenScans({ scans, recipe }: Results): ScanResults[] {
  return scans.filter(({ index }) => !recipe.scans?.[String(index)]?.exclude);
}

/** A crack by its number, the first born, or the one that is largest at the end; null where there is none. */
export function crackNamed(which: number | 'first' | 'largest', { cracks }: Results): CrackResults | null {
  if (typeof which === 'number') return cracks.find(({ id }) => id === which) ?? null;
  const largest = (crack: CrackResults) => Math.max(0, ...crack.volumeVoxels.map((volume) => volume ?? 0));
  const [found] = cracks.toSorted((a, b) =>
    which === 'first'
      ? a.onsetScan - b.onsetScan || largest(b) - largest(a) || a.id - b.id
      : largest(b) - largest(a) || a.id - b.id,
  );
  return found ?? null;
}

/** The index of the scan that shows a moment: the nearest in time or charge. Null where it cannot be told. */
export function scanOf(moment: Moment, results: Results): number | null {
  const taken = takenScans(results);
  if (moment === 'start') return taken[0]?.index ?? null;
  if (moment === 'end') return taken.at(-1)?.index ?? null;
  if ('scan' in moment) return taken.some(({ index }) => index === moment.scan) ? moment.scan : null;
  if ('crack' in moment) return crackNamed(moment.crack, results)?.onsetScan ?? null;
  const far = ({ timeH, chargeMahCm2 }: ScanResults) =>
    'hours' in moment
      ? Math.abs((timeH ?? Number.NaN) - moment.hours)
      : Math.abs((chargeMahCm2 ?? Number.NaN) - moment.charge);
  const known = taken.filter((scan) => !Number.isNaN(far(scan)));
  return known.toSorted((a, b) => far(a) - far(b) || a.index - b.index)[0]?.index ?? null;
}

/** The scans that a panel shows, in order of time; what a moment does not find is left out. */
export function chosenScans(choice: ScanChoice | undefined, results: Results): ScanResults[] {
  const taken = takenScans(results);
  if (choice === undefined || choice === 'all') return taken;
  const wanted = new Set(choice === 'turns' ? turns(taken, results) : choice.map((moment) => scanOf(moment, results)));
  return taken.filter(({ index }) => wanted.has(index));
}

/** The first and the last scan, the last of each half cycle, and the first to show a crack. */
function turns(taken: readonly ScanResults[], results: Results): number[] {
  const ends = results.cycles.flatMap(({ plateEndScan, stripEndScan }) => [plateEndScan, stripEndScan]);
  const first = crackNamed('first', results)?.onsetScan ?? null;
  const found = [taken[0]?.index, ...ends, first, taken.at(-1)?.index];
  return found.filter((index) => index !== null && index !== undefined);
}
