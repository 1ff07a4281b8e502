import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AxisName, type Orientation, orientationOf, type Region, type Triple } from '../../core/geometry.ts';
import { moments } from '../../core/robust.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { findSurface } from '../../engine/difference.ts';
import { release } from '../../engine/release.ts';
import { readBlock, type View } from '../../engine/volume.ts';
import { type Frame, toFile, viewOf, viewShape } from '../frame.ts';
import { baseScan } from '../reference.ts';
import { type Circle, findCircle } from './circle.ts';
import { extentOf, middleOf, rankAxes, stackProfile } from './extent.ts';
import { emptyBeyond, meanAlong, meanSlices } from './field.ts';
import { fitSurface, heightAt, mendHeights, type SmoothSurface, sampleSurface } from './height.ts';
import { readStack, type StackReading } from './stack.ts';

export interface Level {
  mean: number;
  std: number;
  n: number;
}

export interface LayersParams {
  cell: 'zero-excess' | 'symmetric' | null;
  stack: { axis: AxisName; collectorEnd: 'low' | 'high' } | null;
  voxelSizeUm: Triple;
  reference: number;
}

/** What a cell is made of and where, in the reference scan. */
export interface Layers {
  /** Why nothing was found; then all else is null but the frame. */
  refused: string | null;
  cell: 'zero-excess' | 'symmetric';
  orientation: Orientation;
  shape: Triple;
  /** 0 … 1 */
  confidence: number;
  levels: {
    collector: Level | null;
    electrolyte: Level | null;
    lithium: Level | null;
    wall: Level | null;
    /** Darkest lasting level in the field: air around the cell. */
    outside: Level | null;
  };
  /** Interfaces as smooth surfaces; their full heights lie in `working.f32` and `counter.f32`, [v][u]. */
  working: SmoothSurface | null;
  counter: SmoothSurface | null;
  /** Slice at which the foil ends, and what lies behind it. */
  foilEnd: { s: number; level: number | null } | null;
  /** The pellet's wall: centre (v, u) at the working interface, its drift per slice, radius; outer radius where it is seen. */
  pellet: { center: [number, number]; drift: [number, number]; radius: number; outerRadius: number | null } | null;
  /** Radius about the field's middle beyond which the reconstruction holds nothing. */
  fieldRadius: number | null;
  /** Proposals in voxels of the reference's file. */
  regions: {
    stable: Region | null;
    collector: Region | null;
    lithium: Region | null;
    inert: Region | null;
    analysis: Region | null;
    counter: Region | null;
  };
  notes: string[];
}

/** Half the height of the region about an interface: 65 µm in all (paper, section 5.4). */
const HALF_HEIGHT_UM = 32.5;
/** Rise over half the field beyond which a surface is no interface: 17°. A pellet's side rises by more. */
const STEEPEST = 0.3;
/** Slices beyond the working interface whose electrolyte tells its grey value, at most: in a thick one the rest adds nothing. */
const SAMPLED = 64;
/** Blur of an edge: voxels next to an interface that belong to neither side. */
const EDGE = 3;

export const layers: StepDefinition<LayersParams, Layers> = {
  name: 'layers',
  version: 3,
  title: 'Finding the layers',
  scope: 'series',
  params: (recipe, series) => ({
    cell: recipe.cell ?? null,
    stack: recipe.stack ?? null,
    voxelSizeUm: series.voxelSizeUm,
    reference: baseScan(recipe),
  }),
  needs: () => ({}),
  reads: (recipe) => [baseScan(recipe)],
  run: findLayers,
};

