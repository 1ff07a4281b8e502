import { basename } from 'node:path';
import { asFailure, badInput, type Failure } from '../core/failure.ts';
import { HOURS } from '../core/units.ts';
import { hoursBetween, type Instant, readInstant } from './instant.ts';
import { volumeStem } from './names.ts';
import { type HeaderCell, openTextTable, readNumber, type TextTable } from './text_table.ts';

/** When a scan was exposed; `timeH` is the middle. Start and end are null where only the middle is known. */
export interface ScanTime {
  file: string;
  line: number;
  startH: number | null;
  timeH: number;
  endH: number | null;
}

export interface TimesFile {
  times: ScanTime[];
  /** The date of hour 0 where the file gives dates: its earliest; null where it gives hours. */
  startsAt: Instant | null;
}

const FILE = ['file', 'filename', 'file name', 'scan', 'name'];
const START = ['start', 'begin', 'start time'];
const END = ['end', 'stop', 'end time'];
const MIDDLE = ['time', 't', 'middle', 'mid'];

/**
 * Reads the table of scan times: `file`, and `start_h,end_h`, or `time_h` (the middle), or `start`, `end`, `time` in ISO 8601;
 * other units of time are read too. Throws an input failure with the line.
 */
export async function readTimes(path: string): Promise<TimesFile> {
  let table: TextTable | null = null;
  try {
    table = await openTextTable(path, (header) => columnsOf(header) !== null);
    if (!table)
      throw refused(path, null, 'no line names its columns', 'Give it a header like file,start_h,end_h or file,time_h');
    return await readRows(path, table);
  } catch (error) {
    throw asFailure(error, 'Cannot read the scan times', path);
  } finally {
    await table?.close();
  }
}

async function readRows(path: string, { header, delimiter, headerLine, rows }: TextTable): Promise<TimesFile> {
  const { file, start, end, middle } = columnsOf(header) as Columns;
  const times: { file: string; line: number; start: Moment | null; middle: Moment | null; end: Moment | null }[] = [];
  for await (const { line, cells } of rows) {
    const momentAt = (column: number | null): Moment | null => {
      if (column === null) return null;
      const { name, unit } = header[column];
      const text = (cells[column] ?? '').trim();
      const instant = readInstant(text);
      if (instant) return instant;
      const value = readNumber(text, delimiter);
      if (Number.isNaN(value))
        throw refused(path, line, `"${text.slice(0, 40)}" of ${name} is neither a number nor a time in ISO 8601`);
      const hours = HOURS[unit?.toLowerCase() ?? ''];
      if (hours === undefined)
        throw refused(path, headerLine, `"${name}" has no known unit`, `Write ${name}_h or ${name}_min`);
      return value * hours;
    };
    const name = basename((cells[file] ?? '').trim().replaceAll('\\', '/'));
    if (name === '') throw refused(path, line, 'it names no file');
    const earlier = times.find((time) => time.file === name);
    if (earlier) throw refused(path, line, `${name} is already in line ${earlier.line}`);
    times.push({ file: name, line, start: momentAt(start), middle: momentAt(middle), end: momentAt(end) });
  }

  const moments = times.flatMap((time) => [time.start, time.middle, time.end]).filter((moment) => moment !== null);
  const instants = moments.filter((moment) => typeof moment !== 'number');
  if (instants.length > 0 && instants.length < moments.length)
    throw refused(path, null, 'some times are dates and some are hours', 'Use one of the two');
  const startsAt = instants.reduce<Instant | null>(
    (first, moment) => (first && first.milliseconds <= moment.milliseconds ? first : moment),
    null,
  );
  const hoursOf = (moment: Moment | null): number | null =>
    moment === null || typeof moment === 'number' ? moment : hoursBetween(startsAt as Instant, moment, path);
  return {
    startsAt,
    times: times.map(({ file: name, line, ...time }) => {
      const [startH, endH] = [hoursOf(time.start), hoursOf(time.end)];
      if (startH !== null && endH !== null && endH < startH) throw refused(path, line, 'its end is before its start');
      const timeH = hoursOf(time.middle) ?? ((startH as number) + (endH as number)) / 2;
      if (startH !== null && endH !== null && (timeH < startH || timeH > endH))
        throw refused(path, line, 'its time is not between its start and its end');
      return { file: name, line, startH, timeH, endH };
    }),
  };
}

/**
 * The same times counted from the zero of a log that knows its date. Times in hours, and times against a log without a date,
 * stay: they are taken to count from the log's zero. Throws an input failure when only one has a time zone.
 */
export function timesOfLog({ times, startsAt }: TimesFile, logStartsAt: Instant | null, path: string): ScanTime[] {
  if (!startsAt || !logStartsAt) return times;
  const shift = hoursBetween(logStartsAt, startsAt, path);
  const moved = (hours: number | null) => (hours === null ? null : hours + shift);
  return times.map((time) => ({
    ...time,
    startH: moved(time.startH),
    timeH: time.timeH + shift,
    endH: moved(time.endH),
  }));
}

/**
 * The time of each scan by base name, with or without extension; null where a scan has none. `unused` are lines that
 * name no scan. Throws an input failure when a line names two scans.
 */
export function matchTimes(
  times: ScanTime[],
  scanPaths: string[],
  path: string,
): { matched: (ScanTime | null)[]; unused: ScanTime[] } {
  const matched = new Array<ScanTime | null>(scanPaths.length).fill(null);
  const unused: ScanTime[] = [];
  for (const time of times) {
    const named = (strip: (name: string) => string) =>
      scanPaths.flatMap((scan, index) => (strip(basename(scan)) === strip(time.file) ? [index] : []));
    let found = named((name) => name);
    if (found.length === 0) found = named(volumeStem);
    if (found.length > 1)
      throw refused(
        path,
        time.line,
        `${time.file} may be ${found.map((index) => basename(scanPaths[index])).join(' or ')}`,
        'Write the name with its extension',
      );
    if (found.length === 0) unused.push(time);
    else if (matched[found[0]])
      throw refused(
        path,
        time.line,
        `${basename(scanPaths[found[0]])} is already named in line ${matched[found[0]]?.line}`,
      );
    else matched[found[0]] = time;
  }
  return { matched, unused };
}

/** Hours, or a date. */
type Moment = number | Instant;

interface Columns {
  file: number;
  start: number | null;
  end: number | null;
  middle: number | null;
}

function columnsOf(header: HeaderCell[]): Columns | null {
  const keys = header.map(({ key }) => key);
  const find = (names: string[]) => names.map((name) => keys.indexOf(name)).find((at) => at >= 0) ?? null;
  const [file, start, end, middle] = [FILE, START, END, MIDDLE].map(find);
  if (file === null || (middle === null && (start === null || end === null))) return null;
  return { file, start, end, middle };
}

function refused(path: string, line: number | null, why: string, whatToDo?: string): Failure {
  const fields = { what: 'Cannot read the scan times', path, why };
  return badInput({ ...fields, ...(line === null ? {} : { at: `line ${line}` }), ...(whatToDo ? { whatToDo } : {}) });
}
