import { IDENTITY, type Matrix4, multiply, rotationOf, type Triple } from '../../core/geometry.ts';
import {
  type CorrelationPeak,
  correlate,
  holdLevel,
  type RegisterResult,
  readLevel,
  registerViews,
} from '../../engine/register.ts';
import type { View } from '../../engine/volume.ts';
import type { Mask } from '../cell.ts';

export interface AlignOptions {
  reference: View;
  moved: View;
  /** Shapes of the two views. */
  shape: Triple;
  movedShape: Triple;
  mask: Mask | null;
  /** The part of the mask without edges of round things. */
  texture: Mask | null;
  /** Rings to take off at full resolution, and what rests clear of them. */
  rings: { referenceRings: Float32Array; movedRings: Float32Array } | null;
  /** Finds the rings, once it is known about where the moved scan lies. */
  findRings(matrix: Matrix4): Promise<{ rings: AlignOptions['rings']; mask: Mask | null } | null>;
  center: Triple;
  model: 'rigid' | 'similarity';
  threads: number;
  memoryBytes: number;
  signal: AbortSignal;
}

/** Edge of the coarsest copies. */
const COARSE = 48;
/** Rotations about the stack that are tried, degrees: the others are small enough to be found from zero. */
const TURNS = [0, 2.2, -2.2];
/** Correlation of texture, noise apart, beyond which no other start is tried. */
const SURE = 0.7;
/** And beyond which no other turn is tried: by chance smooth texture and stray edges can bring it to 0.4. */
const PLAIN = 0.5;
/** Below that a place has to agree better than any other, by this part. */
const BETTER = 1.4;
/** Places that the texture may propose. */
const TEXTURE_PEAKS = 30;
/** Degrees: a cell that is put back turns by less. */
const LARGEST_TURN = 10;
/** Voxels of a scan that a fit looks at: more make a scan pair slower, not better. */
const MOST_VOXELS = 2 ** 26;
/** Bytes of the fit's memory for each of them: the moved scan's grey value and its share of a sample. */
const BYTES_A_VOXEL = 12;
/** Cubes that stand for a region with more. */
const CUBES = 32;
/** Voxels of the coarse copies that are held, and of a scan that are read for one. */
const HELD_VOXELS = 2 ** 23;
const SKIMMED_VOXELS = 2 ** 28;
/** Samples beyond which they stand less densely: every third voxel along each axis instead of every second costs a fifth of accuracy. */
const MANY_SAMPLES = 1.5e6;

/** Coarse copies of both scans, from which the start is found; null where the scans are as small as that. */
interface Held {
  reference: View;
  moved: View;
  factor: number;
}

/**
 * The motion between two views: a start from unwhitened correlation of coarse copies, then Gauss–Newton over three levels
 * on the part of the reference that is at rest.
 */
export async function align(options: AlignOptions): Promise<RegisterResult> {
  const { shape, movedShape, signal } = options;
  const wanted = Math.ceil(Math.max(...shape, ...movedShape) / COARSE);
  const held = wanted > 1 ? await hold(options) : null;
  const coarse = held ? held.factor * Math.ceil(wanted / held.factor) : 1;
  // What is not held is read in cubes, of which those of a middling level would reach over much of the scan.
  const finer = [32, 16, 8, 4, 2].filter((factor) => factor <= coarse && (factor <= 4 || factor >= held!.factor));
  // The coarsest level has the widest grasp, but a fine texture is gone there: what it does not find is begun one finer.
  const paths = held ? finer.map((_, i) => finer.slice(i)) : [[1]];
  const ends: { matrix: Matrix4; correlation: number; score: number }[] = [];
  const shifts = await findShifts(options, held, coarse);
  const follow = async (path: number[], start: Matrix4) => {
    let matrix = start;
    for (const factor of path) matrix = (await fitLevel(options, held, factor, matrix, 'rigid')).matrix;
    if (rotationOf(matrix) > LARGEST_TURN) return 0;
    const { correlation, samples } = await judge(options, held, path.at(-1)!, matrix);
    ends.push({ matrix, correlation, score: correlation * Math.sqrt(samples) });
    return correlation;
  };
  search: for (const turn of TURNS) {
    for (const path of paths)
      for (const shift of shifts) {
        signal.throwIfAborted();
        try {
          if ((await follow(path, turnAndShift(turn, shift, options.center))) > SURE) break search;
        } catch (error) {
          // This start leads nowhere; another may.
          signal.throwIfAborted();
          if (!/stable region|overlap/.test((error as Error).message)) throw error;
        }
      }
    if (ends.some(({ correlation }) => correlation > PLAIN)) break;
  }
  const best = ends.toSorted((a, b) => b.score - a.score)[0];
  if (!best) throw new Error('the scan could not be laid over the reference');
  const elsewhere = ends.filter(({ matrix }) => distance(matrix, best.matrix, options.center) > coarse);
  if (best.correlation < PLAIN && elsewhere.some(({ score }) => score > best.score / BETTER))
    throw new Error("the scan's texture agrees with more than one place of the reference");
  Object.assign(options, await options.findRings(best.matrix));
  return fitLevel(options, null, 1, best.matrix, options.model);
}

