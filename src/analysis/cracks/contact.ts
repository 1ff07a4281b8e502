import type { Triple } from '../../core/geometry.ts';
import { median, moments, robustStd } from '../../core/robust.ts';
import type { Columns } from '../cell.ts';
import { RIM_GAP } from './bounds.ts';
import { eachColumn } from './box.ts';
import type { Fields } from './fields.ts';

/** An interface that cracks may touch. */
export interface Side {
  /** +1 where the electrolyte lies above the interface, −1 where below. */
  direction: 1 | -1;
  /** Of the interface in every column of the view. */
  heights: Float32Array;
  /** Grey value on the other side. */
  other: number;
  /** Grey values that stand for a fraction of one beyond the interface. */
  factor: number;
}

/** Slices beyond the interface that tell how much is plated there: blur hides more. */
const BEYOND = 5;
/** Slices next to the interface that tell whether a crack lies on it. */
const NEXT = 2;
/** Steps of plated thickness for which the tail is told, voxels. */
const STEP = 0.5;
const STEPS = 17;
/** Columns that tell a tail: at least, and more than enough. */
const LEAST_COLUMNS = 40;
const MOST_COLUMNS = 2 ** 16;
/** Columns, about, that tell the blur of an interface. */
const BLUR_COLUMNS = 2 ** 18;
/** A column next to a crack's belongs to it beyond this many voxels of crack, and this many standard deviations. */
const LEAST_EXCESS = 0.4;
const EXCESS_SIGMAS = 4;
/** A crack spreads through a zone of d voxels by no more than this many times d columns. */
const SPREAD = 3;

/**
 * The zone between an interface and the slices in which cracks are sought: what is plated blurs into it, so that cracks
 * cannot be sought there voxel by voxel. The sum of a column through it is crack, tail of what is plated, and lacks the
 * crack's own tail beyond the interface. The tail for a plated thickness is the median of the columns without cracks. Columns
 * of the zone belong to the crack that ends in them, and to it spread those connected ones that hold more than the tail.
 *
 * First `add` what is known of every column, then `mark` the voxels of cracks, then `settle`.
 */
export class ContactZone {
  readonly direction: 1 | -1;
  readonly #side: Side;
  readonly #shape: Triple;
  readonly #inside: Columns;
  /** Voxels of the zone in each column of the view, −1 where there is none. */
  readonly #count: Int16Array;
  /** The crack that reaches through the zone or comes to it, −1 for none. */
  readonly #crack: Int32Array;
  /** Sums in fractions of `factor`: through the zone, next to the interface and beyond it. */
  readonly #zone: Float32Array;
  readonly #near: Float32Array;
  readonly #beyond: Float32Array;
  /** Through the part of the zone that rims may take. */
  readonly #far: Float32Array;
  /** What a fraction of one is on this side, in those of the other. */
  readonly #ratio: Float32Array;
  /** What the reference's edge blurs across, voxels: the sum of a full step's tail. */
  readonly #tails: number[] = [];
  #blur = 0;
  #tail: (voxels: number) => number = () => 0;
  #tailNear: (voxels: number) => number = () => 0;
  #tailFar: (voxels: number) => number = () => 0;

  constructor(side: Side, shape: Triple, inside: Columns) {
    const columns = shape[1] * shape[2];
    this.direction = side.direction;
    this.#side = side;
    this.#shape = shape;
    this.#inside = inside;
    this.#count = new Int16Array(columns).fill(-1);
    this.#crack = new Int32Array(columns).fill(-1);
    this.#zone = new Float32Array(columns);
    this.#near = new Float32Array(columns);
    this.#beyond = new Float32Array(columns);
    this.#far = new Float32Array(columns);
    this.#ratio = new Float32Array(columns);
  }

  /** Bytes held a column of the view, those for a while in `settle` among them. */
  static readonly BYTES = 35;

  #first(column: number): number {
    return firstSlice(this.direction, this.#side.heights[column]!);
  }

