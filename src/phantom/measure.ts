import { type Triple, viewToFile } from '../core/geometry.ts';
import { type CrackVoxels, phantomCrackVoxels, phantomThickness } from '../engine/phantom.ts';
import { type Cell, type CellState, LAYERS } from './cell.ts';
import { apply } from './motion.ts';
import { valueAt } from './spline.ts';
import type { TruthCrack, TruthScan, TruthThickness } from './truth.ts';

/** A crack counts from this many voxels on (recipe: crack.minVoxels). */
const MIN_VOXELS = 50;
/** A voxel holds two cracks together when at least this part of it is crack. */
const JOINED = 0.25;

/** One crack in one scan. */
interface CrackShape {
  plan: number;
  volumeVoxels: number;
  centroid: Triple;
  min: Triple;
  max: Triple;
  pieces: number;
  /** Least distances to the two interfaces, µm. */
  toCollectorUm: number;
  toCounterUm: number;
}

/** What the scene of one scan holds, to be told as truth. */
export interface Measured {
  working: Measurement;
  counter: Measurement;
  cracks: CrackShape[];
  components: { plans: number[]; volumeVoxels: number }[];
}

interface Measurement extends Omit<TruthThickness, 'map'> {
  map: Float32Array;
}

/** Thickness in µm of the layers in every voxel column of the unmoved cell. */
export interface Layers {
  film: Float64Array;
  voids: Float64Array;
  foil: Float64Array;
}

export async function layersOf(cell: Cell, state: CellState, threads = 0): Promise<Layers> {
  const pairs = [LAYERS.working, LAYERS.void, LAYERS.counter];
  const maps = await phantomThickness(state.scene, [cell.spec.field[1], cell.spec.field[2]], pairs, threads);
  return { film: maps[0]!, voids: maps[1]!, foil: maps[2]! };
}

/** Thickness and cracks of the cell in one exposure, against the reference's layers. */
export async function measure(cell: Cell, state: CellState, layers: Layers, reference: Layers): Promise<Measured> {
  const { spec, grey } = cell;
  const voxel = spec.voxelUm;
  const host = spec.cell === 'symmetric' ? grey.electrolyte : grey.collector;
  const voidWeight = (host - grey.void) / (host - grey.lithium);

  const voxels = await phantomCrackVoxels(state.scene);
  const cracks = crackShapes(cell, state, voxels);
  const lithiumIn = (electrode: 'working' | 'counter') =>
    spec.crackFill === 'void'
      ? 0
      : cracks
          .filter((crack) => cell.cracks[crack.plan]!.electrode === electrode)
          .reduce((sum, crack) => sum + crack.volumeVoxels, 0) *
        voxel ** 3;

  const over = (radiusUm: number, lithium: Float64Array, empty: Float64Array | null, inCracks: number): Measurement => {
    const map = Float32Array.from(lithium, (l, i) => l + (empty ? voidWeight * empty[i]! : 0));
    // Sums over all columns are sums over the pellet: outside it every layer counts nothing.
    const columns = columnsInside(cell, radiusUm);
    const mean = (values: ArrayLike<number>) => {
      let sum = 0;
      for (let i = 0; i < values.length; i++) sum += values[i]!;
      return sum / columns.area;
    };
    const meanUm = mean(map);
    let squares = 0;
    let count = 0;
    for (let i = 0; i < map.length; i++)
      if (columns.inside[i]) {
        squares += (map[i]! - meanUm) ** 2;
        count++;
      }
    const inCracksUm = inCracks / (columns.area * voxel * voxel);
    return {
      meanUm,
      lithiumUm: mean(lithium),
      voidUm: empty ? mean(empty) : 0,
      stdUm: Math.sqrt(squares / count),
      inCracksUm,
      totalUm: meanUm + inCracksUm,
      map,
    };
  };
  const since = (now: Float64Array, then: Float64Array) => now.map((um, i) => um - then[i]!);
  return {
    working: over(cell.radiusUm, since(layers.film, reference.film), layers.voids, lithiumIn('working')),
    counter: over(cell.counterRadiusUm, since(layers.foil, reference.foil), null, lithiumIn('counter')),
    cracks,
    components: componentsOf(cracks, voxels, state),
  };
}

