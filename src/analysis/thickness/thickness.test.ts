import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../core/canonical.ts';
import type { AxisName, Cylinder, Matrix4, Triple } from '../../core/geometry.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { StepResult } from '../../core/step.ts';
import { describeFile, volumeSource } from '../../formats/describe.ts';
import type { Cracks } from '../cracks/index.ts';
import { layersResult } from '../fixtures/cell.ts';
import {
  COLLECTOR,
  ELECTROLYTE,
  fileShape,
  LITHIUM,
  normalised,
  registered,
  type SceneOptions,
  unmatched,
  writeScans,
} from '../fixtures/scans.ts';
import { runStep } from '../fixtures/step.ts';
import type { Intensity } from '../intensity/index.ts';
import type { Layers } from '../layers/index.ts';
import type { Registration } from '../register/index.ts';
import { thickness } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-thickness-'));
afterAll(() => rmSync(folder, { recursive: true }));
let serial = 0;

const SHAPE: Triple = [48, 40, 42];
/** Voxels; the foil reaches from 36.5 to 44.5, copper behind it. */
const VOXEL = 2;
const [FACE, BACK] = [36.5, 44.5];
const CENTER: [number, number] = [19.5, 20.5];
const RADIUS = 14;

interface Scene {
  /** Voxels of lithium on the working electrode, in place of the collector, by scan and column. */
  film?: (v: number, u: number, scan: number) => number;
  /** Voxels by which the foil's back has come forward, copper following, or its face gone back, electrolyte following. */
  back?: number;
  face?: number;
  /** Voxels of lithium cracks in the electrolyte, and what `cracks` has found of them. */
  crack?: (s: number, v: number, u: number) => boolean;
  scans?: number;
  scan?: number;
  recipe?: Recipe;
  stack?: { axis: AxisName; collectorEnd: 'low' | 'high' };
  noise?: number;
  layers?: (layers: Layers) => Partial<Layers>;
  register?: Partial<Registration>;
  intensity?: Partial<Intensity>;
  range?: [number, number];
  /** Without a region at the counter electrode. */
  counter?: null;
}

/** Share of voxel s that lies between two heights. */
const between = (s: number, low: number, high: number) => Math.max(0, Math.min(s + 0.5, high) - Math.max(s - 0.5, low));

async function measure(asked: Scene) {
  const { film = () => 0, back = 0, face = 0, crack = () => false, scans = 2, scan = 1, recipe = {} } = asked;
  const { stack = { axis: 'z', collectorEnd: 'low' }, noise = 0, range = [2, 26] } = asked;
  const here = join(folder, String(serial++));
  const scene: SceneOptions = { shape: SHAPE, stack, noise };
  const surface = (v: number) => 14 + 0.1 * (v - 19.5);
  const series = writeScans(join(here, 'scans'), scans, scene, (k, s, v, u) => {
    const plated = k === 0 ? 0 : film(v, u, k);
    const height = surface(v);
    const moved = k === 0 ? { face: FACE, back: BACK } : { face: FACE + face, back: BACK - back };
    const lithium = between(s, height - plated, height) + between(s, moved.face, moved.back);
    const metal = between(s, -1, height - plated) + between(s, moved.back, SHAPE[0]);
    if (k > 0 && crack(s, v, u)) return LITHIUM;
    return lithium * LITHIUM + metal * COLLECTOR + (1 - lithium - metal) * ELECTROLYTE;
  });
  series.voxelSizeUm = [VOXEL, VOXEL, VOXEL];
  const low = stack.collectorEnd === 'low';
  const file = fileShape(scene);
  const region = ([from, to]: [number, number], radius: number): Cylinder => ({
    kind: 'cylinder',
    axis: stack.axis,
    center: CENTER,
    radius,
    range: low ? [from, to] : [SHAPE[0] - to, SHAPE[0] - from],
    follow: 'surface',
  });
  const layers = layersResult(join(here, 'layers'), file, stack, (plain) => ({
    working: { ...plain.working!, coefficients: [14, 0.1 * 21, 0, 0, 0, 0] },
    counter: { ...plain.counter!, coefficients: [FACE, 0, 0, 0, 0, 0] },
    foilEnd: { s: BACK, level: COLLECTOR },
    pellet: { center: CENTER, drift: [0, 0], radius: 18, outerRadius: null },
    regions: {
      ...plain.regions,
      analysis: region(range, RADIUS),
      counter: asked.counter === null ? null : region([30, 47], RADIUS),
    },
    ...asked.layers?.(plain),
  }));
  const directory = join(here, 'out');
  mkdirSync(directory);
  const matched = {
    normalise: normalised(),
    register: registered(asked.register),
    intensity: unmatched(asked.intensity),
  };
  const value = await runStep(thickness, {
    recipe,
    series,
    scan,
    directory,
    results: {
      ...matched,
      layers,
      cracks: cracksOf(join(here, 'cracks'), crack),
      baselineRegister: matched.register,
      baselineIntensity: matched.intensity,
    },
  });
  canonicalJson(value);
  return { ...value, directory };
}

