import { median, moments, robustStd } from '../../core/robust.ts';
import type { Columns } from '../cell.ts';
import { type Box, eachColumn } from './box.ts';

/** The zone between an interface and the slices in which cracks are sought: what is plated blurs into it. */
export interface Zone {
  /** +1 where the electrolyte lies above the interface, −1 where below. */
  direction: 1 | -1;
  /** Of the interface in every column of the view. */
  heights: Float32Array;
  /** Grey values that stand for a fraction of one beyond the interface. */
  factor: number;
  /** What an edge between two slices blurs across, voxels: the sum of a full step's tail. */
  blur: number;
}

/** A column in which a crack reaches through a zone, or may. */
export interface Contact {
  part: number;
  /** Voxels of the zone in the box, the one next to the interface first, and their crack fraction. */
  index: number[];
  fraction: number[];
  /** Grey values of the first voxel that belong to the other side of the interface. */
  beyond: number;
  /** Whether the crack lies on the interface itself. */
  touching: boolean;
}

/** Slices beyond the interface that tell how much is plated there: blur hides more. */
const BEYOND = 5;
/** Slices next to the interface that tell whether a crack lies on it. */
const NEXT = 2;
/** Steps of plated thickness for which the tail is told, voxels. */
const STEP = 0.5;
const STEPS = 17;
/** Columns that tell a tail. */
const LEAST_COLUMNS = 40;
/** A column next to a crack's belongs to it beyond this many voxels of crack, and this many standard deviations. */
const LEAST_EXCESS = 0.4;
const EXCESS_SIGMAS = 4;
/** A crack spreads through a zone of d voxels by no more than this many times d columns. */
const SPREAD = 3;

/**
 * What cracks hold next to an interface, where they cannot be sought voxel by voxel. The sum of a column through the zone
 * is crack, tail of what is plated, and lacks the crack's own tail beyond the interface. The tail for a plated thickness is
 * the median of the columns without cracks. Columns of the zone belong to the crack that ends in them, and to it spread
 * those connected ones that hold more than the tail.
 *
 * @param nu Columns of a row of the view.
 * @param raw Crack fraction of the unfiltered difference, shape of `box`.
 * @param unit Grey values of a fraction of one at a voxel of the box.
 * @param grown Part of each voxel (of the box) that a crack or its rim takes.
 */
export function contactsOf(
  box: Box,
  nu: number,
  { direction, heights, factor, blur }: Zone,
  inside: Columns,
  raw: Float32Array,
  unit: (index: number) => number,
  grown: ReadonlyMap<number, number>,
): Contact[] {
  const [height, width] = [box.shape[1], box.shape[2]];
  const plane = height * width;
  const columns = plane;
  const count = new Int32Array(columns).fill(-1);
  const base = new Int32Array(columns);
  const zone = new Float32Array(columns);
  const near = new Float32Array(columns);
  const beyond = new Float32Array(columns);
  const ratio = new Float32Array(columns);
  const lost = new Float32Array(columns);
  const at = (column: number, k: number) => (base[column]! + direction * k) * plane + column;
  eachColumn(box, inside, nu, (s0, s1, _, column, local) => {
    const first = firstSlice(direction, heights[column]!) - box.min[0];
    const edge = (direction > 0 ? s0 : s1 - 1) - box.min[0];
    const n = direction * (edge - first);
    if (n < 0 || first < 0 || first >= box.shape[0]) return;
    count[local] = n;
    base[local] = first;
    ratio[local] = unit(at(local, 0)) / factor;
    lost[local] = Math.max(0, blur + tailShift(direction, heights[column]!));
    for (let k = -BEYOND; k < n; k++) {
      const s = first + direction * k;
      if (s < 0 || s >= box.shape[0]) continue;
      const share = (raw[at(local, k)]! * unit(at(local, k))) / factor;
      if (k < 0) beyond[local]! += share;
      else zone[local]! += share;
      if (k >= 0 && k < NEXT) near[local]! += share;
    }
  });

  // Columns in which a crack's voxels come to the edge of the zone.
  const part = new Int32Array(columns).fill(-1);
  for (const [i, owner] of grown) {
    const local = i % plane;
    if (count[local]! < 0) continue;
    const depth = direction * (Math.floor(i / plane) - base[local]!) - count[local]!;
    if (depth < NEXT) part[local] = owner;
  }
  const rest = byPlated(beyond, (i) => count[i]! > 0 && part[i]! < 0);
  const tail = rest(zone, clippedMean);
  const tailNear = rest(near, clippedMean);
  const excess = new Float32Array(columns);
  const touch = new Float32Array(columns);
  const plated = new Float32Array(columns);
  for (let i = 0; i < columns; i++) {
    if (count[i]! < 0) continue;
    const next = (near[i]! - tailNear(beyond[i]!)) / (ratio[i]! * (NEXT - lost[i]!));
    touch[i] = Math.max(0, Math.min(1, next));
    plated[i] = beyond[i]! - ratio[i]! * lost[i]! * touch[i]!;
    excess[i] = (zone[i]! - tail(plated[i]!)) / ratio[i]!;
  }
  // Where much is plated, an interface told a little wrong looks like a crack: the doubt grows with it.
  const mean = smoothed(excess, count, height, width);
  const doubt = rest(mean, robustStd);
  const least = (i: number) => Math.max(LEAST_EXCESS, EXCESS_SIGMAS * doubt(plated[i]!));
  const enough = (i: number) => count[i]! > 0 && mean[i]! > least(i);
  const reaching = spread(part, enough, count, height, width);

  const contacts: Contact[] = [];
  for (let i = 0; i < columns; i++) {
    if (!reaching[i]) continue;
    const index = Array.from({ length: count[i]! }, (_, k) => at(i, k));
    const fraction = index.map((voxel) => raw[voxel]!);
    const change = lost[i]! * touch[i]! - tail(plated[i]!) / ratio[i]!;
    fraction[0]! += change;
    contacts.push({ part: part[i]!, index, fraction, beyond: -change * unit(index[0]!), touching: touch[i]! > 0.5 });
  }
  return contacts;
}

