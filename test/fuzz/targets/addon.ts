import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADDON } from '../../../src/engine/build.ts';
import type { Random } from '../random.ts';
import { single } from '../specimens.ts';
import { Broken, type Target } from '../target.ts';

type Options = Record<string, unknown>;

type Addon = Record<string, (...args: unknown[]) => unknown>;

let native: Addon;

/** The engine, or another build of it: one under sanitizers. */
function load(): Addon {
  native ??= createRequire(import.meta.url)(process.env['TOMOLAPSE_FUZZ_ADDON'] ?? ADDON) as Addon;
  return native;
}

const SHAPE = [6, 7, 8] as const;
const COUNT = 6 * 7 * 8;
const COLUMNS = 7 * 8;

/** Every function of the engine with one argument that goes well, but for `exitNow`, which ends the process. */
const CALLS: Readonly<Record<string, (volume: unknown) => Options>> = {
  openVolume: () => ({
    segments: [{ path: scan, offset: 0, rows: 42 }],
    shape: SHAPE,
    type: 'uint16',
    bigEndian: false,
  }),
  readBlock: (volume) => ({ view: view(volume), origin: [-1, 0, 2], extent: SHAPE, out: floats(), threads: 2 }),
  bin: () => ({
    voxels: new Uint16Array(COUNT),
    shape: SHAPE,
    channels: 1,
    out: new Uint16Array(3 * 4 * 4),
    threads: 2,
  }),
  label: () => ({
    mask: bytes(),
    shape: SHAPE,
    connectivity: 26,
    minVoxels: 2,
    labels: new Int32Array(COUNT),
    threads: 2,
  }),
  dilate: () => ({ mask: bytes(), shape: SHAPE, radius: 1.5, out: bytes(), threads: 2 }),
  erode: () => ({ mask: bytes(), shape: SHAPE, radius: 1.5, out: bytes(), threads: 2 }),
  distance: () => ({ mask: bytes(), shape: SHAPE, spacing: [1, 2, 3], out: floats(), threads: 2 }),
  firstUnlike: () => ({
    slab: bytes(),
    shape: SHAPE,
    voxelBytes: 1,
    chunk: 4,
    plane: bytes(),
    first: new Int32Array(4),
    threads: 2,
  }),
  gaussian: () => ({ voxels: floats(), shape: SHAPE, sigma: 1, reflect: true, out: floats(), threads: 2 }),
  median: () => ({ voxels: shorts(), shape: SHAPE, radius: 2, cube: false, border: 'fiji', out: shorts(), threads: 2 }),
  planeMaxima: () => ({
    in: bytes(),
    shape: SHAPE,
    channels: 1,
    cell: 4,
    least: new Uint8Array(1),
    out: new Uint8Array(6 * 4 * 2),
    threads: 2,
  }),
  widenCells: () => ({
    planes: new Uint16Array(COUNT),
    first: 0,
    count: 6,
    shape: SHAPE,
    cell: 4,
    ranges: new Uint16Array(16),
    threads: 2,
  }),
  histogram16: () => ({ voxels: new Uint16Array(COUNT), counts: new Float64Array(65536), threads: 2 }),
  histogram: () => ({ voxels: floats(), low: 0, high: 10, bins: 20, counts: new Float64Array(20), threads: 2 }),
  viewHistogram: (volume) => ({
    view: view(volume),
    origin: [0, 0, 0],
    extent: SHAPE,
    low: 0,
    high: 1e4,
    bins: 20,
    counts: new Float64Array(20),
    threads: 2,
  }),
  valueRange: () => ({ voxels: floats(), threads: 2 }),
  otsu: () => ({ counts: Float64Array.from({ length: 64 }, (_, i) => i % 17), first: 0, step: 1 }),
  crc32c: () => ({ bytes: bytes(), before: 0 }),
  resampleBlock: (volume) => ({
    view: view(volume),
    matrix: MATRIX,
    origin: [0, 0, 0],
    extent: SHAPE,
    spline: true,
    out: floats(),
    threads: 2,
  }),
  sampleLevel: (volume) => ({
    volume,
    matrix: MATRIX,
    step: 2,
    taps: 1,
    origin: [0, 0, 0],
    extent: [3, 3, 4],
    out: floats(),
    threads: 2,
  }),
  differenceBlock: (volume) => ({
    before: placed(volume),
    after: placed(volume),
    origin: [0, 0, 0],
    extent: SHAPE,
    sigma: 0.5,
    out: floats(),
    unfiltered: floats(),
    threads: 2,
  }),
  placeBlock: (volume) => ({ scan: placed(volume), origin: [0, 0, 0], extent: SHAPE, out: floats(), threads: 2 }),
  findSurface: (volume) => ({
    view: view(volume),
    start: new Float32Array(COLUMNS).fill(3),
    below: 100,
    above: 0,
    reach: 3,
    sigma: 0.5,
    height: new Float32Array(COLUMNS),
    threads: 2,
  }),
  electrolyteAround: () => ({ ...box(), grey: floats(), mean: 5, sigma: 1, around: floats(), threads: 2 }),
  crackFractions: () => ({
    unfiltered: floats(),
    filtered: floats(),
    around: floats(),
    lithium: 1,
    least: 2,
    threads: 2,
  }),
  runsBeyond: () => ({ ...box(), field: floats(), threshold: 5, threads: 2 }),
  labelRuns: () => ({
    runs: Int32Array.from({ length: 40 }, (_, i) => (i * 7) % 5),
    minVoxels: 1,
    labels: new Int32Array(10),
  }),
  fractionCounts: () => ({
    ...frame(),
    difference: floats(),
    parts: [
      { from: new Uint16Array(COLUMNS).fill(1), to: new Uint16Array(COLUMNS).fill(5), per: 2 },
      { from: null, to: null, per: 1 },
    ],
    least: -100,
    most: 100,
    out: shorts(),
    outRow: 8,
    outPlane: COLUMNS,
    threads: 2,
  }),
  mixPhases: () => ({
    ...frame(),
    lower: new Float32Array(COLUMNS).fill(1),
    upper: new Float32Array(COLUMNS).fill(5),
    inPellet: new Uint8Array(COLUMNS).fill(1),
    symmetric: false,
    foilEnd: 6,
    lithiumLvf: 0.2,
    countsPerUnit: 100,
    lithium: shorts(),
    crackPlaces: Float64Array.from([3, 9, 70]),
    crackFractions: new Float32Array(3).fill(0.5),
    out: new Uint8Array(4 * COUNT),
    sums: new Float64Array(24),
    threads: 2,
  }),
  columnSums: () => ({
    ...region(),
    difference: floats(),
    unit: 100,
    unitBehind: 50,
    split: new Float32Array(COLUMNS).fill(3),
    crackFirst: Uint32Array.from({ length: COLUMNS + 1 }, (_, i) => Math.min(i, 4)),
    crackSlice: Uint16Array.from([1, 2, 3, 4]),
    crackFraction: new Float32Array(4),
    sum: new Float64Array(COLUMNS),
    crack: new Float64Array(COLUMNS),
    seen: new Uint16Array(COLUMNS),
    first: new Uint16Array(COLUMNS),
    profileBase: new Int32Array(COLUMNS),
    profileSum: new Float64Array(9),
    profileCount: new Float64Array(9),
    threads: 2,
  }),
  countSums: () => ({
    ...region(),
    smooth: shorts(),
    counts: shorts(),
    counted: new Uint8Array(COLUMNS).fill(1),
    full: 3,
    threads: 2,
  }),
  decodeTiffBand: () => ({
    stored: Uint8Array.from([...LZW, ...LZW]),
    counts: [LZW.length, LZW.length],
    code: 'lzw',
    width: 8,
    rows: 2,
    chunkWidth: 8,
    chunkRows: 1,
    tiled: false,
    samples: 1,
    sample: 0,
    bits: 16,
    bigEndian: false,
    predictor: 2,
    out: new Uint8Array(32),
  }),
  survey: (volume) => ({ volume, sample: 50, threads: 2 }),
  atLimits: (volume) => ({ view: view(volume), origin: [0, 0, 0], extent: SHAPE, threads: 2 }),
  noiseBlocks: (volume) => ({ volume, most: 64, low: 0, high: 65535, threads: 2 }),
  edgeWidths: (volume) => ({ volume, most: 10, least: 1, threads: 2 }),
  ringVariance: (volume) => ({ view: view(volume), centre: [3, 3.5], slices: 3, threads: 2 }),
  readTurn: (volume) => ({ view: view(volume), noise: 10, most: 2, threads: 2 }),
  readLevel: (volume) => ({
    view: view(volume),
    factor: 2,
    origin: [0, 0, 0],
    extent: [3, 3, 4],
    out: floats(),
    threads: 2,
  }),
  holdLevel: (volume) => ({ view: view(volume), factor: 2, taps: 1, threads: 2 }),
  correlate: () => ({
    reference: floats(),
    mask: bytes(1),
    referenceShape: SHAPE,
    moved: floats(),
    movedShape: SHAPE,
    count: 3,
    threads: 2,
  }),
  findRings: (volume) => ({ view: view(volume), center: [3, 3.5], radius: 5, from: 0, to: 6, threads: 2 }),
  registerViews: (volume) => ({
    reference: view(volume),
    moved: view(volume),
    model: 'rigid',
    factor: 1,
    binned: 1,
    sigma: 0.5,
    stride: 1,
    iterations: 2,
    tolerance: 0.01,
    patches: [{ origin: [0, 0, 0], extent: SHAPE }],
    mask: bytes(1),
    maskShape: SHAPE,
    maskCell: 1,
    start: [...MATRIX, 0, 0, 0, 1],
    center: [3, 3, 4],
    referenceRings: new Float32Array(36),
    movedRings: null,
    threads: 2,
  }),
  renderPhantom: () => ({ scene: scene(), placeOf: MATRIX, optics: optics(), out: new Uint16Array(COUNT), threads: 2 }),
  phantomThickness: () => ({
    scene: scene(),
    shape: [7, 8],
    pairs: [[0, 1]],
    out: new Float64Array(COLUMNS),
    threads: 2,
  }),
  phantomCrackVoxels: () => ({ scene: scene() }),
};

