import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LEAST_SHOWN_PHASES, type Triple } from '../../core/geometry.ts';
import type { StepContext, StepResult } from '../../core/step.ts';
import { createZarr, openZarr } from '../../store/zarr/index.ts';
import { coarseLevels, pyramid } from './index.ts';

let folder = '';
let serial = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tomolapse-pyramid-'));
});
afterAll(() => rm(folder, { recursive: true }));

const CHANNELS = ['collector', 'lithium', 'crack', 'electrolyte'];

/** A result of `phases` with the fractions given by `fraction(z, y, x, channel)`. */
async function phases(shape: Triple, fraction: (z: number, y: number, x: number, c: number) => number) {
  const directory = join(folder, `phases${serial++}`);
  const writer = await createZarr(join(directory, 'phases.zarr'), {
    name: 'scan',
    type: 'uint8',
    shape,
    voxelSizeUm: [2, 2, 2],
    channels: CHANNELS.map((label) => ({ label, color: 'FFFFFF', window: [0, 255] })),
  });
  const voxels = new Uint8Array(shape[0] * shape[1] * shape[2] * 4);
  let at = 0;
  for (let z = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++) for (let c = 0; c < 4; c++) voxels[at++] = fraction(z, y, x, c);
  await writer.writeSlab(0, voxels);
  await writer.close();
  return { directory, voxels };
}

async function run(from: string, memoryBytes = 2 ** 31, threads = 2, signal = new AbortController().signal) {
  const directory = join(folder, `pyramid${serial++}`);
  const seen: number[] = [];
  const value = await pyramid.run({
    params: {},
    scan: 0,
    series: { voxelSizeUm: [2, 2, 2], scans: [], cycling: null, workingAreaMm2: null, counterAreaMm2: null },
    result: <R>() => ({ key: '', value: null as R, directory: from }) as StepResult<R>,
    results: () => [],
    directory,
    threads,
    memoryBytes,
    signal,
    progress: (fraction) => seen.push(fraction),
  } satisfies StepContext<Record<string, never>>);
  return { value, directory, seen };
}

test('levels go on until the longest axis is at most 64', () => {
  expect(coarseLevels([20, 30, 40])).toEqual([1]);
  expect(coarseLevels([128, 100, 128])).toEqual([1]);
  expect(coarseLevels([128, 129, 30])).toEqual([1, 2]);
  expect(coarseLevels([100, 2560, 2560])).toEqual([1, 2, 3, 4, 5, 6]);
});

test('every level is the mean of the fractions below, in odd sizes and in thin slabs', async () => {
  const shape: Triple = [75, 9, 131];
  const { directory, voxels } = await phases(
    shape,
    (z, y, x, c) => (z * 31 + y * 17 + x * 7 + c * 61 + ((z * x) % 13)) % 256,
  );
  const { value, directory: made, seen } = await run(directory);
  expect(value).toEqual({ volume: 'pyramid.zarr', levels: [1, 2], maxima: 'maxima.zarr', cell: 4 });
  expect(seen.at(-1)).toBe(1);
  const volume = await openZarr(join(made, value.volume));

  // Means of means in double precision, the same rule at the border.
  let above: Float64Array = Float64Array.from(voxels);
  let [nz, ny, nx] = shape;
  for (const k of value.levels) {
    const size = [nz, ny, nx].map((n) => Math.ceil(n / 2)) as Triple;
    const mean = new Float64Array(size[0] * size[1] * size[2] * 4);
    const stored = await volume.readBlock([0, 0, 0], size, k);
    let worst = 0;
    for (let z = 0, at = 0; z < size[0]; z++)
      for (let y = 0; y < size[1]; y++)
        for (let x = 0; x < size[2]; x++)
          for (let c = 0; c < 4; c++, at++) {
            let [sum, count] = [0, 0];
            for (let i = 2 * z; i < Math.min(2 * z + 2, nz); i++)
              for (let j = 2 * y; j < Math.min(2 * y + 2, ny); j++)
                for (let l = 2 * x; l < Math.min(2 * x + 2, nx); l++, count++)
                  sum += above[((i * ny + j) * nx + l) * 4 + c]!;
            mean[at] = sum / count;
            worst = Math.max(worst, Math.abs(mean[at]! - stored[at]!));
          }
    expect(worst).toBeLessThan(0.5 + 0.004 * k);
    above = mean;
    [nz, ny, nx] = size;
  }

  const thin = await run(directory, 1, 1);
  const again = await openZarr(join(thin.directory, 'pyramid.zarr'));
  expect(await again.readBlock([0, 0, 0], [38, 5, 66], 1)).toEqual(await volume.readBlock([0, 0, 0], [38, 5, 66], 1));
  expect(await again.readBlock([0, 0, 0], [19, 3, 33], 2)).toEqual(await volume.readBlock([0, 0, 0], [19, 3, 33], 2));
  const cells = await openZarr(join(made, 'maxima.zarr'));
  const cellsAgain = await openZarr(join(thin.directory, 'maxima.zarr'));
  expect(await cellsAgain.readBlock([0, 0, 0], [19, 3, 33])).toEqual(await cells.readBlock([0, 0, 0], [19, 3, 33]));
});

test('maxima cover a cell and one voxel around it', async () => {
  const spots: [number, number, number, number, number][] = [
    [3, 3, 3, 1, 200],
    [8, 20, 12, 2, 90],
    [15, 16, 16, 0, 50],
  ];
  const { directory } = await phases(
    [20, 24, 28],
    (z, y, x, c) => spots.find((s) => s[0] === z && s[1] === y && s[2] === x && s[3] === c)?.[4] ?? 0,
  );
  const { directory: made } = await run(directory);
  const cells = await openZarr(join(made, 'maxima.zarr'));
  const values = await cells.readBlock([0, 0, 0], [5, 6, 7]);
  const near = (value: number, low: number, edge: number) => value >= low - 1 && value <= low + edge;
  const around = (low: Triple, edge: number, c: number) =>
    Math.max(0, ...spots.filter((s) => s[3] === c && low.every((from, k) => near(s[k]!, from, edge))).map((s) => s[4]));
  let eighths = 0;
  for (let z = 0, at = 0; z < 5; z++)
    for (let y = 0; y < 6; y++)
      for (let x = 0; x < 7; x++, at += 8)
        for (let c = 0; c < 4; c++) {
          const low: Triple = [4 * z, 4 * y, 4 * x];
          expect(values[at + c]).toBe(around(low, 4, c));
          let bits = 0;
          for (let eighth = 0; eighth < 8; eighth++) {
            const corner = low.map((n, k) => n + 2 * ((eighth >> (2 - k)) & 1)) as Triple;
            if (around(corner, 2, c) >= LEAST_SHOWN_PHASES[c]!) bits |= 1 << eighth;
          }
          expect(values[at + 4 + c]).toBe(bits);
          if (bits > 0) eighths++;
        }
  // Lithium and the crack, in eight cells each; the collector's 50 is below its surface.
  expect(eighths).toBe(16);
});

test('a cancelled run stops', async () => {
  const { directory } = await phases([9, 9, 9], () => 1);
  await expect(run(directory, 2 ** 30, 1, AbortSignal.abort())).rejects.toThrow('abort');
});
