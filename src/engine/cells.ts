import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

const cellsNative = native['widenCells'] as unknown as (options: object) => Promise<void>;

/** The least and the most count of each cell of a volume: (⌈nz/cell⌉, ⌈ny/cell⌉, ⌈nx/cell⌉, 2). */
export interface CellRanges {
  readonly cell: number;
  /** Of the volume, in voxels. */
  readonly shape: Triple;
  readonly cells: Triple;
  readonly ranges: Uint16Array<ArrayBuffer>;
}

/** Ranges that nothing was taken into yet. */
export function newCells(shape: Triple, cell: number): CellRanges {
  const cells = shape.map((edge) => Math.ceil(edge / cell)) as Triple;
  const ranges = new Uint16Array(cells[0] * cells[1] * cells[2] * 2);
  for (let i = 0; i < ranges.length; i += 2) ranges[i] = 65535;
  return { cell, shape, cells, ranges };
}

/**
 * Takes whole planes from `first` on (z, y, x) into the ranges of the cells they reach, each with one voxel around it: what
 * linear interpolation can reach inside it. Planes may come in any pieces, one call after another.
 */
export async function widenCells(
  { cell, shape, ranges }: CellRanges,
  planes: Uint16Array,
  first: number,
  threads = 0,
): Promise<void> {
  const count = planes.length / (shape[1] * shape[2]);
  await cellsNative({ planes, first, count, shape, cell, ranges, threads });
}
