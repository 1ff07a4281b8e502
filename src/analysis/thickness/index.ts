import { join } from 'node:path';
import type { Region, Triple } from '../../core/geometry.ts';
import type { Histogram } from '../../core/results.ts';
import { moments } from '../../core/robust.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { type ColumnRegion, type ColumnSums, columnSums, countSums } from '../../engine/column_sums.ts';
import { type CountPart, fractionCounts } from '../../engine/counts.ts';
import { median } from '../../engine/median.ts';
import { release } from '../../engine/release.ts';
import { writeTiff } from '../../formats/tiff_writer.ts';
import { type Cell, type Columns, cellOf, type Interface, regionColumns } from '../cell.ts';
import { type Cracks, crackColumns, readCrackVoxels } from '../cracks/index.ts';
import { toView } from '../frame.ts';
import type { Intensity, Shading } from '../intensity/index.ts';
import type { Layers } from '../layers/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import { baselineScan, matchOf, placed, type Strip, strips } from '../place.ts';
import { baselineNeeds, baselineOf, baseScan } from '../reference.ts';
import type { Registration } from '../register/index.ts';
import { registrationSigma, uncertaintyOf } from './uncertainty.ts';

export interface ThicknessParams {
  reference: number;
  /** The scan compared with. */
  baseline: number;
  analysis: Region | null;
  counter: Region | null;
  gaussianSigma: number;
  medianRadius: number;
  clip: boolean;
  voxelSizeUm: Triple;
}

/** Equivalent lithium thickness at one electrode. Lengths in µm. */
export interface ElectrodeLithium {
  meanUm: number;
  uncertaintyUm: number;
  inCracksUm: number;
  totalUm: number;
  stdUm: number;
  stdCorrectedUm: number;
  publishedMeanUm: number | null;
  coverage: number;
  coveredFraction: number;
  edgeToCentre: number | null;
  voidFractionUpper: number | null;
  histogram: Histogram;
  radialProfile: { rUm: number[]; meanUm: (number | null)[] };
  /** Name of the map, a float32 TIFF in the result's folder. */
  map: string;
  /** What the uncertainty is made of, µm, k = 1. */
  parts: Record<string, number>;
  /** The mean without a match of grey values. */
  unmatchedMeanUm: number;
}

export interface Thickness {
  refused: string | null;
  working: ElectrodeLithium | null;
  counter: ElectrodeLithium | null;
  profile: { zUm: number[]; meanLvf: (number | null)[] } | null;
  notes: string[];
}

/** Range and bins of the paper's histograms (section 5.4); at the counter electrode lithium leaves as well as comes. */
const HISTOGRAM_UM = { working: [0, 45], counter: [-45, 45] } as const;
const BIN_UM = 0.09;
const RINGS = 20;
/** LVF as int16: counts per unit. */
const COUNTS = 8192;
/** Counts from which a voxel is lithium through and through, and how many of them tell of voids. */
const FULL = 0.9 * COUNTS;
const LEAST_FULL = 200;
const EDGE = 3;
/** Share of a region that a scan has to show for its mean to be told. */
const LEAST_IN_VIEW = 0.2;

export const thickness: StepDefinition<ThicknessParams, Thickness> = {
  name: 'thickness',
  version: 2,
  title: 'Measuring lithium',
  scope: 'scan',
  params: (recipe, series, scan) => ({
    reference: baseScan(recipe),
    baseline: baselineOf(recipe, series, scan),
    analysis: recipe.regions?.analysis ?? null,
    counter: recipe.regions?.counter ?? null,
    gaussianSigma: recipe.denoise?.gaussianSigma ?? 1,
    medianRadius: recipe.lvf?.medianRadius ?? 3,
    clip: recipe.lvf?.clip ?? false,
    voxelSizeUm: series.voxelSizeUm,
  }),
  needs: (recipe, series, scan) => ({
    ...baselineNeeds(recipe, series, scan),
    layers: { step: 'layers' },
    normalise: { step: 'normalise' },
    register: { step: 'register', scan },
    intensity: { step: 'intensity', scan },
    cracks: { step: 'cracks', scan },
  }),
  reads: (recipe, series, scan) => [...new Set([baseScan(recipe), baselineOf(recipe, series, scan), scan])],
  run: measure,
};

