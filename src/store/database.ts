import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { asFailure, badInput, Failure } from '../core/failure.ts';
import { sha256 } from './checksum.ts';
import { writeSynced } from './durable.ts';
import { migrations } from './migrations/index.ts';
import { columnsOf, damagedRows, sealRows } from './rows.ts';

export type Database = BetterSqlite3.Database;

/** "TmLp": what makes a SQLite file a project of this program. */
const APPLICATION_ID = 0x546d4c70;
const DATABASE = 'project.db';
/** SHA-256 of the database as it was closed; absent while a command that writes has it open. */
const SEAL = 'project.db.sha256';
/** The same bytes once more: what puts a damaged database right. */
const COPY = 'project.db.copy';
/** Who has the project open: told to others, never used as a lock. */
const HOLDER = 'holder.json';
/** Commands that only read are quick: others wait this long for them. */
const READER_PATIENCE_MS = 10_000;

export interface Access {
  /** Named to others who find the project open: "run", "results". */
  command: string;
  /** Whether the command changes the project. */
  writes: boolean;
  /** Opens a database that does not match its checksum as it is, to tell what is damaged. */
  evenDamaged?: boolean;
}

/** Who has a project open. */
export interface Holder {
  command: string;
  writes: boolean;
  pid: number;
  host: string;
  since: string;
}

function sqlite(): typeof BetterSqlite3 {
  if (Number(process.versions.node.split('.')[0]) < 24)
    throw new Failure('internal', {
      what: 'Cannot open the project',
      why: `it needs Node 24, this is ${process.versions.node}`,
      whatToDo: 'Start the program through bin/tomolapse',
    });
  return createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
}

/** A new database in `folder`, migrated to the newest format, locked to this process. */
export function createDatabase(folder: string): Database {
  const path = join(folder, DATABASE);
  const db = new (sqlite())(path, { timeout: 0 });
  lock(db);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  migrate(db, path);
  return db;
}

/**
 * The database of a project, locked to this process by the operating system. Throws a Failure: `busy` naming the holder
 * when another process has it open; `input` when there is none, it is damaged, not a project, or of a newer format.
 */
export function openDatabase(folder: string, access: Access): Database {
  const path = join(folder, DATABASE);
  const what = 'Cannot open the project';
  if (!existsSync(path) && !canBeMended(folder))
    throw badInput({
      what,
      path: folder,
      why: existsSync(folder) ? `there is no ${DATABASE} in it` : 'there is no such folder',
      whatToDo: 'Make a project with: tomolapse create PROJECT --scans PATH…',
    });
  const writable = isWritable(folder);
  if (access.writes && !writable)
    throw badInput({ what, path: folder, why: 'the folder cannot be written', whatToDo: 'Copy it to where it can' });
  let db: Database | undefined;
  try {
    db = access.evenDamaged ? locked(folder, writable) : asClosed(folder, writable);
    if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID)
      throw badInput({ what, path, why: 'the file is not the database of a Tomolapse project' });
    const { command, writes } = access;
    const holder: Holder = { command, writes, pid: process.pid, host: hostname(), since: new Date().toISOString() };
    const held = `${JSON.stringify(holder)}\n`;
    if (writes) {
      rmSync(join(folder, SEAL), { force: true });
      writeSynced(join(folder, HOLDER), held);
      for (const name of readdirSync(folder)) if (isHalfWritten(name)) rmSync(join(folder, name), { force: true });
      migrate(db, path);
    } else {
      // In memory an older project is taken to the newest format too: nobody else sees it.
      if (db.memory) migrate(db, path);
      else refuseNewer(db, path);
      if (writable) tryTo(() => writeFileSync(join(folder, HOLDER), held));
    }
    return db;
  } catch (error) {
    db?.close();
    if (isDamaged(error)) throw beyondRepair(folder, (error as Error).message, error);
    throw asFailure(error, what, path);
  }
}

/** The database with the operating system's lock on it; waits for commands that only read. */
function locked(folder: string, writable: boolean): Database {
  const path = join(folder, DATABASE);
  if (!writable) return inMemory(path);
  const giveUp = Date.now() + READER_PATIENCE_MS;
  for (;;) {
    let db: Database | undefined;
    try {
      const { ino } = statSync(path);
      db = new (sqlite())(path, { timeout: 0, fileMustExist: true });
      lock(db);
      if (statSync(path).ino === ino) return db;
      // Another program put its copy in the place of a damaged one meanwhile.
      db.close();
    } catch (error) {
      db?.close();
      if (!isBusy(error)) throw error;
      const holder = readHolder(folder);
      if (holder?.writes || Date.now() > giveUp) throw busy(folder, holder);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    }
  }
}

