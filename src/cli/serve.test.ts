import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject } from '../store/create_project.ts';
import { writeSeries } from '../store/fixtures/series.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let folder: string;
let project: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-serve-')));
  project = join(folder, 'cell.tomolapse');
  await createProject(project, async () => writeSeries(folder));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...args: string[]): ChildProcess {
  const NODE_OPTIONS = `--import ${new URL('./fixtures/no_network.ts', import.meta.url).href}`;
  const env = { ...process.env, NODE_OPTIONS, XDG_CONFIG_HOME: join(folder, 'config') };
  return spawn(process.execPath, [MAIN, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(...args);
  let [out, err] = ['', ''];
  child.stdout!.on('data', (part) => (out += part));
  child.stderr!.on('data', (part) => (err += part));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

test('serves until it is asked to end; others read the project through it and are named to', async () => {
  const before = await call('results', project, '--json');
  expect(before).toMatchObject({ code: 0 });
  // Given without its ending.
  const host = start('serve', 'cell');
  let out = '';
  host.stdout!.on('data', (part) => (out += part));
  while (!out.includes('\n') && host.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}\n$/);
  const page = await fetch(out.trim(), { redirect: 'manual' });
  expect(page.status).toBe(303);

  symlinkSync(project, join(folder, 'link.tomolapse'));
  for (const place of [project, join(folder, 'link.tomolapse')])
    expect(await call('results', place, '--json')).toEqual(before);
  expect(await call('verify', project)).toMatchObject({ code: 0, out: expect.stringMatching(/as it was written/) });
  expect((await call('export', project, '--out', join(folder, 'out'), '--tables')).code).toBe(0);
  expect(existsSync(join(folder, 'out', 'scans.csv'))).toBe(true);
  for (const args of [
    ['run', project],
    ['create', project, '--scans', join(folder, 'scan_0.raw'), '--voxel-size', '1um'],
  ]) {
    const { code, err } = await call(...args);
    expect(err).toMatch(/^error: .*"tomolapse serve" \(process \d+ on /);
    expect(code).toBe(1);
  }

  host.kill('SIGTERM');
  const [code] = (await once(host, 'close')) as [number];
  expect(code).toBe(0);
  expect(readdirSync(join(folder, 'config', 'tomolapse', 'hosts'))).toEqual([]);
  expect(await call('verify', project)).toMatchObject({ code: 0 });
  expect(existsSync(join(project, 'holder.json'))).toBe(false);
});

test('a project that is none is one line and no server', async () => {
  const { code, out, err } = await call('serve', join(folder, 'none'));
  expect({ code, out }).toEqual({ code: 3, out: '' });
  expect(err).toMatch(/^error: Cannot open the project .*there is no such folder/m);
});
