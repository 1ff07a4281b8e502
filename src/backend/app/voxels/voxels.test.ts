import {
  closeSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IDENTITY, type Triple } from '../../../core/geometry.ts';
import { openVolume, readBlock } from '../../../engine/volume.ts';
import { type App, createApp } from '../app.ts';
import { CRACKED, greyAt, lvfAt, phasesAt, SHAPE, SHIFT, writeProject } from '../fixtures/project.ts';
import { Window } from '../fixtures/window.ts';
import { readSlice } from './brick.ts';
import { readCells } from './cells.ts';
import { greyLayer, viewOfFile } from './grey.ts';
import { Kept } from './kept.ts';
import { Queue } from './queue.ts';
import type { LayerSource } from './source.ts';

let folder: string;
let app: App;
let window: Window;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-voxels-')));
  const path = await writeProject(folder, true);
  app = await createApp({ config: join(folder, 'config'), roots: [folder], renderer: folder, threads: 2 });
  window = new Window(app);
  await window.call('open', { path });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

async function counts(path: string): Promise<Uint16Array> {
  const response = await window.get(`/api/voxels/${path}`);
  expect(response.status).toBe(200);
  return new Uint16Array(await response.arrayBuffer());
}

const clamped = (at: number, k: number, shape: Triple) => Math.max(0, Math.min(shape[k]! - 1, at));

/** Every voxel of a brick, with where it lies once edges are repeated. */
function* placesOf(brick: Triple, shape: Triple): Generator<[number, Triple]> {
  for (let i = 0; i < 66 ** 3; i++) {
    const inside = [Math.floor(i / 66 ** 2), Math.floor(i / 66) % 66, i % 66];
    yield [i, inside.map((at, k) => clamped(brick[k]! * 64 - 1 + at, k, shape)) as Triple];
  }
}

