import type { Orientation, Triple } from '../../core/geometry.ts';
import type { Scan, VoxelType } from '../../core/series.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import {
  type EdgeReading,
  edgeWidths,
  type NoiseBlock,
  noiseBlocks,
  type RingReading,
  readTurn,
  ringVariance,
  type Survey,
  survey,
  type TurnReading,
} from '../../engine/quality.ts';
import { openVolume, readBlock, type Volume } from '../../engine/volume.ts';

export type QualityFlag =
  | 'aborted'
  | 'clipped'
  | 'missing-wedge'
  | 'motion'
  | 'rings'
  | 'uneven-noise'
  | 'wrong-centre'
  | SeriesFlag;

/** Flags that only the comparison with the other scans can give. */
export type SeriesFlag = 'blurred' | 'noisy';

/** What a scan is worth, from its own voxels alone. Lengths in voxels, greys in the scan's own values; null where unknown. */
export interface Quality {
  /** Standard deviation of the noise of a voxel. */
  noise: number | null;
  /** Contrast of a grating of eight voxels that the blur leaves, 0 to 1. */
  sharpness: number | null;
  fwhmVoxels: number | null;
  /** Standard deviation of the grey values that rings add, as a part of the noise. */
  rings: number | null;
  /** Part of the voxels at a limit of their type. */
  clipped: number;
  /** Of the brightest and the darkest of three classes of grey, the part at the upper and at the lower limit. */
  clippedByPhase: { bright: number; dark: number };
  flags: QualityFlag[];
  metrics: {
    /** From the 1st to the 99th percentile of grey values. */
    contrast: number;
    /** Noise of neighbouring voxels alone: less than `noise` where they share it. */
    whiteNoise: number | null;
    /** Largest noise of a slab of 16 slices as a multiple of the usual one. */
    unevenNoise: number | null;
    edges: number;
    ringsAxis: 'z' | 'y' | 'x' | null;
    /** Part of the slices that hold nothing, along the axis where they are most. */
    lostSlices: number;
    /** Part of the voxels that are not a number. */
    notNumbers: number;
    missingAnglesDeg: number | null;
    /** How far the two ends of the half turn are apart: twice the error of the rotation axis. */
    turnMismatchVoxels: number | null;
    /** By what part undoing that makes the slices' gradients sparser. */
    turnMismatchGain: number | null;
  };
}

/** Above these a scan is flagged; docs/steps/quality.md says why they lie where they do. */
export const LIMITS = {
  clipped: 0.001,
  rings: 0.2,
  ringsErrors: 5,
  unevenNoise: 2,
  lostAtEnds: 0.1,
  missingAnglesDeg: 20,
  turnMismatchVoxels: 1.5,
  turnMismatchGain: 0.004,
  turnAgreement: 0.75,
  noisy: 1.5,
  blurred: 1.25,
} as const;

const SAMPLE = 1 << 17;
const MOST_BLOCKS = 1 << 13;
const MOST_TILES = 192;
const RING_SLICES = 24;
const TURN_TILES = 8;
/** Voxels below which a slice may hold one value by chance. */
const SMALLEST_SLICE = 64;
/** Slices across y and x touch every page of a file: in larger ones only those across z are looked at, and only some rows of each. */
const ALL_AXES_VOXELS = 2 ** 28;
/** The tenth percentile of the noise of 8³ voxels of white noise, as a part of its standard deviation. */
const TENTH_PERCENTILE = { fine: 0.955, coarse: 0.973 };

const VIEWS: { name: 'z' | 'y' | 'x'; orientation: Orientation }[] = [
  { name: 'z', orientation: { axis: [0, 1, 2], flip: [false, false, false] } },
  { name: 'y', orientation: { axis: [1, 0, 2], flip: [false, false, false] } },
  { name: 'x', orientation: { axis: [2, 0, 1], flip: [false, false, false] } },
];

