import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Triple } from '../../core/geometry.ts';
import { robustStd } from '../../core/robust.ts';
import type { StepContext, StepDefinition, StepResult } from '../../core/step.ts';
import { gaussian } from '../../engine/gaussian.ts';
import { label } from '../../engine/label.ts';
import { readBlock } from '../../engine/volume.ts';
import { type Cell, cellOf } from '../cell.ts';
import { viewOf } from '../frame.ts';
import type { Intensity } from '../intensity/index.ts';
import type { Layers } from '../layers/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import { matchOf, placed, strips } from '../place.ts';
import { baseScan } from '../reference.ts';
import type { Registration } from '../register/index.ts';

export interface CracksParams {
  reference: number;
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
  /** Standard deviation of the volume by noise. */
  sigma: number;
  meanGrey: number;
  centroid: Triple;
  min: Triple;
  max: Triple;
  /** Unit normal of its plane. */
  normal: Triple;
  /** Least distance along the stack to the working and the counter interface, voxels. */
  toWorking: number;
  toCounter: number;
}

export interface Cracks {
  refused: string | null;
  threshold: number;
  clearance: number;
  parts: CrackPart[];
  notes: string[];
}

/** Voxels of the cracks of one scan: place in the view, part, whether in the crack itself or its rim, fraction. */
export interface CrackVoxels {
  index: Float64Array;
  part: Uint16Array;
  core: Uint8Array;
  fraction: Float32Array;
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
const LOW_FLOOR = 0.06;
const HIGH_FLOOR = 0.12;

export const cracks: StepDefinition<CracksParams, Cracks> = {
  name: 'cracks',
  version: 1,
  title: 'Finding cracks',
  scope: 'scan',
  params: (recipe, series) => ({
    reference: baseScan(recipe),
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
  };
}

async function writeCrackVoxels(directory: string, voxels: CrackVoxels): Promise<void> {
  const write = (name: string, array: ArrayBufferView) =>
    writeFile(join(directory, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  await write('index.f64', voxels.index);
  await write('part.u16', voxels.part);
  await write('core.u8', voxels.core);
  await write('fraction.f32', voxels.fraction);
}

const NOTHING: CrackVoxels = {
  index: new Float64Array(0),
  part: new Uint16Array(0),
  core: new Uint8Array(0),
  fraction: new Float32Array(0),
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
  const why =
    cell.layers.refused ??
    registration.refused ??
    greys.refused ??
    (!levels.electrolyte || !levels.lithium ? 'electrolyte and lithium are not both known' : null);
  if (why || scan === params.reference || !cell.working) {
    await writeCrackVoxels(directory, NOTHING);
    return { ...empty, refused: why };
  }
  const bounds = boundsOfElectrolyte(cell, clearance);
  const { from, to } = bounds;
  const [, nv, nu] = cell.shape;
  const shape: Triple = [to - from, nv, nu];
  const lithium = levels.lithium!.mean;
  const contrast = levels.electrolyte!.mean - lithium;

  const before = placed(series, cell, params.reference, null, null)!;
  const after = placed(series, cell, scan, registration, matchOf(greys))!;
  const local = await localElectrolyte(context, cell, from, to, bounds.pure);
  context.progress(0.3);

  // Crack fraction of the filtered difference, as a mask of what may belong to a crack.
  const raw = new Float32Array(shape[0] * nv * nu);
  const fraction = new Float32Array(shape[0] * nv * nu);
  for (const [sigma, into] of [
    [0, raw],
    [params.gaussianSigma, fraction],
  ] as const)
    for await (const strip of strips(before, after, cell.shape, [from, to], { sigma, threads, memoryBytes, signal }))
      for (let s = from; s < to; s++)
        for (let v = strip.v0; v < strip.v1; v++) {
          const row = ((s - from) * nv + v) * nu;
          const at = strip.at(s, v, 0);
          for (let u = 0; u < nu; u++) {
            const d = strip.difference[at + u]!;
            into[row + u] = Number.isNaN(d) ? 0 : d / Math.max(0.3 * contrast, local[row + u]! - lithium);
          }
        }
  context.progress(0.6);
  const noise = noiseOf(fraction, shape, from, bounds.inside);
  const inside =
    cell.layers.cell === 'symmetric'
      ? clearOfPlated(cell, fraction, shape, from, bounds.inside, clearance)
      : bounds.inside;
  const low = params.threshold === 'auto' ? Math.max(LOW_FLOOR, LOW * noise) : params.threshold;
  const high = params.threshold === 'auto' ? Math.max(HIGH_FLOOR, HIGH * noise) : params.threshold;
  const mask = new Uint8Array(fraction.length);
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) {
      const [s0, s1] = inside(v, u);
      for (let s = s0; s < s1; s++) {
        const i = ((s - from) * nv + v) * nu + u;
        if (fraction[i]! > low) mask[i] = 1;
      }
    }
  const { labels, components } = await label(mask, shape, Math.max(4, Math.floor(params.minVoxels / 4)), 26, threads);
  const seeds = new Uint8Array(components.length);
  for (let i = 0; i < labels.length; i++) if (labels[i]! > 0 && fraction[i]! > high) seeds[labels[i]! - 1] = 1;
  signal.throwIfAborted();
  context.progress(0.8);

  const grown = growRims(
    labels,
    shape,
    components.map(({ min, max }, i) => ({ min, max, keep: seeds[i] === 1 })),
    (s, v, u) => {
      // Next to what is plated the rim ends at it; else it reaches down to the interface.
      const [s0, s1] = cell.layers.cell === 'symmetric' ? inside(v, u) : bounds.reach(v, u);
      return s + from >= s0 && s + from < s1;
    },
  );
  const noiseOfVoxel = noiseOf(raw, shape, from, inside);
  const found = measureParts(context, cell, {
    grown,
    labels,
    raw,
    fraction,
    shape,
    from,
    local,
    empty: levels.empty,
    lithium,
    noise: noiseOfVoxel,
  });
  const kept = found.filter(({ part }) => part.volume >= 0.9 * params.minVoxels);
  const voxels = gather(kept.map(({ members }) => members));
  await writeCrackVoxels(directory, voxels);
  const notes =
    kept.length > 0 && levels.empty === null
      ? ['cracks: no air in the field; the volume of an empty crack is not known']
      : [];
  return { ...empty, threshold: low, parts: kept.map(({ part }) => part), notes };
}

/** Slices between the interfaces, clear of them (`inside`), up to them (`reach`), and where the reference is pure electrolyte. */
function boundsOfElectrolyte(cell: Cell, clearance: number) {
  const [ns, nv, nu] = cell.shape;
  const pellet = cell.layers.pellet;
  const field = cell.layers.fieldRadius;
  const lower = cell.working!.heights;
  const upper = cell.counter?.heights ?? null;
  let from = ns;
  let to = 0;
  const column =
    (gapBelow: number, gapAbove: number) =>
    (v: number, u: number): [number, number] => {
      if (pellet && Math.hypot(v - pellet.center[0], u - pellet.center[1]) > pellet.radius - 2) return [0, 0];
      if (field !== null && Math.hypot(v - (nv - 1) / 2, u - (nu - 1) / 2) > field - 3) return [0, 0];
      const s0 = Math.max(0, Math.ceil(lower[v * nu + u]! + gapBelow));
      const s1 = Math.min(ns, Math.floor((upper ? upper[v * nu + u]! : ns - 1) - gapAbove) + 1);
      return s1 > s0 ? [s0, s1] : [0, 0];
    };
  // Nearer, what blurs in is plated lithium rather than crack.
  const reach = column(1.75, 1);
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) {
      const [s0, s1] = reach(v, u);
      if (s1 <= s0) continue;
      from = Math.min(from, s0);
      to = Math.max(to, s1);
    }
  return { from: Math.min(from, to), to, inside: column(clearance, clearance), reach, pure: column(2.5, 2.5) };
}

/**
 * In a symmetric cell lithium grows into the electrolyte from both foils: the run of changed voxels that begins at a
 * face is plated, not a crack. The slices between what is plated in a column and its neighbours.
 */
function clearOfPlated(
  cell: Cell,
  fraction: Float32Array,
  [ns, nv, nu]: Triple,
  from: number,
  inside: (v: number, u: number) => [number, number],
  clearance: number,
): (v: number, u: number) => [number, number] {
  const lower = new Float32Array(nv * nu).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float32Array(nv * nu).fill(Number.POSITIVE_INFINITY);
  const at = (s: number, v: number, u: number) => fraction[((s - from) * nv + v) * nu + u]!;
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) {
      const [s0, s1] = inside(v, u);
      if (s1 <= s0) continue;
      let s = Math.max(from, Math.ceil(cell.working!.heights[v * nu + u]! + 1));
      while (s < from + ns && at(s, v, u) > PLATED) s++;
      lower[v * nu + u] = s;
      if (!cell.counter) continue;
      s = Math.min(from + ns - 1, Math.floor(cell.counter.heights[v * nu + u]! - 1));
      while (s >= from && at(s, v, u) > PLATED) s--;
      upper[v * nu + u] = s;
    }
  return (v, u) => {
    let [s0, s1] = inside(v, u);
    if (s1 <= s0) return [0, 0];
    for (let a = Math.max(0, v - 2); a <= Math.min(nv - 1, v + 2); a++)
      for (let b = Math.max(0, u - 2); b <= Math.min(nu - 1, u + 2); b++) {
        s0 = Math.max(s0, Math.ceil(lower[a * nu + b]! + clearance - 1));
        s1 = Math.min(s1, Math.floor(upper[a * nu + b]! - clearance + 1) + 1);
      }
    return s1 > s0 ? [s0, s1] : [0, 0];
  };
}

/** Grey value of the electrolyte around every voxel: a Gaussian over the reference's pure electrolyte alone. */
async function localElectrolyte(
  context: StepContext<CracksParams>,
  cell: Cell,
  from: number,
  to: number,
  pure: (v: number, u: number) => [number, number],
): Promise<Float32Array> {
  const { series, params, threads } = context;
  const [, nv, nu] = cell.shape;
  const shape: Triple = [to - from, nv, nu];
  const view = viewOf(series.scans[params.reference]!, cell.frame.orientation);
  const grey = await readBlock(view, [from, 0, 0], shape, threads);
  const weight = new Float32Array(grey.length);
  const mean = context.result<Normalisation>('normalise').value.electrolyte!.mean;
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) {
      const [s0, s1] = pure(v, u);
      for (let s = from; s < to; s++) {
        const i = ((s - from) * nv + v) * nu + u;
        if (s >= s0 && s < s1) {
          weight[i] = 1;
          grey[i]! -= mean;
        } else grey[i] = 0;
      }
    }
  const sums = await gaussian(grey, shape, LOCAL, 'nearest', threads);
  const weights = await gaussian(weight, shape, LOCAL, 'nearest', threads);
  for (let i = 0; i < sums.length; i++) sums[i] = mean + (weights[i]! > 0.02 ? sums[i]! / weights[i]! : 0);
  return sums;
}

