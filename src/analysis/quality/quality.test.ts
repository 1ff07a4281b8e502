import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Triple } from '../../core/geometry.ts';
import type { VoxelType } from '../../core/series.ts';
import { renderPhantom } from '../../engine/phantom.ts';
import { cellAt, drawCell, placeOf } from '../../phantom/cell.ts';
import { opticsOf } from '../../phantom/optics.ts';
import type { PhantomOptions } from '../../phantom/spec.ts';
import { specOf } from '../../phantom/variants.ts';
import { type Quality, qualityOf, seriesFlags } from './index.ts';

let folder = '';
let serial = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tomolapse-quality-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Voxels = Uint8Array | Int16Array | Uint16Array | Float32Array;

function judgeFile(path: string, shape: Triple, type: VoxelType, threads = 2): Promise<Quality> {
  const source = { segments: [{ path, offset: 0, rows: shape[0] * shape[1] }], shape, type, bigEndian: false };
  return qualityOf({ source }, { threads, signal: new AbortController().signal, progress: () => {} });
}

async function judge(voxels: Voxels, shape: Triple, threads = 2): Promise<Quality> {
  const path = join(folder, `${serial++}.raw`);
  await writeFile(path, voxels);
  const type = { Uint8Array: 'uint8', Int16Array: 'int16', Uint16Array: 'uint16', Float32Array: 'float32' } as const;
  return judgeFile(path, shape, type[voxels.constructor.name as keyof typeof type], threads);
}

/** Standard normal numbers that repeat from run to run. */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Part of a step blurred by a Gaussian, `distance` standard deviations from its middle. */
function blurred(distance: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(distance));
  const tail =
    0.3989423 *
    Math.exp(-0.5 * distance * distance) *
    t *
    (0.3193815 + t * (-0.3565638 + t * (1.781478 + t * (-1.821256 + t * 1.330274))));
  return distance > 0 ? 1 - tail : tail;
}

interface CellOptions {
  greys?: [number, number, number];
  outside?: number;
  noise?: number;
  blur?: number;
  seed?: number;
}

const SHAPE: Triple = [64, 96, 96];

/** Three tilted layers in a cylinder, grey values as given; every step blurred the same. */
function layers({ greys = [42000, 26000, 9000], outside = 14000, noise = 500, blur = 1, seed = 1 }: CellOptions = {}) {
  const draw = normals(seed);
  const voxels = new Float32Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  let at = 0;
  for (let z = 0; z < SHAPE[0]; z++)
    for (let y = 0; y < SHAPE[1]; y++)
      for (let x = 0; x < SHAPE[2]; x++, at++) {
        const lower = blurred((z - 20.3 - 0.03 * x) / blur);
        const upper = blurred((z - 44.6 + 0.02 * y) / blur);
        const inside = greys[0] + (greys[1] - greys[0]) * lower + (greys[2] - greys[1]) * upper;
        const rim = blurred((36.4 - Math.hypot(y - 47, x - 48.5)) / blur);
        voxels[at] = outside + (inside - outside) * rim + noise * draw();
      }
  return voxels;
}

function stored<A extends Uint8Array | Int16Array | Uint16Array>(
  voxels: Float32Array,
  into: A,
  low: number,
  high: number,
): A {
  for (let i = 0; i < voxels.length; i++) into[i] = Math.max(low, Math.min(high, Math.round(voxels[i]!)));
  return into;
}

