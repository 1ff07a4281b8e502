import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const maximaNative = native['planeMaxima'] as unknown as (options: object) => Promise<void>;

/**
 * Of the cells of each plane, (z, ⌈ny/cell⌉, ⌈nx/cell⌉, 2·channels): the largest value of each channel in the cell and one pixel around
 * it, which is what linear interpolation can reach inside; then the quarters of the cell, one pixel around them likewise, where each
 * channel reaches its `least`, bit 2·(lower half) + (right half). `cell` is even.
 */
export async function planeMaxima(
  planes: Uint8Array<ArrayBuffer>,
  shape: Triple,
  channels: number,
  cell: number,
  least: readonly number[],
  threads = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(shape[0] * Math.ceil(shape[1] / cell) * Math.ceil(shape[2] / cell) * 2 * channels);
  await maximaNative({ in: planes, shape, channels, cell, least: Uint8Array.from(least), out, threads });
  return out;
}