/** The whole scans on the finest level, a power of two, on which they can be held. */
async function hold({ reference, moved, shape, movedShape, threads }: AlignOptions): Promise<Held> {
  const voxels = Math.max(...[shape, movedShape].map(([s, v, u]) => s * v * u));
  let factor = 2;
  while (voxels / factor ** 3 > HELD_VOXELS) factor *= 2;
  const taps = Math.max(1, Math.min(factor, Math.floor(factor * Math.sqrt(SKIMMED_VOXELS / voxels))));
  const [a, b] = await Promise.all([
    holdLevel(reference, factor, taps, threads),
    holdLevel(moved, factor, taps, threads),
  ]);
  return { reference: a, moved: b, factor };
}

/** A fit on one level, at full resolution with the rings taken off. */
function fitLevel(
  options: AlignOptions,
  held: Held | null,
  factor: number,
  start: Matrix4,
  model: 'shift' | 'rigid' | 'similarity',
  iterations = 30,
): Promise<RegisterResult> {
  const { mask, center, threads } = options;
  const from = held && factor % held.factor === 0 ? held : null;
  const patches = patchesOf(options, mask, factor, from !== null);
  return registerViews({
    reference: from ? from.reference : options.reference,
    moved: from ? from.moved : options.moved,
    binned: from ? from.factor : 1,
    mask,
    center,
    ...(factor === 1 ? options.rings : null),
    threads,
    model,
    factor,
    sigma: 1,
    stride: strideOf(mask, patches, factor),
    iterations,
    tolerance: factor === 1 ? 2e-4 : 0.01,
    patches,
    start,
  });
}

/**
 * How well the texture agrees, the electrolyte's alone where it is known: the edge of a round wall agrees with itself
 * however it is turned.
 */
function judge(options: AlignOptions, held: Held | null, factor: number, matrix: Matrix4): Promise<RegisterResult> {
  const mask = options.texture ?? options.mask;
  return fitLevel({ ...options, mask }, held, factor, matrix, 'shift', 0);
}

/** The full resolution's fit again, from a start that is nearly right. */
export function refine(
  options: AlignOptions,
  start: Matrix4,
  model: 'shift' | 'rigid' | 'similarity',
  iterations = 30,
): Promise<RegisterResult> {
  return fitLevel(options, null, 1, start, model, iterations);
}

async function findShifts(
  { reference, moved, shape, movedShape, mask, threads }: AlignOptions,
  held: Held | null,
  factor: number,
): Promise<Triple[]> {
  const edges = (n: Triple) => n.map((edge) => Math.max(1, Math.floor(edge / factor))) as Triple;
  const a = edges(shape);
  const b = edges(movedShape);
  const [still, other] = await Promise.all([
    readLevel(held ? held.reference : reference, held ? factor / held.factor : factor, [0, 0, 0], a, threads),
    readLevel(held ? held.moved : moved, held ? factor / held.factor : factor, [0, 0, 0], b, threads),
  ]);
  const marks = new Uint8Array(still.length).fill(1);
  const rest = new Uint8Array(still.length);
  let resting = 0;
  if (mask) {
    const [i, j, k] = a.map((edge) =>
      Array.from({ length: edge }, (_, at) => Math.floor((at * factor + factor / 2) / mask.cell)),
    ) as [number[], number[], number[]];
    for (let s = 0, at = 0; s < a[0]; s++)
      for (let v = 0; v < a[1]; v++)
        for (let u = 0; u < a[2]; u++, at++)
          resting += rest[at] = mask.cells[(i[s]! * mask.shape[1] + j[v]!) * mask.shape[2] + k[u]!] ?? 0;
  }
  // The layers tell the shift along the stack, the texture of what rests the one across.
  const layers = await correlate(still, marks, a, other, b, 2, threads);
  const texture = resting > 100 ? await correlate(still, rest, a, other, b, TEXTURE_PEAKS, threads) : [];
  const agrees = ({ shift }: CorrelationPeak) => layers.some((peak) => Math.abs(peak.shift[0] - shift[0]) <= 2);
  const likely = texture.filter(agrees).slice(0, 4);
  const unlikely = texture.filter((peak) => !agrees(peak)).slice(0, 3);
  const peaks = [...likely, ...layers, ...unlikely];
  const shifts: Triple[] = [...peaks.map(({ shift }) => shift.map((d) => d * factor) as Triple), [0, 0, 0]];
  const apart = (d: Triple, e: Triple) => Math.hypot(d[0] - e[0], d[1] - e[1], d[2] - e[2]);
  return shifts.filter((d, i) => shifts.findIndex((e) => apart(d, e) < 1.5 * factor) === i);
}