async function measure(context: StepContext<ThicknessParams>): Promise<Thickness> {
  const { params } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const levels = context.result<Normalisation>('normalise').value;
  const registration = context.result<Registration>('register').value;
  const greys = context.result<Intensity>('intensity').value;
  const region = params.analysis ?? cell.layers.regions.analysis;
  const analysis = regionColumns(cell, region, cell.working);
  const refused =
    registration.refused ??
    greys.refused ??
    levels.refused ??
    (analysis ? null : (cell.layers.refused ?? 'no region to analyse'));
  if (refused || !analysis || !region)
    return { refused, working: null, counter: null, profile: null, notes: [`thickness: not measured, ${refused}`] };
  const working = await electrode(context, cell, {
    name: 'working',
    region,
    columns: analysis,
    surface: cell.working,
    factor: levels.factor,
    behind: null,
  });
  context.progress(0.7);
  const counterRegion = params.counter ?? cell.layers.regions.counter;
  const counterColumns = regionColumns(cell, counterRegion, cell.counter);
  const counter =
    counterColumns && counterRegion && levels.following && levels.lithium
      ? await electrode(context, cell, {
          name: 'counter',
          region: counterRegion,
          columns: counterColumns,
          surface: cell.counter,
          factor: levels.following.mean - levels.lithium.mean,
          behind: behindFoil(cell, levels.lithium.mean),
        })
      : null;
  const notes = [...(working?.notes ?? [])];
  for (const [name, found] of [
    ['working', working],
    ['counter', counter],
  ] as const)
    if (!found && (name === 'working' || (counterColumns && levels.following)))
      notes.push(`thickness: too little of the ${name} electrode's region lies in this scan to measure it`);
  // A foil that leaves the field can lose lithium at its back unseen; a face that stands still then says nothing.
  const hidden =
    cell.layers.foilEnd?.level === null && cell.layers.cell === 'zero-excess' && context.scan !== params.baseline;
  const still = counter !== null && Math.abs(counter.lithium.meanUm) < 2 * counter.lithium.uncertaintyUm;
  if (counter && hidden && still)
    notes.push('thickness: the back of the foil lies outside the field; the counter electrode is not measured');
  return {
    refused: null,
    working: working?.lithium ?? null,
    counter: hidden && still ? null : (counter?.lithium ?? null),
    profile: working?.profile ?? null,
    notes,
  };
}

/** What lies behind a foil: from slice `from[column]` on lithium gives way to it, elsewhere to electrolyte. */
interface Behind {
  from: Float32Array;
  factor: number;
}

function behindFoil(cell: Cell, lithium: number): Behind | null {
  const end = cell.layers.foilEnd;
  const surface = cell.counter;
  if (!end || end.level === null || !surface) return null;
  const half = (end.s - surface.smooth.coefficients[0]!) / 2;
  return { from: surface.heights.map((height) => height + half), factor: end.level - lithium };
}

interface ElectrodePlan {
  name: 'working' | 'counter';
  region: Region;
  columns: Columns;
  surface: Interface | null;
  /** Grey values that stand for a fraction of one. */
  factor: number;
  behind: Behind | null;
}

