import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, test } from 'vitest';
import { type FromHost, HOST_WROTE_IT_DOWN, type HostStart } from '../contract/desktop.ts';
import { COMMANDS, isBareKey, isEditingKey } from '../core/commands.ts';
import { givenArguments, projectIn } from './documents.ts';
import { isOwn, isPermitted, isWebPage } from './fences.ts';
import { type HostChild, HostLife } from './host_life.ts';
import { menuTemplate } from './menu.ts';
import { boundsFor, readPlace } from './window_place.ts';

describe('the place of the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1080 };
  const left = (x: number, y = 20) => ({ bounds: { x, y, width: 1000, height: 700 }, maximized: false });

  test('comes back as it was left, unless its display is gone', () => {
    expect(boundsFor(left(100), [screen])).toEqual({ x: 100, y: 20, width: 1000, height: 700 });
    expect(boundsFor(left(2000), [screen, { ...screen, x: 1920 }])).toMatchObject({ x: 2000 });
    expect(boundsFor(left(2000), [screen])).toEqual({ width: 1000, height: 700 });
    expect(boundsFor(left(100, -50), [screen])).toEqual({ width: 1000, height: 700 });
    expect(boundsFor(readPlace(''), [screen])).toEqual({ width: 1440, height: 900 });
  });

  test('that cannot be understood is none', () => {
    for (const text of ['', 'null', '{"bounds": {"x": "left"}}', '{"bounds": null}', '[]'])
      expect(readPlace(text)).toEqual({ bounds: null, maximized: false });
    const kept = { ...left(3), maximized: true };
    expect(readPlace(JSON.stringify(kept))).toEqual(kept);
  });
});

describe('the menus', () => {
  const ran: string[] = [];
  const template = (platform: NodeJS.Platform) =>
    menuTemplate({
      platform,
      recent: [{ path: '/a/b & c.tomolapse', name: 'b & c' }],
      run: (id) => ran.push(id),
      open: (path) => ran.push(path),
    });
  const items = (menus: MenuItemConstructorOptions[]) =>
    menus.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));

  test('hold every command once, which runs it', () => {
    const all = items(template('linux'));
    for (const { id } of COMMANDS) expect(all.filter((item) => item.id === id)).toHaveLength(1);
    for (const item of all) (item.click as (() => void) | undefined)?.();
    expect(ran).toEqual(COMMANDS.map(({ id }) => id).sort((a, b) => ran.indexOf(a) - ran.indexOf(b)));
  });

  test('show keys that the window hears itself, and hear the others', () => {
    for (const { accelerator, registerAccelerator } of items(template('linux')))
      if (accelerator)
        expect(registerAccelerator).toBe(!isBareKey(String(accelerator)) && !isEditingKey(String(accelerator)));
    const taken = items(template('linux')).filter(({ registerAccelerator }) => registerAccelerator);
    const keys = taken.map(({ accelerator }) => accelerator);
    expect(keys).toContain('CmdOrCtrl+O');
    // Typed into a field, these are the field's.
    for (const own of ['CmdOrCtrl+Z', 'CmdOrCtrl+Shift+Z', 'X', 'Space']) expect(keys).not.toContain(own);
  });

  test('take no letters on macOS, which hears whatever a menu shows', () => {
    const keys = items(template('darwin')).flatMap(({ accelerator }) => (accelerator ? [String(accelerator)] : []));
    expect(keys.filter(isBareKey)).toEqual([]);
    expect(keys).toContain('CmdOrCtrl+Z');
  });

  test('name what was open, and have what each system wants', () => {
    const recent = items(template('linux')).find(({ id }) => id === 'project.recent');
    const [entry] = recent!.submenu as MenuItemConstructorOptions[];
    expect(entry!.label).toBe('b && c');
    (entry!.click as () => void)();
    expect(ran.at(-1)).toBe('/a/b & c.tomolapse');
    expect(template('darwin')[0]).toEqual({ role: 'appMenu' });
    expect(items(template('linux')).some(({ role }) => role === 'quit')).toBe(true);
    expect(items(template('darwin')).some(({ role }) => role === 'quit')).toBe(false);
  });
});

