import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../core/canonical.ts';
import type { AxisName, Matrix4, Triple } from '../../core/geometry.ts';
import type { Recipe } from '../../core/recipe.ts';
import { layersResult } from '../fixtures/cell.ts';
import {
  AIR,
  COLLECTOR,
  ELECTROLYTE,
  fileShape,
  LITHIUM,
  normalised,
  registered,
  unmatched,
  writeScans,
} from '../fixtures/scans.ts';
import { runStep } from '../fixtures/step.ts';
import type { Layers } from '../layers/index.ts';
import type { Registration } from '../register/index.ts';
import { crackColumns, cracks, plane, readCrackVoxels } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-cracks-'));
afterAll(() => rmSync(folder, { recursive: true }));
let serial = 0;

const SHAPE: Triple = [44, 40, 42];
/** Interfaces at 8 and 38: collector below, foil above. */
const [LOW, HIGH] = [8.5, 37.5];
type Place = (s: number, v: number, u: number) => boolean;
const box =
  (min: Triple, max: Triple): Place =>
  (s, v, u) =>
    s >= min[0] && s < max[0] && v >= min[1] && v < max[1] && u >= min[2] && u < max[2];

interface Scene {
  /** What of the electrolyte has gone in the second scan, and what has taken its place. */
  gone: Place;
  fill?: number;
  /** Slices of the collector below its face that are lithium in the second scan, by place. */
  plated?: (v: number, u: number) => number;
  /** Electrolyte of the reference, by place. */
  electrolyte?: (s: number, v: number, u: number) => number;
  recipe?: Recipe;
  stack?: { axis: AxisName; collectorEnd: 'low' | 'high' };
  layers?: (layers: Layers) => Partial<Layers>;
  register?: Partial<Registration>;
  empty?: number | null;
  noise?: number;
  memoryBytes?: number;
}

async function find({ gone, fill = LITHIUM, electrolyte = () => ELECTROLYTE, ...options }: Scene) {
  const { stack = { axis: 'z', collectorEnd: 'low' }, noise = 300, recipe = {}, empty = AIR, plated } = options;
  const here = join(folder, String(serial++));
  const scene = { shape: SHAPE, stack, noise };
  const series = writeScans(join(here, 'scans'), 2, scene, (scan, s, v, u) => {
    const now = scan === 1;
    if (plated) return blurred((at) => layered(at, now ? plated(v, u) : 0, now && gone(Math.round(at), v, u)), s);
    if (s < LOW) return COLLECTOR;
    if (s > HIGH) return LITHIUM;
    return now && gone(s, v, u) ? fill : electrolyte(s, v, u);
  });
  const directory = join(here, 'out');
  mkdirSync(directory);
  const value = await runStep(cracks, {
    recipe,
    series,
    scan: 1,
    directory,
    ...(options.memoryBytes === undefined ? {} : { memoryBytes: options.memoryBytes }),
    results: {
      layers: layersResult(join(here, 'layers'), fileShape(scene), stack, options.layers),
      normalise: normalised({ empty }),
      register: registered(options.register),
      intensity: unmatched(),
    },
  });
  canonicalJson(value);
  return { ...value, voxels: readCrackVoxels({ key: '', value, directory }) };
}

/** What lies at height s: the interface at 8 exactly, `plated` voxels of lithium under it. */
function layered(s: number, plated: number, gone: boolean): number {
  if (s < 8) return s > 8 - plated ? LITHIUM : COLLECTOR;
  return s > HIGH || gone ? LITHIUM : ELECTROLYTE;
}

/** The mean over a Gaussian of 0.9 voxels along the stack. */
function blurred(grey: (s: number) => number, s: number): number {
  let sum = 0;
  let weights = 0;
  for (let d = -3.45; d < 3.5; d += 0.1) {
    const weight = Math.exp(-0.5 * (d / 0.9) ** 2);
    sum += weight * grey(s + d);
    weights += weight;
  }
  return sum / weights;
}

const slab = box([18, 12, 10], [22, 26, 30]);
const SLAB = 4 * 14 * 20;

