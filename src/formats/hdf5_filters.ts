import { promisify } from 'node:util';
import { inflate, zstdDecompress } from 'node:zlib';
import { BlockError, decodeBlosc, decodeLz4 } from './blosc.ts';
import { Bzip2Error, bunzip2 } from './bzip2.ts';
import { fletcher32 } from './hdf5_checksum.ts';
import type { Filter } from './hdf5_layout.ts';

const inflated = promisify(inflate) as (bytes: Uint8Array, options: object) => Promise<Buffer>;
const unzstd = promisify(zstdDecompress) as (bytes: Uint8Array, options: object) => Promise<Buffer>;

/** What is not as it should be in a chunk; the caller says where. */
export class ChunkDamage extends Error {}

interface KnownFilter {
  name: string;
  /** How much larger the bytes may become. */
  ratio?: number;
  /** Undoes it; `most` is the size of a whole chunk. Absent where the filter is only known by name. */
  undo?(bytes: Uint8Array, filter: Filter, most: number): Promise<Uint8Array> | Uint8Array;
}

const KNOWN: Readonly<Record<number, KnownFilter>> = {
  1: { name: 'deflate', ratio: 1040, undo: (bytes, _, most) => bounded(inflated(bytes, { maxOutputLength: most })) },
  2: { name: 'shuffle', ratio: 1, undo: unshuffled },
  3: { name: 'fletcher32', ratio: 1, undo: checkedSum },
  4: { name: 'szip' },
  5: { name: 'nbit' },
  6: { name: 'scaleoffset' },
  307: { name: 'bzip2', ratio: 50_000, undo: (bytes, _, most) => bzip2(bytes, most) },
  32000: { name: 'lzf', ratio: 264, undo: (bytes, { values }, most) => lzf(bytes, Math.min(most, values[2] ?? most)) },
  32001: { name: 'blosc', ratio: 2 ** 20, undo: (bytes, _, most) => blosc(bytes, most) },
  32004: { name: 'lz4', ratio: 256, undo: (bytes, _, most) => lz4Blocks(bytes, most) },
  32008: { name: 'bitshuffle', ratio: 256, undo: bitUnshuffled },
  32013: { name: 'zfp' },
  32015: { name: 'zstd', ratio: 2 ** 15, undo: (bytes, _, most) => bounded(unzstd(bytes, { maxOutputLength: most })) },
  32017: { name: 'sz' },
  32026: { name: 'blosc2' },
};

/** "none", "shuffle, deflate", …: the filters of a dataset in the order in which they were applied. */
export function filterNames(filters: readonly Filter[]): string {
  return filters.map(nameOf).join(', ') || 'none';
}

/** The first filter that cannot be undone; null where all can. */
export function unknownFilter(filters: readonly Filter[]): string | null {
  const unknown = filters.find((filter) => !KNOWN[filter.id]?.undo || isSnappy(filter));
  return unknown ? `${nameOf(unknown)}${isSnappy(unknown) ? ' (snappy)' : ''}` : null;
}

/** How many bytes one stored byte may stand for. */
export function largestRatio(filters: readonly Filter[]): number {
  return filters.reduce((product, { id }) => product * (KNOWN[id]?.ratio ?? 1), 1);
}

/**
 * A chunk as it was before its filters. `mask` leaves out filter i where bit i is set; `bytes` is what it must have in
 * the end. Throws a ChunkDamage.
 */
export async function unfiltered(
  stored: Uint8Array,
  filters: readonly Filter[],
  mask: number,
  bytes: number,
): Promise<Uint8Array> {
  let chunk = stored;
  for (let i = filters.length - 1; i >= 0; i--) {
    if (mask & (1 << i)) continue;
    const { undo } = KNOWN[filters[i].id];
    // A checksum behind the voxels may be inside what was compressed.
    chunk = await undo!(chunk, filters[i], bytes + 4 * filters.length);
  }
  if (chunk.length < bytes) throw new ChunkDamage(`it holds ${chunk.length} of ${bytes} bytes`);
  return chunk.subarray(0, bytes);
}

/** Blosc's seventh number is the codec inside. */
function isSnappy({ id, values }: Filter): boolean {
  return id === 32001 && values[6] === 3;
}

