import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const aroundNative = native['electrolyteAround'] as unknown as (options: object) => Promise<void>;
const fractionsNative = native['crackFractions'] as unknown as (options: object) => Promise<void>;
const beyondNative = native['runsBeyond'] as unknown as (options: object) => Promise<Runs>;
const labelNative = native['labelRuns'] as unknown as (options: object) => Promise<number>;

/** The slices [from, to) of a layer in each column v · width + u of a view. */
export interface LayerColumns {
  from: Uint16Array;
  to: Uint16Array;
  width: number;
}

/** A box of a view: [min, min + shape). */
interface Box {
  min: Triple;
  shape: Triple;
}

/**
 * The grey value of the electrolyte around every voxel of a box: `mean` and a Gaussian of what the voxels of the layer differ
 * from it, those alone. Beyond the box its last voxels repeat.
 */
export async function electrolyteAround(
  grey: Float32Array,
  { min, shape }: Box,
  layer: LayerColumns,
  { mean, sigma }: { mean: number; sigma: number },
  threads = 0,
): Promise<Float32Array> {
  const around = new Float32Array(grey.length);
  await aroundNative({ grey, origin: min, extent: shape, ...layer, mean, sigma, around, threads });
  return around;
}

/**
 * Turns a difference, unfiltered and filtered, into fractions of around − lithium, which counts as `least` at least; 0 where
 * the difference is missing. Changes both arrays.
 */
export async function crackFractions(
  difference: { unfiltered: Float32Array; filtered: Float32Array },
  around: Float32Array,
  { lithium, least }: { lithium: number; least: number },
  threads = 0,
): Promise<void> {
  await fractionsNative({ ...difference, around, lithium, least, threads });
}

/** Voxels in runs along u, four numbers each: s, v, begin, end (half open); and the greatest value of each run. */
export interface Runs {
  runs: Int32Array;
  peaks: Float32Array;
}

/** Runs of the voxels of a layer whose value in a field over a box is greater than `threshold`, in raster order. */
export async function runsBeyond(
  field: Float32Array,
  { min, shape }: Box,
  layer: LayerColumns,
  threshold: number,
  threads = 0,
): Promise<Runs> {
  return await beyondNative({ field, origin: min, extent: shape, ...layer, threshold, threads });
}

/**
 * The parts of runs that do not overlap, in any order, corners counting as neighbours: 1 + the index of each run's part, 0
 * where it has fewer than `minVoxels`. Parts are in the order of their first voxel.
 */
export async function labelRuns(runs: Int32Array, minVoxels: number): Promise<{ labels: Int32Array; parts: number }> {
  const labels = new Int32Array(runs.length / 4);
  return { parts: await labelNative({ runs, minVoxels, labels }), labels };
}
