import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';
import type { View } from './volume.ts';

type Outside = { underflow: number; overflow: number };
const histogram16Native = native['histogram16'] as unknown as (options: object) => Promise<void>;
const histogramNative = native['histogram'] as unknown as (options: object) => Promise<Outside>;
const viewHistogramNative = native['viewHistogram'] as unknown as (options: object) => Promise<Outside>;
const valueRangeNative = native['valueRange'] as unknown as (options: object) => Promise<[number, number]>;
const otsuNative = native['otsu'] as unknown as (options: object) => Promise<{ bin: number; separability: number }>;

/** Equal bins over [low, high], the last one closed; what is not a number is counted nowhere. */
export interface Histogram extends Outside {
  low: number;
  high: number;
  counts: Float64Array;
}

/** Counts of every 16-bit value, 65 536 of them. */
export async function histogram16(voxels: Uint16Array, threads = 0): Promise<Float64Array> {
  const counts = new Float64Array(65536);
  await histogram16Native({ voxels, counts, threads });
  return counts;
}

export async function histogram(
  voxels: Float32Array,
  low: number,
  high: number,
  bins = 256,
  threads = 0,
): Promise<Histogram> {
  const counts = new Float64Array(bins);
  return { low, high, counts, ...(await histogramNative({ voxels, low, high, bins, counts, threads })) };
}

/** Of the box [origin, origin + extent) of a view; reads it in pieces of about 4 MiB. */
export async function viewHistogram(
  view: View,
  origin: Triple,
  extent: Triple,
  low: number,
  high: number,
  bins = 256,
  threads = 0,
): Promise<Histogram> {
  const counts = new Float64Array(bins);
  const outside = await viewHistogramNative({ view, origin, extent, low, high, bins, counts, threads });
  return { low, high, counts, ...outside };
}

/** The least and greatest number; [NaN, NaN] when there is none. */
export function valueRange(voxels: Float32Array, threads = 0): Promise<[number, number]> {
  return valueRangeNative({ voxels, threads });
}

export interface Threshold {
  /** Values above it (`>`) are foreground: the centre of the bin that Otsu's rule finds. */
  value: number;
  bin: number;
  /** Variance between the classes over that of all, 0 to 1. */
  separability: number;
}

/** Otsu's threshold on 16-bit values, each its own bin; throws when there is no voxel. */
export async function otsu16(counts: Float64Array): Promise<Threshold> {
  const found = await otsuNative({ counts, first: 0, step: 1 });
  return { value: found.bin, ...found };
}

/** Otsu's threshold on a histogram; scikit-image takes 256 bins over the range of the values. */
export async function otsu({ low, high, counts }: Histogram): Promise<Threshold> {
  const step = (high - low) / counts.length;
  const first = low + step / 2;
  const found = await otsuNative({ counts, first, step });
  return { value: first + found.bin * step, ...found };
}
