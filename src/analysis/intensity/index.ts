import type { Region, Triple } from '../../core/geometry.ts';
import { moments } from '../../core/robust.ts';
import type { VoxelType } from '../../core/series.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { placeBlock } from '../../engine/difference.ts';
import { readBlock } from '../../engine/volume.ts';
import { type Cell, type Columns, cellOf, columnsWhere, regionColumns } from '../cell.ts';
import { viewOf, viewShape } from '../frame.ts';
import type { Layers } from '../layers/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import { placed, type Strip, strips, type ViewBox } from '../place.ts';
import type { Quality } from '../quality/index.ts';
import { baseScan } from '../reference.ts';
import type { Registration } from '../register/index.ts';

export interface IntensityParams {
  match: 'auto' | 'always' | 'never';
  reference: number;
  analysis: Region | null;
  inert: Region | null;
}

/** Reference minus scan in material that does not change: mean, its standard error among blocks, voxels. */
export interface Residual {
  mean: number;
  sigma: number;
  n: number;
}

export interface Shading {
  block: number;
  width: number;
  difference: number[];
  collector: number[];
}

/** scan = gain · reference + offset */
export interface Intensity {
  /** Why the scan's numbers cannot be trusted at all. */
  refused: string | null;
  gain: number;
  offset: number;
  /** Whether the match is significant and used from here on. */
  applied: boolean;
  /** Residuals before any match; `collector` is what lies deep below the plated lithium. */
  electrolyte: Residual | null;
  collector: Residual | null;
  /**
   * Where the collector's grey value differs from place to place as no match can mend: reference minus scan deep in the
   * collector and the reference's own grey there, by blocks of `block` × `block` columns, row by row.
   */
  shading: Shading | null;
  /** Grey values of the wall, which nothing happens to. */
  inert: { mean: number; std: number } | null;
  /** What the wall is off by once matched, grey values; null where no wall or no match tells. */
  wallMisfit: number | null;
  notes: string[];
}

/** Flags with which no number of a scan can be trusted. */
const UNFIT: ReadonlySet<string> = new Set(['aborted', 'missing-wedge', 'motion', 'wrong-centre', 'uneven-noise']);
/** Share of collector or lithium voxels at the limits of the type beyond which a scan is refused. */
const CLIPPED = 0.01;
/** Standard errors beyond which a residual is no accident. */
const SIGNIFICANT = 4;
/** Spread of the deep collector's residual from place to place, of the contrast, from which it counts as shaded. */
const SHADED = 0.02;
const BLOCK = 12;
const EDGE = 3;
/** Rows of the view beyond which only every second block is looked at, beyond twice as many every third. */
const MOST_ROWS = 768;
/** Slices of electrolyte in a column that tell its residual, at most, and one more. */
const SAMPLED = 64;
/** Slices below the region among which collector at rest is sought. */
const DEEPEST = 48;

export const intensity: StepDefinition<IntensityParams, Intensity> = {
  name: 'intensity',
  version: 2,
  title: 'Matching grey values',
  scope: 'scan',
  params: (recipe) => ({
    match: recipe.intensity?.match ?? 'auto',
    reference: baseScan(recipe),
    analysis: recipe.regions?.analysis ?? null,
    inert: recipe.regions?.inert ?? null,
  }),
  needs: (_, __, scan) => ({
    quality: { step: 'quality', scan },
    layers: { step: 'layers' },
    normalise: { step: 'normalise' },
    register: { step: 'register', scan },
  }),
  reads: (recipe, _, scan) => [...new Set([baseScan(recipe), scan])],
  run: matchGreys,
};

async function matchGreys(context: StepContext<IntensityParams>): Promise<Intensity> {
  const { params, scan } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const levels = context.result<Normalisation>('normalise').value;
  const registration = context.result<Registration>('register').value;
  const inert = await inertGreys(context, cell, registration);
  const refused =
    unfit(context.result<Quality>('quality').value, cell, scan === params.reference) ??
    (await clipping(context, cell, registration));
  const none: Intensity = {
    refused,
    gain: 1,
    offset: 0,
    applied: false,
    electrolyte: null,
    collector: null,
    shading: null,
    inert,
    wallMisfit: null,
    notes: refused ? [`intensity: ${refused}`] : [],
  };
  if (scan === params.reference || !registration.view || !cell.working) return none;

  const residuals = await restingResiduals(context, cell, registration, levels);
  const { electrolyte, collector } = residuals;
  const match =
    params.match === 'never' || residuals.shading ? null : linear(electrolyte, collector, levels, registration);
  const significant = [electrolyte, collector].some((r) => r && Math.abs(r.mean) > SIGNIFICANT * r.sigma);
  const applied = match !== null && (params.match === 'always' || significant);
  const notes = [...none.notes];
  if (applied)
    notes.push(`intensity: grey values matched, gain ${match.gain.toFixed(4)}, offset ${match.offset.toPrecision(3)}`);
  if (residuals.shading)
    notes.push(
      'intensity: the collector is shaded from place to place; each place is measured against its own grey value',
    );
  const still = applied && inert ? await inertGreys(context, cell, null) : null;
  const wallMisfit = still && inert && match ? (inert.mean - match.offset) / match.gain - still.mean : null;
  return { ...none, ...residuals, ...(match ?? {}), applied, wallMisfit, notes };
}