/** Columns of the field whose centres lie in the pellet, and the pellet's area in the field in voxels. */
function columnsInside(cell: Cell, radiusUm: number): { inside: Uint8Array; area: number } {
  const { field, voxelUm } = cell.spec;
  const inside = new Uint8Array(field[1] * field[2]);
  const [v0, u0] = [cell.axisUm[1] / voxelUm, cell.axisUm[2] / voxelUm];
  const radius = radiusUm / voxelUm;
  let count = 0;
  for (let v = 0; v < field[1]; v++)
    for (let u = 0; u < field[2]; u++)
      if (Math.hypot(v - v0, u - u0) <= radius) {
        inside[v * field[2] + u] = 1;
        count++;
      }
  const whole =
    v0 - radius > -0.5 && u0 - radius > -0.5 && v0 + radius < field[1] - 0.5 && u0 + radius < field[2] - 0.5;
  return { inside, area: whole ? Math.PI * radius * radius : count };
}

function crackShapes(cell: Cell, state: CellState, voxels: CrackVoxels): CrackShape[] {
  const toFile = viewToFile(cell.shape, cell.orientation);
  const voxel = cell.spec.voxelUm;
  const surfaces = state.scene.surfaces;
  return state.crackPlans.map((plan, crack) => {
    let volume = 0;
    const moment: Triple = [0, 0, 0];
    const low: Triple = [Infinity, Infinity, Infinity];
    const high: Triple = [-Infinity, -Infinity, -Infinity];
    let toCollectorUm = Infinity;
    let toCounterUm = Infinity;
    const own: number[] = [];
    for (let i = 0; i < voxels.part.length; i++) {
      if (voxels.crack[i] !== crack) continue;
      const at: Triple = [voxels.index[3 * i]!, voxels.index[3 * i + 1]!, voxels.index[3 * i + 2]!];
      volume += voxels.part[i]!;
      if (voxels.part[i]! >= JOINED) own.push(i);
      for (let k = 0; k < 3; k++) {
        moment[k]! += voxels.part[i]! * at[k]!;
        low[k] = Math.min(low[k]!, at[k]!);
        high[k] = Math.max(high[k]!, at[k]!);
      }
      const [s, v, u] = at.map((index) => index * voxel) as Triple;
      toCollectorUm = Math.min(toCollectorUm, Math.max(0, s - voxel / 2 - valueAt(surfaces[2]!, v, u)));
      toCounterUm = Math.min(toCounterUm, Math.max(0, valueAt(surfaces[3]!, v, u) - s - voxel / 2));
    }
    const corners = [apply(toFile, low), apply(toFile, high)];
    return {
      plan,
      volumeVoxels: volume,
      centroid: apply(toFile, moment.map((m) => m / volume) as Triple),
      min: [0, 1, 2].map((k) => Math.min(corners[0]![k]!, corners[1]![k]!)) as Triple,
      max: [0, 1, 2].map((k) => Math.max(corners[0]![k]!, corners[1]![k]!) + 1) as Triple,
      pieces: pieces(own, voxels).filter((piece) => piece.length >= 20).length,
      toCollectorUm,
      toCounterUm,
    };
  });
}

/** Which cracks hang together: they share voxels or touch in well filled ones. */
function componentsOf(cracks: CrackShape[], voxels: CrackVoxels, state: CellState): Measured['components'] {
  const filled: number[] = [];
  for (let i = 0; i < voxels.part.length; i++) if (voxels.part[i]! >= JOINED) filled.push(i);
  const group = cracks.map((_, crack) => crack);
  const root = (crack: number): number => (group[crack] === crack ? crack : root(group[crack]!));
  for (const piece of pieces(filled, voxels)) {
    const shares = new Map<number, number>();
    for (const i of piece) shares.set(voxels.crack[i]!, (shares.get(voxels.crack[i]!) ?? 0) + 1);
    const members = [...shares].filter(([, count]) => count >= 20).map(([crack]) => crack);
    for (const crack of members.slice(1)) group[root(crack)] = root(members[0]!);
  }
  return [...new Set(cracks.map((_, crack) => root(crack)))].map((leader) => {
    const members = cracks.map((_, crack) => crack).filter((crack) => root(crack) === leader);
    return {
      plans: members.map((crack) => state.crackPlans[crack]!),
      volumeVoxels: members.reduce((sum, crack) => sum + cracks[crack]!.volumeVoxels, 0),
    };
  });
}

