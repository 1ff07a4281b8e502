import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { allInstructions, chooseInstructions, instructions } from './instructions.ts';
import { native } from './native.ts';
import { openVolume, readBlock, type View, type Volume } from './volume.ts';

type Options = Record<string, unknown>;

// Odd lengths, longer than a vector, a group of the median, a slab of labels and a tile of the resampling are.
const SHAPE = [35, 37, 147] as const;
const COLUMNS = SHAPE[1] * SHAPE[2];
const COUNT = SHAPE[0] * COLUMNS;
const BINNED = 18 * 19 * 74;

/** Grains with noise: what a scan looks like, with nothing that repeats. */
const grey = (() => {
  const voxels = new Uint16Array(COUNT);
  let state = 2463534242;
  for (let i = 0; i < COUNT; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const [z, y, x] = [Math.floor(i / COLUMNS), Math.floor(i / SHAPE[2]) % SHAPE[1], i % SHAPE[2]];
    const grain = Math.sin(z / 3 + Math.sin(y / 5)) + Math.sin(y / 4 + x / 7) + Math.sin(x / 3 - z / 6);
    voxels[i] = 20000 + 4000 * grain + 3000 * ((state >>> 0) / 2 ** 32) + (z > 18 ? 9000 : 0);
  }
  return voxels;
})();

let directory: string;
let volume: Volume;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tomolapse-same-'));
  const path = join(directory, 'grey');
  writeFileSync(path, grey);
  const segments = [{ path, offset: 0, rows: SHAPE[0] * SHAPE[1] }];
  volume = openVolume({ segments, shape: [...SHAPE], type: 'uint16', bigEndian: false });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(() => chooseInstructions(allInstructions().at(-1)!));

const floats = (n = COUNT) => new Float32Array(n);
const real = Float32Array.from(grey);
const signed = Int16Array.from(grey, (value) => value - 25000);
const mask = Uint8Array.from(grey, (value) => Number(value > 26000));
const view = (): View => ({ volume, axis: [0, 1, 2], flip: [false, false, false] });
const upright = () => ({ volume, axis: [2, 0, 1], flip: [false, true, false] });
const MATRIX = [1, 0.012, 0, 0.31, -0.012, 1, 0.003, -0.22, 0, -0.003, 1, 0.57];
const placed = (matrix: number[]) => ({ ...view(), matrix, gain: 1.02, offset: 20, fieldRadius: 70 });
const WHOLE = [1, 0, 0, 1, 0, 1, 0, -2, 0, 0, 1, 0];
const whole = { origin: [0, 0, 0], extent: SHAPE };
const layer = () => ({
  from: new Uint16Array(COLUMNS).map((_, i) => i % 5),
  to: new Uint16Array(COLUMNS).fill(33),
  width: SHAPE[2],
});
const frame = () => ({
  extent: SHAPE,
  slice: 0,
  column: 0,
  sliceStep: [1, 0, 0],
  columnStep: [0, SHAPE[2], 1],
  columns: COLUMNS,
});
const region = () => ({
  ...whole,
  v0: 1,
  v1: 36,
  u0: 2,
  u1: 146,
  nu: SHAPE[2],
  from: new Uint16Array(COLUMNS).fill(1),
  to: new Uint16Array(COLUMNS).fill(31),
});
const spline = (height: number) => ({
  origin: [-16, -16],
  spacing: 16,
  shape: [6, 13],
  coefficients: new Float64Array(78).fill(height),
});
const scene = () => ({
  voxelUm: 1,
  axisUm: [0, 18, 70],
  lean: [0, 0.01],
  surfaces: [spline(9), spline(26)],
  zones: [
    { radiusUm: 60, surfaces: [0, 1], materials: [0, 3, 1] },
    { radiusUm: 90, surfaces: [], materials: [5] },
  ],
  cracks: [{ sheet: false, material: 1, middle: spline(16), thickness: spline(1.5) }],
  grey: [40000, 7000, 0, 20000, 65000, 12500, 100],
  texture: {
    seed: 1,
    grainUm: 20,
    grainContrast: 0.04,
    grainEdgeUm: 0.8,
    particleUm: 5,
    particleContrast: 0.015,
    patchUm: 60,
    patchShare: 0.3,
    patchContrast: 0.06,
    poreCellUm: 13,
    poreShare: 0.06,
    poreShareInPatch: 0.35,
    poreRadiusUm: [1.6, 4],
    poreContrast: 0.5,
    poreEdgeUm: 0.7,
    metalUm: 8,
    metalContrast: 0.007,
    wallUm: 12,
    wallContrast: 0.006,
  },
  collectorShiftUm: 0.5,
  collectorShade: [spline(0.1)],
});
const optics = () => ({
  shape: [13, 37, 83],
  stackAxis: 0,
  blur: 0.9,
  fringe: 0.1,
  fringeWidth: 1,
  halo: 0.1,
  haloWidth: 4,
  haloLevel: 100,
  cupping: 0.03,
  cuppingRadiusUm: 50,
  rings: 10,
  ringsSeed: 1,
  drift: [0.5, 0],
  centreError: 0.3,
  turned: 1,
  noise: 100,
  noiseWidth: 0.5,
  burst: [1, 2],
  burstNoise: 10,
  lost: [4, 5],
  noiseSeed: 3,
  gain: 1,
  offset: 0,
  type: 'uint16',
  black: 0,
  white: 65535,
});
const median = { shape: SHAPE, radius: 2, cube: false, border: 'fiji' };

