import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { canonicalJson } from '../core/canonical.ts';
import { asFailure, badInput } from '../core/failure.ts';
import type { Recipe } from '../core/recipe.ts';
import type { Scan, Series, VolumeSource } from '../core/series.ts';
import type { Json } from '../core/step.ts';
import type { ScanOrigin } from './create_project.ts';
import {
  type Access,
  closeDatabase,
  type Database,
  damagedDatabase,
  isDamaged,
  isDatabaseFile,
  openDatabase,
} from './database.ts';
import { type FileState, filesOf, fingerprint, statesOf } from './fingerprint.ts';
import { Objects } from './objects.ts';
import { type Row, readRows, tablesOf, writeRow } from './rows.ts';
import { type OpenScan, unpacked, watched, writeScan } from './scan_rows.ts';

/** A step's place in the plan of the last run: the key of its result and whether it was stored. */
export interface PlannedResult {
  step: string;
  /** -1 for a step of the whole series. */
  scan: number;
  key: string;
  done: boolean;
}

export interface Damage {
  path: string;
  why: string;
}

/** A file of a scan that is not where it is sought. */
export interface MissingFile {
  scan: number;
  path: string;
  bytes: number;
}

/** Changes of a project: what they set, and how the same change back is described. */
interface Changes {
  'set-recipe': { recipe: Recipe };
  'set-areas': { workingAreaMm2: number | null; counterAreaMm2: number | null };
  /** By name; null takes one away. */
  'set-storyboards': Record<string, Json>;
  'set-figures': Record<string, Json>;
}

/** Of what results depend on, what can be changed and taken back. */
export interface ReachableState {
  recipe: Recipe;
  workingAreaMm2: number | null;
  counterAreaMm2: number | null;
}

/** An export that was asked for and has not ended; `request` as it was given. */
export interface OpenExport {
  id: string;
  request: Json;
}

/** An open project, locked to this process until `close`. */
export class Project {
  readonly directory: string;
  readonly objects: Objects;
  readonly #access: Access;
  readonly #db: Database;
  /** Which folder it is, wherever it goes. */
  readonly #place: string;

  /** Throws a Failure as `openDatabase` does. `folder` may be given without its ending `.tomolapse`. */
  constructor(folder: string, access: Access) {
    this.directory = resolve(!existsSync(folder) && existsSync(`${folder}.tomolapse`) ? `${folder}.tomolapse` : folder);
    this.#access = access;
    this.#db = openDatabase(this.directory, access);
    this.objects = new Objects(this.directory);
    this.#place = placeOf(this.directory);
  }

  /** Nothing can be changed: it was opened to be read. */
  get readOnly(): boolean {
    return !this.#access.writes;
  }

