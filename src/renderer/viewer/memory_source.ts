import type { LayerInfo } from '../../contract/app.ts';
import { AXES, type AxisName, cellEdge, LEAST_SHOWN_PHASES, type Triple } from '../../core/geometry.ts';
import { BRICK, floorLevel, levelShape, product, SLOT } from './grid.ts';
import type { Block, LayerName, Maxima, Plane, VoxelSource, Voxels } from './source.ts';

/** Volumes of one scan at full resolution. */
export type MemoryScan = Partial<Record<LayerName, Block>>;

export interface MemoryOptions {
  /** Voxels an axis of the floor at most. */
  floor?: number;
  /** What a count of grey or LVF is worth. */
  scale?: Partial<Record<LayerName, number>>;
  /** Called before every read with its path as over HTTP; may wait, or throw where there is no answer. */
  before?: (path: string, signal: AbortSignal) => void | Promise<void>;
}

const channelsOf = (layer: LayerName) => (layer === 'phases' ? 4 : 1);

/** Half the voxels along each axis, means of 2×2×2; the last of an odd axis is averaged with itself. */
function halved({ shape, voxels }: Block, channels: number): Block {
  const [, ny, nx] = shape;
  const half = levelShape(shape, 1);
  const out = new (voxels.constructor as new (length: number) => Voxels)(product(half) * channels);
  const far = (i: number, n: number) => Math.min(2 * i + 1, n - 1);
  let to = 0;
  for (let z = 0; z < half[0]; z++)
    for (let y = 0; y < half[1]; y++)
      for (let x = 0; x < half[2]; x++) {
        const z1 = far(z, shape[0]);
        const y1 = far(y, ny);
        const x1 = far(x, nx);
        for (let c = 0; c < channels; c++) {
          let sum = 4;
          for (const at of [2 * z, z1])
            for (const row of [2 * y, y1]) {
              const start = (at * ny + row) * nx;
              sum += voxels[(start + 2 * x) * channels + c]! + voxels[(start + x1) * channels + c]!;
            }
          out[to++] = sum >> 3;
        }
      }
  return { shape: half, voxels: out };
}

/** 66³ voxels from 64·place − 1, edges repeated. */
export function brickOf({ shape, voxels }: Block, channels: number, place: Triple): Voxels {
  const [nz, ny, nx] = shape;
  const out = new (voxels.constructor as new (length: number) => Voxels)(SLOT ** 3 * channels);
  const held = (i: number, n: number) => Math.max(0, Math.min(n - 1, i));
  const [z0, y0, x0] = place.map((p) => p * BRICK - 1) as Triple;
  const inside = Math.max(0, Math.min(SLOT, nx - x0) - Math.max(0, -x0));
  const skipped = Math.max(0, -x0);
  let to = 0;
  for (let z = 0; z < SLOT; z++)
    for (let y = 0; y < SLOT; y++, to += SLOT) {
      const row = (held(z0 + z, nz) * ny + held(y0 + y, ny)) * nx;
      const from = (row + x0 + skipped) * channels;
      out.set(voxels.subarray(from, from + inside * channels), (to + skipped) * channels);
      for (let x = 0; x < SLOT; x++) {
        if (x >= skipped && x < skipped + inside) continue;
        const edge = (row + held(x0 + x, nx)) * channels;
        for (let c = 0; c < channels; c++) out[(to + x) * channels + c] = voxels[edge + c]!;
      }
    }
  return out;
}

/** The largest of each channel in cells and one voxel around them. */
export function maximaOf({ shape, voxels }: Block, channels: number, level: number): Maxima {
  const [nz, ny, nx] = shape;
  const cell = cellEdge(shape);
  const grid = shape.map((n) => Math.ceil(n / cell)) as Triple;
  const counts = new (voxels.constructor as new (length: number) => Voxels)(product(grid) * channels);
  const reached = (i: number, n: number): number[] => {
    const own = Math.floor(i / cell);
    const all = [own];
    if (i % cell === 0 && own > 0) all.push(own - 1);
    if (i % cell === cell - 1 && own + 1 < n) all.push(own + 1);
    return all;
  };
  for (let z = 0; z < nz; z++) {
    const layers = reached(z, grid[0]);
    for (let y = 0; y < ny; y++) {
      const rows = reached(y, grid[1]);
      for (let x = 0; x < nx; x++) {
        const from = ((z * ny + y) * nx + x) * channels;
        const columns = reached(x, grid[2]);
        for (let c = 0; c < channels; c++) {
          const value = voxels[from + c]!;
          if (value === 0) continue;
          for (const a of layers)
            for (const b of rows)
              for (const d of columns) {
                const at = ((a * grid[1] + b) * grid[2] + d) * channels + c;
                if (counts[at]! < value) counts[at] = value;
              }
        }
      }
    }
  }
  const eighths = channels === 4 ? eighthsOf({ shape, voxels }, grid, cell) : null;
  return { shape: grid, level, cell, counts, eighths };
}

