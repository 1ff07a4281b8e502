import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeProject } from '../../../src/backend/app/fixtures/project.ts';
import { type App, createApp } from '../../../src/backend/app/index.ts';
import { errorSchema } from '../../../src/contract/errors.ts';
import type { Random } from '../random.ts';
import { single } from '../specimens.ts';
import { type Attempt, Broken, type Target } from '../target.ts';

/** Stands in a file beside the folders that may be looked into. */
const SECRET = 'what nobody was given';

/** Calls that neither compute for long nor write outside the project. */
const CALLS: Readonly<Record<string, (project: string) => unknown>> = {
  state: () => ({}),
  list: (project) => ({ path: join(project, '..') }),
  inspect: (project) => ({
    paths: [join(project, '..', 'scan_0_90x80x70_uint16.raw')],
    times: null,
    intervalH: 1,
    voxelSizeUm: 2,
    cycling: null,
    raw: { shape: [70, 80, 90], type: 'uint16', byteOrder: 'little', offset: 0 },
    datasets: {},
  }),
  preview: (project) => ({
    path: join(project, '..', 'scan_0_90x80x70_uint16.raw'),
    axis: 'z',
    at: 0.5,
    frame: 0,
    hints: { type: 'uint16' },
  }),
  setRecipe: () => ({
    recipe: { version: 1, reference: 0, regions: { stable: { kind: 'box', min: [1, 2, 3], max: [20, 30, 40] } } },
  }),
  setStoryboards: () => ({ changes: { a: { version: 1, shots: [] } } }),
  setFigures: () => ({ changes: { a: { version: 1, rows: [] } } }),
  setSettings: () => ({ ffmpeg: null, memory: null }),
  setWorkspace: () => ({ state: { panels: [1, 2, { a: 'b' }] } }),
  relink: (project) => ({ folder: join(project, '..') }),
  figurePreview: () => ({ name: 'a', layout: { version: 1 }, other: null, stills: false }),
  results: () => ({}),
  layer: () => ({ scan: 0, layer: 'grey' }),
  pick: () => ({ scan: 0, at: [1, 2, 3], layers: ['grey'] }),
  profile: () => ({ scan: 0, from: [1, 2, 3], to: [10, 20, 30], layers: ['grey'], width: 1 }),
  cancel: () => ({ job: 'none' }),
  resume: () => ({ job: 'none' }),
  storyboards: () => ({}),
  figures: () => ({}),
  unused: () => ({}),
  undo: () => ({}),
  redo: () => ({}),
  report: () => ({ message: 'a fault', stack: 'at once' }),
  grant: (project) => ({ paths: [join(project, '..', '..', 'outside')] }),
  'held/snapshot': (project) => ({ path: project }),
};

const PLACES = [
  '/api/voxels/0/grey/0/0.0.0',
  '/api/voxels/1/grey/0/slice/y/20',
  '/api/voxels/0/grey/floor',
  '/api/voxels/0/grey/1/cells',
  '/api/voxels/1/phases/maxima',
  '/api/map/0/working',
  '/api/jobs/none/preview',
  '/api/exports/a.mp4',
  '/api/stage/none/project',
  '/assets/a.js',
  '/index.html',
];

let app: App;

