import { join } from 'node:path';
import { type Cell, cellOf } from '../../../analysis/cell.ts';
import { type Cracks, readCrackVoxels } from '../../../analysis/cracks/index.ts';
import type { Intensity } from '../../../analysis/intensity/index.ts';
import { heightAt, type SmoothSurface } from '../../../analysis/layers/height.ts';
import type { Layers } from '../../../analysis/layers/index.ts';
import type { Lvf } from '../../../analysis/lvf/index.ts';
import { matchOf, placed } from '../../../analysis/place.ts';
import type { Registration } from '../../../analysis/register/index.ts';
import { fileToView, type Triple } from '../../../core/geometry.ts';
import type { CrackResults } from '../../../core/results.ts';
import type { StepResult } from '../../../core/step.ts';
import { type PlacedScan, placeBlock } from '../../../engine/difference.ts';
import { median } from '../../../engine/median.ts';
import { openZarr } from '../../../store/zarr/index.ts';
import type { Analysed } from '../analysed.ts';

/** One scan cut open: fields of rows and columns, along the stack [s][u] from the working electrode up, in the plane [v][u]. */
export interface Section {
  rows: number;
  columns: number;
  /** On the reference's grid and grey scale; NaN where the scan does not reach. */
  grey: Float32Array;
  /** Lithium volume fraction after the median filter; null where it was not computed. */
  lvf: Float32Array | null;
  /** Crack fraction, 0 where there is no crack. */
  cracks: Float32Array;
}

/** A plane along the stack, or parallel to the working interface, and the layers it meets in its middle. */
export type Cut = ThroughCut | PlaneCut;

export interface ThroughCut {
  kind: 'through';
  cell: Cell;
  /** Row of the view. */
  v: number;
  /** Distance from the cell's axis, µm. */
  offAxisUm: number;
  /** Slices at which layers begin and end: collector, electrolyte, lithium. */
  layers: { name: string; from: number; to: number }[];
  /** Slices of the interfaces in the middle of the cut; null where they are not known. */
  interfaces: { working: number | null; counter: number | null };
}

export interface PlaneCut {
  kind: 'in-plane';
  cell: Cell;
  aboveUm: number;
  /** Slice of every column (v, u). */
  height(v: number, u: number): number;
}

/** The cell as its layers were found; null where they were not. */
export function openCell({ stored }: Analysed): Cell | null {
  const result = stored<Layers>({ step: 'layers' });
  return !result || result.value.refused ? null : cellOf(result);
}

/**
 * The plane at a distance from the cell's axis; unless told, through the axis, or where that misses the cracks, the one parallel to it
 * that meets most of them in the last scan that has any. Null when the cell's layers are not known.
 */
export function chooseCut(analysed: Analysed, atUm?: number): ThroughCut | null {
  const { results, stored } = analysed;
  const cell = openCell(analysed);
  if (!cell) return null;
  const [ns, nv, nu] = cell.shape;
  const along = results.voxelSizeUm[cell.frame.orientation.axis[1]]!;
  const middle = Math.round(cell.layers.pellet?.center[0] ?? (nv - 1) / 2);
  const last = results.scans.findLast(({ cracks }) => (cracks?.count ?? 0) > 0);
  const found = last ? stored<Cracks>({ step: 'cracks', scan: last.index }) : null;
  const v =
    atUm === undefined
      ? found
        ? mostCracked(found, nv, nu, middle)
        : middle
      : Math.max(0, Math.min(nv - 1, Math.round(middle + atUm / along)));

  const u = Math.round(cell.layers.pellet?.center[1] ?? (nu - 1) / 2);
  const [working, counter] = [cell.working, cell.counter].map((surface) =>
    surface ? heightAt(surface.smooth, v, u) : null,
  ) as [number | null, number | null];
  const end = cell.layers.foilEnd?.s ?? ns;
  const layers = [
    { name: cell.layers.cell === 'symmetric' ? 'lithium' : 'collector', from: 0, to: working ?? 0 },
    { name: 'electrolyte', from: working ?? 0, to: counter ?? ns },
    { name: 'lithium', from: counter ?? ns, to: end },
  ].filter(({ from, to }) => to > from);
  return {
    kind: 'through',
    cell,
    v,
    offAxisUm: Math.abs(v - middle) * along,
    layers,
    interfaces: { working, counter },
  };
}

/** Five voxels of the paper's scans (Figure 2c). */
const ABOVE_UM = 8;

/**
 * The surface parallel to the working interface, so far into the electrolyte; unless told, where most of the cracks are in the
 * last scan that has any. Null when the interface is not known.
 */