function noiseOf(
  values: Float32Array,
  shape: Triple,
  from: number,
  inside: (v: number, u: number) => [number, number],
): number {
  const sample: number[] = [];
  const step = Math.max(1, Math.floor(Math.sqrt((shape[1] * shape[2] * shape[0]) / 200000)));
  for (let v = 0; v < shape[1]; v += step)
    for (let u = 0; u < shape[2]; u += step) {
      const [s0, s1] = inside(v, u);
      for (let s = s0; s < s1; s++) {
        const value = values[((s - from) * shape[1] + v) * shape[2] + u]!;
        if (value !== 0) sample.push(value);
      }
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
}

function measureParts(
  _context: StepContext<CracksParams>,
  cell: Cell,
  {
    grown,
    labels,
    raw,
    fraction,
    shape,
    from,
    local,
    empty,
    lithium,
    noise,
  }: {
    grown: Map<number, number>;
    labels: Int32Array;
    raw: Float32Array;
    fraction: Float32Array;
    shape: Triple;
    from: number;
    local: Float32Array;
    empty: number | null;
    lithium: number;
    noise: number;
  },
): { part: CrackPart; members: Members }[] {
  const [, nv, nu] = shape;
  const lower = cell.working!.heights;
  const upper = cell.counter?.heights ?? null;
  const byPart = new Map<number, Members>();
  for (const [i, c] of grown) {
    let members = byPart.get(c);
    if (!members) byPart.set(c, (members = { index: [], core: [], fraction: [] }));
    members.index.push(i);
    members.core.push(labels[i]! > 0 && labels[i]! - 1 === c ? 1 : 0);
    members.fraction.push(raw[i]!);
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
      const u = i % nu;
      const v = Math.floor(i / nu) % nv;
      const s = Math.floor(i / (nu * nv)) + from;
      cores++;
      grey += local[i]! - value * depth;
      points.push({ p: [s, v, u], w: Math.max(0, fraction[i]!) });
      [s, v, u].forEach((at, axis) => {
        min[axis] = Math.min(min[axis]!, at);
        max[axis] = Math.max(max[axis]!, at + 1);
      });
      toWorking = Math.min(toWorking, s - 0.5 - lower[v * nu + u]!);
      if (upper) toCounter = Math.min(toCounter, upper[v * nu + u]! - s - 0.5);
    });
    const { centroid, normal } = plane(points);
    return {
      part: {
        volume,
        volumeIfVoid: empty === null ? null : volumeIfVoid,
        sigma: noise * Math.sqrt(members.index.length),
        meanGrey: grey / Math.max(1, cores),
        centroid,
        min,
        max,
        normal,
        toWorking: Math.max(0, toWorking),
        toCounter: Math.max(0, toCounter),
      },
      members: { ...members, index: members.index.map((i) => i + from * nv * nu) },
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
  };
  let at = 0;
  parts.forEach((members, part) => {
    voxels.index.set(members.index, at);
    voxels.part.fill(part, at, at + members.index.length);
    voxels.core.set(members.core, at);
    voxels.fraction.set(members.fraction, at);
    at += members.index.length;
  });
  return voxels;
}
