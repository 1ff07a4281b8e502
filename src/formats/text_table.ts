import { open } from 'node:fs/promises';
import { badInput } from '../core/failure.ts';
import { HOURS, MILLIAMPERES, VOLTS } from '../core/units.ts';

export interface HeaderCell {
  /** As written, without its unit. */
  name: string;
  /** Lower case, words apart by one space: what names are compared by. */
  key: string;
  unit: string | null;
}

export interface Row {
  /** From 1. */
  line: number;
  cells: string[];
}

/** A delimited text below the header that was accepted. */
export interface TextTable {
  header: HeaderCell[];
  delimiter: string;
  headerLine: number;
  /** Can be gone through once. */
  rows: AsyncGenerator<Row>;
  /** To be called when done, gone through or not. */
  close(): Promise<void>;
}

type Accepts = (header: HeaderCell[]) => boolean;

/** Lines before the header, as potentiostats write them, that are looked through. */
const PREAMBLE_LINES = 500;
const DELIMITERS = ['\t', ';', ','];
const COMMENT = /^\s*(?:#|%|\/\/)/;
const LONGEST_LINE = 2 ** 20;
const PIECE = 2 ** 18;
const OTHER_UNITS = ['ah', 'mah', 'wh', 'mwh', 'w', 'mw', 'ohm', 'c', '°c', 'k', '%', 'mpa', 'bar'];
const UNITS = new Set([HOURS, VOLTS, MILLIAMPERES].flatMap((units) => Object.keys(units)).concat(OTHER_UNITS));

/**
 * Opens a table of text: comma, semicolon or tab; UTF-8, UTF-16 or Latin-1; quoted cells; comments, and an instrument's own
 * lines before the header. Null when none of the first lines makes a header that is accepted.
 */
export async function openTextTable(path: string, accepts: Accepts): Promise<TextTable | null> {
  const lines = linesOf(path);
  const close = async () => void (await lines.return(undefined));
  for (let line = 1; line <= PREAMBLE_LINES; line++) {
    const next = await lines.next();
    if (next.done) return null;
    const found = headerOf(next.value, accepts);
    if (found) return { ...found, headerLine: line, rows: rowsOf(lines, line, found.delimiter), close };
  }
  await close();
  return null;
}

/** The accepted header among the first bytes of a file, or null. */
export function findHeader(head: Buffer, accepts: Accepts): HeaderCell[] | null {
  const text = new TextDecoder(encodingOf(head)).decode(head);
  if (text.includes('\0')) return null;
  for (const line of text.split(/\r\n|\n|\r/, PREAMBLE_LINES)) {
    const found = headerOf(line, accepts);
    if (found) return found.header;
  }
  return null;
}

/** Splits "Ewe/V", "Current (mA)", "U[V]", "time_h", "<I>/mA" into a name and a unit. */
function headerCell(text: string): HeaderCell {
  const written = text.trim();
  const bracketed = /^(.*?)\s*[([]\s*([^()[\]]*?)\s*[)\]]$/.exec(written);
  const divided = /^(.*?)\s*\/\s*([^/\s]+)$/.exec(written);
  const joined = /^(.+?)[_\s.-]+([^_\s.-]+)$/.exec(written);
  const withUnit = [divided, joined].find((parts) => parts && UNITS.has(parts[2].toLowerCase()));
  const [, name, unit] = bracketed ?? withUnit ?? ['', written, ''];
  const key = name
    .toLowerCase()
    .replace(/[<>]/g, '')
    .replace(/[_\s.-]+/g, ' ')
    .trim();
  return { name, key, unit: unit || null };
}

/** No quantity of an experiment; beyond it sums and units soon have no number. */
const LARGEST_NUMBER = 1e100;

/** A decimal number, with a comma as its point where the comma does not part cells; NaN if it is none, or beyond all measure. */
export function readNumber(cell: string | undefined, delimiter: string): number {
  let text = (cell ?? '').trim().replace('\u2212', '-');
  if (delimiter !== ',') text = text.replace(',', '.');
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Math.abs(number) < LARGEST_NUMBER ? number : Number.NaN;
}

function headerOf(line: string, accepts: Accepts): { header: HeaderCell[]; delimiter: string } | null {
  const text = line.replace(/^[\s#%~]+/, '');
  for (const delimiter of DELIMITERS) {
    if (!text.includes(delimiter)) continue;
    const header = cellsOf(text, delimiter).map(headerCell);
    if (accepts(header)) return { header, delimiter };
  }
  return null;
}

async function* rowsOf(lines: AsyncGenerator<string>, headerLine: number, delimiter: string): AsyncGenerator<Row> {
  let line = headerLine;
  for await (const text of lines) {
    line++;
    if (text.trim() === '' || COMMENT.test(text)) continue;
    yield { line, cells: cellsOf(text, delimiter) };
  }
}

function cellsOf(text: string, delimiter: string): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (quoted && letter === '"' && text[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (letter === '"') quoted = !quoted;
    else if (letter === delimiter && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += letter;
  }
  cells.push(cell);
  return cells;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r');
  try {
    const piece = Buffer.alloc(PIECE);
    let decoder: InstanceType<typeof TextDecoder> | null = null;
    let rest = '';
    for (let at = 0; ; ) {
      const { bytesRead } = await file.read(piece, 0, PIECE, at);
      at += bytesRead;
      decoder ??= new TextDecoder(encodingOf(piece.subarray(0, bytesRead)));
      rest += decoder.decode(piece.subarray(0, bytesRead), { stream: bytesRead > 0 });
      if (bytesRead === 0) break;
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() as string;
      if (rest.length > LONGEST_LINE)
        throw badInput({ what: 'Cannot read the table', path, why: 'it is not lines of text' });
      yield* lines;
    }
    if (rest !== '') yield* rest.split('\r').filter((line, index) => index === 0 || line !== '');
  } finally {
    await file.close();
  }
}

/** UTF-16 by its mark, UTF-8 where the bytes allow it, else Latin-1, in which old instruments write µ. */
function encodingOf(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  try {
    // A letter cut in two at the end is no fault.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}
