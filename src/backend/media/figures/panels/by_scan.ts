import { colourTable, TABLE_STEPS } from '../../../../core/colour_maps.ts';
import type { PlotSymbol, SeriesLook } from '../../../../core/plot/look.ts';
import type { ScanResults } from '../../../../core/results.ts';
import { captionOf } from '../analysed.ts';
import type { LegendEntry } from '../letters.ts';
import { sample } from './plots.ts';

const DASHES: readonly (readonly number[])[] = [[], [3.2, 1.6], [1, 1.4], [4, 1.4, 1, 1.4]];
const SYMBOLS: readonly PlotSymbol[] = ['circle', 'rect', 'triangle', 'diamond'];

/** Curves of scans, dark to light in order of time along a map that keeps its order in grey print; dashes besides. */
export function scanLooks(count: number): SeriesLook[] {
  const table = colourTable('batlow');
  return Array.from({ length: count }, (_, k) => {
    const share = count > 1 ? k / (count - 1) : 0;
    const step = Math.round((0.02 + 0.72 * share) * (TABLE_STEPS - 1)) * 3;
    const hex = [...table.subarray(step, step + 3)].map((channel) => channel.toString(16).padStart(2, '0'));
    return {
      colour: `#${hex.join('')}`,
      dash: DASHES[k % DASHES.length]!,
      symbol: SYMBOLS[k % SYMBOLS.length]!,
    };
  });
}

/** Time of each scan beside its curve; of several cells, in their order. */
export function scanEntries(cells: readonly (readonly ScanResults[])[], looks: readonly SeriesLook[]): LegendEntry[] {
  return looks.map(({ colour, dash }, k) => {
    const times = cells.map((scans) => (scans[k] ? captionOf(scans[k])[0] : '–'));
    const units = times.every((time) => time.endsWith(' h') || time === '–');
    const words = times.length > 1 && units ? `${times.join(' | ').replaceAll(' h', '')} h` : times.join(' | ');
    return { drawing: sample(colour, 1, dash), words };
  });
}