/** What `cracks` leaves when it has found every voxel of `crack`. */
function cracksOf(directory: string, crack: (s: number, v: number, u: number) => boolean): StepResult<Cracks> {
  const index: number[] = [];
  for (let i = 0; i < SHAPE[0] * SHAPE[1] * SHAPE[2]; i++)
    if (crack(Math.floor(i / (SHAPE[1] * SHAPE[2])), Math.floor(i / SHAPE[2]) % SHAPE[1], i % SHAPE[2])) index.push(i);
  mkdirSync(directory);
  writeFileSync(join(directory, 'index.f64'), Float64Array.from(index));
  writeFileSync(join(directory, 'part.u16'), new Uint16Array(index.length));
  writeFileSync(join(directory, 'core.u8'), new Uint8Array(index.length).fill(1));
  writeFileSync(join(directory, 'fraction.f32'), new Float32Array(index.length).fill(1));
  writeFileSync(join(directory, 'plated.f32'), new Float32Array(index.length));
  return { key: '', directory, value: { refused: null, threshold: 0, clearance: 4, parts: [], notes: [] } };
}

const inside = (v: number, u: number) => Math.hypot(v - CENTER[0], u - CENTER[1]) <= RADIUS;
const uneven = (v: number, u: number) => 2 + 0.05 * (v - 19.5) + 0.08 * (u - 20.5);

