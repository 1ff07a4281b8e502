import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layerInfoSchema, projectStateSchema } from '../../../contract/app.ts';
import { errorSchema } from '../../../contract/errors.ts';
import { stageWorkSchema } from '../../../contract/stage.ts';
import { Project } from '../../../store/project.ts';
import { greyAt, SHAPE, writeProject } from '../fixtures/project.ts';
import { stageProject } from './export.ts';
import { type StageProject, type Work, Works } from './works.ts';

const SIZE = [4, 2] as const;
const BYTES = SIZE[0] * SIZE[1] * 3;

let folder: string;
let project: StageProject;
const works = new Works(1);
const taken: { frame: number; samples: number; first: number }[] = [];
const said: string[] = [];
let next: number | null = 3;
let begun: ReturnType<Works['begin']>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-works-'));
  const held = new Project(await writeProject(folder, true), { command: 'test', writes: false });
  project = await stageProject(held, 1);
  held.close();
  writeFileSync(join(folder, 'logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  const work: Work = {
    storyboard: { version: 1 },
    size: SIZE,
    fps: 30,
    samples: null,
    waitS: 60,
    projects: [project],
    file: (name) => (['logo.svg', 'notes.txt'].includes(name) ? join(folder, name) : null),
    next: () => next,
    async take(frame, pixels, samples) {
      taken.push({ frame, samples, first: pixels[0]! });
      next = frame < 5 ? frame + 1 : null;
    },
    failed: (message) => said.push(message),
    heard: () => undefined,
  };
  begun = works.begin(work);
});
afterAll(() => {
  project.session.close();
  rmSync(folder, { recursive: true, force: true });
});

const id = () => /work=([0-9a-f]{32})$/.exec(begun.page)![1]!;

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return await works.routes.fetch(new Request(`http://127.0.0.1/api/stage/${id()}${path}`, init));
}
const frame = (n: number, value: number, length = BYTES) =>
  ask(`/frames/${n}?samples=7`, { method: 'POST', body: new Uint8Array(length).fill(value) });

test('a page is told its work, with its projects as they are', async () => {
  const told = stageWorkSchema.parse(await (await ask('')).json());
  expect(told).toMatchObject({ size: [4, 2], fps: 30, samples: null, next: 3, storyboard: { version: 1 } });
  const state = projectStateSchema.parse(told.projects[0]!.state);
  expect([state.scans.length, state.canUndo]).toEqual([2, false]);
});

test('a frame is taken when it is wanted, whole, and once', async () => {
  expect(await (await frame(3, 9)).json()).toEqual({ next: 4 });
  // Sent again, or ahead: what is wanted is told, and nothing taken.
  expect(await (await frame(3, 8)).json()).toEqual({ next: 4 });
  expect(await (await frame(5, 8)).json()).toEqual({ next: 4 });
  for (const length of [BYTES - 1, BYTES + 1, 0]) expect((await frame(4, 1, length)).status).toBe(400);
  expect(await (await frame(4, 10)).json()).toEqual({ next: 5 });
  expect(await (await frame(5, 11)).json()).toEqual({ next: null });
  expect(taken).toEqual([
    { frame: 3, samples: 7, first: 9 },
    { frame: 4, samples: 7, first: 10 },
    { frame: 5, samples: 7, first: 11 },
  ]);
});

test('voxels and layers of its projects are those of the window', async () => {
  const slice = await ask('/projects/0/voxels/0/grey/0/slice/z/5');
  expect(slice.headers.get('x-shape')).toBe(`${SHAPE[1]},${SHAPE[2]}`);
  expect(new Uint16Array(await slice.arrayBuffer())[6 * SHAPE[2] + 7]).toBe(greyAt(0, [5, 6, 7]));
  const layer = await ask('/projects/0/layer', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ scan: 1, layer: 'phases' }),
  });
  expect(layerInfoSchema.parse(await layer.json())).toMatchObject({ shape: SHAPE, voxels: 'rgba8' });
});

test('pictures that its storyboard names are sent, nothing else', async () => {
  const logo = await ask('/files/logo.svg');
  expect([logo.headers.get('content-type'), await logo.text()]).toEqual([
    'image/svg+xml',
    expect.stringMatching(/^<svg/),
  ]);
  for (const name of ['notes.txt', 'other.png', '..%2Fcell.tomolapse%2Fproject.db'])
    expect((await ask(`/files/${name}`)).status, name).toBe(404);
});

test('what is not there is 404 in words', async () => {
  for (const path of [
    '/projects/1/voxels/0/grey/floor',
    '/projects/0/voxels/9/grey/floor',
    '/projects/0/map/1/working',
    '/projects/0/map/9/working',
  ]) {
    const answer = await ask(path);
    expect(answer.status, path).toBe(404);
    expect(errorSchema.parse(await answer.json()).error.message).toMatch(/\w/);
  }
});

test('a page that gives up is heard; after the end nobody is', async () => {
  const body = JSON.stringify({ message: 'no brick' });
  await ask('/failed', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(said).toEqual(['no brick']);
  begun.end();
  for (const path of ['', '/projects/0/voxels/0/grey/floor']) expect((await ask(path)).status).toBe(404);
  expect((await frame(6, 1)).status).toBe(404);
});
