import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppEvent } from '../../contract/app.ts';
import { tiffBytes } from '../../formats/reference/tiff_bytes.ts';
import { reportCrash, startLog } from '../../log/index.ts';
import { Project } from '../../store/project.ts';
import { type App, createApp } from './app.ts';
import { MOST_BYTES } from './body.ts';
import { writeProject, writeScans } from './fixtures/project.ts';
import { Window } from './fixtures/window.ts';

const STEPS = new URL('../jobs/fixtures/steps.ts', import.meta.url).href;

let folder: string;
let config: string;
let path: string;
let app: App;
let window: Window;

const started = () =>
  createApp({
    config,
    roots: [join(folder, 'open')],
    renderer: join(folder, 'renderer'),
    desktop: 'desk',
    threads: 2,
    registry: STEPS,
  });

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-app-')));
  mkdirSync(join(folder, 'open'));
  path = await writeProject(join(folder, 'open'), false);
  process.env['STEPS_LOG'] = join(folder, 'steps.log');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  config = mkdtempSync(join(folder, 'config-'));
  app = await started();
  window = new Window(app);
});
afterEach(() => app.close());

describe('a project', () => {
  test('opens with its scans, its log and a place among the recent ones', async () => {
    expect((await window.call('state', {})).project).toBeNull();
    const project = await window.call('open', { path });
    expect(project).toMatchObject({ name: 'cell', voxelSizeUm: [2, 1, 1], reference: 0, canUndo: false });
    expect(project.scans.map(({ name, layers }) => [name, layers])).toEqual([
      ['scan_0', ['grey']],
      ['scan_1', ['grey']],
    ]);
    const { timeH, voltageV, chargeMahCm2 } = project.cycling!;
    expect(timeH.length).toBeLessThan(5000);
    expect(Math.max(...voltageV)).toBe(3);
    // 1 mA on 1 cm² from the middle of the reference's exposure on.
    expect(chargeMahCm2!.at(-1)! - chargeMahCm2![0]!).toBeCloseTo(timeH.at(-1)! - timeH[0]!, 6);
    expect(chargeMahCm2![timeH.findIndex((h) => h >= 0.05)]).toBeCloseTo(0, 2);
    const { recent } = await window.call('state', {});
    expect(recent).toMatchObject([{ path, name: 'cell', exists: true }]);
    expect(statSync(join(config, 'app.json')).mode & 0o777).toBe(0o600);
  });

  test('keeps storyboards; the window hears when they changed, and undo takes the change back', async () => {
    const { plans, revision } = await window.call('open', { path });
    const board = { version: 1, shots: [] };
    const set = await window.call('setStoryboards', { changes: { talk: board } });
    expect(set.plans).not.toBe(plans);
    // Results need not be read again.
    expect(set.revision).toBe(revision);
    expect(set.canUndo).toBe(true);
    expect((await window.call('storyboards', {})).own).toEqual({ talk: board });
    await window.call('close', {});
    await window.call('open', { path });
    expect((await window.call('storyboards', {})).own).toEqual({ talk: board });
    expect((await window.call('undo', {})).plans).toBeGreaterThan(set.plans);
    expect((await window.call('storyboards', {})).own).toEqual({});
    expect((await window.fail('setStoryboards', { changes: { '': board } }))[0]).toBe(400);
  });

  test('says at once why an export cannot be', async () => {
    await window.call('open', { path });
    const camera = [{ at: 0, value: { target: 'cell', azimuth: 0, elevation: 0, distance: 1 } }];
    const panels = [{ kind: 'volume', id: 'cell', rect: [0, 0, 1, 1], camera }];
    const storyboard = { version: 1, shots: [{ seconds: 1, time: { kind: 'hold', at: 'start' }, panels }] };
    const movie = { kind: 'movie', name: 'a', storyboard, file: 'a.mp4', codec: 'h264' };
    const rest = { size: null, fps: null, samples: null, other: null, logos: null };
    const failing = async (change: object) => await window.fail('export', { ...movie, ...rest, ...change });
    expect(await failing({ storyboard: { version: 1, shots: [] } })).toEqual([422, expect.stringContaining('shots')]);
    expect((await failing({ file: '../a.mp4' }))[0]).toBe(400);
    expect((await failing({ file: '/etc/a.mp4' }))[0]).toBe(403);
    expect(await failing({ size: [641, 480] })).toEqual([400, expect.stringContaining('even width')]);
    expect(await failing({ codec: 'gif' })).toEqual([400, expect.stringContaining('GIF is not written into .mp4')]);
    expect((await window.call('state', {})).jobs).toEqual([]);
  });

  test('offers to go on with an export that its host did not end', async () => {
    const request = {
      kind: 'figures',
      figures: [{ name: 'mine', layout: { version: 1, rows: [[{ kind: 'efficiency' }]] } }],
      forms: ['svg'],
      dotsPerInch: null,
      other: null,
      folder: null,
    };
    const killed = new Project(path, { command: 'serve', writes: true });
    killed.beginExport('old', request);
    killed.close();
    await window.call('open', { path });
    const { jobs: told } = await window.call('state', {});
    expect(told).toMatchObject([{ id: 'old', state: 'failed', resumable: true, title: 'Figure mine' }]);
    expect((await window.fail('resume', { job: 'other' }))[0]).toBe(400);
    const watched = window.events(ended);
    const again = await window.call('resume', { job: 'old' });
    expect(again).toMatchObject({ title: 'Figure mine', state: 'running' });
    await watched;
    expect((await window.call('state', {})).jobs.map(({ id }) => id)).toEqual([again.id]);
    await app.close();
    const after = new Project(path, { command: 'serve', writes: true });
    expect(after.exports()).toEqual([]);
    after.close();
  });

  test('lists and sends what was exported, and nothing else of the project', async () => {
    await window.call('open', { path });
    const folder = join(path, 'exports');
    mkdirSync(join(folder, 'frames'), { recursive: true });
    for (const name of ['a b.mp4', 'a b.mp4.json', '.work']) writeFileSync(join(folder, name), 'bytes');
    const { files } = await window.call('exports', {});
    expect(files.map(({ name, kind, bytes }) => [name, kind, bytes]).sort()).toEqual([
      ['a b.mp4', 'file', 5],
      ['frames', 'folder', null],
    ]);
    const sent = await window.get('/api/exports/a%20b.mp4');
    expect(sent.headers.get('content-type')).toBe('video/mp4');
    expect(await sent.text()).toBe('bytes');
    for (const name of ['..%2Fproject.db', '.work', 'frames', 'none.mp4'])
      expect((await window.get(`/api/exports/${name}`)).status).toBe(404);
    expect((await window.get('/api/jobs/none/preview')).status).toBe(404);
  });

  test('keeps how the window was left, and how the start page was', async () => {
    await window.call('setWorkspace', { state: { start: 1 } });
    await window.call('open', { path });
    await window.call('setWorkspace', { state: { panels: ['3D', 'xy'] } });
    await window.call('close', {});
    expect(await window.call('workspace', {})).toEqual({ state: { start: 1 } });
    await window.call('open', { path });
    expect(await window.call('workspace', {})).toEqual({ state: { panels: ['3D', 'xy'] } });
  });

  test('takes a recipe, takes it back and makes it again; a wrong one is named by its field', async () => {
    const { revision } = await window.call('open', { path });
    const changed = await window.call('setRecipe', { recipe: { lvf: { clip: true } } });
    expect(changed).toMatchObject({ recipe: { lvf: { clip: true } }, canUndo: true, canRedo: false });
    expect(changed.revision).toBeGreaterThan(revision);
    expect(await window.call('undo', {})).toMatchObject({ recipe: {}, canUndo: false, canRedo: true });
    expect((await window.call('redo', {})).recipe).toEqual({ lvf: { clip: true } });
    await window.call('undo', {});
    expect(await window.fail('setRecipe', { recipe: { lvf: { clop: true } } })).toEqual([
      400,
      expect.stringMatching(/recipe\.lvf.*clop/),
    ]);
    expect(await window.fail('setRecipe', { recipe: { reference: 7 } })).toEqual([
      422,
      expect.stringMatching(/scans 0 to 1/),
    ]);
  });

  test('finds scans that were moved, where it is told to look', async () => {
    // Farther away than is looked without being told.
    const away = join(folder, 'open', 'far', 'away', 'from');
    const moved = join(away, 'here');
    mkdirSync(away, { recursive: true });
    await window.call('open', { path });
    renameSync(join(folder, 'open', 'scans'), moved);
    await window.call('close', {});
    const { scans } = await window.call('open', { path });
    expect(scans.map(({ missing, layers }) => [missing, layers])).toEqual([
      [true, []],
      [true, []],
    ]);
    expect((await window.call('pick', { scan: 0, voxel: [1, 1, 1] })).grey).toBeNull();
    expect(await window.fail('relink', { folder: '/etc' })).toEqual([
      403,
      expect.stringMatching(/outside the folders/),
    ]);
    const outcome = await window.call('relink', { folder: join(folder, 'open') });
    expect(outcome).toMatchObject({ found: ['scan_0', 'scan_1'], missing: [], others: [] });
    expect(outcome.project.scans.map(({ missing }) => missing)).toEqual([false, false]);
    renameSync(moved, join(folder, 'open', 'scans'));
    rmSync(join(folder, 'open', 'far'), { recursive: true });
    // Back beside the project they are found by themselves.
    await window.call('close', {});
    const again = await window.call('open', { path });
    expect(again.scans.map(({ missing }) => missing)).toEqual([false, false]);
  });

  test('that is none, is damaged or is not open is answered with words', async () => {
    expect(await window.fail('run', { until: null })).toEqual([400, expect.stringMatching(/no project is open/)]);
    const bad = join(folder, 'open', 'bad.tomolapse');
    mkdirSync(bad);
    expect(await window.fail('open', { path: bad })).toEqual([422, expect.stringMatching(/no project\.db/)]);
    writeFileSync(
      join(bad, 'project.db'),
      'This is no database at all, but long enough to be read as one. '.repeat(40),
    );
    expect(await window.fail('open', { path: bad })).toEqual([422, expect.stringMatching(/damaged/)]);
    rmSync(bad, { recursive: true });
  });
});