async function electrode(
  context: StepContext<ThicknessParams>,
  cell: Cell,
  plan: ElectrodePlan,
): Promise<{ lithium: ElectrodeLithium; profile: Thickness['profile']; notes: string[] } | null> {
  const { params, series, scan, threads, memoryBytes, signal, directory } = context;
  const [, nv, nu] = cell.shape;
  const { columns, surface, factor, behind } = plan;
  const voxel = cell.frame.orientation.axis.map((axis) => params.voxelSizeUm[axis]!) as Triple;
  const levels = context.result<Normalisation>('normalise').value;
  const registration = context.result<Registration>('register').value;
  const greys = context.result<Intensity>('intensity').value;
  const cracks = crackColumns(readCrackVoxels(context.result<Cracks>('cracks')), cell.shape);
  const span = { low: columns.min[0], high: columns.max[0] };
  if (span.high <= span.low) return null;
  const before = baselineScan(context, cell, params);
  const after = placed(series, cell, scan, registration, matchOf(greys));
  if (!before || !after) return null;

  // Sums along the stack. What is at rest has a difference of nothing but noise, so the range may be generous.
  const map = new Float32Array(nv * nu).fill(Number.NaN);
  const shaded =
    plan.name === 'working' && greys.shading && levels.lithium
      ? againstOwnGrey(greys.shading, levels.lithium.mean, factor)
      : null;
  const cracked = new Float32Array(nv * nu);
  const middle = surface ? surface.smooth.coefficients[0]! : (span.low + span.high) / 2;
  const low = Math.floor(span.low - middle) - 40;
  const profileSum = new Float64Array(span.high - span.low + 120);
  const profileCount = new Float64Array(profileSum.length);
  const noise: number[] = [];
  let bottom = 0;
  let bottomCount = 0;
  const identity = scan === params.baseline;
  const sums: ColumnSums = {
    sum: new Float64Array(nv * nu),
    crack: new Float64Array(nv * nu),
    seen: new Uint16Array(nv * nu),
    first: new Uint16Array(nv * nu),
  };
  const base = surface ? Int32Array.from(surface.heights, (height) => Math.round(height) + low) : null;
  const recipe = new PublishedRecipe(plan, params, voxel[0], nu, threads);
  for await (const strip of strips(before, after, cell.shape, columns, {
    sigma: identity ? 0 : params.gaussianSigma,
    both: true,
    halo: identity ? 0 : recipe.halo,
    threads,
    memoryBytes,
    signal,
  })) {
    const { unfiltered, min, max } = strip;
    const profile = base && { base, sum: profileSum, count: profileCount };
    const options = { unit: factor, behind, cracks, out: sums, profile };
    await columnSums(unfiltered, columnsOfStrip(strip, columns, nu), options, threads);
    for (let v = min[1]; v < max[1]; v++)
      for (let u = min[2]; u < max[2]; u++) {
        const column = v * nu + u;
        const from = columns.from[column]!;
        const to = columns.to[column]!;
        if (to <= from) continue;
        const h = surface ? Math.round(surface.heights[column]!) : middle;
        const split = behind ? behind.from[column]! : Number.POSITIVE_INFINITY;
        const seen = sums.seen[column]!;
        const first = sums.first[column]!;
        let sum = sums.sum[column]!;
        for (let k = cracks.first[column]!; k < cracks.first[column + 1]!; k++) {
          const s = cracks.s[k]!;
          if (s >= from && s < to) sum += cracks.plated[k]! / (s < split ? factor : behind!.factor);
        }
        // Material far from what changed may lie outside the scan: its difference is nothing.
        const lowest = h - Math.max(0, sum) - EDGE;
        if (seen < to - from && (seen < to - first || (first > from && first > lowest))) continue;
        if (shaded && surface) sum = shaded(v, u, sum, surface.heights[column]! - first + 0.5);
        map[column] = sum * voxel[0];
        cracked[column] = sums.crack[column]! * voxel[0];
        bottom += unfiltered[strip.at(first, v, u)]! / (first < split ? factor : behind!.factor);
        bottomCount++;
        // Neighbouring columns share the lithium, slopes of it too, and not the noise.
        if (u >= 4 && !Number.isNaN(map[column - 4]!) && !Number.isNaN(map[column - 2]!) && (u & 1) === 0)
          noise.push((map[column]! - 2 * map[column - 2]! + map[column - 4]!) / Math.sqrt(3));
      }
    if (!identity) await recipe.add(strip, map);
  }
  const values = map.filter((value) => !Number.isNaN(value));
  const asked = countColumns(columns);
  if (values.length < LEAST_IN_VIEW * asked || values.length === 0) return null;
  const { mean, std } = moments(values);
  let crackSum = 0;
  for (let i = 0; i < map.length; i++) if (!Number.isNaN(map[i]!)) crackSum += cracked[i]!;
  const inCracksUm = crackSum / values.length;
  const meanUm = identity ? 0 : mean;
  const columnNoise = noise.length > 10 ? robustNoise(noise) : 0;

  const crossSection = crossSectionOf(cell, plan);
  const { parts, unmatched } = uncertaintyOf({
    meanUm,
    factor,
    plan: plan.name,
    slicesBelow: surface ? averageRange(columns, surface, nv, nu)[0] : 0,
    slicesAbove: surface ? averageRange(columns, surface, nv, nu)[1] : 0,
    voxel: voxel[0],
    levels,
    greys,
    registration: registrationSigma(registration, centreOf(plan.region, cell), middle),
    missing: 1 - values.length / Math.max(1, asked),
    std: coarseStd(map, nv, nu),
    columns: values.length,
    inCracksUm,
    columnNoise,
  });
  const uncertaintyUm = identity ? 0 : 2 * Math.hypot(...Object.values(parts));
  const notes: string[] = [];
  if (!identity && bottomCount > 0 && plan.name === 'working' && Math.abs(bottom / bottomCount) > 0.05)
    notes.push('thickness: lithium reaches the lower end of the region; give a deeper regions.analysis');
  if (values.length < 0.98 * asked)
    notes.push(
      `thickness: ${(100 * (1 - values.length / asked)).toFixed(0)} % of the ${plan.name} electrode's region lies outside this scan`,
    );

  const publishedMeanUm = identity ? 0 : recipe.meanUm();
  const profile =
    plan.name === 'working' && surface ? trimProfile(profileSum, profileCount, low, voxel[0], identity) : null;
  const mapName = `thickness_${plan.name}.tif`;
  await writeTiff(join(directory, mapName), {
    shape: [1, nv, nu],
    type: 'float32',
    voxelSizeUm: [voxel[0], voxel[1], voxel[2]],
    voxels: identity ? map.map((value) => (Number.isNaN(value) ? value : 0)) : map,
  } as never);
  const smooth = smoothMap(map, nv, nu);
  const lithium: ElectrodeLithium = {
    meanUm,
    uncertaintyUm,
    inCracksUm: identity ? 0 : inCracksUm,
    totalUm: identity ? 0 : meanUm + inCracksUm,
    stdUm: identity ? 0 : std,
    stdCorrectedUm: identity ? 0 : Math.sqrt(Math.max(0, std * std - columnNoise * columnNoise)),
    publishedMeanUm,
    coverage: Math.min(1, values.length / crossSection),
    coveredFraction: coveredFraction(smooth, map, columnNoise, voxel[0]),
    edgeToCentre: identity ? null : edgeToCentre(map, plan, cell, uncertaintyUm),
    voidFractionUpper: plan.name === 'working' && !identity ? recipe.voidFractionUpper(levels) : null,
    histogram: histogramOf(identity ? values.map(() => 0) : values, HISTOGRAM_UM[plan.name]),
    radialProfile: radialProfile(map, plan, cell, voxel, identity),
    map: mapName,
    parts,
    unmatchedMeanUm: meanUm - unmatched,
  };
  return { lithium, profile, notes };
}

