import { join } from 'node:path';
import { IDENTITY, type Region, type Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { fractionCounts } from '../../engine/counts.ts';
import { differenceBlock, type PlacedScan } from '../../engine/difference.ts';
import { release } from '../../engine/release.ts';
import { createZarr } from '../../store/zarr/index.ts';
import { type Cell, type Columns, cellOf, columnsWhere, regionColumns } from '../cell.ts';
import { blockInView, matrixOfFiles, viewToFileBox } from '../frame.ts';
import type { Intensity } from '../intensity/index.ts';
import type { Layers } from '../layers/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import { bandsOf, baselineScan, matchOf, placed, slabOf } from '../place.ts';
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
  /** The box of the file outside which it is 0, half open. */
  box: { min: Triple; max: Triple };
}

/** How far beyond an electrode's region fractions are kept, towards the other electrode: a thick electrolyte has none in its middle. */
const KEPT_UM = 100;

export const LVF_VOLUME = 'lvf.zarr';
export const LVF_COUNTS = 8192;
/** For each voxel of a slab its counts; where it is worked on, both scans or their differences and the smoothed one. */
const BYTES_HELD = 2;
const BYTES_WORKED = 14;

export const lvf: StepDefinition<LvfParams, Lvf> = {
  name: 'lvf',
  version: 3,
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
  const { params, series, scan, threads, memoryBytes, directory, signal } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const levels = context.result<Normalisation>('normalise').value;
  const registration = context.result<Registration>('register').value;
  const greys = context.result<Intensity>('intensity').value;
  const none = {
    volume: null,
    countsPerUnit: LVF_COUNTS,
    box: { min: [0, 0, 0], max: [0, 0, 0] },
  } satisfies Partial<Lvf>;
  const refused = registration.refused ?? levels.refused ?? greys.refused;
  const working = regionColumns(cell, params.analysis ?? cell.layers.regions.analysis, cell.working);
  if (refused || !working) return { ...none, refused: refused ?? 'no region to analyse' };
  const counter = regionColumns(cell, params.counter ?? cell.layers.regions.counter, cell.counter);
  const before = baselineScan(context, cell, params);
  const after = placed(series, cell, scan, registration, matchOf(greys));
  if (!before || !after) return { ...none, refused: 'the scan could not be laid over the reference' };

  const shape = cell.layers.shape;
  const kept = Math.round(KEPT_UM / params.voxelSizeUm[cell.frame.orientation.axis[0]]!);
  const units = unitsOf(cell, levels, working, counter, kept);
  const boxes = scan === params.baseline ? [] : boxesOf(units, cell);
  const box = boxes.length > 0 ? boxOf(units, cell) : none.box;
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
    const laid = [
      inFile(before, series.scans[params.baseline]!.source.shape, cell),
      inFile(after, series.scans[scan]!.source.shape, cell),
    ] as const;
    const halo = Math.ceil(4 * params.gaussianSigma);
    const { planes: depth, rows } = slabOf(shape, memoryBytes, BYTES_HELD, BYTES_WORKED, halo);
    for (let z = 0; z < nz; z += depth) {
      signal.throwIfAborted();
      const planes = Math.min(depth, nz - z);
      const slab = new Int16Array(planes * ny * nx);
      for (const { min: origin, max: end } of boxes.flatMap((part) => [...bandsOf(part, z, z + planes, rows)])) {
        signal.throwIfAborted();
        const extent = end.map((edge, axis) => edge - origin[axis]!) as Triple;
        const difference = await differenceBlock(...laid, origin, extent, params.gaussianSigma, threads);
        const out = slab.subarray(((origin[0] - z) * ny + origin[1]) * nx + origin[2]);
        const options = { perUnit: LVF_COUNTS, out, outRow: nx, outPlane: ny * nx };
        await fractionCounts(difference, extent, blockInView(origin, cell.frame), units, options, threads);
        release(difference);
      }
      await volume.writeSlab(z, slab);
      release(slab);
      context.progress((z + planes) / nz);
    }
    await volume.close();
  } catch (error) {
    await volume.abandon();
    throw error;
  }
  return { refused: null, volume: LVF_VOLUME, countsPerUnit: LVF_COUNTS, box };
}

/** The same scan seen along the axes of its file, on the grid of the reference's file. */
function inFile(scan: PlacedScan, shape: Triple, cell: Cell): PlacedScan {
  const moved = { orientation: cell.frame.orientation, shape };
  const matrix = scan.matrix === IDENTITY ? IDENTITY : matrixOfFiles(scan.matrix, cell.frame, moved);
  // The reconstruction's circle is told about the stack; along other axes of the file the difference is taken as it is.
  const upright = cell.frame.orientation.axis[0] === 0;
  return { ...scan, axis: [0, 1, 2], flip: [false, false, false], matrix, fieldRadius: upright ? scan.fieldRadius : 0 };
}

/**
 * Grey values that stand for one: in each electrode's region, stretched by `kept` slices but no further than the middle between
 * the interfaces. None outside both.
 */
function unitsOf(
  cell: Cell,
  levels: Normalisation,
  working: Columns,
  counter: Columns | null,
  kept: number,
): (Columns & { unit: number })[] {
  const nu = cell.shape[2];
  const middle = (i: number) => {
    const lower = cell.working?.heights[i] ?? Number.NEGATIVE_INFINITY;
    const upper = cell.counter?.heights[i] ?? Number.POSITIVE_INFINITY;
    return Math.ceil((lower + upper) / 2);
  };
  const stretched = ({ from, to }: Columns, towards: 'up' | 'down') =>
    columnsWhere(cell.shape, (v, u) => {
      const i = v * nu + u;
      if (to[i]! <= from[i]!) return null;
      return towards === 'up'
        ? [from[i]!, Math.max(to[i]!, Math.min(to[i]! + kept, middle(i)))]
        : [Math.min(from[i]!, Math.max(from[i]! - kept, middle(i))), to[i]!];
    });
  const units = [{ ...stretched(working, 'up'), unit: levels.factor }];
  if (counter && levels.electrolyte && levels.lithium)
    units.push({ ...stretched(counter, 'down'), unit: levels.electrolyte.mean - levels.lithium.mean });
  return units;
}

/** The boxes of the file around the columns of each electrode; one around both where they meet. */
function boxesOf(units: Columns[], cell: Cell): Lvf['box'][] {
  const boxes = units.filter(({ min, max }) => max[0] > min[0]).map((unit) => boxOf([unit], cell));
  const [a, b] = boxes;
  if (!a || !b) return boxes;
  const apart = [0, 1, 2].some((axis) => a.max[axis]! <= b.min[axis]! || b.max[axis]! <= a.min[axis]!);
  return apart ? boxes : [boxOf(units, cell)];
}

/** The box of the file around some columns of the view. */
function boxOf(columns: Columns[], cell: Cell): Lvf['box'] {
  const parts = columns.filter(({ min, max }) => max[0] > min[0]);
  if (parts.length === 0) return { min: [0, 0, 0], max: [0, 0, 0] };
  const edge = (pick: (...edges: number[]) => number, of: 'min' | 'max') =>
    [0, 1, 2].map((axis) => pick(...parts.map((part) => part[of][axis]!))) as Triple;
  return viewToFileBox({ min: edge(Math.min, 'min'), max: edge(Math.max, 'max') }, cell.frame);
}