/** Why a scan's projections do not fit together well enough for numbers; the reference is told but not refused. */
function unfit({ flags }: Quality, cell: Cell, reference: boolean): string | null {
  // Projections are judged on layers and walls; other objects look like anything.
  const found = cell.layers.refused || reference ? [] : flags.filter((flag) => UNFIT.has(flag));
  return found.length > 0 ? `the scan is flagged ${found.join(', ')}` : null;
}

/** The line through two well separated materials at rest; with the electrolyte alone the gain of the registration's region. */
function linear(
  electrolyte: Residual | null,
  collector: Residual | null,
  levels: Normalisation,
  registration: Registration,
): { gain: number; offset: number } | null {
  if (!electrolyte || !levels.electrolyte) return null;
  const e = levels.electrolyte.mean;
  const second = collector && levels.collector ? { grey: levels.collector.mean, mean: collector.mean } : null;
  if (!second) {
    const gain = registration.gain;
    return { gain, offset: e - electrolyte.mean - gain * e };
  }
  const gain = (second.grey - second.mean - (e - electrolyte.mean)) / (second.grey - e);
  return { gain, offset: e - electrolyte.mean - gain * e };
}

async function restingResiduals(
  context: StepContext<IntensityParams>,
  cell: Cell,
  registration: Registration,
  levels: Normalisation,
): Promise<{ electrolyte: Residual | null; collector: Residual | null; shading: Shading | null }> {
  const { params, series, scan, threads, memoryBytes, signal } = context;
  const region = params.analysis ?? cell.layers.regions.analysis;
  const analysis = regionColumns(cell, region, cell.working);
  if (!analysis) return { electrolyte: null, collector: null, shading: null };
  const stable = regionColumns(cell, cell.layers.regions.stable, cell.working);
  const nu = cell.shape[2];
  const heights = cell.working!.heights;
  const before = placed(series, cell, params.reference, null, null)!;
  const after = placed(series, cell, scan, registration, null)!;
  // A first idea of the thickness tells how deep the collector is at rest; the region's gain keeps it sane.
  const { gain, offset } = registration;
  const bright = levels.collector?.mean ?? 0;
  const dark = levels.electrolyte?.mean ?? 0;
  // What the scan would differ by with nothing plated.
  const restBright = bright - (gain * bright + offset);
  const restDark = dark - (gain * dark + offset);
  const e = new Blocks(cell.shape);
  const c = new Blocks(cell.shape);
  const bottom = new Blocks(cell.shape);
  const options = { sigma: 0, threads, memoryBytes, signal };
  const box: ViewBox = {
    min: [Math.max(0, analysis.min[0] - DEEPEST), analysis.min[1], analysis.min[2]],
    max: analysis.max,
  };
  const bottomSlice = Math.max(1, box.min[0]);
  const lower = sampledRows(box, cell.shape);
  for await (const strip of stripsOf(lower, (part) => strips(before, after, cell.shape, part, options))) {
    const { difference, plane, min, max } = strip;
    const width = max[2] - min[2];
    const plated = new Float32Array((max[1] - min[1]) * width);
    for (let v = min[1], p = 0; v < max[1]; v++)
      for (let u = min[2]; u < max[2]; u++, p++) {
        const column = v * nu + u;
        const from = analysis.from[column]!;
        const to = analysis.to[column]!;
        const h = heights[column]!;
        let sum = 0;
        for (let s = from, at = strip.at(from, v, u); s < to; s++, at += plane) {
          const d = difference[at]! - (s < h ? restBright : restDark);
          if (!Number.isNaN(d)) sum += d;
        }
        plated[p] = levels.factor ? sum / levels.factor : 0;
      }
    for (let v = min[1]; levels.collector && v < max[1]; v++)
      for (let u = min[2]; u < max[2]; u++) {
        const column = v * nu + u;
        const from = analysis.from[column]!;
        const to = analysis.to[column]!;
        if (to <= from) continue;
        // The lowest slices of the region and below: at rest however much is plated above.
        const lowest = Math.max(bottomSlice, from - 8);
        bottom.add(v, u, difference, strip.at(lowest, v, u), plane, Math.min(from + 4, to) - lowest);
        const most = thickest(plated, v - min[1], max[1] - min[1], u - min[2], width);
        const deepest = Math.floor(heights[column]! - Math.max(0, most) - EDGE - 2);
        const low = Math.max(bottomSlice, Math.min(from, deepest - 8));
        c.add(v, u, difference, strip.at(low, v, u), plane, deepest - low);
      }
  }
  const still = stable ? middleOf(cell, stable, analysis) : null;
  if (still)
    for await (const { difference, plane, min, max, at } of stripsOf(sampledRows(still, cell.shape), (part) =>
      strips(before, after, cell.shape, part, options),
    ))
      for (let v = min[1]; v < max[1]; v++)
        for (let u = min[2]; u < max[2]; u++) {
          const from = still.from[v * nu + u]!;
          const to = still.to[v * nu + u]!;
          if (to > from) e.add(v, u, difference, at(from, v, u), plane, to - from);
        }
  const electrolyte = e.residual(true);
  const shading =
    levels.collector && levels.electrolyte ? await shadingOf(context, cell, bottom, analysis, levels) : null;
  if (!shading) return { electrolyte, collector: c.residual(false), shading: null };
  // What is left once each place stands against its own grey value.
  return { electrolyte, collector: bottom.noise(), shading };
}

