import type { Triple } from '../../core/geometry.ts';
import { type GL, type Texture, texture, write } from './gl/context.ts';
import { SLOT } from './grid.ts';
import type { Voxels } from './source.ts';

/** A larger texture loses the context on some drivers without a word. */
const MOST_BYTES = 512 * 2 ** 20;

/**
 * Slots along x, y, z for `wanted` bricks and the palette within `bytes`, never more than a texture may have. They are stacked
 * along z, then y: where textures lie in memory row by row, as in software, the voxels of a brick then lie together.
 */
export function atlasSlots(
  wanted: number,
  bytes: number,
  voxelBytes: number,
  longestAxis: number,
): [number, number, number] {
  const most = Math.floor(Math.min(bytes, MOST_BYTES) / (SLOT ** 3 * voxelBytes));
  const longest = Math.floor(longestAxis / SLOT);
  const count = Math.max(2, Math.min(wanted + 1, most, longest ** 3));
  const z = Math.min(longest, count);
  const y = Math.min(longest, Math.max(1, Math.floor(count / z)));
  return [Math.max(1, Math.min(longest, Math.floor(count / (z * y)))), y, z];
}

/** Colours of bricks that have one all over; the first is nothing. */
export const PALETTE = 256;
const COLOURS_A_ROW = SLOT / 2;

/** Where a colour of the palette is read, x, y, z: each fills 2³ voxels of the last slot, met in their middle. */
export function paletteStart(index: number): Triple {
  return [2 * (index % COLOURS_A_ROW) + 1, 2 * Math.floor(index / COLOURS_A_ROW) + 1, 1];
}

/** Which key lies in which slot; the one least recently wanted makes room. */
export class Slots {
  readonly capacity: number;
  readonly #keys: (string | null)[];
  readonly #wanted: Float64Array;
  readonly #slots = new Map<string, number>();

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#keys = new Array<string | null>(capacity).fill(null);
    this.#wanted = new Float64Array(capacity).fill(-1);
  }

  get taken(): number {
    return this.#slots.size;
  }
  keys(): IterableIterator<[string, number]> {
    return this.#slots.entries();
  }
  of(key: string): number | undefined {
    return this.#slots.get(key);
  }
  /** Says that a key is wanted at `time`. */
  touch(key: string, time: number): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#wanted[slot] = time;
  }
  /** Puts a key into a slot of its own; returns the key that had to leave. */
  put(key: string, slot: number): string | null {
    const left = this.#keys[slot]!;
    if (left === key) return null;
    if (left !== null) this.#slots.delete(left);
    const before = this.#slots.get(key);
    if (before !== undefined) this.#keys[before] = null;
    this.#keys[slot] = key;
    this.#slots.set(key, slot);
    return left;
  }
  /** A slot for a key, and the key that had to leave; null where all are wanted at `time` or later. */
  place(key: string, time: number): { slot: number; left: string | null } | null {
    let slot = -1;
    for (let i = 0; i < this.capacity; i++) {
      if (this.#keys[i] === null) {
        slot = i;
        break;
      }
      if (this.#wanted[i]! < time && (slot < 0 || this.#wanted[i]! < this.#wanted[slot]!)) slot = i;
    }
    if (slot < 0) return null;
    const left = this.#keys[slot]!;
    if (left !== null) this.#slots.delete(left);
    this.#keys[slot] = key;
    this.#slots.set(key, slot);
    this.#wanted[slot] = time;
    return { slot, left };
  }
}

/** Bricks with their aprons in one 3D texture; its last slot holds the palette. */
export class Atlas {
  readonly slots: Slots;
  readonly grid: readonly [number, number, number];
  readonly texture: Texture;
  readonly #gl: GL;

  constructor(gl: GL, grid: readonly [number, number, number], format: 'rgba8' | 'rg8') {
    this.#gl = gl;
    this.grid = grid;
    this.slots = new Slots(grid[0] * grid[1] * grid[2] - 1);
    this.texture = texture(gl, format, [grid[0] * SLOT, grid[1] * SLOT, grid[2] * SLOT]);
  }

  /** First voxel of a slot, x, y, z. */
  #corner(slot: number): Triple {
    const [nx, ny] = this.grid;
    return [SLOT * (slot % nx), SLOT * (Math.floor(slot / nx) % ny), SLOT * Math.floor(slot / (nx * ny))];
  }

  /** First voxel of the brick in a slot, after its apron; x, y, z. */
  start(slot: number): Triple {
    return this.#corner(slot).map((n) => n + 1) as Triple;
  }

  /** Where a colour of the palette is read. */
  paletteStart(index: number): Triple {
    const corner = this.#corner(this.slots.capacity);
    return paletteStart(index).map((n, axis) => n + corner[axis]!) as Triple;
  }

  writePalette(index: number, voxel: readonly number[]): void {
    const bytes = this.texture.format === 'rgba8' ? 4 : 2;
    const all = Uint8Array.from({ length: 8 * bytes }, (_, i) => voxel[i % bytes]!);
    const at = this.paletteStart(index).map((n) => n - 1) as Triple;
    write(this.#gl, this.texture, all, at, [2, 2, 2]);
  }

  upload(slot: number, voxels: Voxels): void {
    const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
    write(this.#gl, this.texture, bytes, this.#corner(slot), [SLOT, SLOT, SLOT]);
  }

  release(): void {
    this.#gl.deleteTexture(this.texture.handle);
  }
}