async function findLayers(context: StepContext<LayersParams>): Promise<Layers> {
  const { params, series, threads } = context;
  const scan = series.scans[params.reference]!;
  const shape = scan.source.shape;
  const plain = viewOf(scan, orientationOf('z', 'low'));
  const extent = await extentOf(plain, shape, threads);
  const axes = params.stack ? [params.stack.axis] : rankAxes(extent);
  const given = {
    ...(params.cell ? { cell: params.cell } : {}),
    ...(params.stack ? { workingEnd: params.stack.collectorEnd } : {}),
  };
  for (const axis of axes) {
    const low = { orientation: orientationOf(axis, 'low'), shape };
    const middle = middleOf(extent, low.orientation);
    const profile = await stackProfile(viewOf(scan, low.orientation), viewShape(low), middle, threads);
    const reading = readStack(profile, given);
    if (!reading || reading.contrast < 0.1) continue;
    context.progress(0.2);
    const found = await describe(context, axis, reading, middle);
    if (!found.refused || axis === axes.at(-1)) return found;
  }
  return refusal(
    params,
    shape,
    params.stack
      ? `along ${params.stack.axis} there is no bright, middle and dark layer in a row`
      : 'along no axis there are a collector, an electrolyte and lithium in a row',
  );
}

function refusal(params: LayersParams, shape: Triple, why: string): Layers {
  const orientation = orientationOf(params.stack?.axis ?? 'z', params.stack?.collectorEnd ?? 'low');
  return {
    refused: why,
    cell: params.cell ?? 'zero-excess',
    orientation,
    shape,
    confidence: 0,
    levels: { collector: null, electrolyte: null, lithium: null, wall: null, outside: null },
    working: null,
    counter: null,
    foilEnd: null,
    pellet: null,
    fieldRadius: null,
    regions: { stable: null, collector: null, lithium: null, inert: null, analysis: null, counter: null },
    notes: [`layers: ${why}; give recipe.stack and recipe.regions`],
  };
}