/** How far two motions take a place apart, voxels. */
function distance(a: Matrix4, b: Matrix4, [s, v, u]: Triple): number {
  const along = (row: number) =>
    (a[row]! - b[row]!) * s +
    (a[row + 1]! - b[row + 1]!) * v +
    (a[row + 2]! - b[row + 2]!) * u +
    a[row + 3]! -
    b[row + 3]!;
  return Math.hypot(along(0), along(4), along(8));
}

function turnAndShift(degrees: number, [s, v, u]: Triple, center: Triple): Matrix4 {
  const angle = (degrees * Math.PI) / 180;
  const about = (to: Triple, sign: number): Matrix4 => [
    1,
    0,
    0,
    sign * to[0],
    0,
    1,
    0,
    sign * to[1],
    0,
    0,
    1,
    sign * to[2],
    0,
    0,
    0,
    1,
  ];
  const turned = [...IDENTITY];
  turned[5] = turned[10] = Math.cos(angle);
  turned[6] = -Math.sin(angle);
  turned[9] = Math.sin(angle);
  return multiply(about([s, v, u], 1), multiply(about(center, 1), multiply(turned, about(center, -1))));
}

interface Patch {
  origin: Triple;
  extent: Triple;
}

/** The box of what rests when it is small enough, else cubes spread evenly over it, in voxels of the level. */
function patchesOf({ shape, memoryBytes }: AlignOptions, mask: Mask | null, factor: number, isHeld: boolean): Patch[] {
  const level = shape.map((edge) => Math.floor(edge / factor)) as Triple;
  const min: Triple = mask ? (mask.min.map((at) => Math.floor((at * mask.cell) / factor)) as Triple) : [0, 0, 0];
  const max = level.map((edge, axis) =>
    mask ? Math.min(edge, Math.ceil((mask.max[axis]! * mask.cell) / factor)) : edge,
  ) as Triple;
  const extent = max.map((edge, axis) => Math.max(0, edge - min[axis]!)) as Triple;
  // Of what is not held, a voxel of the level costs factor³ of the scan.
  const most = Math.min(MOST_VOXELS, memoryBytes / BYTES_A_VOXEL) / (isHeld ? 1 : factor ** 3);
  if (extent[0] * extent[1] * extent[2] <= most) return [{ origin: min, extent }];
  const edge = Math.floor(Math.cbrt(most / CUBES));
  let chosen: Patch[] = [];
  // Ever closer, until there are enough with material at rest in them.
  for (let spacing = Math.max(...extent); spacing >= edge; spacing *= 0.95) {
    const cubes = cubesOf(min, max, edge, spacing).map((cube) => ({ cube, share: restingIn(mask, cube, factor) }));
    const least = Math.max(...cubes.map(({ share }) => share)) / 2;
    const resting = cubes.filter(({ share }) => share > 0 && share >= least).map(({ cube }) => cube);
    if (resting.length > CUBES) break;
    if (resting.length > chosen.length) chosen = resting;
  }
  return chosen;
}

/** Cubes at an even spacing about the middle of a box. */
function cubesOf(min: Triple, max: Triple, edge: number, spacing: number): Patch[] {
  const [s, v, u] = min.map((low, axis) => {
    const whole = max[axis]! - low;
    const width = Math.min(edge, whole);
    const steps = Math.floor((whole - width) / spacing);
    const begin = low + (whole - width - steps * spacing) / 2;
    return Array.from({ length: steps + 1 }, (_, i) => ({ at: Math.floor(begin + i * spacing), width }));
  }) as [{ at: number; width: number }[], { at: number; width: number }[], { at: number; width: number }[]];
  return s.flatMap((a) =>
    v.flatMap((b) => u.map((c): Patch => ({ origin: [a.at, b.at, c.at], extent: [a.width, b.width, c.width] }))),
  );
}

/** About what share of a box of level voxels rests. */
function restingIn(mask: Mask | null, { origin, extent }: Patch, factor: number): number {
  if (!mask) return 1;
  const probes = 6;
  let resting = 0;
  for (let i = 0; i < probes ** 3; i++) {
    const probe = [Math.floor(i / probes ** 2), Math.floor(i / probes) % probes, i % probes];
    const [s, v, u] = probe.map((k, axis) =>
      Math.floor(((origin[axis]! + ((k + 0.5) * extent[axis]!) / probes) * factor) / mask.cell),
    ) as Triple;
    resting += mask.cells[(s * mask.shape[1] + v) * mask.shape[2] + u] ?? 0;
  }
  return resting / probes ** 3;
}

/** Every how many voxels along each axis a sample is taken. */
function strideOf(mask: Mask | null, patches: Patch[], factor: number): number {
  const voxels = patches.reduce(
    (sum, patch) => sum + patch.extent[0] * patch.extent[1] * patch.extent[2] * restingIn(mask, patch, factor),
    0,
  );
  let stride = factor >= 4 ? 1 : 2;
  while (stride < 3 && voxels / stride ** 3 > MANY_SAMPLES) stride++;
  return stride;
}
