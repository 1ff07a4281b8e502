import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pngTexts } from '../backend/media/png.ts';
import { findBrowser, findFfmpeg } from '../backend/media/programs.ts';
import type { Comparison } from './comparison.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-demo-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tomolapse(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 });
}

/** Runs until stderr says `text`, then kills it and whatever it had started. */
async function killedAt(text: string, args: string[]): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part;
    if (said.includes(text)) child.kill('SIGKILL');
  });
  await ended;
  expect(said).toContain(text);
}

test('the demonstration goes on after it was killed, and its numbers are true', { timeout: 600_000 }, async () => {
  const args = ['demo', 'cell demo', '--size', 'small'];
  await killedAt('Writing the series', args);
  expect(existsSync(join(folder, 'cell demo', 'scans', 'truth.json'))).toBe(false);
  await killedAt('Finding cracks', args);
  const { status, stdout, stderr } = tomolapse(...args, '--json');
  expect(stderr).not.toContain('error:');
  expect(status).toBe(0);
  const { truth, files } = JSON.parse(stdout) as { truth: Comparison; files: string[] };
  for (const { errorUm, trueMeanUm } of truth.scans)
    expect(Math.abs(errorUm!)).toBeLessThanOrEqual(Math.max(0.04, 0.01 * trueMeanUm));
  for (const { registrationErrorVoxels } of truth.scans) expect(registrationErrorVoxels!).toBeLessThan(0.05);
  const all = truth.cracks.true;
  expect(all).toBeGreaterThan(0);
  expect(truth.cracks).toEqual({ found: all, true: all, matched: all, onsetRight: all });

  for (const file of files) expect(statSync(file).size).toBeGreaterThan(0);
  const figures = readdirSync(join(folder, 'cell demo', 'figures'));
  expect(figures.filter((name) => name.endsWith('.png')).sort()).toEqual([
    'counter_maps.png',
    'crack_curve.png',
    'crack_lines.png',
    'crack_planes.png',
    'first_cycle.png',
    'lithium_fraction.png',
    'operation.png',
    'slice_montage.png',
    'slice_series.png',
    'thickness_curve.png',
    'thickness_evolution.png',
    'thickness_maps.png',
    'through_plane.png',
  ]);
  const montage = readFileSync(join(folder, 'cell demo', 'figures', 'slice_montage.png'));
  expect(JSON.parse(pngTexts(montage)['tomolapse']!).projects[0].inputs).toHaveLength(truth.scans.length);
  expect(readdirSync(join(folder, 'cell demo', 'tables'))).toContain('events.csv');
  const movie = join(folder, 'cell demo', 'movies', 'paper.mp4');
  const drawn = existsSync(movie) ? statSync(movie).mtimeMs : null;
  expect(drawn !== null).toBe((await findBrowser()) !== null && (await findFfmpeg()) !== null);

  const curve = join('cell demo', 'figures', 'thickness_curve.pdf');
  const reproduced = tomolapse('reproduce', curve, '--json');
  expect([reproduced.status, JSON.parse(reproduced.stdout)]).toEqual([0, expect.objectContaining({ same: true })]);
  const table = join(folder, 'cell demo', 'tables', 'scans.csv');
  writeFileSync(table, readFileSync(table, 'utf8').replace('plating', 'stripping'));
  const changed = tomolapse('reproduce', table);
  expect(changed.status).toBe(3);
  expect(changed.stdout).toMatch(/^step, 1 row +stripping +plating$/m);
  expect(changed.stdout).toMatch(/^the file itself /m);

  const again = tomolapse(...args);
  expect(again.stdout).toContain(`${all} of ${all} cracks found`);
  // Made of the same, it is not drawn again.
  if (drawn !== null)
    expect([statSync(movie).mtimeMs, again.stdout]).toEqual([drawn, expect.stringContaining('movies/')]);
  const other = tomolapse('demo', 'cell demo', '--size', 'small', '--seed', '2');
  expect([other.status, other.stderr]).toEqual([
    3,
    expect.stringMatching(/another one in it \(--size small --seed 1\)/),
  ]);

  const exported = tomolapse('export', 'cell demo/cell.tomolapse', '--out', 'out', '--volumes', '--format', 'tiff');
  expect(exported.status).toBe(0);
  expect(exported.stdout.trim().split('\n')).toHaveLength(5);

  // What a run with another recipe leaves does not take away what made the figure.
  writeFileSync(join(folder, 'other.json'), '{"lvf":{"medianRadius":2}}');
  expect(tomolapse('run', 'cell demo/cell.tomolapse', '--recipe', 'other.json').status).toBe(0);
  const before = tomolapse('reproduce', curve);
  expect([before.status, before.stderr]).toEqual([0, expect.stringContaining('what made the file is still stored')]);
  const after = tomolapse('reproduce', curve, '--now');
  expect(after.status).toBe(3);
  expect(after.stdout).toMatch(/^recipe\.lvf\.medianRadius +3 +2$/m);
  expect(after.stdout).toMatch(/^results of thickness /m);
  expect(after.stdout).toMatch(/^publishedMeanUm, \d+ rows, at most 0\.\d+ apart /m);
});

test('a folder with anything else in it is refused and left alone', () => {
  const theirs = join(folder, 'theirs', 'scans');
  mkdirSync(theirs, { recursive: true });
  writeFileSync(join(theirs, 'scan_000.tif'), 'mine');
  const { status, stderr } = tomolapse('demo', 'theirs');
  expect(status).toBe(3);
  expect(stderr).toMatch(
    /^error: Cannot run the demonstration \(.*theirs\): there is something else in it \(scans\)\. /,
  );
  expect(readFileSync(join(theirs, 'scan_000.tif'), 'utf8')).toBe('mine');
});

test('export refuses what it cannot draw', () => {
  const { status, stderr } = tomolapse('export', 'any', '--out', 'out', '--dpi', '5000');
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^error: Cannot export \(--dpi\): 5000 dots/)]);
});