/**
 * Corrects a column's sum where the collector is shaded: of `below` slices under the interface, those without lithium differ
 * by the shading's change, and lithium stands against the collector's own grey value there.
 */
function againstOwnGrey({ block, width, difference, collector }: Shading, lithium: number, factor: number) {
  const height = difference.length / width;
  const at = (grid: number[], v: number, u: number) => {
    const y = Math.max(0, Math.min(height - 1, (v + 0.5) / block - 0.5));
    const x = Math.max(0, Math.min(width - 1, (u + 0.5) / block - 0.5));
    const j = Math.min(Math.floor(y), height - 2);
    const i = Math.min(Math.floor(x), width - 2);
    const cell = (dj: number, di: number) => grid[(j + dj) * width + i + di]!;
    const [a, b] = [y - j, x - i];
    return (1 - a) * ((1 - b) * cell(0, 0) + b * cell(0, 1)) + a * ((1 - b) * cell(1, 0) + b * cell(1, 1));
  };
  return (v: number, u: number, sum: number, below: number): number => {
    const change = at(difference, v, u);
    return (sum * factor - change * below) / (at(collector, v, u) - change - lithium);
  };
}

/** The published recipe: Gaussian, fraction, median of a ball, plain sum over the region (paper, section 5.4). */
class PublishedRecipe {
  /** Voxels around a strip that its median looks at. */
  readonly halo: number;
  readonly #plan: ElectrodePlan;
  readonly #params: ThicknessParams;
  readonly #voxel: number;
  readonly #nu: number;
  readonly #threads: number;
  #sum = 0;
  #count = 0;
  #full = 0;
  #fullSum = 0;