  /** Adds what the columns of a box hold. */
  add({ box, grey, local, raw, unit }: Fields): void {
    const { direction } = this;
    const { heights, other, factor } = this.#side;
    const plane = box.shape[1] * box.shape[2];
    const [low, high] = [box.min[0], box.min[0] + box.shape[0]];
    const every = Math.ceil(this.#count.length / BLUR_COLUMNS);
    eachColumn(box, this.#inside, this.#shape[2], (s0, s1, _, column, at) => {
      const first = this.#first(column);
      const end = direction > 0 ? s0 : s1 - 1;
      const n = direction * (end - first);
      const place = (s: number) => (s - low) * plane + at;
      if (first < low || first >= high) return;
      if (column % every === 0) {
        let tail = 0;
        for (let k = 0; k < n; k++) {
          const i = place(first + direction * k);
          tail += (grey[i]! - local[i]!) / (other - local[i]!);
        }
        this.#tails.push(tail + tailShift(direction, heights[column]!));
      }
      if (n < 0) return;
      this.#count[column] = n;
      this.#ratio[column] = unit(place(first)) / factor;
      for (let k = -BEYOND; k < n; k++) {
        const s = first + direction * k;
        if (s < low || s >= high) continue;
        const share = (raw[place(s)]! * unit(place(s))) / factor;
        if (k < 0) this.#beyond[column]! += share;
        else this.#zone[column]! += share;
        if (k >= 0 && k < NEXT) this.#near[column]! += share;
        if (direction * (s - this.#rimSlice(column)) >= 0 && k >= 0) this.#far[column]! += share;
      }
    });
  }

  /** Tells that a crack or its rim takes a voxel of a column: the last one that comes to the edge of the zone counts. */
  mark(column: number, s: number, crack: number): void {
    const count = this.#count[column]!;
    if (count >= 0 && this.direction * (s - this.#first(column)) - count < NEXT) this.#crack[column] = crack;
  }

  /** Finds the columns through which cracks reach. */
  settle(): void {
    const [count, crack, zone, near, beyond, ratio] = [
      this.#count,
      this.#crack,
      this.#zone,
      this.#near,
      this.#beyond,
      this.#ratio,
    ];
    const [, nv, nu] = this.#shape;
    this.#blur = this.#tails.length > 0 ? Math.max(0, median(this.#tails)) : 0;
    const rest = byPlated(beyond, (i) => count[i]! > 0 && crack[i]! < 0);
    this.#tail = rest(zone, clippedMean);
    this.#tailNear = rest(near, clippedMean);
    this.#tailFar = rest(this.#far, clippedMean);
    const excess = new Float32Array(zone.length);
    for (let i = 0; i < excess.length; i++)
      if (count[i]! >= 0) excess[i] = (zone[i]! - this.#tail(this.#plated(i))) / ratio[i]!;
    // Where much is plated, an interface told a little wrong looks like a crack: the doubt grows with it.
    const mean = smoothed(excess, count, nv, nu);
    const doubt = rest(mean, robustStd);
    const least = (i: number) => Math.max(LEAST_EXCESS, EXCESS_SIGMAS * doubt(this.#plated(i)));
    const reaching = spread(crack, (i) => count[i]! > 0 && mean[i]! > least(i), count, nv, nu);
    for (let i = 0; i < crack.length; i++) if (!reaching[i]) crack[i] = -1;
  }

  /** The part of a crack's own tail that lies beyond the interface, voxels. */
  #lost(column: number): number {
    return Math.max(0, this.#blur + tailShift(this.direction, this.#side.heights[column]!));
  }

  /** How much of the interface a crack lies on, 0 to 1. */
  #touch(column: number): number {
    const next =
      (this.#near[column]! - this.#tailNear(this.#beyond[column]!)) /
      (this.#ratio[column]! * (NEXT - this.#lost(column)));
    return Math.max(0, Math.min(1, next));
  }

  #plated(column: number): number {
    return this.#beyond[column]! - this.#ratio[column]! * this.#lost(column) * this.#touch(column);
  }

  /** The crack that reaches through the zone in a column, once settled; −1 for none. */
  crackOf(column: number): number {
    return this.#crack[column]!;
  }

  /** The slice of a column next to the interface that a rim may take. */
  #rimSlice(column: number): number {
    const end = this.#side.heights[column]! + this.direction * RIM_GAP[this.direction];
    return firstSlice(this.direction, end);
  }

  /** The slice at which a rim that comes near the interface ends, and what its crack fraction there has of the tail; null outside. */
  rimEnd(column: number): { s: number; change: number } | null {
    if (this.#count[column]! <= 0) return null;
    return { s: this.#rimSlice(column), change: -this.#tailFar(this.#plated(column)) / this.#ratio[column]! };
  }

  /** The slices of the zone in a column, the one next to the interface first. */
  slices(column: number): number[] {
    const first = this.#first(column);
    return Array.from({ length: this.#count[column]! }, (_, k) => first + this.direction * k);
  }

  /** What the crack fraction of the first voxel lacks: the crack's tail beyond the interface, less what is plated's. */
  change(column: number): number {
    return this.#lost(column) * this.#touch(column) - this.#tail(this.#plated(column)) / this.#ratio[column]!;
  }

  /** Whether the crack lies on the interface itself. */
  touching(column: number): boolean {
    return this.#touch(column) > 0.5;
  }
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
  const position = (voxels: number) => Math.max(0, Math.min(STEPS - 1, voxels / STEP + (STEPS - 1) / 2));
  const counts = new Array<number>(STEPS).fill(0);
  for (let i = 0; i < plated.length; i++) if (rest(i)) counts[Math.round(position(plated[i]!))]!++;
  const columns: number[][] = counts.map(() => []);
  const seen = new Array<number>(STEPS).fill(0);
  for (let i = 0; i < plated.length; i++) {
    if (!rest(i)) continue;
    const bin = Math.round(position(plated[i]!));
    if (seen[bin]!++ % Math.ceil(counts[bin]! / MOST_COLUMNS) === 0) columns[bin]!.push(i);
  }
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
function smoothed(values: Float32Array, count: Int16Array, height: number, width: number): Float32Array {
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
  count: Int16Array,
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
