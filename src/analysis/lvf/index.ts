import { join } from 'node:path';
import { IDENTITY, type Region, type Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { differenceBlock, type PlacedScan } from '../../engine/difference.ts';
import { createZarr } from '../../store/zarr/index.ts';
import { type Cell, type Columns, cellOf, regionColumns } from '../cell.ts';
import { matrixOfFiles } from '../frame.ts';
import type { Intensity } from '../intensity/index.ts';
import type { Layers } from '../layers/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import { baselineScan, matchOf, placed } from '../place.ts';
import { baselineNeeds, baselineOf, baseScan } from '../reference.ts';
import type { Registration } from '../register/index.ts';

export interface LvfParams {
  reference: number;
  baseline: number;
  analysis: Region | null;
  counter: Region | null;
  gaussianSigma: number;
  voxelSizeUm: Triple;
}

/** The lithium volume fraction on the reference's grid, int16: 8192 stands for one. */
export interface Lvf {
  refused: string | null;
  volume: string | null;
  countsPerUnit: number;
}

export const LVF_VOLUME = 'lvf.zarr';
export const LVF_COUNTS = 8192;
/** Slices of the file that are worked on at once. */
const SLAB = 32;

export const lvf: StepDefinition<LvfParams, Lvf> = {
  name: 'lvf',
  version: 1,
  title: 'Lithium volume fraction',
  scope: 'scan',
  params: (recipe, series, scan) => ({
    reference: baseScan(recipe),
    baseline: baselineOf(recipe, series, scan),
    analysis: recipe.regions?.analysis ?? null,
    counter: recipe.regions?.counter ?? null,
    gaussianSigma: recipe.denoise?.gaussianSigma ?? 1,
    voxelSizeUm: series.voxelSizeUm,
  }),
  needs: (recipe, series, scan) => ({
    ...baselineNeeds(recipe, series, scan),
    layers: { step: 'layers' },
    normalise: { step: 'normalise' },
    register: { step: 'register', scan },
    intensity: { step: 'intensity', scan },
  }),
  reads: (recipe, series, scan) => [...new Set([baseScan(recipe), baselineOf(recipe, series, scan), scan])],
  run: fractions,
};

async function fractions(context: StepContext<LvfParams>): Promise<Lvf> {
  const { params, series, scan, threads, directory, signal } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const levels = context.result<Normalisation>('normalise').value;
  const registration = context.result<Registration>('register').value;
  const greys = context.result<Intensity>('intensity').value;
  const none = { volume: null, countsPerUnit: LVF_COUNTS };
  const refused = registration.refused ?? levels.refused ?? greys.refused;
  const working = regionColumns(cell, params.analysis ?? cell.layers.regions.analysis, cell.working);
  if (refused || !working) return { ...none, refused: refused ?? 'no region to analyse' };
  const counter = regionColumns(cell, params.counter ?? cell.layers.regions.counter, cell.counter);
  const before = baselineScan(context, cell, params);
  const after = placed(series, cell, scan, registration, matchOf(greys));
  if (!before || !after) return { ...none, refused: 'the scan could not be laid over the reference' };

  const shape = cell.layers.shape;
  const volume = await createZarr(join(directory, LVF_VOLUME), {
    name: `${series.scans[scan]!.name}, lithium volume fraction`,
    type: 'int16',
    shape,
    voxelSizeUm: params.voxelSizeUm,
    channels: [{ label: 'lithium volume fraction', color: 'E03C31', window: [0, LVF_COUNTS] }],
    attributes: { countsPerUnit: LVF_COUNTS, scan },
  });
  try {
    const [nz, ny, nx] = shape;
    for (let z = 0; z < nz; z += SLAB) {
      signal.throwIfAborted();
      const planes = Math.min(SLAB, nz - z);
      const extent: Triple = [planes, ny, nx];
      const slab = new Int16Array(planes * ny * nx);
      if (scan !== params.baseline) {
        const difference = await differenceBlock(
          inFile(before, series.scans[params.baseline]!.source.shape, cell),
          inFile(after, series.scans[scan]!.source.shape, cell),
          [z, 0, 0],
          extent,
          params.gaussianSigma,
          threads,
        );
        const lithium = (s: number, v: number, u: number) => factorAt(cell, levels, working, counter, s, v, u);
        fill(slab, difference, cell, z, extent, lithium);
      }
      await volume.writeSlab(z, slab);
      context.progress((z + planes) / nz);
    }
    await volume.close();
  } catch (error) {
    await volume.abandon();
    throw error;
  }
  return { refused: null, volume: LVF_VOLUME, countsPerUnit: LVF_COUNTS };
}

/** The same scan seen along the axes of its file, on the grid of the reference's file. */
function inFile(scan: PlacedScan, shape: Triple, cell: Cell): PlacedScan {
  const moved = { orientation: cell.frame.orientation, shape };
  const matrix = scan.matrix === IDENTITY ? IDENTITY : matrixOfFiles(scan.matrix, cell.frame, moved);
  // The reconstruction's circle is told about the stack; along other axes of the file the difference is taken as it is.
  const upright = cell.frame.orientation.axis[0] === 0;
  return { ...scan, axis: [0, 1, 2], flip: [false, false, false], matrix, fieldRadius: upright ? scan.fieldRadius : 0 };
}

/** Grey values that stand for one at a voxel, 0 outside both electrodes' regions and what lies between. */
function factorAt(
  cell: Cell,
  levels: Normalisation,
  working: Columns,
  counter: Columns | null,
  s: number,
  v: number,
  u: number,
): number {
  const nu = cell.shape[2];
  const [from, to] = working(v, u);
  const far = counter?.(v, u) ?? [0, 0];
  const upper = cell.counter?.heights[v * nu + u] ?? Number.POSITIVE_INFINITY;
  const lower = cell.working?.heights[v * nu + u] ?? Number.NEGATIVE_INFINITY;
  if (to > from && s >= from && s < Math.max(to, (lower + upper) / 2)) return levels.factor;
  if (far[1] > far[0] && s < far[1] && s >= Math.min(far[0], (lower + upper) / 2))
    return levels.electrolyte && levels.lithium ? levels.electrolyte.mean - levels.lithium.mean : 0;
  return 0;
}

function fill(
  slab: Int16Array,
  difference: Float32Array,
  cell: Cell,
  z0: number,
  [planes, ny, nx]: Triple,
  factor: (s: number, v: number, u: number) => number,
): void {
  const { axis, flip } = cell.frame.orientation;
  const at = [0, 0, 0];
  const view = [0, 0, 0];
  let i = 0;
  for (let z = z0; z < z0 + planes; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, i++) {
        at[0] = z;
        at[1] = y;
        at[2] = x;
        for (let k = 0; k < 3; k++) view[k] = flip[k] ? cell.shape[k]! - 1 - at[axis[k]!]! : at[axis[k]!]!;
        const unit = factor(view[0]!, view[1]!, view[2]!);
        if (unit === 0) continue;
        const fraction = difference[i]! / unit;
        if (!Number.isNaN(fraction)) slab[i] = Math.max(-32768, Math.min(32767, Math.round(fraction * LVF_COUNTS)));
      }
}
