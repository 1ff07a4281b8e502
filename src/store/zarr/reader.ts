import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Failure, isFailure } from '../../core/failure.ts';
import type { Triple } from '../../core/geometry.ts';
import type { Json } from '../../core/step.ts';
import { crc32c } from '../../engine/crc32c.ts';
import {
  arrayOf,
  CRC_BYTES,
  damaged,
  indexBytes,
  indexSlot,
  type Level,
  levelOf,
  MISSING,
  shardPath,
  specOf,
  unsupported,
  type ZarrArray,
  type ZarrSpec,
} from './layout.ts';

/** Where the voxels of an inner chunk lie in a file: chunk³ voxels, z, y, x, channels together, little-endian. */
export interface ChunkPlace {
  path: string;
  offset: number;
  bytes: number;
}

/** A stored volume. Shard indices are read once and kept; files are open only while a block is read. */
export class ZarrVolume {
  readonly directory: string;
  readonly spec: ZarrSpec;
  readonly attributes: Record<string, Json>;
  readonly #levels: Map<number, Level>;
  readonly #indices = new Map<string, Promise<BigUint64Array | null>>();
  /** Bytes each stored shard must have. A shard that is not listed holds only 0. */
  readonly #sizes: Map<string, number>;

  constructor(directory: string, spec: ZarrSpec, attributes: Record<string, Json>) {
    this.directory = directory;
    this.spec = spec;
    this.attributes = attributes;
    this.#levels = new Map(spec.levels!.map((k) => [k, levelOf(spec, k)]));
    this.#sizes = new Map((attributes['shards'] as [string, number, number][]).map(([path, bytes]) => [path, bytes]));
  }

  /** The layout of level `exponent` (default: the finest stored). */
  level(exponent: number = this.spec.levels![0]!): Level {
    const level = this.#levels.get(exponent);
    if (!level) throw new RangeError(`level ${exponent} is not stored in ${this.directory}`);
    return level;
  }

  /**
   * The box [origin, origin + extent) of a level as z, y, x, channels together. Chunks that are read whole are checked
   * against their checksum. Throws RangeError for a box outside the volume, a Failure for damage.
   */
  async readBlock(origin: Triple, extent: Triple, exponent?: number): Promise<ZarrArray> {
    const level = this.level(exponent);
    if (origin.some((from, k) => from < 0 || extent[k]! < 1 || from + extent[k]! > level.shape[k]!))
      throw new RangeError(
        `block ${origin.join(', ')} + ${extent.join(' × ')} leaves the volume of ${level.shape.join(' × ')}`,
      );
    const out = arrayOf(level.type, new ArrayBuffer(extent[0] * extent[1] * extent[2] * level.voxelBytes));
    const bytes = new Uint8Array(out.buffer);
    const low = origin.map((from) => Math.floor(from / level.chunk)) as Triple;
    const high = origin.map((from, k) => Math.floor((from + extent[k]! - 1) / level.chunk)) as Triple;
    const byShard = new Map<string, { shard: Triple; chunks: Triple[] }>();
    for (let z = low[0]; z <= high[0]; z++)
      for (let y = low[1]; y <= high[1]; y++)
        for (let x = low[2]; x <= high[2]; x++) {
          const shard = [z, y, x].map((n) => Math.floor(n / level.chunksPerShard)) as Triple;
          const entry = byShard.get(shard.join('/')) ?? { shard, chunks: [] };
          entry.chunks.push([z, y, x]);
          byShard.set(shard.join('/'), entry);
        }
    for (const { shard, chunks } of byShard.values()) {
      const index = await this.#index(level, shard);
      if (!index) continue;
      const path = join(this.directory, shardPath(level, shard));
      await withFile(path, async (file) => {
        for (const chunk of chunks) {
          const offset = offsetOf(level, index, chunk);
          if (offset !== null) await copyChunk(level, path, file, offset, chunk, origin, extent, bytes);
        }
      });
    }
    return out;
  }

