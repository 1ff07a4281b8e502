import type { StepContext } from '../../core/step.ts';
import { differenceBlocks, type PlacedScan } from '../../engine/difference.ts';
import { crackFractions, electrolyteAround } from '../../engine/electrolyte.ts';
import { release } from '../../engine/release.ts';
import { readBlock, type View } from '../../engine/volume.ts';
import type { Columns } from '../cell.ts';
import type { Box } from './box.ts';

/** Local electrolyte: Gaussian over which its grey value is taken, voxels. */
const LOCAL = 3;
/** That Gaussian reaches this far. */
export const LOCAL_REACH = Math.floor(4 * LOCAL + 0.5);
/** Edge of the least box that is worked on, columns. */
const LEAST_EDGE = 8;

/** What is known of every voxel of a box. */
export interface Fields {
  box: Box;
  /** Grey value of the reference, and of the electrolyte around. */
  grey: Float32Array;
  local: Float32Array;
  /** Crack fraction, 0 where a scan does not reach: of the difference, and of the filtered one. */
  raw: Float32Array;
  fraction: Float32Array;
  /** Grey values of a fraction of one. */
  unit(index: number): number;
}

export interface Greys {
  before: PlacedScan;
  after: PlacedScan;
  reference: View;
  /** Where the reference is pure electrolyte, in columns of a view of `width` columns a row. */
  pure: Columns;
  width: number;
  electrolyte: number;
  lithium: number;
  sigma: number;
}

/** The fields of the electrolyte, box by box: those of the last box are kept, those before are gone. */
export class Electrolyte {
  readonly #context: Pick<StepContext<unknown>, 'threads' | 'signal'>;
  readonly #greys: Greys;
  readonly #limits: Box;
  #last: Fields | null = null;

  /** @param limits The box that all others lie in; what is beyond counts as its last voxels. */
  constructor(context: Pick<StepContext<unknown>, 'threads' | 'signal'>, limits: Box, greys: Greys) {
    this.#context = context;
    this.#limits = limits;
    this.#greys = greys;
  }

  /** The fields of all slices of some columns; voxels do not depend on which others are in the box. */
  async fields(box: Box): Promise<Fields> {
    if (this.#last?.box === box) return this.#last;
    this.release();
    const { threads, signal } = this.#context;
    const { before, after, lithium, electrolyte, sigma } = this.#greys;
    const { local, grey } = await this.#localElectrolyte(box);
    signal.throwIfAborted();
    const difference = await differenceBlocks(before, after, box.min, box.shape, sigma, threads);
    const least = 0.3 * (electrolyte - lithium);
    await crackFractions(difference, local, { lithium, least }, threads);
    const unit = (index: number) => Math.max(least, local[index]! - lithium);
    this.#last = { box, grey, local, raw: difference.unfiltered, fraction: difference.filtered, unit };
    return this.#last;
  }

  release(): void {
    if (!this.#last) return;
    const { grey, local, raw, fraction } = this.#last;
    release(grey, local, raw, fraction);
    this.#last = null;
  }

  async #localElectrolyte(box: Box): Promise<{ local: Float32Array; grey: Float32Array }> {
    const { threads } = this.#context;
    const { reference, pure, width, electrolyte } = this.#greys;
    const wide = widened(box, LOCAL_REACH, this.#limits);
    const grey = await readBlock(reference, wide.min, wide.shape, threads);
    const layer = { from: pure.from, to: pure.to, width };
    const local = await electrolyteAround(grey, wide, layer, { mean: electrolyte, sigma: LOCAL }, threads);
    return { local: cropped(local, wide, box), grey: cropped(grey, wide, box) };
  }
}

/** A box with `reach` more columns on every side, as far as `limits` go. */
export function widened({ min, shape }: Box, reach: number, limits: Box): Box {
  const low = (axis: 1 | 2) => Math.max(limits.min[axis], min[axis] - reach);
  const size = (axis: 1 | 2) =>
    Math.min(limits.min[axis] + limits.shape[axis], min[axis] + shape[axis] + reach) - low(axis);
  return { min: [min[0], low(1), low(2)], shape: [shape[0], size(1), size(2)] };
}

/** The part of a field over `from` that lies in `to`, which has the same slices; the field itself is gone. */
function cropped(field: Float32Array, from: Box, to: Box): Float32Array {
  const [slices, height, width] = to.shape;
  if (from.shape[1] === height && from.shape[2] === width) return field;
  const part = new Float32Array(slices * height * width);
  for (let s = 0, at = 0; s < slices; s++)
    for (let v = 0; v < height; v++, at += width) {
      const row = (s * from.shape[1] + v + to.min[1] - from.min[1]) * from.shape[2] + to.min[2] - from.min[2];
      part.set(field.subarray(row, row + width), at);
    }
  release(field);
  return part;
}

/** What working on a box of so many columns takes at most: the widened box for the electrolyte around, and the fields. */
function bytesOf({ shape }: Box, height: number, width: number): number {
  const wide = (edge: number, most: number) => Math.min(most, edge + 2 * LOCAL_REACH);
  return shape[0] * (16 * wide(height, shape[1]) * wide(width, shape[2]) + 8 * height * width);
}

/** The least that working on a part of a box takes. */
export function leastBytes(box: Box): number {
  return bytesOf(box, LEAST_EDGE, LEAST_EDGE);
}

/** The columns of a box in as few boxes, row by row, as `bytes` allow. */
export function tilesOf(box: Box, bytes: number): Box[] {
  const [slices, height, width] = box.shape;
  const parts: [number, number] = [1, 1];
  const edges = () => [Math.ceil(height / parts[0]), Math.ceil(width / parts[1])] as const;
  for (let [h, w] = edges(); bytesOf(box, h, w) > bytes && Math.max(h, w) > LEAST_EDGE; [h, w] = edges())
    parts[h >= w ? 0 : 1]++;
  const [h, w] = edges();
  const tiles: Box[] = [];
  for (let v = 0; v < height; v += h)
    for (let u = 0; u < width; u += w)
      tiles.push({
        min: [box.min[0], box.min[1] + v, box.min[2] + u],
        shape: [slices, Math.min(h, height - v), Math.min(w, width - u)],
      });
  return tiles;
}
