import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { asFailure } from '../../core/failure.ts';
import type { CrackResults, Results, ScanResults } from '../../core/results.ts';
import { append, writtenBeside } from '../../formats/beside.ts';
import type { Analysed } from './analysed.ts';
import { madeOf, writeMade } from './made.ts';

type Cell = number | string | boolean | null | undefined;

/** A file of the tables: its first line, then a row each. */
export interface Table {
  name: string;
  columns: string[];
  rows: Iterable<Cell[]>;
}

/**
 * Writes scans.csv, cracks.csv, histograms.csv, profiles.csv and cycles.csv into a folder, and beside each what made it; columns are
 * the names of `results --json`, a dot for each level, units in the names. Returns the paths. Throws a resources failure for a full disk.
 */
export async function writeTables(analysed: Analysed, outDir: string): Promise<string[]> {
  const paths: string[] = [];
  for (const table of tablesOf(analysed.results)) paths.push(...(await writeTable(table, analysed, outDir)));
  return paths;
}

/** Writes one table, and beside it what made it. Returns both paths. */
export async function writeTable(table: Table, analysed: Analysed, outDir: string): Promise<[string, string]> {
  const path = join(outDir, table.name);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    await writtenBeside(path, async (file) => {
      for (const piece of csv(table)) {
        const written = Buffer.from(piece, 'utf8');
        hash.update(written);
        bytes += written.length;
        await append(file, written);
      }
    });
    const made = madeOf('table', table.name.replace(/\.csv$/, ''), null, {}, [analysed]);
    return [path, await writeMade(path, made, { bytes, sha256: hash.digest('hex') })];
  } catch (error) {
    throw asFailure(error, 'Cannot write the table', path);
  }
}

/** The five tables of a project's results. */
export function tablesOf(results: Results): Table[] {
  return [
    scansTable(results),
    cracksTable(results),
    histogramsTable(results),
    profilesTable(results),
    cyclesTable(results),
  ];
}

/** Lines of a table by RFC 4180: comma, CRLF, quotes where needed; numbers with a dot at full precision, null empty. */
export function* csv({ columns, rows }: Pick<Table, 'columns' | 'rows'>): Generator<string> {
  yield line(columns);
  let piece = '';
  for (const row of rows) {
    piece += line(row);
    if (piece.length < 2 ** 16) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function line(cells: readonly Cell[]): string {
  return `${cells.map(written).join(',')}\r\n`;
}

function written(cell: Cell): string {
  if (cell === null || cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const ELECTRODE = [
  'meanUm',
  'uncertaintyUm',
  'inCracksUm',
  'totalUm',
  'stdUm',
  'stdCorrectedUm',
  'publishedMeanUm',
  'coverage',
  'coveredFraction',
  'edgeToCentre',
  'voidFractionUpper',
  'map',
];

const SCAN = [
  ...['index', 'name', 'startH', 'timeH', 'endH'],
  ...['chargeMahCm2', 'currentMaCm2', 'voltageV', 'cycle', 'step'],
  ...ELECTRODE.map((name) => `thickness.working.${name}`),
  ...ELECTRODE.map((name) => `thickness.counter.${name}`),
  'thickness.electrochemicalUm',
  ...['count', 'volumeVoxels', 'volumeIfVoidVoxels', 'volumeUm3'].map((name) => `cracks.${name}`),
  ...['noise', 'sharpness', 'rings', 'clipped', 'flags'].map((name) => `quality.${name}`),
  ...['driftUm', 'rotationDeg', 'correlationBefore', 'correlation', 'residualUm', 'interfaceResidualUm', 'matrix'].map(
    (name) => `registration.${name}`,
  ),
  ...['gain', 'offset', 'applied', 'inert.mean', 'inert.std'].map((name) => `intensity.${name}`),
  'notes',
];

function scansTable({ scans }: Results): Table {
  return { name: 'scans.csv', columns: SCAN, rows: scans.map((scan) => SCAN.map((path) => at(scan, path))) };
}

const AXES = ['z', 'y', 'x'];
const CRACK_TRIPLES = ['centroid', 'min', 'max', 'extentUm', 'orientation'] as const;
const CRACK_ONCE = ['onsetScan', 'distanceToCollectorUm', 'distanceToCounterUm', 'through', 'fill', 'parents'] as const;

/** One row a crack and scan; what changes with time is empty before birth. */
function cracksTable({ cracks, scans }: Results): Table {
  const columns = [
    ...['id', 'scan', 'timeH', 'volumeVoxels', 'volumeUncertaintyVoxels', 'meanGrey'],
    ...CRACK_TRIPLES.flatMap((name) => AXES.map((axis) => `${name}.${axis}`)),
    ...['onsetIntervalH.start', 'onsetIntervalH.end'],
    ...CRACK_ONCE,
  ];
  const row = (crack: CrackResults, { index, timeH }: ScanResults, k: number): Cell[] => [
    ...[crack.id, index, timeH, crack.volumeVoxels[k], crack.volumeUncertaintyVoxels[k], crack.meanGrey[k]],
    ...CRACK_TRIPLES.flatMap((name) => AXES.map((_, axis) => crack[name][k]?.[axis])),
    ...[crack.onsetIntervalH?.[0], crack.onsetIntervalH?.[1]],
    ...CRACK_ONCE.map((name) => at(crack, name)),
  ];
  return { name: 'cracks.csv', columns, rows: cracks.flatMap((crack) => scans.map((scan, k) => row(crack, scan, k))) };
}

/** One row a bin; what lies below and above all bins has an open end. */
function histogramsTable({ scans }: Results): Table {
  const rows: Cell[][] = [];
  for (const { index, timeH, thickness } of scans)
    for (const electrode of ['working', 'counter'] as const) {
      const histogram = thickness?.[electrode]?.histogram;
      if (!histogram) continue;
      const { rangeUm, counts, underflow, overflow } = histogram;
      const edge = (bin: number) => rangeUm[0] + ((rangeUm[1] - rangeUm[0]) * bin) / counts.length;
      rows.push([index, timeH, electrode, null, rangeUm[0], underflow]);
      for (const [bin, count] of counts.entries())
        rows.push([index, timeH, electrode, edge(bin), edge(bin + 1), count]);
      rows.push([index, timeH, electrode, rangeUm[1], null, overflow]);
    }
  return { name: 'histograms.csv', columns: ['scan', 'timeH', 'electrode', 'fromUm', 'toUm', 'count'], rows };
}

function profilesTable({ scans }: Results): Table {
  const rows = scans.flatMap(({ index, timeH, profile }) =>
    (profile?.zUm ?? []).map((zUm, k) => [index, timeH, zUm, profile?.meanLvf[k]] as Cell[]),
  );
  return { name: 'profiles.csv', columns: ['scan', 'timeH', 'zUm', 'meanLvf'], rows };
}

const CYCLE = [
  ...['index', 'plateEndScan', 'stripEndScan', 'ceTomography', 'ceElectrochemistry'],
  ...['uncertainty', 'residualUm', 'extrapolatedUm'],
];

function cyclesTable({ cycles }: Results): Table {
  return { name: 'cycles.csv', columns: CYCLE, rows: cycles.map((cycle) => CYCLE.map((name) => at(cycle, name))) };
}

/** What lies at a path of names; lists as one cell, notes apart by semicolons. */
function at(record: object, path: string): Cell {
  let value: unknown = record;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[name];
  if (!Array.isArray(value)) return value as Cell;
  return value.join(typeof value[0] === 'number' ? ' ' : '; ');
}