describe('the thickness on the working electrode', () => {
  test('is the film as it lies there, parts of voxels and all', async () => {
    const { working, notes, profile, directory } = await measure({ film: uneven });
    // The film's mean over a disc about its middle, with greys rounded to whole numbers.
    expect(Math.abs(working!.meanUm - 2 * VOXEL)).toBeLessThan(0.003);
    expect(working).toMatchObject({ inCracksUm: 0, map: 'thickness_working.tif' });
    expect(working!.totalUm).toBe(working!.meanUm);
    expect(working!.coverage).toBeCloseTo((RADIUS / 18) ** 2, 1);
    expect(notes).toEqual([]);
    const { counts, underflow, overflow, rangeUm } = working!.histogram;
    const bins = counts.flatMap((count, k) =>
      count > 0 ? [((k + 0.5) / counts.length) * (rangeUm[1] - rangeUm[0])] : [],
    );
    expect(Math.min(...bins)).toBeGreaterThan(0.8);
    expect(Math.max(...bins)).toBeLessThan(7.2);
    expect([underflow, overflow]).toEqual([0, 0]);
    const { segments } = volumeSource(await describeFile(join(directory, working!.map)));
    const file = readFileSync(segments[0]!.path);
    const map = new Float32Array(new Uint8Array(file.subarray(segments[0]!.offset)).buffer, 0, SHAPE[1] * SHAPE[2]);
    let columns = 0;
    for (let v = 0; v < SHAPE[1]; v++)
      for (let u = 0; u < SHAPE[2]; u++) {
        const um = map[v * SHAPE[2] + u]!;
        if (!inside(v, u)) {
          expect(um).toBeNaN();
          continue;
        }
        columns++;
        expect(Math.abs(um - uneven(v, u) * VOXEL)).toBeLessThan(0.01);
      }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(columns);
    // Lithium lies below the interface, at z < 0.
    const lithium = profile!.meanLvf.reduce<number>((sum, lvf) => sum + (lvf ?? 0), 0);
    expect(lithium * VOXEL).toBeCloseTo(working!.meanUm, 1);
    profile!.zUm.forEach((z, k) => {
      if (z > VOXEL) expect(Math.abs(profile!.meanLvf[k]!)).toBeLessThan(0.01);
    });
    expect(profile!.meanLvf[profile!.zUm.indexOf(-VOXEL)]).toBeGreaterThan(0.7);
  });

  test('is the same whichever way the cell lies in its file', async () => {
    const plain = await measure({ film: uneven });
    for (const stack of [
      { axis: 'z', collectorEnd: 'high' },
      { axis: 'x', collectorEnd: 'low' },
      { axis: 'y', collectorEnd: 'high' },
    ] as const) {
      const turned = await measure({ film: uneven, stack });
      expect(turned.working!.meanUm).toBeCloseTo(plain.working!.meanUm, 6);
      expect(turned.counter!.meanUm).toBeCloseTo(plain.counter!.meanUm, 6);
      expect(turned.working!.histogram).toEqual(plain.working!.histogram);
    }
  });

  test('is negative where the collector has grown', async () => {
    const { working } = await measure({ film: () => -1.5 });
    expect(Math.abs(working!.meanUm + 1.5 * VOXEL * ((COLLECTOR - ELECTROLYTE) / (COLLECTOR - LITHIUM)))).toBeLessThan(
      0.01,
    );
    expect(working!.histogram.underflow).toBeGreaterThan(500);
  });

  test('leaves out cracks, and tells what is in them apart', async () => {
    const crack = (s: number, v: number, u: number) => s >= 18 && s < 21 && v >= 12 && v < 24 && u >= 14 && u < 26;
    const { working } = await measure({ film: () => 2, crack });
    const columns = countInside();
    expect(Math.abs(working!.meanUm - 2 * VOXEL)).toBeLessThan(0.005);
    expect(working!.inCracksUm).toBeCloseTo((3 * 144 * VOXEL) / columns, 2);
    expect(working!.totalUm).toBeCloseTo(working!.meanUm + working!.inCracksUm, 9);
  });

  test('is unbiased by noise, and says how much of its scatter is noise', async () => {
    const { working } = await measure({ film: () => 2, noise: 1500 });
    expect(Math.abs(working!.meanUm - 2 * VOXEL)).toBeLessThan(working!.uncertaintyUm);
    expect(working!.uncertaintyUm).toBeLessThan(0.15);
    expect(working!.stdUm).toBeGreaterThan(0.4);
    expect(working!.stdCorrectedUm).toBeLessThan(0.5 * working!.stdUm);
    expect(working!.coveredFraction).toBeGreaterThan(0.99);
    // The median takes a part of the film away: that is why both are told.
    expect(working!.publishedMeanUm).toBeGreaterThan(0.7 * working!.meanUm);
    expect(working!.publishedMeanUm).toBeLessThan(1.1 * working!.meanUm);
  });

  test('tells where the lithium lies: covered part, rings, edge over centre', async () => {
    const edge = (v: number, u: number) => (Math.hypot(v - CENTER[0], u - CENTER[1]) > 10 ? 4 : 1);
    const { working } = await measure({ film: edge });
    expect(working!.edgeToCentre).toBeCloseTo(4, 1);
    const { rUm, meanUm } = working!.radialProfile;
    expect(rUm.at(-1)).toBeLessThan(RADIUS * VOXEL);
    expect(meanUm[rUm.findIndex((r) => r > 4 * VOXEL)]).toBeCloseTo(VOXEL, 1);
    expect(meanUm.at(-1)).toBeCloseTo(4 * VOXEL, 1);
    const half = await measure({ film: (v) => (v < 19.5 ? 3 : 0) });
    expect(half.working!.coveredFraction).toBeGreaterThan(0.45);
    expect(half.working!.coveredFraction).toBeLessThan(0.6);
  });

  test('of the reference is nothing', async () => {
    const { working, counter, profile } = await measure({ film: () => 3, scan: 0, noise: 900 });
    expect(working).toMatchObject({
      meanUm: 0,
      uncertaintyUm: 0,
      totalUm: 0,
      stdUm: 0,
      publishedMeanUm: 0,
      edgeToCentre: null,
    });
    expect(counter).toMatchObject({ meanUm: 0, uncertaintyUm: 0 });
    expect(profile!.meanLvf.every((lvf) => lvf === 0)).toBe(true);
  });

  test('counts from the scan before where the recipe says so', async () => {
    const growing: Scene = { film: (_, __, scan) => 1.5 * scan, scans: 4, scan: 3 };
    expect((await measure(growing)).working!.meanUm).toBeCloseTo(4.5 * VOXEL, 2);
    expect((await measure({ ...growing, recipe: { reference: 'previous' } })).working!.meanUm).toBeCloseTo(
      1.5 * VOXEL,
      2,
    );
  });

  test('says so when the lithium reaches below the region', async () => {
    const { notes } = await measure({ film: () => 7, range: [9, 26] });
    expect(notes.join()).toMatch(/reaches the lower end of the region/);
  });

  test('of a scan that has moved out of the field is that of the columns still in it', async () => {
    const view: Matrix4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 14, 0, 0, 0, 1];
    const { working, notes } = await measure({ film: () => 0, register: { view } });
    expect(working!.coverage).toBeLessThan(0.55);
    expect(notes.join()).toMatch(/% of the working electrode's region lies outside this scan/);
  });

  test('of a scan whose grey values are matched is that of the matched', async () => {
    const match = { gain: 1.03, offset: -400 };
    const plain = await measure({ film: () => 2 });
    // The scan is written unmatched: the match that undoes nothing puts its greys off by as much.
    const off = await measure({
      film: () => 2,
      intensity: { ...match, applied: true, electrolyte: { mean: 0, sigma: 0, n: 9 } },
    });
    expect(Math.abs(off.working!.meanUm - plain.working!.meanUm)).toBeGreaterThan(0.5);
    const ignored = await measure({ film: () => 2, intensity: { ...match, applied: false } });
    expect(ignored.working!.meanUm).toBe(plain.working!.meanUm);
  });
});

