import type { Triple } from '../core/geometry.ts';

/** How a block lies in the view: slice and column of its first voxel, and their change for a step along its axes. */
export interface ColumnFrame {
  slice: number;
  column: number;
  sliceStep: Triple;
  columnStep: Triple;
  /** Columns of the view. */
  columns: number;
}
