import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Region, Triple } from '../../core/geometry.ts';
import { median, robustStd } from '../../core/robust.ts';
import type { StepContext, StepDefinition, StepResult } from '../../core/step.ts';
import { gaussian } from '../../engine/gaussian.ts';
import { label } from '../../engine/label.ts';
import { release } from '../../engine/release.ts';
import { readBlock } from '../../engine/volume.ts';
import { type Cell, type Columns, cellOf, columnsWhere, type Interface, regionColumns } from '../cell.ts';
import { viewOf } from '../frame.ts';
import type { Intensity } from '../intensity/index.ts';
import type { Layers } from '../layers/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import { matchOf, placed, strips } from '../place.ts';
import { baseScan } from '../reference.ts';
import type { Registration } from '../register/index.ts';
import { type Box, eachColumn } from './box.ts';
import { type Contact, contactsOf, firstSlice, tailShift, type Zone } from './contact.ts';

export interface CracksParams {
  reference: number;
  /** Where cracks are sought when no layers were found. */
  analysis: Region | null;
  threshold: 'auto' | number;
  clearanceUm: number | null;
  minVoxels: number;
  gaussianSigma: number;
  voxelSizeUm: Triple;
}

/** A connected dark part of the electrolyte; positions in view voxels. */
export interface CrackPart {
  /** Sum of the crack fraction over the crack and its rim, voxels: its volume when filled with lithium. */
  volume: number;
  /** The same when it is empty; null where no empty grey value is known. */
  volumeIfVoid: number | null;
  /** Standard deviation of the volume, by noise and by what is not known of the grey value around it. */
  sigma: number;
  meanGrey: number;
  centroid: Triple;
  min: Triple;
  max: Triple;
  /** Unit normal of its plane. */
  normal: Triple;
  /** Least distance along the stack to the working and the counter interface, voxels; null where there is none. */
  toWorking: number | null;
  toCounter: number | null;
}

export interface Cracks {
  refused: string | null;
  threshold: number;
  clearance: number;
  parts: CrackPart[];
  notes: string[];
}

/** Voxels of the cracks of one scan. */
export interface CrackVoxels {
  /** Place in the view. */
  index: Float64Array;
  part: Uint16Array;
  /** Whether in the crack itself or its rim. */
  core: Uint8Array;
  fraction: Float32Array;
  /** Grey values of the voxel's difference that belong to what is plated at the interface. */
  plated: Float32Array;
}

/** Blur reaches this far: rim around a crack, voxels. */
const RIM = 3;
/** Distance from an interface within which plated lithium blurs into the electrolyte, voxels. */
const CLEARANCE = 4;
/** Local electrolyte: Gaussian over which its grey value is taken, voxels. */
const LOCAL = 3;
/** A voxel belongs to a crack beyond LOW standard deviations of the noise, a crack needs one beyond HIGH. */
const LOW = 4.5;
const HIGH = 8;
/** Fraction beyond which a voxel at a foil's face counts as plated. */
const PLATED = 0.3;
/** Slices beyond an interface that are looked at: they tell what is plated there. */
const BEYOND = 6;
/** Columns in which a crack has to lie on an interface to touch it. */
const LEAST_TOUCHING = 4;
/** Part of a crack's volume that stays in doubt: the electrolyte it took the place of, and the tails at an interface. */
const DOUBT = 0.03;
const LOW_FLOOR = 0.06;
const HIGH_FLOOR = 0.12;

/** Held for each voxel of the block: grey, local electrolyte, both fractions, labels, as 32 bits, and a mask. */
const BYTES_A_VOXEL = 21;