async function describe(
  context: StepContext<LayersParams>,
  axis: AxisName,
  first: StackReading,
  about: [number, number],
): Promise<Layers> {
  const { params, series, threads, directory } = context;
  const scan = series.scans[params.reference]!;
  const orientation = orientationOf(axis, first.workingEnd);
  const frame: Frame = { orientation, shape: scan.source.shape };
  const view = viewOf(scan, orientation);
  const n = viewShape(frame);
  const [ns, nv, nu] = n;
  const voxel = orientation.axis.map((file) => params.voxelSizeUm[file]!) as Triple;
  const notes: string[] = [];

  // The stack as seen from the working electrode.
  const profile = await stackProfile(view, n, about, threads);
  const reading = readStack(profile, { cell: first.cell, workingEnd: 'low' }) ?? first;
  const electrolyte = reading.plateaus[reading.electrolyte]!;
  const working = reading.plateaus[reading.working]!;
  const counterLayer = reading.counter === null ? null : reading.plateaus[reading.counter]!;
  const behind = reading.counter === null ? null : (reading.plateaus[reading.counter + 1] ?? null);

  // Interfaces: first on a coarse copy, where tilt and doming may be large, then in every column.
  const workingEdge = electrolyte.from - 0.5;
  const workingSurface = await interfaceSurface(view, n, workingEdge, working.level, electrolyte.level, threads, [
    working.to - working.from,
    electrolyte.to - electrolyte.from,
  ]);
  const counterSurface = counterLayer
    ? await interfaceSurface(view, n, counterLayer.from - 0.5, electrolyte.level, counterLayer.level, threads, [
        electrolyte.to - electrolyte.from,
        counterLayer.to - counterLayer.from,
      ])
    : null;
  context.progress(0.6);
  if (!workingSurface) return refusal(params, scan.source.shape, 'the interface of the working electrode is too faint');
  // A cut along a round pellet shows dark, bright, dark too; its "interface" is the pellet's side.
  if (workingSurface.slope > STEEPEST)
    return refusal(params, scan.source.shape, 'what looks like an interface is not flat');
  await writeHeights(join(directory, 'working.f32'), workingSurface.heights);
  if (counterSurface) await writeHeights(join(directory, 'counter.f32'), counterSurface.heights);

  // The pellet: an image of the electrolyte near the working interface, and one near the counter electrode for the axis.
  const h0 = heightAt(workingSurface.smooth, ...about);
  const h1 = counterSurface ? heightAt(counterSurface.smooth, ...about) : electrolyte.to - 0.5;
  const contrast = counterLayer ? Math.abs(electrolyte.level - counterLayer.level) : electrolyte.level * 0.5;
  const slab = Math.max(3, Math.min(16, Math.floor((h1 - h0) / 4)));
  const nearWorking = Math.round(h0 + EDGE + 2);
  const nearCounter = Math.round(h1 - EDGE - 2 - slab);
  const image = await meanAlong(view, n, workingSurface.smooth, EDGE + 2, slab, threads);
  const fieldRadius = emptyBeyond(await meanSlices(view, n, Math.floor(ns / 2), 1, threads));
  const found = findCircle(image, about, 0.3 * contrast);
  const atField = found !== null && fieldRadius !== null && found.radius > fieldRadius - 4;
  const circle = atField ? null : found;
  let pellet: Layers['pellet'] = null;
  let wall: Level | null = null;
  let outside: Level | null = null;
  if (circle) {
    const far =
      counterSurface && nearCounter > nearWorking + slab
        ? await meanAlong(view, n, counterSurface.smooth, -EDGE - 2 - slab, slab, threads)
        : null;
    const second = far ? findCircle(far, circle.center, 0.3 * contrast) : null;
    const drift: [number, number] =
      second && Math.abs(second.radius - circle.radius) < 2
        ? [
            (second.center[0] - circle.center[0]) / (nearCounter - nearWorking),
            (second.center[1] - circle.center[1]) / (nearCounter - nearWorking),
          ]
        : [0, 0];
    const outer = findCircle(
      image,
      circle.center,
      0.3 * Math.abs(circle.inside - circle.outside),
      circle.radius + EDGE,
    );
    const outerRadius = outer && outer.radius > circle.radius + 4 ? outer.radius : null;
    const back = nearWorking + slab / 2 - h0;
    pellet = {
      center: [circle.center[0] - drift[0] * back, circle.center[1] - drift[1] * back],
      drift,
      radius: circle.radius,
      outerRadius,
    };
    wall = await ringLevel(
      view,
      n,
      circle,
      circle.radius + EDGE,
      outerRadius ? outerRadius - EDGE : circle.radius + 12,
      [nearWorking, nearWorking + slab],
    );
    if (outer && outerRadius) {
      const reach = Math.min(outerRadius + 20, fieldRadius ? fieldRadius - 2 : Number.POSITIVE_INFINITY);
      outside = await ringLevel(view, n, outer, outerRadius + EDGE, reach, [nearWorking, nearWorking + slab]);
    }
  } else notes.push('layers: the pellet is wider than the field; no wall is seen');
  context.progress(0.8);

  // Where to measure.
  const middle: [number, number] = pellet ? pellet.center : [(nv - 1) / 2, (nu - 1) / 2];
  const field = Math.min(
    middle[0],
    middle[1],
    nv - 1 - middle[0],
    nu - 1 - middle[1],
    (fieldRadius ?? Number.POSITIVE_INFINITY) - 1,
  );
  const tiltMargin = pellet ? Math.hypot(...pellet.drift) * (HALF_HEIGHT_UM / voxel[0]) : 0;
  const radius = pellet ? pellet.radius - EDGE - 1 - tiltMargin : field - 1;
  const above = Math.max(4, Math.round(Math.min(HALF_HEIGHT_UM / voxel[0], (h1 - h0) / 2)));
  const below = Math.max(2, Math.round(Math.min(HALF_HEIGHT_UM / voxel[0], h0 + 0.5)));
  const hc = heightAt(workingSurface.smooth, ...middle);
  const analysisRange: [number, number] = [Math.round(hc + 0.5) - below, Math.round(hc + 0.5) + above];
  const regions: Layers['regions'] = {
    stable: null,
    collector: null,
    lithium: null,
    inert: null,
    analysis: toFile({ kind: 'cylinder', center: middle, radius, range: analysisRange, follow: 'surface' }, frame),
    counter: null,
  };

  // The electrolyte and the wall around it, clear of both interfaces.
  const clear = EDGE + 2;
  const restRadius = pellet ? (pellet.outerRadius ?? pellet.radius) + EDGE : Math.hypot(nv, nu);
  const rest: [number, number] = [Math.ceil(hc) + clear, Math.floor(hc + (h1 - h0)) - clear];
  if (rest[1] - rest[0] >= 4)
    regions.stable = toFile(
      {
        kind: 'cylinder',
        center: middle,
        radius: fieldRadius ? Math.min(restRadius, fieldRadius - 3) : restRadius,
        range: rest,
        follow: 'surface',
      },
      frame,
    );

  const inner = (region: { radius: number; range: [number, number] }) =>
    columnLevel(view, n, workingSurface.heights, middle, region.radius, region.range, hc, threads);
  const electrolyteLevel = await inner({
    radius: radius * 0.9,
    range: [Math.round(hc) + clear, Math.round(hc) + Math.max(clear + 4, Math.min(SAMPLED, Math.floor((h1 - h0) / 2)))],
  });
  let collectorLevel: Level | null = null;
  if (reading.cell === 'zero-excess') {
    const depth = Math.min(EDGE + 9, Math.floor(h0));
    const range: [number, number] = [Math.round(hc + 0.5) - depth, Math.round(hc + 0.5) - EDGE - 1];
    if (range[1] > range[0]) {
      regions.collector = toFile(
        { kind: 'cylinder', center: middle, radius: radius * 0.95, range, follow: 'surface' },
        frame,
      );
      collectorLevel = await inner({ radius: radius * 0.95, range });
    }
  }

  // The foil, and how far it reaches.
  let lithiumLevel: Level | null = null;
  let foilEnd: Layers['foilEnd'] = null;
  if (counterLayer && counterSurface) {
    const hcc = heightAt(counterSurface.smooth, ...middle);
    const reachesEnd = counterLayer.to >= ns;
    const end = reachesEnd ? ns : counterLayer.to;
    foilEnd = reachesEnd ? { s: ns, level: null } : { s: end - 0.5, level: behind?.level ?? null };
    const thickness = end - hcc;
    const foil = await meanSlices(view, n, Math.round(hcc + thickness / 2) - 1, 3, threads);
    const disc = findCircle(foil, middle, 0.3 * contrast);
    const discRadius =
      disc && disc.radius < radius + EDGE && !(fieldRadius && disc.radius > fieldRadius - 4)
        ? disc.radius - EDGE - 1
        : radius;
    const discCenter = disc && discRadius !== radius ? disc.center : middle;
    const margin = thickness > 4 * EDGE ? EDGE : Math.max(1, Math.floor(thickness / 4));
    const half = Math.max(4, Math.round(discRadius * 0.5));
    // The box stands still while the foil tilts: its corners decide.
    const corners = [-half, half].flatMap((a) =>
      [-half, half].map((b) => heightAt(counterSurface.smooth, discCenter[0] + a, discCenter[1] + b)),
    );
    const lowest = Math.ceil(Math.max(hcc, ...corners) + margin);
    const drop = hcc - Math.min(hcc, ...corners);
    const highest = Math.floor(reachesEnd ? ns : end - margin - drop);
    const slices: [number, number] =
      highest > lowest
        ? [lowest, Math.min(ns, highest)]
        : [Math.round(hcc + thickness / 2), Math.round(hcc + thickness / 2) + 1];
    const box = {
      kind: 'box' as const,
      min: [slices[0], Math.round(discCenter[0]) - half, Math.round(discCenter[1]) - half] as Triple,
      max: [slices[1], Math.round(discCenter[0]) + half, Math.round(discCenter[1]) + half] as Triple,
    };
    clip(box, n);
    regions.lithium = toFile(box, frame);
    lithiumLevel = await boxLevel(view, box.min, box.max, threads);
    const span = Math.max(3, Math.round(Math.min(HALF_HEIGHT_UM / voxel[0], (h1 - h0) / 2)));
    const foilSpan = Math.max(2, Math.round(Math.min(thickness + 2 * EDGE, ns - hcc)));
    regions.counter = toFile(
      {
        kind: 'cylinder',
        center: discCenter,
        radius: discRadius,
        range: [Math.round(hcc + 0.5) - span, Math.min(ns, Math.round(hcc + 0.5) + foilSpan)],
        follow: 'surface',
      },
      frame,
    );
  } else notes.push('layers: no lithium foil in the field');

  if (reading.cell === 'symmetric' && lithiumLevel === null) notes.push('layers: no lithium level');
  if (pellet) regions.inert = inertBox(pellet, n, nearWorking, nearCounter + slab, frame);

  return {
    refused: null,
    cell: reading.cell,
    orientation,
    shape: scan.source.shape,
    confidence: Math.min(1, reading.contrast * 3) * Math.min(1, workingSurface.smooth.seen * (pellet ? 1.6 : 1.1)),
    levels: { collector: collectorLevel, electrolyte: electrolyteLevel, lithium: lithiumLevel, wall, outside },
    working: workingSurface.smooth,
    counter: counterSurface?.smooth ?? null,
    foilEnd,
    pellet,
    fieldRadius,
    regions,
    notes,
  };
}