test('the project that a start names', () => {
  expect(projectIn(['--inspect', 'cell.tomolapse'], '/data')).toBe('/data/cell.tomolapse');
  expect(projectIn(['/data/cell.tomolapse/project.db'], '/')).toBe('/data/cell.tomolapse');
  expect(projectIn(['.', '--flag'], '/data')).toBeNull();
  expect(givenArguments(['electron', '/checkout', 'cell'], false)).toEqual(['cell']);
  expect(givenArguments(['Tomolapse', 'cell'], true)).toEqual(['cell']);
});

test('the window stays with its host, and may little', () => {
  const address = 'http://127.0.0.1:4000/?token=x';
  expect(isOwn('http://127.0.0.1:4000/assets/a.js', address)).toBe(true);
  for (const url of [
    'http://127.0.0.1:4001/',
    'http://localhost:4000/',
    'https://127.0.0.1:4000/',
    'http://127.0.0.1:4000.evil.example/',
    'file:///etc/passwd',
    'javascript:1',
    'about:blank',
    '',
  ])
    expect(isOwn(url, address)).toBe(false);
  expect(isOwn('http://127.0.0.1:4000/', null)).toBe(false);
  expect([isWebPage('https://example.org'), isWebPage('file:///bin/sh'), isWebPage('smb://x')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(isPermitted('fullscreen', address, address)).toBe(true);
  for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'hid'])
    expect(isPermitted(permission, address, address)).toBe(false);
  expect(isPermitted('fullscreen', 'http://evil.example', address)).toBe(false);
});