/**
 * The database with every byte that it was closed with: where it is damaged, its copy takes its place. One that was not closed
 * in order has no seal: there every row is looked at, and a Failure `input` names one that is damaged.
 */
function asClosed(folder: string, writable: boolean): Database {
  let db: Database | undefined;
  try {
    db = locked(folder, writable);
    const seal = sealOf(folder);
    if (seal === null) {
      const [row] = isOurs(db) ? damagedRows(db) : [];
      if (row) throw beyondRepair(folder, row);
      return db;
    }
    const own = sha256OfDatabase(db, folder);
    // Where the copy is the same, it is the seal that is damaged.
    if (own === seal || own === sha256OfCopy(folder)) return db;
    db.close();
  } catch (error) {
    db?.close();
    const lost = isDamaged(error) || !existsSync(join(folder, DATABASE));
    if (!lost || !canBeMended(folder)) throw error;
  }
  if (!canBeMended(folder)) throw beyondRepair(folder, `it does not match its checksum in ${SEAL}`);
  const bytes = readFileSync(join(folder, COPY));
  if (!writable) return fromBytes(bytes);
  const path = join(folder, DATABASE);
  for (const left of ['-wal', '-journal']) rmSync(path + left, { force: true });
  writeSynced(path, bytes);
  return locked(folder, writable);
}

/** Whether the copy is what the database was when it was closed. */
function canBeMended(folder: string): boolean {
  const seal = sealOf(folder);
  return seal !== null && seal === sha256OfCopy(folder);
}

function beyondRepair(folder: string, why: string, cause?: unknown): Failure {
  const copy = statSync(join(folder, COPY), { throwIfNoEntry: false });
  return badInput({
    what: 'Cannot open the project',
    path: join(folder, DATABASE),
    why: `the database is damaged: ${why}`,
    whatToDo: canBeMended(folder)
      ? 'The next command that writes puts it right from its copy, as tomolapse run does'
      : copy
        ? `As it was on ${copy.mtime.toISOString()} it lies in ${COPY}: put that in its place, or take a backup`
        : 'Take it back from a backup, or create the project again over the same scans',
    cause,
  });
}

function isOurs(db: Database): boolean {
  return db.pragma('application_id', { simple: true }) === APPLICATION_ID;
}

/** The checksum that the database was closed with, null where it was not closed in order. */
function sealOf(folder: string): string | null {
  const seal = join(folder, SEAL);
  if (!existsSync(seal)) return null;
  const text = readFileSync(seal, 'latin1');
  return text.endsWith('\n') ? text.slice(0, -1) : `${text} without its end`;
}

function sha256OfCopy(folder: string): string | null {
  const copy = join(folder, COPY);
  return existsSync(copy) ? sha256(readFileSync(copy)) : null;
}

/** Of the file as it stands; SQLite itself would make up for an end that is cut off. */
function sha256OfDatabase(db: Database, folder: string): string {
  const bytes = bytesOf(db, folder);
  const { size } = statSync(join(folder, DATABASE));
  return size === bytes.length ? sha256(bytes) : `${size} bytes`;
}

/** Read through the connection: opening the file once more would drop the operating system's lock. */
function bytesOf(db: Database, folder: string): Buffer {
  return db.memory ? readFileSync(join(folder, DATABASE)) : db.serialize();
}

/**
 * A database that nobody can change, read whole: SQLite itself would have to write beside it. In its header it says that
 * it has a write-ahead log, which it cannot have in memory.
 */
function inMemory(path: string): Database {
  if (existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0)
    throw badInput({
      what: 'Cannot open the project',
      path,
      why: 'its last run was killed, and its folder cannot be written to recover it',
      whatToDo: 'Copy the project to where it can be written',
    });
  return fromBytes(readFileSync(path));
}

