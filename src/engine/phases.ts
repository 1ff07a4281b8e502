import type { Triple } from '../core/geometry.ts';
import type { ColumnFrame } from './columns.ts';
import { native } from './native.ts';

const phasesNative = native['mixPhases'] as unknown as (options: object) => Promise<void>;

/** The reference's layers, by column: heights of the interfaces (∓∞ where there is none), whether it lies in the pellet. */
export interface PhaseLayers {
  lower: Float32Array;
  upper: Float32Array;
  inPellet: Uint8Array;
  /** Slice behind which the foil is collector again, Infinity where it does not end. */
  foilEnd: number;
  /** Lithium below the lower interface too. */
  symmetric: boolean;
}

/**
 * Fractions of collector, lithium, crack and electrolyte, 255 for one and the four of a voxel together, into `out`; resolves
 * with their sums, four a plane of the block. `lithium` is the smoothed fraction, `countsPerUnit` for one, and counts where it changed by more than
 * `lithiumLvf`; `crackPlaces` are indices in the block, ascending.
 */
export async function mixPhases(options: {
  extent: Triple;
  frame: ColumnFrame;
  layers: PhaseLayers;
  lithiumLvf: number;
  countsPerUnit: number;
  lithium: Int16Array;
  crackPlaces: Float64Array;
  crackFractions: Float32Array;
  out: Uint8Array;
  threads: number;
}): Promise<Float64Array> {
  const { frame, layers, ...rest } = options;
  const sums = new Float64Array(4 * rest.extent[0]);
  await phasesNative({ ...rest, ...frame, ...layers, sums });
  return sums;
}