describe('a crack', () => {
  test('is found with its volume, place, plane and distances', async () => {
    const { parts, notes, voxels } = await find({ gone: slab });
    expect(parts).toHaveLength(1);
    const [part] = parts;
    expect(Math.abs(part!.volume / SLAB - 1)).toBeLessThan(0.02);
    expect(Math.abs(part!.volume - SLAB)).toBeLessThan(5 * part!.sigma);
    expect(Math.abs(part!.volumeIfVoid! / part!.volume - (ELECTROLYTE - LITHIUM) / (ELECTROLYTE - AIR))).toBeLessThan(
      0.01,
    );
    part!.centroid.forEach((at, k) => {
      expect(Math.abs(at - [19.5, 18.5, 19.5][k]!)).toBeLessThan(0.1);
    });
    // One voxel of blur around it.
    part!.min.forEach((at, k) => {
      expect([0, 1, 2]).toContain([18, 12, 10][k]! - at);
    });
    expect(Math.abs(part!.normal[0])).toBeGreaterThan(0.99);
    expect(part!.toWorking).toBeGreaterThan(7);
    expect(part!.toWorking).toBeLessThan(10);
    expect(part!.toCounter).toBeGreaterThan(13);
    expect(part!.toCounter).toBeLessThan(17);
    expect(notes).toEqual([]);
    // Its voxels hold the volume, in columns too.
    expect(voxels.fraction.reduce((sum, fraction) => sum + fraction, 0)).toBeCloseTo(part!.volume, 2);
    const columns = crackColumns(voxels, SHAPE);
    const column = 18 * SHAPE[2] + 20;
    let sum = 0;
    for (let k = columns.first[column]!; k < columns.first[column + 1]!; k++) {
      expect(columns.s[k]).toBeGreaterThan(12);
      sum += columns.fraction[k]!;
    }
    expect(Math.abs(sum - 4)).toBeLessThan(0.3);
  });

  test('is the same whichever way the cell lies in its file', async () => {
    const plain = await find({ gone: slab, noise: 0 });
    for (const stack of [
      { axis: 'x', collectorEnd: 'high' },
      { axis: 'y', collectorEnd: 'low' },
    ] as const) {
      const turned = await find({ gone: slab, noise: 0, stack });
      expect(turned.parts).toEqual(plain.parts);
    }
  });

  test('that is empty is as large when told as void', async () => {
    const { parts } = await find({ gone: slab, fill: AIR });
    expect(Math.abs(parts[0]!.volumeIfVoid! / SLAB - 1)).toBeLessThan(0.02);
    expect(parts[0]!.meanGrey).toBeLessThan((await find({ gone: slab })).parts[0]!.meanGrey);
    const unknown = await find({ gone: slab, fill: AIR, empty: null });
    expect(unknown.parts[0]!.volumeIfVoid).toBeNull();
    expect(unknown.notes.join()).toMatch(/no air in the field/);
  });

  test('is measured against the electrolyte around it', async () => {
    const patchy = (_: number, v: number) => (v < 20 ? 20000 : 32000);
    const { parts } = await find({ gone: slab, electrolyte: patchy });
    expect(Math.abs(parts[0]!.volume / SLAB - 1)).toBeLessThan(0.03);
  });

  test('of too few voxels is none, of enough is one', async () => {
    const small = box([20, 20, 20], [22, 24, 24]);
    expect((await find({ gone: small })).parts).toEqual([]);
    expect((await find({ gone: small, recipe: { phases: { crack: { minVoxels: 30 } } } })).parts).toHaveLength(1);
    expect((await find({ gone: box([20, 20, 20], [23, 24, 25]) })).parts).toHaveLength(1);
  });

  test('may touch an interface; what lies on the interface alone is plated', async () => {
    const down = await find({ gone: box([9, 12, 10], [20, 16, 14]) });
    expect(down.parts).toHaveLength(1);
    expect(down.parts[0]!.volume).toBeGreaterThan(0.8 * 11 * 16);
    expect(down.parts[0]!.toWorking).toBeLessThan(5);
    expect((await find({ gone: box([9, 8, 8], [11, 30, 30]) })).parts).toEqual([]);
    const counter = await find({ gone: box([26, 12, 10], [38, 16, 14]) });
    expect(counter.parts).toHaveLength(1);
    expect(counter.parts[0]!.toCounter).toBeLessThan(5);
  });

  test('that lies on what is plated is told from it', async () => {
    const gone = box([8, 10, 10], [17, 28, 30]);
    for (const plated of [() => 0, () => 3, (v: number) => (v < 20 ? 1 : 4)]) {
      const { parts, voxels } = await find({ gone, plated });
      expect(parts).toHaveLength(1);
      // From the interface at 8 to the edge at 16.5.
      expect(Math.abs(parts[0]!.volume / (8.5 * 18 * 20) - 1)).toBeLessThan(0.01);
      expect(parts[0]!.toWorking).toBe(0);
      // Of its slices there counts as plated the tail of the lithium below, less the crack's own tail: 0.64 and 0.14 voxels of
      // a full step when the interface lies in the middle of a slice.
      const columns = crackColumns(voxels, SHAPE);
      const [first, end] = [0, 1].map((k) => columns.first[24 * SHAPE[2] + 20 + k]!) as [number, number];
      const plating = columns.plated[columns.s.subarray(first, end).indexOf(8) + first]!;
      const expected = (plated(24) > 0 ? 0.64 * (COLLECTOR - LITHIUM) : 0) - 0.14 * (ELECTROLYTE - LITHIUM);
      expect(Math.abs(plating - expected) / (COLLECTOR - LITHIUM)).toBeLessThan(0.15);
    }
  });

  test('that slopes down to an interface is followed to it', async () => {
    const slope = (v: number) => 8 + Math.max(0, 20 - v) * 0.6;
    const gone: Place = (s, v, u) => v >= 4 && v < 22 && u >= 8 && u < 34 && s >= slope(v) && s < slope(v) + 4;
    const { parts } = await find({ gone, plated: () => 3 });
    let volume = 0;
    for (let s = 8; s < HIGH; s++)
      for (let v = 0; v < 40; v++) for (let u = 0; u < 42; u++) if (gone(s, v, u)) volume += s === 8 ? 0.5 : 1;
    expect(parts).toHaveLength(1);
    expect(Math.abs(parts[0]!.volume / volume - 1)).toBeLessThan(0.02);
    expect(parts[0]!.toWorking).toBe(0);
  });

  test('of a given threshold has to pass it', async () => {
    const faint = { gone: slab, fill: ELECTROLYTE - 0.3 * (ELECTROLYTE - LITHIUM) };
    expect((await find(faint)).parts).toHaveLength(1);
    const strict: Recipe = { phases: { crack: { threshold: 0.5 } } };
    expect((await find({ ...faint, recipe: strict })).parts).toEqual([]);
  });
});

