import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Triple } from '../../core/geometry.ts';
import type { Json } from '../../core/step.ts';
import { crc32c } from '../../engine/crc32c.ts';
import { firstUnlike } from '../../engine/unlike.ts';
import { joinedCrc32c } from './joined.ts';
import {
  arrayMetadata,
  CRC_BYTES,
  type FileChecksum,
  groupMetadata,
  indexSlot,
  type Level,
  levelOf,
  MISSING,
  shardPath,
  type ZarrArray,
  type ZarrSpec,
} from './layout.ts';

/** Pieces of chunks that may be on their way to the disk at once: what bounds the writer's own memory. */
const IN_FLIGHT = 8;

/** A chunk of the layer being written. It takes its place in the shard with its first plane that is not like those before. */
interface OpenChunk {
  position: Triple;
  offset: number | null;
  crc: number;
}

class Shard {
  readonly path: string;
  readonly file: FileHandle;
  readonly index: BigUint64Array;
  /** Checksums of the chunks in the order in which they lie in the file. */
  readonly inOrder: OpenChunk[] = [];
  /** Those whose planes are all the same, by the checksum and number of planes. */
  readonly even = new Map<string, { plane: Uint8Array; chunk: OpenChunk }[]>();
  length = 0;
  constructor(path: string, file: FileHandle, slots: number) {
    this.path = path;
    this.file = file;
    this.index = new BigUint64Array(slots * 2).fill(MISSING);
  }
}

class LevelWriter {
  readonly level: Level;
  readonly #directory: string;
  readonly #checksums: FileChecksum[];
  readonly #grid: [number, number];
  #next = 0;
  #chunks: OpenChunk[] = [];
  /** The first plane of the open layer. */
  #plane: Uint8Array;
  #shards = new Map<string, Shard>();
  #spare: Uint8Array[] = [];

  constructor(directory: string, level: Level, checksums: FileChecksum[]) {
    this.#directory = directory;
    this.level = level;
    this.#checksums = checksums;
    this.#plane = new Uint8Array(level.shape[1] * level.shape[2] * level.voxelBytes);
    this.#grid = [Math.ceil(level.shape[1] / level.chunk), Math.ceil(level.shape[2] / level.chunk)];
  }

  /** Planes written so far. */
  get written(): number {
    return this.#next;
  }

