import { csv } from '../tables.ts';

/** A row of the table beside a figure; units stand in the names. */
export type NumberRow = Readonly<Record<string, number | string | boolean | null | undefined>>;

/** Columns that stand first, in this order, where they are used. */
const FIRST = ['panel', 'cell', 'quantity', 'scan', 'crack', 'cycle', 'timeH', 'chargeMahCm2'];

/** The numbers that a figure shows, one row each, as CSV; a column is empty where it says nothing of the row. */
export function numbersCsv(rows: readonly NumberRow[]): string {
  const used = new Set(rows.flatMap((row) => Object.keys(row)));
  const columns = [...FIRST.filter((name) => used.has(name)), ...[...used].filter((name) => !FIRST.includes(name))];
  return [...csv({ columns, rows: rows.map((row) => columns.map((name) => row[name])) })].join('');
}
