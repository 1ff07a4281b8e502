import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import { CHANNELS, type DesktopBridge } from '../contract/desktop.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
let main: string;
let preload: string;

beforeAll(() => {
  execFileSync('sh', [join(ROOT, 'scripts/build-app'), '--electron'], { stdio: ['ignore', 'ignore', 'inherit'] });
  main = readFileSync(join(ROOT, 'out/main/main.js'), 'utf8');
  preload = readFileSync(join(ROOT, 'out/preload/preload.cjs'), 'utf8');
});

test('main is a module of its own: it needs Electron and Node, and no package', () => {
  const { main: entry } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { main: string };
  expect(existsSync(join(ROOT, entry))).toBe(true);
  execFileSync(process.execPath, ['--check', join(ROOT, entry)]);
  const needed = [...main.matchAll(/(?:from|import|require\()\s*["']([^"']+)["']/g)].map(([, name]) => name!);
  expect(needed).toContain('electron');
  expect(needed.filter((name) => name !== 'electron' && !builtinModules.includes(name.replace(/^node:/, '')))).toEqual(
    [],
  );
});

test('what main names in the checkout is there', () => {
  const named = [...main.matchAll(/join\(ROOT, "([^"]+)"\)/g)].map(([, path]) => path!);
  expect(named).toEqual(expect.arrayContaining(['src/host/main.ts', 'out/renderer', 'out/preload/preload.cjs']));
  for (const path of named) expect(existsSync(join(ROOT, path)), path).toBe(true);
});

test('the preload runs as CommonJS in a sandbox, which has Electron alone, and offers the bridge that was agreed', async () => {
  const told: unknown[][] = [];
  const heard = new Map<string, (event: unknown, id: string) => void>();
  const offered: Record<string, DesktopBridge> = {};
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, bridge: DesktopBridge) => (offered[name] = bridge) },
    ipcRenderer: {
      invoke: async (...all: unknown[]) => told.push(['invoke', ...all]) && ['/chosen'],
      send: (...all: unknown[]) => told.push(['send', ...all]),
      sendSync: (...all: unknown[]) => told.push(['sendSync', ...all]),
      on: (channel: string, hear: (event: unknown, id: string) => void) => heard.set(channel, hear),
    },
    webUtils: { getPathForFile: ({ name }: { name: string }) => (name === 'nowhere' ? '' : `/dropped/${name}`) },
  };
  const require = (name: string) => {
    if (name !== 'electron') throw new Error(`a sandbox has no ${name}`);
    return electron;
  };
  runInNewContext(preload, { require, exports: {}, module: { exports: {} } });
  const bridge = offered['tomolapse']!;
  expect(Object.keys(offered)).toEqual(['tomolapse']);
  expect(Object.keys(bridge).sort()).toEqual(['chooseFolders', 'chooseProject', 'onCommand', 'pathOf', 'reveal']);
  expect(await bridge.chooseFolders()).toEqual(['/chosen']);
  expect(bridge.pathOf({ name: 'a.tif' })).toBe('/dropped/a.tif');
  expect(bridge.pathOf({ name: 'nowhere' })).toBe('');
  bridge.reveal('/a');
  const ran: string[] = [];
  bridge.onCommand((id) => ran.push(id));
  heard.get(CHANNELS.command)!({}, 'edit.undo');
  expect(ran).toEqual(['edit.undo']);
  expect(told).toEqual([
    ['invoke', CHANNELS.chooseFolders],
    ['sendSync', CHANNELS.dropped, '/dropped/a.tif'],
    ['send', CHANNELS.reveal, '/a'],
  ]);
});