describe('cracks', () => {
  test('apart are two, each with its own volume', async () => {
    const two: Place = (s, v, u) => box([16, 5, 5], [20, 15, 15])(s, v, u) || box([24, 24, 22], [27, 36, 36])(s, v, u);
    const { parts, voxels } = await find({ gone: two });
    expect(parts).toHaveLength(2);
    const volumes = parts.map(({ volume }) => volume).toSorted((a, b) => a - b);
    expect(Math.abs(volumes[0]! / 400 - 1)).toBeLessThan(0.04);
    expect(Math.abs(volumes[1]! / 504 - 1)).toBeLessThan(0.04);
    expect(new Set(voxels.part)).toEqual(new Set([0, 1]));
  });

  test('are none where there is noise alone, however strong', async () => {
    for (const noise of [300, 3000]) expect((await find({ gone: () => false, noise })).parts).toEqual([]);
  });

  test('at the edge of what the scan shows have the volume that is in view', async () => {
    // The scan has moved by 14 voxels: what lies at u = 22 to 28 of the reference, its last column in view, lies there at 36.
    const view: Matrix4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 14, 0, 0, 0, 1];
    const { parts } = await find({ gone: box([18, 12, 36], [22, 26, 42]), register: { view } });
    expect(parts).toHaveLength(1);
    expect(Math.abs(parts[0]!.volume / (4 * 14 * 6) - 1)).toBeLessThan(0.05);
    expect(parts[0]!.max[2]).toBe(28);
  });

  test('are not what has brightened', async () => {
    expect((await find({ gone: slab, fill: 40000 })).parts).toEqual([]);
  });

  test('are not sought outside the pellet', async () => {
    const pellet = {
      center: [20, 20] as [number, number],
      drift: [0, 0] as [number, number],
      radius: 12,
      outerRadius: null,
    };
    const rim = box([18, 0, 12], [22, 5, 30]);
    expect((await find({ gone: rim })).parts).toHaveLength(1);
    expect((await find({ gone: rim, layers: () => ({ pellet }) })).parts).toEqual([]);
  });

  test('in a symmetric cell are not what has been plated at either foil', async () => {
    const plated: Place = (s, v, u) => (s < 15 || s > 33) && v > 8 && v < 32 && u > 8 && u < 32;
    const layers = () => ({ cell: 'symmetric' as const });
    expect((await find({ gone: plated, layers })).parts).toEqual([]);
    const both: Place = (s, v, u) => plated(s, v, u) || box([22, 12, 12], [26, 28, 28])(s, v, u);
    const { parts } = await find({ gone: both, layers });
    expect(parts).toHaveLength(1);
    expect(Math.abs(parts[0]!.volume / (4 * 256) - 1)).toBeLessThan(0.06);
  });

  test('are the same to the last bit however little memory there is, and refused where it is too little', async () => {
    const [first, second] = [box([8, 4, 14], [16, 10, 26]), box([21, 16, 12], [24, 28, 26])];
    const scene = { gone: (...at: Triple) => first(...at) || second(...at), plated: (v: number) => (v < 20 ? 1 : 3) };
    const layers = () => ({ cell: 'symmetric' as const });
    for (const options of [scene, { ...scene, layers }]) {
      const whole = await find(options);
      expect(whole.parts.length).toBeGreaterThan(0);
      expect(await find({ ...options, memoryBytes: 1.9e6 })).toEqual(whole);
    }
    const refused = find({ ...scene, memoryBytes: 1e6 });
    await expect(refused).rejects.toMatchObject({ code: 'resources' });
    await expect(refused).rejects.toThrow(/takes 2 MiB of memory and 0 MiB are allowed/);
  });

  test('are found where no counter electrode is in view', async () => {
    const { parts } = await find({ gone: slab, layers: () => ({ counter: null, foilEnd: null }) });
    expect(parts[0]).toMatchObject({ toCounter: null });
  });
});

