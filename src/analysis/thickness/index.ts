import { join } from 'node:path';
import type { Region, Triple } from '../../core/geometry.ts';
import type { Histogram } from '../../core/results.ts';
import { moments, robustStd } from '../../core/robust.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { type ColumnSums, columnSums } from '../../engine/column_sums.ts';
import { writeTiff } from '../../formats/tiff_writer.ts';
import { type Cell, cellOf, regionColumns } from '../cell.ts';
import { type Cracks, crackColumns, readCrackVoxels } from '../cracks/index.ts';
import type { Intensity, Shading } from '../intensity/index.ts';
import type { Layers } from '../layers/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import { baselineScan, matchOf, placed, strips } from '../place.ts';
import { baselineNeeds, baselineOf, baseScan } from '../reference.ts';
import type { Registration } from '../register/index.ts';
import {
  coarseStd,
  coveredFraction,
  edgeToCentre,
  HISTOGRAM_UM,
  histogramOf,
  radialProfile,
  smoothMap,
  trimProfile,
} from './map.ts';
import {
  averageRange,
  behindFoil,
  centreOf,
  columnsOfStrip,
  countColumns,
  crossSectionOf,
  type ElectrodePlan,
} from './plan.ts';
import { PublishedRecipe } from './published.ts';
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

const EDGE = 3;
/** Share of a region that a scan has to show for its mean to be told. */
const LEAST_IN_VIEW = 0.2;

export const thickness: StepDefinition<ThicknessParams, Thickness> = {
  name: 'thickness',
  version: 3,
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
  const columnNoise = noise.length > 10 ? robustStd(noise) / Math.SQRT2 : 0;

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