describe('a clean cell', () => {
  test.each<[string, CellOptions, (voxels: Float32Array) => Voxels, number]>([
    ['float32 as attenuation', { greys: [2.1, 0.9, 0.25], outside: 0.5, noise: 0.04 }, (v) => v, 0.04],
    ['uint16, faint noise', { noise: 120 }, (v) => stored(v, new Uint16Array(v.length), 0, 65535), 120],
    ['uint16, strong noise', { noise: 2500 }, (v) => stored(v, new Uint16Array(v.length), 0, 65535), 2500],
    [
      'int16 around zero',
      { greys: [900, 100, -700], outside: -300, noise: 60 },
      (v) => stored(v, new Int16Array(v.length), -32768, 32767),
      60,
    ],
    ['uint8', { greys: [210, 130, 60], outside: 85, noise: 6 }, (v) => stored(v, new Uint8Array(v.length), 0, 255), 6],
  ])('%s: noise within 5 %, sharpness within 10 %, no flag', async (_, options, store, noise) => {
    const found = await judge(store(layers(options)), SHAPE);
    expect(found.noise! / noise).toBeGreaterThan(0.95);
    expect(found.noise! / noise).toBeLessThan(1.05);
    expect(found.fwhmVoxels! / 2.355).toBeGreaterThan(0.9);
    expect(found.fwhmVoxels! / 2.355).toBeLessThan(1.1);
    expect(found.flags).toEqual([]);
    expect(found.rings!).toBeLessThan(0.2);
    expect(found.clipped).toBeLessThan(1e-4);
  });

  test('blur is what is measured, and sharpness falls with it', async () => {
    const widths = await Promise.all([0.7, 1.2, 2].map(async (blur) => judge(layers({ blur }), SHAPE)));
    expect(widths.map((found) => found.fwhmVoxels! / 2.355 / 1)).toEqual([
      expect.closeTo(0.7, 1),
      expect.closeTo(1.2, 1),
      expect.closeTo(2, 1),
    ]);
    expect(widths[0]!.sharpness!).toBeCloseTo(Math.exp(-2 * (Math.PI * (0.7 / 8)) ** 2), 1);
    expect(widths[2]!.sharpness!).toBeLessThan(widths[1]!.sharpness!);
  });

  test('the numbers do not depend on how many threads there are', async () => {
    const voxels = layers({ noise: 900 });
    expect(await judge(voxels, SHAPE, 1)).toEqual(await judge(voxels, SHAPE, 3));
  });

  test('noise that neighbours share counts in full', async () => {
    const draw = normals(3);
    const white = Float32Array.from({ length: 64 ** 3 }, draw);
    const smooth = white.map(
      (value, i) => (value + (white[i - 1] ?? 0) + (white[i - 64] ?? 0) + (white[i - 4096] ?? 0)) / 2,
    );
    const found = await judge(smooth, [64, 64, 64]);
    expect(found.noise!).toBeCloseTo(1, 1);
    expect(found.metrics.whiteNoise!).toBeLessThan(0.9);
    expect(found.sharpness).toBeNull();
    expect(found.flags).toEqual([]);
  });
});

describe('volumes with little in them', () => {
  test.each<[string, Voxels, Triple]>([
    ['two voxels', new Uint16Array([3, 9]), [1, 1, 2]],
    ['one slice', new Uint8Array(40 * 40).map((_, i) => i % 251), [1, 40, 40]],
    ['without noise', layers({ noise: 0 }), SHAPE],
  ])('%s: nothing is made up', async (_, voxels, shape) => {
    const found = await judge(voxels, shape);
    expect(found.flags).toEqual([]);
    expect(found.rings === null || found.rings < 0.2).toBe(true);
  });
});

describe('clipping', () => {
  test('a collector at its upper limit is flagged, from a thousandth of it on', async () => {
    const cut = (level: number) =>
      judge(
        stored(
          layers({ greys: [level, 26000, 9000], noise: 900 }),
          new Uint16Array(SHAPE[0] * SHAPE[1] * SHAPE[2]),
          0,
          65535,
        ),
        SHAPE,
      );
    expect((await cut(61500)).flags).toEqual([]);
    const slightly = await cut(63200);
    expect(slightly.flags).toEqual(['clipped']);
    expect(slightly.clippedByPhase.bright).toBeGreaterThan(0.002);
    expect(slightly.clippedByPhase.bright).toBeLessThan(0.02);
    expect((await cut(70000)).clippedByPhase.bright).toBeGreaterThan(0.8);
  });

  test('zeros outside a round field of view and noise of air at zero are no fault', async () => {
    const voxels = stored(
      layers({ outside: 300, noise: 900 }),
      new Uint16Array(SHAPE[0] * SHAPE[1] * SHAPE[2]),
      0,
      65535,
    );
    expect((await judge(voxels, SHAPE)).flags).toEqual([]);
    for (let i = 0; i < voxels.length; i++) {
      const [y, x] = [Math.floor(i / 96) % 96, i % 96];
      if (Math.hypot(y - 47.5, x - 47.5) > 47.5) voxels[i] = 0;
    }
    const masked = await judge(voxels, SHAPE);
    expect(masked.flags).toEqual([]);
    expect(masked.clipped).toBeLessThan(0.15);
  });
});

describe('slices that hold nothing', () => {
  const plane = SHAPE[1] * SHAPE[2];
  test('a volume of one value has lost them all', async () => {
    const found = await judge(new Uint16Array(32 ** 3).fill(7), [32, 32, 32]);
    expect(found).toMatchObject({ noise: null, sharpness: null, rings: null, flags: ['aborted'] });
  });

  test('between others they are a fault, a few at the end are not', async () => {
    const voxels = stored(layers(), new Uint16Array(SHAPE[0] * plane), 0, 65535);
    const padded = voxels.slice().fill(0, 62 * plane);
    expect((await judge(padded, SHAPE)).flags).toEqual([]);
    const lost = voxels.slice().fill(0, 30 * plane, 33 * plane);
    const found = await judge(lost, SHAPE);
    expect(found.flags).toEqual(['aborted']);
    expect(found.metrics.lostSlices).toBeCloseTo(3 / 64, 6);
    expect(found.fwhmVoxels! / 2.355).toBeCloseTo(1, 0);
    const ended = voxels.slice().fill(0, 50 * plane);
    expect((await judge(ended, SHAPE)).flags).toEqual(['aborted']);
  });
});