/** Rise of a smooth surface over the columns in which it was seen, of their width. */
function slopeOf(smooth: SmoothSurface, heights: Float32Array, nv: number, nu: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let seen = 0;
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) {
      if (Number.isNaN(heights[v * nu + u]!)) continue;
      const height = heightAt(smooth, v, u);
      lowest = Math.min(lowest, height);
      highest = Math.max(highest, height);
      seen++;
    }
  return (highest - lowest) / (2 * Math.sqrt(seen / Math.PI));
}

async function interfaceSurface(
  view: View,
  n: Triple,
  edge: number,
  below: number,
  above: number,
  threads: number,
  room: [number, number],
): Promise<{ smooth: SmoothSurface; heights: Float32Array; slope: number } | null> {
  const [, nv, nu] = n;
  const reach = Math.max(6, Math.min(40, Math.round(Math.min(...room) * 0.8)));
  const start = new Float32Array(nv * nu).fill(edge);
  const coarse = await findSurface(view, start, { below, above, reach, sigma: 1.5 }, threads);
  const rough = fitSurface(coarse, nv, nu);
  if (!rough || rough.seen < 0.1) return null;
  const near = Math.max(8, Math.min(reach, Math.ceil(5 * rough.roughness) + 6));
  const heights = await findSurface(
    view,
    sampleSurface(rough, nv, nu),
    { below, above, reach: near, sigma: 1 },
    threads,
  );
  const smooth = fitSurface(heights, nv, nu);
  if (!smooth) return null;
  const slope = slopeOf(smooth, heights, nv, nu);
  mendHeights(heights, smooth, nv, nu, Math.max(6, 5 * smooth.roughness));
  return { smooth, heights, slope };
}