/** What every function that computes is called with; all that it fills or answers is compared. */
const calls: Readonly<Record<string, () => Options | Options[]>> = {
  readBlock: () => ({ view: upright(), origin: [-1, 0, 2], extent: [60, 35, 37], out: floats(60 * 35 * 37) }),
  bin: () => [
    { voxels: grey, shape: SHAPE, channels: 1, out: new Uint16Array(BINNED) },
    { voxels: real, shape: SHAPE, channels: 1, out: floats(BINNED) },
    { voxels: signed, shape: SHAPE, channels: 1, out: new Int16Array(BINNED) },
    { voxels: mask, shape: SHAPE, channels: 1, out: new Uint8Array(BINNED) },
    { voxels: mask, shape: [35, 37, 49], channels: 3, out: new Uint16Array(18 * 19 * 25 * 3) },
  ],
  gaussian: () => [
    { voxels: real, shape: SHAPE, sigma: 1, reflect: true, out: floats() },
    { voxels: real, shape: SHAPE, sigma: 2.7, reflect: false, out: floats() },
  ],
  median: () => [
    { ...median, voxels: signed, out: new Int16Array(COUNT) },
    { ...median, voxels: signed, cube: true, border: 'reflect', out: new Int16Array(COUNT) },
  ],
  label: () => ({ mask: mask, shape: SHAPE, connectivity: 26, minVoxels: 4, labels: new Int32Array(COUNT) }),
  dilate: () => ({ mask: mask, shape: SHAPE, radius: 3, out: new Uint8Array(COUNT) }),
  erode: () => ({ mask: mask, shape: SHAPE, radius: 1.5, out: new Uint8Array(COUNT) }),
  distance: () => ({ mask: mask, shape: SHAPE, spacing: [1, 1.5, 1], out: floats() }),
  planeMaxima: () => ({
    in: mask,
    shape: [35, 37, 49],
    channels: 3,
    cell: 8,
    least: new Uint8Array(3),
    out: new Uint8Array(35 * 5 * 7 * 6),
  }),
  widenCells: () => ({
    planes: grey,
    first: 0,
    count: SHAPE[0],
    shape: SHAPE,
    cell: 8,
    ranges: new Uint16Array(5 * 5 * 19 * 2).map((_, i) => (i % 2 ? 0 : 65535)),
  }),
  histogram16: () => ({ voxels: grey, counts: new Float64Array(65536) }),
  histogram: () => ({ voxels: real, low: 18000, high: 30000, bins: 97, counts: new Float64Array(97) }),
  viewHistogram: () => ({
    view: upright(),
    origin: [3, 1, 2],
    extent: [99, 31, 33],
    low: 2e4,
    high: 3e4,
    bins: 97,
    counts: new Float64Array(97),
  }),
  valueRange: () => ({ voxels: real }),
  otsu: () => ({ counts: Float64Array.from({ length: 64 }, (_, i) => i % 17), first: 0, step: 1 }),
  crc32c: () => ({ bytes: new Uint8Array(grey.buffer), before: 0 }),
  resampleBlock: () => [
    { view: view(), matrix: MATRIX, ...whole, spline: true, out: floats() },
    { view: view(), matrix: MATRIX, ...whole, spline: false, out: floats() },
  ],
  sampleLevel: () => ({
    volume,
    matrix: MATRIX,
    step: 2,
    taps: 1,
    origin: [0, 0, 0],
    extent: [17, 18, 73],
    out: floats(17 * 18 * 73),
  }),
  differenceBlock: () => [
    { before: placed(WHOLE), after: placed(MATRIX), ...whole, sigma: 1, out: floats(), unfiltered: floats() },
    {
      before: placed(WHOLE),
      after: { ...placed(WHOLE), gain: 1 },
      ...whole,
      sigma: 0.6,
      out: floats(),
      unfiltered: null,
    },
  ],
  placeBlock: () => ({ scan: placed(MATRIX), ...whole, out: floats() }),
  findSurface: () => ({
    view: view(),
    start: floats(COLUMNS).fill(18),
    below: 21000,
    above: 30000,
    reach: 8,
    sigma: 1,
    height: floats(COLUMNS),
  }),
  electrolyteAround: () => ({ ...layer(), ...whole, grey: real, mean: 25000, sigma: 2, around: floats() }),
  crackFractions: () => ({
    unfiltered: real.slice(),
    filtered: real.toReversed(),
    around: real,
    lithium: 1e4,
    least: 1e4,
  }),
  runsBeyond: () => ({ ...layer(), ...whole, field: real, threshold: 26000 }),
  labelRuns: () => ({
    runs: Int32Array.from(
      { length: 4000 },
      (_, i) => [Math.floor(i / 400), Math.floor(i / 40) % 10, (i % 40) * 3, (i % 40) * 3 + 2][i % 4]!,
    ),
    minVoxels: 1,
    labels: new Int32Array(1000),
  }),
  fractionCounts: () => ({
    ...frame(),
    difference: real,
    parts: [
      { ...layer(), per: 0.2 },
      { from: null, to: null, per: 0.1 },
    ],
    least: -32768,
    most: 32767,
    out: new Int16Array(COUNT),
    outRow: SHAPE[2],
    outPlane: COLUMNS,
  }),
  mixPhases: () => ({
    ...frame(),
    lower: floats(COLUMNS).fill(9.3),
    upper: floats(COLUMNS).fill(26.2),
    inPellet: new Uint8Array(COLUMNS).fill(1),
    symmetric: false,
    foilEnd: 31,
    lithiumLvf: 0.2,
    countsPerUnit: 8192,
    lithium: signed,
    crackPlaces: Float64Array.from({ length: 500 }, (_, i) => i * 301),
    crackFractions: floats(500).fill(0.5),
    out: new Uint8Array(4 * COUNT),
    sums: new Float64Array(4 * SHAPE[0]),
  }),
  columnSums: () => ({
    ...region(),
    difference: real,
    unit: 10000,
    unitBehind: 5000,
    split: floats(COLUMNS).fill(20),
    crackFirst: Uint32Array.from({ length: COLUMNS + 1 }, (_, i) => Math.min(i, 4)),
    crackSlice: Uint16Array.from([1, 2, 3, 4]),
    crackFraction: floats(4).fill(0.3),
    sum: new Float64Array(COLUMNS),
    crack: new Float64Array(COLUMNS),
    seen: new Uint16Array(COLUMNS),
    first: new Uint16Array(COLUMNS),
    profileBase: new Int32Array(COLUMNS),
    profileSum: new Float64Array(40),
    profileCount: new Float64Array(40),
  }),
  countSums: () => ({
    ...region(),
    smooth: signed,
    counts: signed,
    counted: new Uint8Array(COLUMNS).fill(1),
    full: 3,
  }),
  survey: () => ({ volume, sample: 500 }),
  atLimits: () => ({ view: upright(), origin: [0, 0, 0], extent: [147, 35, 37] }),
  noiseBlocks: () => ({ volume, most: 64, low: 0, high: 65535 }),
  edgeWidths: () => ({ volume, most: 10, least: 1 }),
  ringVariance: () => ({ view: view(), centre: [18, 73], slices: 9 }),
  readTurn: () => ({ view: view(), noise: 100, most: 2 }),
  readLevel: () => ({ view: upright(), factor: 2, origin: [0, 0, 0], extent: [73, 17, 18], out: floats(73 * 17 * 18) }),
  holdLevel: () => ({ view: upright(), factor: 2, taps: 2 }),
  correlate: () => ({
    reference: real,
    mask: mask,
    referenceShape: [16, 15, 17],
    moved: real,
    movedShape: [19, 15, 21],
    count: 3,
  }),
  findRings: () => ({ view: view(), center: [18, 73], radius: 17, from: 0, to: 35 }),
  registerViews: () => ({
    reference: view(),
    moved: view(),
    model: 'similarity',
    factor: 1,
    binned: 1,
    sigma: 0.7,
    stride: 2,
    iterations: 4,
    tolerance: 1e-4,
    patches: [{ origin: [2, 2, 2], extent: [30, 32, 140] }],
    mask: new Uint8Array(COUNT).fill(1),
    maskShape: SHAPE,
    maskCell: 1,
    start: [1, 0, 0, 0.4, 0, 1, 0, -0.3, 0, 0, 1, 0.2, 0, 0, 0, 1],
    center: [17, 18, 73],
    referenceRings: null,
    movedRings: null,
  }),
  firstUnlike: () => {
    const bytes = new Uint8Array(grey.buffer);
    const plane = bytes.slice(0, 2 * COLUMNS);
    return { slab: bytes, shape: SHAPE, voxelBytes: 2, chunk: 16, plane, first: new Int32Array(3 * 10) };
  },
  renderPhantom: () => ({ scene: scene(), placeOf: MATRIX, optics: optics(), out: new Uint16Array(13 * 37 * 83) }),
  phantomThickness: () => ({ scene: scene(), shape: [37, 147], pairs: [[0, 1]], out: new Float64Array(COLUMNS) }),
};

