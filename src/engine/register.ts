import type { Matrix4, Triple } from '../core/geometry.ts';
import { native } from './native.ts';
import type { View, Volume } from './volume.ts';

/** Where the material is at rest: one byte a cell, cell i covering [i·cell, (i+1)·cell) view voxels. */
export interface RestMask {
  cells: Uint8Array;
  shape: Triple;
  cell: number;
}

export interface RegisterOptions {
  reference: View;
  moved: View;
  model: 'shift' | 'rigid' | 'similarity';
  /** Level of the pyramid: 1, 2, 4, … */
  factor: number;
  /** The level that the views already are (see `holdLevel`), a divisor of `factor`; all else is told in voxels of the scans. */
  binned?: number;
  /** Gaussian applied to both, in level voxels, the interpolation's own part included. */
  sigma: number;
  stride: number;
  iterations: number;
  /** In level voxels. */
  tolerance: number;
  /** Boxes of level voxels that are sampled. */
  patches: { origin: Triple; extent: Triple }[];
  mask: RestMask | null;
  /** View position in the reference → in the moved scan. */
  start: Matrix4;
  center: Triple;
  /** Rings to take off at full resolution, by view; see `findRings`. */
  referenceRings?: Float32Array | null;
  movedRings?: Float32Array | null;
  threads: number;
}

export interface LocalShift {
  position: Triple;
  shift: Triple;
  sigma: number;
  weight: number;
}

export interface RegisterResult {
  matrix: Matrix4;
  /** moved = gain · reference + offset */
  gain: number;
  offset: number;
  /** 7 × 7 of (shift s, v, u, rotation about s, v, u, log scale) about the centre, view voxels and radians. */
  covariance: number[];
  correlationBefore: number;
  correlation: number;
  residual: number;
  inliers: number;
  samples: number;
  iterations: number;
  converged: boolean;
  local: LocalShift[];
}

const registerNative = native['registerViews'] as unknown as (options: object) => Promise<RegisterResult>;
const levelNative = native['readLevel'] as unknown as (options: object) => Promise<void>;
const correlateNative = native['correlate'] as unknown as (options: object) => Promise<CorrelationPeak[]>;

/** A shift at which two blocks agree: normalised correlation times the share of the mask that lies in both. */
export interface CorrelationPeak {
  shift: Triple;
  score: number;
}

/** Rigid or similarity motion between two views; rejects when the region holds too little. */
export function registerViews(options: RegisterOptions): Promise<RegisterResult> {
  const { mask, ...rest } = options;
  return registerNative({
    binned: 1,
    ...rest,
    mask: mask?.cells ?? null,
    maskShape: mask?.shape,
    maskCell: mask?.cell,
  });
}

const ringsNative = native['findRings'] as unknown as (
  options: object,
) => Promise<{ table: Float32Array; strength: number }>;

/**
 * Rings about the middle of the field, sought in a disc of the slices [from, to): grey values by slice and radius, and their
 * power over what chance leaves (1 without rings).
 */
export function findRings(
  view: View,
  disc: { center: [number, number]; radius: number; from: number; to: number },
  threads = 0,
): Promise<{ table: Float32Array; strength: number }> {
  return ringsNative({ view, ...disc, threads });
}

/** A coarser copy of a box: level voxel i is the mean of factor³ voxels around factor·i + (factor − 1)/2. */
export async function readLevel(
  view: View,
  factor: number,
  origin: Triple,
  extent: Triple,
  threads = 0,
): Promise<Float32Array> {
  const out = new Float32Array(extent[0] * extent[1] * extent[2]);
  await levelNative({ view, factor, origin, extent, out, threads });
  return out;
}

const holdNative = native['holdLevel'] as unknown as (options: object) => Promise<Volume>;

/** A whole coarser copy of a view, held in memory: of each cube of factor³ voxels taps² rows are read (taps = factor: all). */
export async function holdLevel(view: View, factor: number, taps: number, threads = 0): Promise<View> {
  const volume = await holdNative({ view, factor, taps, threads });
  return { volume, axis: [0, 1, 2], flip: [false, false, false] };
}

/** Whole-voxel shifts at which the marked part of the reference is found in the moved block, best first. */
export function correlate(
  reference: Float32Array,
  mask: Uint8Array,
  referenceShape: Triple,
  moved: Float32Array,
  movedShape: Triple,
  count: number,
  threads = 0,
): Promise<CorrelationPeak[]> {
  return correlateNative({ reference, mask, referenceShape, moved, movedShape, count, threads });
}
