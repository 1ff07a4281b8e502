import type { Matrix4, Triple } from '../core/geometry.ts';
import { native } from './native.ts';
import type { View } from './volume.ts';

/** A scan on the reference's grid: reference voxel → its own voxel, and grey = gain · reference grey + offset. */
export interface PlacedScan extends View {
  matrix: Matrix4;
  gain: number;
  offset: number;
  /** Radius about the middle of the scan's (v, u) that the reconstruction filled; 0 for the whole field. */
  fieldRadius: number;
}

const differenceNative = native['differenceBlock'] as unknown as (options: object) => Promise<void>;
const placeNative = native['placeBlock'] as unknown as (options: object) => Promise<void>;
const surfaceNative = native['findSurface'] as unknown as (options: object) => Promise<void>;

/** Gaussian of before − after over a box of the reference grid, grey values; NaN where a scan does not reach. */
export async function differenceBlock(
  before: PlacedScan,
  after: PlacedScan,
  origin: Triple,
  extent: Triple,
  sigma: number,
  threads = 0,
): Promise<Float32Array> {
  const out = new Float32Array(extent[0] * extent[1] * extent[2]);
  await differenceNative({ before, after, origin, extent, sigma, out, unfiltered: null, threads });
  return out;
}

/** The same with and without the Gaussian, the scans laid on the grid only once. */
export async function differenceBlocks(
  before: PlacedScan,
  after: PlacedScan,
  origin: Triple,
  extent: Triple,
  sigma: number,
  threads = 0,
): Promise<{ filtered: Float32Array; unfiltered: Float32Array }> {
  const out = new Float32Array(extent[0] * extent[1] * extent[2]);
  const unfiltered = new Float32Array(out.length);
  await differenceNative({ before, after, origin, extent, sigma, out, unfiltered, threads });
  return { filtered: out, unfiltered };
}

/** One scan over a box of the reference grid, grey values matched; NaN where it does not reach. */
export async function placeBlock(scan: PlacedScan, origin: Triple, extent: Triple, threads = 0): Promise<Float32Array> {
  const out = new Float32Array(extent[0] * extent[1] * extent[2]);
  await placeNative({ scan, origin, extent, out, threads });
  return out;
}

/**
 * Height of an interface over the columns (v, u) of a view, in voxels; NaN where there is none within `reach` of `start`.
 * `below` and `above` are the grey values of the layers at lower and higher s.
 */
export async function findSurface(
  view: View,
  start: Float32Array,
  options: { below: number; above: number; reach: number; sigma: number },
  threads = 0,
): Promise<Float32Array> {
  const height = new Float32Array(start.length);
  await surfaceNative({ view, start, ...options, height, threads });
  return height;
}
