import type { Matrix4, Triple } from '../core/geometry.ts';
import { native } from './native.ts';
import type { Volume } from './volume.ts';

const sampleNative = native['sampleLevel'] as unknown as (options: object) => Promise<void>;

/**
 * The box [origin, origin + extent) of a coarse level as float32, x fastest: voxel p, centred on matrix · (step·p + (step − 1)/2) of
 * the file (z, y, x), is the mean of `step` voxels along x on taps² rows spread over the step. NaN outside the file. Only those rows
 * are read: `taps` = `step` gives the mean of all, fewer a picture of a huge file at once.
 */
export async function sampleLevel(
  volume: Volume,
  matrix: Matrix4,
  step: number,
  taps: number,
  origin: Triple,
  extent: Triple,
  threads = 0,
): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(extent[0] * extent[1] * extent[2]);
  await sampleNative({ volume, matrix, step, taps, origin, extent, out, threads });
  return out;
}
