/**
 * How time grows with the number of voxels: `node bench/growth/main.ts [--sizes 128,256,512,1024] [--threads 0] [--out FILE.svg]`.
 * Times each operator, and a pair of scans from the file to filtered fractions and labelled cracks, on cubes of these edges; prints nanoseconds a
 * voxel and the exponent of the straight line through the logarithms: 1 is linear. The plot is written where `--out` says. Single operators
 * hold their whole cube, 13 GB at 1024³; the pair goes slab by slab, as the program does, and writes 4.3 GB for the time of the run. Cubes
 * of less than a tenth of a second are repeated, and the median told.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { curve, marks, type Panel, plotted } from '../../src/backend/media/figures/plot.ts';
import { svgFile, text } from '../../src/backend/media/figures/svg.ts';
import type { Matrix4, Triple } from '../../src/core/geometry.ts';
import { CELLS, CRACKS } from '../../src/core/plot/look.ts';
import { median as middle } from '../../src/core/robust.ts';
import { bin } from '../../src/engine/bin.ts';
import { fractionCounts } from '../../src/engine/counts.ts';
import { differenceBlock } from '../../src/engine/difference.ts';
import { distance } from '../../src/engine/distance.ts';
import { labelRuns, runsBeyond } from '../../src/engine/electrolyte.ts';
import { gaussian } from '../../src/engine/gaussian.ts';
import { histogram16, otsu16 } from '../../src/engine/histogram.ts';
import { instructions } from '../../src/engine/instructions.ts';
import { label } from '../../src/engine/label.ts';
import { median } from '../../src/engine/median.ts';
import { release } from '../../src/engine/release.ts';
import { resampleBlock } from '../../src/engine/resample.ts';
import { openVolume, type View } from '../../src/engine/volume.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '128,256,512,1024' },
    threads: { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});
const sizes = values.sizes.split(',').map(Number);
const threads = Number(values.threads);
/** Planes of a slab of the pair, and what its median and Gaussian reach. */
const PLANES = 32;
const HALO = 3;
const REPEATS = 5;
const ENOUGH_SECONDS = 0.1;

/** A turn of half a degree within the slices, and a shift. */
const angle = (0.5 * Math.PI) / 180;
const [c, s] = [Math.cos(angle), Math.sin(angle)];
const motion: Matrix4 = [1, 0, 0, 0.3, 0, c, -s, 0.6, 0, s, c, 0.1, 0, 0, 0, 1];

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-growth-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

/** A cube of grey values about 30 000, plane by plane: noise (Marsaglia's xorshift) about a texture that repeats. */
function* planes(edge: number, seed: number): Generator<Uint16Array> {
  let state = seed;
  for (let z = 0; z < edge; z++) {
    const plane = new Uint16Array(edge * edge);
    for (let y = 0, i = 0; y < edge; y++)
      for (let x = 0; x < edge; x++, i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        const grain = ((x >> 3) * 7 + (y >> 3) * 13 + (z >> 3) * 29) % 11;
        plane[i] = 30000 + 400 * grain + (state >>> 21);
      }
    yield plane;
  }
}

function written(edge: number, seed: number): View {
  const path = join(folder, `cube_${seed}`);
  const file = openSync(path, 'w');
  for (const plane of planes(edge, seed)) writeSync(file, plane);
  closeSync(file);
  const segments = [{ path, offset: 0, rows: edge * edge }];
  const volume = openVolume({ segments, shape: [edge, edge, edge], type: 'uint16', bigEndian: false });
  return { volume, axis: [0, 1, 2], flip: [false, false, false] };
}

/** Seconds of some work, and what it made is given back. */
async function seconds(work: () => Promise<{ readonly buffer: ArrayBufferLike }[]>): Promise<number> {
  const all: number[] = [];
  for (let k = 0; k < REPEATS && (k === 0 || all[0]! < ENOUGH_SECONDS); k++) {
    const began = performance.now();
    const made = await work();
    all.push((performance.now() - began) / 1000);
    release(...made);
  }
  return middle(all);
}

