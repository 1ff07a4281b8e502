import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { AxisName, Triple } from '../../core/geometry.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { StepResult } from '../../core/step.ts';
import type { CrackPart, Cracks } from '../cracks/index.ts';
import { layersResult } from '../fixtures/cell.ts';
import { runStep, seriesOf } from '../fixtures/step.ts';
import { readOwners, type Tracks, track } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-track-'));
afterAll(() => rmSync(folder, { recursive: true }));
let serial = 0;

const SHAPE: Triple = [30, 20, 24];

/** A connected dark part: voxels of the view, those of its rim, and the fraction that all of them hold. */
interface Blob {
  core: Triple[];
  rim?: Triple[];
  fraction?: number;
}

function block(min: Triple, max: Triple): Triple[] {
  const voxels: Triple[] = [];
  for (let s = min[0]; s < max[0]; s++)
    for (let v = min[1]; v < max[1]; v++) for (let u = min[2]; u < max[2]; u++) voxels.push([s, v, u]);
  return voxels;
}

/** What `cracks` leaves for one scan. */
function cracksOf(blobs: Blob[]): StepResult<Cracks> {
  const directory = join(folder, `cracks${serial++}`);
  mkdirSync(directory);
  const rows = blobs.flatMap(({ core, rim = [], fraction = 1 }, part) =>
    [...core, ...rim].map(([s, v, u], k) => ({
      index: (s * SHAPE[1] + v) * SHAPE[2] + u,
      part,
      core: k < core.length ? 1 : 0,
      fraction,
    })),
  );
  writeFileSync(
    join(directory, 'index.f64'),
    Float64Array.from(rows, ({ index }) => index),
  );
  writeFileSync(
    join(directory, 'part.u16'),
    Uint16Array.from(rows, ({ part }) => part),
  );
  writeFileSync(
    join(directory, 'core.u8'),
    Uint8Array.from(rows, ({ core }) => core),
  );
  writeFileSync(
    join(directory, 'fraction.f32'),
    Float32Array.from(rows, ({ fraction }) => fraction),
  );
  writeFileSync(join(directory, 'plated.f32'), new Float32Array(rows.length));
  const parts = blobs.map(({ core, rim = [], fraction = 1 }, i): CrackPart => {
    const volume = (core.length + rim.length) * fraction;
    const slices = core.map(([s]) => s);
    return {
      volume,
      volumeIfVoid: 0.8 * volume,
      sigma: 3,
      meanGrey: 8000 + 1000 * i,
      centroid: [0, 0, 0],
      min: [0, 0, 0],
      max: [0, 0, 0],
      normal: [1, 0, 0],
      toWorking: Math.min(...slices) - 8,
      toCounter: 24 - Math.max(...slices),
    };
  });
  return { key: '', directory, value: { refused: null, threshold: 0.1, clearance: 4, parts, notes: [] } };
}

/** Follows cracks over scans, each a list of parts; the scans that take part in order. */
function follow(
  scans: Blob[][],
  recipe: Recipe = {},
  stack: { axis: AxisName; collectorEnd: 'low' | 'high' } = { axis: 'z', collectorEnd: 'low' },
  directory = mkdtempSync(join(folder, 'track')),
): Promise<Tracks> {
  const series = seriesOf(scans.length);
  const shape: Triple = stack.axis === 'z' ? SHAPE : [SHAPE[1], SHAPE[2], SHAPE[0]];
  return runStep(track, {
    recipe,
    series,
    directory,
    results: {
      layers: layersResult(join(folder, `layers${serial++}`), shape, stack),
      cracks: scans.filter((_, i) => !recipe.scans?.[String(i)]?.exclude).map(cracksOf),
    },
  });
}

const volumes = (tracks: Tracks) => tracks.cracks.map(({ states }) => states.map((state) => state?.volume ?? null));

