import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Host } from '../host/index.ts';
import type { Surroundings } from './command.ts';
import { doorOf, electronProgram, openBrowser } from './doors.ts';

const [electron, browser] = ['/e/electron', '/b/chromium'];

test.each([
  ['linux', { DISPLAY: ':0' }, electron, browser, 'desktop'],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, null, browser, 'browser'],
  ['linux', { DISPLAY: ':0' }, null, null, 'address'],
  ['linux', {}, electron, browser, 'address'],
  ['darwin', {}, electron, browser, 'desktop'],
  ['win32', {}, null, browser, 'browser'],
] as const)(
  'on %s with %j, electron %s and browser %s the app opens by its %s',
  async (platform, environment, e, b, kind) => {
    expect((await doorOf({ platform, environment, electron: e, browser: b })).kind).toBe(kind);
  },
);

test("electron's program is there when its path and its folder are", () => {
  const folder = mkdtempSync(join(tmpdir(), 'doors-'));
  expect(electronProgram(folder)).toBeNull();
  writeFileSync(join(folder, 'path.txt'), 'electron\n');
  expect(electronProgram(folder)).toBeNull();
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'dist', 'electron'), '');
  expect(electronProgram(folder)).toBe(join(folder, 'dist', 'electron'));
  rmSync(folder, { recursive: true });
});

test('the browser is given a ticket in place of the token, a profile of its own, and leave to draw without a GPU', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doors-'));
  const program = join(folder, 'browser');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" >"${folder}/arguments"\nexit 1\n`, { mode: 0o755 });
  const before = process.env['XDG_CONFIG_HOME'];
  process.env['XDG_CONFIG_HOME'] = folder;
  const address = 'http://127.0.0.1:4000/?token=';
  const host = { address: `${address}token`, ticket: () => `${address}ticket` } as Host;
  const signal = new AbortController().signal;
  try {
    await openBrowser(program, host, { notice: () => {}, signal } as unknown as Surroundings).ended;
    const given = readFileSync(join(folder, 'arguments'), 'utf8').split('\n');
    expect(given).toContain(`--app=${address}ticket`);
    expect(given).toContain(`--user-data-dir=${join(folder, 'tomolapse', 'browser')}`);
    expect(given).toContain('--enable-unsafe-swiftshader');
    expect(given).toContain('--window-size=1440,900');
    expect(given.join()).not.toContain('token=token');
  } finally {
    if (before === undefined) delete process.env['XDG_CONFIG_HOME'];
    else process.env['XDG_CONFIG_HOME'] = before;
    rmSync(folder, { recursive: true });
  }
});