  async write(z0: number, voxels: ZarrArray): Promise<void> {
    const { shape, channels, chunk, voxelBytes } = this.level;
    const plane = shape[1] * shape[2] * channels;
    const count = voxels.length / plane;
    if (z0 !== this.#next) throw new RangeError(`slab begins at ${z0}, ${this.#next} comes next`);
    if (!Number.isInteger(count) || count < 1 || z0 + count > shape[0])
      throw new RangeError(
        `slab of ${voxels.length} values is not a whole number of planes that fit in ${shape.join(' × ')}`,
      );
    const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
    const planeBytes = shape[1] * shape[2] * voxelBytes;
    for (let z = z0; z < z0 + count; ) {
      const within = z % chunk;
      if (within === 0) this.#openLayer(z / chunk, bytes.subarray((z - z0) * planeBytes));
      const planes = Math.min(chunk - within, z0 + count - z);
      await this.#writePlanes(bytes.subarray((z - z0) * planeBytes, (z - z0 + planes) * planeBytes), within, planes);
      z += planes;
      this.#next = z;
      if (z % chunk === 0 || z === shape[0]) await this.#closeLayer(z);
    }
  }

  #openLayer(cz: number, slab: Uint8Array): void {
    this.#plane.set(slab.subarray(0, this.#plane.length));
    this.#chunks = [];
    for (let cy = 0; cy < this.#grid[0]; cy++)
      for (let cx = 0; cx < this.#grid[1]; cx++) this.#chunks.push({ position: [cz, cy, cx], offset: null, crc: 0 });
  }

  /** `planes` planes of the open layer of chunks, beginning with the layer's plane `within`. */
  async #writePlanes(slab: Uint8Array, within: number, planes: number): Promise<void> {
    const { shape, chunk, voxelBytes } = this.level;
    const chunkPlane = chunk * chunk * voxelBytes;
    const unlike = await firstUnlike(slab, [planes, shape[1], shape[2]], voxelBytes, chunk, this.#plane);
    // Places are given by first plane, then y, x, so that the file does not depend on how thick the slabs are.
    const starting = this.#chunks
      .map((at, i) => ({ at, first: unlike[i]! }))
      .filter(({ at, first }) => at.offset === null && first < planes)
      .sort((a, b) => a.first - b.first);
    for (const { at } of starting) {
      await this.#place(at);
      await this.#fill(at, within);
    }
    const underWay = new Set<Promise<void>>();
    let failure: unknown = null;
    for (const at of this.#chunks) {
      if (at.offset === null) continue;
      const piece = this.#spare.pop() ?? new Uint8Array(this.level.chunkBytes);
      const part = piece.subarray(0, planes * chunkPlane);
      this.#gather(slab, planes, at, part);
      at.crc = crc32c(part, at.crc);
      const writing: Promise<void> = writeAll(this.#shardOf(at).file, part, at.offset + within * chunkPlane)
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => {
          underWay.delete(writing);
          this.#spare.push(piece);
        });
      underWay.add(writing);
      if (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
      if (failure) break;
    }
    await Promise.all(underWay);
    if (failure) throw failure;
  }

  /** The first plane of a chunk. */
  #firstPlane(at: OpenChunk): Uint8Array {
    const { chunk, voxelBytes } = this.level;
    const plane = new Uint8Array(chunk * chunk * voxelBytes);
    this.#gather(this.#plane, 1, at, plane);
    return plane;
  }

  /** Writes the first `planes` planes of a chunk, which are all the same. */
  async #fill(at: OpenChunk, planes: number): Promise<void> {
    if (planes === 0) return;
    const first = this.#firstPlane(at);
    const piece = new Uint8Array(planes * first.length);
    if (holdsAny(first)) {
      for (let z = 0; z < planes; z++) piece.set(first, z * first.length);
      await writeAll(this.#shardOf(at).file, piece, at.offset!);
    }
    at.crc = crc32c(piece);
  }

  /** Rows and columns of a chunk that lie in the volume. */
  #extentOf({ position: [, cy, cx] }: OpenChunk): [number, number] {
    const { shape, chunk } = this.level;
    return [Math.min(chunk, shape[1] - cy * chunk), Math.min(chunk, shape[2] - cx * chunk)];
  }

  #gather(slab: Uint8Array, planes: number, at: OpenChunk, out: Uint8Array): void {
    const { shape, chunk, voxelBytes } = this.level;
    const [, cy, cx] = at.position;
    const rowBytes = shape[2] * voxelBytes;
    const [rows, columns] = this.#extentOf(at);
    const width = columns * voxelBytes;
    const step = chunk * voxelBytes;
    if (rows < chunk || width < step) out.fill(0);
    for (let z = 0; z < planes; z++)
      for (let y = 0; y < rows; y++) {
        const from = (z * shape[1] + cy * chunk + y) * rowBytes + cx * step;
        out.set(slab.subarray(from, from + width), (z * chunk + y) * step);
      }
  }

