import type { Made, MadeProject } from './made.ts';
import type { Picture } from './png.ts';

/** Something that is not as it was: what, and how it was and is. */
export interface Difference {
  what: string;
  was: string;
  is: string;
}

/** What made two files differently. */
export function madeDifferences(was: Made, is: Made): Difference[] {
  const found: Difference[] = [];
  for (const name of ['version', 'engine'] as const)
    if (was.software[name] !== is.software[name])
      found.push({
        what: name === 'version' ? 'Tomolapse' : 'engine',
        was: short(was.software[name]),
        is: short(is.software[name]),
      });
  found.push(...valueDifferences('option', was.options, is.options));
  found.push(...valueDifferences(was.kind === 'movie' ? 'storyboard' : 'layout', was.source, is.source));
  for (let k = 0; k < Math.max(was.projects.length, is.projects.length); k++)
    found.push(
      ...projectDifferences(was.projects[k], is.projects[k], was.projects.length > 1 ? ` of cell ${k + 1}` : ''),
    );
  return found;
}

function projectDifferences(was: MadeProject | undefined, is: MadeProject | undefined, of: string): Difference[] {
  if (!was || !is) return [{ what: `project${of}`, was: was?.name ?? 'none', is: is?.name ?? 'none' }];
  const found: Difference[] = [];
  if (was.id !== is.id) found.push({ what: `project${of}`, was: was.name, is: is.name });
  for (let k = 0; k < Math.max(was.inputs.length, is.inputs.length); k++) {
    const [a, b] = [was.inputs[k], is.inputs[k]];
    if (a?.fingerprint !== b?.fingerprint) found.push({ what: `scan ${k}${of}`, was: scanWords(a), is: scanWords(b) });
  }
  found.push(...valueDifferences(`recipe${of}`, was.recipe, is.recipe));
  found.push(...valueDifferences(`voxel size${of}`, was.voxelSizeUm, is.voxelSizeUm));
  const steps = new Set([...Object.keys(was.results), ...Object.keys(is.results)]);
  for (const step of steps) {
    const [a, b] = [was.results[step] ?? [], is.results[step] ?? []];
    const other = Math.max(a.length, b.length) - a.filter((key, k) => key === b[k]).length;
    if (other > 0)
      found.push({
        what: `results of ${step}${of}`,
        was: `${a.length}`,
        is: `${b.length}, ${other} computed otherwise`,
      });
  }
  return found;
}

function scanWords(scan: { file: string; fingerprint: string } | undefined): string {
  return scan ? `${scan.file} ${short(scan.fingerprint)}` : 'none';
}

/** Where two values of JSON differ, by the names that lead there. */
export function valueDifferences(at: string, was: unknown, is: unknown): Difference[] {
  if (isObject(was) && isObject(is)) {
    const names = new Set([...Object.keys(was), ...Object.keys(is)]);
    return [...names].flatMap((name) =>
      valueDifferences(Array.isArray(was) ? `${at}[${name}]` : `${at}.${name}`, was[name], is[name]),
    );
  }
  return was === is ? [] : [{ what: at, was: words(was), is: words(is) }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function words(value: unknown): string {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The first twelve of a hash. */
function short(text: string): string {
  return /^[0-9a-f]{20,}$/.test(text) ? text.slice(0, 12) : text || 'unknown';
}

/** Cells of two CSV that differ, column by column; numbers by the most that they are apart. */
export function csvDifferences(was: string, is: string): Difference[] {
  const [a, b] = [rowsOf(was), rowsOf(is)];
  const [columns, others] = [a[0] ?? [], b[0] ?? []];
  if (columns.join() !== others.join())
    return [{ what: 'columns of the numbers', was: String(columns.length), is: String(others.length) }];
  const found: Difference[] = [];
  if (a.length !== b.length)
    found.push({ what: 'rows of the numbers', was: String(a.length - 1), is: String(b.length - 1) });
  for (const [c, column] of columns.entries()) {
    let [count, most] = [0, 0];
    let first: [string, string] | null = null;
    for (let row = 1; row < Math.min(a.length, b.length); row++) {
      const [x, y] = [a[row]![c] ?? '', b[row]![c] ?? ''];
      if (x === y) continue;
      count++;
      const apart = Math.abs(Number(x) - Number(y));
      if (first === null || apart > most) first = [x, y];
      if (apart > most) most = apart;
    }
    if (first)
      found.push({
        what: `${column}, ${count} row${count === 1 ? '' : 's'}${most > 0 ? `, at most ${Number(most.toPrecision(3))} apart` : ''}`,
        was: first[0] || 'none',
        is: first[1] || 'none',
      });
  }
  return found;
}

/** The cells of a CSV by RFC 4180. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}

/** Pixels of two pictures that differ, and by how much. */
export function pictureDifferences(was: Picture, is: Picture): Difference[] {
  const size = ({ width, height }: Picture) => `${width} × ${height}`;
  if (size(was) !== size(is) || was.channels !== is.channels) return [{ what: 'pixels', was: size(was), is: size(is) }];
  let [count, most] = [0, 0];
  for (let i = 0; i < was.pixels.length; i += was.channels) {
    let apart = 0;
    for (let c = 0; c < was.channels; c++) apart = Math.max(apart, Math.abs(was.pixels[i + c]! - is.pixels[i + c]!));
    if (apart > 0) count++;
    most = Math.max(most, apart);
  }
  return count === 0
    ? []
    : [{ what: `${count} of ${was.width * was.height} pixels`, was: '0', is: `at most ${most} of 255 apart` }];
}

/** Frames whose pixels are others. */
export function frameDifferences(
  was: readonly { sha256: string; samples: number }[],
  is: readonly { sha256: string; samples: number }[],
): Difference[] {
  const found: Difference[] = [];
  if (was.length !== is.length) found.push({ what: 'frames', was: String(was.length), is: String(is.length) });
  const other = was.flatMap(({ sha256 }, k) => (is[k] && is[k].sha256 !== sha256 ? [k] : []));
  if (other.length > 0)
    found.push({
      what: `pixels of ${other.length} frame${other.length === 1 ? '' : 's'}, the first ${other[0]}`,
      was: short(was[other[0]!]!.sha256),
      is: short(is[other[0]!]!.sha256),
    });
  return found;
}
