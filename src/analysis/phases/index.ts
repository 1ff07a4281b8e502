import { join } from 'node:path';
import type { Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { median } from '../../engine/median.ts';
import { mixPhases, type PhaseLayers } from '../../engine/phases.ts';
import { release } from '../../engine/release.ts';
import { createZarr, openZarr, type ZarrVolume } from '../../store/zarr/index.ts';
import { type Cell, cellOf } from '../cell.ts';
import { type Cracks, type CrackVoxels, readCrackVoxels } from '../cracks/index.ts';
import { blockInView, viewToFileBox, viewToFilePoint } from '../frame.ts';
import type { Layers } from '../layers/index.ts';
import { LVF_COUNTS, LVF_VOLUME, type Lvf } from '../lvf/index.ts';
import { bandsOf, slabOf } from '../place.ts';
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

/** For each voxel of a slab lithium and the fractions; where the median is taken, its own and what it is made of. */
const BYTES_HELD = 6;
const BYTES_WORKED = 6;

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
  run: phasesOf,
};

async function phasesOf(context: StepContext<PhasesParams>): Promise<Phases> {
  const { params, series, scan, directory, threads, memoryBytes, signal } = context;
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
  const layers = layersOf(cell);
  const sums = [0, 0, 0, 0] as [number, number, number, number];
  const [nz, ny, nx] = shape;
  try {
    const { planes: depth, rows } = slabOf(
      shape,
      memoryBytes,
      BYTES_HELD,
      BYTES_WORKED,
      Math.ceil(params.medianRadius),
    );
    for (let z = 0; z < nz; z += depth) {
      signal.throwIfAborted();
      const planes = Math.min(depth, nz - z);
      const lithium = new Int16Array(planes * ny * nx);
      for (const { min, max } of boxes.flatMap((box) => [...bandsOf(box, z, z + planes, rows)])) {
        signal.throwIfAborted();
        await smoothInto(lithium, z, lvf!, min, max, params.medianRadius, threads);
      }
      const slab = new Uint8Array(planes * ny * nx * 4);
      const mixed = await mixPhases({
        extent: [planes, ny, nx],
        frame: blockInView([z, 0, 0], cell.frame),
        layers,
        lithiumLvf: params.lithiumLvf,
        countsPerUnit: LVF_COUNTS,
        lithium,
        ...within(cracks, z * ny * nx, (z + planes) * ny * nx),
        out: slab,
        threads,
      });
      // Plane by plane: the same sums however thick the slabs are.
      mixed.forEach((sum, i) => {
        sums[i % 4]! += sum;
      });
      await volume.writeSlab(z, slab);
      release(lithium, slab);
      context.progress((z + planes) / nz);
    }
    await volume.close();
  } catch (error) {
    await volume.abandon();
    throw error;
  }
  const [collector, lithium, crack, electrolyte] = sums;
  return {
    refused: fractionResult.value.refused,
    volume: 'phases.zarr',
    voxels: { collector, lithium, crack, electrolyte },
  };
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
  release(raw, smooth);
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

/** The cracks' voxels in [from, to) of the file, counted from there. */
function within({ place, fraction }: CracksInFile, from: number, to: number) {
  const first = place.findIndex((at) => at >= from);
  if (first < 0) return { crackPlaces: new Float64Array(0), crackFractions: new Float32Array(0) };
  const last = place.findLastIndex((at) => at < to) + 1;
  return {
    crackPlaces: place.subarray(first, last).map((at) => at - from),
    crackFractions: fraction.subarray(first, last),
  };
}

function layersOf(cell: Cell): PhaseLayers {
  const [, nv, nu] = cell.shape;
  const { pellet, foilEnd } = cell.layers;
  const inPellet = new Uint8Array(nv * nu);
  for (let v = 0; v < nv && cell.working; v++)
    for (let u = 0; u < nu; u++)
      if (!pellet || Math.hypot(v - pellet.center[0], u - pellet.center[1]) <= pellet.radius) inPellet[v * nu + u] = 1;
  return {
    lower: cell.working?.heights ?? new Float32Array(nv * nu).fill(Number.NEGATIVE_INFINITY),
    upper: cell.counter?.heights ?? new Float32Array(nv * nu).fill(Number.POSITIVE_INFINITY),
    inPellet,
    foilEnd: foilEnd?.level != null ? foilEnd.s : Number.POSITIVE_INFINITY,
    symmetric: cell.layers.cell === 'symmetric',
  };
}