/** A pair of scans: difference and Gaussian, fractions, their median, and the connected dark voxels. */
async function pair(edge: number, before: View, after: View): Promise<[]> {
  const still = { gain: 1, offset: 0, fieldRadius: 0 };
  const one = { ...before, ...still, matrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
  const other = { ...after, ...still, matrix: motion };
  const layer = { from: new Uint16Array(edge * edge), to: new Uint16Array(edge * edge).fill(edge), width: edge };
  const runs: Int32Array[] = [];
  for (let z = 0; z < edge; z += PLANES) {
    const [low, high] = [Math.max(0, z - HALO), Math.min(edge, z + PLANES + HALO)];
    const extent: Triple = [high - low, edge, edge];
    const difference = await differenceBlock(one, other, [low, 0, 0], extent, 1, threads);
    const out = new Int16Array(difference.length);
    const frame = {
      slice: low,
      column: 0,
      sliceStep: [1, 0, 0] as Triple,
      columnStep: [0, edge, 1] as Triple,
      columns: edge * edge,
    };
    const parts = [{ from: null, to: null, unit: 20000 }];
    await fractionCounts(difference, extent, frame, parts, { perUnit: 8192, out }, threads);
    const smooth = await median(out, extent, { shape: 'ball', radius: 3 }, 'nearest', threads);
    const own = { min: [z, 0, 0] as Triple, shape: [Math.min(PLANES, edge - z), edge, edge] as Triple };
    const part = difference.subarray((z - low) * edge * edge, (z - low + own.shape[0]) * edge * edge);
    // A fifteen-hundredth of the voxels, as much as cracks take.
    runs.push((await runsBeyond(part, own, layer, 2500, threads)).runs);
    release(difference, out, smooth);
  }
  const all = new Int32Array(runs.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of runs) {
    all.set(part, at);
    at += part.length;
  }
  await labelRuns(all, 50);
  return [];
}

interface Row {
  name: string;
  seconds: number[];
}
const rows: Row[] = [];
async function take(name: string, work: () => Promise<{ readonly buffer: ArrayBufferLike }[]>): Promise<void> {
  let row = rows.find((each) => each.name === name);
  if (!row) rows.push((row = { name, seconds: [] }));
  row.seconds.push(await seconds(work));
}

for (const edge of sizes) {
  process.stderr.write(`${edge}³\n`);
  const shape: Triple = [edge, edge, edge];
  const before = written(edge, 12345);
  const after = written(edge, 54321);
  const grey = new Uint16Array(edge ** 3);
  let at = 0;
  for (const plane of planes(edge, 999)) {
    grey.set(plane, at);
    at += plane.length;
  }
  await take('Otsu, 16-bit', async () => {
    await otsu16(await histogram16(grey, threads));
    return [];
  });
  await take('2×2×2 mean, 16-bit', async () => [await bin(grey, shape, 1, threads)]);
  const mask = new Uint8Array(grey.length);
  for (let i = 0; i < grey.length; i++) mask[i] = grey[i]! > 33000 ? 1 : 0;
  await take('label, 26-connected, ≥ 50 voxels', async () => [(await label(mask, shape, 50, 26, threads)).labels]);
  await take('distance transform', async () => [await distance(mask, shape, [1, 1, 1], threads)]);
  release(mask);
  const fraction = new Int16Array(grey.length);
  for (let i = 0; i < grey.length; i++) fraction[i] = grey[i]! - 32000;
  await take('median, ball r 3', async () => [
    await median(fraction, shape, { shape: 'ball', radius: 3 }, 'fiji', threads),
  ]);
  release(fraction);
  const real = new Float32Array(grey.length);
  for (let i = 0; i < grey.length; i++) real[i] = grey[i]!;
  release(grey);
  await take('Gaussian σ 1', async () => [await gaussian(real, shape, 1, 'nearest', threads)]);
  release(real);
  await take('resample, Keys', async () => [await resampleBlock(before, motion, [0, 0, 0], shape, 'keys', threads)]);
  await take('a pair of scans', () => pair(edge, before, after));
}

/** Slope of the straight line through the logarithms. */
function exponent(times: readonly number[]): number {
  const xs = sizes.map((edge) => Math.log(edge ** 3));
  const ys = times.map(Math.log);
  const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const over = xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i]! - my), 0);
  return over / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}

process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads || availableParallelism()} threads, ${instructions()}; ns a voxel\n`,
);
process.stdout.write(
  `${'operator'.padEnd(34)}${sizes.map((edge) => `${edge}³`.padStart(9)).join('')}${'exponent'.padStart(10)}\n`,
);
for (const { name, seconds: times } of rows) {
  const each = times.map((time, i) => ((1e9 * time) / sizes[i]! ** 3).toFixed(2).padStart(9));
  process.stdout.write(`${name.padEnd(34)}${each.join('')}${exponent(times).toFixed(2).padStart(10)}\n`);
}
if (values.out) writeFileSync(values.out, await plot());

/** Seconds against voxels, both logarithmic. */
function plot(): Promise<string> {
  const [width, height] = [340, 250];
  const log = (value: number) => Math.log10(value);
  const all = rows.flatMap(({ seconds: times }) => times).map(log);
  const [low, high] = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
  const decades = Array.from({ length: high - low + 1 }, (_, k) => low + k);
  const looks = [...CELLS.map(({ colour }) => colour), ...CRACKS];
  const points = (times: readonly number[]) =>
    times.map((time, i) => [log(sizes[i]! ** 3), log(time)] as [number, number]);
  const x = sizes.map((edge) => ({ at: log(edge ** 3), text: `${edge}³` }));
  const panel: Panel = {
    left: 48,
    top: 12,
    width: 150,
    height: height - 50,
    x: { min: x[0]!.at - 0.2, max: x.at(-1)!.at + 0.2, step: 1, name: 'Voxels', words: x },
    y: {
      min: low,
      max: high,
      step: 1,
      name: 'Time (s)',
      words: decades.map((at) => ({ at, text: at < 0 ? (10 ** at).toFixed(-at) : String(10 ** at) })),
    },
    series: rows.flatMap(({ seconds: times }, k) => [
      curve(points(times), looks[k % looks.length]!),
      marks(points(times), looks[k % looks.length]!, 3),
    ]),
  };
  const names = rows.map(({ name, seconds: times }, k) =>
    text(208, 24 + 12 * k, `${name}: ${exponent(times).toFixed(2)}`, { fill: looks[k % looks.length]! }),
  );
  const body = plotted([panel], width, height) + names.join('');
  return svgFile({ width, height, body }, 'Time against voxels; exponents of the straight lines', { sizes, rows });
}