  close(): void {
    // Nothing is written where another folder may be by now; the next one who opens the database looks at every row of it.
    try {
      if (this.#isInPlace()) closeDatabase(this.#db, this.directory, this.#access);
      else this.#db.close();
    } catch (error) {
      throw asFailure(error, 'Cannot close the project', this.directory);
    }
  }

  /** Throws a Failure `input` where the folder that was opened is not at its path any more. */
  checkPlace(): void {
    if (this.#isInPlace()) return;
    throw badInput({
      what: 'Cannot go on with the project',
      path: this.directory,
      why: 'its folder was renamed, moved or removed while it was open',
      whatToDo: 'Do it again where the folder is now: what was computed until then is stored there',
    });
  }

  #isInPlace(): boolean {
    return placeOf(this.directory) === this.#place;
  }

  /**
   * The series as it was recorded, with absolute paths. Scans that moved with the project, stayed where they were, or
   * lie beside the project are found; others keep the path at which they were expected.
   */
  series(): Series {
    const [project] = readRows(this.#db, 'project', 'id');
    if (!project)
      throw badInput({
        what: 'Cannot open the project',
        path: this.directory,
        why: 'its database has no project in it',
      });
    const files = Map.groupBy(readRows(this.#db, 'scan_files', 'scan, number'), (row) => row['scan'] as number);
    const [log] = readRows(this.#db, 'cycling', 'id');
    return {
      voxelSizeUm: [project['voxel_z_um'], project['voxel_y_um'], project['voxel_x_um']] as [number, number, number],
      workingAreaMm2: project['working_area_mm2'] as number | null,
      counterAreaMm2: project['counter_area_mm2'] as number | null,
      scans: readRows(this.#db, 'scans', 'idx').map((row) => this.#scan(row, files.get(row['idx'] as number) ?? [])),
      cycling: log
        ? {
            timeH: unpacked(log['time_h'] as Buffer),
            voltageV: unpacked(log['voltage_v'] as Buffer),
            currentMa: unpacked(log['current_ma'] as Buffer),
          }
        : null,
    };
  }

  /**
   * Looks at every file of every scan: a changed one gets its new fingerprint, so that what depends on it is computed
   * again; `reopen` tells where its voxels lie now. Voxels that were brought in and are damaged are brought in again. Returns the names of the scans that changed. Throws a Failure `input`
   * naming a file that is missing.
   */
  async refreshScans(reopen: (scan: Scan, hints: Json, objects: Objects) => Promise<OpenScan>): Promise<string[]> {
    this.#refuseReadOnly();
    const recorded = Map.groupBy(readRows(this.#db, 'scan_files', 'scan, number'), (row) => row['scan'] as number);
    const changed: string[] = [];
    for (const scan of this.series().scans) {
      const brought = this.broughtIn(scan);
      const damaged = brought !== null && !this.objects.has(brought);
      const rows = (recorded.get(scan.index) ?? []).filter((row) => !damaged || !this.objects.keyOf(this.#find(row)));
      const before = await statesOf(rows.map((row) => this.#find(row)));
      const same = before.every(
        (state, i) => rows[i]!['bytes'] === state.bytes && rows[i]!['modified_ns'] === state.modifiedNs,
      );
      if (same && !damaged) continue;
      if (damaged) await this.objects.remove(brought);
      const hints = this.#hints(scan.index);
      const { source, originals } = await reopen(scan, hints, this.objects);
      const states = await statesOf(watched(source, originals));
      const since = states.map(({ modifiedNs }) => modifiedNs).join();
      const now = same ? scan.fingerprint : await fingerprint(source, originals, hints, since);
      if (now !== scan.fingerprint) changed.push(scan.name);
      this.#db.transaction(() => {
        this.#db.prepare('DELETE FROM scan_files WHERE scan = ?').run(scan.index);
        writeScan(this.#db, { ...scan, source, fingerprint: now }, hints, states, this.directory);
      })();
    }
    return changed;
  }

  /** The files that hold the voxels of a scan, as they were when it was last looked at. */
  fileStates(scan: Scan): FileState[] {
    const rows = readRows(this.#db, 'scan_files', 'scan, number').filter((row) => row['scan'] === scan.index);
    return rows.slice(0, filesOf(scan.source).length).map((row) => ({
      path: this.#find(row),
      bytes: row['bytes'] as number,
      modifiedNs: row['modified_ns'] as string,
    }));
  }

  /** The key of the stored voxels of a scan that had to be brought in; null for one that lies in its own file. */
  broughtIn({ source: { segments } }: Scan): string | null {
    return segments[0] ? this.objects.keyOf(segments[0].path) : null;
  }

  /** Where the cycling log came from; null where there is none. */
  cyclingPath(): string | null {
    const [log] = readRows(this.#db, 'cycling', 'id');
    return log?.['path'] ? resolve(this.directory, log['path'] as string) : null;
  }

  /** Where each scan's voxel size and time came from, in their order; empty for a project of a format that did not say it. */
  origins(): ScanOrigin[] {
    if (!tablesOf(this.#db).includes('origins')) return [];
    const rows = readRows<{ voxel_size_from: string | null; time_from: string | null; scan: number }>(
      this.#db,
      'origins',
      'scan',
    );
    return rows.map((row) => ({ voxelSizeFrom: row.voxel_size_from, timeFrom: row.time_from }));
  }

  /** What was told about a scan's file to open it. */
  hints(index: number): Json {
    return this.#hints(index);
  }

  /** Files of scans that are not to be found, of the size that they had. */
  missingFiles(): MissingFile[] {
    return readRows(this.#db, 'scan_files', 'scan, number').flatMap((row) => {
      const path = this.#find(row);
      return existsSync(path) ? [] : [{ scan: row['scan'] as number, path, bytes: row['bytes'] as number }];
    });
  }

  /**
   * What the fingerprint of a scan is with files at their new places (`moved`: from where they were sought to where they
   * are). Two, as a large scan that was found changed once has the times of that change in its fingerprint.
   */
  async fingerprintsAt(scan: Scan, moved: ReadonlyMap<string, string>): Promise<string[]> {
    const { source, originals, rows } = this.#at(scan, moved);
    const hints = this.#hints(scan.index);
    const since = rows.map((row) => row['modified_ns']).join();
    const plain = await fingerprint(source, originals, hints);
    return plain === scan.fingerprint ? [plain] : [plain, await fingerprint(source, originals, hints, since)];
  }

  #at(scan: Scan, moved: ReadonlyMap<string, string>) {
    const rows = readRows(this.#db, 'scan_files', 'scan, number').filter((row) => row['scan'] === scan.index);
    const now = (path: string) => moved.get(path) ?? path;
    const source = { ...scan.source, segments: scan.source.segments.map((s) => ({ ...s, path: now(s.path) })) };
    const places = rows.map((row) => now(this.#find(row)));
    const brought = places.slice(filesOf(source).length);
    return { source, places, originals: brought.length > 0 ? brought : null, rows };
  }

  /** Takes files at their new places for those of a scan, once its voxels are found to be the same. Returns why they are not, or null. */
  async relink(scan: Scan, moved: ReadonlyMap<string, string>): Promise<string | null> {
    this.#refuseReadOnly();
    if (!(await this.fingerprintsAt(scan, moved)).includes(scan.fingerprint))
      return 'its voxels are not those of the scan';
    const { source, places } = this.#at(scan, moved);
    const hints = this.#hints(scan.index);
    const states = await statesOf(places);
    const path = moved.get(scan.path) ?? (existsSync(scan.path) ? scan.path : dirname(places.at(-1)!));
    this.#db.transaction(() => {
      this.#db.prepare('DELETE FROM scan_files WHERE scan = ?').run(scan.index);
      writeScan(this.#db, { ...scan, path, source }, hints, states, this.directory);
    })();
    return null;
  }

  recipe(): Recipe {
    return JSON.parse(readRows(this.#db, 'recipe', 'id')[0]?.['recipe'] as string) as Recipe;
  }

  /** Sets the recipe; the change is kept with its inverse. Nothing happens where it is the same. */
  setRecipe(recipe: Recipe): void {
    const before = this.recipe();
    if (canonicalJson(before) !== canonicalJson(recipe)) this.#change('set-recipe', { recipe }, { recipe: before });
  }

  setAreas(workingAreaMm2: number | null, counterAreaMm2: number | null): void {
    const before = this.series();
    this.#change(
      'set-areas',
      { workingAreaMm2, counterAreaMm2 },
      { workingAreaMm2: before.workingAreaMm2, counterAreaMm2: before.counterAreaMm2 },
    );
  }

  /** Movies as they are written down, by name. */
  storyboards(): Record<string, Json> {
    return this.#written('storyboards');
  }

  /** Layouts of figures by name. */
  figures(): Record<string, Json> {
    return this.#written('figures');
  }

  /** Sets storyboards, or takes those away that are null: one change. Nothing happens where all are the same. */
  setStoryboards(changes: Record<string, Json>): void {
    this.#write('storyboards', changes);
  }

  setFigures(changes: Record<string, Json>): void {
    this.#write('figures', changes);
  }

  /** Exports that were asked for and have not ended, oldest first. */
  exports(): OpenExport[] {
    return readRows(this.#db, 'exports', 'at, id').map((row) => ({
      id: row['id'] as string,
      request: JSON.parse(row['request'] as string) as Json,
    }));
  }

  /** Remembers an export until `endExport`, so that one that was killed can go on. */
  beginExport(id: string, request: Json): void {
    if (this.readOnly) return;
    writeRow(this.#db, 'exports', { id, at: new Date().toISOString(), request: canonicalJson(request) });
  }

  endExport(id: string): void {
    this.#db.prepare('DELETE FROM exports WHERE id = ?').run(id);
  }

  /** Takes the last change back; false where there is none. */
  undo(): boolean {
    this.#refuseReadOnly();
    const last = readRows(this.#db, 'history', 'id').findLast((row) => row['undone'] === 0);
    if (!last) return false;
    this.#db.transaction(() => {
      this.#apply(last['command'] as keyof Changes, JSON.parse(last['inverse'] as string));
      writeRow(this.#db, 'history', { ...last, undone: 1 });
    })();
    return true;
  }

  /** Makes the change again that was taken back last; false where there is none. */
  redo(): boolean {
    this.#refuseReadOnly();
    const rows = readRows(this.#db, 'history', 'id');
    const next = rows[rows.findLastIndex((row) => row['undone'] === 0) + 1];
    if (!next) return false;
    this.#db.transaction(() => {
      this.#apply(next['command'] as keyof Changes, JSON.parse(next['change'] as string));
      writeRow(this.#db, 'history', { ...next, undone: 0 });
    })();
    return true;
  }

  /** Whether there is a change to take back, and one to make again. */
  reach(): { canUndo: boolean; canRedo: boolean } {
    if (this.readOnly) return { canUndo: false, canRedo: false };
    const undone = readRows(this.#db, 'history', 'id').map((row) => row['undone'] === 1);
    return { canUndo: undone.includes(false), canRedo: undone.at(-1) === true };
  }

  /** How the window was left, as it was given to `setWorkspace`; null at first. */
  workspace(): unknown {
    const [row] = readRows(this.#db, 'workspace', 'id');
    return row ? JSON.parse(row['state'] as string) : null;
  }

  /** Keeps how the window is left; not a change of the project, so it is not taken back. */
  setWorkspace(state: unknown): void {
    writeRow(this.#db, 'workspace', { id: 1, state: JSON.stringify(state ?? null) });
  }

  /** The changes that count, oldest first. */
  history(): { at: string; command: string; change: unknown }[] {
    return readRows(this.#db, 'history', 'id')
      .filter((row) => row['undone'] === 0)
      .map((row) => ({
        at: row['at'] as string,
        command: row['command'] as string,
        change: JSON.parse(row['change'] as string),
      }));
  }

  /** What undo and redo lead to, the project as it is now first: recipe and areas, each once. */
  reachable(): ReachableState[] {
    const { workingAreaMm2, counterAreaMm2 } = this.series();
    const now: ReachableState = { recipe: this.recipe(), workingAreaMm2, counterAreaMm2 };
    const rows = readRows(this.#db, 'history', 'id');
    const firstUndone = rows.findLastIndex((row) => row['undone'] === 0) + 1;
    const found = new Map([[canonicalJson(now), now]]);
    const walk = (changes: Row[], direction: 'change' | 'inverse') => {
      let state = now;
      for (const row of changes) {
        if (row['command'] !== 'set-recipe' && row['command'] !== 'set-areas') continue;
        state = { ...state, ...JSON.parse(row[direction] as string) };
        found.set(canonicalJson(state), state);
      }
    };
    walk(rows.slice(0, firstUndone).reverse(), 'inverse');
    walk(rows.slice(firstUndone), 'change');
    return [...found.values()];
  }

  /** The plan of the last run. */
  plannedResults(): PlannedResult[] {
    return readRows(this.#db, 'results', 'step, scan').map((row) => ({
      step: row['step'] as string,
      scan: row['scan'] as number,
      key: row['key'] as string,
      done: row['done'] === 1,
    }));
  }

  /** Replaces the plan of the last run. */
  setPlannedResults(planned: readonly PlannedResult[]): void {
    this.#refuseReadOnly();
    this.#db.transaction(() => {
      this.#db.exec('DELETE FROM results');
      for (const { step, scan, key, done } of planned)
        writeRow(this.#db, 'results', { step, scan, key, done: done ? 1 : 0 });
    })();
  }

  setDone(planned: PlannedResult): void {
    const { step, scan, key } = planned;
    writeRow(this.#db, 'results', { step, scan, key, done: 1 });
  }

  /**
   * Reads every stored byte: the database against its seal, each row and each result against its checksum, and whether
   * each result that was stored is still there. One entry for each damage; the next run computes damaged results again.
   */
  async verify(signal?: AbortSignal): Promise<{ checked: { rows: number; results: number }; damage: Damage[] }> {
    const damage: Damage[] = damagedDatabase(this.#db, this.directory);
    const keys = this.objects.keys();
    for (const key of keys) {
      const found = await this.objects.verify(key, signal);
      damage.push(...found);
      if (found.length > 0) this.objects.distrust(key);
      else this.objects.trust(key);
    }
    const stored = new Set(keys);
    for (const { step, scan, key, done } of readable(() => this.plannedResults(), []))
      if (done && !stored.has(key))
        damage.push({
          path: this.objects.directoryOf(key),
          why: `the result of ${step}${scan < 0 ? '' : ` of scan ${scan}`} is missing`,
        });
    for (const name of readdirSync(this.directory))
      if (!isDatabaseFile(name) && name !== 'objects' && name !== 'exports')
        damage.push({ path: join(this.directory, name), why: 'it does not belong to the project' });
    const count = (table: string) => this.#db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    const rows = readable(() => tablesOf(this.#db), []).reduce(
      (sum, table) => sum + readable(() => count(table), 0),
      0,
    );
    return { checked: { rows, results: keys.length }, damage };
  }

  #refuseReadOnly(): void {
    if (this.readOnly)
      throw badInput({
        what: 'Cannot change the project',
        path: this.directory,
        why: 'it can only be read',
        whatToDo: 'Copy it to where it can be written',
      });
  }

  #change<Name extends keyof Changes>(command: Name, change: Changes[Name], inverse: Changes[Name]): void {
    this.#refuseReadOnly();
    this.#db.transaction(() => {
      this.#apply(command, change);
      this.#db.exec('DELETE FROM history WHERE undone = 1');
      const id = (this.#db.prepare('SELECT coalesce(max(id), 0) + 1 FROM history').pluck().get() as number) ?? 1;
      writeRow(this.#db, 'history', {
        id,
        at: new Date().toISOString(),
        command,
        change: canonicalJson(change),
        inverse: canonicalJson(inverse),
        undone: 0,
      });
    })();
  }

  /** None in a project of an older program that is only read. */
  #written(table: 'storyboards' | 'figures'): Record<string, Json> {
    if (!tablesOf(this.#db).includes(table)) return {};
    const rows = readRows(this.#db, table, 'name');
    return Object.fromEntries(rows.map((row) => [row['name'] as string, JSON.parse(row['text'] as string) as Json]));
  }

  #write(table: 'storyboards' | 'figures', changes: Record<string, Json>): void {
    const before = this.#written(table);
    const other = Object.keys(changes).filter(
      (name) => canonicalJson(before[name] ?? null) !== canonicalJson(changes[name]!),
    );
    if (other.length === 0) return;
    const of = (all: Record<string, Json>) => Object.fromEntries(other.map((name) => [name, all[name] ?? null]));
    this.#change(`set-${table}`, of(changes), of(before));
  }

  #apply<Name extends keyof Changes>(command: Name, change: Changes[Name]): void {
    if (command === 'set-recipe') {
      const { recipe } = change as Changes['set-recipe'];
      writeRow(this.#db, 'recipe', { id: 1, recipe: canonicalJson(recipe) });
      return;
    }
    if (command === 'set-storyboards' || command === 'set-figures') {
      const table = command === 'set-figures' ? 'figures' : 'storyboards';
      for (const [name, written] of Object.entries(change as Changes['set-figures']))
        if (written === null) this.#db.prepare(`DELETE FROM ${table} WHERE name = ?`).run(name);
        else writeRow(this.#db, table, { name, text: canonicalJson(written) });
      return;
    }
    const { workingAreaMm2, counterAreaMm2 } = change as Changes['set-areas'];
    const [project] = readRows(this.#db, 'project', 'id');
    writeRow(this.#db, 'project', { ...project, working_area_mm2: workingAreaMm2, counter_area_mm2: counterAreaMm2 });
  }

  #scan(row: Row, files: Row[]): Scan {
    const found = files.map((file) => this.#find(file));
    const segments = (JSON.parse(row['segments'] as string) as [number, number, number][]).map(
      ([file, offset, rows]) => ({ path: found[file]!, offset, rows }),
    );
    return {
      index: row['idx'] as number,
      name: row['name'] as string,
      path: this.#find(row),
      fingerprint: row['fingerprint'] as string,
      source: {
        segments,
        shape: JSON.parse(row['shape'] as string),
        type: row['type'] as VolumeSource['type'],
        bigEndian: row['big_endian'] === 1,
      },
      startH: row['start_h'] as number | null,
      timeH: row['time_h'] as number | null,
      endH: row['end_h'] as number | null,
    };
  }

  #hints(index: number): Json {
    return JSON.parse(this.#db.prepare('SELECT hints FROM scans WHERE idx = ?').pluck().get(index) as string) as Json;
  }

  /** Where the file of a row is: where the project expects it, where it was, or beside the project. */
  #find(row: Row): string {
    const [path, absolutePath] = [row['path'] as string, row['absolute_path'] as string];
    const expected = isAbsolute(path) ? path : resolve(this.directory, path);
    const beside = join(dirname(this.directory), basename(absolutePath));
    return [expected, absolutePath, beside].find((place) => existsSync(place)) ?? expected;
  }
}

/** What a damaged database still gives; its damage is told by itself. */
function readable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isDamaged(error)) return otherwise;
    throw error;
  }
}

function placeOf(folder: string): string {
  const status = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return status ? `${status.dev} ${status.ino}` : '';
}
