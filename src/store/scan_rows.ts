import { relative, sep } from 'node:path';
import type { Scan, VolumeSource } from '../core/series.ts';
import type { Json } from '../core/step.ts';
import type { Database } from './database.ts';
import { type FileState, filesOf } from './fingerprint.ts';
import { writeRow } from './rows.ts';

/** The voxels of a scan and the files that they come from, where those are not the ones that hold them. */
export interface OpenScan {
  source: VolumeSource;
  /** The given files of a volume that had to be brought in; null where the source itself lies in them. */
  originals: string[] | null;
}

/** The files whose change is a change of the scan, those of its segments first. */
export function watched(source: VolumeSource, originals: string[] | null): string[] {
  return [...new Set([...filesOf(source), ...(originals ?? [])])];
}

/** Writes a scan and the state of its files into the database of the project in `directory`. */
export function writeScan(
  db: Database,
  scan: Scan,
  hints: Json,
  states: readonly FileState[],
  directory: string,
): void {
  const files = filesOf(scan.source);
  const number = new Map(files.map((path, i) => [path, i]));
  writeRow(db, 'scans', {
    idx: scan.index,
    name: scan.name,
    path: relativePath(directory, scan.path),
    absolute_path: scan.path,
    fingerprint: scan.fingerprint,
    shape: JSON.stringify(scan.source.shape),
    type: scan.source.type,
    big_endian: scan.source.bigEndian ? 1 : 0,
    segments: JSON.stringify(scan.source.segments.map(({ path, offset, rows }) => [number.get(path), offset, rows])),
    hints: JSON.stringify(hints),
    start_h: scan.startH,
    time_h: scan.timeH,
    end_h: scan.endH,
  });
  for (const [i, { path, bytes, modifiedNs }] of states.entries())
    writeRow(db, 'scan_files', {
      scan: scan.index,
      number: i,
      path: relativePath(directory, path),
      absolute_path: path,
      bytes,
      modified_ns: modifiedNs,
    });
}

/** A path as seen from the project, with /; absolute where there is no way (another drive). */
export function relativePath(directory: string, path: string): string {
  return path === '' ? '' : relative(directory, path).split(sep).join('/');
}

/** Numbers as the database keeps them, and back. */
export function packed(values: readonly number[]): Buffer {
  return Buffer.from(Float64Array.from(values).buffer);
}

export function unpacked(bytes: Buffer): number[] {
  return [...new Float64Array(new Uint8Array(bytes).buffer)];
}
