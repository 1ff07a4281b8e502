import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const halveNative = native['halve'] as unknown as (options: object) => Promise<void>;
const maximaNative = native['planeMaxima'] as unknown as (options: object) => Promise<void>;

type Bytes = Uint8Array<ArrayBuffer>;

/** Means of 2×2×2 voxels: `fixed` in 1/256 of a grey value, to make the next level from, and `rounded`. */
export interface Halved {
  shape: Triple;
  fixed: Uint16Array<ArrayBuffer>;
  rounded: Bytes;
}

/**
 * Halves a volume (z, y, x, the channels of a voxel together) of grey values, or of 1/256 of them as uint16. Sizes are
 * rounded up; at the border the mean is of the voxels there are. Exact to 1/512 a level, so means of means stay true.
 */
export async function halve(
  planes: Bytes | Uint16Array<ArrayBuffer>,
  shape: Triple,
  channels: number,
  threads = 0,
): Promise<Halved> {
  const coarse = shape.map((n) => Math.ceil(n / 2)) as Triple;
  const count = coarse[0] * coarse[1] * coarse[2] * channels;
  const halved: Halved = { shape: coarse, fixed: new Uint16Array(count), rounded: new Uint8Array(count) };
  await halveNative({ in: planes, shape, channels, fixed: halved.fixed, out: halved.rounded, threads });
  return halved;
}

/**
 * Largest value of each channel in the cells of each plane, (z, ⌈ny/cell⌉, ⌈nx/cell⌉, channels), each cell with one
 * pixel around it: what linear interpolation can reach inside it.
 */
export async function planeMaxima(
  planes: Bytes,
  shape: Triple,
  channels: number,
  cell: number,
  threads = 0,
): Promise<Bytes> {
  const out = new Uint8Array(shape[0] * Math.ceil(shape[1] / cell) * Math.ceil(shape[2] / cell) * channels);
  await maximaNative({ in: planes, shape, channels, cell, out, threads });
  return out;
}