function nameOf({ id, name }: Filter): string {
  return KNOWN[id]?.name ?? (name.trim() || `filter ${id}`);
}

async function bounded(work: Promise<Buffer>): Promise<Uint8Array> {
  try {
    return await work;
  } catch (error) {
    throw new ChunkDamage(`it cannot be unpacked: ${(error as Error).message}`);
  }
}

/** Undoes "all first bytes, then all second bytes, …". */
function unshuffled(bytes: Uint8Array, { values }: Filter): Uint8Array {
  const width = values[0] ?? 1;
  if (width <= 1) return bytes;
  const count = Math.floor(bytes.length / width);
  const out = new Uint8Array(bytes.length);
  if (width === 2)
    for (let i = 0, j = 0; i < count; i++, j += 2) {
      out[j] = bytes[i];
      out[j + 1] = bytes[count + i];
    }
  else if (width === 4)
    for (let i = 0, j = 0; i < count; i++, j += 4) {
      out[j] = bytes[i];
      out[j + 1] = bytes[count + i];
      out[j + 2] = bytes[2 * count + i];
      out[j + 3] = bytes[3 * count + i];
    }
  else
    for (let byte = 0; byte < width; byte++)
      for (let i = 0, j = byte; i < count; i++, j += width) out[j] = bytes[byte * count + i];
  out.set(bytes.subarray(count * width), count * width);
  return out;
}

function checkedSum(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) throw new ChunkDamage('its checksum is missing');
  const voxels = bytes.subarray(0, -4);
  const stored = new DataView(bytes.buffer, bytes.byteOffset + voxels.length, 4).getUint32(0, true);
  if (fletcher32(voxels) !== stored) throw new ChunkDamage('its checksum does not match');
  return voxels;
}

/** LibLZF as h5py writes it. */
function lzf(bytes: Uint8Array, most: number): Uint8Array {
  const out = new Uint8Array(most);
  let to = 0;
  let at = 0;
  while (at < bytes.length) {
    const control = bytes[at++];
    if (control < 32) {
      const run = control + 1;
      if (at + run > bytes.length || to + run > most) throw new ChunkDamage('it cannot be unpacked');
      for (let i = 0; i < run; i++) out[to++] = bytes[at++];
      continue;
    }
    let run = control >> 5;
    if (run === 7) run += bytes[at++];
    const from = to - ((control & 31) << 8) - bytes[at++] - 1;
    run += 2;
    if (!(from >= 0 && to + run <= most)) throw new ChunkDamage('it cannot be unpacked');
    for (let i = 0; i < run; i++) out[to++] = out[from + i];
  }
  return out.subarray(0, to);
}

/** One block of LZ4, which fills `out`. */
function lz4(bytes: Uint8Array, out: Uint8Array): void {
  try {
    decodeLz4(bytes, out);
  } catch (error) {
    throw damage(error);
  }
}

function blosc(bytes: Uint8Array, most: number): Uint8Array {
  const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = chunk.length >= 8 ? chunk.readUInt32LE(4) : 0;
  if (length > most) throw new ChunkDamage(`it would have ${length} bytes`);
  try {
    return decodeBlosc(chunk, length);
  } catch (error) {
    throw damage(error);
  }
}

async function bzip2(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of bunzip2(once(Buffer.from(bytes)))) {
      parts.push(part);
      length += part.length;
      if (length > most) throw new ChunkDamage('it would be too long');
    }
  } catch (error) {
    throw damage(error);
  }
  return Buffer.concat(parts);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function damage(error: unknown): unknown {
  return error instanceof BlockError || error instanceof Bzip2Error ? new ChunkDamage(`${error.message}`) : error;
}

/** The LZ4 filter of HDF5: sizes of the whole and of blocks, then blocks, those that did not shrink as they were. */
function lz4Blocks(bytes: Uint8Array, most: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) throw new ChunkDamage('it is too short');
  const total = Number(view.getBigUint64(0));
  const block = view.getUint32(8);
  if (total > most || block === 0) throw new ChunkDamage('it cannot be unpacked');
  const out = new Uint8Array(total);
  let at = 12;
  for (let to = 0; to < total; ) {
    const size = Math.min(block, total - to);
    const packed = at + 4 <= bytes.length ? view.getUint32(at) : 0;
    at += 4;
    if (packed === 0 || at + packed > bytes.length) throw new ChunkDamage('it cannot be unpacked');
    if (packed === size) out.set(bytes.subarray(at, at + packed), to);
    else lz4(bytes.subarray(at, at + packed), out.subarray(to, to + size));
    at += packed;
    to += size;
  }
  return out;
}