/** Requests of a window that is none: whatever they hold, the answer is a document, and nobody is given what is not theirs. */
export const host: Target = {
  name: 'host',
  specimens: async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-fuzz-host-')));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    for (const name of ['open', 'config', 'renderer', 'outside']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'outside', 'secret.json'), JSON.stringify(SECRET));
    writeFileSync(join(folder, 'secret.json'), JSON.stringify(SECRET));
    writeFileSync(join(folder, 'renderer', 'index.html'), '<html></html>');
    const project = await writeProject(join(folder, 'open'), false);
    app = await createApp({
      config: join(folder, 'config'),
      roots: [join(folder, 'open')],
      renderer: join(folder, 'renderer'),
      desktop: 'key',
      threads: 1,
    });
    await app.open(project);
    return Object.entries(CALLS).map(([name, body]) =>
      single(name.replace('/', ' '), Buffer.from(JSON.stringify(body(project)))),
    );
  },
  attempt: async (attempt) => {
    const request = attempt.random.chance(0.6) ? await call(attempt) : look(attempt.random);
    if (!request) return;
    const response = await app.fetch(request);
    if ((response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
      await response.body?.cancel();
      return;
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    const where = `${request.method} ${request.url.slice(0, 300)}`;
    if (bytes.includes(SECRET)) throw new Broken(`${where} gives away a file of another folder`);
    if (response.status >= 500 && response.status !== 503)
      throw new Broken(`${where} answers ${response.status}: ${bytes.toString('utf8', 0, 500)}`);
    if (response.status < 400 || request.method === 'HEAD') return;
    const text = bytes.toString('utf8');
    if (/\n\s+at |\.ts:\d/.test(text)) throw new Broken(`${where} tells a stack trace: ${text.slice(0, 500)}`);
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    if (isJson && !errorSchema.safeParse(JSON.parse(text)).success)
      throw new Broken(`${where} answers no error document: ${text.slice(0, 300)}`);
  },
  seconds: 20,
  cases: 150,
};

async function call({ path, random }: Attempt): Promise<Request | null> {
  const name = path.split('/').at(-1)!.replace(' ', '/');
  const headers = new Headers();
  const types = [
    'application/json',
    'application/json',
    'application/json',
    'text/plain',
    'application/json; charset=utf-16',
    'multipart/form-data',
    '',
  ];
  headers.set('content-type', random.pick(types));
  if (random.chance(0.1)) headers.set('content-length', random.pick(['0', '-1', '99999999999', 'x']));
  if (random.chance(0.1)) headers.set('x-tomolapse-desktop', random.pick(['', 'kez', 'key\u00e9']));
  const method = random.pick(['POST', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH']);
  return made(
    `/api/${random.chance(0.05) ? random.pick(['__proto__', 'constructor', 'toString', '%00', '..%2f', name.toUpperCase()]) : name}`,
    {
      method,
      headers,
      body: await readFile(path),
    },
  );
}

const STEPS = [
  '..',
  '%2e%2e',
  '%2e%2e%2f',
  '..%5c',
  '.',
  '',
  '0',
  '-1',
  '1e9',
  '99999999999999999999',
  'NaN',
  '0.0.0',
  '-1.0.0',
  '9.9.9',
  '1.1',
  'grey',
  'lvf',
  'slice',
  'x',
  'cells',
  '%00',
  '%ff',
  '%',
  'secret.json',
  'outside',
  'é',
  '__proto__',
  'a'.repeat(5000),
];

/** A place that is not quite one. */
function look(random: Random): Request | null {
  const steps = random.pick(PLACES).split('/');
  for (let changes = 1 + random.skewed(3); changes > 0; changes--) {
    const at = 1 + random.below(steps.length);
    if (random.chance(0.6)) steps[at] = random.pick(STEPS);
    else steps.splice(at, random.below(2), random.pick(STEPS));
  }
  const headers = new Headers();
  if (random.chance(0.2)) headers.set('last-event-id', random.pick(['-1', '1e99', 'x', '0']));
  if (random.chance(0.2))
    headers.set('range', random.pick(['bytes=0-', 'bytes=9-1', 'bytes=-0', 'bytes=0-99999999999', 'x']));
  if (random.chance(0.2)) headers.set('if-none-match', random.pick(['*', '""', 'W/"x"']));
  return made(`${steps.join('/')}${random.chance(0.2) ? '?a=../../secret.json&b' : ''}`, {
    method: random.pick(['GET', 'GET', 'GET', 'HEAD', 'OPTIONS']),
    headers,
  });
}

/** Null where no program could send such a request. */
function made(path: string, init: RequestInit): Request | null {
  try {
    return new Request(`http://127.0.0.1${path.startsWith('/') ? path : `/${path}`}`, init);
  } catch {
    return null;
  }
}