describe('a crack', () => {
  const small: Blob = { core: block([12, 5, 5], [14, 9, 9]) };
  const grown: Blob = { core: block([12, 4, 4], [15, 11, 11]) };

  test('is born in the first scan that shows it, and grows', async () => {
    const tracks = await follow([[], [], [small], [grown]]);
    expect(volumes(tracks)).toEqual([[null, null, 32, 147]]);
    const [crack] = tracks.cracks;
    expect(crack).toMatchObject({ id: 1, onsetScan: 2, parents: [], mergers: [] });
    expect(crack!.states[2]).toMatchObject({
      min: [12, 5, 5],
      max: [14, 9, 9],
      centroid: [12.5, 6.5, 6.5],
      sigma: 3,
      meanGrey: 8000,
      volumeIfVoid: 0.8 * 32,
      toWorking: 4,
      toCounter: 11,
      pieces: 1,
    });
    expect(crack!.states[3]).toMatchObject({ min: [12, 4, 4], max: [15, 11, 11] });
    expect(Math.abs(crack!.states[3]!.normal[0])).toBeCloseTo(1, 3);
  });

  test('weighs its voxels by their fraction, its rim in volume but not in extent', async () => {
    const rimmed: Blob = { core: small.core, rim: block([10, 5, 5], [12, 9, 9]), fraction: 0.5 };
    const [crack] = (await follow([[], [rimmed]])).cracks;
    expect(crack!.states[1]).toMatchObject({
      volume: 32,
      min: [12, 5, 5],
      max: [14, 9, 9],
      centroid: [12.5, 6.5, 6.5],
    });
  });

  test('that closes has volume 0, keeps its place, and is the same when it opens again', async () => {
    const tracks = await follow([[], [small], [], [grown]]);
    expect(volumes(tracks)).toEqual([[null, 32, 0, 147]]);
    expect(tracks.cracks[0]!.states[2]).toMatchObject({
      volume: 0,
      volumeIfVoid: 0,
      pieces: 0,
      centroid: [12.5, 6.5, 6.5],
    });
  });

  test('that comes apart is one of two pieces', async () => {
    const halves: Blob[] = [{ core: block([12, 4, 4], [15, 11, 6]) }, { core: block([12, 4, 8], [15, 11, 11]) }];
    const tracks = await follow([[], [grown], halves]);
    expect(volumes(tracks)).toEqual([[null, 147, 3 * 7 * 5]]);
    expect(tracks.cracks[0]!.states[2]).toMatchObject({ pieces: 2, min: [12, 4, 4], max: [15, 11, 11] });
    expect(tracks.cracks[0]!.states[2]!.sigma).toBeCloseTo(Math.hypot(3, 3), 9);
    expect(tracks.cracks[0]!.states[2]!.meanGrey).toBeCloseTo((2 * 8000 + 3 * 9000) / 5, 6);
  });

  test('is told in voxels of the file, whichever way the cell lies in it', async () => {
    const tracks = await follow([[], [small]], {}, { axis: 'x', collectorEnd: 'high' });
    // File z, y, x are v, u, 29 − s of the view.
    expect(tracks.cracks[0]!.states[1]).toMatchObject({ min: [5, 5, 16], max: [9, 9, 18], centroid: [6.5, 6.5, 16.5] });
    expect(Math.abs(tracks.cracks[0]!.states[1]!.normal[2])).toBeCloseTo(1, 3);
  });
});