export function choosePlane(analysed: Analysed, atUm?: number): PlaneCut | null {
  const { results, stored } = analysed;
  const cell = openCell(analysed);
  const smooth = cell?.working?.smooth;
  if (!cell || !smooth) return null;
  const voxelUm = results.voxelSizeUm[cell.frame.orientation.axis[0]]!;
  const last = results.scans.findLast(({ cracks }) => (cracks?.count ?? 0) > 0);
  const found = last ? stored<Cracks>({ step: 'cracks', scan: last.index }) : null;
  const aboveUm = atUm ?? (found ? voxelUm * mostCrackedAbove(found, cell, smooth) : ABOVE_UM);
  const up = aboveUm / voxelUm;
  return { kind: 'in-plane', cell, aboveUm, height: (v, u) => heightAt(smooth, v, u) + up };
}

/** How many voxels above an interface most crack voxels are; above the foot of the cracks, where these are plated lithium. */
function mostCrackedAbove(cracks: StepResult<Cracks>, { shape }: Cell, smooth: SmoothSurface): number {
  const [, nv, nu] = shape;
  const counts = new Map<number, number>();
  const { index, core } = readCrackVoxels(cracks);
  index.forEach((i, k) => {
    if (!core[k]) return;
    const above = Math.round(Math.floor(i / (nv * nu)) - heightAt(smooth, Math.floor(i / nu) % nv, i % nu));
    counts.set(above, (counts.get(above) ?? 0) + 1);
  });
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b)[0]?.[0] ?? 0;
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

/** A scan on the reference's grid; null where it could not be laid there. */
export function placedScan({ series, stored }: Analysed, cell: Cell, scan: number): PlacedScan | null {
  const registration = stored<Registration>({ step: 'register', scan })?.value;
  if (!registration) return null;
  const match = matchOf(stored<Intensity>({ step: 'intensity', scan })?.value ?? null);
  return placed(series, cell, scan, registration, match);
}

/** Cuts one scan; null where it could not be laid over the reference. */
export async function sectionOf(analysed: Analysed, cut: Cut, scan: number, threads: number): Promise<Section | null> {
  const lying = placedScan(analysed, cut.cell, scan);
  if (!lying) return null;
  const lvf = lvfBlocks(analysed, cut.cell, scan, threads);
  const cracks = analysed.stored<Cracks>({ step: 'cracks', scan });
  return cut.kind === 'through' ? through(cut, lying, lvf, cracks, threads) : inPlane(cut, lying, lvf, cracks, threads);
}

type Blocks = (origin: Triple, extent: Triple) => Promise<Float32Array>;

async function through(
  { cell, v }: ThroughCut,
  lying: PlacedScan,
  lvf: Blocks | null,
  found: StepResult<Cracks> | null,
  threads: number,
): Promise<Section> {
  const [ns, nv, nu] = cell.shape;
  const grey = await placeBlock(lying, [0, v, 0], [ns, 1, nu], threads);
  const cracks = new Float32Array(ns * nu);
  eachCracked(found, (i, fraction) => {
    if (Math.floor(i / nu) % nv === v) cracks[Math.floor(i / (nu * nv)) * nu + (i % nu)] = fraction;
  });
  return { rows: ns, columns: nu, grey, lvf: lvf ? await lvf([0, v, 0], [ns, 1, nu]) : null, cracks };
}

/** Rows worked on at once. */
const ROWS = 32;

async function inPlane(
  cut: PlaneCut,
  lying: PlacedScan,
  lvf: Blocks | null,
  found: StepResult<Cracks> | null,
  threads: number,
): Promise<Section> {
  const [ns, nv, nu] = cut.cell.shape;
  const grey = new Float32Array(nv * nu).fill(Number.NaN);
  const fraction = lvf ? new Float32Array(nv * nu) : null;
  for (let v0 = 0; v0 < nv; v0 += ROWS) {
    const v1 = Math.min(nv, v0 + ROWS);
    let [low, high] = [Infinity, -Infinity];
    for (let v = v0; v < v1; v++)
      for (let u = 0; u < nu; u++) {
        const s = cut.height(v, u);
        if (s < low) low = s;
        if (s > high) high = s;
      }
    const from = Math.max(0, Math.floor(low));
    const extent: Triple = [Math.min(ns, Math.floor(high) + 2) - from, v1 - v0, nu];
    if (extent[0] < 1) continue;
    const blocks: [Float32Array, Float32Array][] = [[grey, await placeBlock(lying, [from, v0, 0], extent, threads)]];
    if (fraction) blocks.push([fraction, await lvf!([from, v0, 0], extent)]);
    for (let v = v0; v < v1; v++)
      for (let u = 0; u < nu; u++) {
        const s = cut.height(v, u) - from;
        const below = Math.floor(s);
        if (below < 0 || below >= extent[0]) continue;
        const above = Math.min(extent[0] - 1, below + 1);
        const at = (k: number) => (k * extent[1] + v - v0) * nu + u;
        for (const [out, block] of blocks) {
          const [a, b] = [block[at(below)]!, block[at(above)]!];
          out[v * nu + u] = a + (s - below) * (b - a);
        }
      }
  }
  const cracks = new Float32Array(nv * nu);
  eachCracked(found, (i, share) => {
    const column = i % (nv * nu);
    const [v, u] = [Math.floor(column / nu), column % nu];
    if (Math.round(cut.height(v, u)) === Math.floor(i / (nv * nu))) cracks[column] = share;
  });
  return { rows: nv, columns: nu, grey, lvf: fraction, cracks };
}

