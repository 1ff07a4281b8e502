import { IDENTITY, type Triple } from '../core/geometry.ts';
import type { Series } from '../core/series.ts';
import type { StepContext } from '../core/step.ts';
import { differenceBlock, differenceBlocks, type PlacedScan } from '../engine/difference.ts';
import { release } from '../engine/release.ts';
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

/**
 * Planes of the file that may be held at once, of `held` bytes a voxel, and the rows of them that may be worked on at once, which
 * takes `worked` bytes for every voxel of theirs and of `halo` more on every side.
 */
export function slabOf(
  [, ny, nx]: Triple,
  memoryBytes: number,
  held: number,
  worked: number,
  halo: number,
): { planes: number; rows: number } {
  const planes = Math.max(1, Math.min(32, Math.floor(memoryBytes / 2 / (ny * nx * held))));
  const rows = Math.floor(memoryBytes / 3 / ((planes + 2 * halo) * nx * worked)) - 2 * halo;
  return { planes, rows: Math.max(16, Math.min(ny, rows)) };
}

/** The part of a box that lies in some planes of the file, in bands of so many rows. */
export function* bandsOf({ min, max }: ViewBox, z0: number, z1: number, rows: number): Generator<ViewBox> {
  const [low, high] = [Math.max(z0, min[0]), Math.min(z1, max[0])];
  if (high <= low || max[2] <= min[2]) return;
  for (let y = min[1]; y < max[1]; y += rows)
    yield { min: [low, y, min[2]], max: [high, Math.min(max[1], y + rows), max[2]] };
}

/** Half open, in view voxels. */
export interface ViewBox {
  min: Triple;
  max: Triple;
}

/** Some rows v of a box of the reference grid, with `halo` more voxels on every side. */
export interface Strip extends ViewBox {
  /** Difference (before − after), grey values, NaN where a scan does not reach; shape `extent`. */
  difference: Float32Array;
  /** The same without the Gaussian; `difference` itself where there is none. */
  unfiltered: Float32Array;
  extent: Triple;
  /** The view voxel at which the arrays begin. */
  origin: Triple;
  /** Index of (s, v, u) in `difference`; the next slice lies `plane` further. */
  at(s: number, v: number, u: number): number;
  plane: number;
}

/**
 * The difference of two scans over a box, strip by strip: rows v ascending, as many as `memoryBytes` allows. What of the box
 * lies outside the volume is left out. A strip's arrays are gone when the next one is asked for.
 */
export async function* strips(
  before: PlacedScan,
  after: PlacedScan,
  shape: Triple,
  box: ViewBox,
  options: {
    sigma: number;
    /** Whether the unfiltered difference is wanted beside the filtered one. */
    both?: boolean;
    halo?: number;
    threads: number;
    memoryBytes: number;
    signal: AbortSignal;
  },
): AsyncGenerator<Strip> {
  const { sigma, threads } = options;
  const halo = options.halo ?? 0;
  const low = box.min.map((edge) => Math.max(0, edge)) as Triple;
  const high = box.max.map((edge, axis) => Math.min(shape[axis]!, edge)) as Triple;
  if (high.some((edge, axis) => edge <= low[axis]!)) return;
  const [slices, , width] = high.map((edge, axis) => edge - low[axis]! + 2 * halo) as Triple;
  // Both scans, their differences, and what the caller makes of them, as float32.
  const row = slices * width * 4 * 7;
  const rows = Math.max(8, Math.floor(options.memoryBytes / 2 / row));
  for (let v0 = low[1]; v0 < high[1]; v0 += rows) {
    options.signal.throwIfAborted();
    const v1 = Math.min(high[1], v0 + rows);
    const extent: Triple = [slices, v1 - v0 + 2 * halo, width];
    const origin: Triple = [low[0] - halo, v0 - halo, low[2] - halo];
    const both = options.both && sigma > 0;
    const block = both
      ? await differenceBlocks(before, after, origin, extent, sigma, threads)
      : { filtered: await differenceBlock(before, after, origin, extent, sigma, threads), unfiltered: null };
    const plane = extent[1] * extent[2];
    yield {
      min: [low[0], v0, low[2]],
      max: [high[0], v1, high[2]],
      difference: block.filtered,
      unfiltered: block.unfiltered ?? block.filtered,
      extent,
      origin,
      at: (s, v, u) => ((s - origin[0]) * extent[1] + v - origin[1]) * extent[2] + u - origin[2],
      plane,
    };
    release(block.filtered);
    if (block.unfiltered) release(block.unfiltered);
  }
}