  /** Where inner chunk `chunk` (position in chunks) lies, or null when all its voxels are 0. Throws a Failure for damage. */
  async chunkPlace(chunk: Triple, exponent?: number): Promise<ChunkPlace | null> {
    const level = this.level(exponent);
    const shard = chunk.map((n) => Math.floor(n / level.chunksPerShard)) as Triple;
    const index = await this.#index(level, shard);
    const offset = index && offsetOf(level, index, chunk);
    return offset === null
      ? null
      : { path: join(this.directory, shardPath(level, shard)), offset, bytes: level.chunkBytes };
  }

  #index(level: Level, shard: Triple): Promise<BigUint64Array | null> {
    const path = shardPath(level, shard);
    let index = this.#indices.get(path);
    if (!index) {
      index = this.#readIndex(level, path);
      this.#indices.set(path, index);
      index.catch(() => this.#indices.delete(path));
    }
    return index;
  }

  async #readIndex(level: Level, path: string): Promise<BigUint64Array | null> {
    const full = join(this.directory, path);
    const expected = this.#sizes.get(path);
    if (expected === undefined) return null;
    return withFile(full, async (file) => {
      const { size } = await file.stat();
      if (size !== expected) throw damaged(full, `it has ${size} bytes instead of ${expected}`);
      const bytes = await readAll(file, full, size - indexBytes(level), indexBytes(level));
      const body = bytes.subarray(0, bytes.length - CRC_BYTES);
      if (crc32c(body) !== wordAt(bytes, body.length)) throw damaged(full, 'the index does not match its checksum');
      const index = new BigUint64Array(body.slice().buffer);
      for (let slot = 0; slot < index.length; slot += 2) {
        const [offset, length] = [index[slot]!, index[slot + 1]!];
        if (offset === MISSING && length === MISSING) continue;
        const stored = BigInt(level.chunkBytes + CRC_BYTES);
        if (length !== stored || offset + stored > BigInt(size))
          throw damaged(full, 'the index points outside the file');
      }
      return index;
    });
  }

  /** Every shard and inner chunk that does not match its checksum, a Failure each; empty when all is well. */
  async damage(signal?: AbortSignal): Promise<Failure[]> {
    const found: Failure[] = [];
    const collect = (error: unknown) => {
      if (!isFailure(error)) throw error;
      found.push(error);
      return null;
    };
    for (const level of this.#levels.values()) {
      const shards = level.shape.map((n) => Math.ceil(n / level.shard)) as Triple;
      for (let n = 0; n < shards[0] * shards[1] * shards[2]; n++) {
        signal?.throwIfAborted();
        const shard: Triple = [
          Math.floor(n / (shards[1] * shards[2])),
          Math.floor(n / shards[2]) % shards[1],
          n % shards[2],
        ];
        this.#indices.delete(shardPath(level, shard));
        const index = await this.#index(level, shard).catch(collect);
        if (!index) continue;
        const path = join(this.directory, shardPath(level, shard));
        await withFile(path, async (file) => {
          for (let slot = 0; slot < index.length; slot += 2)
            if (index[slot] !== MISSING)
              await readChunk(level, path, file, Number(index[slot]), placeInShard(level, shard, slot / 2)).catch(
                collect,
              );
        }).catch(collect);
      }
    }
    return found;
  }
}

function placeInShard(level: Level, shard: Triple, slot: number): Triple {
  const n = level.chunksPerShard;
  return [
    shard[0] * n + Math.floor(slot / (n * n)),
    shard[1] * n + (Math.floor(slot / n) % n),
    shard[2] * n + (slot % n),
  ];
}

function offsetOf(level: Level, index: BigUint64Array, chunk: Triple): number | null {
  const offset = index[indexSlot(level, chunk) * 2]!;
  return offset === MISSING ? null : Number(offset);
}

