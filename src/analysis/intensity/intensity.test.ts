import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../core/canonical.ts';
import type { Cylinder, Triple } from '../../core/geometry.ts';
import type { Recipe } from '../../core/recipe.ts';
import { layersResult } from '../fixtures/cell.ts';
import { COLLECTOR, ELECTROLYTE, LITHIUM, normalised, registered, writeScans } from '../fixtures/scans.ts';
import { runStep } from '../fixtures/step.ts';
import type { Quality } from '../quality/index.ts';
import type { Registration } from '../register/index.ts';
import { intensity } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-intensity-'));
afterAll(() => rmSync(folder, { recursive: true }));
let serial = 0;

const SHAPE: Triple = [70, 60, 60];
const WALL = 12000;
const cylinder = (range: [number, number]): Cylinder => ({
  kind: 'cylinder',
  axis: 'z',
  center: [29.5, 29.5],
  radius: 26,
  range,
  follow: 'surface',
});

interface Scene {
  gain?: number;
  offset?: number;
  /** What differs in the second scan at a place, before gain and offset; the rest is as it was. */
  change?: (s: number, v: number, u: number) => number | null;
  noise?: number;
  scan?: number;
  recipe?: Recipe;
  flags?: string[];
  collector?: number;
  register?: Partial<Registration>;
}

async function match(scene: Scene = {}) {
  const {
    gain = 1,
    offset = 0,
    change = () => null,
    noise = 900,
    scan = 1,
    recipe = {},
    flags = [],
    collector = COLLECTOR,
  } = scene;
  const here = join(folder, String(serial++));
  const series = writeScans(join(here, 'scans'), 2, { shape: SHAPE, noise }, (k, s, v, u) => {
    const plain = v < 3 ? WALL : s < 25.5 ? collector : s < 57.5 ? ELECTROLYTE : LITHIUM;
    return k === 0 ? plain : gain * ((v < 3 ? null : change(s, v, u)) ?? plain) + offset;
  });
  const value = await runStep(intensity, {
    recipe,
    series,
    scan,
    results: {
      quality: { key: '', directory: '', value: { flags } as unknown as Quality },
      layers: layersResult(join(here, 'layers'), SHAPE, undefined, (plain) => ({
        working: { ...plain.working!, coefficients: [25.5, 0, 0, 0, 0, 0] },
        counter: { ...plain.counter!, coefficients: [57.5, 0, 0, 0, 0, 0] },
        regions: {
          stable: cylinder([31, 53]),
          collector: cylinder([14, 22]),
          lithium: { kind: 'box', min: [60, 10, 10], max: [68, 50, 50] },
          inert: { kind: 'box', min: [10, 0, 10], max: [60, 3, 50] },
          analysis: cylinder([10, 40]),
          counter: cylinder([45, 68]),
        },
      })),
      normalise: normalised(
        collector === COLLECTOR ? {} : { collector: { mean: collector, std: 900, n: 5000, sigma: 3 } },
      ),
      register: registered({ gain, offset, ...scene.register }),
    },
  });
  canonicalJson(value);
  return value;
}

/** Three voxels of lithium where the collector was. */
const film = (s: number) => (s > 22.5 && s < 25.5 ? LITHIUM : null);

