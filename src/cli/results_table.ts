import { NULL } from '../analysis/null_reasons.ts';
import type { Results } from '../core/results.ts';

/** The numbers of each scan as a table for people: hours, charge, thickness, cracks. */
export function tableOf(results: Results): string {
  const { scans } = results;
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
  return [
    ...aligned([header, ...rows]),
    '',
    `${crackCount(results)} Uncertainties are k = 2.`,
    ...notesOf(results),
  ].join('\n');
}

function crackCount({ scans, cracks }: Results): string {
  if (cracks.length === 0 && scans.every((scan) => scan.cracks === null)) return 'No cracks were sought.';
  return `${cracks.length} ${cracks.length === 1 ? 'crack' : 'cracks'} over the series.`;
}

/** Why a single field is null is left to the document. */
export const matters = (note: string) => !note.startsWith(NULL);

/** What the steps noted, a line each; what several scans have in common is said once. */
export function notesOf({ notes, scans }: Results): string[] {
  const names = new Map<string, string[]>();
  for (const scan of scans)
    for (const note of scan.notes.filter(matters)) names.set(note, [...(names.get(note) ?? []), scan.name]);
  const ofScans = [...names].map(([note, who]) =>
    who.length > 4 ? `${who[0]} … ${who.at(-1)} (${who.length} scans): ${note}` : `${who.join(', ')}: ${note}`,
  );
  return [...notes.filter(matters), ...ofScans].map((note) => `· ${note}`);
}

export function shown(value: number | null | undefined, digits: number): string {
  // A rounded −0 has no sign.
  return value === null || value === undefined ? '–' : value.toFixed(digits).replace(/^-(0(?:\.0+)?)$/, '$1');
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
