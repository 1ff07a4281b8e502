import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { writeProject } from '../backend/app/fixtures/project.ts';
import { type ProcedureName, procedures } from '../contract/app.ts';
import { errorSchema } from '../contract/errors.ts';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

let folder: string;
let home: string;
let project: string;
let host: ChildProcess;
let port: number;
let token: string;
let cookie: string;
let told = '';

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-safety-')));
  home = join(folder, 'home');
  mkdirSync(home);
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside', 'secret_8x8x8_uint8.raw'), Buffer.alloc(512, 's'));
  project = await writeProject(home, true);
  symlinkSync(join(folder, 'outside'), join(home, 'link'));
  symlinkSync(join(folder, 'outside', 'secret_8x8x8_uint8.raw'), join(home, 'link_8x8x8_uint8.raw'));
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, '.config') };
  host = spawn(process.execPath, [MAIN, 'serve', project], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const address = await new Promise<URL>((resolve, reject) => {
    host.stderr!.on('data', (text) => {
      told += text;
    });
    host.stdout!.once('data', (text) => resolve(new URL(String(text).trim())));
    host.once('exit', () => reject(new Error(told)));
  });
  port = Number(address.port);
  token = address.searchParams.get('token')!;
  cookie = String((await ask('GET', `/?token=${token}`)).headers['set-cookie']).split(';')[0]!;
});
afterAll(async () => {
  host.kill('SIGTERM');
  if (host.exitCode === null) await once(host, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

function ask(method: string, path: string, headers: Record<string, string> = {}, body: string | null = null) {
  return new Promise<Reply>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      let text = '';
      // Of a stream of events the beginning will do.
      const done = () => resolve({ status: response.statusCode!, headers: response.headers, text });
      response.setEncoding('latin1').on('data', (part) => {
        text += part;
        if (!String(response.headers['content-type']).startsWith('text/event-stream')) return;
        done();
        asked.destroy();
      });
      response.on('end', done);
    });
    asked.on('error', reject);
    if ('content-length' in headers) asked.flushHeaders();
    else asked.end(body ?? undefined);
  });
}

const json = { 'content-type': 'application/json' };
const post = (name: string, input: unknown, headers: Record<string, string> = {}) =>
  ask('POST', `/api/${name}`, { ...json, cookie, ...headers }, JSON.stringify(input));

