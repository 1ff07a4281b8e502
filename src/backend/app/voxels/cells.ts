import { cellEdge, type Triple } from '../../../core/geometry.ts';
import { type CellRanges, newCells, widenCells } from '../../../engine/cells.ts';
import { release } from '../../../engine/release.ts';
import { type LayerSource, levelShape } from './source.ts';

/** Voxels of a slab: what is held while a level is gone through. */
const SLAB = 2 ** 23;

/** The ranges of a volume that was read already. */
export async function cellsOf(counts: Uint16Array, shape: Triple, threads: number): Promise<CellRanges> {
  const cells = newCells(shape, cellEdge(shape));
  await widenCells(cells, counts, 0, threads);
  return cells;
}

/**
 * The ranges of a whole level, read once from front to back, a slab at a time; `turn` lets each slab wait for its turn. Throws what
 * `turn` and the layer do.
 */
export async function readCells(
  layer: LayerSource,
  level: number,
  threads: number,
  turn: <T>(read: () => Promise<T>) => Promise<T>,
): Promise<CellRanges> {
  const shape = levelShape(layer.shape, level);
  const cells = newCells(shape, cellEdge(shape));
  const depth = Math.max(1, Math.floor(SLAB / (shape[1] * shape[2])));
  layer.readThrough?.(true);
  try {
    for (let z = 0; z < shape[0]; z += depth)
      await turn(async () => {
        const slab: Triple = [Math.min(depth, shape[0] - z), shape[1], shape[2]];
        const counts = (await layer.read(level, [z, 0, 0], slab)) as Uint16Array<ArrayBuffer>;
        await widenCells(cells, counts, z, threads);
        release(counts);
      });
  } finally {
    layer.readThrough?.(false);
  }
  return cells;
}