/** First slice of the zone of an interface at `height`. */
export function firstSlice(direction: 1 | -1, height: number): number {
  return direction > 0 ? Math.ceil(height) : Math.floor(height);
}

/** How much longer a tail beyond the interface is because the interface does not lie midway between two slices, voxels. */
export function tailShift(direction: 1 | -1, height: number): number {
  return (direction * (firstSlice(direction, height) - height) - 0.5) / 2;
}

/** A statistic of columns as a function of what is plated in them, voxels: of those of `rest`, in steps, straight between. */
function byPlated(plated: Float32Array, rest: (column: number) => boolean) {
  const columns: number[][] = Array.from({ length: STEPS }, () => []);
  const position = (voxels: number) => Math.max(0, Math.min(STEPS - 1, voxels / STEP + (STEPS - 1) / 2));
  for (let i = 0; i < plated.length; i++) if (rest(i)) columns[Math.round(position(plated[i]!))]!.push(i);
  const bins = [...columns.keys()].filter((bin) => columns[bin]!.length >= LEAST_COLUMNS);
  return (values: Float32Array, statistic: (values: number[]) => number): ((voxels: number) => number) => {
    const known = bins.map((bin) => ({ bin, value: statistic(columns[bin]!.map((i) => values[i]!)) }));
    return (voxels) => {
      const x = position(voxels);
      const high = known.find(({ bin }) => bin >= x) ?? known.at(-1);
      const low = known.findLast(({ bin }) => bin <= x) ?? known[0];
      if (!high || !low) return 0;
      return high.bin === low.bin
        ? low.value
        : low.value + ((x - low.bin) / (high.bin - low.bin)) * (high.value - low.value);
    };
  };
}

/** Mean of the values within three robust standard deviations of their median. */
function clippedMean(values: number[]): number {
  const middle = median(values);
  const most = 3 * robustStd(values);
  return moments(values.filter((value) => Math.abs(value - middle) <= most)).mean;
}

/** Mean over 3 × 3 columns, the middle counting most. */
function smoothed(values: Float32Array, count: Int32Array, height: number, width: number): Float32Array {
  const mean = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    let sum = 0;
    let weight = 0;
    for (const j of [i, ...neighbours(i, height, width)]) {
      if (count[j]! < 0) continue;
      const corner = Math.abs(j - i) === width - 1 || Math.abs(j - i) === width + 1;
      const w = j === i ? 4 : corner ? 1 : 2;
      sum += w * values[j]!;
      weight += w;
    }
    if (weight > 0) mean[i] = sum / weight;
  }
  return mean;
}

/**
 * Lets the parts spread, nearest first, over columns that hold enough, and by one more for the blur. Marks the columns in
 * which a part reaches towards the interface, their neighbours among them.
 */
function spread(
  part: Int32Array,
  enough: (column: number) => boolean,
  count: Int32Array,
  height: number,
  width: number,
): Uint8Array {
  const reaching = new Uint8Array(part.length);
  let front = [...part.keys()].filter((i) => part[i]! >= 0 && enough(i));
  for (const i of front) reaching[i] = 1;
  const step = (more: (column: number) => boolean): number[] => {
    const next: number[] = [];
    for (const i of front)
      for (const j of neighbours(i, height, width)) {
        if (reaching[j] || count[j]! <= 0 || !more(j)) continue;
        reaching[j] = 1;
        if (part[j]! < 0) part[j] = part[i]!;
        next.push(j);
      }
    return next;
  };
  const all = [...front];
  const most = SPREAD * front.reduce((deepest, i) => Math.max(deepest, count[i]!), 0);
  for (let k = 0; k < most && front.length > 0; k++) {
    front = step(enough);
    all.push(...front);
  }
  front = all;
  step(() => true);
  return reaching;
}

function neighbours(i: number, height: number, width: number): number[] {
  const [v, u] = [Math.floor(i / width), i % width];
  const found: number[] = [];
  for (let a = Math.max(0, v - 1); a <= Math.min(height - 1, v + 1); a++)
    for (let b = Math.max(0, u - 1); b <= Math.min(width - 1, u + 1); b++)
      if (a !== v || b !== u) found.push(a * width + b);
  return found;
}