function eachCracked(found: StepResult<Cracks> | null, take: (index: number, fraction: number) => void): void {
  if (!found) return;
  const { index, fraction } = readCrackVoxels(found);
  index.forEach((i, k) => take(i, fraction[k]!));
}

/** What reads the stored fraction in boxes of the view, filtered as published; null where it was not computed. */
export function lvfBlocks({ results, stored }: Analysed, cell: Cell, scan: number, threads: number): Blocks | null {
  const result = stored<Lvf>({ step: 'lvf', scan });
  if (!result?.value.volume) return null;
  const { volume: name, countsPerUnit } = result.value;
  const radius = results.recipe.lvf?.medianRadius ?? 3;
  const halo = Math.ceil(radius);
  const { axis, flip } = cell.frame.orientation;
  const shape = cell.layers.shape;
  return async (origin, extent) => {
    const volume = await openZarr(join(result.directory, name));
    const [min, size]: [Triple, Triple] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    const start: Triple = [0, 0, 0];
    for (let k = 0; k < 3; k++) {
      const file = axis[k]!;
      const first = flip[k] ? shape[file]! - origin[k]! - extent[k]! : origin[k]!;
      min[file] = Math.max(0, first - halo);
      size[file] = Math.min(shape[file]!, first + extent[k]! + halo) - min[file]!;
      start[k] = first - min[file]!;
    }
    const counts = (await volume.readBlock(min, size)) as Int16Array<ArrayBuffer>;
    const smooth = radius > 0 ? await median(counts, size, { shape: 'ball', radius }, 'nearest', threads) : counts;
    const stride = [size[1] * size[2], size[2], 1];
    const out = new Float32Array(extent[0] * extent[1] * extent[2]);
    const along = (k: number, i: number) => (start[k]! + (flip[k] ? extent[k]! - 1 - i : i)) * stride[axis[k]!]!;
    for (let s = 0, to = 0; s < extent[0]; s++)
      for (let v = 0; v < extent[1]; v++) {
        const from = along(0, s) + along(1, v);
        for (let u = 0; u < extent[2]; u++, to++) out[to] = smooth[from + along(2, u)]! / countsPerUnit;
      }
    return out;
  };
}

/** What a crack takes of a cut in one scan, in rows and columns, half open; null where the cut misses it. */
export interface CrackSpot {
  id: number;
  row: [number, number];
  column: [number, number];
}

/** Where a cut meets a crack's bounds in a scan. */
export function spotOf(cut: Cut, crack: CrackResults, scan: number): CrackSpot | null {
  const [min, max] = [crack.min[scan], crack.max[scan]];
  if (!min || !max) return null;
  const low = toView(cut.cell, min);
  const high = toView(cut.cell, max.map((value) => value - 1) as Triple);
  const span = (k: number): [number, number] => [Math.min(low[k]!, high[k]!), Math.max(low[k]!, high[k]!) + 1];
  const [s, v, u] = [span(0), span(1), span(2)];
  if (cut.kind === 'through') return cut.v >= v[0] && cut.v < v[1] ? { id: crack.id, row: s, column: u } : null;
  const height = cut.height((v[0] + v[1]) / 2, (u[0] + u[1]) / 2);
  return height >= s[0] - 1 && height < s[1] + 1 ? { id: crack.id, row: v, column: u } : null;
}

/** A voxel of the reference's file in the view. */
export function toView({ frame }: Cell, [z, y, x]: Triple): Triple {
  const m = fileToView(frame.shape, frame.orientation);
  return [0, 1, 2].map((k) => m[k * 4]! * z + m[k * 4 + 1]! * y + m[k * 4 + 2]! * x + m[k * 4 + 3]!) as Triple;
}
