import type { Matrix4, Triple } from '../core/geometry.ts';
import { native } from './native.ts';
import type { View } from './volume.ts';

const resampleNative = native['resampleBlock'] as unknown as (options: object) => Promise<void>;

/**
 * `keys`: Keys' cubic convolution, a = −½. `spline`: cubic B-spline through the voxels; sharper, about half as fast.
 */
export type Interpolation = 'keys' | 'spline';

/**
 * The box [origin, origin + extent) of an output grid as float32, u fastest: out[p] = view(matrix · p), both in voxels of
 * the view (s, v, u). NaN where a position lies more than half a voxel outside. Whole shifts copy voxels exactly.
 */
export async function resampleBlock(
  view: View,
  matrix: Matrix4,
  origin: Triple,
  extent: Triple,
  interpolation: Interpolation = 'keys',
  threads = 0,
): Promise<Float32Array> {
  const out = new Float32Array(extent[0] * extent[1] * extent[2]);
  await resampleNative({ view, matrix, origin, extent, spline: interpolation === 'spline', out, threads });
  return out;
}