/** A whole chunk's voxels, checked. */
async function readChunk(
  level: Level,
  path: string,
  file: FileHandle,
  offset: number,
  chunk: Triple,
): Promise<Uint8Array> {
  const bytes = await readAll(file, path, offset, level.chunkBytes + CRC_BYTES);
  const voxels = bytes.subarray(0, level.chunkBytes);
  if (crc32c(voxels) !== wordAt(bytes, level.chunkBytes))
    throw damaged(path, 'it does not match its checksum', `chunk ${chunk.join(', ')}`);
  return voxels;
}

/** Copies what a chunk and the box have in common into `out`. */
async function copyChunk(
  level: Level,
  path: string,
  file: FileHandle,
  offset: number,
  chunk: Triple,
  origin: Triple,
  extent: Triple,
  out: Uint8Array,
): Promise<void> {
  const { chunk: edge, voxelBytes } = level;
  const start = chunk.map((n) => n * edge) as Triple;
  const low = start.map((from, k) => Math.max(from, origin[k]!)) as Triple;
  const high = start.map((from, k) => Math.min(from + edge, origin[k]! + extent[k]!)) as Triple;
  const planeBytes = edge * edge * voxelBytes;
  // Planes of a chunk lie together: a thin block reads only its own.
  const whole = low[0] === start[0] && high[0] >= Math.min(start[0] + edge, level.shape[0]);
  const skipped = whole ? 0 : low[0] - start[0];
  const voxels = whole
    ? await readChunk(level, path, file, offset, chunk)
    : await readAll(file, path, offset + skipped * planeBytes, (high[0] - low[0]) * planeBytes);
  const width = (high[2] - low[2]) * voxelBytes;
  for (let z = low[0]; z < high[0]; z++)
    for (let y = low[1]; y < high[1]; y++) {
      const from = (z - start[0] - skipped) * planeBytes + ((y - start[1]) * edge + low[2] - start[2]) * voxelBytes;
      const to = (((z - origin[0]) * extent[1] + y - origin[1]) * extent[2] + low[2] - origin[2]) * voxelBytes;
      out.set(voxels.subarray(from, from + width), to);
    }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

async function readAll(file: FileHandle, path: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw damaged(path, 'it ends too early');
    done += bytesRead;
  }
  return bytes;
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw damaged(path, 'the file is missing');
    throw error;
  });
  return use(file).finally(() => file.close());
}

async function readJson(path: string): Promise<Json> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw damaged(path, 'the file is missing');
    throw error;
  });
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw damaged(path, 'it is not JSON');
  }
}

/** Opens a volume that `createZarr` wrote; throws a Failure when it is damaged or laid out by others. */
export async function openZarr(directory: string): Promise<ZarrVolume> {
  const path = join(directory, 'zarr.json');
  const group = await readJson(path);
  const arrays = new Map<string, Json>();
  const datasets = (group as { attributes?: { ome?: { multiscales?: { datasets?: unknown }[] } } })?.attributes?.ome
    ?.multiscales?.[0]?.datasets;
  for (const dataset of Array.isArray(datasets) ? (datasets as ({ path?: unknown } | null)[]) : [])
    if (typeof dataset?.path === 'string')
      arrays.set(dataset.path, await readJson(join(directory, dataset.path, 'zarr.json')));
  const { spec, attributes } = specOf(path, group, (name) => arrays.get(name) ?? null);
  if (!Array.isArray(attributes['shards'])) throw unsupported(path, 'it does not list its shards');
  return new ZarrVolume(directory, spec, attributes);
}

/** Checks every shard index and inner chunk of a stored volume; a Failure for each damaged place. */
export async function verifyZarr(directory: string, signal?: AbortSignal): Promise<Failure[]> {
  try {
    return await (await openZarr(directory)).damage(signal);
  } catch (error) {
    if (isFailure(error)) return [error];
    throw error;
  }
}