/** Pages of one grey value each, as many as a volume has slices. */
function stack(slices: number, height: number, width: number) {
  return Array.from({ length: slices }, (_, z) => page(height, width, Buffer.alloc(height * width, z)));
}

/** Two time points of two slices of 8 × 8 voxels, as ImageJ says it. */
function frames(voxels: Uint8Array) {
  const said = 'ImageJ=1.54f\nimages=4\nslices=2\nframes=2\nhyperstack=true\n';
  return [0, 1, 2, 3].map((z) => page(8, 8, Buffer.from(voxels.subarray(z * 64, (z + 1) * 64)), z === 0 ? said : ''));
}

function page(height: number, width: number, pixels: Buffer, said = '') {
  const tags = { 256: [width], 257: [height], 258: [8], 259: [1], 262: [1], 277: [1], 278: [height] };
  return { tags: said ? { ...tags, 270: said } : tags, chunks: [pixels] };
}

describe('a new project', () => {
  test('takes headerless files as they are told to lie, and says which need it', async () => {
    const scans = join(folder, 'open', 'headerless');
    mkdirSync(scans);
    const voxels = Uint16Array.from({ length: 6 * 7 * 8 }, (_, i) => i);
    writeFileSync(join(scans, 'a.raw'), Buffer.concat([Buffer.alloc(12), Buffer.from(voxels.buffer)]));
    const asked = { paths: [scans], times: null, intervalH: null, voxelSizeUm: 1 };
    const before = await window.call('inspect', asked);
    expect(before.scans).toMatchObject([{ blocked: true, headerless: true }]);
    expect(before.scans[0]!.problems[0]).not.toContain('--');
    const raw = { shape: [6, 7, 8] as [number, number, number], type: 'uint16' as const, offset: 12 };
    const wrong = await window.call('inspect', { ...asked, raw: { ...raw, offset: 0 } });
    expect(wrong.scans[0]).toMatchObject({ blocked: true, headerless: true });
    expect(wrong.scans[0]!.problems[0]).toMatch(/a header of 12 bytes/);
    const { scans: drafts } = await window.call('inspect', { ...asked, raw });
    expect(drafts).toMatchObject([{ blocked: false, shape: [6, 7, 8], type: 'uint16', hints: raw }]);
    const plane = await window.call('preview', { path: drafts[0]!.path, axis: 'z', at: 0.5, hints: raw });
    expect([plane.width, plane.height]).toEqual([8, 7]);
    const rest = { cycling: null, platingSign: 'negative' as const, workingAreaMm2: null, counterAreaMm2: null };
    const made = await window.call('create', { path: join(folder, 'open', 'told'), scans: drafts, ...rest });
    expect(made.scans[0]).toMatchObject({ shape: [6, 7, 8], missing: false });
    expect((await window.call('pick', { scan: 0, voxel: [1, 2, 3] })).grey).toBe(56 + 16 + 3);
    await window.call('close', {});
    rmSync(scans, { recursive: true });
    rmSync(made.path, { recursive: true });
  });

  test('asks which volume of a file is meant, and previews any time point of a series in one', async () => {
    const scans = join(folder, 'open', 'several');
    mkdirSync(scans);
    const several = join(scans, 'several.tif');
    writeFileSync(several, tiffBytes({ pages: [...stack(3, 10, 12), ...stack(4, 9, 9)] }));
    const asked = { paths: [several], times: null, intervalH: null, voxelSizeUm: 1 };
    const { scans: drafts } = await window.call('inspect', asked);
    expect(drafts[0]).toMatchObject({ blocked: true });
    const names = drafts[0]!.datasets!.map(({ name }) => name);
    expect(drafts[0]!.datasets!.map(({ shape }) => shape)).toEqual([
      [3, 10, 12],
      [4, 9, 9],
    ]);
    const chosen = await window.call('inspect', { ...asked, datasets: { [several]: names[1]! } });
    expect(chosen.scans[0]).toMatchObject({ blocked: false, shape: [4, 9, 9], hints: { dataset: names[1] } });
    const series = join(scans, 'series.tif');
    const voxels = Uint8Array.from({ length: 4 * 64 }, (_, i) => (i < 2 * 64 ? 10 : 200));
    writeFileSync(series, tiffBytes({ pages: frames(voxels) }));
    const found = await window.call('inspect', { ...asked, paths: [series] });
    expect(found.scans.map(({ frame }) => frame)).toEqual([0, 1]);
    const middle = async (frame: number) =>
      (await window.call('preview', { path: series, axis: 'z', at: 0, frame })).range[0];
    expect([await middle(0), await middle(1)]).toEqual([10, 200]);
    rmSync(scans, { recursive: true });
  });

  test('comes from scans as they are found and confirmed; what cannot be used says why', async () => {
    const scans = join(folder, 'open', 'found');
    writeScans(scans);
    writeFileSync(join(scans, 'broken.tif'), 'II*\0 cut short');
    writeFileSync(
      join(scans, 'times.csv'),
      'file,start_h,end_h\nscan_0_90x80x70_uint16.raw,1,1.5\nscan_1_90x80x70_uint16.raw,0,0.5\n',
    );
    const found = await window.call('inspect', {
      paths: [scans],
      times: join(scans, 'times.csv'),
      intervalH: null,
      voxelSizeUm: 1.5,
    });
    expect(found.scans.map(({ name, timeH, blocked }) => [name, timeH, blocked])).toEqual([
      ['scan_1_90x80x70_uint16', 0.25, false],
      ['scan_0_90x80x70_uint16', 1.25, false],
      ['broken.tif', null, true],
    ]);
    expect(found.scans[0]).toMatchObject({
      shape: [70, 80, 90],
      type: 'uint16',
      bytes: 1008000,
      timeFrom: 'times.csv',
    });
    expect(found.scans[2]!.problems).toHaveLength(1);
    const asked = {
      path: join(folder, 'open', 'made'),
      cycling: null,
      platingSign: 'negative' as const,
      workingAreaMm2: 7,
      counterAreaMm2: null,
    };
    expect(await window.fail('create', { ...asked, scans: found.scans })).toEqual([
      422,
      expect.stringMatching(/Leave it out/),
    ]);
    const named = found.scans.slice(0, 2).map((draft, i) => ({ ...draft, name: `state ${i}` }));
    const project = await window.call('create', { ...asked, scans: named });
    expect(project).toMatchObject({ path: `${asked.path}.tomolapse`, voxelSizeUm: [1.5, 1.5, 1.5] });
    expect(project.scans.map(({ name, timeH }) => [name, timeH])).toEqual([
      ['state 0', 0.25],
      ['state 1', 1.25],
    ]);
    const shown = await window.call('preview', { path: found.scans[0]!.path, axis: 'y', at: 0.5 });
    expect(Buffer.from(shown.pixels, 'base64')).toHaveLength(shown.width * shown.height);
    expect([shown.height, shown.width]).toEqual([70, 90]);
  });
});

