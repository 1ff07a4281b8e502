import type { Triple } from '../../core/geometry.ts';
import type { Columns } from '../cell.ts';

/** The part of the view that is worked on. */
export interface Box {
  min: Triple;
  shape: Triple;
}

/**
 * Calls `visit` for every column of `columns` in the box: its slices, the place of their first voxel in the box, and the
 * column's place in the view (of `nu` columns a row) and in the box.
 */
export function eachColumn(
  { min, shape }: Box,
  { from, to }: Columns,
  nu: number,
  visit: (s0: number, s1: number, at: number, column: number, local: number) => void,
): void {
  for (let v = 0, local = 0; v < shape[1]; v++)
    for (let u = 0; u < shape[2]; u++, local++) {
      const column = (v + min[1]) * nu + u + min[2];
      const s0 = from[column]!;
      const s1 = to[column]!;
      if (s1 > s0) visit(s0, s1, (s0 - min[0]) * shape[1] * shape[2] + local, column, local);
    }
}
