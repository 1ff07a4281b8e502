import type { Results } from '../core/results.ts';

/** The numbers of each scan as a table for people: hours, charge, thickness, cracks. */
export function tableOf({ scans, cracks, notes }: Results): string {
  const header = [
    'scan',
    'name',
    'time h',
    'charge mAh/cm²',
    'thickness µm',
    '±',
    'published µm',
    'from charge µm',
    'cracks',
    'crack voxels',
  ];
  const rows = scans.map(({ index, name, timeH, chargeMahCm2, thickness, cracks: found }) => [
    String(index),
    name,
    shown(timeH, 2),
    shown(chargeMahCm2, 3),
    shown(thickness?.working?.meanUm, 3),
    shown(thickness?.working?.uncertaintyUm, 3),
    shown(thickness?.working?.publishedMeanUm, 3),
    shown(thickness?.electrochemicalUm, 3),
    shown(found?.count, 0),
    shown(found?.volumeVoxels, 0),
  ]);
  const said = [...notes, ...scans.flatMap((scan) => scan.notes.map((note) => `${scan.name}: ${note}`))];
  return [
    ...aligned([header, ...rows]),
    '',
    `${cracks.length} ${cracks.length === 1 ? 'crack' : 'cracks'} over the series. Uncertainties are k = 2.`,
    ...said.map((note) => `· ${note}`),
  ].join('\n');
}

export function shown(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

/** Rows as lines of right-aligned columns, the second column left-aligned. */
export function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