describe('the match of grey values', () => {
  test('is left alone where nothing differs but noise', async () => {
    const found = await match();
    expect(found).toMatchObject({ refused: null, applied: false, shading: null });
    expect(Math.abs(found.electrolyte!.mean)).toBeLessThan(4 * found.electrolyte!.sigma);
    expect(found.electrolyte!.sigma).toBeLessThan(20);
    expect(found.electrolyte!.n).toBeGreaterThan(10_000);
    expect(found.notes).toEqual([]);
  });

  test('is not set off by lithium that has been plated', async () => {
    const found = await match({ change: film });
    expect(found.applied).toBe(false);
    expect(Math.abs(found.collector!.mean)).toBeLessThan(5 * found.collector!.sigma);
  });

  test.each([
    ['a bare cell', () => null],
    ['plated lithium', film],
  ])('finds gain and offset from electrolyte and deep collector, over %s', async (_, change) => {
    const found = await match({ gain: 1.03, offset: -500, change });
    expect(found.applied).toBe(true);
    expect(Math.abs(found.gain - 1.03)).toBeLessThan(0.002);
    expect(Math.abs(found.gain * ELECTROLYTE + found.offset - (1.03 * ELECTROLYTE - 500))).toBeLessThan(20);
    expect(found.notes.join()).toMatch(/grey values matched, gain 1\.0[23]/);
    // The wall, of which the match knows nothing, agrees.
    expect(Math.abs(found.wallMisfit!)).toBeLessThan(60);
    expect(Math.abs(found.inert!.mean - (1.03 * WALL - 500))).toBeLessThan(30);
  });

  test('keeps to the residuals of both materials before it', async () => {
    const { electrolyte, collector } = await match({ gain: 1.02, offset: 100 });
    expect(Math.abs(electrolyte!.mean + 0.02 * ELECTROLYTE + 100)).toBeLessThan(25);
    expect(Math.abs(collector!.mean + 0.02 * COLLECTOR + 100)).toBeLessThan(25);
  });

  test('is not disturbed by a crack in the electrolyte', async () => {
    const crack = (s: number, v: number, u: number) =>
      s > 38 && s < 42 && Math.hypot(v - 30, u - 30) < 6 ? LITHIUM : null;
    expect((await match({ change: crack })).applied).toBe(false);
  });

  test('does as the recipe says', async () => {
    const never = await match({ gain: 1.03, offset: -500, recipe: { intensity: { match: 'never' } } });
    expect(never).toMatchObject({ applied: false, gain: 1, offset: 0 });
    const always = await match({ recipe: { intensity: { match: 'always' } } });
    expect(always.applied).toBe(true);
    expect(Math.abs(always.gain - 1)).toBeLessThan(0.003);
  });

  test('gives way where the collector is shaded from place to place', async () => {
    const shade = (s: number, _: number, u: number) => (s < 25.5 ? COLLECTOR * (1 + 0.004 * (u - 30)) : null);
    const found = await match({ change: shade });
    expect(found.applied).toBe(false);
    expect(await match({ change: shade, gain: 1.03 })).toMatchObject({ applied: false, gain: 1, offset: 0 });
    expect(found.shading).toMatchObject({ block: 12, width: 5 });
    expect(found.shading!.difference[2 * 5 + 4]! - found.shading!.difference[2 * 5]!).toBeLessThan(-3000);
    found.shading!.collector.forEach((grey) => {
      expect(Math.abs(grey - COLLECTOR)).toBeLessThan(100);
    });
    expect(found.notes.join()).toMatch(/shaded/);
  });

  test('of the reference is none', async () => {
    const found = await match({ scan: 0 });
    expect(found).toMatchObject({
      refused: null,
      gain: 1,
      offset: 0,
      applied: false,
      electrolyte: null,
      collector: null,
    });
    expect(Math.abs(found.inert!.mean - WALL)).toBeLessThan(30);
    expect(Math.abs(found.inert!.std - 900)).toBeLessThan(40);
  });
});

describe('a scan is refused', () => {
  test('when its collector lies at the limits of its type', async () => {
    const found = await match({ collector: 64000, gain: 1.02 });
    expect(found.refused).toMatch(/^clipped: \d+\.\d % of the collector lies at the limits of uint16$/);
    expect(found.notes).toContain(`intensity: ${found.refused}`);
    expect((await match({ collector: 60000 })).refused).toBeNull();
  });

  test('when its lithium does', async () => {
    const found = await match({ offset: -6500, gain: 1 });
    expect(found.refused).toMatch(/of the lithium lies at the limits/);
  });

  test('when its projections do not fit together, the reference not', async () => {
    expect((await match({ flags: ['motion'] })).refused).toMatch(/flagged motion/);
    expect((await match({ flags: ['rings'] })).refused).toBeNull();
    expect((await match({ flags: ['motion'], scan: 0 })).refused).toBeNull();
  });

  test('has no match where it could not be laid over the reference', async () => {
    const found = await match({ register: { refused: 'no texture', view: null, matrix: null } });
    expect(found).toMatchObject({ refused: null, applied: false, electrolyte: null });
  });
});