export const cracks: StepDefinition<CracksParams, Cracks> = {
  name: 'cracks',
  version: 2,
  title: 'Finding cracks',
  scope: 'scan',
  params: (recipe, series) => ({
    reference: baseScan(recipe),
    analysis: recipe.regions?.analysis ?? null,
    threshold: recipe.phases?.crack?.threshold ?? 'auto',
    clearanceUm: recipe.phases?.crack?.clearanceUm ?? null,
    minVoxels: recipe.phases?.crack?.minVoxels ?? 50,
    gaussianSigma: recipe.denoise?.gaussianSigma ?? 1,
    voxelSizeUm: series.voxelSizeUm,
  }),
  needs: (_, __, scan) => ({
    layers: { step: 'layers' },
    normalise: { step: 'normalise' },
    register: { step: 'register', scan },
    intensity: { step: 'intensity', scan },
  }),
  reads: (recipe, _, scan) => [...new Set([baseScan(recipe), scan])],
  run: findCracks,
};

/** The voxels that `cracks` left beside its result. */
export function readCrackVoxels({ directory }: StepResult<Cracks>): CrackVoxels {
  const bytes = (name: string) => {
    const file = readFileSync(join(directory, name));
    return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  };
  return {
    index: new Float64Array(bytes('index.f64')),
    part: new Uint16Array(bytes('part.u16')),
    core: new Uint8Array(bytes('core.u8')),
    fraction: new Float32Array(bytes('fraction.f32')),
    plated: new Float32Array(bytes('plated.f32')),
  };
}

/** Crack voxels by column: those of column i = v · nu + u are first[i] to first[i + 1]. */
export interface CrackColumns {
  first: Uint32Array;
  s: Uint16Array;
  fraction: Float32Array;
  plated: Float32Array;
}

export function crackColumns({ index, fraction, plated }: CrackVoxels, [, nv, nu]: Triple): CrackColumns {
  const plane = nv * nu;
  const first = new Uint32Array(plane + 1);
  for (const i of index) first[(i % plane) + 1]!++;
  for (let i = 0; i < plane; i++) first[i + 1]! += first[i]!;
  const next = first.slice();
  const columns: CrackColumns = {
    first,
    s: new Uint16Array(index.length),
    fraction: new Float32Array(index.length),
    plated: new Float32Array(index.length),
  };
  index.forEach((i, k) => {
    const at = next[i % plane]!++;
    columns.s[at] = Math.floor(i / plane);
    columns.fraction[at] = fraction[k]!;
    columns.plated[at] = plated[k]!;
  });
  return columns;
}

