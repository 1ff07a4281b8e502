import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Log } from './log.ts';
import { type CrashReport, latestReport, reportsFolder, withoutQuotes, writeReport } from './reports.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logs = () => join(folder, 'state', 'logs');
const lines = (name = 'tomolapse.log') => readFileSync(join(logs(), name), 'utf8').trimEnd().split('\n');

describe('the log', () => {
  test('has one line an event, which only its owner can read', () => {
    const log = new Log(join(folder, 'state'), 'host');
    log.write('project.open', { path: '/a b/cell.tomolapse', scans: 8, writes: true, port: null });
    log.write('job.end', { message: 'two\nlines "quoted"' });
    const [first, second, ...more] = lines();
    expect(first).toMatch(
      new RegExp(`^20\\S+Z host ${process.pid} project\\.open path="/a b/cell\\.tomolapse" scans=8 writes=true$`),
    );
    expect(second).toMatch(/ job\.end message="two\\nlines \\"quoted\\""$/);
    expect(more).toEqual([]);
    expect(statSync(join(logs(), 'tomolapse.log')).mode & 0o777).toBe(0o600);
    expect(statSync(logs()).mode & 0o777).toBe(0o700);
    expect(log.recent).toEqual([first, second]);
  });

  test('takes a bounded place, whatever is written', () => {
    const log = new Log(join(folder, 'state'), 'command');
    for (let i = 0; i < 20_000; i++) log.write('step', { i, text: 'x'.repeat(1000) });
    const sizes = readdirSync(logs()).map((name) => statSync(join(logs(), name)).size);
    expect(readdirSync(logs()).sort()).toEqual([...[1, 2, 3, 4].map((n) => `tomolapse.${n}.log`), 'tomolapse.log']);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 ** 20);
    expect(lines().at(-1)).toContain(' i=19999 ');
    expect(lines('tomolapse.1.log').at(-1)).toContain(` i=${Number(/ i=(\d+)/.exec(lines()[0]!)![1]) - 1} `);
    expect(lines().every((line) => line.length < 500)).toBe(true);
  });

  test('that cannot be written disturbs nothing', () => {
    writeFileSync(join(folder, 'state'), 'a file where the folder should be');
    expect(() => new Log(join(folder, 'state'), 'host').write('begin')).not.toThrow();
    rmSync(join(folder, 'state'));
    const log = new Log(join(folder, 'state'), 'host');
    log.write('begin');
    rmSync(join(folder, 'state'), { recursive: true });
    log.write('again');
    expect(lines()).toHaveLength(1);
  });
});

describe('a crash report', () => {
  const about = { process: 'host', version: '0.1.0', recent: ['a line'] } as const;

  test('says where in the program it was, and nothing that a message quotes', () => {
    const error = new SyntaxError(`Unexpected token 'x', "x,secret 41,17" is not valid JSON`);
    const file = writeReport(folder, about, error, { project: '/a/cell.tomolapse' })!;
    const report = JSON.parse(readFileSync(file, 'utf8')) as CrashReport;
    expect(report).toMatchObject({
      process: 'host',
      version: '0.1.0',
      what: 'SyntaxError',
      message: 'Unexpected token "…", "…" is not valid JSON',
      facts: { project: '/a/cell.tomolapse' },
      recent: ['a line'],
    });
    expect(report.stack[0]).toMatch(/^at .*log\.test\.ts:\d+/);
    expect(JSON.stringify(report)).not.toContain('secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(withoutQuotes('the cell "3.14 has no end')).toBe('the cell "…"');
  });

  test('is the last of twenty', () => {
    for (let i = 0; i < 25; i++) {
      const name = `20${10 + i}-01-01T00-00-00.000Z-host-1.json`;
      writeReport(folder, about, new Error(), {});
      writeFileSync(join(reportsFolder(folder), name), '{}');
    }
    const kept = readdirSync(reportsFolder(folder));
    expect(kept.length).toBeLessThanOrEqual(21);
    writeReport(folder, { ...about, process: 'runner' }, new Error('of a runner'), {});
    expect(readdirSync(reportsFolder(folder))).toHaveLength(20);
  });

  test('is found while it is new', () => {
    expect(latestReport(folder, 'host', 0)).toBeNull();
    const file = writeReport(folder, about, new Error('one'), {});
    writeReport(folder, { ...about, process: 'window' }, new Error('another'), {});
    expect(latestReport(folder, 'host', Date.now() - 60_000)).toBe(file);
    expect(latestReport(folder, 'host', Date.now() + 1)).toBeNull();
    writeFileSync(file!, '{"at":');
    expect(latestReport(folder, 'host', 0)).toBeNull();
  });

  test('that cannot be written is none', () => {
    writeFileSync(join(folder, 'state'), '');
    expect(writeReport(join(folder, 'state'), about, new Error(), {})).toBeNull();
    expect(existsSync(join(folder, 'state', 'crashes'))).toBe(false);
  });
});