describe('folders', () => {
  test('are shown as far as they were opened', async () => {
    const open = join(folder, 'open');
    const { entries, parent } = await window.call('list', { path: open });
    expect(parent).toBeNull();
    expect(entries.find(({ name }) => name === 'cell.tomolapse')?.kind).toBe('project');
    const inside = await window.call('list', { path: join(open, 'scans') });
    expect(inside.parent).toBe(open);
    expect(inside.entries.map(({ kind, bytes }) => [kind, bytes])).toEqual([
      ['volume', 1008000],
      ['volume', 1008000],
    ]);
    mkdirSync(join(open, 'rec.ome.zarr'));
    const volume = (await window.call('list', { path: open })).entries.find(({ name }) => name === 'rec.ome.zarr');
    expect(volume).toMatchObject({ kind: 'volume', bytes: null });
    rmSync(join(open, 'rec.ome.zarr'), { recursive: true });
  });

  test('outside are refused: plainly, by steps upwards, by links, relative or with a null byte', async () => {
    const open = join(folder, 'open');
    const secret = join(folder, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, 'key.raw'), 'secret');
    symlinkSync(secret, join(open, 'way-out'));
    symlinkSync(join(secret, 'key.raw'), join(open, 'scans', 'key_1x2x3_uint8.raw'));
    symlinkSync(join(secret, 'not-yet'), join(open, 'dangling'));
    try {
      for (const place of [secret, `${open}/../secret`, join(open, 'way-out'), `${open}-2`, '/', '/etc'])
        expect(await window.fail('list', { path: place })).toEqual([403, expect.stringMatching(/outside/)]);
      for (const place of ['secret', 'relative/..', `${open}\0`])
        expect((await window.fail('list', { path: place }))[0]).toBe(400);
      const asked = { times: null, intervalH: null, voxelSizeUm: 1 };
      expect((await window.fail('inspect', { ...asked, paths: [join(open, 'scans')] }))[0]).toBe(403);
      expect((await window.fail('inspect', { ...asked, paths: [open], times: join(secret, 'key.raw') }))[0]).toBe(403);
      expect((await window.fail('preview', { path: join(open, 'way-out', 'key.raw'), axis: 'z', at: 0 }))[0]).toBe(403);
      expect((await window.fail('open', { path: secret }))[0]).toBe(403);
      expect((await window.fail('demo', { folder: join(open, 'dangling') }))[0]).toBe(403);
      const names = (await window.call('list', { path: open })).entries.map(({ name }) => name);
      expect(names).not.toContain('way-out');
    } finally {
      rmSync(join(open, 'way-out'));
      rmSync(join(open, 'dangling'));
      rmSync(join(open, 'scans', 'key_1x2x3_uint8.raw'));
      rmSync(secret, { recursive: true });
    }
  });

  test('are opened by the desktop alone, and stay so', async () => {
    const other = join(folder, 'other');
    mkdirSync(other, { recursive: true });
    expect((await window.fail('grant', { paths: [other] }))[0]).toBe(403);
    expect((await window.fail('grant', { paths: [other] }, { 'x-tomolapse-desktop': 'desc' }))[0]).toBe(403);
    const granted = await window.post('/api/grant', JSON.stringify({ paths: [other] }), {
      'x-tomolapse-desktop': 'desk',
    });
    expect(granted.status).toBe(200);
    expect((await window.call('list', { path: other })).entries).toEqual([]);
    await app.close();
    app = await started();
    expect((await new Window(app).call('list', { path: other })).entries).toEqual([]);
  });
});

