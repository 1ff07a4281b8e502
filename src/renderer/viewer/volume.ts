import type { Triple } from '../../core/geometry.ts';
import { Atlas, atlasSlots, PALETTE } from './atlas.ts';
import type { GpuBudget } from './budget.ts';
import { isEmpty, type Least, reachOf } from './cells.ts';
import { type Floor, Floors, type SkipMap } from './floors.ts';
import { type GL, type Texture, texture, write } from './gl/context.ts';
import { bricksOf, levelShape, product } from './grid.ts';
import { PageTable } from './pages.ts';
import { type Read, Reads } from './reads.ts';
import type { LayerName, VoxelSource, Voxels } from './source.ts';
import { type BrickPlace, type Sight, wantedBricks } from './wanted.ts';

/** A voxel that shows nothing, as the palette knows it. */
const NOTHING = '0,0,0,0';
const AT_ONCE = 4;
/** Room for the bricks of this many scans at once, where the budget allows. */
const SCANS_KEPT = 3;

interface Stored {
  scan: number;
  level: number;
  place: Triple;
}
const keyOf = ({ scan, level, place }: Stored) => `${scan}/${level}/${place.join('.')}`;
function storedOf(key: string): Stored {
  const [scan, level, place] = key.split('/') as [string, string, string];
  return { scan: Number(scan), level: Number(level), place: place.split('.').map(Number) as Triple };
}

/** The value that all voxels of a brick share, as its bytes; null where they differ. */
function sameVoxel(voxels: Voxels): number[] | null {
  const [wide, bytes] =
    voxels instanceof Uint16Array
      ? [voxels, 2]
      : [new Uint32Array(voxels.buffer, voxels.byteOffset, voxels.length / 4), 4];
  const first = wide[0]!;
  for (let i = 1; i < wide.length; i++) if (wide[i] !== first) return null;
  return Array.from({ length: 4 }, (_, i) => (i < bytes ? (first >>> (8 * i)) & 255 : 0));
}

/** The page table of the scan shown, and for what of it. */
interface ScanPages {
  scan: number;
  table: PageTable;
  texture: Texture;
  dirty: boolean;
  levels: ReturnType<PageTable['resolve']>;
  /** What the texture leaves out. */
  seen: string;
}

/** The smallest counts of a volume that can show; null where all has to be there, as for slices. */
export type Seen = ((floor: Floor) => Least) | null;

/** What the shader needs of a layer for one frame. */
export interface DrawnVolume {
  floor: Floor;
  textures: Record<'Atlas' | 'Floor' | 'Pages', Texture>;
  skip: SkipMap | null;
  /** Cells a sample can reach beyond its own. */
  reach: number;
  /** Finest level that any page shows. */
  finest: number;
  /** Whether any page shows the floor. */
  readsFloor: boolean;
}

export interface VolumeOptions {
  gl: GL;
  layer: LayerName;
  source: VoxelSource;
  voxelSizeUm: Triple;
  budget: GpuBudget;
  /** Bytes the atlas may take. */
  atlasBytes: number;
  /** Fewer slots than the budget has room for. */
  mostSlots?: number | undefined;
  /** Draws from the bricks that the view wants and from no others, whatever was looked at before. */
  exact: boolean;
  changed: () => void;
  failed: (error: Error) => void;
}

/** One layer of the series on the GPU: floors of every scan, an atlas of bricks, and the page table of the scan shown. */
export class Volume {
  readonly layer: LayerName;
  readonly floors: Floors;
  readonly #options: VolumeOptions;
  readonly #reads: Reads<Voxels>;
  readonly #arrived = new Map<string, Voxels>();
  /** Bricks of one colour by key: their place in the palette. */
  readonly #same = new Map<string, number>();
  readonly #palette = new Map<string, number>([[NOTHING, 0]]);
  #atlas: Atlas | null = null;
  #pages: ScanPages | null = null;
  #wanted: BrickPlace[] = [];
  #wantedScan = -1;
  #wantedKeys = new Set<string>();
  /** Of an exact volume: the order of its wanted bricks. */
  #ranks = new Map<string, number>();
  #time = 0;
  /** Milliseconds that uploads took, and their number. */
  uploads = { count: 0, ms: 0 };

