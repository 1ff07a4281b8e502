import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const maximaNative = native['planeMaxima'] as unknown as (options: object) => Promise<void>;

/**
 * Largest value of each channel in the cells of each plane, (z, ⌈ny/cell⌉, ⌈nx/cell⌉, channels), each cell with one
 * pixel around it: what linear interpolation can reach inside it.
 */
export async function planeMaxima(
  planes: Uint8Array<ArrayBuffer>,
  shape: Triple,
  channels: number,
  cell: number,
  threads = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(shape[0] * Math.ceil(shape[1] / cell) * Math.ceil(shape[2] / cell) * channels);
  await maximaNative({ in: planes, shape, channels, cell, out, threads });
  return out;
}