describe('messages that are none', () => {
  test.each([
    ['no JSON', '{"path": ', {}, 400],
    ['another type', 'path=/', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['no type', '{}', { 'content-type': '' }, 415],
    ['a list', '[]', {}, 400],
    ['a wrong field', '{"path": 7}', {}, 400],
    ['an announced flood', '{}', { 'content-length': String(MOST_BYTES + 1) }, 413],
    ['a flood', `{"path": "${'x'.repeat(MOST_BYTES)}"}`, {}, 413],
    ['depth', `${'['.repeat(200_000)}`, {}, 400],
  ])('%s: refused, with a document', async (_, body, headers, status) => {
    const response = await window.post('/api/list', body, headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: 'usage' } });
  });

  test('a command that asks about a project in the wrong form is refused too', async () => {
    for (const what of ['held/snapshot', 'held/verify']) expect((await window.fail(what, { path: 7 }))[0]).toBe(400);
  });

  test('unknown places are 404', async () => {
    for (const name of ['nothing', '__proto__', 'constructor', 'state/more'])
      expect((await window.fail(name, {}))[0]).toBe(404);
    expect((await window.get('/api/state')).status).toBe(404);
  });
});

describe('the window', () => {
  test('that is not built has a page that says so; built, it is served with its types', async () => {
    expect((await window.get('/')).status).toBe(503);
    mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'renderer', 'index.html'), '<title>Tomolapse</title>');
    writeFileSync(join(folder, 'renderer', 'assets', 'a.js'), '1');
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    const page = await window.get('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const script = await window.get('/assets/a.js');
    expect(script.headers.get('content-type')).toMatch(/javascript/);
    expect(script.headers.get('cache-control')).toMatch(/immutable/);
    for (const place of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/none.js',
    ])
      expect((await window.get(place)).status).toBe(404);
  });
});