describe('cracks', () => {
  const a: Blob = { core: block([12, 4, 3], [14, 10, 8]) };
  const b: Blob = { core: block([12, 4, 14], [14, 10, 20]) };
  const joined: Blob = { core: block([12, 4, 3], [14, 10, 20]), rim: block([14, 4, 3], [15, 10, 20]) };

  test('apart are two; one that is born beside another is another', async () => {
    const beside: Blob = { core: block([12, 4, 9], [14, 10, 11]) };
    const tracks = await follow([[], [a], [a, b], [a, beside, b]]);
    expect(tracks.cracks.map(({ id, onsetScan }) => [id, onsetScan])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(volumes(tracks)).toEqual([
      [null, 60, 60, 60],
      [null, null, 72, 72],
      [null, null, null, 24],
    ]);
  });

  test('that merge keep their identities and their own volumes', async () => {
    const directory = mkdtempSync(join(folder, 'track'));
    const tracks = await follow([[], [a, b], [joined], [joined]], {}, undefined, directory);
    expect(tracks.cracks).toHaveLength(2);
    // Whose each voxel is stands beside them, in the order of the cracks' own voxels.
    const owners = readOwners({ key: '', value: tracks, directory }, 2)!;
    expect(owners).toHaveLength(18 * 17);
    joined.core.forEach(([, , u], row) => {
      expect(owners[row]).toBe(u < 11 ? 1 : 2);
    });
    const [first, second] = volumes(tracks);
    // All of the joined crack, each voxel to the nearer one: the middle lies between u = 8 and 14.
    for (const scan of [2, 3]) {
      expect(first![scan]! + second![scan]!).toBe(18 * 17);
      // In the rim one column is as near to both.
      expect(Math.abs(first![scan]! - 18 * 8)).toBeLessThanOrEqual(6);
    }
    expect(tracks.cracks[0]!.mergers).toEqual([{ scan: 2, with: 2 }]);
    expect(tracks.cracks[1]!.mergers).toEqual([{ scan: 2, with: 1 }]);
    expect(tracks.cracks[0]!.states[2]!.max[2]).toBe(11);
    expect(tracks.cracks[1]!.states[2]!.min[2]).toBe(11);
    expect(tracks.cracks[0]!.states[2]!.volumeIfVoid).toBeCloseTo(0.8 * 18 * 8, 6);
  });

  test('that merge and part again are the two they were', async () => {
    const tracks = await follow([[], [a, b], [joined], [a, b]]);
    expect(tracks.cracks).toHaveLength(2);
    expect(volumes(tracks).map((of) => of[3])).toEqual([60, 72]);
  });

  test('that merge with one born in between are three', async () => {
    const c: Blob = { core: block([12, 4, 10], [14, 10, 12]) };
    const tracks = await follow([[], [a, b], [a, b, c], [joined]]);
    expect(tracks.cracks).toHaveLength(3);
    const last = volumes(tracks).map((of) => of[3]!);
    expect(last[0]! + last[1]! + last[2]!).toBe(18 * 17);
    expect(last[2]).toBeGreaterThanOrEqual(24);
    expect(tracks.cracks[2]!.mergers.map((merger) => merger.with).toSorted()).toEqual([1, 2]);
  });

  test('that share less than a tenth of the smaller, or their rims alone, are two', async () => {
    // 60 voxels of the first, 10 slices of 72 of the second: 4 shared.
    const touching: Blob = { core: [...block([15, 4, 3], [20, 10, 8]), ...block([13, 4, 3], [14, 5, 7])] };
    expect((await follow([[], [a], [touching]])).cracks).toHaveLength(2);
    const more: Blob = { core: [...block([15, 4, 3], [20, 10, 8]), ...block([13, 4, 3], [14, 6, 8])] };
    expect((await follow([[], [a], [more]])).cracks).toHaveLength(1);
    const beneath: Blob = { core: block([15, 4, 3], [17, 10, 8]) };
    expect((await follow([[], [{ ...a, rim: block([14, 4, 3], [17, 10, 8]) }], [a, beneath]])).cracks).toHaveLength(2);
    const above: Blob = { core: block([16, 4, 3], [18, 10, 8]), rim: block([12, 4, 3], [16, 10, 8]) };
    expect((await follow([[], [a], [above]])).cracks).toHaveLength(2);
  });

  test('a small one that a large one takes in keeps its identity', async () => {
    const seed: Blob = { core: block([12, 10, 18], [14, 12, 20]) };
    const large: Blob = { core: block([12, 4, 3], [14, 12, 20]) };
    const tracks = await follow([[], [a, seed], [large]]);
    expect(tracks.cracks).toHaveLength(2);
    expect(volumes(tracks)[1]![2]).toBeGreaterThanOrEqual(8);
    expect(tracks.cracks[1]!.mergers).toEqual([{ scan: 2, with: 1 }]);
  });

  test('are followed across a scan that takes no part', async () => {
    const directory = mkdtempSync(join(folder, 'track'));
    const tracks = await follow([[], [a], [b], [a, b]], { scans: { '2': { exclude: true } } }, undefined, directory);
    expect(readOwners({ key: '', value: tracks, directory }, 2)).toBeNull();
    expect(readOwners({ key: '', value: tracks, directory }, 3)).toHaveLength(60 + 72);
    expect(volumes(tracks)).toEqual([
      [null, 60, null, 60],
      [null, null, null, 72],
    ]);
    expect(tracks.cracks[1]!.onsetScan).toBe(3);
  });

  test('where there are none, there are none', async () => {
    expect(await follow([[], [], []])).toEqual({ cracks: [] });
  });
});