/** Sixteen zeros as LZW: clear, 0, strings of two to five of them, end. */
const LZW = [0x80, 0x00, 0x20, 0x50, 0x38, 0x24, 0x14, 0x01, 0x01];
const MATRIX = [1, 0.01, 0, 0.3, -0.01, 1, 0, -0.2, 0, 0, 1, 0.5];
const bytes = (value?: number) => Uint8Array.from({ length: COUNT }, (_, i) => value ?? Number(i % 3 > 0));
const shorts = () => Int16Array.from({ length: COUNT }, (_, i) => (i * 37) % 200);
const floats = () => Float32Array.from({ length: COUNT }, (_, i) => (i * 37) % 11);
const view = (volume: unknown) => ({ volume, axis: [0, 1, 2], flip: [false, true, false] });
const placed = (volume: unknown) => ({ ...view(volume), matrix: MATRIX, gain: 1.1, offset: 2, fieldRadius: 3 });
const box = () => ({
  origin: [0, 0, 0],
  extent: SHAPE,
  from: new Uint16Array(COLUMNS),
  to: new Uint16Array(COLUMNS).fill(5),
  width: 8,
});
const frame = () => ({
  extent: SHAPE,
  slice: 0,
  column: 0,
  sliceStep: [1, 0, 0],
  columnStep: [0, 8, 1],
  columns: COLUMNS,
});
const region = () => ({
  origin: [0, 0, 0],
  extent: SHAPE,
  v0: 1,
  v1: 6,
  u0: 1,
  u1: 7,
  nu: 8,
  from: new Uint16Array(COLUMNS).fill(1),
  to: new Uint16Array(COLUMNS).fill(5),
});
const spline = (height: number) => ({
  origin: [-4, -4],
  spacing: 4,
  shape: [6, 6],
  coefficients: new Float64Array(36).fill(height),
});
const scene = () => ({
  voxelUm: 1,
  axisUm: [0, 3, 4],
  lean: [0, 0.01],
  surfaces: [spline(2), spline(5)],
  zones: [
    { radiusUm: 3, surfaces: [0, 1], materials: [0, 3, 1] },
    { radiusUm: 10, surfaces: [], materials: [5] },
  ],
  cracks: [{ sheet: false, material: 1, middle: spline(3), thickness: spline(1) }],
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
  shape: SHAPE,
  stackAxis: 0,
  blur: 0.9,
  fringe: 0.1,
  fringeWidth: 1,
  halo: 0.1,
  haloWidth: 2,
  haloLevel: 100,
  cupping: 0.03,
  cuppingRadiusUm: 5,
  rings: 10,
  ringsSeed: 1,
  drift: [0.5, 0],
  centreError: 0,
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

let scan = '';

/** Every function of the engine with arguments that no caller should give. Whatever it throws is fine; a crash is not. */
export const addon: Target = {
  name: 'addon',
  specimens: async () => {
    load();
    const folder = mkdtempSync(join(tmpdir(), 'tomolapse-fuzz-scan-'));
    scan = join(folder, 'scan.raw');
    writeFileSync(scan, Buffer.from(Uint16Array.from({ length: COUNT }, (_, i) => (i * 7919) % 5000).buffer));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    return [single('none', Buffer.alloc(8))];
  },
  attempt: async ({ random }) => {
    const volume = native['openVolume']!(CALLS['openVolume']!(null));
    const name = random.pick(Object.keys(CALLS));
    const options = CALLS[name]!(volume);
    const sound = random.chance(0.02);
    for (let changes = sound ? 0 : 1 + random.skewed(3); changes > 0; changes--) {
      try {
        spoil(options, random);
      } catch {
        // What was spoilt before does not let itself be spoilt again.
      }
    }
    try {
      await native[name]!(!sound && random.chance(0.01) ? strange(random) : options);
    } catch (error) {
      // Six slices are too few to register on; that is an answer too.
      if (sound && (error instanceof TypeError || error instanceof RangeError))
        throw new Broken(`${name} refuses what it should take: ${error.message}`);
      if (!(error instanceof Error)) throw new Broken(`${name} threw ${String(error)}`);
    }
  },
  cases: 1000,
};

/** Every function has been thought of. */
export function forgotten(): string[] {
  const cancelling = ['cancellation', 'useCancellation', 'cancel'];
  const others = ['exitNow', 'instructions', 'allInstructions', 'limitInstructions', 'expectScattered', ...cancelling];
  return Object.keys(load()).filter((name) => !(name in CALLS) && !others.includes(name));
}

/** One value somewhere in the argument becomes strange. */
function spoil(options: Options, random: Random): void {
  let at: Options = options;
  for (let key = random.pick(Object.keys(at)); ; key = random.pick(Object.keys(at))) {
    const value = at[key];
    if (ArrayBuffer.isView(value) && random.chance(0.4)) {
      scribble(value as Float64Array, random);
      return;
    }
    const inside =
      typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && Object.keys(value).length > 0;
    if (!inside || random.chance(0.2)) {
      if (random.chance(0.05)) delete at[key];
      else at[key] = strange(random, value);
      return;
    }
    // A shape that several calls share stays as it is.
    at[key] = Array.isArray(value) ? [...value] : { ...value };
    at = at[key] as Options;
  }
}

const NUMBERS = [
  0,
  -0,
  -1,
  1,
  2,
  3,
  7,
  16,
  255,
  0.5,
  1e-300,
  1e9,
  -1e9,
  1e300,
  2 ** 31,
  2 ** 32,
  -(2 ** 31),
  2 ** 46,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

function strange(random: Random, was?: unknown): unknown {
  if (typeof was === 'number' && random.chance(0.85))
    return random.chance(0.3) ? was + random.pick([-1, 1, 0.5]) : random.pick(NUMBERS);
  if (ArrayBuffer.isView(was) && random.chance(0.85)) return otherArray(was as Float64Array, random);
  return random.pick<() => unknown>([
    () => undefined,
    () => null,
    () => random.pick(NUMBERS),
    () => '',
    () => 'uint8',
    () => 'x'.repeat(random.below(2000)),
    () => '/dev/zero',
    () => '/dev/stdin',
    () => '/etc',
    () => 'a\0b',
    () => [],
    () => [1],
    () => [1, 2, 3, 4],
    () => [2 ** 31, 2 ** 31, 2 ** 31],
    () => new Array(3),
    () => ({}),
    () => 10n,
    () => Symbol('s'),
    () => () => 1,
    () => new Proxy({}, {}),
    () => new Uint8Array(0),
    () => new Date(Number.NaN),
    () => true,
  ])();
}

function otherArray(was: Float64Array, random: Random): unknown {
  return random.pick<() => unknown>([
    () => was.subarray(0, random.below(was.length + 1)),
    () => was.subarray(random.below(was.length + 1)),
    () => new Float64Array(was.length),
    () => new Uint8Array(was.length),
    () => new BigInt64Array(4),
    () => new Uint8ClampedArray(was.length),
    () => was.buffer,
    () => Array.from(was),
    () => new DataView(was.buffer),
    () => {
      structuredClone(was.buffer, { transfer: [was.buffer as ArrayBuffer] });
      return was;
    },
    () => new (was.constructor as typeof Float64Array)(new SharedArrayBuffer(was.byteLength)),
    () =>
      new (was.constructor as typeof Float64Array)(
        new ArrayBuffer(was.byteLength, { maxByteLength: 2 * was.byteLength }),
      ),
  ])();
}

/** Numbers inside an array that stand for places, or for nothing. */
function scribble(array: Float64Array, random: Random): void {
  for (let changes = 1 + random.skewed(array.length); changes > 0 && array.length > 0; changes--)
    array[random.below(array.length)] = random.pick(NUMBERS);
}