test('every function that computes is here', () => {
  // One thread and no kernels: reading what was stored, and a table of a scene.
  const plain = ['decodeTiffBand', 'phantomCrackVoxels'];
  const others = ['openVolume', 'expectScattered', 'exitNow', 'cancellation', 'useCancellation', 'cancel'];
  const sets = ['instructions', 'allInstructions', 'limitInstructions'];
  expect(Object.keys(native).toSorted()).toEqual([...Object.keys(calls), ...plain, ...others, ...sets].toSorted());
});

/** What is filled and what is answered. */
async function outcome(name: string, options: Options): Promise<unknown[]> {
  const answer = await (native[name] as unknown as (options: Options) => unknown)(options);
  // A volume that is held says nothing until it is read.
  if (name === 'holdLevel') return [await readBlock({ ...view(), volume: answer as Volume }, [0, 0, 0], [74, 18, 19])];
  return [answer, ...Object.values(options).filter((value) => ArrayBuffer.isView(value))];
}

/** Plainly equal or not: a difference in millions of numbers is not to be printed. */
function same(a: unknown, b: unknown): boolean {
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b))
    return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => same((a as Options)[key], (b as Options)[key]));
}

test.each(Object.keys(calls))('%s: the same bytes on 1, 2 and 7 threads and every instruction set', async (name) => {
  const cases = [calls[name]!()].flat().length;
  for (let index = 0; index < cases; index++) {
    const once = (threads: number) => outcome(name, { ...[calls[name]!()].flat()[index]!, threads });
    const plain = await once(1);
    for (const set of allInstructions()) {
      chooseInstructions(set);
      expect(instructions()).toBe(set);
      for (const threads of [1, 2, 7])
        expect(same(await once(threads), plain), `${set}, ${threads} threads, case ${index}`).toBe(true);
    }
    chooseInstructions(allInstructions().at(-1)!);
  }
});

test('an instruction set that the machine lacks is refused', () => {
  expect(() => chooseInstructions('avx3')).toThrow(RangeError);
});