const jobs = (events: AppEvent[]) => events.flatMap((event) => (event.kind === 'job' ? [event.job] : []));
const ended = (events: AppEvent[]) => jobs(events).some(({ state }) => state !== 'running');

describe('work', () => {
  test('is a job that is told as it goes, and its results with it', async () => {
    await window.call('open', { path });
    const watched = window.events(ended);
    const job = await window.call('run', { until: null });
    expect(job).toMatchObject({ title: 'Analysis', state: 'running' });
    const events = (await watched).map(({ event }) => event);
    expect(jobs(events).at(-1)).toMatchObject({ id: job.id, state: 'done', fraction: 1 });
    expect(jobs(events).some(({ step }) => /^(Measuring|Comparing|Summing)/.test(step))).toBe(true);
    expect(events.some(({ kind }) => kind === 'project')).toBe(true);
    expect((await window.call('state', {})).jobs).toHaveLength(1);
  });

  test('removes results that nothing refers to, once it was said how many', async () => {
    await window.call('open', { path });
    const objects = join(path, 'objects');
    const [prefix] = readdirSync(objects).filter((name) => !name.startsWith('.'));
    const [stored] = readdirSync(join(objects, prefix!));
    const stray = join(objects, prefix!, `${prefix}${'0'.repeat(62)}`);
    cpSync(join(objects, prefix!, stored!), stray, { recursive: true });
    const { unused, kept } = await window.call('unused', {});
    expect(unused.results).toBe(1);
    expect(unused.bytes).toBeGreaterThan(0);
    const watched = window.events(ended);
    await window.call('clean', {});
    expect(jobs((await watched).map(({ event }) => event)).at(-1)).toMatchObject({
      kind: 'clean',
      state: 'done',
      message: expect.stringMatching(/^Removed 1 unused result: /),
    });
    expect(existsSync(stray)).toBe(false);
    expect(await window.call('unused', {})).toEqual({ unused: { results: 0, bytes: 0 }, kept });
  });

  test('is one at a time, is cancelled when asked, and by closing', async () => {
    await window.call('open', { path });
    await window.call('setRecipe', { recipe: { denoise: { gaussianSigma: 7 } } });
    const job = await window.call('run', { until: null });
    expect(await window.fail('run', { until: null })).toEqual([409, expect.stringMatching(/"Analysis" is running/)]);
    expect((await window.fail('cancel', { job: 'another' }))[0]).toBe(400);
    const watched = window.events(ended);
    await window.call('cancel', { job: job.id });
    expect(jobs((await watched).map(({ event }) => event)).at(-1)).toMatchObject({ id: job.id, state: 'cancelled' });
    const again = await window.call('run', { until: null });
    await window.call('close', {});
    expect((await window.call('state', {})).jobs.find(({ id }) => id === again.id)?.state).toBe('cancelled');
    await window.call('open', { path });
    await window.call('undo', {});
  });

  test('that fails says why', async () => {
    await window.call('open', { path });
    const watched = window.events(ended);
    await window.call('run', { until: 'nonsense' });
    expect(jobs((await watched).map(({ event }) => event)).at(-1)).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/no step of the name nonsense/),
    });
  });
});