async function writeCrackVoxels(directory: string, voxels: CrackVoxels): Promise<void> {
  const write = (name: string, array: ArrayBufferView) =>
    writeFile(join(directory, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  await write('index.f64', voxels.index);
  await write('part.u16', voxels.part);
  await write('core.u8', voxels.core);
  await write('fraction.f32', voxels.fraction);
  await write('plated.f32', voxels.plated);
}

const NOTHING: CrackVoxels = {
  index: new Float64Array(0),
  part: new Uint16Array(0),
  core: new Uint8Array(0),
  fraction: new Float32Array(0),
  plated: new Float32Array(0),
};

async function findCracks(context: StepContext<CracksParams>): Promise<Cracks> {
  const { params, series, scan, threads, memoryBytes, signal, directory } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const levels = context.result<Normalisation>('normalise').value;
  const registration = context.result<Registration>('register').value;
  const greys = context.result<Intensity>('intensity').value;
  const along = params.voxelSizeUm[cell.frame.orientation.axis[0]]!;
  const clearance = params.clearanceUm === null ? CLEARANCE : params.clearanceUm / along;
  const empty: Cracks = { refused: null, threshold: 0, clearance, parts: [], notes: [] };
  const given = cell.working ? null : regionColumns(cell, params.analysis, null);
  const why =
    (given ? null : cell.layers.refused) ??
    registration.refused ??
    greys.refused ??
    (!levels.electrolyte || !levels.lithium ? 'electrolyte and lithium are not both known' : null);
  if (why || scan === params.reference || !(cell.working || given)) {
    await writeCrackVoxels(directory, NOTHING);
    return { ...empty, refused: why };
  }
  const bounds = given
    ? { inside: given, rim: given, reach: given, pure: given }
    : boundsOfElectrolyte(cell, clearance);
  const { reach } = bounds;
  const box: Box = { min: reach.min, shape: reach.max.map((edge, axis) => edge - reach.min[axis]!) as Triple };
  const held = box.shape[0] * box.shape[1] * box.shape[2] * BYTES_A_VOXEL;
  if (held > memoryBytes) throw tooLarge(held, memoryBytes, series.scans[scan]!.path);
  const lithium = levels.lithium!.mean;
  const contrast = levels.electrolyte!.mean - lithium;

  const before = placed(series, cell, params.reference, null, null)!;
  const after = placed(series, cell, scan, registration, matchOf(greys))!;
  const { local, grey } = await localElectrolyte(context, cell, box, bounds.pure);
  const unit = (i: number) => Math.max(0.3 * contrast, local[i]! - lithium);
  context.progress(0.3);

  // Crack fraction of the difference and of the filtered one.
  const [, height, width] = box.shape;
  const raw = new Float32Array(local.length);
  const fraction = new Float32Array(local.length);
  const options = { sigma: params.gaussianSigma, both: true, threads, memoryBytes: (memoryBytes - held) / 2, signal };
  for await (const strip of strips(before, after, cell.shape, reach, options)) {
    const { difference, unfiltered, min, max } = strip;
    for (let s = min[0]; s < max[0]; s++)
      for (let v = min[1]; v < max[1]; v++) {
        const row = ((s - box.min[0]) * height + v - box.min[1]) * width;
        const at = strip.at(s, v, min[2]);
        for (let u = 0; u < width; u++) {
          const d = unfiltered[at + u]!;
          if (Number.isNaN(d)) continue;
          const one = unit(row + u);
          raw[row + u] = d / one;
          fraction[row + u] = difference[at + u]! / one;
        }
      }
  }
  context.progress(0.6);
  const noise = noiseOf(fraction, cell.shape, box, bounds.inside);
  const inside =
    cell.layers.cell === 'symmetric' ? clearOfPlated(cell, fraction, box, bounds.inside, clearance) : bounds.inside;
  const low = params.threshold === 'auto' ? Math.max(LOW_FLOOR, LOW * noise) : params.threshold;
  const high = params.threshold === 'auto' ? Math.max(HIGH_FLOOR, HIGH * noise) : params.threshold;
  const mask = new Uint8Array(fraction.length);
  eachColumn(box, inside, cell.shape[2], (s0, s1, at) => {
    for (let s = s0, i = at; s < s1; s++, i += height * width) if (fraction[i]! > low) mask[i] = 1;
  });
  const leastSize = Math.max(4, Math.floor(params.minVoxels / 4));
  const { labels, components } = await label(mask, box.shape, leastSize, 26, threads);
  release(mask);
  const seeds = new Uint8Array(components.length);
  for (let i = 0; i < labels.length; i++) if (labels[i]! > 0 && fraction[i]! > high) seeds[labels[i]! - 1] = 1;
  signal.throwIfAborted();
  context.progress(0.8);

  // Next to what is plated the rim ends at it, elsewhere before the tail of what is plated at an interface.
  const rim = cell.layers.cell === 'symmetric' ? inside : bounds.rim;
  const grown = growRims(
    labels,
    box.shape,
    components.map(({ min, max }, i) => ({ min, max, keep: seeds[i] === 1 })),
    (s, v, u) => {
      const column = (v + box.min[1]) * cell.shape[2] + u + box.min[2];
      return s + box.min[0] >= rim.from[column]! && s + box.min[0] < rim.to[column]!;
    },
  );
  const zones = cell.layers.cell === 'symmetric' ? [] : zonesOf(cell, levels, box, inside, local, grey);
  const contacts = zones.map((zone) => ({
    zone,
    columns: contactsOf(box, cell.shape[2], zone, inside, raw, unit, grown),
  }));
  const noiseOfVoxel = noiseOf(raw, cell.shape, box, inside);
  const found = measureParts(cell, {
    grown,
    contacts,
    labels,
    raw,
    fraction,
    box,
    local,
    empty: levels.empty,
    lithium,
    noise: noiseOfVoxel,
  });
  release(local, grey, raw, fraction, labels);
  const kept = found.filter(({ part }) => part.volume >= 0.9 * params.minVoxels);
  const voxels = gather(kept.map(({ members }) => members));
  await writeCrackVoxels(directory, voxels);
  const notes =
    kept.length > 0 && levels.empty === null
      ? ['cracks: no air in the field; the volume of an empty crack is not known']
      : [];
  return { ...empty, threshold: low, parts: kept.map(({ part }) => part), notes };
}

function tooLarge(held: number, allowed: number, path: string): Failure {
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(2);
  return new Failure('resources', {
    what: 'Cannot find cracks',
    path,
    why: `the electrolyte between the interfaces takes ${gib(held)} GiB of memory and ${gib(allowed)} GiB are allowed`,
    whatToDo: 'Give more with --memory or halve the resolution of the scans',
  });
}

/**
 * Slices between the interfaces: where cracks are sought (`inside`) and their rims end (`rim`), a little beyond the interfaces
 * (`reach`), and where the reference is pure electrolyte.
 */
function boundsOfElectrolyte(cell: Cell, clearance: number): Record<'inside' | 'rim' | 'reach' | 'pure', Columns> {
  const [ns, nv, nu] = cell.shape;
  const pellet = cell.layers.pellet;
  const field = cell.layers.fieldRadius;
  const lower = cell.working!.heights;
  const upper = cell.counter?.heights ?? null;
  const columns = (gapBelow: number, gapAbove: number) =>
    columnsWhere(cell.shape, (v, u) => {
      if (pellet && Math.hypot(v - pellet.center[0], u - pellet.center[1]) > pellet.radius - 2) return null;
      if (field !== null && Math.hypot(v - (nv - 1) / 2, u - (nu - 1) / 2) > field - 3) return null;
      const s0 = Math.ceil(lower[v * nu + u]! + gapBelow);
      const s1 = Math.floor((upper ? upper[v * nu + u]! : ns - 1) - gapAbove) + 1;
      return [s0, s1];
    });
  const reach = columns(-BEYOND, -BEYOND);
  return { inside: columns(clearance, clearance), rim: columns(1.75, 1), reach, pure: columns(2.5, 2.5) };
}

/**
 * In a symmetric cell lithium grows into the electrolyte from both foils: the run of changed voxels that begins at a
 * face is plated, not a crack. The slices between what is plated in a column and its neighbours.
 */
function clearOfPlated(cell: Cell, fraction: Float32Array, box: Box, inside: Columns, clearance: number): Columns {
  const [, nv, nu] = cell.shape;
  const plane = box.shape[1] * box.shape[2];
  const [first, end] = [box.min[0], box.min[0] + box.shape[0]];
  const lower = new Float32Array(nv * nu).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float32Array(nv * nu).fill(Number.POSITIVE_INFINITY);
  eachColumn(box, inside, cell.shape[2], (s0, _, at, column) => {
    const plated = (s: number) => fraction[at + (s - s0) * plane]! > PLATED;
    let s = Math.max(first, Math.ceil(cell.working!.heights[column]! + 1));
    while (s < end && plated(s)) s++;
    lower[column] = s;
    if (!cell.counter) return;
    s = Math.min(end - 1, Math.floor(cell.counter.heights[column]! - 1));
    while (s >= first && plated(s)) s--;
    upper[column] = s;
  });
  return columnsWhere(cell.shape, (v, u) => {
    let s0 = inside.from[v * nu + u]!;
    let s1 = inside.to[v * nu + u]!;
    if (s1 <= s0) return null;
    for (let a = Math.max(0, v - 2); a <= Math.min(nv - 1, v + 2); a++)
      for (let b = Math.max(0, u - 2); b <= Math.min(nu - 1, u + 2); b++) {
        s0 = Math.max(s0, Math.ceil(lower[a * nu + b]! + clearance - 1));
        s1 = Math.min(s1, Math.floor(upper[a * nu + b]! - clearance + 1) + 1);
      }
    return [s0, s1];
  });
}

/** Both interfaces as what cracks touch, with the blur that the reference shows there; none where its materials are not known. */
function zonesOf(
  cell: Cell,
  { collector, lithium, factor }: Normalisation,
  box: Box,
  inside: Columns,
  local: Float32Array,
  grey: Float32Array,
): Zone[] {
  const plane = box.shape[1] * box.shape[2];
  const zones: Zone[] = [];
  const add = (direction: 1 | -1, { heights }: Interface, other: number, unit: number) => {
    const tails: number[] = [];
    eachColumn(box, inside, cell.shape[2], (s0, s1, _, column, at) => {
      let tail = 0;
      const end = direction > 0 ? s0 : s1 - 1;
      const first = firstSlice(direction, heights[column]!);
      if (Math.min(first, end) < box.min[0] || Math.max(first, end) >= box.min[0] + box.shape[0]) return;
      for (let s = first; s !== end && direction * (end - s) > 0; s += direction) {
        const i = (s - box.min[0]) * plane + at;
        tail += (grey[i]! - local[i]!) / (other - local[i]!);
      }
      tails.push(tail + tailShift(direction, heights[column]!));
    });
    zones.push({ direction, heights, factor: unit, blur: tails.length > 0 ? Math.max(0, median(tails)) : 0 });
  };
  if (cell.working && collector) add(1, cell.working, collector.mean, factor);
  if (cell.counter && lithium) add(-1, cell.counter, lithium.mean, factor);
  return zones;
}

/** The reference, and the grey value of the electrolyte around every voxel: a Gaussian over its pure electrolyte alone. */
async function localElectrolyte(
  context: StepContext<CracksParams>,
  cell: Cell,
  box: Box,
  pure: Columns,
): Promise<{ local: Float32Array; grey: Float32Array }> {
  const { series, params, threads } = context;
  const { shape } = box;
  const plane = shape[1] * shape[2];
  const view = viewOf(series.scans[params.reference]!, cell.frame.orientation);
  const grey = await readBlock(view, box.min, shape, threads);
  const excess = new Float32Array(grey.length);
  const weight = new Float32Array(grey.length);
  const mean = context.result<Normalisation>('normalise').value.electrolyte!.mean;
  eachColumn(box, pure, cell.shape[2], (s0, s1, at) => {
    for (let s = s0, i = at; s < s1; s++, i += plane) {
      weight[i] = 1;
      excess[i] = grey[i]! - mean;
    }
  });
  const sums = await gaussian(excess, shape, LOCAL, 'nearest', threads);
  release(excess);
  const weights = await gaussian(weight, shape, LOCAL, 'nearest', threads);
  for (let i = 0; i < sums.length; i++) sums[i] = mean + (weights[i]! > 0.02 ? sums[i]! / weights[i]! : 0);
  release(weight, weights);
  return { local: sums, grey };
}

/** Robust standard deviation of the values other than 0 in some 200 000 of the view's voxels. */
function noiseOf(values: Float32Array, [, nv, nu]: Triple, { min, shape }: Box, inside: Columns): number {
  const sample: number[] = [];
  const step = Math.max(1, Math.floor(Math.sqrt((shape[0] * nv * nu) / 200000)));
  for (let v = 0; v < nv; v += step)
    for (let u = 0; u < nu; u += step)
      for (let s = inside.from[v * nu + u]!; s < inside.to[v * nu + u]!; s++) {
        const value = values[((s - min[0]) * shape[1] + v - min[1]) * shape[2] + u - min[2]]!;
        if (value !== 0) sample.push(value);
      }
  return sample.length > 10 ? robustStd(sample) : 0;
}

/**
 * Grows the kept components by their rim, nearest first, within `allowed`: [voxel, component] pairs, those of the
 * component itself first.
 */
function growRims(
  labels: Int32Array,
  shape: Triple,
  components: { min: Triple; max: Triple; keep: boolean }[],
  allowed: (s: number, v: number, u: number) => boolean,
): Map<number, number> {
  const [ns, nv, nu] = shape;
  const owner = new Map<number, number>();
  let front: number[] = [];
  components.forEach(({ min, max, keep }, c) => {
    if (!keep) return;
    for (let s = min[0]; s < max[0]; s++)
      for (let v = min[1]; v < max[1]; v++)
        for (let u = min[2]; u < max[2]; u++) {
          const i = (s * nv + v) * nu + u;
          if (labels[i] !== c + 1) continue;
          owner.set(i, c);
          front.push(i);
        }
  });
  for (let ring = 0; ring < RIM; ring++) {
    const next: number[] = [];
    for (const i of front) {
      const c = owner.get(i)!;
      const u = i % nu;
      const v = Math.floor(i / nu) % nv;
      const s = Math.floor(i / (nu * nv));
      for (let ds = -1; ds <= 1; ds++)
        for (let dv = -1; dv <= 1; dv++)
          for (let du = -1; du <= 1; du++) {
            // A ball rather than a cube: corners only every other ring.
            if (ring % 2 === 1 && Math.abs(ds) + Math.abs(dv) + Math.abs(du) > 1) continue;
            const a = s + ds;
            const b = v + dv;
            const d = u + du;
            if (a < 0 || b < 0 || d < 0 || a >= ns || b >= nv || d >= nu) continue;
            const j = (a * nv + b) * nu + d;
            if (owner.has(j) || !allowed(a, b, d)) continue;
            owner.set(j, c);
            next.push(j);
          }
    }
    front = next;
  }
  return owner;
}

interface Members {
  index: number[];
  core: number[];
  fraction: number[];
  plated: number[];
  /** Whether it lies on the working interface, and on the counter electrode's. */
  touching: [number, number];
}

function measureParts(
  cell: Cell,
  {
    grown,
    contacts,
    labels,
    raw,
    fraction,
    box,
    local,
    empty,
    lithium,
    noise,
  }: {
    grown: Map<number, number>;
    contacts: { zone: Zone; columns: Contact[] }[];
    labels: Int32Array;
    raw: Float32Array;
    fraction: Float32Array;
    box: Box;
    local: Float32Array;
    empty: number | null;
    lithium: number;
    noise: number;
  },
): { part: CrackPart; members: Members }[] {
  const [, nv, nu] = cell.shape;
  const [, height, width] = box.shape;
  const placeOf = (i: number): Triple => [
    Math.floor(i / (height * width)) + box.min[0],
    (Math.floor(i / width) % height) + box.min[1],
    (i % width) + box.min[2],
  ];
  const lower = cell.working?.heights ?? null;
  const upper = cell.counter?.heights ?? null;
  for (const { columns } of contacts) for (const { index } of columns) for (const i of index) grown.delete(i);
  const byPart = new Map<number, Members>();
  const membersOf = (part: number): Members => {
    let members = byPart.get(part);
    if (!members) byPart.set(part, (members = { index: [], core: [], fraction: [], plated: [], touching: [0, 0] }));
    return members;
  };
  for (const [i, c] of grown) {
    const members = membersOf(c);
    members.index.push(i);
    members.core.push(labels[i]! > 0 && labels[i]! - 1 === c ? 1 : 0);
    members.fraction.push(raw[i]!);
    members.plated.push(0);
  }
  for (const { zone, columns } of contacts)
    for (const contact of columns) {
      const members = membersOf(contact.part);
      if (contact.touching) members.touching[zone.direction > 0 ? 0 : 1]++;
      contact.index.forEach((i, k) => {
        members.index.push(i);
        members.core.push(0);
        members.fraction.push(contact.fraction[k]!);
        members.plated.push(k === 0 ? contact.beyond : 0);
      });
    }
  return [...byPart].map(([, members]) => {
    let volume = 0;
    let volumeIfVoid = 0;
    let grey = 0;
    let cores = 0;
    let toWorking = Number.POSITIVE_INFINITY;
    let toCounter = Number.POSITIVE_INFINITY;
    const min: Triple = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const max: Triple = [0, 0, 0];
    const points: { p: Triple; w: number }[] = [];
    members.index.forEach((i, k) => {
      const value = members.fraction[k]!;
      volume += value;
      const depth = local[i]! - lithium;
      if (empty !== null) volumeIfVoid += (value * depth) / Math.max(depth, local[i]! - empty);
      if (!members.core[k]) return;
      const [s, v, u] = placeOf(i);
      cores++;
      grey += local[i]! - value * depth;
      points.push({ p: [s, v, u], w: Math.max(0, fraction[i]!) });
      [s, v, u].forEach((at, axis) => {
        min[axis] = Math.min(min[axis]!, at);
        max[axis] = Math.max(max[axis]!, at + 1);
      });
      if (lower) toWorking = Math.min(toWorking, s - 0.5 - lower[v * nu + u]!);
      if (upper) toCounter = Math.min(toCounter, upper[v * nu + u]! - s - 0.5);
    });
    const { centroid, normal } = plane(points);
    if (members.touching[0] >= LEAST_TOUCHING) toWorking = 0;
    if (members.touching[1] >= LEAST_TOUCHING) toCounter = 0;
    return {
      part: {
        volume,
        volumeIfVoid: empty === null ? null : volumeIfVoid,
        sigma: Math.hypot(noise * Math.sqrt(members.index.length), DOUBT * volume),
        meanGrey: grey / Math.max(1, cores),
        centroid,
        min,
        max,
        normal,
        toWorking: lower ? Math.max(0, toWorking) : null,
        toCounter: upper ? Math.max(0, toCounter) : null,
      },
      members: {
        ...members,
        index: members.index.map((i) => {
          const [s, v, u] = placeOf(i);
          return (s * nv + v) * nu + u;
        }),
      },
    };
  });
}

/** Centre of weight and the direction in which weighted points spread least (power iteration on the inverse spread). */
export function plane(points: { p: Triple; w: number }[]): { centroid: Triple; normal: Triple } {
  let total = 0;
  const centroid: Triple = [0, 0, 0];
  for (const { p, w } of points) {
    total += w;
    for (let k = 0; k < 3; k++) centroid[k]! += w * p[k]!;
  }
  for (let k = 0; k < 3; k++) centroid[k]! /= total || 1;
  const c = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const { p, w } of points)
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) c[i * 3 + j]! += (w * (p[i]! - centroid[i]!) * (p[j]! - centroid[j]!)) / (total || 1);
  // (trace − C) has the least spread as its greatest eigenvalue.
  const trace = c[0]! + c[4]! + c[8]! + 1e-12;
  let normal: Triple = [1, 0.1, 0.01];
  for (let round = 0; round < 200; round++) {
    const next = [0, 1, 2].map(
      (i) => trace * normal[i]! - (c[i * 3]! * normal[0] + c[i * 3 + 1]! * normal[1] + c[i * 3 + 2]! * normal[2]),
    );
    const length = Math.hypot(...next) || 1;
    normal = next.map((x) => x / length) as Triple;
  }
  return { centroid, normal };
}

function gather(parts: Members[]): CrackVoxels {
  const count = parts.reduce((sum, { index }) => sum + index.length, 0);
  const voxels: CrackVoxels = {
    index: new Float64Array(count),
    part: new Uint16Array(count),
    core: new Uint8Array(count),
    fraction: new Float32Array(count),
    plated: new Float32Array(count),
  };
  let at = 0;
  parts.forEach((members, part) => {
    voxels.index.set(members.index, at);
    voxels.part.fill(part, at, at + members.index.length);
    voxels.core.set(members.core, at);
    voxels.fraction.set(members.fraction, at);
    voxels.plated.set(members.plated, at);
    at += members.index.length;
  });
  return voxels;
}
