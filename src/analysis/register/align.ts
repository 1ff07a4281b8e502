import { IDENTITY, type Matrix4, multiply, rotationOf, type Triple } from '../../core/geometry.ts';
import {
  type CorrelationPeak,
  correlate,
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
/** Edge of the cubes that stand for a volume too large to be held. */
const CUBE = 96;

/**
 * The motion between two views: a start from unwhitened correlation of coarse copies, then Gauss–Newton over three levels
 * on the part of the reference that is at rest.
 */
export async function align(options: AlignOptions): Promise<RegisterResult> {
  const { reference, moved, shape, movedShape, threads, signal } = options;
  const coarse = Math.max(1, Math.ceil(Math.max(...shape, ...movedShape) / COARSE));
  const level = (factor: number, stride: number, start: Matrix4, last: boolean) =>
    registerViews({
      reference,
      moved,
      mask: options.mask,
      center: options.center,
      ...options.rings,
      threads,
      model: last ? options.model : 'rigid',
      factor,
      sigma: 1,
      stride,
      iterations: 30,
      tolerance: factor === 1 ? 2e-4 : 0.01,
      patches: patchesOf(options, options.mask, factor),
      start,
    });
  // The coarsest level has the widest grasp, but a fine texture is gone there: what it does not find is begun one finer.
  const paths = coarse >= 3 ? [[4, 2], [2]] : coarse === 2 ? [[2]] : [[1]];
  const ends: { matrix: Matrix4; correlation: number; score: number }[] = [];
  const shifts = await findShifts(options, coarse);
  const follow = async (path: number[], start: Matrix4) => {
    let matrix = start;
    for (const factor of path) matrix = (await level(factor, factor === 4 ? 1 : 2, matrix, false)).matrix;
    if (rotationOf(matrix) > LARGEST_TURN) return 0;
    const { correlation, samples } = await judge(options, path.at(-1)!, matrix);
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
  return level(1, 2, best.matrix, true);
}

/**
 * How well the texture agrees, the electrolyte's alone where it is known: the edge of a round wall agrees with itself
 * however it is turned.
 */
function judge(options: AlignOptions, factor: number, matrix: Matrix4): Promise<RegisterResult> {
  const { reference, moved, center, threads } = options;
  const mask = options.texture ?? options.mask;
  return registerViews({
    reference,
    moved,
    mask,
    center,
    ...options.rings,
    threads,
    model: 'shift',
    factor,
    sigma: 1,
    stride: 1,
    iterations: 0,
    tolerance: 1,
    patches: patchesOf(options, mask, factor),
    start: matrix,
  });
}

/** The full resolution's fit again, from a start that is nearly right. */
export function refine(
  options: AlignOptions,
  start: Matrix4,
  model: 'shift' | 'rigid' | 'similarity',
  iterations = 30,
): Promise<RegisterResult> {
  return registerViews({
    reference: options.reference,
    moved: options.moved,
    mask: options.mask,
    center: options.center,
    ...options.rings,
    threads: options.threads,
    model,
    factor: 1,
    sigma: 1,
    stride: 2,
    iterations,
    tolerance: 2e-4,
    patches: patchesOf(options, options.mask, 1),
    start,
  });
}

async function findShifts(
  { reference, moved, shape, movedShape, mask, threads }: AlignOptions,
  factor: number,
): Promise<Triple[]> {
  const edges = (n: Triple) => n.map((edge) => Math.max(1, Math.floor(edge / factor))) as Triple;
  const a = edges(shape);
  const b = edges(movedShape);
  const [still, other] = await Promise.all([
    readLevel(reference, factor, [0, 0, 0], a, threads),
    readLevel(moved, factor, [0, 0, 0], b, threads),
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

/** The box of what rests when it fits in memory, else cubes spread evenly over it. */
function patchesOf(
  { shape, memoryBytes }: AlignOptions,
  mask: Mask | null,
  factor: number,
): { origin: Triple; extent: Triple }[] {
  const level = shape.map((edge) => Math.floor(edge / factor)) as Triple;
  const min: Triple = mask ? (mask.min.map((at) => Math.floor((at * mask.cell) / factor)) as Triple) : [0, 0, 0];
  const max = level.map((edge, axis) =>
    mask ? Math.min(edge, Math.ceil((mask.max[axis]! * mask.cell) / factor)) : edge,
  ) as Triple;
  const extent = max.map((edge, axis) => Math.max(0, edge - min[axis]!)) as Triple;
  const voxels = extent[0] * extent[1] * extent[2];
  // Reference, moved scan and the filter's copy of each, as float32.
  const room = memoryBytes / 4 / 16;
  if (voxels <= room) return [{ origin: min, extent }];
  const cubes = Math.max(8, Math.floor(room / (CUBE + 18) ** 3));
  const spacing = Math.cbrt(voxels / cubes);
  const patches: { origin: Triple; extent: Triple }[] = [];
  for (let s = min[0]; s < max[0]; s += spacing)
    for (let v = min[1]; v < max[1]; v += spacing)
      for (let u = min[2]; u < max[2]; u += spacing) {
        const origin = [s, v, u].map((at) => Math.round(at)) as Triple;
        patches.push({ origin, extent: origin.map((at, axis) => Math.min(CUBE, max[axis]! - at)) as Triple });
      }
  return patches;
}
