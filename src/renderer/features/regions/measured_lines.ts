import type { Measurement } from './measurements.ts';

export type QuantityName = 'lithium' | 'lvf' | 'mean' | 'sd';

export interface Quantity {
  name: QuantityName;
  title: string;
  of: (row: Measurement) => number | null;
}

/** What can be plotted over time. */
export const QUANTITIES: readonly Quantity[] = [
  { name: 'lithium', title: 'Plated lithium / µm³', of: ({ lithium }) => lithium?.volumeUm3 ?? null },
  { name: 'lvf', title: 'Mean LVF / %', of: ({ lithium }) => (lithium ? lithium.fraction * 100 : null) },
  { name: 'mean', title: 'Mean grey value', of: ({ grey }) => grey?.mean ?? null },
  { name: 'sd', title: 'Standard deviation', of: ({ grey }) => grey?.sd ?? null },
];

export interface MeasuredLine {
  id: string;
  name: string;
  points: { scan: number; value: number }[];
}

/** A line a region, its points in the order of the scans. */
export function linesOf(rows: readonly Measurement[], { of }: Quantity): MeasuredLine[] {
  return [...Map.groupBy(rows, ({ id }) => id)].map(([id, own]) => ({
    id,
    name: own[0]!.name,
    points: own
      .flatMap((row) => {
        const value = of(row);
        return value === null ? [] : [{ scan: row.scan, value }];
      })
      .sort((a, b) => a.scan - b.scan),
  }));
}
