import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../core/canonical.ts';
import type { Region, Triple } from '../../core/geometry.ts';
import type { Recipe } from '../../core/recipe.ts';
import { layersResult } from '../fixtures/cell.ts';
import { AIR, COLLECTOR, ELECTROLYTE, LITHIUM, writeScans } from '../fixtures/scans.ts';
import { runStep } from '../fixtures/step.ts';
import type { Layers } from '../layers/index.ts';
import { normalise } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-normalise-'));
afterAll(() => rmSync(folder, { recursive: true }));
let serial = 0;

const SHAPE: Triple = [50, 44, 46];
const disc: Region = {
  kind: 'cylinder',
  axis: 'z',
  center: [21.5, 22.5],
  radius: 18,
  range: [8, 16],
  follow: 'surface',
};
const foil: Region = { kind: 'box', min: [42, 12, 12], max: [49, 32, 34] };

async function sample({
  grey = (s: number) => (s < 20.5 ? COLLECTOR : s < 38.5 ? ELECTROLYTE : LITHIUM),
  layers = () => ({}),
  recipe = {},
}: {
  grey?: (s: number, v: number, u: number) => number;
  layers?: (layers: Layers) => Partial<Layers>;
  recipe?: Recipe;
} = {}) {
  const here = join(folder, String(serial++));
  const series = writeScans(join(here, 'scans'), 1, { shape: SHAPE, noise: 900 }, (_, s, v, u) => grey(s, v, u));
  const value = await runStep(normalise, {
    recipe,
    series,
    results: {
      layers: layersResult(join(here, 'layers'), SHAPE, undefined, (plain) => ({
        working: { ...plain.working!, coefficients: [20.5, 0, 0, 0, 0, 0] },
        counter: { ...plain.counter!, coefficients: [38.5, 0, 0, 0, 0, 0] },
        regions: { ...plain.regions, collector: disc, lithium: foil, analysis: { ...disc, range: [6, 30] } as Region },
        ...layers(plain),
      })),
    },
  });
  canonicalJson(value);
  return value;
}

describe('the grey values of a series', () => {
  test('are sampled in collector and foil, with noise told apart from doubt', async () => {
    const { collector, lithium, electrolyte, factor, uncertainty, refused, empty, notes } = await sample();
    expect(refused).toBeNull();
    expect(Math.abs(collector!.mean - COLLECTOR)).toBeLessThan(5 * collector!.sigma + 1);
    expect(Math.abs(lithium!.mean - LITHIUM)).toBeLessThan(5 * lithium!.sigma + 1);
    expect(Math.abs(collector!.std - 900)).toBeLessThan(30);
    expect(collector!.n).toBeGreaterThan(8000 - 300);
    expect(lithium!.n).toBe(7 * 20 * 22);
    // The mean is surer than one voxel by far.
    expect(collector!.sigma).toBeLessThan(40);
    expect(collector!.sigma).toBeGreaterThan(3);
    expect(electrolyte!.mean).toBe(ELECTROLYTE);
    expect(factor).toBeCloseTo(collector!.mean - lithium!.mean, 9);
    expect(uncertainty).toBeCloseTo(2 * Math.hypot(collector!.sigma, lithium!.sigma), 9);
    expect(empty).toBe(AIR);
    expect(notes).toEqual([]);
  });

  test('are in doubt where they differ from place to place or drift along the stack', async () => {
    const plain = await sample();
    const shaded = await sample({
      grey: (s, v) => (s < 20.5 ? COLLECTOR + 100 * (v - 21.5) : s < 38.5 ? ELECTROLYTE : LITHIUM),
    });
    expect(shaded.collector!.sigma).toBeGreaterThan(4 * plain.collector!.sigma);
    const drifting = await sample({
      grey: (s) => (s < 20.5 ? COLLECTOR + 200 * (s - 12) : s < 38.5 ? ELECTROLYTE : LITHIUM),
    });
    expect(drifting.collector!.sigma).toBeGreaterThan(150);
    expect(drifting.lithium!.sigma).toBeCloseTo(plain.lithium!.sigma, 6);
  });

  test('come from the regions of the recipe where it gives some', async () => {
    const grey = (s: number, v: number) => (s < 20.5 ? COLLECTOR : s < 38.5 ? ELECTROLYTE : v < 8 ? 9000 : LITHIUM);
    const box: Region = { kind: 'box', min: [42, 0, 10], max: [48, 6, 40] };
    const found = await sample({ grey, recipe: { regions: { lithium: box } } });
    expect(Math.abs(found.lithium!.mean - 9000)).toBeLessThan(100);
    expect(Math.abs(found.factor - (COLLECTOR - 9000))).toBeLessThan(100);
  });

  test('of a symmetric cell stand on the electrolyte', async () => {
    const found = await sample({
      layers: (plain) => ({ cell: 'symmetric', regions: { ...plain.regions, lithium: foil } }),
    });
    expect(found).toMatchObject({ refused: null, collector: null });
    expect(Math.abs(found.factor - (ELECTROLYTE - LITHIUM))).toBeLessThan(100);
  });

  test('tell phase fringes from blur', async () => {
    expect((await sample()).fringe).toBeLessThan(0.02);
    const fringed = (s: number) =>
      s < 20.5 ? COLLECTOR + (s > 18.5 ? 3200 : 0) : s < 38.5 ? ELECTROLYTE - (s < 22.5 ? 3200 : 0) : LITHIUM;
    expect((await sample({ grey: fringed })).fringe).toBeCloseTo(0.2, 1);
    const blurred = (s: number) =>
      s > 30
        ? s < 38.5
          ? ELECTROLYTE
          : LITHIUM
        : ELECTROLYTE + (COLLECTOR - ELECTROLYTE) / (1 + Math.exp((s - 20.5) / 1.2));
    expect((await sample({ grey: blurred })).fringe).toBeLessThan(0.03);
  });
});

describe('without a material there is no constant', () => {
  test.each([
    ['lithium', 'no lithium foil to sample', 'regions.lithium'],
    ['collector', 'no collector to sample', 'regions.collector'],
  ])('%s', async (name, reason, field) => {
    const found = await sample({
      layers: (plain) => ({ regions: { ...plain.regions, collector: disc, lithium: foil, [name]: null } }),
    });
    expect(found).toMatchObject({ refused: reason, [name]: null, factor: 0, uncertainty: 0 });
    expect(found.notes).toEqual([`normalise: ${reason}; give recipe.${field}`]);
  });
});