/** Of each cell and phase the eighths that hold, with one voxel around them, what can be seen. */
function eighthsOf({ shape, voxels }: Block, grid: Triple, cell: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(product(grid) * 4);
  const half = cell / 2;
  const reached = (i: number, axis: number): number[] => {
    const own = Math.floor(i / half);
    const all = [own];
    if (i % half === 0 && own > 0) all.push(own - 1);
    if (i % half === half - 1 && own + 1 < 2 * grid[axis]!) all.push(own + 1);
    return all;
  };
  const [rows, columns] = [1, 2].map((axis) => Array.from({ length: shape[axis]! }, (_, i) => reached(i, axis)));
  for (let z = 0, at = 0; z < shape[0]; z++) {
    const layers = reached(z, 0);
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++)
        for (let c = 0; c < 4; c++, at++) {
          if (voxels[at]! < LEAST_SHOWN_PHASES[c]!) continue;
          for (const a of layers)
            for (const b of rows![y]!)
              for (const d of columns![x]!) {
                const held = (((a >> 1) * grid[1] + (b >> 1)) * grid[2] + (d >> 1)) * 4 + c;
                out[held]! |= 1 << ((a & 1) * 4 + (b & 1) * 2 + (d & 1));
              }
        }
  }
  return out;
}

/** One plane of a block. */
export function planeOf({ shape, voxels }: Block, channels: number, axis: AxisName, index: number): Plane {
  const across = AXES.indexOf(axis);
  const [down, along] = [0, 1, 2].filter((k) => k !== across) as [number, number];
  const strides: Triple = [shape[1] * shape[2], shape[2], 1];
  const out = new (voxels.constructor as new (length: number) => Voxels)(shape[down]! * shape[along]! * channels);
  let to = 0;
  for (let i = 0; i < shape[down]!; i++)
    for (let j = 0; j < shape[along]!; j++) {
      const from = (index * strides[across]! + i * strides[down]! + j * strides[along]!) * channels;
      for (let c = 0; c < channels; c++) out[to++] = voxels[from + c]!;
    }
  return { shape: [shape[down]!, shape[along]!], voxels: out };
}

function countsOf({ voxels }: Block): { range: [number, number]; counts: number[] } {
  const counts = new Array<number>(256).fill(0);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of voxels) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const span = Math.max(1, high - low);
  for (const value of voxels) counts[Math.min(255, Math.floor(((value - low) / span) * 256))]!++;
  return { range: [low, high], counts };
}

/** A series held in memory: for volumes made in the page, and for tests. */
export function memorySource(scans: ReadonlyMap<number, MemoryScan>, options: MemoryOptions = {}): VoxelSource {
  const { floor = 128, before } = options;
  const ladders = new Map<Block, Block[]>();

  function layerOf(scan: number, layer: LayerName): Block {
    const block = scans.get(scan)?.[layer];
    if (!block) throw new RangeError(`Scan ${scan} has no layer ${layer}`);
    return block;
  }
  function levelOf(scan: number, layer: LayerName, level: number): Block {
    const block = layerOf(scan, layer);
    const ladder = ladders.get(block) ?? [block];
    ladders.set(block, ladder);
    while (ladder.length <= level) ladder.push(halved(ladder.at(-1)!, channelsOf(layer)));
    return ladder[level]!;
  }
  async function reading<T>(path: string, signal: AbortSignal, read: () => T): Promise<T> {
    await before?.(path, signal);
    signal.throwIfAborted();
    return read();
  }

  return {
    info: (scan, layer, signal) =>
      reading(`${scan}/${layer}`, signal, (): LayerInfo => {
        const block = layerOf(scan, layer);
        const scale = options.scale?.[layer] ?? 1;
        const { range, counts } = countsOf(block);
        const told = range.map((count) => count * scale) as [number, number];
        return {
          shape: block.shape,
          levels: floorLevel(block.shape, Math.min(BRICK, floor)) + 1,
          brick: BRICK,
          voxels: layer === 'phases' ? 'rgba8' : 'uint16',
          scale,
          offset: 0,
          range: told,
          histogram: { range: told, counts },
        };
      }),
    floor: (scan, layer, signal) =>
      reading(`${scan}/${layer}/floor`, signal, () =>
        levelOf(scan, layer, floorLevel(layerOf(scan, layer).shape, floor)),
      ),
    brick: (scan, layer, level, place, signal) =>
      reading(`${scan}/${layer}/${level}/${place.join('.')}`, signal, () =>
        brickOf(levelOf(scan, layer, level), channelsOf(layer), place),
      ),
    slice: (scan, layer, level, axis, index, signal) =>
      reading(`${scan}/${layer}/${level}/slice/${axis}/${index}`, signal, () =>
        planeOf(levelOf(scan, layer, level), channelsOf(layer), axis, index),
      ),
    maxima: (scan, layer, level, signal) =>
      reading(`${scan}/${layer}/${layer === 'phases' ? 'maxima' : `${level}/cells`}`, signal, () =>
        maximaOf(levelOf(scan, layer, level), channelsOf(layer), level),
      ),
  };
}