/** The rows of a box that are looked at: in wide views some blocks stand for all. */
function sampledRows({ min, max }: ViewBox, [, nv]: Triple): ViewBox[] {
  const every = Math.ceil(nv / MOST_ROWS);
  if (every === 1) return [{ min, max }];
  const rows: ViewBox[] = [];
  for (let v = Math.floor(min[1] / BLOCK) * BLOCK; v < max[1]; v += every * BLOCK)
    rows.push({ min: [min[0], Math.max(min[1], v), min[2]], max: [max[0], Math.min(max[1], v + BLOCK), max[2]] });
  return rows;
}

/** The strips of some boxes, one box after the other. */
async function* stripsOf(boxes: ViewBox[], of: (box: ViewBox) => AsyncGenerator<Strip>): AsyncGenerator<Strip> {
  for (const box of boxes) yield* of(box);
}

/** The middle slices of what rests, in the columns of the region: cracks, and in a symmetric cell lithium, come from the interfaces. */
function middleOf(cell: Cell, stable: Columns, analysis: Columns): Columns {
  const nu = cell.shape[2];
  return columnsWhere(cell.shape, (v, u) => {
    const i = v * nu + u;
    if (analysis.to[i]! <= analysis.from[i]!) return null;
    const quarter = Math.floor((stable.to[i]! - stable.from[i]!) / 4);
    const spare = Math.max(0, stable.to[i]! - stable.from[i]! - 2 * quarter - SAMPLED) >> 1;
    return [stable.from[i]! + quarter + spare, stable.to[i]! - quarter - spare];
  });
}

/** The collector's own grey value by place, when it differs by more than a hundredth of the contrast and than its noise. */
async function shadingOf(
  context: StepContext<IntensityParams>,
  cell: Cell,
  bottom: Blocks,
  analysis: Columns,
  levels: Normalisation,
): Promise<Shading | null> {
  const contrast = levels.collector!.mean - levels.electrolyte!.mean;
  const blocks = bottom.list();
  const spread = moments(blocks.map(({ mean }) => mean)).std;
  const noise = Math.sqrt(moments(blocks.map(({ sigma }) => sigma ** 2)).mean);
  if (blocks.length < 8 || spread < SHADED * contrast || spread < 5 * noise) return null;
  const [ns, nv, nu] = cell.shape;
  const grey = new Blocks(cell.shape);
  const view = viewOf(context.series.scans[context.params.reference]!, cell.frame.orientation);
  const first = Math.max(0, analysis.min[0] - 8);
  const slices = Math.min(ns, analysis.max[0]) - first;
  for (let v0 = 0; v0 < nv; v0 += BLOCK) {
    const rows = Math.min(BLOCK, nv - v0);
    const block = await readBlock(view, [first, v0, 0], [slices, rows, nu], context.threads);
    for (let v = v0; v < v0 + rows; v++)
      for (let u = 0; u < nu; u++) {
        const from = analysis.from[v * nu + u]!;
        const to = analysis.to[v * nu + u]!;
        if (to <= from) continue;
        const low = Math.max(1, from - 8);
        grey.add(v, u, block, ((low - first) * rows + v - v0) * nu + u, rows * nu, Math.min(from + 4, to) - low);
      }
  }
  return { block: BLOCK, width: grey.across, difference: bottom.grid(), collector: grey.grid() };
}

