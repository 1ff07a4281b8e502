import type { Triple } from '../../core/geometry.ts';
import { release } from '../../engine/release.ts';
import type { Cell } from '../cell.ts';
import type { Box } from './box.ts';
import type { ContactZone } from './contact.ts';
import type { Fields } from './fields.ts';
import type { CrackPart } from './index.ts';
import type { Grown } from './rims.ts';
import type { CrackVoxels } from './voxels.ts';

/** Columns in which a crack has to lie on an interface to touch it. */
const LEAST_TOUCHING = 4;
/** Part of a crack's volume that stays in doubt: the electrolyte it took the place of, and the tails at an interface. */
const DOUBT = 0.03;

/** Voxels that belong to cracks, with what is measured there. */
export interface Members {
  /** Place in the view. */
  index: Float64Array;
  crack: Int32Array;
  core: Uint8Array;
  fraction: Float32Array;
  plated: Float32Array;
  /** The filtered crack fraction, and the grey value of the electrolyte around. */
  filtered: Float32Array;
  local: Float32Array;
}

/** Held for each member while they are collected; twice as much, its order and a copy among it, while cracks are measured. */
export const MEMBER_BYTES = 32;

const RIM = 0;
const CORE = 1;
const CONTACT = 2;

function members(count: number): Members {
  return {
    index: new Float64Array(count),
    crack: new Int32Array(count),
    core: new Uint8Array(count),
    fraction: new Float32Array(count),
    plated: new Float32Array(count),
    filtered: new Float32Array(count),
    local: new Float32Array(count),
  };
}

/** Whether a box holds anything of a crack. */
export function holdsMembers(box: Box, grown: Grown, zones: ContactZone[], nu: number): boolean {
  if (grown.index.length > 0) return true;
  for (let v = 0; v < box.shape[1]; v++)
    for (let u = 0; u < box.shape[2]; u++) {
      const column = (v + box.min[1]) * nu + u + box.min[2];
      if (zones.some((zone) => zone.crackOf(column) >= 0)) return true;
    }
  return false;
}

/** The voxels of a box that cracks, their rims and their contacts take, in raster order. */
export function membersOf(fields: Fields, grown: Grown, zones: ContactZone[], [, nv, nu]: Triple): Members {
  const { box, raw, fraction, local, unit } = fields;
  const [slices, height, width] = box.shape;
  // 4 · (crack + 1) + what the voxel is to it.
  const owner = new Int32Array(slices * height * width);
  grown.index.forEach((i, k) => {
    owner[i] = 4 * (grown.crack[k]! + 1) + (k < grown.cores ? CORE : RIM);
  });
  /** What the crack fraction of a voxel next to an interface has of tails, taken off. */
  const changes = new Map<number, number>();
  for (const zone of zones)
    for (let v = 0; v < height; v++)
      for (let u = 0; u < width; u++) {
        const column = (v + box.min[1]) * nu + u + box.min[2];
        const crack = zone.crackOf(column);
        const place = (s: number) => ((s - box.min[0]) * height + v) * width + u;
        if (crack >= 0) {
          const slices = zone.slices(column);
          for (const s of slices) owner[place(s)] = 4 * (crack + 1) + CONTACT;
          if (slices.length > 0) changes.set(place(slices[0]!), zone.change(column));
          continue;
        }
        const end = zone.rimEnd(column);
        if (end && owner[place(end.s)]) changes.set(place(end.s), end.change);
      }
  let count = 0;
  for (let i = 0; i < owner.length; i++) if (owner[i]) count++;
  const found = members(count);
  for (let i = 0, k = 0; k < count; i++) {
    if (!owner[i]) continue;
    const s = Math.floor(i / (height * width)) + box.min[0];
    const v = (Math.floor(i / width) % height) + box.min[1];
    found.index[k] = (s * nv + v) * nu + (i % width) + box.min[2];
    found.crack[k] = (owner[i]! >> 2) - 1;
    found.core[k] = (owner[i]! & 3) === CORE ? 1 : 0;
    found.fraction[k] = raw[i]!;
    found.filtered[k] = fraction[i]!;
    found.local[k] = local[i]!;
    const change = changes.get(i);
    if (change !== undefined) {
      found.fraction[k]! += change;
      found.plated[k] = -change * unit(i);
    }
    k++;
  }
  release(owner);
  return found;
}

/** Some members after others; theirs are gone. */
export function joined(parts: Members[]): Members {
  const all = members(parts.reduce((sum, { index }) => sum + index.length, 0));
  let at = 0;
  for (const part of parts) {
    const count = part.index.length;
    for (const name of Object.keys(all) as (keyof Members)[]) {
      all[name].set(part[name], at);
      release(part[name]);
    }
    at += count;
  }
  return all;
}

/** Members of one crack, `order[from]` to `order[to]`, by their place. */
interface Range {
  from: number;
  to: number;
}

/** Members sorted by crack, and by place within one: the order does not depend on the boxes in which they were found. */
function sorted({ crack, index }: Members): { order: Uint32Array; cracks: Range[] } {
  const order = new Uint32Array(index.length).map((_, k) => k);
  order.sort((a, b) => crack[a]! - crack[b]! || index[a]! - index[b]!);
  const cracks: Range[] = [];
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && crack[order[to]!] === crack[order[from]!]) to++;
    cracks.push({ from, to });
  }
  return { order, cracks };
}

