import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';
import type { View, Volume } from './volume.ts';

const call = <R>(name: string) => native[name] as unknown as (options: object) => Promise<R>;
const surveyNative = call<Survey>('survey');
const atLimitsNative = call<AtLimits>('atLimits');
const noiseNative = call<Float32Array>('noiseBlocks');
const edgesNative = call<Float32Array>('edgeWidths');
const ringsNative = call<RingReading>('ringVariance');
const turnNative = call<TurnReading>('readTurn');

/** What a look at every voxel tells; beyond 2²⁸ voxels, at some rows of every plane, made up for the others. */
export interface Survey {
  minimum: number;
  maximum: number;
  notNumbers: number;
  /** Planes across z, y, x whose voxels are all equal. */
  constant: [number[], number[], number[]];
  /** Voxels at the limits of an integer type, of a float at the scan's extremes; constant planes of z left out. */
  low: number;
  high: number;
  /** Those of `low` that lie outside a round field of view. */
  masked: number;
  /** A regular sample of grey values, sorted. */
  sample: Float32Array;
}

export function survey(volume: Volume, sample: number, threads = 0): Promise<Survey> {
  return surveyNative({ volume, sample, threads });
}

/** Parts, 0 to 1, of voxels at the lower and upper limit of their type. */
export interface AtLimits {
  low: number;
  high: number;
}

/** Of the box [origin, origin + extent) of a view; 0 for floats, which have no limits. */
export function atLimits(view: View, origin: Triple, extent: Triple, threads = 0): Promise<AtLimits> {
  return atLimitsNative({ view, origin, extent, threads });
}

/** Noise in a block of 8³ voxels: between neighbours, and over three voxels, which shared noise reaches in full. */
export interface NoiseBlock {
  origin: Triple;
  mean: number;
  /** Standard deviation in grey values; −1 where the block touches `low` or `high`. */
  fine: number;
  coarse: number;
}

/** About `most` blocks spread over the volume. */
export async function noiseBlocks(
  volume: Volume,
  most: number,
  low: number,
  high: number,
  threads = 0,
): Promise<NoiseBlock[]> {
  const fields = await noiseNative({ volume, most, low, high, threads });
  return rows(fields, 6, ([z, y, x, mean, fine, coarse]) => ({
    origin: [z!, y!, x!],
    mean: mean!,
    fine: fine!,
    coarse: coarse!,
  }));
}

/** A blurred step fitted to a steep place. */
export interface EdgeReading {
  place: Triple;
  /** Unit vector towards the brighter side. */
  normal: Triple;
  /** Grey values. */
  step: number;
  /** Standard deviation of the blur in voxels. */
  width: number;
  /** Root mean square of what the fit leaves, grey values. */
  misfit: number;
}

/** Edges of about `most` tiles of 32³ voxels, at most eight a tile, steeper than `least` grey values a voxel. */
export async function edgeWidths(volume: Volume, most: number, least: number, threads = 0): Promise<EdgeReading[]> {
  const fields = await edgesNative({ volume, most, least, threads });
  return rows(fields, 9, (f) => ({
    place: [f[0]!, f[1]!, f[2]!],
    normal: [f[3]!, f[4]!, f[5]!],
    step: f[6]!,
    width: f[7]!,
    misfit: f[8]!,
  }));
}

export interface RingReading {
  /** Of the grey values that rings add, with its standard error over the slices. */
  variance: number;
  error: number;
  slices: number;
}

/** Rings about `centre` (v, u) in slices across the view's first axis. */
export function ringVariance(view: View, centre: [number, number], slices: number, threads = 0): Promise<RingReading> {
  return ringsNative({ view, centre, slices, threads });
}

/** Whether the projections of a scan fit together, read from its slices. Lengths in voxels. */
export interface TurnReading {
  /** Parts of slices in which an error of the axis would show. */
  tiles: number;
  /** Widest range of angles with less than an eighth of the spectrum's usual power, and where it begins. */
  missingDeg: number;
  missingFromDeg: number;
  /** Rotation axis off by this, for a half turn from `startDeg`, and the part by which undoing it makes gradients sparser. */
  centreError: number;
  startDeg: number;
  centreGain: number;
  /** A steady drift over the turn, along the view's second and third axis, and the same for it. */
  drift: [number, number];
  driftGain: number;
  /** Part of the tiles that become sparser under the better of the two. */
  agreeing: number;
  /** Power by 5° of angle, usual = 1; empty where noise is most of it. */
  power: Float32Array;
}

/** From up to `most` tiles of 256² voxels of slices across the view's first axis; `noise` of a voxel in grey values. */
export function readTurn(view: View, noise: number, most: number, threads = 0): Promise<TurnReading> {
  return turnNative({ view, noise, most, threads });
}

function rows<R>(fields: Float32Array, width: number, row: (fields: Float32Array) => R): R[] {
  return Array.from({ length: fields.length / width }, (_, i) => row(fields.subarray(i * width, (i + 1) * width)));
}