async function ringLevel(
  view: View,
  n: Triple,
  circle: Circle,
  from: number,
  to: number,
  slices: [number, number],
): Promise<Level | null> {
  if (to <= from) return null;
  const ring: number[] = [];
  for (let v = 0; v < n[1]; v++)
    for (let u = 0; u < n[2]; u++) {
      const r = Math.hypot(v - circle.center[0], u - circle.center[1]);
      if (r >= from && r < to) ring.push(v * n[2] + u);
    }
  const [first, end] = [Math.max(0, slices[0]), Math.min(n[0], slices[1])];
  const values = new Float32Array(Math.max(0, end - first) * ring.length);
  for (let s = first, at = 0; s < end; s++) {
    const slice = await readBlock(view, [s, 0, 0], [1, n[1], n[2]]);
    for (const i of ring) values[at++] = slice[i]!;
    release(slice);
  }
  return values.length > 50 ? moments(values) : null;
}

/** Mean and standard deviation (n − 1), slice by slice. */
async function boxLevel(view: View, min: Triple, max: Triple, threads: number): Promise<Level> {
  const total = async (of: (grey: number) => number) => {
    let sum = 0;
    for (let s = min[0]; s < max[0]; s++) {
      const slice = await readBlock(view, [s, min[1], min[2]], [1, max[1] - min[1], max[2] - min[2]], threads);
      for (let i = 0; i < slice.length; i++) sum += of(slice[i]!);
      release(slice);
    }
    return sum;
  };
  const n = max.reduce((count, edge, axis) => count * Math.max(0, edge - min[axis]!), 1);
  const mean = (await total((grey) => grey)) / n;
  return { mean, std: Math.sqrt((await total((grey) => (grey - mean) ** 2)) / Math.max(1, n - 1)), n };
}