describe('bricks', () => {
  test.each([[[0, 0, 0]], [[1, 1, 1]], [[0, 1, 0]]] as [Triple][])(
    'of grey at %j are readBlock of the file, edges repeated',
    async (brick) => {
      const found = await counts(`0/grey/0/${brick.join('.')}`);
      const path = join(folder, 'scans', 'scan_0_90x80x70_uint16.raw');
      const source = {
        segments: [{ path, offset: 0, rows: 70 * 80 }],
        shape: SHAPE,
        type: 'uint16' as const,
        bigEndian: false,
      };
      const view = {
        volume: openVolume(source),
        axis: [0, 1, 2] as Triple,
        flip: [false, false, false] as [boolean, boolean, boolean],
      };
      const wanted = await readBlock(view, brick.map((n) => n * 64 - 1) as Triple, [66, 66, 66]);
      expect(found).toEqual(Uint16Array.from(wanted));
    },
  );

  test('of a registered scan lie on the grid of the reference', async () => {
    const found = await counts('1/grey/0/0.0.0');
    let wrong = 0;
    for (const [i, place] of placesOf([0, 0, 0], SHAPE)) {
      const moved = place.map((at, k) => at + SHIFT[k]!) as Triple;
      const inside = moved.every((at, k) => at >= 0 && at < SHAPE[k]!);
      if (found[i] !== (inside ? greyAt(1, moved) : 0)) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test('of a coarse level are means of 2 × 2 × 2 voxels', async () => {
    const found = await counts('0/grey/1/0.0.0');
    const shape: Triple = [35, 40, 45];
    let worst = 0;
    for (const [i, [z, y, x]] of placesOf([0, 0, 0], shape)) {
      let sum = 0;
      for (let k = 0; k < 8; k++) sum += greyAt(0, [2 * z + (k >> 2), 2 * y + ((k >> 1) & 1), 2 * x + (k & 1)]);
      worst = Math.max(worst, Math.abs(found[i]! - sum / 8));
    }
    expect(worst).toBeLessThanOrEqual(0.5);
  });

  test('of lithium and of phases are what is stored', async () => {
    const lvf = await counts('1/lvf/0/1.1.1');
    const phases = new Uint8Array(await (await window.get('/api/voxels/1/phases/0/1.1.1')).arrayBuffer());
    let wrong = 0;
    for (const [i, place] of placesOf([1, 1, 1], SHAPE)) {
      if (lvf[i]! - 32768 !== lvfAt(place)) wrong++;
      const fractions = phasesAt(place);
      for (let c = 0; c < 4; c++) if (phases[i * 4 + c] !== fractions[c]) wrong++;
    }
    expect(wrong).toBe(0);
    const coarse = await counts('1/lvf/1/0.0.0');
    let sum = 0;
    for (let k = 0; k < 8; k++) sum += lvfAt([2 + (k >> 2), 4 + ((k >> 1) & 1), 6 + (k & 1)]);
    expect(Math.abs(coarse[(2 * 66 + 3) * 66 + 4]! - 32768 - sum / 8)).toBeLessThanOrEqual(0.5);
  });

  test('are known again by their tag, and by their revision', async () => {
    const first = await window.get('/api/voxels/0/grey/0/0.0.0');
    const tag = first.headers.get('etag')!;
    expect(first.headers.get('x-shape')).toBe('66,66,66');
    expect(first.headers.get('x-revision')).toMatch(/^[0-9a-f]{16}$/);
    const again = await window.get('/api/voxels/0/grey/0/0.0.0', { 'if-none-match': tag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const other = await window.get('/api/voxels/0/grey/0/0.0.1', { 'if-none-match': tag });
    expect(other.status).toBe(200);
  });

  test.each([
    '0/grey/0/2.0.0',
    '0/grey/2/0.0.0',
    '0/grey/9/0.0.0',
    '7/grey/0/0.0.0',
    '0/lvf/0/0.0.0',
    '0/lvf/floor',
    '0/phases/maxima',
    '0/grey/0/slice/z/70',
    '0/rgb/floor',
    '0/grey/0/-1.0.0',
    '0/grey/0/1e1.0.0',
    '00/grey/floor',
  ])('%s: 404 with words', async (path) => {
    const response = await window.get(`/api/voxels/${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
  });
});

test('the floor is the whole volume, a slice one of its planes', async () => {
  const floor = await window.get('/api/voxels/0/grey/floor');
  expect(floor.headers.get('x-shape')).toBe('70,80,90');
  expect(floor.headers.get('x-level')).toBe('0');
  const whole = new Uint16Array(await floor.arrayBuffer());
  expect(whole[(5 * 80 + 6) * 90 + 7]).toBe(greyAt(0, [5, 6, 7]));
  const slice = await window.get('/api/voxels/1/grey/0/slice/y/20');
  expect(slice.headers.get('x-shape')).toBe('70,90');
  expect(new Uint16Array(await slice.arrayBuffer())[30 * 90 + 40]).toBe(greyAt(1, [32, 17, 41]));
  const maxima = await window.get('/api/voxels/1/phases/maxima');
  expect(maxima.headers.get('x-shape')).toBe('9,10,12');
  expect(maxima.headers.get('x-cell')).toBe('8');
});

describe('ranges of cells', () => {
  /** Least and most of the voxels of a cell and one around it, from the voxels of a whole level. */
  function lookedAt(level: Uint16Array, shape: Triple, cell: Triple): [number, number] {
    const [low, high] = [cell.map((n) => Math.max(0, n * 4 - 1)), cell.map((n, k) => Math.min(shape[k]!, n * 4 + 5))];
    let [least, most] = [65535, 0];
    for (let z = low[0]!; z < high[0]!; z++)
      for (let y = low[1]!; y < high[1]!; y++)
        for (let x = low[2]!; x < high[2]!; x++) {
          const count = level[(z * shape[1] + y) * shape[2] + x]!;
          [least, most] = [Math.min(least, count), Math.max(most, count)];
        }
    return [least, most];
  }

  async function expectCells(layer: string, level: number, whole: Uint16Array, shape: Triple) {
    const response = await window.get(`/api/voxels/1/${layer}/${level}/cells`);
    expect([response.status, response.headers.get('x-level')]).toEqual([200, String(level)]);
    const [nz, ny, nx] = shape.map((n) => Math.ceil(n / 4)) as Triple;
    expect(response.headers.get('x-cell')).toBe('4');
    expect(response.headers.get('x-shape')).toBe([nz, ny, nx].join());
    const found = new Uint16Array(await response.arrayBuffer());
    expect(found).toHaveLength(nz * ny * nx * 2);
    for (const [z, y, x] of [
      [0, 0, 0],
      [nz - 1, ny - 1, nx - 1],
      [1, 2, 3],
      [nz - 1, 0, 2],
    ] as Triple[]) {
      const at = ((z * ny + y) * nx + x) * 2;
      expect([found[at], found[at + 1]]).toEqual(lookedAt(whole, shape, [z, y, x]));
    }
  }

  test.each(['grey', 'lvf'])('of %s are those of the voxels as they are sent', async (layer) => {
    const whole = new Uint16Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
    for (let z = 0; z < SHAPE[0]; z++) whole.set(await counts(`1/${layer}/0/slice/z/${z}`), z * SHAPE[1] * SHAPE[2]);
    await expectCells(layer, 0, whole, SHAPE);
    const coarse: Triple = [35, 40, 45];
    const halves = new Uint16Array(coarse[0] * coarse[1] * coarse[2]);
    for (let z = 0; z < coarse[0]; z++)
      halves.set(await counts(`1/${layer}/1/slice/z/${z}`), z * coarse[1] * coarse[2]);
    await expectCells(layer, 1, halves, coarse);
  });

  test('know their tag, and are none where there is no such layer or level', async () => {
    const tag = (await window.get('/api/voxels/1/grey/1/cells')).headers.get('etag')!;
    expect((await window.get('/api/voxels/1/grey/1/cells', { 'if-none-match': tag })).status).toBe(304);
    for (const path of ['0/lvf/0/cells', '1/grey/2/cells', '1/phases/0/cells', '7/grey/0/cells'])
      expect((await window.get(`/api/voxels/${path}`)).status, path).toBe(404);
  });

  test('whose asker goes away are left, a slab at a time, and read for the next one', async () => {
    const read: number[] = [];
    const gone = new AbortController();
    const layer: LayerSource = {
      key: 'tall',
      shape: [40, 1024, 1024],
      levels: 2,
      voxels: 'uint16',
      scale: 1,
      offset: 0,
      async read(_, [z], extent) {
        read.push(z);
        if (z > 0) gone.abort();
        return new Uint16Array(extent[0] * extent[1] * extent[2]).fill(z);
      },
      survey: async () => ({ range: [0, 1], histogram: { range: [0, 1], counts: [] } }),
    };
    const queue = new Queue(1);
    const left = readCells(layer, 0, 1, (slab) => queue.run(gone.signal, slab));
    await expect(left).rejects.toThrow('nobody waits');
    expect(read).toEqual([0, 8]);
    const all = await readCells(layer, 0, 1, (slab) => slab());
    expect(read.slice(2)).toEqual([0, 8, 16, 24, 32]);
    expect([...all.ranges.slice(0, 2), ...all.ranges.slice(-2)]).toEqual([0, 8, 24, 32]);
  });
});

test('layers tell how their counts are read, and what they hold', async () => {
  const grey = await window.call('layer', { scan: 1, layer: 'grey' });
  expect(grey).toMatchObject({ shape: SHAPE, levels: 2, voxels: 'uint16', scale: 1, offset: 0 });
  expect(grey.histogram.counts.reduce((sum, count) => sum + count)).toBe(3 * 80 * 90);
  const lvf = await window.call('layer', { scan: 1, layer: 'lvf' });
  expect(lvf.offset + lvf.scale * 32768).toBe(0);
  expect(lvf.range[0]).toBeCloseTo(-400 / 8192, 10);
  expect((await window.call('layer', { scan: 1, layer: 'phases' })).voxels).toBe('rgba8');
});

test('picked values are exact; a profile is linear between voxels and empty outside', async () => {
  const at: Triple = [10, 20, 30];
  expect(await window.call('pick', { scan: 1, voxel: at })).toEqual({
    grey: greyAt(1, [12, 17, 31]),
    lvf: lvfAt(at) / 8192,
    phases: phasesAt(at).map((count) => count / 255),
    crack: 2,
  });
  for (const { at: voxel, crack } of CRACKED)
    expect(await window.call('pick', { scan: 1, voxel })).toMatchObject({ crack });
  // Beside a crack is none, however near.
  expect(await window.call('pick', { scan: 1, voxel: [10, 20, 32] })).toMatchObject({ crack: null });
  expect(await window.call('pick', { scan: 0, voxel: at })).toMatchObject({ crack: null });
  expect(await window.call('pick', { scan: 1, voxel: [0, 0, 500] })).toMatchObject({ grey: null, lvf: null });
  const line = await window.call('profile', { scan: 0, layer: 'grey', from: [3, 4, 5], to: [3, 4, 7], count: 5 });
  const [a, b, c] = [5, 6, 7].map((x) => greyAt(0, [3, 4, x])) as Triple;
  expect(line).toEqual({ distanceUm: [0, 0.5, 1, 1.5, 2], value: [a, (a + b) / 2, b, (b + c) / 2, c] });
  const slanted = await window.call('profile', {
    scan: 0,
    layer: 'grey',
    from: [0, 0, 0],
    to: [69, 79, 120],
    count: 4096,
  });
  expect(slanted.value.at(-1)).toBeNull();
  expect(slanted.distanceUm.at(-1)).toBeCloseTo(Math.hypot(138, 79, 120), 9);
  expect(slanted.value.filter((value) => value !== null).length).toBeGreaterThan(2900);
  expect(
    (await window.call('profile', { scan: 0, layer: 'lvf', from: [0, 0, 0], to: [1, 1, 1], count: 2 })).value,
  ).toEqual([null, null]);
});

test('float volumes are spread over the counts; what is outside a moved file is 0', async () => {
  const path = join(folder, 'float.raw');
  writeFileSync(
    path,
    Float32Array.from({ length: 8 * 8 * 8 }, (_, i) => i / 100 - 1),
  );
  const source = {
    segments: [{ path, offset: 0, rows: 64 }],
    shape: [8, 8, 8] as Triple,
    type: 'float32' as const,
    bigEndian: false,
  };
  const scan = { index: 0, name: '', path, fingerprint: '', source, startH: null, timeH: null, endH: null };
  const layer = await greyLayer(scan, viewOfFile(scan), { key: '', shape: [8, 8, 8], matrix: IDENTITY.with(11, 4) }, 1);
  const read = await layer.read(0, [0, 0, 0], [1, 1, 8]);
  const values = Array.from(read, (count) => layer.offset + layer.scale * count);
  [4, 5, 6, 7].forEach((x, i) => {
    expect(values[i]).toBeCloseTo(x / 100 - 1, 3);
  });
  expect(values[7]).toBeCloseTo(0, 3);
});

test('what is kept longest unasked goes first, and what failed is tried again', async () => {
  const made: string[] = [];
  const kept = new Kept<number>(10, (bytes) => bytes);
  const get = (key: string) =>
    kept.get(key, async () => {
      made.push(key);
      return 5;
    });
  for (const key of ['a', 'b', 'a', 'c', 'b']) await get(key);
  expect(made.slice(0, 3)).toEqual(['a', 'b', 'c']);
  await expect(kept.get('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await kept.get('x', async () => 1)).toBe(1);
});

test('a read that nobody waits for any more is left out of the queue', async () => {
  const queue = new Queue(1);
  const gone = new AbortController();
  let done = () => {};
  const first = queue.run(new AbortController().signal, () => new Promise<void>((resolve) => (done = resolve)));
  const second = queue.run(gone.signal, async () => 'read').catch((error: Error) => error.message);
  const third = queue.run(new AbortController().signal, async () => 'read');
  gone.abort();
  done();
  await first;
  expect(await second).toMatch(/nobody waits/);
  expect(await third).toBe('read');
});

test('a plane that has a voxel in every page of a huge file is read from a coarser level, in the size that was asked for', async () => {
  const path = join(folder, 'huge.raw');
  const shape: Triple = [600, 600, 2048];
  const file = openSync(path, 'w');
  const bright = new Uint16Array(8).fill(5000);
  for (const z of [300, 301])
    for (const y of [200, 201]) writeSync(file, bright, 0, 16, ((z * shape[1] + y) * shape[2] + 96) * 2);
  closeSync(file);
  truncateSync(path, shape[0] * shape[1] * shape[2] * 2);
  const source = {
    segments: [{ path, offset: 0, rows: shape[0] * shape[1] }],
    shape,
    type: 'uint16' as const,
    bigEndian: false,
  };
  const scan = { index: 0, name: '', path, fingerprint: '', source, startH: null, timeH: null, endH: null };
  const layer = await greyLayer(scan, viewOfFile(scan), null, 2);
  const across = (await readSlice(layer, 0, 'x', 97))!;
  expect([across.shape, across.level, across.voxels.length]).toEqual([[600, 600], 1, 360_000]);
  const lit = [...across.voxels.entries()].filter(([, count]) => count > 0);
  expect(lit).toEqual([300, 301].flatMap((z) => [200, 201].map((y) => [z * 600 + y, 5000])));
  const along = (await readSlice(layer, 0, 'y', 200))!;
  expect([along.level, along.voxels[300 * 2048 + 96]]).toEqual([0, 5000]);
  expect((await readSlice(layer, 1, 'x', 48))!.level).toBe(1);
  rmSync(path);
});
