import type { LayerInfo } from '../../contract/app.ts';
import type { Triple } from '../../core/geometry.ts';
import type { GpuBudget } from './budget.ts';
import { boundsOf, distances } from './cells.ts';
import { type GL, type Texture, texture, write } from './gl/context.ts';
import { levelWithShape } from './grid.ts';
import { Reads } from './reads.ts';
import { type Blocks, blocksOf } from './silhouette.ts';
import type { Block, LayerName, Maxima, VoxelSource, Voxels } from './source.ts';

/** The coarse form of one scan's layer, always on the GPU once it came. */
export interface Floor {
  scan: number;
  info: LayerInfo;
  level: number;
  texture: Texture;
  maxima: Maxima | null;
}

/** What of a volume can be skipped, for what is shown of it. */
export interface SkipMap {
  /** Cells to the nearest that can show something. */
  map: Uint8Array<ArrayBuffer>;
  shape: Triple;
  /** Box around all cells that can show something, half open. */
  bounds: { low: Triple; high: Triple };
  /** Cubes around what can be seen. */
  blocks: Blocks;
  texture: Texture;
}

interface Arrived {
  info: LayerInfo;
  block: Block;
  maxima: Maxima | null;
}

const AT_ONCE = 2;
/** Projected anew for each picture. */
const MOST_BLOCKS = 8192;

/** The coarse forms of a series, one layer: fetched from the scan shown outwards, and given up from the far end. */
export class Floors {
  readonly #gl: GL;
  readonly #layer: LayerName;
  readonly #source: VoxelSource;
  readonly #budget: GpuBudget;
  readonly #held = new Map<number, Floor>();
  readonly #skips = new Map<number, { key: string; skip: SkipMap }>();
  readonly #reads: Reads<Arrived>;
  readonly #changed: () => void;
  readonly #refused = new Set<number>();
  #order: readonly number[] = [];
  #least: readonly number[] | null = null;

  constructor(
    gl: GL,
    layer: LayerName,
    source: VoxelSource,
    budget: GpuBudget,
    changed: () => void,
    failed: (error: Error) => void,
  ) {
    this.#gl = gl;
    this.#layer = layer;
    this.#source = source;
    this.#budget = budget;
    this.#changed = changed;
    this.#reads = new Reads(AT_ONCE, (key, arrived) => this.#take(Number(key), arrived), failed);
  }

  get scans(): number[] {
    return [...this.#held.keys()];
  }
  get pending(): number {
    return this.#reads.pending;
  }
  of(scan: number): Floor | undefined {
    return this.#held.get(scan);
  }

  /** Fetches what is missing of `scans`, the first first. */
  want(scans: readonly number[]): void {
    this.#order = scans;
    const missing = scans.filter((scan) => !this.#held.has(scan) && !this.#refused.has(scan));
    this.#reads.want(missing.map((scan) => ({ key: String(scan), run: (signal) => this.#read(scan, signal) })));
  }

  async #read(scan: number, signal: AbortSignal): Promise<Arrived> {
    const [info, block, maxima] = await Promise.all([
      this.#source.info(scan, this.#layer, signal),
      this.#source.floor(scan, this.#layer, signal),
      // Without maxima all is drawn, only slower.
      this.#layer === 'phases' ? this.#source.maxima(scan, signal).catch(() => null) : null,
    ]);
    return { info, block, maxima };
  }

  #take(scan: number, { info, block, maxima }: Arrived): void {
    const level = levelWithShape(info.shape, block.shape);
    if (level === null) throw new Error(`The coarse form of scan ${scan} does not belong to its volume`);
    const format = this.#layer === 'phases' ? 'rgba8' : 'rg8';
    const [z, y, x] = block.shape;
    this.#makeRoom(z * y * x * (this.#layer === 'phases' ? 4 : 2), scan);
    const picture = texture(this.#gl, format, [x, y, z]);
    write(this.#gl, picture, bytesOf(block.voxels));
    this.#budget.take(picture.bytes);
    this.#held.set(scan, { scan, info, level, texture: picture, maxima });
    // Made now, so that a scan is there in one frame when it is chosen.
    if (this.#least) this.skipMap(scan, this.#least);
    this.#changed();
  }

  /** Gives up the scans wanted last while there is no room; those not wanted at all first. */
  #makeRoom(bytes: number, scan: number): void {
    const rank = (s: number) => {
      const at = this.#order.indexOf(s);
      return at < 0 ? Number.POSITIVE_INFINITY : at;
    };
    const far = [...this.#held.keys()].sort((a, b) => rank(b) - rank(a));
    for (const other of far) {
      if (this.#budget.left >= bytes) return;
      if (rank(other) === 0) return;
      if (rank(other) < rank(scan)) break;
      this.#drop(other);
    }
    if (this.#budget.left < bytes && rank(scan) > 0) this.#refused.add(scan);
  }

  #drop(scan: number): void {
    const floor = this.#held.get(scan)!;
    this.#held.delete(scan);
    this.#gl.deleteTexture(floor.texture.handle);
    this.#budget.give(floor.texture.bytes);
    this.#dropSkip(scan);
  }

  #dropSkip(scan: number): void {
    const held = this.#skips.get(scan);
    if (!held) return;
    this.#skips.delete(scan);
    this.#gl.deleteTexture(held.skip.texture.handle);
    this.#budget.give(held.skip.texture.bytes);
  }

  /** The distance map of a scan for the smallest counts that can show; null where its maxima are not known. */
  skipMap(scan: number, least: readonly number[]): SkipMap | null {
    const maxima = this.#held.get(scan)?.maxima;
    if (!maxima) return null;
    this.#least = least;
    const key = least.join();
    const held = this.#skips.get(scan);
    if (held?.key === key) return held.skip;
    this.#dropSkip(scan);
    const [z, y, x] = maxima.shape;
    const map = distances(maxima, least);
    const picture = texture(this.#gl, 'r8ui', [x, y, z]);
    write(this.#gl, picture, map);
    this.#budget.take(picture.bytes);
    const skip = {
      map,
      shape: maxima.shape,
      bounds: boundsOf(map, maxima.shape),
      blocks: blocksOf(map, maxima.shape, MOST_BLOCKS),
      texture: picture,
    };
    this.#skips.set(scan, { key, skip });
    return skip;
  }

  release(): void {
    this.#reads.cancel();
    for (const scan of this.scans) this.#drop(scan);
  }
}

function bytesOf(voxels: Voxels): Uint8Array<ArrayBuffer> {
  return new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
}
