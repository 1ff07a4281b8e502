import type { Triple } from '../core/geometry.ts';
import type { ColumnFrame } from './columns.ts';
import { native } from './native.ts';

const countsNative = native['fractionCounts'] as unknown as (options: object) => Promise<void>;

/** Slices [from, to) of every column (v · nu + u) where a difference of `unit` grey values stands for one; null: all. */
export interface CountPart {
  from: Uint16Array | null;
  to: Uint16Array | null;
  unit: number;
}

/**
 * Differences of a block as fractions, `perUnit` counts for one, by the first part that holds the voxel; 0 where none does or
 * the difference is not a number. `clip` keeps them within 0 and one. `out` may be larger than the block: `outRow` and
 * `outPlane` are the lengths of its rows and planes.
 */
export async function fractionCounts(
  difference: Float32Array,
  extent: Triple,
  frame: ColumnFrame,
  parts: CountPart[],
  options: { perUnit: number; clip?: boolean; out: Int16Array; outRow?: number; outPlane?: number },
  threads = 0,
): Promise<void> {
  const { perUnit, clip, out } = options;
  await countsNative({
    difference,
    extent,
    ...frame,
    parts: parts.map(({ from, to, unit }) => ({ from, to, per: perUnit / unit })),
    least: clip ? 0 : -32768,
    most: clip ? perUnit : 32767,
    out,
    outRow: options.outRow ?? extent[2],
    outPlane: options.outPlane ?? extent[1] * extent[2],
    threads,
  });
}
