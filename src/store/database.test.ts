import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase, migrate, openDatabase } from './database.ts';
import { migrations } from './migrations/index.ts';
import { damagedRows, readRows, writeRow } from './rows.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-db-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('migrations', () => {
  test('0001 makes the tables, every one of them strict and with a checksum', () => {
    const db = new Database(':memory:');
    db.exec(migrations[0]!);
    const tables = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").all() as {
      name: string;
      sql: string;
    }[];
    expect(tables.map(({ name }) => name)).toEqual([
      'cycling',
      'history',
      'project',
      'recipe',
      'results',
      'scan_files',
      'scans',
    ]);
    for (const { sql } of tables) expect(sql).toMatch(/checksum TEXT NOT NULL[\s\S]*STRICT$/);
  });

  test('0002 adds the place for the window as it was left, and keeps what was there', () => {
    const db = new Database(':memory:');
    db.exec(migrations[0]!);
    db.exec("INSERT INTO recipe VALUES (1, '{}', 'x')");
    db.exec(migrations[1]!);
    expect(db.prepare('SELECT recipe FROM recipe').pluck().get()).toBe('{}');
    db.exec("INSERT INTO workspace VALUES (1, 'null', 'x')");
    expect(() => db.exec("INSERT INTO workspace VALUES (2, 'null', 'x')")).toThrow(/CHECK/);
  });

  test('0003 adds storyboards, figures and open exports, and keeps what was there', () => {
    const db = new Database(':memory:');
    for (const sql of migrations.slice(0, 2)) db.exec(sql);
    db.exec("INSERT INTO workspace VALUES (1, 'null', 'x')");
    db.exec(migrations[2]!);
    expect(db.prepare('SELECT state FROM workspace').pluck().get()).toBe('null');
    for (const table of ['storyboards', 'figures']) {
      db.exec(`INSERT INTO ${table} VALUES ('a', '{}', 'x')`);
      expect(() => db.exec(`INSERT INTO ${table} VALUES ('a', '{}', 'x')`)).toThrow(/UNIQUE/);
    }
    expect(() => db.exec("INSERT INTO exports VALUES ('a', 'now', NULL, 'x')")).toThrow(/NOT NULL/);
  });

  test('are all applied to a new database, and none twice', () => {
    const db = createDatabase(folder);
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length);
    expect(() => migrate(db, 'project.db')).not.toThrow();
    db.close();
  });

  test('of a newer program are refused by name', () => {
    const db = createDatabase(folder);
    db.pragma(`user_version = ${migrations.length + 1}`);
    db.close();
    for (const writes of [true, false])
      expect(() => openDatabase(folder, { command: 'run', writes })).toThrow(
        /was written by a newer Tomolapse \(format 5/,
      );
  });
});

test('a row is known by its checksum; changed columns are damage', () => {
  const db = createDatabase(folder);
  writeRow(db, 'recipe', { id: 1, recipe: '{}' });
  expect(readRows(db, 'recipe', 'id')).toEqual([{ id: 1, recipe: '{}' }]);
  expect(damagedRows(db)).toEqual([]);
  db.exec(`UPDATE recipe SET recipe = '{"reference":1}'`);
  expect(damagedRows(db)).toEqual(['row 1 of table recipe does not match its checksum']);
  db.close();
});
