import type { LayerInfo } from '../../contract/app.ts';
import type { Triple } from '../../core/geometry.ts';
import type { GpuBudget } from './budget.ts';
import { boundsOf, distances, eighthsSeen, type Least, solidOnly } from './cells.ts';
import { type GL, type Texture, texture, write } from './gl/context.ts';
import { levelWithShape, product } from './grid.ts';
import { Reads } from './reads.ts';
import { type Blocks, blocksOf } from './silhouette.ts';
import type { Block, LayerName, Maxima, VoxelSource, Voxels } from './source.ts';

/** The coarse form of one scan's layer, always on the GPU once it came. */
export interface Floor {
  scan: number;
  info: LayerInfo;
  level: number;
  texture: Texture;
  /** Those of level 0, or of the floor's level until they are there. */
  maxima: Maxima | null;
}

/** What of a volume can be skipped, for what is shown of it. */
export interface SkipMap {
  /** Cells to the nearest that can show something. */
  map: Uint8Array<ArrayBuffer>;
  shape: Triple;
  /** Of which the cells are; nothing is known of finer ones. */
  level: number;
  /** Edge of a cell, voxels of level 0. */
  cell: number;
  /** Tells maps of one scan apart. */
  key: string;
  /** Box around all cells that can show something, half open. */
  bounds: { low: Triple; high: Triple };
  /** Cubes around what can be seen. */
  blocks: Blocks;
  /**
   * Two distances a cell: to what can show something, and to what is more than fog. Where the second is 0, so is the first, and in
   * its stead stand the eighths of the cell that can show something.
   */
  texture: Texture;
}

interface Arrived {
  info: LayerInfo;
  level: number;
  block: Block;
  maxima: Maxima | null;
}

const AT_ONCE = 2;
/** Voxels of a scan that is read whole to know what is empty in it. */
const MOST_READ = 2 ** 29;
/** Projected anew for each picture. */
const MOST_BLOCKS = 8192;

