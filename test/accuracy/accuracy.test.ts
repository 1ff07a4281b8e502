/** Small phantoms through the whole program, compared with their truth. The full study is bench/accuracy. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cylinder } from '../../src/core/geometry.ts';
import type { Results } from '../../src/core/results.ts';
import type { PhantomOptions } from '../../src/phantom/spec.ts';
import { inPlaneAxes, readTruthMap, type Truth, truthMeanUm } from '../../src/phantom/truth.ts';
import { Project } from '../../src/store/project.ts';
import { openZarr } from '../../src/store/zarr/index.ts';
import { answer, coverageOf, errorsOf, makeProject, matchCracks, resultsOf, type ScanErrors } from './series.ts';

/** On two busy cores. */
const SLOW = 240_000;

const root = mkdtempSync(join(tmpdir(), 'tomolapse-accuracy-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const rms = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe.each<[string, PhantomOptions]>([
  ['an operando series', { seed: 4, format: 'raw', noise: 'low' }],
  ['a cell along x, its collector at the high end', { seed: 5, scans: 4, axis: 'x', collectorEnd: 'high' }],
  ['a symmetric cell', { seed: 9, scans: 3, variants: ['symmetric'], noise: 'low' }],
])('%s', (name, options) => {
  const folder = join(root, name.replaceAll(/\W+/g, '-'));
  let truth: Truth;
  let results: Results;
  let errors: ScanErrors[];
  beforeAll(async () => {
    truth = await makeProject(folder, options);
    answer(['run', 'cell.tomolapse'], folder);
    results = resultsOf(folder);
    errors = await errorsOf(results, truth);
  }, SLOW);

  test('is read the right way round, over most of its cross-section', () => {
    expect(results.recipe).toMatchObject({ cell: truth.cell, stack: truth.stack });
    expect(coverageOf(results, truth)).toBeGreaterThan(0.6);
    for (const { thickness } of results.scans) expect(thickness!.working!.coverage).toBeGreaterThan(0.6);
    // The second cycle has not been stripped yet: what is null of it has its reason.
    expect(results.notes.filter((note) => !note.startsWith('null: cycle 2, '))).toEqual([]);
  });

  test('is registered to 0.03 voxel', () => {
    const off = errors.map(({ registration }) => registration);
    expect(rms(off)).toBeLessThan(0.03);
    expect(Math.max(...off)).toBeLessThan(0.045);
  });

  test('holds as much lithium as there is, in every scan', () => {
    for (const { scan, thickness, allowed } of errors) {
      expect([scan, Math.abs(thickness) <= allowed ? 'within' : thickness]).toEqual([scan, 'within']);
    }
  });

  test('says how far it may be off', () => {
    const ratios = errors.map(({ thickness, uncertaintyUm }) => Math.abs(thickness) / uncertaintyUm);
    expect(ratios.filter((ratio) => ratio <= 1).length / ratios.length).toBeGreaterThan(0.6);
    expect(Math.max(...ratios)).toBeLessThan(2.5);
    for (const { uncertaintyUm } of errors) expect(uncertaintyUm).toBeLessThan(0.1);
  });

  test('has a reference of nothing', () => {
    const [reference] = results.scans;
    expect(reference).toMatchObject({
      registration: { matrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], driftUm: 0 },
      thickness: { working: { meanUm: 0, uncertaintyUm: 0, totalUm: 0 }, electrochemicalUm: 0 },
      cracks: { count: 0, volumeVoxels: 0 },
      chargeMahCm2: 0,
    });
  });

  test('loses at the counter electrode what it gains', async () => {
    const region = results.recipe.regions!.counter as Cylinder;
    for (const { index } of truth.scans.slice(1)) {
      const { meanUm, uncertaintyUm } = results.scans[index]!.thickness!.counter!;
      const expected = await truthMeanUm(truth, index, region, 'counter');
      expect(Math.abs(meanUm! - expected)).toBeLessThan(Math.max(0.1, 0.03 * Math.abs(expected), uncertaintyUm!));
    }
  });

  test('has every crack from its first scan on, whole, and no other', () => {
    const { cracks, strays } = matchCracks(results, truth);
    expect(strays).toEqual([]);
    const volumes = { found: 0, true: 0 };
    for (const { truth: crack, found } of cracks) {
      // Two that touch when first seen are one.
      const born = cracks.find(
        ({ truth: other }) => other.id === crack.mergedInto && other.onsetScan === crack.mergeScan,
      );
      const other = cracks.find(
        ({ truth: each }) => each.mergedInto === crack.id && each.mergeScan === crack.onsetScan,
      );
      const all = [...found, ...(born?.found ?? []), ...(other?.found ?? [])];
      expect(all.length).toBeGreaterThan(0);
      expect(all.map(({ onsetScan }) => onsetScan)).toContain(crack.onsetScan);
      volumes.true += crack.volumeVoxels.at(-1)!;
      for (const each of found) volumes.found += each.volumeVoxels.at(-1)!;
      if (born || other) continue;
      expect(found).toHaveLength(1);
      crack.volumeVoxels.forEach((volume, scan) => {
        if (volume === null) expect(found[0]!.volumeVoxels[scan]).toBeNull();
        else expect(Math.abs(found[0]!.volumeVoxels[scan]! / volume - 1)).toBeLessThan(0.12);
      });
    }
    if (cracks.length > 0) expect(Math.abs(volumes.found / volumes.true - 1)).toBeLessThan(0.12);
    else expect(results.cracks).toEqual([]);
  });

  test('agrees with its charge', () => {
    truth.scans.forEach(({ index, chargeMahCm2, thickness, step, cycle }) => {
      const scan = results.scans[index]!;
      expect(scan.chargeMahCm2).toBeCloseTo(chargeMahCm2, 3);
      expect(scan.thickness!.electrochemicalUm).toBeCloseTo(thickness.electrochemicalUm, 2);
      expect(scan).toMatchObject({ step, cycle });
    });
    const [first] = results.cycles;
    const [expected] = truth.cycles;
    expect(first).toMatchObject({
      index: 1,
      plateEndScan: expected!.plateEndScan,
      stripEndScan: expected!.stripEndScan,
    });
    expect(Math.abs(first!.ceTomography! - expected!.ceTomography!)).toBeLessThan(0.02);
    expect(Math.abs(first!.ceElectrochemistry! - expected!.ceElectrochemistry!)).toBeLessThan(0.01);
  });

  test('keeps its fractions in the places of its own file', async () => {
    const plated = truth.scans.findLast(({ step }) => step === 'plating')!.index;
    const project = new Project(join(folder, 'cell.tomolapse'), { command: 'test', writes: false });
    const { key } = project.plannedResults().find(({ step, scan }) => step === 'lvf' && scan === plated)!;
    const volume = await openZarr(join(project.objects.directoryOf(key), 'lvf.zarr'));
    project.close();
    const fractions = await volume.readBlock([0, 0, 0], truth.shape);
    const stack = ['z', 'y', 'x'].indexOf(truth.stack.axis);
    const [first, second] = inPlaneAxes(truth);
    const strides = [truth.shape[1] * truth.shape[2], truth.shape[2], 1];
    const map = await readTruthMap(truth, truth.scans[plated]!.thickness.working.map);
    const analysis = results.recipe.regions!.analysis as Cylinder;
    const low = truth.stack.collectorEnd === 'low';
    const length = truth.shape[stack]!;
    const middle = Math.round((truth.interfaces.working.mean + truth.interfaces.counter.mean) / 2);
    let [a, b, ab, aa, bb, n] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < truth.shape[first]!; i += 2)
      for (let j = 0; j < truth.shape[second]!; j += 2) {
        if (Math.hypot(i - analysis.center[0], j - analysis.center[1]) > 0.9 * analysis.radius) continue;
        let sum = 0;
        for (let k = low ? 0 : middle; k < (low ? middle : length); k++)
          sum += fractions[i * strides[first]! + j * strides[second]! + k * strides[stack]!]!;
        const found = (sum / 8192) * truth.voxelSizeUm[0];
        const expected = map[i * truth.shape[second]! + j]!;
        a += found;
        b += expected;
        ab += found * expected;
        aa += found * found;
        bb += expected * expected;
        n++;
      }
    const correlation = (ab - (a * b) / n) / Math.sqrt((aa - (a * a) / n) * (bb - (b * b) / n));
    expect(correlation).toBeGreaterThan(0.7);
    // With cracks, whose columns the truth leaves out.
    expect(Math.abs(a / n / (b / n) - 1)).toBeLessThan(0.25);
  });
});
