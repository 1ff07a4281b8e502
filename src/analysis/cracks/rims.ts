import type { Columns } from '../cell.ts';
import type { Box } from './box.ts';
import { widened } from './fields.ts';

/** Blur reaches this far: rim around a crack, voxels. */
const RIM = 3;

/** Runs (s, v, begin, end) that were found in a box, and the crack that each belongs to, −1 for none. */
export interface Piece {
  box: Box;
  runs: Int32Array;
  crack: Int32Array;
}

/** The voxels of a box that cracks and their rims take: those of cracks first, then ring by ring. */
export interface Grown {
  /** Place in the box. */
  index: Uint32Array;
  crack: Int32Array;
  /** How many are of cracks themselves. */
  cores: number;
}

/**
 * Grows the cracks by their rims, nearest first, within the slices `allowed`. What a box gets does not depend on where
 * boxes meet: growth is followed over its border as far as a rim reaches.
 *
 * @param nu Columns of a row of the view.
 */
export function growRims(box: Box, limits: Box, pieces: readonly Piece[], allowed: Columns, nu: number): Grown {
  const around = widened(box, RIM, limits);
  const [slices, height, width] = around.shape;
  const [s0, v0, u0] = around.min;
  const runs: { s: number; v: number; begin: number; end: number; crack: number }[] = [];
  for (const piece of pieces) {
    if (!meet(piece.box, around)) continue;
    piece.crack.forEach((crack, r) => {
      if (crack < 0) return;
      const [s, v] = [piece.runs[4 * r]! - s0, piece.runs[4 * r + 1]! - v0];
      const begin = Math.max(0, piece.runs[4 * r + 2]! - u0);
      const end = Math.min(width, piece.runs[4 * r + 3]! - u0);
      if (v >= 0 && v < height && begin < end) runs.push({ s, v, begin, end, crack });
    });
  }
  if (runs.length === 0) return { index: new Uint32Array(0), crack: new Int32Array(0), cores: 0 };
  // Where two cracks come to a voxel in the same ring, the first one takes it.
  runs.sort((a, b) => a.crack - b.crack || a.s - b.s || a.v - b.v || a.begin - b.begin);
  const owner = new Int32Array(slices * height * width);
  const reached: number[] = [];
  for (const { s, v, begin, end, crack } of runs)
    for (let u = begin, i = (s * height + v) * width + u; u < end; u++, i++) {
      owner[i] = crack + 1;
      reached.push(i);
    }
  const cores = reached.length;
  for (let ring = 0, from = 0; ring < RIM; ring++) {
    const end = reached.length;
    for (; from < end; from++) {
      const i = reached[from]!;
      const u = i % width;
      const v = Math.floor(i / width) % height;
      const s = Math.floor(i / (width * height));
      for (let a = Math.max(0, s - 1); a <= Math.min(slices - 1, s + 1); a++)
        for (let b = Math.max(0, v - 1); b <= Math.min(height - 1, v + 1); b++)
          for (let d = Math.max(0, u - 1); d <= Math.min(width - 1, u + 1); d++) {
            // A ball rather than a cube: corners only every other ring.
            if (ring % 2 === 1 && Math.abs(a - s) + Math.abs(b - v) + Math.abs(d - u) > 1) continue;
            const j = (a * height + b) * width + d;
            if (owner[j]) continue;
            const column = (b + v0) * nu + d + u0;
            if (a + s0 < allowed.from[column]! || a + s0 >= allowed.to[column]!) continue;
            owner[j] = owner[i]!;
            reached.push(j);
          }
    }
  }
  return within(box, around, reached, owner, cores);
}

/** Whether boxes of the same slices have columns in common. */
function meet(a: Box, b: Box): boolean {
  return ([1, 2] as const).every(
    (axis) => a.min[axis] < b.min[axis] + b.shape[axis] && b.min[axis] < a.min[axis] + a.shape[axis],
  );
}

/** The reached voxels of `around` that lie in `box`. */
function within(box: Box, around: Box, reached: number[], owner: Int32Array, cores: number): Grown {
  const [, height, width] = around.shape;
  const index: number[] = [];
  const crack: number[] = [];
  let own = 0;
  reached.forEach((i, k) => {
    const u = (i % width) + around.min[2] - box.min[2];
    const v = (Math.floor(i / width) % height) + around.min[1] - box.min[1];
    if (u < 0 || v < 0 || u >= box.shape[2] || v >= box.shape[1]) return;
    index.push((Math.floor(i / (width * height)) * box.shape[1] + v) * box.shape[2] + u);
    crack.push(owner[i]! - 1);
    if (k < cores) own++;
  });
  return { index: new Uint32Array(index), crack: new Int32Array(crack), cores: own };
}