/** Groups of voxels (by their place in the list) that touch, corners included. */
function pieces(list: number[], voxels: CrackVoxels): number[][] {
  const key = (s: number, v: number, u: number) => (s + 64) * 2 ** 26 + (v + 512) * 2 ** 13 + (u + 512);
  const at = new Map<number, number[]>();
  for (const i of list) {
    const k = key(voxels.index[3 * i]!, voxels.index[3 * i + 1]!, voxels.index[3 * i + 2]!);
    at.set(k, [...(at.get(k) ?? []), i]);
  }
  const found: number[][] = [];
  const seen = new Set<number>();
  for (const start of at.keys()) {
    if (seen.has(start)) continue;
    seen.add(start);
    const piece: number[] = [];
    const open = [start];
    while (open.length > 0) {
      const members = at.get(open.pop()!)!;
      piece.push(...members);
      const [s, v, u] = [0, 1, 2].map((k) => voxels.index[3 * members[0]! + k]!) as Triple;
      for (let ds = -1; ds <= 1; ds++)
        for (let dv = -1; dv <= 1; dv++)
          for (let du = -1; du <= 1; du++) {
            const next = key(s + ds, v + dv, u + du);
            if (at.has(next) && !seen.has(next)) {
              seen.add(next);
              open.push(next);
            }
          }
    }
    found.push(piece);
  }
  return found;
}

/** The life of each crack over all scans, ids by order of birth. */
export function crackLives(cell: Cell, measured: Measured[], scans: TruthScan[]): TruthCrack[] {
  const born = cell.cracks
    .map((plan, index) => ({
      plan,
      index,
      onset: measured.findIndex((m) => (m.cracks.find((c) => c.plan === index)?.volumeVoxels ?? 0) >= MIN_VOXELS),
    }))
    .filter(({ onset }) => onset >= 0)
    .sort((a, b) => a.onset - b.onset || a.index - b.index);
  const idOf = new Map(born.map(({ index }, k) => [index, k + 1]));
  const shapeOf = (scan: number, index: number) => measured[scan]!.cracks.find((c) => c.plan === index) ?? null;
  const cracks = born.map(({ plan, index, onset }): TruthCrack => {
    const each = <T>(pick: (shape: CrackShape) => T): (T | null)[] =>
      measured.map((_, scan) => {
        const shape = shapeOf(scan, index);
        return shape ? pick(shape) : null;
      });
    const last = measured.length - 1;
    const end = shapeOf(last, index)!;
    return {
      id: idOf.get(index)!,
      electrode: plan.electrode,
      shape: plan.shape,
      fill: cell.spec.crackFill,
      onsetScan: onset,
      onsetIntervalH: [scans[Math.max(0, onset - 1)]!.timeH, scans[onset]!.timeH],
      minVoxels: MIN_VOXELS,
      volumeVoxels: each((shape) => shape.volumeVoxels),
      centroid: each((shape) => shape.centroid),
      min: each((shape) => shape.min),
      max: each((shape) => shape.max),
      pieces: each((shape) => shape.pieces),
      mergedInto: null,
      mergeScan: null,
      parents: [],
      distanceToCollectorUm: end.toCollectorUm,
      distanceToCounterUm: end.toCounterUm,
      through: end.toCollectorUm < cell.spec.voxelUm && end.toCounterUm < cell.spec.voxelUm,
    };
  });
  measured.forEach(({ components }, scan) => {
    for (const { plans } of components) {
      const ids = plans.flatMap((plan) => idOf.get(plan) ?? []).sort((a, b) => a - b);
      for (const id of ids.slice(1)) {
        const younger = cracks[id - 1]!;
        younger.mergedInto ??= ids[0]!;
        younger.mergeScan ??= scan;
      }
    }
  });
  scans.forEach((scan, index) => {
    scan.cracks.components = measured[index]!.components.map(({ plans, volumeVoxels }) => ({
      ids: plans.flatMap((plan) => idOf.get(plan) ?? []).sort((a, b) => a - b),
      volumeVoxels,
    }));
  });
  return cracks;
}