describe('what goes wrong', () => {
  const state = () => join(config, 'state');
  const written = () => readdirSync(join(state(), 'crashes')).map((name) => join(state(), 'crashes', name));

  test('in the window is written down, and the window learns where', async () => {
    startLog('host', '0.1.0', state());
    const fault = { message: 'Cannot read "grey values 41, 17"', stack: 'Error: x\n    at View (assets/index.js:1:2)' };
    const { file } = await window.call('report', fault);
    expect(written()).toEqual([file]);
    const text = readFileSync(file!, 'utf8');
    expect(JSON.parse(text)).toMatchObject({ process: 'window', stack: ['at View (assets/index.js:1:2)'] });
    expect(text).not.toContain('grey values');
    // A fault with every frame does not fill the disk.
    for (let i = 0; i < 30; i++) await window.call('report', fault);
    expect(written().length).toBeLessThanOrEqual(10);
  });

  test('with a host is told by the next one, once', async () => {
    startLog('host', '0.1.0', state());
    const file = reportCrash(new Error('it fell over'));
    expect((await window.call('state', {})).crash).toBe(file);
    expect((await window.call('state', {})).crash).toBeNull();
  });

  test('is in the log, without what a message quotes', async () => {
    startLog('host', '0.1.0', state());
    await window.call('open', { path });
    await window.fail('open', { path: join(folder, 'open', 'none.tomolapse') });
    const watched = window.events(ended);
    await window.call('run', { until: 'nonsense' });
    await watched;
    const lines = readFileSync(join(state(), 'logs', 'tomolapse.log'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => line.split(' ')[3])).toEqual([
      'project.open',
      'failed',
      'job.begin',
      'failed',
      'job.end',
    ]);
    expect(lines[0]).toContain(`path=${path} scans=2`);
    expect(lines[3]).toContain('code=usage what="Cannot run the recipe"');
    // What a message quotes may come from a file.
    expect(lines.join()).not.toContain('nonsense');
  });
});

