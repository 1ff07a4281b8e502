import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Triple } from '../core/geometry.ts';
import { instantText } from './instant.ts';

/** What the log that a scanner leaves beside its slices says of them. */
export interface ScannerLog {
  voxelSizeUm: Triple | null;
  voxelSizeFrom: string;
  /** ISO 8601 without a time zone; the beginning, and the end where it tells how long it took. */
  start: string | null;
  end: string | null;
  timeFrom: string;
}

const ENDINGS = new Set(['.log', '.xtekct', '.pca']);
const LARGEST = 2 ** 18;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The logs among the files of a folder that say a voxel size or a time, by name. */
export async function scannerLogs(folder: string, names: readonly string[]): Promise<Map<string, ScannerLog>> {
  const logs = new Map<string, ScannerLog>();
  for (const name of names) {
    if (!ENDINGS.has(extname(name).toLowerCase())) continue;
    const status = await stat(join(folder, name)).catch(() => null);
    if (!status?.isFile() || status.size > LARGEST) continue;
    const log = readScannerLog(await readFile(join(folder, name), 'latin1'));
    if (log) logs.set(name, log);
  }
  return logs;
}

/** Reads Bruker's and SkyScan's .log, Nikon's .xtekct and phoenix' .pca; null for other texts. */
export function readScannerLog(text: string): ScannerLog | null {
  const fields = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const named = /^\s*\[([^\]]*)\]/.exec(line);
    if (named) section = named[1].trim().toLowerCase();
    const equals = line.indexOf('=');
    if (equals > 0)
      fields.set(`${section}/${line.slice(0, equals).trim().toLowerCase()}`, line.slice(equals + 1).trim());
  }
  if (fields.has('acquisition/image pixel size (um)')) return skyScan(fields);
  for (const [of, start] of [
    ['Nikon', 'xtekct/voxelsize'],
    ['phoenix', 'geometry/voxelsize'],
  ]) {
    const millimetres = ['z', 'y', 'x'].map((axis) => Number(fields.get(start + axis)));
    if (millimetres.every((size) => size > 0 && Number.isFinite(size)))
      return {
        voxelSizeUm: millimetres.map((size) => Number((size * 1000).toPrecision(12))) as Triple,
        voxelSizeFrom: `${of} VoxelSize`,
        start: null,
        end: null,
        timeFrom: '',
      };
  }
  return null;
}

function skyScan(fields: Map<string, string>): ScannerLog {
  // Slices may be reconstructed coarser than they were taken.
  const size = Number(fields.get('reconstruction/pixel size (um)') ?? fields.get('acquisition/image pixel size (um)'));
  const begin = studyTime(fields.get('acquisition/study date and time') ?? '');
  const took = /^(\d+)h?:(\d+)m?:(\d+)s?$/.exec(fields.get('acquisition/scan duration') ?? '');
  const seconds = took ? Number(took[1]) * 3600 + Number(took[2]) * 60 + Number(took[3]) : 0;
  return {
    voxelSizeUm: size > 0 && Number.isFinite(size) ? [size, size, size] : null,
    voxelSizeFrom: 'SkyScan Pixel Size',
    start: begin === null ? null : instantText(begin, false),
    end: begin === null || seconds === 0 ? null : instantText(begin + seconds * 1000, false),
    timeFrom: seconds === 0 ? 'SkyScan Study Date and Time' : 'SkyScan Study Date and Time, Scan duration',
  };
}

/** "10 Jan 2012  14h:17m:52s" or "Jan 10, 2012  14:17:52" in milliseconds; null for others. */
function studyTime(text: string): number | null {
  const parts =
    /^(?<day>\d{1,2}) (?<month>[A-Za-z]{3})[a-z]* (?<year>\d{4})\s+(?<time>[\dhms:]+)$/.exec(text) ??
    /^(?<month>[A-Za-z]{3})[a-z]* (?<day>\d{1,2}),? (?<year>\d{4})\s+(?<time>[\dhms:]+)$/.exec(text);
  const time = /^(\d{1,2})h?:(\d{1,2})m?:(\d{1,2})s?$/.exec(parts?.groups?.['time'] ?? '');
  if (!parts?.groups || !time) return null;
  const month = MONTHS.indexOf(parts.groups['month'].toLowerCase());
  const day = Number(parts.groups['day']);
  const at = Date.UTC(Number(parts.groups['year']), month, day, Number(time[1]), Number(time[2]), Number(time[3]));
  return month < 0 || new Date(at).getUTCDate() !== day ? null : at;
}
