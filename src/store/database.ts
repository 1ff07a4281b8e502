import { accessSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { asFailure, badInput, Failure } from '../core/failure.ts';
import { sha256 } from './checksum.ts';
import { writeSynced } from './durable.ts';
import { migrations } from './migrations/index.ts';

export type Database = BetterSqlite3.Database;

/** "TmLp": what makes a SQLite file a project of this program. */
const APPLICATION_ID = 0x546d4c70;
const DATABASE = 'project.db';
/** SHA-256 of the database as it was closed; absent while a command that writes has it open. */
const SEAL = 'project.db.sha256';
/** Who has the project open: told to others, never used as a lock. */
const HOLDER = 'holder.json';
/** Commands that only read are quick: others wait this long for them. */
const READER_PATIENCE_MS = 10_000;

export interface Access {
  /** Named to others who find the project open: "run", "results". */
  command: string;
  /** Whether the command changes the project. */
  writes: boolean;
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
  if (!existsSync(path))
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
    const giveUp = Date.now() + READER_PATIENCE_MS;
    for (;;) {
      try {
        db = writable ? new (sqlite())(path, { timeout: 0, fileMustExist: true }) : inMemory(path);
        lock(db);
        break;
      } catch (error) {
        db?.close();
        if (!isBusy(error)) throw error;
        const holder = readHolder(folder);
        if (holder?.writes || Date.now() > giveUp) throw busy(folder, holder);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
      }
    }
    if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID)
      throw badInput({ what, path, why: 'the file is not the database of a Tomolapse project' });
    const holder: Holder = { ...access, pid: process.pid, host: hostname(), since: new Date().toISOString() };
    const held = `${JSON.stringify(holder)}\n`;
    if (access.writes) {
      rmSync(join(folder, SEAL), { force: true });
      writeSynced(join(folder, HOLDER), held);
      migrate(db, path);
    } else {
      refuseNewer(db, path);
      if (writable) tryTo(() => writeFileSync(join(folder, HOLDER), held));
    }
    return db;
  } catch (error) {
    db?.close();
    if (isDamaged(error))
      throw badInput({
        what,
        path,
        why: `the database is damaged: ${(error as Error).message}`,
        whatToDo: 'Take it back from a backup, or create the project again over the same scans',
        cause: error,
      });
    throw asFailure(error, what, path);
  }
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
  const bytes = readFileSync(path);
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
      // Read through the connection: opening the file once more would drop the operating system's lock.
      writeSynced(join(folder, SEAL), `${sha256(db.serialize())}\n`);
      rmSync(join(folder, HOLDER), { force: true });
    } else if (!db.memory) tryTo(() => rmSync(join(folder, HOLDER), { force: true }));
  } finally {
    db.close();
  }
}

/** One line for each damage found in the file itself: changed bytes, a broken structure. */
export function damagedDatabase(db: Database, folder: string): string[] {
  const lines: string[] = [];
  const seal = join(folder, SEAL);
  if (existsSync(seal)) {
    const bytes = db.memory ? readFileSync(join(folder, DATABASE)) : db.serialize();
    if (readFileSync(seal, 'utf8') !== `${sha256(bytes)}\n` || statSync(join(folder, DATABASE)).size !== bytes.length)
      lines.push(`the file does not match its checksum in ${SEAL}`);
  }
  const structure = db.pragma('integrity_check', { simple: true }) as string;
  if (structure !== 'ok') lines.push(`its structure is broken: ${structure}`);
  return lines;
}

export const DATABASE_FILES = [DATABASE, SEAL, HOLDER, `${DATABASE}-wal`, `${DATABASE}-journal`] as const;

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

/** Takes a database to the newest format, all or nothing. */
export function migrate(db: Database, path: string): void {
  const format = refuseNewer(db, path);
  db.transaction(() => {
    for (let next = format; next < migrations.length; next++) {
      db.exec(migrations[next]!);
      db.pragma(`user_version = ${next + 1}`);
    }
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

function isDamaged(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_(CORRUPT|NOTADB|FORMAT|ERROR)/.test(String(error.code));
}