  constructor(options: VolumeOptions) {
    this.#options = options;
    this.layer = options.layer;
    const { gl, source, budget, changed, failed } = options;
    this.floors = new Floors(gl, options.layer, source, budget, changed, failed);
    this.#reads = new Reads(
      AT_ONCE,
      (key, voxels) => {
        this.#arrived.set(key, voxels);
        changed();
      },
      failed,
    );
  }

  /** Bricks wanted that are not there yet, those on their way included. */
  get missing(): number {
    return this.#wanted.filter((brick) => !this.#has(this.#wantedScan, brick)).length;
  }
  /** Their names: scan, level and place. */
  get missingNames(): string[] {
    const missing = this.#wanted.filter((brick) => !this.#has(this.#wantedScan, brick));
    return missing.map(({ level, place }) => `${this.layer}/${keyOf({ scan: this.#wantedScan, level, place })}`);
  }
  get resident(): number {
    return this.#atlas?.slots.taken ?? 0;
  }
  get capacity(): number {
    return this.#atlas?.slots.capacity ?? 0;
  }
  get waitingUploads(): number {
    return this.#arrived.size;
  }

  #has(scan: number, { level, place }: BrickPlace): boolean {
    const key = keyOf({ scan, level, place });
    if (this.#same.has(key)) return true;
    const slot = this.#atlas?.slots.of(key);
    return slot !== undefined && (!this.#options.exact || slot === this.#slotOf({ scan, level, place }, key));
  }

  /** Those of `scans` for which every brick that the last view wanted is there; a floor at full resolution wants none. */
  complete(scans: readonly number[]): number[] {
    return scans.filter((scan) => {
      if (this.floors.of(scan)?.level === 0) return true;
      return this.#wanted.length > 0 && this.#wanted.every((brick) => this.#has(scan, brick));
    });
  }

  /** Bricks that a view of a scan needs beyond its floor. */
  #needed(scan: number, sight: Sight, low: Triple, high: Triple, seen: Seen): BrickPlace[] {
    const floor = this.floors.of(scan);
    if (!floor || floor.level === 0) return [];
    const skip = seen && this.floors.skipMap(scan, seen);
    return wantedBricks(sight, {
      shape: floor.info.shape,
      voxelSizeUm: this.#options.voxelSizeUm,
      floor: floor.level,
      low,
      high,
      empty: (level, place) => skip?.level === 0 && isEmpty(skip.map, skip.shape, skip.cell, level, place),
      most: Math.max(1, Math.floor(this.#atlasOf(floor).slots.capacity * 0.9)),
    });
  }
  /** Asks for what a view of `scan` needs, then for what one of `next` would need; cancels all else. */
  want(scan: number, next: number | null, sight: Sight, low: Triple, high: Triple, seen: Seen): void {
    this.#time++;
    this.#wanted = this.#needed(scan, sight, low, high, seen);
    this.#wantedScan = scan;
    if (this.#options.exact) this.#forgetOthers(scan);
    if (seen) this.floors.refine(scan);
    const reads = this.#missingReads(scan, this.#wanted);
    if (next !== null && reads.length === 0 && this.floors.of(next)) {
      const ahead = this.#needed(next, sight, low, high, seen);
      if (this.#wanted.length + ahead.length <= this.capacity) reads.push(...this.#missingReads(next, ahead));
    }
    const keys = new Set(reads.map(({ key }) => key));
    for (const key of this.#arrived.keys()) if (!keys.has(key)) this.#arrived.delete(key);
    this.#reads.want(reads.filter(({ key }) => !this.#arrived.has(key)));
  }

  #missingReads(scan: number, bricks: readonly BrickPlace[]): Read<Voxels>[] {
    const reads: Read<Voxels>[] = [];
    for (const brick of bricks) {
      const key = keyOf({ scan, ...brick });
      this.#atlas?.slots.touch(key, this.#time);
      if (this.#has(scan, brick)) continue;
      const { level, place } = brick;
      reads.push({ key, run: (signal) => this.#options.source.brick(scan, this.layer, level, place, signal) });
    }
    return reads;
  }

  /** Stops asking, as while another scan may be chosen at any moment. */
  rest(): void {
    this.#reads.cancel();
  }

  /** Takes arrived bricks in until `until` (performance.now); returns whether any was. */
  upload(until: number): boolean {
    let some = false;
    for (const [key, voxels] of this.#arrived) {
      if (some && performance.now() >= until) break;
      const start = performance.now();
      this.#arrived.delete(key);
      this.#take(storedOf(key), key, voxels);
      this.uploads.ms += performance.now() - start;
      this.uploads.count++;
      some = true;
    }
    return some;
  }

  #take(stored: Stored, key: string, voxels: Voxels): void {
    const floor = this.floors.of(stored.scan);
    if (!floor) return;
    const atlas = this.#atlasOf(floor);
    const same = sameVoxel(voxels);
    const { exact } = this.#options;
    const entry = same && (!exact || same.join() === NOTHING) ? this.#paletteEntry(atlas, same) : null;
    if (entry !== null) {
      this.#same.set(key, entry);
      if (this.#pages?.scan === stored.scan && this.#shows(key)) this.#show(stored, atlas.paletteStart(entry), true);
      return;
    }
    const placed = exact ? this.#placeExactly(atlas, stored, key) : atlas.slots.place(key, this.#time);
    if (!placed) return;
    if (placed.left !== null) this.#forget(storedOf(placed.left));
    atlas.upload(placed.slot, voxels);
    if (this.#pages?.scan === stored.scan && this.#shows(key)) this.#show(stored, atlas.start(placed.slot));
  }

  #shows(key: string): boolean {
    return !this.#options.exact || this.#wantedKeys.has(key);
  }

  /**
   * The slot of a brick that depends on nothing but the bricks wanted: where a brick lies in the atlas changes the last bits of what is
   * read from it. Where there is room for all bricks of a scan each has its own; else they stand in the order of their names.
   */
  #slotOf({ scan, level, place: [z, y, x] }: Stored, key: string): number | null {
    const floor = this.floors.of(scan);
    const capacity = this.#atlas?.slots.capacity ?? 0;
    if (!floor) return null;
    let before = 0;
    let all = 0;
    for (let k = 0; k < floor.level; k++) {
      const count = product(bricksOf(floor.info.shape, k));
      if (k < level) before += count;
      all += count;
    }
    if (all > capacity) return this.#ranks.get(key) ?? null;
    const [, ny, nx] = bricksOf(floor.info.shape, level);
    return (scan % Math.floor(capacity / all)) * all + before + (z * ny + y) * nx + x;
  }

  /** Pages are made anew where another set of bricks is wanted. */
  #forgetOthers(scan: number): void {
    const keys = new Set(this.#wanted.map((brick) => keyOf({ scan, ...brick })).sort());
    this.#ranks = new Map([...keys].map((key, rank) => [key, rank]));
    const same = keys.size === this.#wantedKeys.size && [...keys].every((key) => this.#wantedKeys.has(key));
    this.#wantedKeys = keys;
    if (same || !this.#pages) return;
    this.#options.gl.deleteTexture(this.#pages.texture.handle);
    this.#pages = null;
  }

  #placeExactly(atlas: Atlas, stored: Stored, key: string): { slot: number; left: string | null } | null {
    const slot = this.#slotOf(stored, key);
    return slot === null ? null : { slot, left: atlas.slots.put(key, slot) };
  }

  #show({ level, place }: Stored, start: Triple, same = false): void {
    this.#pages!.table.put(level, place, start, same);
    this.#pages!.dirty = true;
  }

  #forget({ scan, level, place }: Stored): void {
    if (this.#pages?.scan !== scan) return;
    this.#pages.table.remove(level, place);
    this.#pages.dirty = true;
  }

  #paletteEntry(atlas: Atlas, voxel: number[]): number | null {
    const key = voxel.join();
    const known = this.#palette.get(key);
    if (known !== undefined) return known;
    if (this.#palette.size === PALETTE) return null;
    const entry = this.#palette.size;
    this.#palette.set(key, entry);
    atlas.writePalette(entry, voxel);
    return entry;
  }

  #atlasOf(floor: Floor): Atlas {
    if (this.#atlas) return this.#atlas;
    const { gl, atlasBytes, budget, mostSlots } = this.#options;
    let bricks = 0;
    for (let level = 0; level < floor.level; level++) bricks += product(bricksOf(floor.info.shape, level));
    const voxelBytes = this.layer === 'phases' ? 4 : 2;
    const wanted = Math.min(Math.max(1, bricks * SCANS_KEPT), mostSlots ?? Number.POSITIVE_INFINITY);
    const grid = atlasSlots(wanted, atlasBytes, voxelBytes, gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number);
    this.#atlas = new Atlas(gl, grid, voxelBytes === 4 ? 'rgba8' : 'rg8');
    this.#atlas.writePalette(0, [0, 0, 0, 0]);
    budget.take(this.#atlas.texture.bytes);
    return this.#atlas;
  }

  /** What to draw of a scan now; null while its floor is not there. */
  drawn(scan: number, seen: Seen): DrawnVolume | null {
    const floor = this.floors.of(scan);
    if (!floor) return null;
    const known = seen && this.floors.skipMap(scan, seen);
    const pages = this.#pagesOf(floor);
    const key = known?.key ?? '';
    if (pages.dirty || pages.seen !== key) {
      const empty = known?.level === 0 ? emptyPages(known, pages.table.grid) : null;
      pages.levels = pages.table.resolve(floor.level, empty);
      write(this.#options.gl, pages.texture, pages.table.texels);
      pages.dirty = false;
      pages.seen = key;
    }
    const skip = known && known.level <= pages.levels.finest ? known : null;
    const atlas = this.#atlasOf(floor);
    return {
      floor,
      textures: {
        Atlas: atlas.texture,
        Floor: floor.texture,
        Pages: pages.texture,
      },
      skip,
      reach: skip ? reachOf(pages.levels.coarsest - skip.level, skip.cell / 2 ** skip.level) : 0,
      finest: pages.levels.finest,
      readsFloor: pages.levels.floor,
    };
  }

  #pagesOf(floor: Floor): ScanPages {
    if (this.#pages?.scan === floor.scan) return this.#pages;
    if (this.#pages) this.#options.gl.deleteTexture(this.#pages.texture.handle);
    const atlas = this.#atlasOf(floor);
    const table = new PageTable(floor.info.shape, floor.level, atlas.paletteStart(0));
    for (const [key, slot] of atlas.slots.keys()) {
      const { scan, level, place } = storedOf(key);
      if (scan !== floor.scan || !this.#shows(key)) continue;
      if (!this.#options.exact || slot === this.#slotOf({ scan, level, place }, key))
        table.put(level, place, atlas.start(slot));
    }
    for (const [key, entry] of this.#same) {
      const { scan, level, place } = storedOf(key);
      if (scan === floor.scan && this.#shows(key)) table.put(level, place, atlas.paletteStart(entry), true);
    }
    const [z, y, x] = table.grid;
    const picture = texture(this.#options.gl, 'rgba32f', [x, y, z]);
    const levels = { finest: floor.level, coarsest: floor.level, floor: true };
    this.#pages = { scan: floor.scan, table, texture: picture, dirty: true, levels, seen: '' };
    return this.#pages;
  }

  /** Texture coordinates of the floor for a voxel of level 0. */
  static floorScale({ info, level }: Floor): [number, number, number] {
    const [z, y, x] = levelShape(info.shape, level);
    return [1 / (x * 2 ** level), 1 / (y * 2 ** level), 1 / (z * 2 ** level)];
  }

  release(): void {
    const { gl, budget } = this.#options;
    this.#reads.cancel();
    this.floors.release();
    if (this.#atlas) {
      budget.give(this.#atlas.texture.bytes);
      this.#atlas.release();
    }
    if (this.#pages) gl.deleteTexture(this.#pages.texture.handle);
  }
}

function emptyPages({ map, shape, cell }: SkipMap, grid: Triple): Uint8Array {
  const empty = new Uint8Array(product(grid));
  let i = 0;
  for (let z = 0; z < grid[0]; z++)
    for (let y = 0; y < grid[1]; y++)
      for (let x = 0; x < grid[2]; x++) empty[i++] = isEmpty(map, shape, cell, 0, [z, y, x]) ? 1 : 0;
  return empty;
}