/** The cracks that members make, those of at least `leastVolume` voxels, and their voxels. */
export function measureCracks(
  cell: Cell,
  found: Members,
  zones: ContactZone[],
  options: { empty: number | null; lithium: number; noise: number; leastVolume: number },
): { parts: CrackPart[]; voxels: CrackVoxels } {
  const { order, cracks } = sorted(found);
  const touched = zones.map((zone) => ({ zone, count: touchedColumns(zone, cell.shape[1] * cell.shape[2]) }));
  const parts: CrackPart[] = [];
  const kept: Range[] = [];
  for (const range of cracks) {
    const crack = found.crack[order[range.from]!]!;
    const onInterface = (direction: 1 | -1) =>
      touched.some(({ zone, count }) => zone.direction === direction && (count.get(crack) ?? 0) >= LEAST_TOUCHING);
    const part = measure(cell, found, order.subarray(range.from, range.to), options);
    if (part.volume < options.leastVolume) continue;
    if (onInterface(1)) part.toWorking = 0;
    if (onInterface(-1)) part.toCounter = 0;
    parts.push(part);
    kept.push(range);
  }
  return { parts, voxels: gather(found, order, kept) };
}

/** In how many columns each crack lies on the interface of a zone. */
function touchedColumns(zone: ContactZone, columns: number): Map<number, number> {
  const count = new Map<number, number>();
  for (let column = 0; column < columns; column++) {
    const crack = zone.crackOf(column);
    if (crack >= 0 && zone.touching(column)) count.set(crack, (count.get(crack) ?? 0) + 1);
  }
  return count;
}

function measure(
  cell: Cell,
  { index, core, fraction, filtered, local }: Members,
  mine: Uint32Array,
  { empty, lithium, noise }: { empty: number | null; lithium: number; noise: number },
): CrackPart {
  const [, nv, nu] = cell.shape;
  const lower = cell.working?.heights ?? null;
  const upper = cell.counter?.heights ?? null;
  const placeOf = (i: number): Triple => [Math.floor(i / (nu * nv)), Math.floor(i / nu) % nv, i % nu];
  let volume = 0;
  let volumeIfVoid = 0;
  let grey = 0;
  let cores = 0;
  let toWorking = Number.POSITIVE_INFINITY;
  let toCounter = Number.POSITIVE_INFINITY;
  const min: Triple = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const max: Triple = [0, 0, 0];
  for (const k of mine) {
    const value = fraction[k]!;
    volume += value;
    const depth = local[k]! - lithium;
    if (empty !== null) volumeIfVoid += (value * depth) / Math.max(depth, local[k]! - empty);
    if (!core[k]) continue;
    const place = placeOf(index[k]!);
    const [s, v, u] = place;
    cores++;
    grey += local[k]! - value * depth;
    for (let axis = 0; axis < 3; axis++) {
      min[axis] = Math.min(min[axis]!, place[axis]!);
      max[axis] = Math.max(max[axis]!, place[axis]! + 1);
    }
    if (lower) toWorking = Math.min(toWorking, s - 0.5 - lower[v * nu + u]!);
    if (upper) toCounter = Math.min(toCounter, upper[v * nu + u]! - s - 0.5);
  }
  const { centroid, normal } = plane({
    *[Symbol.iterator]() {
      for (const k of mine) if (core[k]) yield { p: placeOf(index[k]!), w: Math.max(0, filtered[k]!) };
    },
  });
  return {
    volume,
    volumeIfVoid: empty === null ? null : volumeIfVoid,
    sigma: Math.hypot(noise * Math.sqrt(mine.length), DOUBT * volume),
    meanGrey: grey / Math.max(1, cores),
    centroid,
    min,
    max,
    normal,
    toWorking: lower ? Math.max(0, toWorking) : null,
    toCounter: upper ? Math.max(0, toCounter) : null,
  };
}

/** Centre of weight and the direction in which weighted points spread least (power iteration on the inverse spread). */
export function plane(points: Iterable<{ p: Triple; w: number }>): { centroid: Triple; normal: Triple } {
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

function gather({ index, core, fraction, plated }: Members, order: Uint32Array, cracks: Range[]): CrackVoxels {
  const count = cracks.reduce((sum, { from, to }) => sum + to - from, 0);
  const voxels: CrackVoxels = {
    index: new Float64Array(count),
    part: new Uint16Array(count),
    core: new Uint8Array(count),
    fraction: new Float32Array(count),
    plated: new Float32Array(count),
  };
  let at = 0;
  cracks.forEach(({ from, to }, part) => {
    for (let r = from; r < to; r++, at++) {
      const k = order[r]!;
      voxels.index[at] = index[k]!;
      voxels.part[at] = part;
      voxels.core[at] = core[k]!;
      voxels.fraction[at] = fraction[k]!;
      voxels.plated[at] = plated[k]!;
    }
  });
  return voxels;
}
