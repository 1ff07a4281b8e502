import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const sumsNative = native['columnSums'] as unknown as (options: object) => Promise<void>;
const countsNative = native['countSums'] as unknown as (
  options: object,
) => Promise<{ sum: number; full: number; fullSum: number }>;

/**
 * Columns v0 … v1, u0 … u1 (half open) of a view of `nu` columns a row, in a block that begins at `origin` (s, v, u); `from`
 * and `to` are the slices of every column v · nu + u of the view and lie within the block.
 */
export interface ColumnRegion {
  origin: Triple;
  extent: Triple;
  v0: number;
  v1: number;
  u0: number;
  u1: number;
  nu: number;
  from: Uint16Array;
  to: Uint16Array;
}

/** What a column's sum came to, by column of the view. */
export interface ColumnSums {
  /** Of difference / unit, cracks left out. */
  sum: Float64Array;
  /** Of the fractions of its cracks. */
  crack: Float64Array;
  /** Slices that hold a number, and the first of them (`to` where there is none). */
  seen: Uint16Array;
  first: Uint16Array;
}

/** Sums of a block's columns into `out`, and into a profile: slice s of a column counts at s − base[column]. */
export async function columnSums(
  difference: Float32Array,
  region: ColumnRegion,
  options: {
    /** Grey values that stand for one; `behind` those from slice `from[column]` on. */
    unit: number;
    behind: { from: Float32Array; factor: number } | null;
    /** Voxels of cracks by column: those of column i are first[i] to first[i + 1]. */
    cracks: { first: Uint32Array; s: Uint16Array; fraction: Float32Array };
    out: ColumnSums;
    profile: { base: Int32Array; sum: Float64Array; count: Float64Array } | null;
  },
  threads = 0,
): Promise<void> {
  const { unit, behind, cracks, out, profile } = options;
  await sumsNative({
    ...region,
    difference,
    unit,
    unitBehind: behind?.factor ?? unit,
    split: behind?.from ?? null,
    crackFirst: cracks.first,
    crackSlice: cracks.s,
    crackFraction: cracks.fraction,
    ...out,
    profileBase: profile?.base ?? null,
    profileSum: profile?.sum ?? null,
    profileCount: profile?.count ?? null,
    threads,
  });
}

/**
 * Over the columns that `counted` marks: the sum of `smooth`, and number and sum of the `counts` where `smooth` is above
 * `full`.
 */
export function countSums(
  smooth: Int16Array,
  counts: Int16Array,
  region: ColumnRegion,
  counted: Uint8Array,
  full: number,
  threads = 0,
): Promise<{ sum: number; full: number; fullSum: number }> {
  return countsNative({ ...region, smooth, counts, counted, full, threads });
}
