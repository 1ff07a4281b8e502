import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const labelNative = native['label'] as unknown as (options: object) => Promise<Component[]>;
const dilateNative = native['dilate'] as unknown as (options: object) => Promise<void>;
const erodeNative = native['erode'] as unknown as (options: object) => Promise<void>;

/** A connected part of a mask; `min` is inside, `max` outside. */
export interface Component {
  voxels: number;
  min: Triple;
  max: Triple;
}

/**
 * The connected parts of a mask (not 0: inside) with at least `minVoxels` voxels, in the order of their first voxel.
 * `labels` holds 1 + the index of each voxel's part, 0 elsewhere. 26 counts corners as neighbours, 6 faces only.
 */
export async function label(
  mask: Uint8Array,
  shape: Triple,
  minVoxels = 1,
  connectivity: 6 | 26 = 26,
  threads = 0,
): Promise<{ labels: Int32Array; components: Component[] }> {
  const labels = new Int32Array(shape[0] * shape[1] * shape[2]);
  const components = await labelNative({ mask, shape, connectivity, minVoxels, labels, threads });
  return { labels, components };
}

/** Grows a mask by a ball, r² ≤ radius²; nothing grows in over the border. */
export async function dilate(mask: Uint8Array, shape: Triple, radius: number, threads = 0): Promise<Uint8Array> {
  const out = new Uint8Array(shape[0] * shape[1] * shape[2]);
  await dilateNative({ mask, shape, radius, out, threads });
  return out;
}

/** Shrinks a mask by a ball, r² ≤ radius²; nothing shrinks away from the border. */
export async function erode(mask: Uint8Array, shape: Triple, radius: number, threads = 0): Promise<Uint8Array> {
  const out = new Uint8Array(shape[0] * shape[1] * shape[2]);
  await erodeNative({ mask, shape, radius, out, threads });
  return out;
}
