import type { Triple } from '../../core/geometry.ts';
import { BRICK, bricksOf, product } from './grid.ts';

const ABSENT = -1;

/** Where each brick of one level lies: voxels of the atlas along x, y, z from which it starts, or one colour's. */
interface LevelPages {
  grid: Triple;
  /** Three numbers a brick; the first is `ABSENT` where it is not there. */
  starts: Int32Array;
  /** 1 where the brick has one colour all over, found at `starts`. */
  same: Uint8Array;
}

/**
 * The page table of one scan: for every brick of level 0 the finest one that is there and holds it, as the map from a place
 * in voxels to the atlas, place · w + xyz: w is 1 / 2^level, 0 for one colour, −1 / 2^level of the floor where the floor is read.
 */
export class PageTable {
  readonly grid: Triple;
  /** RGBA32F texels, x fastest. */
  readonly texels: Float32Array<ArrayBuffer>;
  readonly #levels: LevelPages[];
  readonly #nothing: readonly number[];

  /** `levels`: those finer than the floor; `nothing`: place in the atlas where there is nothing. */
  constructor(shape: Triple, levels: number, nothing: Triple) {
    this.#levels = Array.from({ length: Math.max(1, levels) }, (_, level) => {
      const grid = bricksOf(shape, level);
      const count = product(grid);
      return { grid, starts: new Int32Array(count * 3).fill(ABSENT), same: new Uint8Array(count) };
    });
    this.grid = this.#levels[0]!.grid;
    this.texels = new Float32Array(product(this.grid) * 4);
    this.#nothing = [...nothing, 0];
  }

  #at(level: number, [z, y, x]: Triple): number {
    const { grid } = this.#levels[level]!;
    return (z * grid[1] + y) * grid[2] + x;
  }

  /** A brick lies in the atlas from `start` on (x, y, z; its first own voxel), or has one colour, which is there. */
  put(level: number, place: Triple, start: readonly number[], same = false): void {
    const { starts, same: all } = this.#levels[level]!;
    const at = this.#at(level, place);
    starts.set(start, at * 3);
    all[at] = same ? 1 : 0;
  }

  remove(level: number, place: Triple): void {
    this.#levels[level]!.starts[this.#at(level, place) * 3] = ABSENT;
  }

  /**
   * Writes `texels`; `empty` marks pages of level 0 that show nothing. Returns the finest and coarsest level that pages show, and
   * whether any shows the floor.
   */
  resolve(floorLevel: number, empty: Uint8Array | null): { finest: number; coarsest: number; floor: boolean } {
    let [finest, coarsest, floor] = [floorLevel, 0, false];
    const { grid, texels } = this;
    let i = 0;
    for (let z = 0; z < grid[0]; z++)
      for (let y = 0; y < grid[1]; y++)
        for (let x = 0; x < grid[2]; x++, i++) {
          if (empty?.[i]) {
            texels.set(this.#nothing, i * 4);
            continue;
          }
          let level = 0;
          while (level < this.#levels.length && !this.#write(i * 4, level, z >> level, y >> level, x >> level)) level++;
          if (level === this.#levels.length) {
            texels.fill(0, i * 4, i * 4 + 3);
            texels[i * 4 + 3] = -1 / 2 ** floorLevel;
            floor = true;
            level = floorLevel;
          }
          finest = Math.min(finest, level);
          coarsest = Math.max(coarsest, level);
        }
    return { finest, coarsest, floor };
  }

  /** Writes the texel of a brick; returns whether it is there. */
  #write(to: number, level: number, z: number, y: number, x: number): boolean {
    const { grid, starts, same } = this.#levels[level]!;
    const at = (z * grid[1] + y) * grid[2] + x;
    if (starts[at * 3] === ABSENT) return false;
    const brick = same[at] ? 0 : BRICK;
    this.texels[to] = starts[at * 3]! - brick * x;
    this.texels[to + 1] = starts[at * 3 + 1]! - brick * y;
    this.texels[to + 2] = starts[at * 3 + 2]! - brick * z;
    this.texels[to + 3] = same[at] ? 0 : 1 / 2 ** level;
    return true;
  }
}
