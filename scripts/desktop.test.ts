import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const share = mkdtempSync(join(tmpdir(), 'tomolapse-share-'));
afterAll(() => rmSync(share, { recursive: true }));

const install = (...args: string[]) =>
  execFileSync('sh', [join(ROOT, 'scripts/install-desktop'), ...args], {
    env: { ...process.env, XDG_DATA_HOME: share },
  });

test('the program is put into the menus, opens project folders, and is taken back', () => {
  install();
  const entry = join(share, 'applications', 'tomolapse.desktop');
  const kind = join(share, 'mime', 'packages', 'tomolapse.xml');
  const lines = readFileSync(entry, 'utf8').split('\n');
  expect(lines).toContain(`Exec="${ROOT}/bin/tomolapse" start %f`);
  const program = lines.find((line) => line.startsWith('Exec='))!.split('"')[1]!;
  expect(existsSync(program)).toBe(true);
  const icon = lines.find((line) => line.startsWith('Icon='))!.slice('Icon='.length);
  expect(existsSync(icon)).toBe(true);
  const [, type] = /^MimeType=([^;]+);/m.exec(lines.join('\n'))!;
  const told = readFileSync(kind, 'utf8');
  expect(told).toContain(`type="${type}"`);
  expect(told).toContain('<glob pattern="*.tomolapse"/>');
  install('--remove');
  expect([existsSync(entry), existsSync(kind)]).toEqual([false, false]);
});
