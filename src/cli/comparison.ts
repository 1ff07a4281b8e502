import type { Results } from '../core/results.ts';
import { type Truth, truthMeanUm } from '../phantom/truth.ts';
import { aligned, shown } from './results_table.ts';

/** A scan's numbers beside the truth; null where there is none. */
export interface ComparedScan {
  index: number;
  name: string;
  meanUm: number | null;
  uncertaintyUm: number | null;
  trueMeanUm: number;
  errorUm: number | null;
  cracks: number | null;
  trueCracks: number;
}

/**
 * The results of a phantom beside its truth, scan by scan. The true thickness is that of the region that was analysed, of the
 * whole cell where there is none.
 */
export async function compared(results: Results, truth: Truth): Promise<ComparedScan[]> {
  const region = results.recipe.regions?.analysis;
  const means = await Promise.all(
    truth.scans.map(({ thickness }, scan) => (region ? truthMeanUm(truth, scan, region) : thickness.working.meanUm)),
  );
  return truth.scans.map(({ name, cracks }, index) => {
    const found = results.scans[index];
    const working = found?.thickness?.working;
    const meanUm = working?.meanUm ?? null;
    const trueMeanUm = means[index];
    return {
      index,
      name,
      meanUm,
      uncertaintyUm: working?.uncertaintyUm ?? null,
      trueMeanUm,
      errorUm: meanUm === null ? null : meanUm - trueMeanUm,
      cracks: found?.cracks?.count ?? null,
      trueCracks: cracks.count,
    };
  });
}

/** `compared` as a table for people. */
export async function comparisonTable(results: Results, truth: Truth): Promise<string> {
  const rows = (await compared(results, truth)).map((scan) => [
    String(scan.index),
    scan.name,
    shown(results.scans[scan.index]?.timeH, 2),
    shown(scan.meanUm, 3),
    shown(scan.uncertaintyUm, 3),
    shown(scan.trueMeanUm, 3),
    shown(scan.errorUm, 3),
    shown(results.scans[scan.index]?.thickness?.electrochemicalUm, 3),
    shown(scan.cracks, 0),
    shown(scan.trueCracks, 0),
  ]);
  const header = [
    'scan',
    'name',
    'time h',
    'lithium µm',
    '±',
    'truth µm',
    'error µm',
    'from charge µm',
    'cracks',
    'truth',
  ];
  const notes = [
    ...results.notes,
    ...results.scans.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`)),
  ];
  return [
    ...aligned([header, ...rows]),
    '',
    `Equivalent lithium thickness at the working electrode, over the analysis region; uncertainties are k = 2. ${results.cracks.length} cracks over the series, in truth ${truth.cracks.length}.`,
    ...notes.map((note) => `· ${note}`),
  ].join('\n');
}
