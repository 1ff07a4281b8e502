import { join } from 'node:path';
import { cellEdge, LEAST_SHOWN_PHASES, type Triple } from '../../core/geometry.ts';
import type { StepDefinition } from '../../core/step.ts';
import { bin, binFine, binnedShape } from '../../engine/bin.ts';
import { planeMaxima } from '../../engine/maxima.ts';
import { release } from '../../engine/release.ts';
import { createZarr, openZarr, type ZarrVolume, type ZarrWriter } from '../../store/zarr/index.ts';

/** Name of the fraction volume inside the result of the step `phases`. */
export const PHASES_VOLUME = 'phases.zarr';
/** Names of what this step leaves in its own result. */
export const PYRAMID_VOLUME = 'pyramid.zarr';
export const MAXIMA_VOLUME = 'maxima.zarr';
/** The coarsest level is the first whose axes are all at most this long. */
const COARSEST = 64;
/** Bytes held for each voxel of a slab while it is coarsened: read, halved, and their like in the reader. */
const BYTES_A_VOXEL = 8;

export interface PyramidResult {
  /** OME-Zarr group with the coarse levels; level 0 is the fraction volume itself. */
  volume: string;
  levels: number[];
  /**
   * OME-Zarr volume of the largest fraction of each phase in cells of `cell` voxels and one voxel around them, and of each phase
   * the eighths of the cell where it can be seen: bit 4·(z half) + 2·(y half) + (x half).
   */
  maxima: string;
  cell: number;
}

/** Exponents of the levels below a volume of `shape`: at least one, until no axis is longer than 64. */
export function coarseLevels(shape: Triple): number[] {
  const levels = [1];
  while (Math.max(...shape) / 2 ** levels.at(-1)! > COARSEST) levels.push(levels.at(-1)! + 1);
  return levels;
}

/** Takes the planes of level 0 in order and writes every coarse level as soon as it has two planes to average. */
class Ladder {
  readonly #writer: ZarrWriter;
  readonly #shape: Triple;
  readonly #channels: number;
  readonly #threads: number;
  /** By level: the odd plane of the level above that waits for its partner, and the planes written. */
  readonly #rungs: { waiting: Counts | Fixed | null; written: number }[];

  constructor(writer: ZarrWriter, threads: number) {
    this.#writer = writer;
    this.#shape = writer.spec.shape;
    this.#channels = writer.spec.channels.length;
    this.#threads = threads;
    this.#rungs = writer.spec.levels!.map(() => ({ waiting: null, written: 0 }));
  }

  /** Planes of the level above `exponent`: counts of level 0, of others 1/256 of a count; `last` says that no more follow. */
  async feed(planes: Counts | Fixed, last: boolean, exponent = 1): Promise<void> {
    const rung = this.#rungs[exponent - 1];
    if (!rung) return;
    const [, ny, nx] = this.#shape.map((n) => Math.ceil(n / 2 ** (exponent - 1))) as Triple;
    const plane = ny * nx * this.#channels;
    const all = rung.waiting ? joined(rung.waiting, planes) : planes;
    const odd = (all.length / plane) % 2 === 1 && !last;
    rung.waiting = odd ? all.slice(-plane) : null;
    const even = odd ? all.subarray(0, all.length - plane) : all;
    if (even.length === 0) return;
    const shape: Triple = [even.length / plane, ny, nx];
    const [channels, threads] = [this.#channels, this.#threads];
    const means =
      even instanceof Uint8Array
        ? await binFine(even, shape, channels, threads)
        : await bin(even, shape, channels, threads);
    await this.#writer.writeSlab(rung.written, rounded(means), exponent);
    rung.written += binnedShape(shape)[0];
    await this.feed(means, last, exponent + 1);
  }
}

type Counts = Uint8Array<ArrayBuffer>;
/** Fractions in 1/256 of a count: means of means stay true over many levels. */
type Fixed = Uint16Array<ArrayBuffer>;

/** Whole counts, halves to even. */
function rounded(values: Fixed): Uint8Array<ArrayBuffer> {
  const counts = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) counts[i] = (values[i]! + 127 + ((values[i]! >> 8) & 1)) >> 8;
  return counts;
}

