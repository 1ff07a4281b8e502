import { type GL, type Texture, texture, write } from './gl/context.ts';
import { SLOT } from './grid.ts';
import type { Voxels } from './source.ts';

/** A larger texture loses the context on some drivers without a word. */
const MOST_BYTES = 512 * 2 ** 20;
const MOST_SLOTS_AN_AXIS = 8;

/** Slots along x, y, z for at least `wanted` bricks within `bytes`, never more than a texture may have. */
export function atlasSlots(wanted: number, bytes: number, voxelBytes: number): [number, number, number] {
  const most = Math.floor(Math.min(bytes, MOST_BYTES) / (SLOT ** 3 * voxelBytes));
  const count = Math.max(1, Math.min(wanted, most, MOST_SLOTS_AN_AXIS ** 3));
  const x = Math.min(MOST_SLOTS_AN_AXIS, count);
  const y = Math.min(MOST_SLOTS_AN_AXIS, Math.max(1, Math.floor(count / x)));
  return [x, y, Math.max(1, Math.min(MOST_SLOTS_AN_AXIS, Math.floor(count / (x * y))))];
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

/** Bricks with their aprons in one 3D texture. */
export class Atlas {
  readonly slots: Slots;
  readonly grid: readonly [number, number, number];
  readonly texture: Texture;
  readonly #gl: GL;

  constructor(gl: GL, grid: readonly [number, number, number], format: 'rgba8' | 'rg8') {
    this.#gl = gl;
    this.grid = grid;
    this.slots = new Slots(grid[0] * grid[1] * grid[2]);
    this.texture = texture(gl, format, [grid[0] * SLOT, grid[1] * SLOT, grid[2] * SLOT]);
  }

  #place(slot: number): readonly [number, number, number] {
    const [nx, ny] = this.grid;
    return [slot % nx, Math.floor(slot / nx) % ny, Math.floor(slot / (nx * ny))];
  }

  /** A slot as the shader reads it: x, y, z in three bits each. */
  address(slot: number): number {
    const [x, y, z] = this.#place(slot);
    return x | (y << 3) | (z << 6);
  }

  upload(slot: number, voxels: Voxels): void {
    const at = this.#place(slot);
    const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
    write(this.#gl, this.texture, bytes, [at[0] * SLOT, at[1] * SLOT, at[2] * SLOT], [SLOT, SLOT, SLOT]);
  }

  release(): void {
    this.#gl.deleteTexture(this.texture.handle);
  }
}