/** Mean grey value over slices `range` about `center`, following the surface. */
async function columnLevel(
  view: View,
  n: Triple,
  heights: Float32Array,
  center: [number, number],
  radius: number,
  range: [number, number],
  anchor: number,
  threads: number,
): Promise<Level | null> {
  const [ns, nv, nu] = n;
  let sum = 0;
  let square = 0;
  let count = 0;
  let origin = Number.NaN;
  const slices = (i: number): [number, number] => {
    const shift = Math.round(heights[i]! - anchor);
    return [Math.max(0, range[0] + shift), Math.min(ns, range[1] + shift)];
  };
  for (let v = Math.max(0, Math.ceil(center[0] - radius)); v < Math.min(nv, center[0] + radius); v++) {
    let [low, high] = [ns, 0];
    for (let u = 0; u < nu; u++) {
      if (Math.hypot(v - center[0], u - center[1]) > radius) continue;
      const [from, to] = slices(v * nu + u);
      if (to <= from) continue;
      low = Math.min(low, from);
      high = Math.max(high, to);
    }
    if (high <= low) continue;
    const block = await readBlock(view, [low, v, 0], [high - low, 1, nu], threads);
    for (let u = 0; u < nu; u++) {
      if (Math.hypot(v - center[0], u - center[1]) > radius) continue;
      const [from, to] = slices(v * nu + u);
      for (let s = from; s < to; s++) {
        const grey = block[(s - low) * nu + u]!;
        if (Number.isNaN(origin)) origin = grey;
        sum += grey - origin;
        square += (grey - origin) ** 2;
        count++;
      }
    }
    release(block);
  }
  if (count < 50) return null;
  const mean = sum / count;
  return { mean: origin + mean, std: Math.sqrt(Math.max(0, square / count - mean * mean)), n: count };
}

/** A box in the wall where it is widest in the field, along the electrolyte. */
function inertBox(
  pellet: NonNullable<Layers['pellet']>,
  n: Triple,
  from: number,
  to: number,
  frame: Frame,
): Region | null {
  const [v, u] = pellet.center;
  const outer = pellet.outerRadius ?? Number.POSITIVE_INFINITY;
  const rooms = [
    { at: [-1, 0], room: Math.min(outer, v) - pellet.radius },
    { at: [1, 0], room: Math.min(outer, n[1] - 1 - v) - pellet.radius },
    { at: [0, -1], room: Math.min(outer, u) - pellet.radius },
    { at: [0, 1], room: Math.min(outer, n[2] - 1 - u) - pellet.radius },
  ].sort((a, b) => b.room - a.room);
  const best = rooms[0]!;
  const margin = Math.max(2, 0.2 * best.room);
  if (best.room < 2 * margin + 2) return null;
  const mid = pellet.radius + best.room / 2;
  const half = best.room / 2 - margin;
  // A chord bends away from the box's straight face by length² / 8 radius.
  const across = Math.max(1, Math.sqrt(2 * pellet.radius * half) / 2);
  const center = [v + best.at[0]! * mid, u + best.at[1]! * mid] as const;
  const reach = best.at[0] !== 0 ? [half, across] : [across, half];
  const box = {
    kind: 'box' as const,
    min: [from, Math.round(center[0] - reach[0]!), Math.round(center[1] - reach[1]!)] as Triple,
    max: [to, Math.round(center[0] + reach[0]!) + 1, Math.round(center[1] + reach[1]!) + 1] as Triple,
  };
  clip(box, n);
  return box.max.every((edge, k) => edge > box.min[k]!) ? toFile(box, frame) : null;
}

function clip(box: { min: Triple; max: Triple }, n: Triple): void {
  for (let k = 0; k < 3; k++) {
    box.min[k] = Math.max(0, box.min[k]!);
    box.max[k] = Math.min(n[k]!, box.max[k]!);
  }
}

function writeHeights(path: string, heights: Float32Array): Promise<void> {
  return writeFile(path, new Uint8Array(heights.buffer, heights.byteOffset, heights.byteLength));
}
