import { LEAST_SHOWN_PHASES, type Triple } from '../../core/geometry.ts';
import { BRICK } from './grid.ts';
import type { Maxima } from './source.ts';
import { LEAST_SHOWN } from './transfer.ts';
import { type LayerDisplays, type LvfDisplay, PHASES } from './view.ts';

/** Fractions at or below this are not drawn. */
export const UNSEEN = (LEAST_SHOWN_PHASES[1] - 1) / 255;
/** The collector's surface lies where its fraction is this. */
export const SURFACE = 0.5;
const FARTHEST = 255;

/** The smallest counts that can show, one a channel of a layer; Infinity for what is hidden. */
export type Least = readonly number[];

/** Of each phase. */
export function leastPhases(phases: LayerDisplays['phases']): Least {
  return PHASES.map((phase, channel) => {
    const { visible, opacity } = phases[phase];
    return visible && opacity > 0 ? LEAST_SHOWN_PHASES[channel]! : Number.POSITIVE_INFINITY;
  });
}

/** Of a scalar that is shown in a window of counts. */
export function leastScalar({ visible, opacity }: LvfDisplay, [low, high]: readonly [number, number]): Least {
  if (!visible || opacity <= 0) return [Number.POSITIVE_INFINITY];
  return [Math.floor(low + LEAST_SHOWN * (high - low))];
}

/** What of that is no fog: with electrolyte hidden. */
export function solidOnly(least: Least): Least {
  return least.length === 4 ? [...least.slice(0, 3), Number.POSITIVE_INFINITY] : least;
}

/**
 * Chebyshev distance of every cell to the nearest one that can show something, in cells, at most 255; 0 in such a cell.
 * A forward and a backward pass over planes of 3×3 minima are exact for this distance.
 */
export function distances({ shape, counts }: Maxima, least: Least): Uint8Array<ArrayBuffer> {
  const [nz, ny, nx] = shape;
  const out = new Uint8Array(nz * ny * nx).fill(FARTHEST);
  for (let i = 0, at = 0; i < out.length; i++)
    for (let channel = 0; channel < least.length; channel++, at++) if (counts[at]! >= least[channel]!) out[i] = 0;
  const near = new Uint8Array(ny * nx).fill(FARTHEST);
  for (let z = 0; z < nz; z++) sweep(out, z, near, ny, nx, 1);
  near.fill(FARTHEST);
  for (let z = nz - 1; z >= 0; z--) sweep(out, z, near, ny, nx, -1);
  return out;
}

/** Of each cell the eighths where any of what is shown can be seen; all of them where that is not known. */
export function eighthsSeen({ shape, eighths }: Maxima, least: Least): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(shape[0] * shape[1] * shape[2]);
  if (!eighths) return out.fill(255);
  for (let channel = 0; channel < least.length; channel++) {
    if (least[channel] === Number.POSITIVE_INFINITY) continue;
    for (let i = 0, at = channel; i < out.length; i++, at += least.length) out[i]! |= eighths[at]!;
  }
  return out;
}

/** One plane of a pass; `near` holds the 3×3 minima of the plane before and takes those of this one. */
function sweep(out: Uint8Array, z: number, near: Uint8Array, ny: number, nx: number, way: 1 | -1): void {
  const plane = z * ny * nx;
  const first = way === 1 ? 0 : ny - 1;
  const start = way === 1 ? 0 : nx - 1;
  for (let row = 0, y = first; row < ny; row++, y += way) {
    const line = plane + y * nx;
    const before = line - way * nx;
    for (let column = 0, x = start; column < nx; column++, x += way) {
      let least = near[y * nx + x]!;
      if (row > 0) {
        least = Math.min(least, out[before + x]!);
        if (x > 0) least = Math.min(least, out[before + x - 1]!);
        if (x < nx - 1) least = Math.min(least, out[before + x + 1]!);
      }
      if (column > 0) least = Math.min(least, out[line + x - way]!);
      if (least + 1 < out[line + x]!) out[line + x] = least + 1;
    }
  }
  minima3x3(out, plane, near, ny, nx);
}

function minima3x3(out: Uint8Array, plane: number, near: Uint8Array, ny: number, nx: number): void {
  const rows = new Uint8Array(ny * nx);
  for (let y = 0; y < ny; y++)
    for (let x = 0; x < nx; x++) {
      const at = plane + y * nx + x;
      const left = x > 0 ? out[at - 1]! : FARTHEST;
      const right = x < nx - 1 ? out[at + 1]! : FARTHEST;
      rows[y * nx + x] = Math.min(left, out[at]!, right);
    }
  for (let y = 0; y < ny; y++)
    for (let x = 0; x < nx; x++) {
      const at = y * nx + x;
      const above = y > 0 ? rows[at - nx]! : FARTHEST;
      const below = y < ny - 1 ? rows[at + nx]! : FARTHEST;
      near[at] = Math.min(above, rows[at]!, below);
    }
}

/** The box around all cells of distance 0, half open; empty where there is none. */
export function boundsOf(map: Uint8Array, shape: Triple): { low: Triple; high: Triple } {
  const low = shape.slice() as Triple;
  const high: Triple = [0, 0, 0];
  let at = 0;
  for (let z = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++, at++) {
        if (map[at] !== 0) continue;
        [z, y, x].forEach((n, axis) => {
          low[axis] = Math.min(low[axis]!, n);
          high[axis] = Math.max(high[axis]!, n + 1);
        });
      }
  return { low, high };
}

/** Whether a brick of `level` at `place` can show nothing; the map is of cells of level 0, `cell` voxels wide. */
export function isEmpty(map: Uint8Array, shape: Triple, cell: number, level: number, place: Triple): boolean {
  const edge = (BRICK / cell) * 2 ** level;
  const low = place.map((p) => p * edge) as Triple;
  const high = low.map((p, axis) => Math.min(p + edge, shape[axis]!)) as Triple;
  for (let z = low[0]; z < high[0]; z++)
    for (let y = low[1]; y < high[1]; y++) {
      const row = (z * shape[1] + y) * shape[2];
      for (let x = low[2]; x < high[2]; x++) if (map[row + x] === 0) return false;
    }
  return true;
}

/**
 * How many cells beyond its own a sample can reach, `level` levels above that of the cells, over the one voxel that the maxima
 * hold already: linear interpolation takes in means of up to 1.5 coarse voxels.
 */
export function reachOf(level: number, cell: number): number {
  return level === 0 ? 0 : Math.ceil((1.5 * 2 ** level - 1) / cell);
}
