import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../database.ts';
import { Project } from '../project.ts';
import { damagedRows } from '../rows.ts';
import { migrations } from './index.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-migrations-'));
  path = join(folder, 'cell.tomolapse');
  mkdirSync(join(path, 'objects'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A project as the program of an earlier format left it; `fixtures/format-N.sql` is what its database held. */
function storedIn(format: number): void {
  const db = new Sqlite(join(path, 'project.db'));
  db.exec(readFileSync(new URL(`./fixtures/format-${format}.sql`, import.meta.url), 'utf8'));
  db.close();
}

function within<T>(writes: boolean, act: (project: Project) => T): T {
  const project = new Project(path, { command: 'test', writes });
  try {
    return act(project);
  } finally {
    project.close();
  }
}

const formats = migrations.map((_, i) => i + 1);
const newest = migrations.length;

test('every format has a stored database, and no other', () => {
  const names = readdirSync(new URL('./fixtures', import.meta.url)).sort();
  expect(names).toEqual(formats.map((format) => `format-${format}.sql`));
});

describe.each(formats)('a project of format %i', (format) => {
  const expectWhole = (project: Project) => {
    const series = project.series();
    expect(series).toMatchObject({ voxelSizeUm: [2, 1.625, 1.625], workingAreaMm2: 7.07, counterAreaMm2: 3.14 });
    expect(series.scans.map(({ name, timeH, fingerprint }) => [name, timeH, fingerprint.slice(0, 4)])).toEqual([
      ['scan_0', 0, 'a2e3'],
      ['scan_1', 1, 'ff70'],
    ]);
    expect(series.cycling?.currentMa).toEqual([-1, 0, 1e-3]);
    expect(project.recipe()).toEqual({ reference: 1 });
    expect(project.plannedResults()).toEqual([{ step: 'layers', scan: -1, key: 'a'.repeat(64), done: false }]);
    expect(project.storyboards()).toEqual(format < 3 ? {} : { talk: { version: 1, shots: [] } });
    expect(project.figures()).toEqual(format < 3 ? {} : { four: { version: 1 } });
    expect(project.origins()).toEqual(
      format < 4
        ? []
        : [
            { voxelSizeFrom: 'as told', timeFrom: 'times.csv' },
            { voxelSizeFrom: 'as told', timeFrom: null },
          ],
    );
  };

  test('is read as it is, and nothing of it is changed', () => {
    storedIn(format);
    const before = readFileSync(join(path, 'project.db'));
    within(false, expectWhole);
    expect(readFileSync(join(path, 'project.db')).subarray(100)).toEqual(before.subarray(100));
  });

  test('is taken to the newest one with all that was in it, what can be taken back too', async () => {
    storedIn(format);
    within(true, (project) => {
      expectWhole(project);
      expect(project.workspace()).toEqual(format < 2 ? null : { panels: ['3D'] });
      expect(project.exports()).toEqual(format < 3 ? [] : [{ id: 'e1', request: { file: 'one.mp4' } }]);
      if (format < 3) expect(project.reach().canRedo).toBe(true);
      while (project.undo());
      expect(project.recipe()).toEqual({});
      expect(project.series().counterAreaMm2).toBeNull();
      while (project.redo());
      project.setFigures({ four: { version: 2 } });
    });
    expect(within(false, (project) => project.recipe())).toEqual(
      format < 3 ? { reference: 1, lvf: { clip: true } } : { reference: 1 },
    );
    const project = new Project(path, { command: 'verify', writes: false });
    expect((await project.verify().finally(() => project.close())).damage).toEqual([]);
  });

  test('is kept as it was before it is taken to a newer one', () => {
    storedIn(format);
    within(true, () => undefined);
    const kept = readdirSync(path).filter((name) => name.includes('.format-'));
    expect(kept).toEqual(format === newest ? [] : [`project.db.format-${format}`]);
    if (format === newest) return;
    const db = new Sqlite(join(path, kept[0]!));
    expect(db.pragma('user_version', { simple: true })).toBe(format);
    expect(damagedRows(db)).toEqual([]);
    db.close();
    // Who goes back to the earlier program puts it in its place.
    for (const name of ['project.db.sha256', 'project.db.copy']) rmSync(join(path, name));
    writeFileSync(join(path, 'project.db'), readFileSync(join(path, kept[0]!)));
    within(true, expectWhole);
  });
});

test('a migration that is killed has not happened, and is made by the next command that writes', async () => {
  storedIn(1);
  // Long enough to be killed in its midst, after tables of it are there already.
  const slow = 'CREATE TABLE slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';
  const code = `
    import { openDatabase, migrate } from ${JSON.stringify(new URL('../database.ts', import.meta.url).href)};
    import { migrations } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    import Sqlite from 'better-sqlite3';
    const db = new Sqlite(process.argv[1] + '/project.db');
    db.pragma('journal_mode = WAL');
    db.pragma('cache_size = 10');
    console.log('begun');
    migrate(db, process.argv[1] + '/project.db', [...migrations, ${JSON.stringify(slow)}]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: new URL('.', import.meta.url).pathname,
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, 400));
  const gone = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  child.kill('SIGKILL');
  expect(await gone).toBe('SIGKILL');
  expect(readdirSync(path)).toContain('project.db.format-1');
  within(false, (project) => expect(project.storyboards()).toEqual({}));
  within(true, (project) => {
    expect(project.series().scans).toHaveLength(2);
    expect(project.workspace()).toBeNull();
  });
  const db = new Sqlite(join(path, 'project.db'));
  expect(db.pragma('user_version', { simple: true })).toBe(newest);
  expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'slow'").pluck().get()).toBe(0);
  db.close();
});

test('a migration that fails leaves the project as it was', () => {
  storedIn(1);
  const db = new Sqlite(join(path, 'project.db'));
  expect(() => migrate(db, join(path, 'project.db'), [...migrations, 'CREATE TABLE scans (a)'])).toThrow(/exists/);
  expect(db.pragma('user_version', { simple: true })).toBe(1);
  expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'workspace'").pluck().get()).toBe(0);
  db.close();
});

test('rows that a migration gives another column have their checksums anew', () => {
  storedIn(newest);
  const db = new Sqlite(join(path, 'project.db'));
  migrate(db, join(path, 'project.db'), [...migrations, 'ALTER TABLE scans ADD COLUMN exposure_h REAL']);
  expect(db.prepare('SELECT count(*) FROM scans WHERE exposure_h IS NULL').pluck().get()).toBe(2);
  expect(damagedRows(db)).toEqual([]);
  db.exec('UPDATE scans SET exposure_h = 1 WHERE idx = 0');
  expect(damagedRows(db)).toEqual(['row 0 of table scans does not match its checksum']);
  db.close();
});

test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
  'a project of an earlier format in a folder that cannot be written is read whole',
  async ({ skip }) => {
    const mount = (...options: string[]) => spawnSync('mount', [...options, folder]).status === 0;
    if (!mount('-t', 'tmpfs', '-o', 'size=8m', 'tmpfs')) skip('no disk can be mounted here');
    try {
      mkdirSync(join(path, 'objects'), { recursive: true });
      storedIn(1);
      mount('-o', 'remount,ro');
      const project = new Project(path, { command: 'serve', writes: false });
      expect([project.exports(), project.workspace(), project.figures()]).toEqual([[], null, {}]);
      expect((await project.verify()).damage).toEqual([]);
      project.close();
      expect(readdirSync(path).sort()).toEqual(['objects', 'project.db']);
    } finally {
      spawnSync('umount', ['-l', folder]);
    }
  },
);
