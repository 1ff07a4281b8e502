import { asFailure, badInput, type Failure } from '../core/failure.ts';
import type { CyclingLog } from '../core/series.ts';
import { HOURS, MILLIAMPERES, VOLTS } from '../core/units.ts';
import type { Format } from './description.ts';
import { hoursBetween, type Instant, readInstant } from './instant.ts';
import { findHeader, type HeaderCell, openTextTable, readNumber, type TextTable } from './text_table.ts';

/** A potentiostat's log as CSV or another delimited text. See docs/formats/cycling.md. */
export const cycling: Format = {
  name: 'cycling',
  recognises: ({ isFolder, head }) => !isFolder && findHeader(head, (header) => columnsOf(header) !== null) !== null,
  describe: async ({ path }) => {
    const { log, columns } = await readCycling(path);
    return { path, kind: 'cycling', format: 'csv', points: log.timeH.length, columns };
  },
};

export interface CyclingFile {
  /** Current negative where lithium plates; hours from the zero of the file's own clock, or from its first row. */
  log: CyclingLog;
  /** The date of hour 0, where the file gives one. */
  startsAt: Instant | null;
  columns: { name: string; unit: string | null }[];
}

/**
 * Reads time, voltage and current of a log, in any of the usual spellings and units. `platingSign` is the sign of the
 * current that plates lithium on the working electrode in the file. A file without rows is an empty log. Throws an input
 * failure with the line when a cell is not a number or time runs back.
 */
export async function readCycling(
  path: string,
  { platingSign = 'negative' }: { platingSign?: 'negative' | 'positive' } = {},
): Promise<CyclingFile> {
  let table: TextTable | null = null;
  try {
    table = await openTextTable(path, (header) => columnsOf(header) !== null);
    if (!table)
      throw refused(
        path,
        null,
        'no line names its columns of time, voltage and current',
        'Give it a header like time_h,voltage_V,current_mA',
      );
    return await readRows(path, table, platingSign === 'positive' ? -1 : 1);
  } catch (error) {
    throw asFailure(error, 'Cannot read the cycling log', path);
  } finally {
    await table?.close();
  }
}

async function readRows(
  path: string,
  { header, delimiter, headerLine, rows }: TextTable,
  sign: number,
): Promise<CyclingFile> {
  const { time, date, voltage, current } = columnsOf(header) as Columns;
  const unitOf = (column: number, units: Readonly<Record<string, number>>, examples: string): number => {
    const { name, unit } = header[column];
    const size = units[unit?.toLowerCase() ?? ''];
    if (size !== undefined) return size;
    const why = unit ? `the unit ${unit} of "${name}" is not known` : `"${name}" has no unit`;
    throw refused(path, headerLine, why, `Write ${examples}`);
  };
  const volts = header[voltage].unit === null ? 1 : unitOf(voltage, VOLTS, 'voltage_V or voltage_mV');
  const milliamperes = sign * unitOf(current, MILLIAMPERES, 'current_mA or current_A');

  const log: CyclingLog = { timeH: [], voltageV: [], currentMa: [] };
  let startsAt: Instant | null = null;
  let previous = Number.NEGATIVE_INFINITY;
  for await (const { line, cells } of rows) {
    const textAt = (column: number) => (cells[column] ?? '').trim();
    const numberAt = (column: number): number => {
      const value = readNumber(cells[column], delimiter);
      if (Number.isNaN(value))
        throw refused(path, line, `"${textAt(column).slice(0, 40)}" of ${header[column].name} is not a number`);
      return value;
    };
    const timeText = time === null ? '' : textAt(time);
    const instant = readInstant(date === null ? timeText : textAt(date));
    let hours: number;
    if (time === null || (date === null && instant)) {
      if (!instant) throw refused(path, line, `"${textAt(date as number).slice(0, 40)}" is not a time in ISO 8601`);
      startsAt ??= instant;
      hours = hoursBetween(startsAt, instant, path);
    } else {
      hours = clockHours(timeText) ?? numberAt(time) * unitOf(time, HOURS, 'time_h or time_s');
      if (log.timeH.length === 0 && instant)
        startsAt = { ...instant, milliseconds: instant.milliseconds - hours * 3.6e6 };
    }
    if (hours < previous)
      throw refused(path, line, 'its time is before that of the line above', 'Sort the log by time');
    previous = hours;
    log.timeH.push(hours);
    log.voltageV.push(numberAt(voltage) * volts);
    log.currentMa.push(numberAt(current) * milliamperes);
  }
  return { log, startsAt, columns: header.map(({ name, unit }) => ({ name, unit })) };
}

/** Indices into a header; `date` is a column of dates, `time` one of elapsed time. At least one of the two is there. */
interface Columns {
  time: number | null;
  date: number | null;
  voltage: number;
  current: number;
}

// Total times before plain ones: beside a total, "time" is often that of the step.
const TIME = [
  'test time',
  'testtime',
  'total time',
  'cumulative time',
  'elapsed time',
  'run time',
  'running time',
  'experiment time',
  'time',
  't',
];
const DATE = [
  'date time',
  'datetime',
  'date and time',
  'timestamp',
  'time stamp',
  'absolute time',
  'system time',
  'date',
];
const VOLTAGE = ['voltage', 'cell voltage', 'ewe', 'ecell', 'ewe ece', 'potential', 'e', 'u', 'v'];
const CURRENT = ['current', 'cell current', 'i'];

function columnsOf(header: HeaderCell[]): Columns | null {
  const keys = header.map(({ key }) => key);
  const find = (names: string[]) => {
    const index = names.map((name) => keys.indexOf(name)).find((at) => at >= 0);
    return index ?? null;
  };
  const [time, date, voltage, current] = [TIME, DATE, VOLTAGE, CURRENT].map(find);
  if ((time === null && date === null) || voltage === null || current === null) return null;
  return { time, date, voltage, current };
}

/** "12:30:00" as 12.5; null for other text. */
function clockHours(text: string): number | null {
  const parts = /^(\d+):([0-5]\d):([0-5]\d(?:[.,]\d+)?)$/.exec(text);
  return parts ? Number(parts[1]) + Number(parts[2]) / 60 + Number(parts[3].replace(',', '.')) / 3600 : null;
}

function refused(path: string, line: number | null, why: string, whatToDo?: string): Failure {
  const fields = { what: 'Cannot read the cycling log', path, why };
  return badInput({ ...fields, ...(line === null ? {} : { at: `line ${line}` }), ...(whatToDo ? { whatToDo } : {}) });
}
