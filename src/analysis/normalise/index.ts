import type { Region, Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { release } from '../../engine/release.ts';
import { readBlock } from '../../engine/volume.ts';
import { type Cell, type Columns, cellOf, columnsWhere, regionColumns } from '../cell.ts';
import { viewOf } from '../frame.ts';
import type { Layers, Level } from '../layers/index.ts';
import { baseScan } from '../reference.ts';

export interface NormaliseParams {
  reference: number;
  collector: Region | null;
  lithium: Region | null;
  /** Stands for the electrolyte where no layers were found. */
  analysis: Region | null;
}

/** A grey level with what it may be wrong by (k = 1): its scatter among blocks and its drift along the stack. */
export interface SampledLevel extends Level {
  sigma: number;
}

/** Grey values that turn differences into fractions; one set for the series, from the reference scan. */
export interface Normalisation {
  refused: string | null;
  collector: SampledLevel | null;
  electrolyte: SampledLevel | null;
  lithium: SampledLevel | null;
  /** Electrolyte beside the counter electrode: what follows the lithium that leaves there. */
  following: SampledLevel | null;
  /** Grey value of nothing: air around the cell, where the field shows some. */
  empty: number | null;
  /** How far grey values swing beyond both sides of the working interface, of its step: phase fringes; 0 without. */
  fringe: number;
  /** Collector − lithium, or electrolyte − lithium in a symmetric cell, and its uncertainty (k = 2). */
  factor: number;
  uncertainty: number;
  notes: string[];
}

/** Edge of the blocks of columns whose means are compared. */
const BLOCK = 12;
/** Distances from the counter interface between which the electrolyte is sampled that follows lithium there, voxels. */
const FOLLOWING = [-12, -3] as const;
/** And from the working interface of a symmetric cell, where blur no longer reaches and lithium first grows. */
const PLATED_INTO = [2.5, 6.5] as const;
/** Voxels on both sides of the interface where fringes are looked for. */
const NEAR = 6;

export const normalise: StepDefinition<NormaliseParams, Normalisation> = {
  name: 'normalise',
  version: 2,
  title: 'Sampling grey values',
  scope: 'series',
  params: (recipe) => ({
    reference: baseScan(recipe),
    collector: recipe.regions?.collector ?? null,
    lithium: recipe.regions?.lithium ?? null,
    analysis: recipe.regions?.analysis ?? null,
  }),
  needs: () => ({ layers: { step: 'layers' } }),
  reads: (recipe) => [baseScan(recipe)],
  run: sampleLevels,
};

async function sampleLevels(context: StepContext<NormaliseParams>): Promise<Normalisation> {
  const { params } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const { regions, levels, cell: kind, refused } = cell.layers;
  const collector = await sample(context, cell, params.collector ?? regions.collector, cell.working);
  const lithium = await sample(context, cell, params.lithium ?? regions.lithium, cell.counter);
  const electrolyte =
    (kind === 'symmetric' ? await besideWorking(context, cell) : null) ??
    (levels.electrolyte
      ? { ...levels.electrolyte, sigma: levels.electrolyte.std / 30 }
      : await sample(context, cell, refused ? params.analysis : null, null));
  const upper = kind === 'symmetric' ? electrolyte : collector;
  const notes: string[] = [];
  const missing = !lithium ? 'no lithium foil to sample' : !upper ? 'no collector to sample' : null;
  if (missing) notes.push(`normalise: ${refused ?? missing}; give recipe.regions.${lithium ? 'collector' : 'lithium'}`);
  const factor = lithium && upper ? upper.mean - lithium.mean : 0;
  return {
    refused: missing,
    collector,
    electrolyte,
    lithium,
    following: await followingLevel(context, cell),
    empty: levels.outside?.mean ?? null,
    fringe: collector && electrolyte ? await fringeOf(context, cell, collector.mean, electrolyte.mean) : 0,
    factor,
    uncertainty: lithium && upper ? 2 * Math.hypot(lithium.sigma, upper.sigma) : 0,
    notes,
  };
}

/** The electrolyte whose place lithium takes in a symmetric cell: that next to the working interface. */
function besideWorking(context: StepContext<NormaliseParams>, cell: Cell): Promise<SampledLevel | null> {
  return beside(context, cell, cell.layers.regions.analysis, cell.working, PLATED_INTO);
}

function followingLevel(context: StepContext<NormaliseParams>, cell: Cell): Promise<SampledLevel | null> {
  return beside(context, cell, cell.layers.regions.counter, cell.counter, FOLLOWING);
}

/** Grey values of a region's columns between two distances from an interface. */
async function beside(
  context: StepContext<NormaliseParams>,
  cell: Cell,
  region: Region | null,
  surface: Cell['working'],
  [from, to]: readonly [number, number],
): Promise<SampledLevel | null> {
  const within = regionColumns(cell, region, surface);
  if (!within || !surface) return null;
  const nu = cell.shape[2];
  const columns = columnsWhere(cell.shape, (v, u) => {
    const i = v * nu + u;
    return within.to[i]! > within.from[i]! ? [surface.heights[i]! + from, surface.heights[i]! + to] : null;
  });
  return measure(context, cell, columns);
}

/** Overshoot of the mean profile across the working interface: blur alone never passes either side's own level. */
async function fringeOf(
  context: StepContext<NormaliseParams>,
  cell: Cell,
  below: number,
  above: number,
): Promise<number> {
  const region = regionColumns(cell, cell.layers.regions.analysis, cell.working);
  if (!region || !cell.working) return 0;
  const [ns, nv, nu] = cell.shape;
  const view = viewOf(context.series.scans[context.params.reference]!, cell.frame.orientation);
  const sums = new Float64Array(2 * NEAR + 1);
  const counts = new Float64Array(sums.length);
  for (let v = 0; v < nv; v += 4) {
    let [low, high] = [ns, 0];
    for (let u = 0; u < nu; u++) {
      if (region.to[v * nu + u]! <= region.from[v * nu + u]!) continue;
      const h = cell.working.heights[v * nu + u]!;
      low = Math.min(low, Math.max(0, Math.round(h - NEAR)));
      high = Math.max(high, Math.min(ns, Math.round(h + NEAR) + 1));
    }
    if (high <= low) continue;
    const block = await readBlock(view, [low, v, 0], [high - low, 1, nu], context.threads);
    for (let u = 0; u < nu; u++) {
      if (region.to[v * nu + u]! <= region.from[v * nu + u]!) continue;
      const h = cell.working.heights[v * nu + u]!;
      for (let k = -NEAR; k <= NEAR; k++) {
        const s = Math.round(h + k);
        if (s < 0 || s >= ns) continue;
        sums[k + NEAR]! += block[(s - low) * nu + u]!;
        counts[k + NEAR]!++;
      }
    }
  }
  let most = 0;
  for (let k = -NEAR; k <= NEAR; k++) {
    if (counts[k + NEAR]! < 50) continue;
    const grey = sums[k + NEAR]! / counts[k + NEAR]!;
    most = Math.max(most, (k < 0 ? grey - below : above - grey) / (below - above));
  }
  return most;
}

async function sample(
  context: StepContext<NormaliseParams>,
  cell: Cell,
  region: Region | null,
  surface: Cell['working'],
): Promise<SampledLevel | null> {
  const columns = regionColumns(cell, region, surface);
  return columns ? measure(context, cell, columns) : null;
}

/** Mean over the voxels of some columns, its scatter among blocks of columns and its drift from their lower to their upper half. */
async function measure(
  context: StepContext<NormaliseParams>,
  cell: Cell,
  columns: Columns,
): Promise<SampledLevel | null> {
  const { min, max } = columns;
  const nu = cell.shape[2];
  const view = viewOf(context.series.scans[context.params.reference]!, cell.frame.orientation);
  const blocks = new Map<number, { sum: number; n: number }>();
  const lower = { sum: 0, n: 0 };
  const upper = { sum: 0, n: 0 };
  let sum = 0;
  let square = 0;
  let n = 0;
  let origin = 0;
  for (let v0 = min[1] - (min[1] % BLOCK); v0 < max[1]; v0 += BLOCK) {
    context.signal.throwIfAborted();
    const low: Triple = [min[0], Math.max(v0, min[1]), min[2]];
    const extent: Triple = [max[0] - min[0], Math.min(v0 + BLOCK, max[1]) - low[1], max[2] - min[2]];
    const block = await readBlock(view, low, extent, context.threads);
    const plane = extent[1] * extent[2];
    for (let v = 0; v < extent[1]; v++)
      for (let u = 0; u < extent[2]; u++) {
        const column = (low[1] + v) * nu + low[2] + u;
        const from = columns.from[column]!;
        const to = columns.to[column]!;
        if (to <= from) continue;
        const key = Math.floor(v0 / BLOCK) * 65536 + Math.floor((low[2] + u) / BLOCK);
        let own = blocks.get(key);
        if (!own) blocks.set(key, (own = { sum: 0, n: 0 }));
        for (let s = from, at = (from - low[0]) * plane + v * extent[2] + u; s < to; s++, at += plane) {
          const grey = block[at]!;
          if (n === 0) origin = grey;
          const d = grey - origin;
          sum += d;
          square += d * d;
          n++;
          own.sum += d;
          own.n++;
          const half = s - from < (to - from) / 2 ? lower : upper;
          half.sum += d;
          half.n++;
        }
      }
    release(block);
  }
  if (n < 20) return null;
  const mean = sum / n;
  const std = Math.sqrt(Math.max(0, square / n - mean * mean));
  let scatter = 0;
  for (const block of blocks.values()) scatter += (block.n / n) ** 2 * (block.sum / block.n - mean) ** 2;
  const drift = lower.n && upper.n ? Math.abs(lower.sum / lower.n - upper.sum / upper.n) / 2 : 0;
  return { mean: origin + mean, std, n, sigma: Math.hypot(Math.sqrt(scatter), drift / Math.sqrt(3)) };
}