  constructor(plan: ElectrodePlan, params: ThicknessParams, voxel: number, nu: number, threads: number) {
    this.halo = Math.ceil(params.medianRadius);
    this.#plan = plan;
    this.#params = params;
    this.#voxel = voxel;
    this.#nu = nu;
    this.#threads = threads;
  }

  /** Takes the columns of a strip that have a thickness in `map`. */
  async add(strip: Strip, map: Float32Array): Promise<void> {
    const { medianRadius } = this.#params;
    const counts = await this.#counts(strip);
    const smooth =
      medianRadius > 0
        ? await median(counts, strip.extent, { shape: 'ball', radius: medianRadius }, 'nearest', this.#threads)
        : counts;
    const counted = new Uint8Array(map.length);
    for (let i = 0; i < map.length; i++) if (!Number.isNaN(map[i]!)) counted[i] = 1;
    const region = columnsOfStrip(strip, this.#plan.columns, this.#nu);
    const found = await countSums(smooth, counts, region, counted, FULL, this.#threads);
    release(counts);
    if (smooth !== counts) release(smooth);
    this.#sum += found.sum;
    this.#full += found.full;
    this.#fullSum += found.fullSum;
    const { min, max } = strip;
    for (let v = min[1]; v < max[1]; v++)
      for (let u = min[2]; u < max[2]; u++) this.#count += counted[v * this.#nu + u]!;
  }

  meanUm(): number {
    return this.#count > 0 ? (this.#sum / COUNTS / this.#count) * this.#voxel : 0;
  }

  /**
   * Most of the lithium that may be void: voxels that the median holds for all lithium are darker than the foil by this
   * part of what emptiness would make them, its uncertainty added. Null where nothing is plated through or no air is seen.
   */
  voidFractionUpper({ lithium, empty, factor, uncertainty }: Normalisation): number | null {
    if (this.#full < LEAST_FULL || !lithium || empty === null || lithium.mean - empty < 0.02 * factor) return null;
    const excess = this.#fullSum / COUNTS / this.#full - 1 + uncertainty / factor;
    return Math.max(0, Math.min(1, (excess * factor) / (lithium.mean - empty)));
  }

  /** The strip's fractions as int16, 0 where a scan does not reach. */
  async #counts({ difference, extent, origin }: Strip): Promise<Int16Array> {
    const { factor, behind } = this.#plan;
    const { clip } = this.#params;
    const out = new Int16Array(difference.length);
    const nu = this.#nu;
    const frame = {
      slice: origin[0],
      column: origin[1] * nu + origin[2],
      sliceStep: [1, 0, 0] as Triple,
      columnStep: [0, nu, 1] as Triple,
      columns: this.#plan.columns.from.length,
    };
    const parts: CountPart[] = [{ from: null, to: null, unit: factor }];
    if (behind)
      parts.unshift({
        from: Uint16Array.from(behind.from, (s) => Math.max(0, Math.ceil(s))),
        to: null,
        unit: behind.factor,
      });
    await fractionCounts(difference, extent, frame, parts, { perUnit: COUNTS, clip, out }, this.#threads);
    return out;
  }
}

/** The columns of a region that lie in a strip. */
function columnsOfStrip({ origin, extent, min, max }: Strip, { from, to }: Columns, nu: number): ColumnRegion {
  return { origin, extent, v0: min[1], v1: max[1], u0: min[2], u1: max[2], nu, from, to };
}

function countColumns({ from, to }: Columns): number {
  let count = 0;
  for (let i = 0; i < from.length; i++) if (to[i]! > from[i]!) count++;
  return count;
}

/** Slices of the region below and above the interface, mean of the columns. */
function averageRange(columns: Columns, surface: Interface, nv: number, nu: number): [number, number] {
  let below = 0;
  let above = 0;
  let count = 0;
  for (let v = 0; v < nv; v += 3)
    for (let u = 0; u < nu; u += 3) {
      const from = columns.from[v * nu + u]!;
      const to = columns.to[v * nu + u]!;
      if (to <= from) continue;
      const h = surface.heights[v * nu + u]!;
      below += Math.max(0, h - from);
      above += Math.max(0, to - h);
      count++;
    }
  return [below / Math.max(1, count), above / Math.max(1, count)];
}

/** Columns of the cell's cross-section: the pellet, or the field it fills. */
function crossSectionOf(cell: Cell, plan: ElectrodePlan): number {
  const { pellet, fieldRadius } = cell.layers;
  const [, nv, nu] = cell.shape;
  const region = toView(plan.region, cell.frame);
  if (plan.name === 'counter' && region?.kind === 'cylinder') return Math.PI * region.radius ** 2;
  const field = fieldRadius === null ? nv * nu : Math.PI * fieldRadius ** 2;
  return pellet ? Math.min(Math.PI * pellet.radius ** 2, nv * nu) : field;
}

function centreOf(region: Region, cell: Cell): [number, number] {
  const view = toView(region, cell.frame);
  if (view?.kind === 'cylinder') return view.center;
  return view
    ? [(view.min[1] + view.max[1]) / 2, (view.min[2] + view.max[2]) / 2]
    : [cell.shape[1] / 2, cell.shape[2] / 2];
}

function robustNoise(differences: number[]): number {
  const sorted = Float64Array.from(differences, Math.abs).sort();
  return (1.4826 * sorted[Math.floor(sorted.length / 2)]!) / Math.SQRT2;
}

function histogramOf(values: Float32Array, [low, high]: readonly [number, number]): Histogram {
  const bins = Math.round((high - low) / BIN_UM);
  const counts = new Array<number>(bins).fill(0);
  let underflow = 0;
  let overflow = 0;
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    if (bin < 0) underflow++;
    else if (bin >= bins) overflow++;
    else counts[bin]!++;
  }
  return { rangeUm: [low, high], counts, underflow, overflow };
}

function radialProfile(
  map: Float32Array,
  plan: ElectrodePlan,
  cell: Cell,
  voxel: Triple,
  identity: boolean,
): ElectrodeLithium['radialProfile'] {
  const [, nv, nu] = cell.shape;
  const [cv, cu] = centreOf(plan.region, cell);
  const region = toView(plan.region, cell.frame);
  const radius = region?.kind === 'cylinder' ? region.radius : Math.hypot(nv, nu) / 2;
  const sums = new Float64Array(RINGS);
  const counts = new Float64Array(RINGS);
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) {
      const value = map[v * nu + u]!;
      if (Number.isNaN(value)) continue;
      const ring = Math.min(RINGS - 1, Math.floor((Math.hypot(v - cv, u - cu) / radius) * RINGS));
      sums[ring]! += value;
      counts[ring]!++;
    }
  return {
    rUm: Array.from({ length: RINGS }, (_, k) => ((k + 0.5) / RINGS) * radius * voxel[1]),
    meanUm: Array.from(sums, (sum, k) => (counts[k]! > 0 ? (identity ? 0 : sum / counts[k]!) : null)),
  };
}

/** Mean of the outer fifth of the radius over the mean of the inner half; null where the centre holds nothing certain. */
function edgeToCentre(map: Float32Array, plan: ElectrodePlan, cell: Cell, uncertainty: number): number | null {
  const [, nv, nu] = cell.shape;
  const region = toView(plan.region, cell.frame);
  if (region?.kind !== 'cylinder') return null;
  let edge = 0;
  let edges = 0;
  let centre = 0;
  let centres = 0;
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) {
      const value = map[v * nu + u]!;
      if (Number.isNaN(value)) continue;
      const r = Math.hypot(v - region.center[0], u - region.center[1]) / region.radius;
      if (r > 0.8) {
        edge += value;
        edges++;
      } else if (r < 0.5) {
        centre += value;
        centres++;
      }
    }
  if (edges === 0 || centres === 0 || Math.abs(centre / centres) < 2 * uncertainty) return null;
  return edge / edges / (centre / centres);
}

/** How much the mean of a patch of 24 × 24 columns differs from patch to patch: what unseen columns may differ by. */
function coarseStd(map: Float32Array, nv: number, nu: number): number {
  const means: number[] = [];
  for (let v0 = 0; v0 < nv; v0 += 24)
    for (let u0 = 0; u0 < nu; u0 += 24) {
      let sum = 0;
      let count = 0;
      for (let v = v0; v < Math.min(nv, v0 + 24); v++)
        for (let u = u0; u < Math.min(nu, u0 + 24); u++) {
          const value = map[v * nu + u]!;
          if (Number.isNaN(value)) continue;
          sum += value;
          count++;
        }
      if (count > 100) means.push(sum / count);
    }
  return means.length > 1 ? moments(means).std : 0;
}

/** Mean of 5 × 5 columns. */
function smoothMap(map: Float32Array, nv: number, nu: number): Float32Array {
  const out = new Float32Array(map.length).fill(Number.NaN);
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) {
      if (Number.isNaN(map[v * nu + u]!)) continue;
      let sum = 0;
      let count = 0;
      for (let a = Math.max(0, v - 2); a <= Math.min(nv - 1, v + 2); a++)
        for (let b = Math.max(0, u - 2); b <= Math.min(nu - 1, u + 2); b++) {
          const value = map[a * nu + b]!;
          if (Number.isNaN(value)) continue;
          sum += value;
          count++;
        }
      out[v * nu + u] = sum / count;
    }
  return out;
}

/** Share of the columns that hold lithium beyond three standard deviations of the noise and a quarter voxel. */
function coveredFraction(smooth: Float32Array, map: Float32Array, noise: number, voxel: number): number {
  const least = Math.max((3 * noise) / 5, 0.25 * voxel);
  let covered = 0;
  let count = 0;
  for (let i = 0; i < map.length; i++) {
    if (Number.isNaN(map[i]!)) continue;
    count++;
    if (smooth[i]! > least) covered++;
  }
  return count > 0 ? covered / count : 0;
}

function trimProfile(
  sum: Float64Array,
  count: Float64Array,
  low: number,
  voxel: number,
  identity: boolean,
): Thickness['profile'] {
  const zUm: number[] = [];
  const meanLvf: (number | null)[] = [];
  const most = Math.max(...count);
  for (let k = 0; k < sum.length; k++) {
    if (count[k]! < 0.2 * most || most === 0) continue;
    zUm.push((low + k) * voxel);
    meanLvf.push(identity ? 0 : sum[k]! / count[k]!);
  }
  return { zUm, meanLvf };
}