/** Greatest thickness in the neighbourhood of a column, voxels. */
function thickest(plated: Float32Array, v: number, nv: number, u: number, nu: number): number {
  let most = 0;
  for (let dv = -3; dv <= 3; dv += 3)
    for (let du = -3; du <= 3; du += 3) {
      const a = v + dv;
      const b = u + du;
      if (a >= 0 && b >= 0 && a < nv && b < nu) most = Math.max(most, plated[a * nu + b]!);
    }
  return most;
}

/** Sums of residuals by block of columns. */
class Blocks {
  /** Blocks in a row. */
  readonly across: number;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #counts: Float64Array;

  constructor([, nv, nu]: Triple) {
    this.across = Math.ceil(nu / BLOCK);
    this.#sums = new Float64Array(Math.ceil(nv / BLOCK) * this.across);
    this.#squares = new Float64Array(this.#sums.length);
    this.#counts = new Float64Array(this.#sums.length);
  }

  /** Takes `count` values of the column (v, u), `step` apart; what is not a number is left out. */
  add(v: number, u: number, values: Float32Array, at: number, step: number, count: number): void {
    let sum = 0;
    let square = 0;
    let n = 0;
    for (let k = 0; k < count; k++, at += step) {
      const value = values[at]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      square += value * value;
      n++;
    }
    const block = Math.floor(v / BLOCK) * this.across + Math.floor(u / BLOCK);
    this.#sums[block]! += sum;
    this.#squares[block]! += square;
    this.#counts[block]! += n;
  }