function fromBytes(bytes: Buffer): Database {
  if (bytes.length > 20) bytes.fill(1, 18, 20);
  return new (sqlite())(bytes);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Who only reads can do without its name in the folder. */
function tryTo(act: () => void): void {
  try {
    act();
  } catch {}
}

/** Closes a database; one that was written is sealed with its checksum. */
export function closeDatabase(db: Database, folder: string, access: Access): void {
  if (!db.open) return;
  try {
    if (access.writes) {
      db.pragma('wal_checkpoint(TRUNCATE)');
      const bytes = bytesOf(db, folder);
      writeSynced(join(folder, COPY), bytes);
      writeSynced(join(folder, SEAL), `${sha256(bytes)}\n`);
      rmSync(join(folder, HOLDER), { force: true });
    } else if (!db.memory) tryTo(() => rmSync(join(folder, HOLDER), { force: true }));
  } finally {
    db.close();
  }
}

/** Each damage found in the files of the database: changed bytes, a broken structure, rows that are not as they were written. */
export function damagedDatabase(db: Database, folder: string): { path: string; why: string }[] {
  const found: { path: string; why: string }[] = [];
  const say = (name: string, why: string) => found.push({ path: join(folder, name), why });
  const [seal, own, copy] = [sealOf(folder), sha256OfDatabase(db, folder), sha256OfCopy(folder)];
  if (seal !== null) {
    // Of three that should be the same, the one that differs is damaged.
    if (own === copy && seal !== own) say(SEAL, `it is not the checksum of ${DATABASE}`);
    else if (own !== seal) say(DATABASE, `the file does not match its checksum in ${SEAL}`);
    if (copy !== seal && own !== copy && own === seal)
      say(COPY, copy === null ? 'it is missing' : `it does not match its checksum in ${SEAL}`);
  }
  try {
    const structure = db.pragma('integrity_check', { simple: true }) as string;
    if (structure !== 'ok') say(DATABASE, `its structure is broken: ${structure}`);
    for (const row of damagedRows(db)) say(DATABASE, row);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    say(DATABASE, `its structure is broken: ${(error as Error).message}`);
  }
  return found;
}

/** Whether a file of this name in a project's folder belongs to its database, one that a killed program left half written too. */
export function isDatabaseFile(name: string): boolean {
  const whole = name.replace(/\.new$/, '');
  return FILES.includes(whole) || isBackup(whole);
}
const FILES: readonly string[] = [DATABASE, SEAL, COPY, HOLDER, `${DATABASE}-wal`, `${DATABASE}-journal`];

/** A database as it was before it was taken to a newer format. */
function isBackup(name: string): boolean {
  return /^project\.db\.format-\d+$/.test(name);
}

/** What a killed program left of a file that it was writing. */
function isHalfWritten(name: string): boolean {
  return name.endsWith('.new') && isDatabaseFile(name);
}

function lock(db: Database): void {
  if (db.memory) return;
  // Exclusive before the first read: no shared memory, which network file systems do not have.
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.exec('BEGIN IMMEDIATE; COMMIT');
}

function refuseNewer(db: Database, path: string): number {
  const format = db.pragma('user_version', { simple: true }) as number;
  if (format > migrations.length)
    throw badInput({
      what: 'Cannot open the project',
      path,
      why: `it was written by a newer Tomolapse (format ${format}, this one reads up to ${migrations.length})`,
      whatToDo: 'Update Tomolapse',
    });
  return format;
}

/**
 * Takes a database to the newest format, all or nothing. What it was before is kept beside it, `project.db.format-N`, for who
 * must go back to the program that wrote it.
 */
export function migrate(db: Database, path: string, to: readonly string[] = migrations): void {
  const format = refuseNewer(db, path);
  if (format === to.length) return;
  if (format > 0 && !db.memory) writeSynced(`${path}.format-${format}`, db.serialize());
  db.transaction(() => {
    const before = columnsOf(db);
    for (let next = format; next < to.length; next++) {
      db.exec(to[next]!);
      db.pragma(`user_version = ${next + 1}`);
    }
    for (const [table, columns] of columnsOf(db)) if (before.get(table) !== columns) sealRows(db, table);
  })();
}

/** Who has a project open, or had when it was killed; null where nobody says so. */
export function readHolder(folder: string): Holder | null {
  try {
    return JSON.parse(readFileSync(join(folder, HOLDER), 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function busy(folder: string, holder: Holder | null): Failure {
  const who = holder
    ? `"tomolapse ${holder.command}" (process ${holder.pid} on ${holder.host}, since ${holder.since})`
    : 'another program';
  return new Failure('busy', {
    what: 'Cannot open the project',
    path: folder,
    why: `${who} has it open`,
    whatToDo: 'Wait until it has ended, or stop it',
  });
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_(BUSY|LOCKED)/.test(String(error.code));
}

/** Whether SQLite cannot make sense of a database. */
export function isDamaged(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_(CORRUPT|NOTADB|FORMAT|ERROR)/.test(String(error.code));
}
