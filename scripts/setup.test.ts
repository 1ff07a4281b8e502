import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const TOOLS = [
  'sh',
  'dirname',
  'readlink',
  'cmp',
  'cp',
  'cat',
  'find',
  'sort',
  'xargs',
  'cksum',
  'mkdir',
  'rm',
  'rmdir',
];
const MORE_TOOLS = ['sed', 'tail', 'grep', 'getconf', 'sleep', 'env', 'touch', 'ln', 'chmod'];

let folder: string;
let checkout: string;
let path: string;
const running: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse setup-'));
  checkout = join(folder, 'check out');
  path = join(folder, 'tools');
  for (const name of ['bin', 'scripts']) cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  mkdirSync(join(checkout, 'native', 'core'), { recursive: true });
  mkdirSync(join(checkout, 'native', 'binding'));
  mkdirSync(join(checkout, 'src', 'cli'), { recursive: true });
  writeFileSync(join(checkout, 'native', 'CMakeLists.txt'), 'project(engine)');
  writeFileSync(join(checkout, 'native', 'core', 'a.cpp'), 'int a;');
  writeFileSync(join(checkout, 'package-lock.json'), '{}');
  writeFileSync(join(checkout, 'src', 'cli', 'main.ts'), 'console.log(JSON.stringify(process.argv.slice(2)));');
  mkdirSync(path);
  for (const tool of [...TOOLS, ...MORE_TOOLS]) symlinkSync(onPath(tool), join(path, tool));
  symlinkSync(process.execPath, join(path, 'node'));
  // Stand-ins that leave what the real ones leave; npm waits while there is a file "wait".
  tool(
    'npm',
    `echo npm >> "${folder}/log"; while [ -e "${folder}/wait" ]; do sleep 0.05; done
mkdir -p node_modules/node/bin; ln -sf "${process.execPath}" node_modules/node/bin/node`,
  );
  tool(
    'cmake',
    `echo cmake >> "${folder}/log"; mkdir -p "${checkout}/build/native"; touch "${checkout}/build/native/tomolapse.node"`,
  );
  tool('c++', 'exit 0');
});

afterEach(() => {
  rmSync(join(folder, 'wait'), { force: true });
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function onPath(name: string): string {
  const found = (process.env['PATH'] ?? '').split(':').find((place) => existsSync(join(place, name)));
  return join(found!, name);
}

function tool(name: string, body: string): void {
  rmSync(join(path, name), { force: true });
  writeFileSync(join(path, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(path, name), 0o755);
}

const options = () => ({ cwd: '/', env: { PATH: path, HOME: folder } });
const program = () => join(checkout, 'bin', 'tomolapse');

function tomolapse(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(program(), args, { ...options(), encoding: 'utf8' });
  return { status, stdout, stderr };
}
const used = () =>
  existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').trim().split('\n') : [];

test('the first start installs and builds, the second only starts', () => {
  expect(tomolapse('run', 'a b')).toEqual({
    status: 0,
    stdout: '["run","a b"]\n',
    stderr: 'Installing packages (once, about half a minute)…\nBuilding the engine (once, about a minute)…\n',
  });
  expect(used()).toEqual(['npm', 'cmake', 'cmake']);
  expect(tomolapse('x')).toEqual({ status: 0, stdout: '["x"]\n', stderr: '' });
  expect(used()).toHaveLength(3);
});

test('it starts through links from any folder', () => {
  symlinkSync(program(), join(folder, 'one'));
  symlinkSync('one', join(folder, 'two'));
  const { stdout } = spawnSync(join(folder, 'two'), ['x'], { ...options(), encoding: 'utf8' });
  expect(stdout).toBe('["x"]\n');
});

test('another lock file installs again, another source builds again', () => {
  tomolapse();
  writeFileSync(join(checkout, 'package-lock.json'), '{"changed":1}');
  tomolapse();
  expect(used().slice(3)).toEqual(['npm']);
  writeFileSync(join(checkout, 'native', 'core', 'b.cpp'), 'int b;');
  tomolapse();
  expect(used().slice(4)).toEqual(['cmake', 'cmake']);
});

describe('what is missing is told in one line', () => {
  test.each([
    ['npm', 'npm is missing. Install Node 20 or newer'],
    ['cmake', 'cmake is missing. Install it'],
    ['c++', 'a C++ compiler is missing. Install one'],
  ])('%s', (name, line) => {
    rmSync(join(path, name));
    const { status, stdout, stderr } = tomolapse();
    expect([status, stdout]).toEqual([1, '']);
    const errors = stderr.split('\n').filter((each) => each.startsWith('error: '));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(line);
  });

  test('an install or a build that fails, with the end of its log', () => {
    tool('npm', 'echo "no network"; exit 1');
    expect(tomolapse().stderr).toMatch(
      /\n {2}no network\nerror: Cannot install the packages \(.*npm\.log\): npm ci failed\./,
    );
    tool('npm', `mkdir -p node_modules/node/bin; ln -sf "${process.execPath}" node_modules/node/bin/node`);
    tool('cmake', 'echo "a.cpp:1: error: no such thing"; exit 1');
    expect(tomolapse().stderr).toMatch(
      /\n {2}a\.cpp:1: error: no such thing\nerror: Cannot build the engine \(.*native\.log\)/,
    );
    expect(existsSync(join(checkout, 'build', 'native', 'sources.cksum'))).toBe(false);
  });
});

describe.each([
  ['with flock', existsSync('/usr/bin/flock')],
  ['without flock', true],
])('one builder at a time, %s', (name, possible) => {
  const start = () => {
    const child = spawn(program(), ['x'], { ...options(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.push(child);
    return child;
  };
  const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));
  const until = async (holds: () => boolean) => {
    for (let i = 0; i < 200 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(holds()).toBe(true);
  };

  test.skipIf(!possible)('a second start waits for the first', async () => {
    if (name === 'with flock') symlinkSync('/usr/bin/flock', join(path, 'flock'));
    writeFileSync(join(folder, 'wait'), '');
    const first = start();
    await until(() => used().length === 1);
    const second = start();
    let said = '';
    second.stderr!.on('data', (text) => (said += text));
    await until(() => said.includes('waiting for it'));
    rmSync(join(folder, 'wait'));
    expect(await Promise.all([ended(first), ended(second)])).toEqual([0, 0]);
    expect(used()).toEqual(['npm', 'cmake', 'cmake']);
  });

  test.skipIf(!possible)('one that is killed does not block the next', async () => {
    if (name === 'with flock') symlinkSync('/usr/bin/flock', join(path, 'flock'));
    writeFileSync(join(folder, 'wait'), '');
    const first = start();
    await until(() => used().length === 1);
    process.kill(-first.pid!, 'SIGKILL');
    rmSync(join(folder, 'wait'));
    expect(tomolapse('x')).toMatchObject({ status: 0, stdout: '["x"]\n' });
  });
});
