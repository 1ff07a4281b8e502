import { IDENTITY, type Triple } from '../core/geometry.ts';
import type { Series } from '../core/series.ts';
import type { StepContext } from '../core/step.ts';
import { differenceBlock, type PlacedScan } from '../engine/difference.ts';
import type { Cell } from './cell.ts';
import { viewOf } from './frame.ts';
import type { Intensity } from './intensity/index.ts';
import type { Registration } from './register/index.ts';

/** A scan on the reference's grid; null where it could not be laid there. */
export function placed(
  series: Series,
  cell: Cell,
  scan: number,
  registration: Registration | null,
  match: { gain: number; offset: number } | null,
): PlacedScan | null {
  if (registration && !registration.view) return null;
  const view = viewOf(series.scans[scan]!, cell.frame.orientation);
  const field = registration ? registration.fieldRadius : cell.layers.fieldRadius;
  return {
    ...view,
    matrix: registration?.view ?? IDENTITY,
    gain: match?.gain ?? 1,
    offset: match?.offset ?? 0,
    fieldRadius: field === null ? 0 : field - 2,
  };
}

/** The grey value match that `intensity` found to be needed. */
export function matchOf(intensity: Intensity | null): { gain: number; offset: number } | null {
  return intensity?.applied ? { gain: intensity.gain, offset: intensity.offset } : null;
}

/** The scan that others are compared with, on the reference's grid; see `baselineNeeds`. */
export function baselineScan(
  context: StepContext<unknown>,
  cell: Cell,
  { reference, baseline }: { reference: number; baseline: number },
): PlacedScan | null {
  if (baseline === reference) return placed(context.series, cell, reference, null, null);
  const greys = context.result<Intensity>('baselineIntensity').value;
  return placed(context.series, cell, baseline, context.result<Registration>('baselineRegister').value, matchOf(greys));
}

/** A strip of rows v of the reference grid through the slices [s0, s1), with `halo` more voxels on every side. */
export interface Strip {
  v0: number;
  v1: number;
  s0: number;
  s1: number;
  halo: number;
  /** Difference (before − after), grey values, NaN where a scan does not reach; shape `extent`. */
  difference: Float32Array;
  extent: Triple;
  /** Index of (s, v, u) in `difference`. */
  at(s: number, v: number, u: number): number;
}

/**
 * The difference of two scans strip by strip: rows v ascending, as many as `memoryBytes` allows. Slices outside the volume
 * are left out.
 */
export async function* strips(
  before: PlacedScan,
  after: PlacedScan,
  shape: Triple,
  range: [number, number],
  options: { sigma: number; halo?: number; threads: number; memoryBytes: number; signal: AbortSignal },
): AsyncGenerator<Strip> {
  const [ns, nv, nu] = shape;
  const halo = options.halo ?? 0;
  const s0 = Math.max(0, range[0]);
  const s1 = Math.min(ns, range[1]);
  if (s1 <= s0) return;
  // Both scans, their difference and the filter's copy, as float32.
  const row = (s1 - s0 + 2 * halo) * (nu + 2 * halo) * 4 * 6;
  const rows = Math.max(8, Math.min(nv, Math.floor(options.memoryBytes / 2 / row)));
  for (let v0 = 0; v0 < nv; v0 += rows) {
    options.signal.throwIfAborted();
    const v1 = Math.min(nv, v0 + rows);
    const extent: Triple = [s1 - s0 + 2 * halo, v1 - v0 + 2 * halo, nu + 2 * halo];
    const difference = await differenceBlock(
      before,
      after,
      [s0 - halo, v0 - halo, -halo],
      extent,
      options.sigma,
      options.threads,
    );
    const at = (s: number, v: number, u: number) =>
      ((s - s0 + halo) * extent[1] + v - v0 + halo) * extent[2] + u + halo;
    yield { v0, v1, s0, s1, halo, difference, extent, at };
  }
}
