import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cylinder, Region, Triple } from '../../core/geometry.ts';
import { rowOf } from '../../core/regions.ts';
import { type App, createApp } from './app.ts';
import { greyAt, lvfAt, SHAPE, SHIFT, writeProject } from './fixtures/project.ts';
import { Window } from './fixtures/window.ts';

let folder: string;
let app: App;
let window: Window;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-measure-')));
  const path = await writeProject(folder, true);
  app = await createApp({ config: join(folder, 'config'), roots: [folder], renderer: folder, threads: 2 });
  window = new Window(app);
  await window.call('open', { path });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

function valuesIn(region: Region, value: (place: Triple) => number | null): number[] {
  const found: number[] = [];
  for (let z = 0; z < SHAPE[0]; z++)
    for (let y = 0; y < SHAPE[1]; y++) {
      const [from, to] = rowOf(region, z, y);
      for (let x = Math.max(0, from); x < Math.min(SHAPE[2], to); x++) {
        const one = value([z, y, x]);
        if (one !== null) found.push(one);
      }
    }
  return found;
}

function numbersOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    sd: Math.sqrt(squares / (values.length - 1)),
    min: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    max: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  };
}

const cylinder: Cylinder = {
  kind: 'cylinder',
  axis: 'y',
  center: [35, 44.5],
  radius: 22,
  range: [10, 60],
  follow: 'none',
};

test('the numbers of a box are those of its voxels', async () => {
  const box: Region = { kind: 'box', min: [3, 5, 7], max: [40, 61, 80] };
  const measured = await window.call('measure', { scan: 0, region: box });
  const wanted = numbersOf(valuesIn(box, (place) => greyAt(0, place)));
  expect(measured).toMatchObject({ voxels: 37 * 56 * 73, outside: 0, lithium: null, registered: true });
  expect(measured.volumeUm3).toBe(37 * 56 * 73 * 2);
  expect(measured.grey!.mean).toBeCloseTo(wanted.mean, 8);
  expect(measured.grey!.sd!).toBeCloseTo(wanted.sd, 8);
  expect(measured.grey).toMatchObject({ min: wanted.min, max: wanted.max });
});

test('a cylinder in a moved scan holds the same place of the cell, and its lithium', async () => {
  const measured = await window.call('measure', { scan: 1, region: cylinder });
  const all = valuesIn(cylinder, () => 1).length;
  const values = valuesIn(cylinder, (place) => {
    const moved = place.map((at, k) => at + SHIFT[k]!) as Triple;
    return moved.every((at, k) => at >= 0 && at < SHAPE[k]!) ? greyAt(1, moved) : null;
  });
  expect(measured).toMatchObject({ voxels: all, outside: all - values.length });
  expect(measured.grey!.mean).toBeCloseTo(numbersOf(values).mean, 8);
  const lithium = valuesIn(cylinder, lvfAt).reduce((sum, count) => sum + count, 0) / 8192;
  expect(measured.lithium!.fraction).toBeCloseTo(lithium / all, 10);
  expect(measured.lithium!.volumeUm3).toBeCloseTo(lithium * 2, 6);
});

test('voxels outside the file count for the volume alone', async () => {
  const edge: Region = { kind: 'box', min: [0, 0, 0], max: [4, 4, 4] };
  const measured = await window.call('measure', { scan: 1, region: edge });
  expect(measured).toMatchObject({ voxels: 64, outside: 48 });
  const beyond = await window.call('measure', { scan: 0, region: { ...edge, min: [500, 0, 0], max: [504, 4, 4] } });
  expect(beyond).toMatchObject({ voxels: 0, volumeUm3: 0, grey: null, lithium: null });
});

test('who gives up ends the reading', async () => {
  const stop = new AbortController();
  const body = JSON.stringify({ scan: 0, region: cylinder });
  const headers = { 'content-type': 'application/json' };
  const request = new Request('http://127.0.0.1/api/measure', { method: 'POST', body, headers, signal: stop.signal });
  const answer = app.fetch(request);
  stop.abort();
  expect((await answer).status).toBe(409);
});

test('what is measured is part of the recipe, and taken back', async () => {
  const changed = await window.call('setRecipe', { recipe: { measure: { 'tip of the crack': cylinder } } });
  expect(changed.recipe.measure).toEqual({ 'tip of the crack': cylinder });
  expect((await window.call('undo', {})).recipe.measure).toBeUndefined();
  const outside = { ...cylinder, range: [0, 999] as [number, number] };
  expect(await window.fail('setRecipe', { recipe: { measure: { far: outside } } })).toEqual([
    422,
    expect.stringMatching(/measure\.far.*outside the volume along y/),
  ]);
});