  /** Every block's mean, and what noise alone leaves it uncertain by. */
  list(): { at: number; mean: number; sigma: number; n: number }[] {
    const list: { at: number; mean: number; sigma: number; n: number }[] = [];
    this.#counts.forEach((n, at) => {
      if (n <= 30) return;
      const mean = this.#sums[at]! / n;
      list.push({ at, mean, sigma: Math.sqrt(Math.max(0, this.#squares[at]! / n - mean * mean) / n), n });
    });
    return list;
  }

  /** Block means as a grid, gaps filled from the nearest block. */
  grid(): number[] {
    const blocks = this.list();
    return Array.from(this.#counts, (_, place) => {
      let nearest = Number.POSITIVE_INFINITY;
      let value = 0;
      for (const { at, mean } of blocks) {
        const distance = Math.hypot(
          Math.floor(at / this.across) - Math.floor(place / this.across),
          (at % this.across) - (place % this.across),
        );
        if (distance < nearest) {
          nearest = distance;
          value = mean;
        }
      }
      return value;
    });
  }

  /** No residual, with the noise of all blocks. */
  noise(): Residual {
    const blocks = this.list();
    const n = blocks.reduce((total, block) => total + block.n, 0);
    return {
      mean: 0,
      sigma: Math.sqrt(moments(blocks.map(({ sigma }) => sigma ** 2)).mean / Math.max(1, blocks.length)),
      n,
    };
  }

  /** Mean of the blocks' means, weighted by voxels; `robust` leaves out blocks that cracks run through. */
  residual(robust: boolean): Residual | null {
    const blocks = this.list();
    if (blocks.length < 4) return null;
    let kept = blocks;
    for (let round = 0; round < (robust ? 5 : 1); round++) {
      const n = kept.reduce((total, block) => total + block.n, 0);
      const mean = kept.reduce((total, block) => total + block.mean * block.n, 0) / n;
      const variance = kept.reduce((total, block) => total + (block.mean - mean) ** 2 * block.n, 0) / n;
      const sigma = Math.sqrt(variance / Math.max(1, kept.length - 1));
      const next = robust
        ? blocks.filter((block) => Math.abs(block.mean - mean) < 3.5 * Math.sqrt(variance) + 1e-12)
        : kept;
      if (next.length === kept.length || next.length < 4) return { mean, sigma, n };
      kept = next;
    }
    const n = kept.reduce((total, block) => total + block.n, 0);
    const mean = kept.reduce((total, block) => total + block.mean * block.n, 0) / n;
    const variance = kept.reduce((total, block) => total + (block.mean - mean) ** 2 * block.n, 0) / n;
    return { mean, sigma: Math.sqrt(variance / Math.max(1, kept.length - 1)), n };
  }
}

async function inertGreys(
  context: StepContext<IntensityParams>,
  cell: Cell,
  registration: Registration | null,
): Promise<Intensity['inert']> {
  const columns = regionColumns(cell, context.params.inert ?? cell.layers.regions.inert, cell.working);
  const scan = placed(context.series, cell, registration ? context.scan : context.params.reference, registration, null);
  if (!columns || !scan) return null;
  const { min, max } = columns;
  const extent = max.map((edge, axis) => edge - min[axis]!) as Triple;
  if (extent[0] <= 0) return null;
  const block = await placeBlock(scan, min, extent, context.threads);
  let sum = 0;
  let square = 0;
  let n = 0;
  for (let v = 0; v < extent[1]; v++)
    for (let u = 0; u < extent[2]; u++) {
      const column = (min[1] + v) * cell.shape[2] + min[2] + u;
      for (let s = columns.from[column]!; s < columns.to[column]!; s++) {
        const grey = block[((s - min[0]) * extent[1] + v) * extent[2] + u]!;
        if (Number.isNaN(grey)) continue;
        sum += grey;
        square += grey * grey;
        n++;
      }
    }
  if (n < 20) return null;
  return { mean: sum / n, std: Math.sqrt(Math.max(0, square / n - (sum / n) ** 2)) };
}

const LIMITS: Partial<Record<VoxelType, [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/** The reason to refuse a scan whose collector or lithium was cut off at its type's limits, in its own voxels; null otherwise. */
async function clipping(
  context: StepContext<IntensityParams>,
  cell: Cell,
  registration: Registration,
): Promise<string | null> {
  const { series, scan, threads } = context;
  const { source } = series.scans[scan]!;
  const limits = LIMITS[source.type];
  if (!limits || !registration.view) return null;
  const m = registration.view;
  const view = viewOf(series.scans[scan]!, cell.frame.orientation);
  const n = viewShape({ orientation: cell.frame.orientation, shape: source.shape });
  const parts: [string, Columns | null][] = [
    ['collector', regionColumns(cell, cell.layers.regions.collector, cell.working)],
    ['lithium', regionColumns(cell, cell.layers.regions.lithium, cell.counter)],
  ];
  for (const [name, columns] of parts) {
    if (!columns || columns.max[0] <= columns.min[0]) continue;
    const { min, max, from, to } = columns;
    let clipped = 0;
    let seen = 0;
    // Every fourth row is enough to see one voxel in a thousand.
    for (let v = min[1]; v < max[1]; v += 4) {
      const ends = [min[2], max[2] - 1].flatMap((u) =>
        [min[0], max[0] - 1].map((s) =>
          [0, 1, 2].map((i) => m[i * 4]! * s + m[i * 4 + 1]! * v + m[i * 4 + 2]! * u + m[i * 4 + 3]!),
        ),
      );
      const low = [0, 1, 2].map((i) => Math.max(0, Math.floor(Math.min(...ends.map((p) => p[i]!))))) as Triple;
      const high = [0, 1, 2].map((i) => Math.min(n[i]!, Math.ceil(Math.max(...ends.map((p) => p[i]!))) + 2));
      const extent = high.map((edge, i) => edge - low[i]!) as Triple;
      if (extent.some((edge) => edge <= 0)) continue;
      const block = await readBlock(view, low, extent, threads);
      for (let u = min[2]; u < max[2]; u++) {
        const column = v * cell.shape[2] + u;
        for (let s = from[column]!; s < to[column]!; s++) {
          const a = Math.round(m[0]! * s + m[1]! * v + m[2]! * u + m[3]!) - low[0];
          const b = Math.round(m[4]! * s + m[5]! * v + m[6]! * u + m[7]!) - low[1];
          const c = Math.round(m[8]! * s + m[9]! * v + m[10]! * u + m[11]!) - low[2];
          if (a < 0 || b < 0 || c < 0 || a >= extent[0] || b >= extent[1] || c >= extent[2]) continue;
          const grey = block[(a * extent[1] + b) * extent[2] + c]!;
          seen++;
          if (grey <= limits[0] || grey >= limits[1]) clipped++;
        }
      }
    }
    if (seen > 1000 && clipped / seen > CLIPPED)
      return `clipped: ${((100 * clipped) / seen).toFixed(1)} % of the ${name} lies at the limits of ${source.type}`;
  }
  return null;
}