function joined<T extends Counts | Fixed>(first: T, second: T): T {
  const both = new (first.constructor as new (length: number) => T)(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Takes the planes of level 0 in order and writes the maxima and the eighths seen a layer of cells at a time. */
class CellLayers {
  readonly #writer: ZarrWriter;
  readonly #depth: number;
  readonly #cell: number;
  readonly #channels: number;
  readonly #layers = new Map<number, Uint8Array<ArrayBuffer>>();

  /** `depth` planes come; a cell has `cell` of them. */
  constructor(writer: ZarrWriter, depth: number, cell: number, channels: number) {
    this.#writer = writer;
    this.#depth = depth;
    this.#cell = cell;
    this.#channels = channels;
  }

  /** `cells` are the maxima of the planes z0 … . A layer ends one plane after its cells, for the voxel around them. */
  async feed(z0: number, cells: Uint8Array<ArrayBuffer>, planes: number): Promise<void> {
    const size = cells.length / planes;
    for (let z = z0; z < z0 + planes; z++) {
      const half = this.#cell / 2;
      const own = Math.floor(z / half);
      const plane = cells.subarray((z - z0) * size, (z - z0 + 1) * size);
      if (z % half === 0 && own > 0) this.#raise(own - 1, plane);
      this.#raise(own, plane);
      if (z % half === half - 1 && z + 1 < this.#depth) this.#raise(own + 1, plane);
      const cell = Math.floor(z / this.#cell);
      if (z % this.#cell === 0 && cell > 0) await this.#end(cell - 1);
      if (z === this.#depth - 1) await this.#end(cell);
    }
  }

  /** Takes a plane into half a layer of cells. */
  #raise(half: number, plane: Uint8Array<ArrayBuffer>): void {
    const layer = half >> 1;
    const held = this.#layers.get(layer) ?? new Uint8Array(plane.length);
    this.#layers.set(layer, held);
    const shift = (half & 1) * 4;
    const n = this.#channels;
    for (let i = 0; i < held.length; i += 2 * n)
      for (let c = i; c < i + n; c++) {
        if (plane[c]! > held[c]!) held[c] = plane[c]!;
        held[c + n]! |= plane[c + n]! << shift;
      }
  }

  async #end(layer: number): Promise<void> {
    await this.#writer.writeSlab(layer, this.#layers.get(layer)!);
    this.#layers.delete(layer);
  }
}

/** Planes a slab may have: whole chunks where memory allows, a layer of cells at least. */
function slabDepth({ spec }: ZarrVolume, memoryBytes: number, cell: number): number {
  const planeBytes = spec.shape[1] * spec.shape[2] * spec.channels.length * BYTES_A_VOXEL;
  let depth = spec.chunk!;
  while (depth > cell && depth * planeBytes > memoryBytes) depth /= 2;
  return depth;
}

/**
 * Coarse levels of a scan's phase fractions, each the mean of 2×2×2 voxels of the finer one and never of labels, and
 * the largest fraction of each phase in cells of 4 or 8 voxels, with the eighths of each cell where it is seen. One pass over the fractions, a slab at a time.
 */
export const pyramid: StepDefinition<Record<string, never>, PyramidResult> = {
  name: 'pyramid',
  version: 3,
  title: 'Making coarse levels',
  scope: 'scan',
  params: () => ({}),
  needs: (_recipe, _series, scan) => ({ phases: { step: 'phases', scan } }),
  reads: () => [],
  async run(context) {
    const fine = await openZarr(join(context.result('phases').directory, PHASES_VOLUME));
    const { shape, voxelSizeUm, channels, name } = fine.spec;
    const levels = coarseLevels(shape);
    const cell = cellEdge(shape);
    const coarse = await createZarr(join(context.directory, PYRAMID_VOLUME), {
      name,
      type: 'uint8',
      shape,
      voxelSizeUm,
      levels,
      channels,
      downscaling: 'mean',
      attributes: { level0: PHASES_VOLUME },
    });
    const maxima = await createZarr(join(context.directory, MAXIMA_VOLUME), {
      name: `${name}, largest fraction in cells of ${cell} voxels`,
      type: 'uint8',
      shape: shape.map((n) => Math.ceil(n / cell)) as Triple,
      voxelSizeUm: voxelSizeUm.map((um) => um * cell) as Triple,
      channels: [
        ...channels,
        ...channels.map(({ label, ...shown }) => ({ ...shown, label: `${label}, eighths seen` })),
      ],
      attributes: { cell, around: 1, least: [...LEAST_SHOWN_PHASES] },
    });
    try {
      const ladder = new Ladder(coarse, context.threads);
      const cells = new CellLayers(maxima, shape[0], cell, channels.length);
      const cellsOf = (slab: Uint8Array<ArrayBuffer>, extent: Triple) =>
        planeMaxima(slab, extent, channels.length, cell, LEAST_SHOWN_PHASES, context.threads);
      const depth = slabDepth(fine, context.memoryBytes, cell);
      for (let z = 0; z < shape[0]; z += depth) {
        context.signal.throwIfAborted();
        const planes = Math.min(depth, shape[0] - z);
        const extent: Triple = [planes, shape[1], shape[2]];
        const slab = (await fine.readBlock([z, 0, 0], extent)) as Uint8Array<ArrayBuffer>;
        await ladder.feed(slab, z + planes === shape[0]);
        await cells.feed(z, await cellsOf(slab, extent), planes);
        release(slab);
        context.progress((z + planes) / shape[0]);
      }
      await coarse.close();
      await maxima.close();
    } catch (error) {
      await coarse.abandon();
      await maxima.abandon();
      throw error;
    }
    return { volume: PYRAMID_VOLUME, levels, maxima: MAXIMA_VOLUME, cell };
  },
};