/** Bitshuffle, alone or with LZ4 (2) or Zstandard (3) inside. */
async function bitUnshuffled(bytes: Uint8Array, { values }: Filter, most: number): Promise<Uint8Array> {
  const [, , width = 1, given = 0, packing = 0] = values;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width < 1 || width > 64) throw new ChunkDamage('it cannot be unpacked');
  const usual = Math.max(128, Math.floor(8192 / width) - (Math.floor(8192 / width) % 8));
  let block = given || usual;
  if (packing === 0) return untransposed(bytes, width, block);
  if (bytes.length < 12) throw new ChunkDamage('it is too short');
  const total = Number(view.getBigUint64(0));
  block = Math.floor(view.getUint32(8) / width);
  if (total > most || block < 8) throw new ChunkDamage('it cannot be unpacked');
  const out = new Uint8Array(total);
  const elements = Math.floor(total / width);
  let at = 12;
  let done = 0;
  while (elements - done >= 8) {
    const here = Math.min(block, elements - done) & ~7;
    const size = here * width;
    const packed = at + 4 <= bytes.length ? view.getUint32(at) : 0;
    at += 4;
    if (packed === 0 || at + packed > bytes.length) throw new ChunkDamage('it cannot be unpacked');
    const part = bytes.subarray(at, at + packed);
    let plain: Uint8Array = new Uint8Array(size);
    if (packing === 3) plain = await bounded(unzstd(part, { maxOutputLength: size }));
    else lz4(part, plain);
    if (plain.length !== size) throw new ChunkDamage('it cannot be unpacked');
    untranspose(plain, out.subarray(done * width), here, width);
    at += packed;
    done += here;
  }
  const rest = bytes.subarray(at);
  const left = total - done * width;
  if (rest.length < left) throw new ChunkDamage('it is too short');
  out.set(rest.subarray(0, left), done * width);
  return out;
}

function untransposed(bytes: Uint8Array, width: number, block: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const elements = Math.floor(bytes.length / width);
  let done = 0;
  while (elements - done >= 8) {
    const here = Math.min(block, elements - done) & ~7;
    if (here < 8) break;
    untranspose(bytes.subarray(done * width, (done + here) * width), out.subarray(done * width), here, width);
    done += here;
  }
  out.set(bytes.subarray(done * width), done * width);
  return out;
}

/** Elements from their bits: bit b of byte j of all `count` elements lie together, for each j and b in turn. */
function untranspose(bits: Uint8Array, out: Uint8Array, count: number, width: number): void {
  const plane = count >> 3;
  for (let byte = 0; byte < width; byte++) {
    const base = byte * 8 * plane;
    for (let i = 0; i < plane; i++) {
      // Eight bytes of eight planes are a matrix of 8 × 8 bits, turned over by three swaps (Hacker's Delight, 7-3).
      let low = 0;
      let high = 0;
      for (let b = 0; b < 4; b++) low |= bits[base + b * plane + i] << (8 * b);
      for (let b = 0; b < 4; b++) high |= bits[base + (b + 4) * plane + i] << (8 * b);
      let t = (low ^ (low >>> 7)) & 0x00aa00aa;
      low = low ^ t ^ (t << 7);
      t = (high ^ (high >>> 7)) & 0x00aa00aa;
      high = high ^ t ^ (t << 7);
      t = (low ^ (low >>> 14)) & 0x0000cccc;
      low = low ^ t ^ (t << 14);
      t = (high ^ (high >>> 14)) & 0x0000cccc;
      high = high ^ t ^ (t << 14);
      t = (low ^ (((high << 4) >>> 0) | 0)) & 0xf0f0f0f0;
      const lowOut = low ^ t;
      const highOut = high ^ (t >>> 4);
      let at = i * 8 * width + byte;
      for (let b = 0; b < 4; b++, at += width) out[at] = (lowOut >>> (8 * b)) & 255;
      for (let b = 0; b < 4; b++, at += width) out[at] = (highOut >>> (8 * b)) & 255;
    }
  }
}