describe('events', () => {
  const settings = (count: number) => (events: AppEvent[]) =>
    events.filter(({ kind }) => kind === 'settings').length >= count;

  test('that were missed come first; who missed too much is told how things are', async () => {
    const watched = window.events(settings(3));
    for (const gpuMiB of [200, 300, 400]) await window.call('setSettings', { gpuMiB });
    const seen = await watched;
    expect(seen.map(({ id }) => Number(id))).toEqual([0, 1, 2].map((i) => Number(seen[0]!.id) + i));
    // Of what was told again and again, the last is enough.
    const replayed = await window.events(settings(1), seen[0]!.id);
    expect(replayed).toEqual(seen.slice(2));
    const nothing = window.events(settings(1), seen[2]!.id);
    await window.call('setSettings', { gpuMiB: 500 });
    expect(await nothing).toMatchObject([{ event: { settings: { gpuMiB: 500 } } }]);
    for (const unknown of ['1', '99999999999999', 'nonsense']) {
      const now = await window.events(settings(1), unknown);
      expect(now.map(({ event }) => event.kind)).toContain('project');
      expect(now.find(({ event }) => event.kind === 'settings')?.event).toMatchObject({ settings: { gpuMiB: 500 } });
    }
  });

  test('of settings: kept, checked', async () => {
    await window.call('setSettings', { theme: 'light' });
    expect((await window.fail('setSettings', { memoryMiB: 1 }))[0]).toBe(400);
    await app.close();
    app = await started();
    expect((await new Window(app).call('state', {})).settings.theme).toBe('light');
  });

  test('that an earlier host did not finish is told when its project is opened', async () => {
    const result = (step: string, done: boolean) => ({ step, scan: -1, key: 'a'.repeat(64), done });
    const planned = async (...results: ReturnType<typeof result>[]) => {
      await window.call('close', {});
      const project = new Project(path, { command: 'test', writes: true });
      project.setPlannedResults(results);
      project.close();
      await window.call('open', { path });
      return (await window.call('state', {})).jobs;
    };
    expect(await planned(result('layers', true))).toEqual([]);
    expect(await planned(result('layers', true), result('track', false))).toMatchObject([
      {
        title: 'Analysis',
        state: 'failed',
        fraction: 0.5,
        message: expect.stringMatching(/: 1 of 2 results are there/),
      },
    ]);
  });
});
