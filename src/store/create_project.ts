import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { asFailure, badInput, type Failure, isFailure } from '../core/failure.ts';
import type { Scan, Series } from '../core/series.ts';
import type { Json } from '../core/step.ts';
import { type Access, closeDatabase, createDatabase, openDatabase } from './database.ts';
import { syncFolder, syncTree } from './durable.ts';
import { fingerprint, statesOf } from './fingerprint.ts';
import { Objects } from './objects.ts';
import { writeRow } from './rows.ts';
import { type OpenScan, packed, relativePath, watched, writeScan } from './scan_rows.ts';

/** A scan as it comes into a project. */
export interface NewScan extends OpenScan {
  name: string;
  path: string;
  /** What was told about the file (data set, raw shape and type), to open it again. */
  hints: Json;
  startH: number | null;
  timeH: number | null;
  endH: number | null;
  /** Where voxel size and time came from. */
  origin?: ScanOrigin;
}

/** Where what is known of a scan came from: "ImageJ spacing", "times.csv", "by hand"; null where nothing told it. */
export interface ScanOrigin {
  voxelSizeFrom: string | null;
  timeFrom: string | null;
}

/** A series as it comes into a project. */
export interface NewSeries extends Omit<Series, 'scans'> {
  scans: NewScan[];
  cyclingPath: string | null;
  software: string;
}

/**
 * Makes a project folder over the series that `gather` gives; volumes that cannot be mapped are brought into `objects`
 * by it. Everything is written in a hidden folder beside and renamed: there is no half project. Throws a Failure when
 * the folder exists (`input`) or the disk is full (`resources`), and what `gather` throws.
 */
export async function createProject(folder: string, gather: (objects: Objects) => Promise<NewSeries>): Promise<Series> {
  const directory = resolve(folder);
  const what = 'Cannot create the project';
  const exists = () =>
    heldElsewhere(directory) ??
    badInput({ what, path: directory, why: 'it exists already', whatToDo: 'Give another name, or remove it first' });
  if (existsSync(directory)) throw exists();
  const parent = dirname(directory);
  const prefix = `.${basename(directory)}.new-`;
  let made: string | undefined;
  try {
    made = await mkdir(parent, { recursive: true });
    sweepBeside(parent, prefix);
    const beside = join(parent, `${prefix}${process.pid}`);
    try {
      await mkdir(join(beside, 'objects'), { recursive: true });
      await mkdir(join(beside, 'exports'));
      const objects = new Objects(beside);
      const series = await gather(objects);
      await objects.sweep();
      const recorded = await fill(beside, directory, series);
      await syncTree(beside);
      await rename(beside, directory).catch((error: unknown) => {
        // Another program may have been quicker.
        throw existsSync(directory) ? exists() : error;
      });
      syncFolder(parent);
      return recorded;
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      throw error;
    }
  } catch (error) {
    if (made) await removeEmpty(parent, made);
    throw asFailure(error, what, directory);
  }
}

/** Removes the folders from `deepest` up to `first` that hold nothing: another program may have put something there meanwhile. */
async function removeEmpty(deepest: string, first: string): Promise<void> {
  try {
    for (let at = deepest; at.length >= first.length; at = dirname(at)) await rmdir(at);
  } catch {}
}

/** The Failure `busy` that names who has a project open; null where nobody has, or there is no project. */
function heldElsewhere(directory: string): Failure | null {
  const access: Access = { command: 'create', writes: false };
  try {
    closeDatabase(openDatabase(directory, access), directory, access);
    return null;
  } catch (error) {
    return isFailure(error) && error.code === 'busy' ? error : null;
  }
}

/** Writes a series into the database of a project that stands in `beside` and will stand in `directory`. */
async function fill(beside: string, directory: string, series: NewSeries): Promise<Series> {
  const moved = (path: string) =>
    path.startsWith(beside + sep) ? join(directory, path.slice(beside.length + 1)) : path;
  const access: Access = { command: 'create', writes: true };
  const db = createDatabase(beside);
  const scans: Scan[] = [];
  try {
    for (const [index, { originals, hints, origin, ...scan }] of series.scans.entries()) {
      const states = await statesOf(watched(scan.source, originals));
      const source = { ...scan.source, segments: scan.source.segments.map((s) => ({ ...s, path: moved(s.path) })) };
      const recorded = { ...scan, index, source, fingerprint: await fingerprint(scan.source, originals, hints) };
      scans.push(recorded);
      const movedStates = states.map((state) => ({ ...state, path: moved(state.path) }));
      db.transaction(() => {
        writeScan(db, recorded, hints, movedStates, directory);
        const { voxelSizeFrom = null, timeFrom = null } = origin ?? {};
        writeRow(db, 'origins', { scan: index, voxel_size_from: voxelSizeFrom, time_from: timeFrom });
      })();
    }
    const { cycling, cyclingPath, software, voxelSizeUm, workingAreaMm2, counterAreaMm2 } = series;
    db.transaction(() => {
      writeRow(db, 'project', {
        id: 1,
        software,
        created_at: new Date().toISOString(),
        voxel_z_um: voxelSizeUm[0],
        voxel_y_um: voxelSizeUm[1],
        voxel_x_um: voxelSizeUm[2],
        working_area_mm2: workingAreaMm2,
        counter_area_mm2: counterAreaMm2,
      });
      if (cycling)
        writeRow(db, 'cycling', {
          id: 1,
          path: relativePath(directory, cyclingPath ?? ''),
          time_h: packed(cycling.timeH),
          voltage_v: packed(cycling.voltageV),
          current_ma: packed(cycling.currentMa),
        });
      writeRow(db, 'recipe', { id: 1, recipe: '{}' });
    })();
    closeDatabase(db, beside, access);
    return { voxelSizeUm, scans, cycling, workingAreaMm2, counterAreaMm2 };
  } finally {
    if (db.open) db.close();
  }
}

/** Removes what killed `create` commands left; those of living processes stay. */
function sweepBeside(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    try {
      process.kill(Number(name.slice(prefix.length)), 0);
    } catch (error) {
      // Processes of others may not be asked, but they are there.
      if ((error as NodeJS.ErrnoException).code !== 'EPERM')
        rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
}
