import type { Triple } from '../../core/geometry.ts';
import { type Cell, type Columns, columnsWhere } from '../cell.ts';
import { eachColumn } from './box.ts';
import type { Fields } from './fields.ts';

/** Slices beyond an interface that are looked at: they tell what is plated there. */
const BEYOND = 6;
/** Distance from the working and the counter interface at which rims end, voxels. */
export const RIM_GAP = { 1: 1.75, [-1]: 1 } as const;
/** Fraction beyond which a voxel at a foil's face counts as plated. */
const PLATED = 0.3;

export interface Bounds {
  /** Where cracks are sought, and where their rims end. */
  inside: Columns;
  rim: Columns;
  /** Where the reference is pure electrolyte. */
  pure: Columns;
  /** The box that holds all this and a little beyond the interfaces, half open. */
  reach: { min: Triple; max: Triple };
}

/** The slices between the interfaces. */
export function boundsOfElectrolyte(cell: Cell, clearance: number): Bounds {
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
  const { min, max } = columns(-BEYOND, -BEYOND);
  return {
    inside: columns(clearance, clearance),
    rim: columns(RIM_GAP[1], RIM_GAP[-1]),
    pure: columns(2.5, 2.5),
    reach: { min, max },
  };
}

/**
 * In a symmetric cell lithium grows into the electrolyte from both foils: the run of changed voxels that begins at a
 * face is plated, not a crack.
 */
export class PlatedRuns {
  readonly #cell: Cell;
  readonly #inside: Columns;
  /** Where the run at the lower foil ends, and that at the upper. */
  readonly #lower: Float32Array;
  readonly #upper: Float32Array;

  constructor(cell: Cell, inside: Columns) {
    const [, nv, nu] = cell.shape;
    this.#cell = cell;
    this.#inside = inside;
    this.#lower = new Float32Array(nv * nu).fill(Number.NEGATIVE_INFINITY);
    this.#upper = new Float32Array(nv * nu).fill(Number.POSITIVE_INFINITY);
  }

  add({ box, fraction }: Fields): void {
    const { shape, working, counter } = this.#cell;
    const plane = box.shape[1] * box.shape[2];
    const [first, end] = [box.min[0], box.min[0] + box.shape[0]];
    eachColumn(box, this.#inside, shape[2], (s0, _, at, column) => {
      const plated = (s: number) => fraction[at + (s - s0) * plane]! > PLATED;
      let s = Math.max(first, Math.ceil(working!.heights[column]! + 1));
      while (s < end && plated(s)) s++;
      this.#lower[column] = s;
      if (!counter) return;
      s = Math.min(end - 1, Math.floor(counter.heights[column]! - 1));
      while (s >= first && plated(s)) s--;
      this.#upper[column] = s;
    });
  }

  /** The slices between what is plated in a column and its neighbours. */
  between(clearance: number): Columns {
    const [, nv, nu] = this.#cell.shape;
    return columnsWhere(this.#cell.shape, (v, u) => {
      let s0 = this.#inside.from[v * nu + u]!;
      let s1 = this.#inside.to[v * nu + u]!;
      if (s1 <= s0) return null;
      for (let a = Math.max(0, v - 2); a <= Math.min(nv - 1, v + 2); a++)
        for (let b = Math.max(0, u - 2); b <= Math.min(nu - 1, u + 2); b++) {
          s0 = Math.max(s0, Math.ceil(this.#lower[a * nu + b]! + clearance - 1));
          s1 = Math.min(s1, Math.floor(this.#upper[a * nu + b]! - clearance + 1) + 1);
        }
      return [s0, s1];
    });
  }
}