/** The coarse forms of a series, one layer: fetched from the scan shown outwards, and given up from the far end. */
export class Floors {
  readonly #gl: GL;
  readonly #layer: LayerName;
  readonly #source: VoxelSource;
  readonly #budget: GpuBudget;
  readonly #held = new Map<number, Floor>();
  readonly #skips = new Map<number, SkipMap>();
  readonly #reads: Reads<Arrived>;
  readonly #changed: () => void;
  /** Scans that there was no room for, and how much they take. */
  readonly #refused = new Map<number, number>();
  #order: readonly number[] = [];
  readonly #fine: Reads<Maxima>;
  #least: ((floor: Floor) => Least) | null = null;

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
    this.#fine = new Reads(1, (key, maxima) => this.#takeFine(Number(key), maxima), failed);
  }

  get scans(): number[] {
    return [...this.#held.keys()];
  }
  get pending(): number {
    return this.#reads.pending;
  }
  /** Whether it is still read what is empty at full resolution. */
  get refining(): boolean {
    return this.#fine.pending > 0;
  }
  of(scan: number): Floor | undefined {
    return this.#held.get(scan);
  }

  /** Fetches what is missing of `scans`, the first first. */
  want(scans: readonly number[]): void {
    this.#order = scans;
    const fits = (scan: number) => scan === scans[0] || this.#budget.left >= (this.#refused.get(scan) ?? 0);
    const missing = scans.filter((scan) => !this.#held.has(scan) && fits(scan));
    this.#reads.want(missing.map((scan) => ({ key: String(scan), run: (signal) => this.#read(scan, signal) })));
  }

  async #read(scan: number, signal: AbortSignal): Promise<Arrived> {
    const layer = this.#layer;
    const [info, block] = await Promise.all([
      this.#source.info(scan, layer, signal),
      this.#source.floor(scan, layer, signal),
    ]);
    const level = levelWithShape(info.shape, block.shape);
    if (level === null) throw new Error(`The coarse form of scan ${scan} does not belong to its volume`);
    // Without maxima all is drawn, only slower.
    const maxima = await this.#source.maxima(scan, layer, layer === 'phases' ? 0 : level, signal).catch(() => null);
    return { info, level, block, maxima };
  }

  /** Asks for what is empty in a scan at full resolution, where that is not known and not too much to read. */
  refine(scan: number): void {
    const floor = this.#held.get(scan);
    const wanted = floor?.maxima && floor.maxima.level > 0 && product(floor.info.shape) < MOST_READ;
    const run = (signal: AbortSignal) => this.#source.maxima(scan, this.#layer, 0, signal);
    this.#fine.want(wanted ? [{ key: String(scan), run }] : []);
  }

  #takeFine(scan: number, maxima: Maxima): void {
    const floor = this.#held.get(scan);
    if (!floor) return;
    this.#held.set(scan, { ...floor, maxima });
    this.#dropSkip(scan);
    this.#changed();
  }

  #take(scan: number, { info, level, block, maxima }: Arrived): void {
    const format = this.#layer === 'phases' ? 'rgba8' : 'rg8';
    const [z, y, x] = block.shape;
    if (!this.#makeRoom(z * y * x * (this.#layer === 'phases' ? 4 : 2), scan)) return;
    const picture = texture(this.#gl, format, [x, y, z]);
    write(this.#gl, picture, bytesOf(block.voxels));
    this.#budget.take(picture.bytes);
    this.#held.set(scan, { scan, info, level, texture: picture, maxima });
    // Made now, so that a scan is there in one frame when it is chosen.
    if (this.#least) this.skipMap(scan, this.#least);
    this.#changed();
  }

  /**
   * Gives up the scans wanted last while there is no room, those not wanted at all first; returns whether there is now. The scan that
   * is looked at has room in any case.
   */
  #makeRoom(bytes: number, scan: number): boolean {
    const rank = (s: number) => {
      const at = this.#order.indexOf(s);
      return at < 0 ? Number.POSITIVE_INFINITY : at;
    };
    const far = [...this.#held.keys()].filter((other) => rank(other) > rank(scan));
    for (const other of far.sort((a, b) => rank(b) - rank(a))) {
      if (this.#budget.left >= bytes) break;
      this.#drop(other);
    }
    if (this.#budget.left >= bytes || rank(scan) === 0) return true;
    this.#refused.set(scan, bytes);
    return false;
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
    this.#gl.deleteTexture(held.texture.handle);
    this.#budget.give(held.texture.bytes);
  }

  /** The distance map of a scan for the smallest counts that can show; null where its maxima are not known. */
  skipMap(scan: number, leastOf: (floor: Floor) => Least): SkipMap | null {
    const floor = this.#held.get(scan);
    if (!floor?.maxima) return null;
    this.#least = leastOf;
    const least = leastOf(floor);
    const key = `${floor.maxima.level}/${least.join()}`;
    const held = this.#skips.get(scan);
    if (held?.key === key) return held;
    this.#dropSkip(scan);
    const { shape, level } = floor.maxima;
    const map = distances(floor.maxima, least);
    const solid = least.length > 1 ? distances(floor.maxima, solidOnly(least)) : map;
    const seen = eighthsSeen(floor.maxima, least);
    const cells = new Uint8Array(2 * map.length);
    for (let i = 0; i < map.length; i++) {
      cells[2 * i] = solid[i] === 0 ? seen[i]! : map[i]!;
      cells[2 * i + 1] = solid[i]!;
    }
    const [z, y, x] = shape;
    const picture = texture(this.#gl, 'rg8ui', [x, y, z]);
    write(this.#gl, picture, cells);
    this.#budget.take(picture.bytes);
    const cell = floor.maxima.cell * 2 ** level;
    const blocks = blocksOf(map, shape, cell, MOST_BLOCKS);
    const skip = { map, shape, level, cell, key, bounds: boundsOf(map, shape), blocks, texture: picture };
    this.#skips.set(scan, skip);
    return skip;
  }

  release(): void {
    this.#reads.cancel();
    this.#fine.cancel();
    for (const scan of this.scans) this.#drop(scan);
  }
}

function bytesOf(voxels: Voxels): Uint8Array<ArrayBuffer> {
  return new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
}
