import { join } from 'node:path';
import { type Cell, cellOf } from '../../../analysis/cell.ts';
import { type Cracks, readCrackVoxels } from '../../../analysis/cracks/index.ts';
import type { Intensity } from '../../../analysis/intensity/index.ts';
import { heightAt } from '../../../analysis/layers/height.ts';
import type { Layers } from '../../../analysis/layers/index.ts';
import type { Lvf } from '../../../analysis/lvf/index.ts';
import { matchOf, placed } from '../../../analysis/place.ts';
import type { Registration } from '../../../analysis/register/index.ts';
import type { Triple } from '../../../core/geometry.ts';
import type { StepResult } from '../../../core/step.ts';
import { placeBlock } from '../../../engine/difference.ts';
import { median } from '../../../engine/median.ts';
import { openZarr } from '../../../store/zarr/index.ts';
import type { Analysed } from '../analysed.ts';

/** One scan cut open along the stack; fields are [s][u], s from the working electrode. */
export interface Section {
  /** On the reference's grid and grey scale; NaN where the scan does not reach. */
  grey: Float32Array;
  /** Lithium volume fraction after the median filter; null where it was not computed. */
  lvf: Float32Array | null;
  /** Crack fraction, 0 where there is no crack. */
  cracks: Float32Array;
}

/** The plane of a cut and the layers it meets there. */
export interface Cut {
  cell: Cell;
  /** Row of the view. */
  v: number;
  /** Distance from the cell's axis, µm. */
  offAxisUm: number;
  /** Slices at which layers begin and end in the middle of the cut: collector, electrolyte, lithium, what lies behind. */
  layers: { name: string; from: number; to: number }[];
}

/**
 * The plane through the cell's axis, or where cracks were found, the one parallel to it that meets most of them in the last scan
 * that has any. Null when the cell's layers are not known.
 */
export function chooseCut({ results, stored }: Analysed): Cut | null {
  const result = stored<Layers>({ step: 'layers' });
  if (!result || result.value.refused) return null;
  const cell = cellOf(result);
  const [ns, nv, nu] = cell.shape;
  const middle = Math.round(cell.layers.pellet?.center[0] ?? (nv - 1) / 2);
  const last = results.scans.findLast(({ cracks }) => (cracks?.count ?? 0) > 0);
  const found = last ? stored<Cracks>({ step: 'cracks', scan: last.index }) : null;
  const v = found ? mostCracked(found, nv, nu, middle) : middle;

  const u = Math.round(cell.layers.pellet?.center[1] ?? (nu - 1) / 2);
  const lower = cell.working ? heightAt(cell.working.smooth, v, u) : 0;
  const upper = cell.counter ? heightAt(cell.counter.smooth, v, u) : ns;
  const end = cell.layers.foilEnd?.s ?? ns;
  const layers = [
    { name: cell.layers.cell === 'symmetric' ? 'lithium' : 'collector', from: 0, to: lower },
    { name: 'electrolyte', from: lower, to: upper },
    { name: 'lithium', from: upper, to: end },
  ].filter(({ from, to }) => to > from);
  const along = results.voxelSizeUm[cell.frame.orientation.axis[1]]!;
  return { cell, v, offAxisUm: Math.abs(v - middle) * along, layers };
}

/** The row with most crack voxels; among equals, and where they are few more, the one nearest to `middle`. */
function mostCracked(cracks: StepResult<Cracks>, nv: number, nu: number, middle: number): number {
  const counts = new Float64Array(nv);
  const { index, core } = readCrackVoxels(cracks);
  index.forEach((i, k) => {
    if (core[k]) counts[Math.floor(i / nu) % nv]!++;
  });
  const most = Math.max(...counts);
  if (most === 0 || counts[middle]! >= 0.8 * most) return middle;
  return counts.indexOf(most);
}

/** Cuts one scan; null where it could not be laid over the reference. */
export async function sectionOf(
  { results, series, stored }: Analysed,
  { cell, v }: Cut,
  scan: number,
  threads: number,
): Promise<Section | null> {
  const [ns, nv, nu] = cell.shape;
  const registration = stored<Registration>({ step: 'register', scan })?.value;
  if (!registration) return null;
  const match = matchOf(stored<Intensity>({ step: 'intensity', scan })?.value ?? null);
  const lying = placed(series, cell, scan, registration, match);
  if (!lying) return null;
  const grey = await placeBlock(lying, [0, v, 0], [ns, 1, nu], threads);

  const cracks = new Float32Array(ns * nu);
  const found = stored<Cracks>({ step: 'cracks', scan });
  if (found) {
    const { index, fraction } = readCrackVoxels(found);
    index.forEach((i, k) => {
      if (Math.floor(i / nu) % nv === v) cracks[Math.floor(i / (nu * nv)) * nu + (i % nu)] = fraction[k]!;
    });
  }
  const radius = results.recipe.lvf?.medianRadius ?? 3;
  return { grey, lvf: await lvfOf(stored<Lvf>({ step: 'lvf', scan }), cell, v, radius, threads), cracks };
}

/** The stored fraction around the cut, filtered as published, and of it the cut. */
async function lvfOf(
  result: StepResult<Lvf> | null,
  cell: Cell,
  v: number,
  radius: number,
  threads: number,
): Promise<Float32Array | null> {
  if (!result?.value.volume) return null;
  const volume = await openZarr(join(result.directory, result.value.volume));
  const { axis, flip } = cell.frame.orientation;
  const shape = cell.layers.shape;
  const halo = Math.ceil(radius);
  const row = flip[1] ? shape[axis[1]]! - 1 - v : v;
  const origin: Triple = [0, 0, 0];
  const extent = [...shape] as Triple;
  origin[axis[1]] = Math.max(0, row - halo);
  extent[axis[1]] = Math.min(shape[axis[1]]!, row + halo + 1) - origin[axis[1]]!;
  const counts = (await volume.readBlock(origin, extent)) as Int16Array<ArrayBuffer>;
  const smooth = radius > 0 ? await median(counts, extent, { shape: 'ball', radius }, 'nearest', threads) : counts;
  const [ns, , nu] = cell.shape;
  const stride = [extent[1] * extent[2], extent[2], 1];
  const [alongS, alongU] = [stride[axis[0]]!, stride[axis[2]]!];
  const start = (row - origin[axis[1]]!) * stride[axis[1]]!;
  const out = new Float32Array(ns * nu);
  for (let s = 0; s < ns; s++)
    for (let u = 0; u < nu; u++) {
      const at = start + (flip[0] ? ns - 1 - s : s) * alongS + (flip[2] ? nu - 1 - u : u) * alongU;
      out[s * nu + u] = smooth[at]! / result.value.countsPerUnit;
    }
  return out;
}