  #shardKey({ position }: OpenChunk): Triple {
    return position.map((n) => Math.floor(n / this.level.chunksPerShard)) as Triple;
  }

  #shardOf(chunk: OpenChunk): Shard {
    return this.#shards.get(this.#shardKey(chunk).join('/'))!;
  }

  async #place(chunk: OpenChunk): Promise<void> {
    const shard = await this.#openShard(chunk);
    chunk.offset = shard.length;
    shard.length += this.level.chunkBytes + CRC_BYTES;
    this.#enter(shard, chunk);
    shard.inOrder.push(chunk);
  }

  /** Tells the shard's index where a chunk lies. */
  #enter(shard: Shard, chunk: OpenChunk): void {
    const slot = indexSlot(this.level, chunk.position);
    shard.index[slot * 2] = BigInt(chunk.offset!);
    shard.index[slot * 2 + 1] = BigInt(this.level.chunkBytes + CRC_BYTES);
  }

  /** Places a chunk whose planes are all the same: those of a shard that are like it lie in one place. */
  async #placeEven(chunk: OpenChunk, planes: number): Promise<void> {
    const plane = this.#firstPlane(chunk);
    if (!holdsAny(plane)) return;
    const shard = await this.#openShard(chunk);
    const kind = `${crc32c(plane)} ${planes}`;
    const alike = shard.even.get(kind) ?? [];
    shard.even.set(kind, alike);
    const like = alike.find((other) => Buffer.compare(other.plane, plane) === 0);
    if (like) {
      chunk.offset = like.chunk.offset;
      this.#enter(shard, chunk);
      return;
    }
    alike.push({ plane, chunk });
    await this.#place(chunk);
    await this.#fill(chunk, planes);
    await this.#end(chunk, planes);
  }

  async #openShard(chunk: OpenChunk): Promise<Shard> {
    const key = this.#shardKey(chunk);
    let shard = this.#shards.get(key.join('/'));
    if (!shard) {
      const path = shardPath(this.level, key);
      await mkdir(dirname(join(this.#directory, path)), { recursive: true });
      shard = new Shard(path, await open(join(this.#directory, path), 'wx'), this.level.chunksPerShard ** 3);
      this.#shards.set(key.join('/'), shard);
    }
    return shard;
  }

  /** Fills up a chunk of which so many planes were written, and writes its checksum. */
  async #end(at: OpenChunk, planes: number): Promise<void> {
    const { chunk, chunkBytes, voxelBytes } = this.level;
    const absent = (chunk - planes) * chunk * chunk * voxelBytes;
    if (absent > 0) at.crc = crc32c(new Uint8Array(absent), at.crc);
    await writeAll(this.#shardOf(at).file, littleEndianWord(at.crc), at.offset! + chunkBytes);
  }

  /** Ends the chunks whose last plane is z - 1 and, where the layer of shards ends too, the shards. */
  async #closeLayer(z: number): Promise<void> {
    const { chunk, shard, shape } = this.level;
    const planes = ((z - 1) % chunk) + 1;
    for (const at of this.#chunks)
      if (at.offset !== null) await this.#end(at, planes);
      else await this.#placeEven(at, planes);
    if (z % shard !== 0 && z !== shape[0]) return;
    for (const open of this.#shards.values()) await this.#closeShard(open);
    this.#shards.clear();
  }

  async #closeShard(shard: Shard): Promise<void> {
    const index = new Uint8Array(shard.index.buffer);
    const indexCrc = crc32c(index);
    const tail = new Uint8Array([...index, ...littleEndianWord(indexCrc)]);
    await writeAll(shard.file, tail, shard.length);
    await shard.file.sync();
    await shard.file.close();
    let crc = 0;
    for (const chunk of shard.inOrder) {
      crc = joinedCrc32c(crc, chunk.crc, this.level.chunkBytes);
      crc = crc32c(littleEndianWord(chunk.crc), crc);
    }
    this.#checksums.push({ path: shard.path, bytes: shard.length + tail.length, crc32c: crc32c(tail, crc) });
  }

  /** Closes what is open after a failure. */
  async abandon(): Promise<void> {
    for (const shard of this.#shards.values()) await shard.file.close().catch(() => {});
    this.#shards.clear();
  }
}

function holdsAny(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte !== 0);
}

function littleEndianWord(value: number): Uint8Array {
  return new Uint8Array([value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Writes one OME-Zarr 0.5 volume, each level plane by plane along z. It is not a volume before `close`. */
export class ZarrWriter {
  readonly directory: string;
  readonly spec: ZarrSpec;
  readonly #levels: Map<number, LevelWriter>;
  readonly #checksums: FileChecksum[] = [];
  #queue: Promise<void> = Promise.resolve();

  constructor(directory: string, spec: ZarrSpec) {
    this.directory = directory;
    this.spec = spec;
    this.#levels = new Map(
      (spec.levels ?? [0]).map((k) => [k, new LevelWriter(directory, levelOf(spec, k), this.#checksums)]),
    );
  }

  /**
   * Planes z0 … of level `exponent` (default: the finest), all their rows, the channels of a voxel together. Slabs of any
   * thickness, in order; resolves when the slab may be reused. The file's bytes do not depend on the thickness.
   * Throws RangeError for a slab out of order or of the wrong size, and the system's error when the disk refuses.
   */
  async writeSlab(z0: number, voxels: ZarrArray, exponent?: number): Promise<void> {
    const writer = this.#levels.get(exponent ?? this.spec.levels?.[0] ?? 0);
    if (!writer) throw new RangeError(`level ${exponent} is not in the spec`);
    // One slab at a time: calls that are not awaited still write in their order.
    const turn = this.#queue.then(() => writer.write(z0, voxels));
    this.#queue = turn.catch(() => {});
    await turn;
  }

  /** Syncs everything, writes the metadata with `attributes` added, and returns each file's checksum, sorted by path. */
  async close(attributes: Record<string, Json> = {}): Promise<FileChecksum[]> {
    await this.#queue;
    for (const { level, written } of this.#levels.values())
      if (written !== level.shape[0])
        throw new RangeError(`level ${level.path} ends after ${written} of ${level.shape[0]} planes`);
    const shards = this.#checksums.toSorted(byPath).map(({ path, bytes, crc32c }) => [path, bytes, crc32c] as Json[]);
    for (const { level } of this.#levels.values())
      await this.#writeJson(`${level.path}/zarr.json`, arrayMetadata(level));
    // A deleted shard reads as zeros to every Zarr tool, so the shards there must be are listed.
    await this.#writeJson('zarr.json', groupMetadata(this.spec, { ...this.spec.attributes, ...attributes, shards }));
    await syncFolders(this.directory, this.#checksums);
    return this.#checksums.toSorted(byPath);
  }

  /** Lets go of the files after a failure; what was written stays for the caller to remove. */
  async abandon(): Promise<void> {
    await this.#queue;
    for (const writer of this.#levels.values()) await writer.abandon();
  }

  async #writeJson(path: string, json: Json): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(json, null, 1)}\n`);
    await mkdir(dirname(join(this.directory, path)), { recursive: true });
    await writeFile(join(this.directory, path), bytes, { flush: true });
    this.#checksums.push({ path, bytes: bytes.length, crc32c: crc32c(bytes) });
  }
}

function byPath(a: FileChecksum, b: FileChecksum): number {
  return a.path < b.path ? -1 : 1;
}

async function syncFolders(directory: string, files: FileChecksum[]): Promise<void> {
  const folders = new Set<string>();
  for (const { path } of files)
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  for (const folder of folders) {
    const handle = await open(join(directory, folder), 'r');
    await handle.sync().finally(() => handle.close());
  }
}

/** Begins a volume in the folder `directory`, which is made. Throws RangeError for a spec that cannot be stored. */
export async function createZarr(directory: string, spec: ZarrSpec): Promise<ZarrWriter> {
  const { chunk = 64, shard = 256, levels = [0] } = spec;
  if (!spec.shape.every((n) => Number.isInteger(n) && n > 0))
    throw new RangeError(`shape ${spec.shape.join(' × ')} is empty`);
  if (!Number.isInteger(chunk) || chunk < 1 || shard % chunk !== 0)
    throw new RangeError(`shards of ${shard} do not hold whole chunks of ${chunk}`);
  if (levels.length === 0 || spec.channels.length === 0) throw new RangeError('a volume needs a level and a channel');
  await mkdir(directory, { recursive: true });
  return new ZarrWriter(directory, spec);
}
