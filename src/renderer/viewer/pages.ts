import type { Triple } from '../../core/geometry.ts';
import { bricksOf, product } from './grid.ts';

/** What a page shows: nothing, a brick of the atlas, one colour of the palette, or the floor. */
export const NOTHING = 0;
export const IN_ATLAS = 1;
export const OF_PALETTE = 2;
export const IN_FLOOR = 3;

const ABSENT = 0xffff_ffff;

/** Where the bricks of one level of one scan are; `kind`, `index` of its slot or palette entry. */
class LevelPages {
  readonly grid: Triple;
  readonly entries: Uint32Array;

  constructor(shape: Triple, level: number) {
    this.grid = bricksOf(shape, level);
    this.entries = new Uint32Array(product(this.grid)).fill(ABSENT);
  }

  at([z, y, x]: Triple): number {
    return (z * this.grid[1] + y) * this.grid[2] + x;
  }
}

/**
 * The page table of one scan: for every brick of level 0 the finest one that is there and holds it. Texels are four bytes:
 * index low, index high, level, kind.
 */
export class PageTable {
  readonly grid: Triple;
  /** RGBA8UI texels, x fastest. */
  readonly texels: Uint8Array<ArrayBuffer>;
  readonly #levels: LevelPages[];
  readonly #resolved: Uint32Array[];

  /** `levels`: those finer than the floor. */
  constructor(shape: Triple, levels: number) {
    this.#levels = Array.from({ length: Math.max(1, levels) }, (_, level) => new LevelPages(shape, level));
    this.#resolved = this.#levels.map(({ entries }) => new Uint32Array(entries.length));
    this.grid = this.#levels[0]!.grid;
    this.texels = new Uint8Array(product(this.grid) * 4);
  }

  put(level: number, place: Triple, kind: number, index: number): void {
    const pages = this.#levels[level]!;
    pages.entries[pages.at(place)] = (index | (level << 16) | (kind << 24)) >>> 0;
  }

  remove(level: number, place: Triple): void {
    const pages = this.#levels[level]!;
    pages.entries[pages.at(place)] = ABSENT;
  }

  /** Writes `texels`; `empty` marks pages of level 0 that show nothing. Returns the finest and coarsest level that pages show. */
  resolve(floorLevel: number, empty: Uint8Array | null): { finest: number; coarsest: number } {
    const floor = (floorLevel << 16) | (IN_FLOOR << 24);
    for (let level = this.#levels.length - 1; level >= 0; level--) this.#inherit(level, floor);
    const pages = this.#resolved[0]!;
    let finest = floorLevel;
    let coarsest = 0;
    for (let i = 0, to = 0; i < pages.length; i++, to += 4) {
      const page = empty?.[i] ? 0 : pages[i]!;
      const level = (page >>> 16) & 255;
      if (page !== 0) {
        finest = Math.min(finest, level);
        coarsest = Math.max(coarsest, level);
      }
      this.texels[to] = page & 255;
      this.texels[to + 1] = (page >>> 8) & 255;
      this.texels[to + 2] = level;
      this.texels[to + 3] = page >>> 24;
    }
    return { finest, coarsest };
  }

  #inherit(level: number, floor: number): void {
    const { grid, entries } = this.#levels[level]!;
    const out = this.#resolved[level]!;
    const parent = this.#levels[level + 1];
    const above = this.#resolved[level + 1];
    let i = 0;
    for (let z = 0; z < grid[0]; z++)
      for (let y = 0; y < grid[1]; y++)
        for (let x = 0; x < grid[2]; x++, i++) {
          const own = entries[i]!;
          if (own !== ABSENT) out[i] = own;
          else if (parent && above) out[i] = above[parent.at([z >> 1, y >> 1, x >> 1])]!;
          else out[i] = floor;
        }
  }
}