const INTEGERS: Partial<Record<VoxelType, [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/** Noise, sharpness, rings, clipping and the fit of the projections of one scan. */
export const quality: StepDefinition<Record<string, never>, Quality> = {
  name: 'quality',
  version: 2,
  title: 'Judging the scans',
  scope: 'scan',
  params: () => ({}),
  needs: () => ({}),
  reads: (_recipe, _series, scan) => [scan],
  run: (context) => qualityOf(context.series.scans[context.scan]!, context),
};

/** The quality of a scan. Throws an Error with `path` when its file cannot be read. */
export async function qualityOf(
  { source }: Pick<Scan, 'source'>,
  { threads, signal, progress }: Pick<StepContext, 'threads' | 'signal' | 'progress'>,
): Promise<Quality> {
  const volume = openVolume(source);
  const look = await survey(volume, SAMPLE, threads);
  progress(0.2);
  signal.throwIfAborted();
  const [low, high] = INTEGERS[source.type] ?? [look.minimum, look.maximum];
  const blocks = (await noiseBlocks(volume, MOST_BLOCKS, low, high, threads)).filter(({ fine }) => fine >= 0);
  const white = lowest(blocks, 'fine');
  const noise = lowest(blocks, 'coarse');
  const contrast = percentile(look.sample, 0.99) - percentile(look.sample, 0.01);
  progress(0.4);
  signal.throwIfAborted();
  const width = await edgeWidth(volume, look, noise ?? 0, contrast, threads);
  progress(0.6);
  signal.throwIfAborted();
  const views = voxelsOf(source.shape) > ALL_AXES_VOXELS ? VIEWS.slice(0, 1) : VIEWS;
  const rings = noise ? await strongestRings(volume, source.shape, views, threads) : null;
  progress(0.8);
  signal.throwIfAborted();
  const turns: TurnReading[] = [];
  for (const { orientation } of noise ? views : [])
    turns.push(await readTurn({ volume, ...orientation }, noise!, TURN_TILES, threads));
  const missing = Math.max(-1, ...turns.filter(({ power }) => power.length > 0).map(({ missingDeg }) => missingDeg));
  const turn = turns.filter(({ tiles }) => tiles > 0).sort((a, b) => b.centreGain - a.centreGain)[0] ?? null;
  progress(1);

  const ringPart = rings && noise ? Math.sqrt(Math.max(0, rings.variance)) / noise : null;
  const clipping = clippedBy(look, source);
  const lost = await lostSlices(volume, look, source.shape, threads);
  const uneven = noise ? unevenNoise(blocks, source.shape) : null;
  const turnFits =
    !turn ||
    missing >= LIMITS.missingAnglesDeg ||
    2 * Math.abs(turn.centreError) < LIMITS.turnMismatchVoxels ||
    turn.centreGain < LIMITS.turnMismatchGain ||
    turn.agreeing < LIMITS.turnAgreement;
  const flags: QualityFlag[] = [];
  if (lost.inside > 0 || lost.part > LIMITS.lostAtEnds) flags.push('aborted');
  if (clipping.byPhase.bright > LIMITS.clipped) flags.push('clipped');
  if (missing >= LIMITS.missingAnglesDeg) flags.push('missing-wedge');
  // A drift along the first projection's rows and a wrong axis leave nearly the same slices: one scan cannot tell them apart.
  if (!turnFits) flags.push('motion');
  if (ringPart !== null && ringPart > LIMITS.rings && rings!.variance > LIMITS.ringsErrors * rings!.error)
    flags.push('rings');
  if (uneven !== null && uneven > LIMITS.unevenNoise) flags.push('uneven-noise');
  if (!turnFits) flags.push('wrong-centre');
  return {
    noise,
    sharpness: width === null ? null : gratingContrast(width.sigma),
    fwhmVoxels: width === null ? null : width.sigma * FWHM,
    rings: ringPart,
    clipped: clipping.part,
    clippedByPhase: clipping.byPhase,
    flags,
    metrics: {
      contrast,
      whiteNoise: white,
      unevenNoise: uneven,
      edges: width?.edges ?? 0,
      ringsAxis: rings?.axis ?? null,
      lostSlices: lost.part,
      notNumbers: look.notNumbers / voxelsOf(source.shape),
      missingAnglesDeg: missing < 0 ? null : missing,
      turnMismatchVoxels: turn ? 2 * Math.abs(turn.centreError) : null,
      turnMismatchGain: turn ? turn.centreGain : null,
    },
  };
}

/** `noisy` and `blurred` scans of a series, by the median of the others; none where fewer than three scans tell. */
export function seriesFlags(scans: readonly (Quality | null)[]): SeriesFlag[][] {
  // Scans may come with other limits of grey: noise counts as a part of the scan's own contrast.
  const noises = scans.map((scan) =>
    scan?.noise && scan.metrics.contrast > 0 ? scan.noise / scan.metrics.contrast : null,
  );
  const widths = scans.map((scan) => scan?.fwhmVoxels ?? null);
  const usualNoise = medianOf(noises);
  const usualWidth = medianOf(widths);
  return scans.map((_, i) => {
    const flags: SeriesFlag[] = [];
    if (usualWidth !== null && widths[i] !== null && widths[i]! > LIMITS.blurred * usualWidth + 0.25)
      flags.push('blurred');
    if (usualNoise !== null && noises[i] !== null && noises[i]! > LIMITS.noisy * usualNoise) flags.push('noisy');
    return flags;
  });
}

const FWHM = 2 * Math.sqrt(2 * Math.LN2);

/** Contrast that a Gaussian of `sigma` voxels leaves of a grating with a period of eight. */
function gratingContrast(sigma: number): number {
  return Math.exp(-2 * (Math.PI * (sigma / 8)) ** 2);
}

function voxelsOf([z, y, x]: Triple): number {
  return z * y * x;
}

function percentile(sorted: ArrayLike<number>, part: number): number {
  return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}

function medianOf(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known.length < 3 ? null : (known[(known.length - 1) >> 1]! + known[known.length >> 1]!) / 2;
}

/** Noise where there is nothing else: the tenth percentile over blocks, made up for that choice. */
function lowest(blocks: readonly NoiseBlock[], field: 'fine' | 'coarse'): number | null {
  const sorted = Float64Array.from(blocks, (block) => block[field]).sort();
  const noise = percentile(sorted, 0.1) / TENTH_PERCENTILE[field];
  return noise > 0 ? noise : null;
}

/** Largest noise of slabs of 16 slices along any axis as a multiple of the usual slab's. */
function unevenNoise(blocks: readonly NoiseBlock[], shape: Triple): number | null {
  let most: number | null = null;
  for (let axis = 0; axis < 3; axis++) {
    if (shape[axis]! < 48) continue;
    const slabs = Map.groupBy(blocks, ({ origin }) => Math.floor(origin[axis]! / 16));
    const noises = [...slabs.values()].filter((slab) => slab.length >= 20).map((slab) => lowest(slab, 'fine') ?? 0);
    const usual = medianOf(noises);
    if (usual) most = Math.max(most ?? 0, ...noises.map((noise) => noise / usual));
  }
  return most;
}

/** The blur of the strongest edges that are plain steps: thin layers look sharper than they are, rough ones wider. */
async function edgeWidth(volume: Volume, look: Survey, noise: number, contrast: number, threads: number) {
  if (contrast <= 0) return null;
  const readings = await edgeWidths(volume, MOST_TILES, Math.max(0.04 * contrast, 0.85 * noise), threads);
  const clean = readings.filter(
    (edge) =>
      edge.misfit < Math.hypot(0.7 * noise, 0.025 * edge.step) && edge.step > 4 * noise && !nearEmpty(edge, look),
  );
  const steps = clean.map(({ step }) => step).sort((a, b) => a - b);
  const widths = clean.filter(({ step }) => step > 0.5 * percentile(steps, 0.9)).map((edge) => edge.width);
  if (widths.length < 12) return null;
  return {
    sigma: percentile(
      widths.sort((a, b) => a - b),
      0.4,
    ),
    edges: widths.length,
  };
}

/** Whether an edge may be that of slices which hold nothing. */
function nearEmpty({ place }: EdgeReading, { constant }: Survey): boolean {
  return constant.some((planes, axis) => planes.some((plane) => Math.abs(plane - place[axis]!) < 8));
}

async function strongestRings(volume: Volume, shape: Triple, views: typeof VIEWS, threads: number) {
  let strongest: (RingReading & { axis: 'z' | 'y' | 'x' }) | null = null;
  for (const { name, orientation } of views) {
    const [, v, u] = orientation.axis;
    const centre: [number, number] = [(shape[v]! - 1) / 2, (shape[u]! - 1) / 2];
    const reading = await ringVariance({ volume, ...orientation }, centre, RING_SLICES, threads);
    if (reading.slices > 2 && (!strongest || reading.variance > strongest.variance))
      strongest = { ...reading, axis: name };
  }
  return strongest;
}

/**
 * Slices that were lost: how many lie between others, and what part of all they are, along the axis with most. A slice of
 * background, clipped to one value, goes over into slices that are background in good part; a lost one does not.
 */
async function lostSlices(volume: Volume, { constant }: Survey, shape: Triple, threads: number) {
  let most = { inside: 0, part: 0 };
  for (const [axis, planes] of constant.entries()) {
    const count = shape[axis]!;
    if (voxelsOf(shape) / count < SMALLEST_SLICE) continue;
    let [inside, lost] = [0, 0];
    for (let first = 0; first < planes.length; ) {
      let last = first;
      while (planes[last + 1] === planes[last]! + 1) last++;
      const neighbours = [planes[first]! - 1, planes[last]! + 1].filter((plane) => plane >= 0 && plane < count);
      const alike = await Promise.all(
        neighbours.map((plane) => partAlike(volume, axis, plane, planes[first]!, shape, threads)),
      );
      if (neighbours.length === 0 || Math.max(...alike) < 0.3) {
        lost += last - first + 1;
        if (neighbours.length === 2) inside += last - first + 1;
      }
      first = last + 1;
    }
    if (lost / count > most.part) most = { inside, part: lost / count };
  }
  return most;
}

/** Part of the voxels of a plane that have the value of another, constant plane. */
async function partAlike(
  volume: Volume,
  axis: number,
  plane: number,
  constant: number,
  shape: Triple,
  threads: number,
) {
  const { orientation } = VIEWS[axis]!;
  const [, v, u] = orientation.axis;
  const view = { volume, ...orientation };
  const [value] = await readBlock(view, [constant, 0, 0], [1, 1, 1], threads);
  const voxels = await readBlock(view, [plane, 0, 0], [1, shape[v]!, shape[u]!], threads);
  return voxels.filter((voxel) => voxel === value).length / voxels.length;
}

/** Voxels at the limits: of all, and of the brightest and darkest of three classes. */
function clippedBy(look: Survey, source: Scan['source']): { part: number; byPhase: { bright: number; dark: number } } {
  const voxels = voxelsOf(source.shape) - look.constant[0].length * source.shape[1] * source.shape[2] - look.masked;
  const isInteger = !source.type.startsWith('float');
  const [low, high] = isInteger ? [look.low - look.masked, look.high] : [0, 0];
  const [lower, upper] = thirds(look.sample);
  const count = (from: number, to: number) => look.sample.filter((value) => value >= from && value < to).length;
  const classPart = (voxelsAtLimit: number, part: number) =>
    voxelsAtLimit === 0 ? 0 : Math.min(1, voxelsAtLimit / Math.max(voxelsAtLimit, part * voxels));
  return {
    part: voxels > 0 ? (low + high) / voxels : 0,
    byPhase: {
      bright: classPart(high, count(upper, Number.POSITIVE_INFINITY) / Math.max(1, look.sample.length)),
      dark: classPart(low, count(Number.NEGATIVE_INFINITY, lower) / Math.max(1, look.sample.length)),
    },
  };
}

/** The two thresholds that part sorted greys into three classes of least spread (Otsu 1979, two thresholds). */
function thirds(sorted: Float32Array): [number, number] {
  const bins = 128;
  const [from, to] = [percentile(sorted, 0.001), percentile(sorted, 0.999)];
  if (!(to > from)) return [from, to];
  const counts = new Float64Array(bins);
  for (const value of sorted)
    counts[Math.max(0, Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins)))]!++;
  const before = new Float64Array(bins + 1);
  const weighted = new Float64Array(bins + 1);
  for (let i = 0; i < bins; i++) {
    before[i + 1] = before[i]! + counts[i]!;
    weighted[i + 1] = weighted[i]! + counts[i]! * i;
  }
  const between = (a: number, b: number) => {
    const count = before[b]! - before[a]!;
    return count === 0 ? 0 : (weighted[b]! - weighted[a]!) ** 2 / count;
  };
  let best = { sum: -1, a: 1, b: 2 };
  for (let a = 1; a < bins - 1; a++)
    for (let b = a + 1; b < bins; b++) {
      const sum = between(0, a) + between(a, b) + between(b, bins);
      if (sum > best.sum) best = { sum, a, b };
    }
  const at = (bin: number) => from + (bin / bins) * (to - from);
  return [at(best.a), at(best.b)];
}
