import { join } from 'node:path';
import type { Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { median } from '../../engine/median.ts';
import { createZarr, openZarr, type ZarrVolume } from '../../store/zarr/index.ts';
import { type Cell, cellOf } from '../cell.ts';
import { type Cracks, type CrackVoxels, readCrackVoxels } from '../cracks/index.ts';
import { rowInView, viewToFileBox, viewToFilePoint } from '../frame.ts';
import type { Layers } from '../layers/index.ts';
import { LVF_COUNTS, LVF_VOLUME, type Lvf } from '../lvf/index.ts';
import { baseScan } from '../reference.ts';

export interface PhasesParams {
  reference: number;
  lithiumLvf: number;
  medianRadius: number;
  voxelSizeUm: Triple;
}

/** Where the fractions of collector, lithium, crack and electrolyte lie, 255 for one. */
export interface Phases {
  refused: string | null;
  volume: string;
  /** Voxels of each phase, sums of the fractions. */
  voxels: { collector: number; lithium: number; crack: number; electrolyte: number };
}

const SLAB = 32;

export const phases: StepDefinition<PhasesParams, Phases> = {
  name: 'phases',
  version: 1,
  title: 'Phase fractions',
  scope: 'scan',
  params: (recipe, series) => ({
    reference: baseScan(recipe),
    lithiumLvf: recipe.phases?.lithiumLvf ?? 0.2,
    medianRadius: recipe.lvf?.medianRadius ?? 3,
    voxelSizeUm: series.voxelSizeUm,
  }),
  needs: (_, __, scan) => ({
    layers: { step: 'layers' },
    lvf: { step: 'lvf', scan },
    cracks: { step: 'cracks', scan },
  }),
  reads: () => [],
  run: mixPhases,
};

async function mixPhases(context: StepContext<PhasesParams>): Promise<Phases> {
  const { params, series, scan, directory, threads, signal } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const fractionResult = context.result<Lvf>('lvf');
  const lvf = fractionResult.value.volume ? await openZarr(join(fractionResult.directory, LVF_VOLUME)) : null;
  const cracks = inFileOrder(readCrackVoxels(context.result<Cracks>('cracks')), cell);
  const boxes = lvf ? whereLithiumCounts(cell, fractionResult.value.box) : [];

  const shape = cell.layers.shape;
  const volume = await createZarr(join(directory, 'phases.zarr'), {
    name: `${series.scans[scan]!.name}, phase fractions`,
    type: 'uint8',
    shape,
    voxelSizeUm: params.voxelSizeUm,
    channels: [
      { label: 'collector', color: '9AA0A6', window: [0, 255] },
      { label: 'lithium', color: 'E03C31', window: [0, 255] },
      { label: 'crack', color: '8E44AD', window: [0, 255] },
      { label: 'electrolyte', color: 'D8C9A3', window: [0, 255] },
    ],
    attributes: { scan },
  });
  const mixing = new Mixing(cell, params.lithiumLvf, cracks);
  const [nz, ny, nx] = shape;
  try {
    for (let z = 0; z < nz; z += SLAB) {
      signal.throwIfAborted();
      const planes = Math.min(SLAB, nz - z);
      const lithium = new Int16Array(planes * ny * nx);
      for (const { min, max } of boxes) {
        const origin: Triple = [Math.max(z, min[0]), min[1], min[2]];
        const end: Triple = [Math.min(z + planes, max[0]), max[1], max[2]];
        if (end.some((edge, axis) => edge <= origin[axis]!)) continue;
        await smoothInto(lithium, z, lvf!, origin, end, params.medianRadius, threads);
      }
      const slab = mixing.slab(lithium, z, [planes, ny, nx]);
      await volume.writeSlab(z, slab);
      context.progress((z + planes) / nz);
    }
    await volume.close();
  } catch (error) {
    await volume.abandon();
    throw error;
  }
  return { refused: fractionResult.value.refused, volume: 'phases.zarr', voxels: mixing.voxels };
}

/**
 * The boxes of the file, within `filled`, where lithium can take a voxel's place or leave it: up to the working interface and
 * from the counter interface on, or anywhere in a symmetric cell.
 */
function whereLithiumCounts(cell: Cell, filled: Lvf['box']): Lvf['box'][] {
  const [ns, nv, nu] = cell.shape;
  if (!cell.working) return [];
  const slices: [number, number][] = [];
  const up = Math.min(ns, Math.ceil(highest(cell.working.heights) + 0.5));
  const down = cell.counter ? Math.max(0, Math.floor(lowest(cell.counter.heights) - 0.5)) : ns;
  if (cell.layers.cell === 'symmetric' || up >= down) slices.push([0, ns]);
  else slices.push([0, up], [down, ns]);
  return slices.map(([s0, s1]) => {
    const box = viewToFileBox({ min: [s0, 0, 0], max: [s1, nv, nu] }, cell.frame);
    return {
      min: box.min.map((edge, axis) => Math.max(edge, filled.min[axis]!)) as Triple,
      max: box.max.map((edge, axis) => Math.min(edge, filled.max[axis]!)) as Triple,
    };
  });
}

function highest(heights: Float32Array): number {
  return heights.reduce((most, height) => Math.max(most, height), Number.NEGATIVE_INFINITY);
}

function lowest(heights: Float32Array): number {
  return heights.reduce((least, height) => Math.min(least, height), Number.POSITIVE_INFINITY);
}

/** The median of the box [origin, end) of the fractions, written into a slab of whole planes from z0 on. */
async function smoothInto(
  slab: Int16Array,
  z0: number,
  lvf: ZarrVolume,
  origin: Triple,
  end: Triple,
  radius: number,
  threads: number,
): Promise<void> {
  const { shape } = lvf.spec;
  const halo = Math.ceil(radius);
  const low = origin.map((edge) => Math.max(0, edge - halo)) as Triple;
  const extent = end.map((edge, axis) => Math.min(shape[axis]!, edge + halo) - low[axis]!) as Triple;
  const raw = (await lvf.readBlock(low, extent)) as Int16Array;
  const smooth = radius > 0 ? await median(raw, extent, { shape: 'ball', radius }, 'nearest', threads) : raw;
  const width = end[2] - origin[2];
  for (let z = origin[0]; z < end[0]; z++)
    for (let y = origin[1]; y < end[1]; y++) {
      const from = ((z - low[0]) * extent[1] + y - low[1]) * extent[2] + origin[2] - low[2];
      slab.set(smooth.subarray(from, from + width), ((z - z0) * shape[1] + y) * shape[2] + origin[2]);
    }
}

/** Crack voxels sorted by their place in the file, and their fractions. */
interface CracksInFile {
  place: Float64Array;
  fraction: Float32Array;
}

function inFileOrder({ index, fraction }: CrackVoxels, { shape: [, nv, nu], frame, layers }: Cell): CracksInFile {
  const [, ny, nx] = layers.shape;
  const places = Array.from(index, (i, k) => {
    const [z, y, x] = viewToFilePoint([Math.floor(i / (nv * nu)), Math.floor(i / nu) % nv, i % nu], frame);
    return { place: (z * ny + y) * nx + x, fraction: fraction[k]! };
  }).sort((a, b) => a.place - b.place);
  return {
    place: Float64Array.from(places, ({ place }) => place),
    fraction: Float32Array.from(places, (voxel) => voxel.fraction),
  };
}

const share = (x: number) => Math.max(0, Math.min(1, x));

/**
 * The layers of the reference with their interfaces' partial voxels, then what the scan changed: cracks in the electrolyte,
 * lithium in the place of the collector, and the foil's loss.
 */
class Mixing {
  /** Sums of the fractions so far. */
  readonly voxels: Phases['voxels'] = { collector: 0, lithium: 0, crack: 0, electrolyte: 0 };
  readonly #cell: Cell;
  readonly #lithiumLvf: number;
  readonly #cracks: CracksInFile;
  #nextCrack = 0;
  /** By column: whether it lies in the pellet. */
  readonly #inPellet: Uint8Array;

  constructor(cell: Cell, lithiumLvf: number, cracks: CracksInFile) {
    this.#cell = cell;
    this.#lithiumLvf = lithiumLvf;
    this.#cracks = cracks;
    const [, nv, nu] = cell.shape;
    const { pellet } = cell.layers;
    this.#inPellet = new Uint8Array(nv * nu);
    for (let v = 0; v < nv; v++)
      for (let u = 0; u < nu; u++)
        if (!pellet || Math.hypot(v - pellet.center[0], u - pellet.center[1]) <= pellet.radius)
          this.#inPellet[v * nu + u] = 1;
  }

  /** Fractions of whole planes of the file, z0 ascending from call to call; `lithium` is their smoothed LVF. */
  slab(lithium: Int16Array, z0: number, [planes, ny, nx]: Triple): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(planes * ny * nx * 4);
    if (!this.#cell.working) return out;
    for (let z = 0, at = 0; z < planes; z++)
      for (let y = 0; y < ny; y++, at += nx)
        this.#row([z0 + z, y, 0], lithium.subarray(at, at + nx), out.subarray(4 * at, 4 * (at + nx)));
    return out;
  }

  #row(first: Triple, lithium: Int16Array, out: Uint8Array): void {
    const { frame, layers, working, counter, shape } = this.#cell;
    const { place, fraction } = this.#cracks;
    const symmetric = layers.cell === 'symmetric';
    const foilEnd = layers.foilEnd?.level != null ? layers.foilEnd.s : Number.POSITIVE_INFINITY;
    const lower = working!.heights;
    const upper = counter?.heights ?? null;
    const { start, step } = rowInView(first, frame);
    const columnStep = step[1] * shape[2] + step[2];
    let s = start[0];
    let column = start[1] * shape[2] + start[2];
    let voxel = (first[0] * layers.shape[1] + first[1]) * layers.shape[2];
    const sums = [0, 0, 0, 0] as [number, number, number, number];
    for (let x = 0, at = 0; x < lithium.length; x++, at += 4, voxel++, s += step[0], column += columnStep) {
      let crack = 0;
      if (place[this.#nextCrack] === voxel) crack = share(fraction[this.#nextCrack++]!);
      if (this.#inPellet[column] === 0) continue;
      const below = share(lower[column]! - s + 0.5);
      const foil = upper ? Math.min(1 - below, share(s - upper[column]! + 0.5)) : 0;
      const behind = Math.min(foil, share(s - foilEnd + 0.5));
      let collector = (symmetric ? 0 : below) + behind;
      let metal = (symmetric ? below : 0) + foil - behind;
      let electrolyte = 1 - below - foil;
      crack = Math.min(electrolyte, crack);
      electrolyte -= crack;
      const change = lithium[x]! / LVF_COUNTS;
      if (crack === 0 && change > this.#lithiumLvf) {
        const plated = share(change);
        const fromCollector = Math.min(collector, plated);
        const fromElectrolyte = Math.min(electrolyte, symmetric || fromCollector > 0 ? plated - fromCollector : 0);
        collector -= fromCollector;
        electrolyte -= fromElectrolyte;
        metal += fromCollector + fromElectrolyte;
      } else if (change < -this.#lithiumLvf && metal > 0) {
        const lost = Math.min(metal, -change);
        metal -= lost;
        if (upper && s > upper[column]! + 3) collector += lost;
        else electrolyte += lost;
      }
      sums[0] += collector;
      sums[1] += metal;
      sums[2] += crack;
      sums[3] += electrolyte;
      out[at] = Math.round(collector * 255);
      out[at + 1] = Math.round(metal * 255);
      out[at + 2] = Math.round(crack * 255);
      out[at + 3] = Math.round(electrolyte * 255);
    }
    this.voxels.collector += sums[0];
    this.voxels.lithium += sums[1];
    this.voxels.crack += sums[2];
    this.voxels.electrolyte += sums[3];
  }
}
