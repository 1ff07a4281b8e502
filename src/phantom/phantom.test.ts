import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Cylinder, Triple } from '../core/geometry.ts';
import { PHANTOM_MATERIALS, type PhantomMaterial, type PhantomScene, renderPhantom } from '../engine/phantom.ts';
import { decodePlain } from '../formats/decode_plain.ts';
import { describeFile, volumeSource } from '../formats/describe.ts';
import { type Cell, cellAt, drawCell, placeOf, registrationOf } from './cell.ts';
import { layersOf, type Measured, measure } from './measure.ts';
import { apply, inverseRigid } from './motion.ts';
import { opticsOf } from './optics.ts';
import { cyclingLog, lithiumUm } from './program.ts';
import type { PhantomOptions } from './spec.ts';
import { valueAt } from './spline.ts';
import { readTruth, readTruthMap, truthMeanUm } from './truth.ts';
import { specOf, VARIANTS } from './variants.ts';
import { writePhantom } from './write.ts';

const scratch = mkdtempSync(join(tmpdir(), 'phantom-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const cellOf = (options: PhantomOptions): Cell => drawCell(specOf(options));

async function truthOf(cell: Cell, scan: number): Promise<Measured> {
  const [reference, state] = await Promise.all([cellAt(cell, 0), cellAt(cell, scan)]);
  return measure(cell, state, await layersOf(cell, state), await layersOf(cell, reference));
}

/** Noiseless voxels of a scene, unless told without blur and texture. */
async function render(cell: Cell, scan: number, scene: PhantomScene, blur = 0): Promise<Float32Array> {
  const out = new Float32Array(cell.shape[0] * cell.shape[1] * cell.shape[2]);
  const optics = { ...opticsOf(cell, scan), blur, noise: 0, type: 'float32' as const };
  await renderPhantom({ ...scene, texture: null }, placeOf(cell, scan), optics, out);
  return out;
}

/** Voxels as the part of them that one material takes. */
function only(scene: PhantomScene, material: PhantomMaterial): PhantomScene {
  const grey = Object.fromEntries(PHANTOM_MATERIALS.map((m) => [m, m === material ? 1 : 0]));
  return { ...scene, grey: grey as PhantomScene['grey'], cracks: scene.cracks };
}

const sum = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
};

describe('the truth', () => {
  test.each([
    { seed: 1, scan: 2 },
    { seed: 2, scan: 4 },
    { seed: 3, scan: 7, axis: 'x', collectorEnd: 'high' },
    { seed: 4, scan: 7, variants: ['disc', 'face-recedes'] },
    { seed: 5, scan: 6, variants: ['symmetric'] },
  ] as (PhantomOptions & { scan: number })[])(
    'of seed $seed conserves matter in moved scan $scan',
    async ({ scan, ...options }) => {
      const cell = cellOf(options);
      const state = await cellAt(cell, scan);
      const { film, voids, foil } = await layersOf(cell, state);
      const found = await truthOf(cell, scan);
      const voxel = cell.spec.voxelUm;
      const cracks = sum(found.cracks.map((crack) => crack.volumeVoxels));
      const lithium = sum(await render(cell, scan, only(state.scene, 'lithium')));
      const expected = (sum(film) + sum(foil)) / voxel + cracks;
      expect(Math.abs(lithium / expected - 1)).toBeLessThan(1e-3);
      const empty = sum(await render(cell, scan, only(state.scene, 'void')));
      expect(Math.abs(empty - sum(voids) / voxel)).toBeLessThan(1e-3 * expected);
    },
  );

  test('is the column sum of the noiseless difference, cracks apart', async () => {
    const cell = cellOf({ seed: 6, variants: ['no-cracks'] });
    const host = cell.grey.collector - cell.grey.lithium;
    const before = await render(
      { ...cell, motions: cell.motions.map(() => cell.motions[0]!) },
      0,
      (await cellAt(cell, 0)).scene,
      0.9,
    );
    const [nz, ny, nx] = cell.shape;
    for (const scan of [1, 2, 4, 6]) {
      const still = { ...cell, motions: cell.motions.map(() => cell.motions[0]!) };
      const state = await cellAt(cell, scan);
      const after = await render(still, scan, state.scene, 0.9);
      const { working } = await truthOf(cell, scan);
      // Collector and electrolyte up to the middle of the pellet: what the counter electrode loses is left out.
      const half = Math.round((cell.axisUm[0] + cell.site.electrolyteUm / 2) / cell.spec.voxelUm);
      let difference = 0;
      for (let i = 0; i < half * ny * nx; i++) difference += before[i]! - after[i]!;
      expect(nz).toBeGreaterThan(half);
      const seen = (difference / host) * cell.spec.voxelUm;
      expect(Math.abs(seen / sum(working.map) - 1)).toBeLessThan(2e-3);
    }
  });

  test('of the charge is the lithium: electrode, cracks and log agree', async () => {
    const cell = cellOf({ seed: 7 });
    const areaMm2 = (Math.PI * cell.radiusUm ** 2) / 1e6;
    const log = cyclingLog(cell.program, areaMm2, 7);
    const middle = (scan: number) => (cell.program.exposures[scan]!.startH + cell.program.exposures[scan]!.endH) / 2;
    /** Trapezoidal rule from the log's start, mAh. */
    const passed = (until: number) => {
      let charge = 0;
      for (let i = 1; i < log.timeH.length; i++) {
        const [t0, t1] = [log.timeH[i - 1]!, Math.min(log.timeH[i]!, until)];
        if (t1 <= t0) break;
        charge -= (t1 - t0) * (log.currentMa[i]! + log.currentMa[i - 1]!) * 0.5;
      }
      return charge;
    };
    for (const scan of [1, 2, 3, 4, 5, 6, 7]) {
      const state = await cellAt(cell, scan);
      const { working, counter } = await truthOf(cell, scan);
      const charge = ((passed(middle(scan)) - passed(middle(0))) / areaMm2) * 100;
      expect(charge).toBeCloseTo(state.chargeMahCm2, 4);
      expect(Math.abs((working.lithiumUm + working.inCracksUm) / lithiumUm(charge) - 1)).toBeLessThan(1e-3);
      expect(Math.abs(-counter.totalUm / lithiumUm(charge) - 1)).toBeLessThan(1e-3);
    }
  });

  test('of a crack is what it takes of a moved scan, volume and place', async () => {
    const cell = cellOf({ seed: 8, axis: 'y', collectorEnd: 'high' });
    const scan = 7;
    const state = await cellAt(cell, scan);
    const { cracks } = await truthOf(cell, scan);
    const [nz, ny, nx] = cell.shape;
    for (const [k, crack] of state.scene.cracks.entries()) {
      // Alone, and of a material that nothing else is made of.
      const alone = { ...only(state.scene, 'air'), cracks: [{ ...crack, material: 'air' as never }] };
      alone.zones = alone.zones.map((zone) => ({
        ...zone,
        materials: zone.materials.map((m) => (m === 'air' ? 'wall' : m)),
      }));
      const part = await render(cell, scan, alone);
      const volume = sum(part);
      const own = cracks[k]!;
      if (k !== 1) expect(Math.abs(volume / own.volumeVoxels - 1)).toBeLessThan(2e-3);
      if (k === 0 || k === 1) continue; // they overlap: alone, each is larger than its own part
      const moment: Triple = [0, 0, 0];
      for (let z = 0, i = 0; z < nz; z++)
        for (let y = 0; y < ny; y++)
          for (let x = 0; x < nx; x++, i++) {
            const p = part[i]!;
            if (p === 0) continue;
            moment[0] += p * z;
            moment[1] += p * y;
            moment[2] += p * x;
          }
      const there = moment.map((m) => m / volume) as Triple;
      const expected = apply(registrationOf(cell, scan), own.centroid);
      for (let a = 0; a < 3; a++) expect(there[a]).toBeCloseTo(expected[a]!, 2);
    }
    expect(state.scene.cracks.length).toBeGreaterThan(2);
  });

  test('of the motion carries texture: a moved scan is the reference seen elsewhere', async () => {
    const cell = cellOf({ seed: 9, variants: ['rest'] });
    const [nz, ny, nx] = cell.shape;
    const smooth = async (scan: number) => {
      const out = new Float32Array(nz * ny * nx);
      const optics = { ...opticsOf(cell, scan), noise: 0, blur: 1.5, type: 'float32' as const };
      await renderPhantom((await cellAt(cell, scan)).scene, placeOf(cell, scan), optics, out);
      return out;
    };
    const reference = await smooth(0);
    const moved = await smooth(3);
    const matrix = registrationOf(cell, 3);
    const mean = cell.grey.electrolyte;
    const rms = (displaced: (p: Triple) => Triple) => {
      let squares = 0;
      let count = 0;
      const s = Math.round((cell.axisUm[0] + cell.site.electrolyteUm / 2) / cell.spec.voxelUm);
      for (let y = 50; y < 95; y++)
        for (let x = 50; x < 95; x++) {
          const q = displaced([s, y, x]);
          const f = q.map(Math.floor) as Triple;
          let value = 0;
          for (let c = 0; c < 8; c++) {
            const at = f.map((n, k) => n + ((c >> k) & 1)) as Triple;
            const w = at.reduce((product, n, k) => product * (1 - Math.abs(n - q[k]!)), 1);
            value += w * moved[(at[0] * ny + at[1]) * nx + at[2]]!;
          }
          squares += (value - reference[(s * ny + y) * nx + x]!) ** 2;
          count++;
        }
      return Math.sqrt(squares / count) / mean;
    };
    expect(rms((p) => apply(matrix, p))).toBeLessThan(0.003);
    expect(rms((p) => p)).toBeGreaterThan(0.01);
    expect(rms((p) => apply(inverseRigid(matrix), p))).toBeGreaterThan(0.01);
  });
});

describe('writePhantom', () => {
  const hashes = (directory: string) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .sort()
      .filter((name) => /\.\w+$/.test(name))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(directory, name)))
          .digest('hex'),
      ]);

  test('writes the same bytes whatever the threads, and other bytes for another seed', async () => {
    const [one, four, other] = ['one', 'four', 'other'].map((name) => join(scratch, name)) as [string, string, string];
    const options: PhantomOptions = { seed: 10, scans: 2, variants: ['rings', 'halo', 'aborted'] };
    await writePhantom(one, { ...options, threads: 1 });
    await writePhantom(four, { ...options, threads: 4 });
    await writePhantom(other, { ...options, seed: 11 });
    expect(hashes(four)).toEqual(hashes(one));
    expect(hashes(other).find(([name]) => name === 'scan_000.tif')).not.toEqual(
      hashes(one).find(([name]) => name === 'scan_000.tif'),
    );
  });

  test('tells in its maps what it tells in its means, in the file of either orientation', async () => {
    const directory = join(scratch, 'maps');
    await writePhantom(directory, { seed: 12, scans: 3, format: 'raw', axis: 'x', collectorEnd: 'high' });
    const truth = await readTruth(directory);
    expect(truth.shape).toEqual([144, 144, 96]);
    const { meanUm, map } = truth.scans[1]!.thickness.working;
    const { center, radius } = truth.cylinder;
    const total = sum(await readTruthMap(truth, map));
    expect(total / (Math.PI * radius ** 2)).toBeCloseTo(meanUm, 3);
    const cylinder: Cylinder = {
      kind: 'cylinder',
      axis: 'x',
      center,
      radius: 0.9 * radius,
      range: [0, 96],
      follow: 'none',
    };
    const inner = await truthMeanUm(truth, 1, cylinder);
    expect(inner).toBeGreaterThan(0.6 * meanUm);
    expect(inner).toBeLessThan(1.4 * meanUm);
    const box = { kind: 'box', min: [0, 0, 0], max: truth.shape } as const;
    expect(await truthMeanUm(truth, 1, { ...box, min: [...box.min], max: [...box.max] })).toBeCloseTo(
      total / 144 ** 2,
      5,
    );
    // The collector lies at the high end: interface, counter electrode and back come in falling order.
    const { working, counter, back } = truth.interfaces;
    expect(working.mean).toBeGreaterThan(counter.mean);
    expect(counter.mean).toBeGreaterThan(back.mean);
    expect(truth.interfaces.working.mean).toBeGreaterThan(48);
  });

  test('leaves files of other origin alone, and takes the place of an earlier one that was killed', async () => {
    const directory = join(scratch, 'taken');
    mkdirSync(directory);
    writeFileSync(join(directory, 'scan_000.tif'), 'measured');
    await expect(writePhantom(directory, { scans: 2 })).rejects.toThrow(
      /taken\): scan_000\.tif in it is not of a phantom/,
    );
    expect(readdirSync(directory)).toEqual(['scan_000.tif']);
    writeFileSync(join(directory, '.phantom-unfinished'), '');
    await writePhantom(directory, { scans: 2 });
    expect(readdirSync(directory)).not.toContain('.phantom-unfinished');
    expect(readFileSync(join(directory, 'scan_000.tif')).length).toBeGreaterThan(1000);
    // Another format: the files of the first are gone, its voxels are the same.
    const voxels = async (name: string) => {
      const source = volumeSource(await describeFile(join(directory, name)));
      const hash = createHash('sha256');
      for await (const piece of decodePlain(source)) hash.update(piece);
      return hash.digest('hex');
    };
    const before = await voxels('scan_001.tif');
    await writePhantom(directory, { scans: 2, format: 'hdf5' });
    expect(readdirSync(directory).filter((name) => name.startsWith('scan_'))).toEqual(['scan_000.h5', 'scan_001.h5']);
    expect(await voxels('scan_001.h5')).toBe(before);
    rmSync(directory, { recursive: true });
  });

  test('leaves nothing behind when it is stopped or asked for what cannot be', async () => {
    const directory = join(scratch, 'stopped');
    const stop = new AbortController();
    const written = writePhantom(directory, { scans: 4 }, { signal: stop.signal, progress: () => stop.abort() });
    await expect(written).rejects.toThrow();
    expect(readdirSync(scratch)).not.toContain('stopped');
    await expect(writePhantom(directory, { variants: ['no such'] })).rejects.toThrow(
      /^Cannot make the phantom \(--variant\): there is no variant no such\. The variants are plain, /,
    );
    expect(readdirSync(scratch)).not.toContain('stopped');
  });
});