/** The flawed scan of a synthetic series, or its first where none is. */
async function phantom(options: PhantomOptions): Promise<{ found: Quality; noise: number }> {
  const cell = drawCell(specOf({ size: 'small', ...options }));
  const scan = cell.flawScan ?? 0;
  const size = cell.shape[0] * cell.shape[1] * cell.shape[2];
  const voxels = cell.spec.type === 'uint8' ? new Uint8Array(size) : new Uint16Array(size);
  const optics = opticsOf(cell, scan);
  await renderPhantom((await cellAt(cell, scan)).scene, placeOf(cell, scan), optics, voxels, 2);
  const scale = cell.spec.type === 'uint8' ? 255 / (optics.white - optics.black) : 1;
  return { found: await judge(voxels, cell.shape), noise: optics.noise * optics.gain * scale };
}

describe('synthetic cells', () => {
  test.each<PhantomOptions>([
    { noise: 'low', seed: 1 },
    { noise: 'high', seed: 2 },
    { variants: ['narrow'], seed: 3 },
    { variants: ['symmetric'], seed: 4 },
    { variants: ['eight-bit', 'phase-fringes'], seed: 5 },
    { variants: ['cupping', 'halo'], seed: 6, axis: 'y' },
  ])('%j is clean', async (options) => {
    const { found, noise } = await phantom(options);
    expect(found.flags).toEqual([]);
    expect(found.noise! / noise).toBeGreaterThan(0.95);
    expect(found.noise! / noise).toBeLessThan(1.05);
  });

  test.each<[string, PhantomOptions, string[]]>([
    ['rings', { variants: ['rings'], seed: 1 }, ['rings']],
    ['rings across x', { variants: ['rings'], seed: 2, axis: 'x' }, ['rings']],
    ['clipped', { variants: ['clipped'], seed: 1 }, ['clipped']],
    ['aborted', { variants: ['aborted'], seed: 1 }, ['missing-wedge']],
    ['aborted, pellet wider than the field', { variants: ['narrow', 'aborted'], seed: 1 }, ['missing-wedge']],
    ['lost-slices', { variants: ['lost-slices'], seed: 1 }, ['aborted']],
    ['noise-burst', { variants: ['noise-burst'], seed: 1 }, ['uneven-noise']],
    ['drift-in-scan', { variants: ['drift-in-scan'], seed: 1 }, ['motion', 'wrong-centre']],
    ['wrong-centre', { variants: ['wrong-centre'], seed: 2, noise: 'high' }, ['motion', 'wrong-centre']],
  ])('%s is flagged as such', async (_, options, flags) => {
    const { found } = await phantom(options);
    expect(found.flags).toEqual(flags);
  });

  test('the error of the rotation axis is measured', async () => {
    const { found } = await phantom({ variants: ['wrong-centre'], seed: 1 });
    expect(found.metrics.turnMismatchVoxels!).toBeGreaterThan(4.5);
    expect(found.metrics.turnMismatchVoxels!).toBeLessThan(7);
  });
});

// Polymer fibres, CC-licensed micro-tomography: shared/data/rshkarin_quanfima.
const FIBRES = join(import.meta.dirname, '../../../../shared/data/rshkarin_quanfima/polymer3d_8bit_128x128x128.raw');
test.skipIf(!existsSync(FIBRES))('a real scan of fibres is called clipped, which it is, and nothing else', async () => {
  const found = await judgeFile(FIBRES, [128, 128, 128], 'uint8');
  expect(found.flags).toEqual(['clipped']);
});

describe('a series', () => {
  const scan = (noise: number | null, fwhmVoxels: number | null, contrast = 1000): Quality =>
    ({ noise, fwhmVoxels, metrics: { contrast } }) as Quality;
  test('scans noisier or blurrier than the usual one are named', () => {
    const scans = [scan(10, 2), scan(10.5, 2.1), scan(16, 2), scan(9.8, 2.9), scan(10, 1.9)];
    expect(seriesFlags(scans)).toEqual([[], [], ['noisy'], ['blurred'], []]);
  });
  test('other limits of grey do not make a scan noisy', () => {
    expect(seriesFlags([scan(10, 2), scan(10, 2), scan(30, 2, 3000)])).toEqual([[], [], []]);
  });
  test('two scans are too few, and what is unknown is not judged', () => {
    expect(seriesFlags([scan(10, 2), scan(90, 9)])).toEqual([[], []]);
    expect(seriesFlags([scan(10, 2), null, scan(null, null), scan(10, 2), scan(10, 2)])).toEqual([[], [], [], [], []]);
  });
});
