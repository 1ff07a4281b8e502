import type { Region } from '../../core/geometry.ts';
import type { ColumnRegion } from '../../engine/column_sums.ts';
import type { Cell, Columns, Interface } from '../cell.ts';
import { toView } from '../frame.ts';
import type { Strip } from '../place.ts';

/** What lies behind a foil: from slice `from[column]` on lithium gives way to it, elsewhere to electrolyte. */
export interface Behind {
  from: Float32Array;
  factor: number;
}

export function behindFoil(cell: Cell, lithium: number): Behind | null {
  const end = cell.layers.foilEnd;
  const surface = cell.counter;
  if (!end || end.level === null || !surface) return null;
  const half = (end.s - surface.smooth.coefficients[0]!) / 2;
  return { from: surface.heights.map((height) => height + half), factor: end.level - lithium };
}

export interface ElectrodePlan {
  name: 'working' | 'counter';
  region: Region;
  columns: Columns;
  surface: Interface | null;
  /** Grey values that stand for a fraction of one. */
  factor: number;
  behind: Behind | null;
}

/** The columns of a region that lie in a strip. */
export function columnsOfStrip({ origin, extent, min, max }: Strip, { from, to }: Columns, nu: number): ColumnRegion {
  return { origin, extent, v0: min[1], v1: max[1], u0: min[2], u1: max[2], nu, from, to };
}

export function countColumns({ from, to }: Columns): number {
  let count = 0;
  for (let i = 0; i < from.length; i++) if (to[i]! > from[i]!) count++;
  return count;
}

/** Slices of the region below and above the interface, mean of the columns. */
export function averageRange(columns: Columns, surface: Interface, nv: number, nu: number): [number, number] {
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
export function crossSectionOf(cell: Cell, plan: ElectrodePlan): number {
  const { pellet, fieldRadius } = cell.layers;
  const [, nv, nu] = cell.shape;
  const region = toView(plan.region, cell.frame);
  if (plan.name === 'counter' && region?.kind === 'cylinder') return Math.PI * region.radius ** 2;
  const field = fieldRadius === null ? nv * nu : Math.PI * fieldRadius ** 2;
  return pellet ? Math.min(Math.PI * pellet.radius ** 2, nv * nu) : field;
}

export function centreOf(region: Region, cell: Cell): [number, number] {
  const view = toView(region, cell.frame);
  if (view?.kind === 'cylinder') return view.center;
  return view
    ? [(view.min[1] + view.max[1]) / 2, (view.min[2] + view.max[2]) / 2]
    : [cell.shape[1] / 2, cell.shape[2] / 2];
}
