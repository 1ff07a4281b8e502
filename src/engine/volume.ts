import type { Orientation, Triple } from '../core/geometry.ts';
import type { VolumeSource } from '../core/series.ts';
import { native } from './native.ts';

declare const handle: unique symbol;
/** An open, mapped volume; closed when it is collected. */
export type Volume = { readonly [handle]: true };

/** A volume seen as (s, v, u), see Orientation. */
export interface View extends Orientation {
  volume: Volume;
}

const openNative = native['openVolume'] as unknown as (source: VolumeSource) => Volume;
const readNative = native['readBlock'] as unknown as (options: object) => Promise<void>;

/** Maps the voxels of a source; throws an Error with `path` when a file is missing or too short. */
export function openVolume(source: VolumeSource): Volume {
  return openNative(source);
}

const scatteredNative = native['expectScattered'] as unknown as (volume: Volume, scattered: boolean) => void;

/**
 * Says whether a volume is read here and there, as by a window: the system then reads no further ahead than is asked for. From the
 * first time on, what was read of it does not stay part of the process's memory.
 */
export function expectScattered(volume: Volume, scattered: boolean): void {
  scatteredNative(volume, scattered);
}

/** The box [origin, origin + extent) of a view as float32, u fastest; outside the volume the nearest voxel repeats, NaN and infinities are 0. */
export async function readBlock(view: View, origin: Triple, extent: Triple, threads = 0): Promise<Float32Array> {
  const out = new Float32Array(extent[0] * extent[1] * extent[2]);
  await readNative({ view, origin, extent, out, threads });
  return out;
}