describe('the host', () => {
  test('that is killed is started again with its token, its port and its project, and ends when asked', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-life-')));
    const children: ChildProcess[] = [];
    const forkHost = (): HostChild => {
      const child = fork(fileURLToPath(new URL('../host/main.ts', import.meta.url)));
      children.push(child);
      return {
        send: (message) => child.connected && child.send(message),
        onMessage: (hear) => child.on('message', (message) => hear(message as FromHost)),
        onExit: (hear) => child.once('exit', (code, signal) => hear(signal ?? `code ${code}`)),
        kill: () => child.kill('SIGKILL'),
      };
    };
    const start: HostStart = {
      kind: 'start',
      config: join(folder, 'config'),
      renderer: folder,
      roots: [],
      port: 0,
      token: 'kept',
      desktop: 'desk',
      project: join(folder, 'none.tomolapse'),
    };
    const addresses: string[] = [];
    const notices: string[] = [];
    const ends: string[] = [];
    let answered = () => {};
    const life = new HostLife(forkHost, start, {
      listening: (address) => {
        addresses.push(address);
        answered();
      },
      project: () => undefined,
      stage: () => undefined,
      notice: (message) => notices.push(message),
      crashed: (how) => ends.push(how),
      lost: (message) => notices.push(message),
    });
    await new Promise<void>((resolve) => (answered = resolve));
    expect(notices).toEqual([expect.stringMatching(/none\.tomolapse.*there is no such folder/)]);
    const { origin } = new URL(addresses[0]!);
    const ask = async (name: string, input: unknown) => {
      const headers = {
        authorization: 'Bearer kept',
        'content-type': 'application/json',
        'x-tomolapse-desktop': 'desk',
      };
      const response = await fetch(`${origin}/api/${name}`, { method: 'POST', headers, body: JSON.stringify(input) });
      expect(response.status, name).toBe(200);
      return (await response.json()) as { scans: object[]; project: { path: string; recipe: object } | null };
    };
    await ask('grant', { paths: [folder] });
    const scan = join(folder, 'scan_6x5x4_uint8.raw');
    writeFileSync(scan, Buffer.alloc(120, 7));
    const { scans } = await ask('inspect', { paths: [scan], times: null, intervalH: null, voxelSizeUm: 2 });
    const project = join(folder, 'cell.tomolapse');
    const areas = { cycling: null, platingSign: 'negative', workingAreaMm2: null, counterAreaMm2: null };
    await ask('create', { path: project, scans, ...areas });
    const recipe = { reference: 0 };
    await ask('setRecipe', { recipe });

    const again = new Promise<void>((resolve) => (answered = resolve));
    children[0]!.kill('SIGKILL');
    await again;
    expect(addresses[1]).toBe(addresses[0]);
    const { project: kept } = await ask('state', {});
    expect(kept).toMatchObject({ path: project, recipe, canUndo: true });
    await life.end();
    expect(children).toHaveLength(2);
    expect(children[1]!.exitCode).toBe(0);
    expect(ends).toEqual(['SIGKILL']);
    rmSync(folder, { recursive: true });
  });

  test('that fails writes down where, and ends in a way that says so', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-crash-')));
    const env = { ...process.env, XDG_STATE_HOME: folder };
    const child = fork(fileURLToPath(new URL('../host/main.ts', import.meta.url)), { env });
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    // What is no message is a fault that nobody foresaw.
    child.send(JSON.parse('null'));
    expect(await ended).toBe(HOST_WROTE_IT_DOWN);
    const crashes = join(folder, 'tomolapse', 'crashes');
    const [report, ...more] = readdirSync(crashes);
    expect(more).toEqual([]);
    expect(JSON.parse(readFileSync(join(crashes, report!), 'utf8'))).toMatchObject({
      process: 'host',
      what: 'TypeError',
      stack: expect.arrayContaining([expect.stringMatching(/src\/host\/main\.ts:\d+/)]),
    });
    rmSync(folder, { recursive: true });
  });

  test('that ends again and again is given up, and a port that was lost is let go', () => {
    let forked = 0;
    let exit: (how: string) => void = () => {};
    let hear: (message: FromHost) => void = () => {};
    const ports: number[] = [];
    const ends: string[] = [];
    const lost: string[] = [];
    let now = 0;
    const child = (): HostChild => {
      forked++;
      return {
        send: (message) => message.kind === 'start' && ports.push(message.port),
        onMessage: (listener) => (hear = listener),
        onExit: (listener) => (exit = listener),
        kill: () => exit('SIGKILL'),
      };
    };
    const start = { kind: 'start', port: 0, project: null } as HostStart;
    const nothing = () => undefined;
    new HostLife(
      child,
      start,
      {
        listening: nothing,
        project: nothing,
        stage: nothing,
        notice: nothing,
        crashed: (how) => ends.push(how),
        lost: (why) => lost.push(why),
      },
      () => now,
    );
    hear({ kind: 'listening', port: 4000, address: '' });
    exit('code 1');
    expect(ports).toEqual([0, 4000]);
    hear({ kind: 'failed', message: 'the port is taken' });
    expect(ports).toEqual([0, 4000, 0]);
    // It said itself why it ended.
    expect(ends).toEqual(['code 1']);
    now += 61_000;
    for (let i = 0; i < 3; i++) exit('code 1');
    expect([forked, lost]).toEqual([6, []]);
    exit('code 1');
    expect([forked, lost]).toEqual([6, ['the port is taken']]);
  });
});

test('the preload is CommonJS by its name, and main is sandboxed and isolated', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  expect(read('../../electron.vite.config.ts')).toMatch(/formats: \['cjs'\], fileName: \(\) => 'preload\.cjs'/);
  const main = read('./main.ts');
  expect(main).toContain('out/preload/preload.cjs');
  // What fails stays on this machine.
  expect(main).toContain('crashReporter.start({ uploadToServer: false })');
  for (const setting of ['sandbox: true', 'contextIsolation: true', 'nodeIntegration: false', "action: 'deny'"])
    expect(main).toContain(setting);
  const { main: entry } = JSON.parse(read('../../package.json')) as { main?: string };
  expect(entry).toBe('out/main/main.js');
});