describe('the counter electrode', () => {
  test('loses what the copper behind it has taken', async () => {
    const { counter } = await measure({ back: 2.5 });
    expect(Math.abs(counter!.meanUm + 2.5 * VOXEL)).toBeLessThan(0.02);
  });

  test('loses what the electrolyte before it has taken', async () => {
    const { counter } = await measure({ face: 1.5 });
    expect(Math.abs(counter!.meanUm + 1.5 * VOXEL)).toBeLessThan(0.02);
  });

  test('is not told where its back is out of view and its face stands still', async () => {
    const foilEnd = { s: SHAPE[0], level: null };
    const still = await measure({ layers: () => ({ foilEnd }) });
    expect(still.counter).toBeNull();
    expect(still.notes.join()).toMatch(/the back of the foil lies outside the field/);
    const recedes = await measure({ face: 1.5, layers: () => ({ foilEnd }) });
    expect(recedes.counter!.meanUm).toBeLessThan(-2);
  });

  test('is none where there is no foil', async () => {
    const { counter, working } = await measure({
      film: () => 2,
      layers: () => ({ counter: null, foilEnd: null }),
      counter: null,
    });
    expect(counter).toBeNull();
    expect(working!.meanUm).toBeCloseTo(2 * VOXEL, 2);
  });
});

describe('what is refused', () => {
  test.each<[string, Scene]>([
    [
      'the scan could not be laid over the reference',
      { register: { refused: 'the scan could not be laid over the reference', view: null } },
    ],
    ['clipped: 3 %', { intensity: { refused: 'clipped: 3 %' } }],
    ['no region to analyse', { layers: ({ regions }) => ({ regions }) }],
  ])('has no numbers, and the reason: %s', async (reason, scene) => {
    expect(await measure(scene)).toMatchObject({
      refused: reason,
      working: null,
      counter: null,
      profile: null,
      notes: [`thickness: not measured, ${reason}`],
    });
  });
});

function countInside(): number {
  let count = 0;
  for (let v = 0; v < SHAPE[1]; v++) for (let u = 0; u < SHAPE[2]; u++) if (inside(v, u)) count++;
  return count;
}
