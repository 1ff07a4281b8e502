import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doorOf, electronProgram } from './doors.ts';

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