/** A refusal as it is agreed, in words and without a trace of the program's inside. */
function expectWords(text: string): void {
  expect(errorSchema.parse(JSON.parse(text)).error.message.length).toBeGreaterThan(10);
  expect(text).not.toMatch(/\bat \S+ \(|node:internal|\.[jt]s:\d+|file:\/\/\S+\.[jt]s/);
}

const NAMES = Object.keys(procedures) as ProcedureName[];
/** Every route there is, files of the window and places that are none among them. */
const ROUTES: [method: string, path: string][] = [
  ...NAMES.map((name): [string, string] => ['POST', `/api/${name}`]),
  ['POST', '/api/held/snapshot'],
  ['POST', '/api/held/verify'],
  ['GET', '/api/events'],
  ['GET', '/api/window'],
  ['GET', '/api/voxels/1/grey/0/0.0.0'],
  ['GET', '/api/voxels/1/grey/floor'],
  ['GET', '/api/voxels/1/lvf/0/cells'],
  ['GET', '/api/voxels/1/grey/0/slice/z/3'],
  ['GET', '/api/voxels/1/phases/maxima'],
  ['GET', '/'],
  ['GET', '/index.html'],
  ['GET', '/icon.svg'],
  ['GET', '/assets/none.js'],
  ['HEAD', '/'],
  ['OPTIONS', '/api/state'],
  ['PUT', '/api/state'],
  ['GET', '/none'],
];

describe('every route', () => {
  test('is 401 to who shows neither token nor cookie, whatever is asked of it', async () => {
    for (const [method, path] of ROUTES) {
      const { status, text } = await ask(method, path, json, method === 'POST' ? '{}' : null);
      expect([method, path, status]).toEqual([method, path, 401]);
      if (method !== 'HEAD') expectWords(text);
    }
  });

  test('is 403 by another name or from another page, before cookie, path and body are looked at', async () => {
    const foreign = [
      { host: 'evil.example' },
      { host: `evil.example:${port}` },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { host: `127.0.0.1:${port}`, origin: `http://localhost:${port}` },
    ];
    const places: [string, string][] = [...ROUTES, ['GET', '/?token=wrong'], ['GET', '//x'], ['GET', '/%zz']];
    for (const headers of foreign)
      for (const [method, path] of places)
        for (const known of [{}, { cookie }]) {
          const { status } = await ask(method, path, { ...json, ...headers, ...known });
          expect([method, path, status]).toEqual([method, path, 403]);
        }
    const large = { ...json, cookie, host: 'evil.example', 'content-length': '99999999' };
    expect((await ask('POST', '/api/state', large)).status).toBe(403);
  });
});

test('the token is in a file of its owner alone, and nowhere else that outlives the terminal', async () => {
  const config = join(home, '.config', 'tomolapse');
  const holding = readdirSync(config, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const file of holding) expect(statSync(file).mode & 0o777, file).toBe(0o600);
  for (const path of [config, join(config, 'hosts')]) expect(statSync(path).mode & 0o077, path).toBe(0);
  const with_token = holding.filter((file) => readFileSync(file, 'utf8').includes(token));
  expect(with_token).toEqual([join(config, 'hosts', `${host.pid}.json`)]);
  await ask('GET', `/none?token=${token}x`);
  expect(told).not.toContain(token.slice(0, 12));
  const inProject = readdirSync(project, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of inProject)
    expect(readFileSync(join(parentPath, name), 'latin1'), name).not.toContain(token);
  expect(cookie).not.toContain(token);
});

describe('files', () => {
  const nothing = { cycling: null, platingSign: 'negative', workingAreaMm2: null, counterAreaMm2: null };
  const reached = (path: string): [ProcedureName, unknown][] => [
    ['list', { path }],
    ['open', { path }],
    ['demo', { folder: path }],
    ['preview', { path, axis: 'z', at: 0.5 }],
    ['inspect', { paths: [path], times: null, intervalH: null, voxelSizeUm: 1 }],
    ['inspect', { paths: [join(home, 'scans')], times: path, intervalH: null, voxelSizeUm: 1 }],
    ['inspect', { paths: [join(home, 'scans')], times: null, intervalH: null, voxelSizeUm: 1, cycling: path }],
    ['create', { path: join(path, 'new'), scans: [draftOf(join(home, 'scans'))], ...nothing }],
    ['create', { path: join(home, 'new'), scans: [draftOf(path)], ...nothing }],
    ['create', { path: join(home, 'new'), scans: [draftOf(join(home, 'scans'))], ...nothing, cycling: path }],
  ];

  function draftOf(path: string) {
    const unknown = { voxelSizeUm: null, voxelSizeFrom: null, startH: null, timeH: null, endH: null, timeFrom: null };
    const shape = [1, 1, 1];
    return { path, name: 'a', format: 'raw', shape, type: 'uint8', bytes: 1, ...unknown, problems: [], blocked: false };
  }

  test('outside the folders that were opened are not reached: plainly, by steps upwards, by links', async () => {
    const places = [
      '/etc/passwd',
      '/',
      join(folder, 'outside'),
      `${home}/../outside`,
      `${home}/scans/../../outside`,
      `${home}x`,
      join(home, 'link'),
      join(home, 'link', 'secret_8x8x8_uint8.raw'),
      join(home, 'link_8x8x8_uint8.raw'),
      '/proc/self/environ',
    ];
    for (const path of places)
      for (const [name, input] of reached(path)) {
        const { status, text } = await post(name, input);
        expect([name, path, status, text]).toEqual([name, path, 403, text]);
        expectWords(text);
        expect(text).not.toContain('root:');
      }
  });

  test('are named by whole paths without null bytes', async () => {
    for (const path of ['.', '../outside', 'scans', `${home}/scans\0.raw`, 'file:///etc/passwd', 'C:\\Windows'])
      for (const [name, input] of reached(path).filter(([name]) => name !== 'create')) {
        const { status, text } = await post(name, input);
        expect([name, path, status, text]).toEqual([name, path, 400, text]);
        expectWords(text);
      }
  });

  test('are opened by the desktop alone', async () => {
    for (const headers of [{}, { 'x-tomolapse-desktop': '' }, { 'x-tomolapse-desktop': 'null' }])
      expect((await post('grant', { paths: ['/'] }, headers)).status).toBe(403);
  });
});

describe('messages', () => {
  test('that are too large, of another type or no JSON are refused by every procedure', async () => {
    for (const name of NAMES) {
      const say = (body: string, headers = {}) => ask('POST', `/api/${name}`, { ...json, cookie, ...headers }, body);
      // What is announced as too much is not waited for.
      expect((await say('', { 'content-length': String(5 * 2 ** 20) })).status, name).toBe(413);
      expect((await say('{}', { 'content-type': 'text/plain' })).status, name).toBe(415);
      for (const wrong of ['', '{', '\0', '{"a":1}{', 'undefined', '\ufeff{}', `{"a":${'['.repeat(50_000)}`]) {
        const { status, text } = await say(wrong);
        expect([name, wrong.slice(0, 9), status]).toEqual([name, wrong.slice(0, 9), 400]);
        expectWords(text);
      }
    }
  });

  // What is right by its type, and as far from what a window sends as it may be: from a seed, so that it comes again.
  test('of whatever content never bring a procedure to fail in itself, nor the host to end', async () => {
    const random = randomOf(20_261);
    const statuses = new Map<number, number>();
    for (const name of NAMES) {
      // These would begin long work, close what the others ask about, or end in a settings file.
      if (['demo', 'run', 'close'].includes(name)) continue;
      const schema = z.toJSONSchema(procedures[name].input, { io: 'input', unrepresentable: 'any' }) as Schema;
      // What takes nothing cannot be told much.
      const rounds = Object.keys(schema.properties ?? {}).length === 0 ? 6 : 60;
      for (let i = 0; i < rounds; i++) {
        const input = i % 6 === 0 ? anything(random, 3) : fitting(schema, random, schema);
        const body = JSON.stringify(input);
        const { status, text } = await ask('POST', `/api/${name}`, { ...json, cookie }, body);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status !== 200) expectWords(text);
        expect([200, 400, 403, 404, 409, 413, 422], `${name} ${body} ${text}`).toContain(status);
      }
    }
    expect(host.exitCode).toBeNull();
    expect(statuses.get(400)).toBeGreaterThan(50);
    expect(statuses.get(200)).toBeGreaterThan(50);
    expect(told).not.toMatch(/\bat \S+ \(|Unhandled|Error:/);
    const state = await post('state', {});
    expect(JSON.parse(state.text)).toMatchObject({ project: { path: project } });
  });

  test('to voxels that are none are refused in words', async () => {
    const random = randomOf(7);
    const parts = [
      '0',
      '1',
      '9',
      '-1',
      '1e9',
      '99999999999',
      'grey',
      'lvf',
      'phases',
      'floor',
      'cells',
      'slice',
      'z',
      '0.0.0',
      '%00',
      '..',
      '1.1',
      'NaN',
      '65.65.65',
    ];
    for (let i = 0; i < 400; i++) {
      const path = Array.from({ length: 1 + random(5) }, () => parts[random(parts.length)]).join('/');
      const { status, headers, text } = await ask('GET', `/api/voxels/${path}`, { cookie });
      expect([200, 400, 404], path).toContain(status);
      // With steps upwards it may be a file of the window that is asked for.
      if (String(headers['content-type']).startsWith('application/json')) expectWords(text);
      else expect([200, 404], path).toContain(status);
    }
  });
});

type Random = (below: number) => number;

/** Whole numbers from a seed (xorshift). */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Schema {
  type?: string;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  minItems?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

const NUMBERS = [0, 1, -1, 2, 0.5, 7, 1e9, -1e9, 2 ** 53, 1e308, -0, 1e-308, 4096, 65_535];
const texts = () => [
  '',
  'a',
  '0',
  '-1',
  '1',
  '__proto__',
  '../..',
  '\0',
  '\u{1f50b}',
  '%2e%2e',
  'x'.repeat(3000),
  home,
  project,
  join(home, 'scans'),
  join(home, 'scans', 'scan_0_90x80x70_uint16.raw'),
  '/etc/passwd',
];

function anything(random: Random, depth: number): unknown {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const simple = () => pick([null, true, false, pick(NUMBERS), pick(texts())]);
  if (depth === 0) return simple();
  return pick([
    simple,
    () => Array.from({ length: random(4) }, () => anything(random, depth - 1)),
    () => Object.fromEntries(Array.from({ length: random(4) }, () => [pick(texts()), anything(random, depth - 1)])),
  ])();
}

/** A value that a JSON schema allows, or, now and then in one of its parts, does not. */
function fitting(schema: Schema, random: Random, root: Schema): unknown {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  if (random(40) === 0) return anything(random, 2);
  if (schema.$ref) {
    const [, name] = /^#\/\$defs\/(.*)$/.exec(schema.$ref) ?? [];
    return fitting(name ? root.$defs![name]! : root, random, root);
  }
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return fitting(pick(forms), random, root);
  if ('const' in schema) return schema.const;
  if (schema.enum) return pick(schema.enum);
  if (schema.type === 'object') {
    const made: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(schema.properties ?? {}))
      if (schema.required?.includes(name) || random(2)) made[name] = fitting(part, random, root);
    if (typeof schema.additionalProperties === 'object' && random(2))
      made[pick(['0', '1', 'a', '-1'])] = fitting(schema.additionalProperties, random, root);
    return made;
  }
  if (schema.type === 'array') {
    if (schema.prefixItems) return schema.prefixItems.map((part) => fitting(part, random, root));
    const count = (schema.minItems ?? 0) + random(3);
    return Array.from({ length: count }, () =>
      typeof schema.items === 'object' ? fitting(schema.items, random, root) : anything(random, 1),
    );
  }
  if (schema.type === 'integer') return Math.round(pick([0, 1, 1, 2, -1, 50, 4096, 2 ** 31]));
  if (schema.type === 'number') return pick(NUMBERS);
  if (schema.type === 'boolean') return random(2) === 0;
  if (schema.type === 'null') return null;
  if (schema.type === 'string') return pick(texts());
  return anything(random, 2);
}