describe('variants', () => {
  // Those that only change what a scan makes of the cell have the plain cell's layers.
  const ofScans = [
    'noise',
    'noiseWidth',
    'rings',
    'cupping',
    'halo',
    'shading',
    'fringe',
    'gain',
    'offset',
    'brightness',
  ];
  const planOf = (name: string) => {
    const plan = Object.entries(specOf({ seed: 2, variants: [name] }));
    return JSON.stringify(plan.filter(([key]) => ![...ofScans, 'variants', 'type', 'flaw'].includes(key)));
  };
  const optical = Object.keys(VARIANTS).filter((name) => name !== 'plain' && planOf(name) === planOf('plain'));
  const built = Object.keys(VARIANTS).filter((name) => !optical.includes(name));

  test.each(optical)('%s is seen in a scan', (name) => {
    const [cell, plain] = [name, 'plain'].map((variant) => cellOf({ seed: 2, variants: [variant] })) as [Cell, Cell];
    const scans = cell.program.exposures.map((_, scan) => scan);
    const changed = scans.filter(
      (scan) => cell.spec.shading > 0 || JSON.stringify(opticsOf(cell, scan)) !== JSON.stringify(opticsOf(plain, scan)),
    );
    expect(changed).toEqual(cell.spec.flaw ? [cell.flawScan] : scans);
  });

  test.each(built)('%s keeps its layers inside the field and its cracks above the threshold', async (name) => {
    const cell = cellOf({ seed: 2, variants: [name] });
    const { field, voxelUm, scans } = cell.spec;
    const found = await truthOf(cell, scans - 1);
    const heights: number[] = [];
    for (let v = 0; v < field[1]; v += 4)
      for (let u = 0; u < field[2]; u += 4) {
        const [dv, du] = [v * voxelUm - cell.axisUm[1], u * voxelUm - cell.axisUm[2]];
        if (Math.hypot(dv, du) < cell.radiusUm) heights.push(valueAt(cell.surfaces.working, v * voxelUm, u * voxelUm));
      }
    const collector = Math.min(...heights) / voxelUm;
    expect(collector).toBeGreaterThan(0.1 * field[0]);
    expect(Math.max(...found.working.map) / voxelUm).toBeLessThan(0.2 * field[0]);
    expect(Math.min(...found.counter.map) / voxelUm).toBeGreaterThan(-0.3 * field[0]);
    const born = await truthOf(cell, scans - 3);
    for (const crack of born.cracks) expect(crack.volumeVoxels).toBeGreaterThan(150);
  });

  test('a plain cell has two cracks that merge at the end, one apart and one at the counter electrode', async () => {
    for (const [seed, variants] of [
      [1, []],
      [2, ['jump']],
      [3, ['narrow']],
    ] as const) {
      const cell = cellOf({ seed, variants: [...variants] });
      const components = async (scan: number) =>
        (await truthOf(cell, scan)).components.map(({ plans }) => plans.sort((a, b) => a - b));
      expect(await components(6)).toEqual([[0], [1], [2], [3]]);
      expect(await components(7)).toEqual([[0, 1], [2], [3]]);
      expect(cell.cracks.map((plan) => plan.electrode)).toEqual(['working', 'working', 'working', 'counter']);
    }
  });

  test('a splitting crack ends as two pieces, a through crack reaches both electrodes', async () => {
    const split = await truthOf(cellOf({ seed: 4, variants: ['splitting'] }), 7);
    expect(split.cracks[0]!.pieces).toBe(2);
    const through = await truthOf(cellOf({ seed: 4, variants: ['through'] }), 7);
    expect(through.cracks[0]!.toCollectorUm).toBeLessThan(1.625);
    expect(through.cracks[0]!.toCounterUm).toBeLessThan(1.625);
  });
});