test('are not sought in the reference, nor in a scan that is refused', async () => {
  const here = join(folder, String(serial++));
  const series = writeScans(join(here, 'scans'), 2, { shape: [8, 8, 8] }, () => ELECTROLYTE);
  const asked = async (scan: number, refused: string | null) => {
    const directory = join(here, `${scan}${refused}`);
    mkdirSync(directory);
    const value = await runStep(cracks, {
      series,
      scan,
      directory,
      results: {
        layers: layersResult(join(here, 'layers'), [8, 8, 8]),
        normalise: normalised(),
        register: registered(refused ? { refused, view: null, matrix: null } : {}),
        intensity: unmatched(),
      },
    });
    return { value, voxels: readCrackVoxels({ key: '', value, directory }) };
  };
  const reference = await asked(0, null);
  expect(reference.value).toMatchObject({ refused: null, parts: [] });
  expect(reference.voxels.index).toHaveLength(0);
  const refused = await asked(1, 'no texture');
  expect(refused.value).toMatchObject({ refused: 'no texture', parts: [] });
  expect(refused.voxels.index).toHaveLength(0);
});

describe('a plane through points', () => {
  test('has their centre of weight and the direction in which they spread least', () => {
    const normal = [0.6, 0, 0.8] as const;
    const points = Array.from({ length: 400 }, (_, i) => {
      const [a, b] = [(i % 20) - 9.5, Math.floor(i / 20) - 9.5];
      const off = (i % 3) - 1;
      // Along (0, 1, 0) and (0.8, 0, −0.6), and a little across.
      return { p: [5 + 0.8 * b + 0.6 * off * 0.3, 6 + a, 7 - 0.6 * b + 0.8 * off * 0.3] as Triple, w: 1 };
    });
    const found = plane(points);
    const across = found.normal.reduce((sum, x, k) => sum + x * normal[k]!, 0);
    expect(Math.abs(across)).toBeGreaterThan(0.999);
    expect(Math.hypot(...found.normal)).toBeCloseTo(1, 9);
    found.centroid.forEach((at, k) => {
      expect(Math.abs(at - [5, 6, 7][k]!)).toBeLessThan(0.01);
    });
  });

  test('counts points by their weight', () => {
    const points = [
      { p: [0, 0, 0] as Triple, w: 3 },
      { p: [4, 0, 0] as Triple, w: 1 },
    ];
    expect(plane(points).centroid).toEqual([1, 0, 0]);
    expect(plane([]).centroid).toEqual([0, 0, 0]);
  });
});
