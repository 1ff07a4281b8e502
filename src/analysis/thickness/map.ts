import type { Triple } from '../../core/geometry.ts';
import type { Histogram } from '../../core/results.ts';
import { moments } from '../../core/robust.ts';
import type { Cell } from '../cell.ts';
import { toView } from '../frame.ts';
import type { ElectrodeLithium, Thickness } from './index.ts';
import { centreOf, type ElectrodePlan } from './plan.ts';

/** Range and bins of the paper's histograms (section 5.4); at the counter electrode lithium leaves as well as comes. */
export const HISTOGRAM_UM = { working: [0, 45], counter: [-45, 45] } as const;
const BIN_UM = 0.09;
const RINGS = 20;

export function histogramOf(values: Float32Array, [low, high]: readonly [number, number]): Histogram {
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

export function radialProfile(
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
export function edgeToCentre(map: Float32Array, plan: ElectrodePlan, cell: Cell, uncertainty: number): number | null {
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
export function coarseStd(map: Float32Array, nv: number, nu: number): number {
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
export function smoothMap(map: Float32Array, nv: number, nu: number): Float32Array {
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
export function coveredFraction(smooth: Float32Array, map: Float32Array, noise: number, voxel: number): number {
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

export function trimProfile(
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
