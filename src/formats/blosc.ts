import { inflateSync, zstdDecompressSync } from 'node:zlib';

/** What is wrong with bytes in Blosc's or LZ4's formats. */
export class BlockError extends Error {
  override readonly name = 'BlockError';
}

const HEADER = 16;
const CODECS = ['blosclz', 'lz4', 'snappy', 'zlib', 'zstd'] as const;
/** As c-blosc splits blocks: by bytes of voxels up to 16, where each part keeps at least 128. */
const MOST_SPLITS = 16;
const LEAST_PART = 128;

/**
 * Decodes a chunk of Blosc 1 (blosclz, lz4, zlib, zstd; shuffled by bytes or bits). `length` is what it must give: what its
 * header says is compared with it before memory is asked for. Throws a BlockError for damage, other lengths, and snappy.
 */
export function decodeBlosc(stored: Buffer, length: number): Buffer {
  if (stored.length < HEADER) throw new BlockError('a chunk ends in its header');
  const [version, , flags, typeSize] = stored;
  const [bytes, blockBytes, storedBytes] = [4, 8, 12].map((at) => stored.readUInt32LE(at));
  if (version > 2) throw new BlockError(`a chunk is of version ${version}`);
  if (bytes !== length) throw new BlockError(`a chunk is said to give ${bytes} of ${length} bytes`);
  if (storedBytes > stored.length || storedBytes < HEADER)
    throw new BlockError(`a chunk is said to have ${storedBytes} of ${stored.length} bytes`);
  if (flags & 2) {
    if (stored.length < HEADER + bytes) throw new BlockError('a chunk ends early');
    return Buffer.from(stored.subarray(HEADER, HEADER + bytes));
  }
  const codec = CODECS[flags >> 5];
  if (!codec || codec === 'snappy')
    throw new BlockError(`it uses ${codec ?? 'an unknown codec'}, which cannot be read`);
  if (blockBytes === 0) throw new BlockError('its blocks have no size');
  const blocks = Math.ceil(bytes / blockBytes);
  if (HEADER + 4 * blocks > storedBytes) throw new BlockError('a chunk has more blocks than bytes');
  const shuffled = typeSize > 1 && (flags & 5) !== 0;
  const out = Buffer.allocUnsafe(bytes);
  const block = shuffled ? Buffer.allocUnsafe(Math.min(blockBytes, bytes)) : out;
  for (let i = 0; i < blocks; i++) {
    const first = i * blockBytes;
    const size = Math.min(blockBytes, bytes - first);
    const into = shuffled ? block.subarray(0, size) : out.subarray(first, first + size);
    const whole = size === blockBytes;
    const split = !(flags & 16) && whole && typeSize <= MOST_SPLITS && Math.floor(size / typeSize) >= LEAST_PART;
    decodeBlock(
      stored.subarray(0, storedBytes),
      stored.readUInt32LE(HEADER + 4 * i),
      into,
      split ? typeSize : 1,
      codec,
    );
    if (flags & 1 && shuffled) unshuffle(into, out.subarray(first, first + size), typeSize);
    else if (shuffled) unshuffleBits(into, out.subarray(first, first + size), typeSize);
  }
  return out;
}

function decodeBlock(stored: Buffer, start: number, into: Buffer, parts: number, codec: (typeof CODECS)[number]): void {
  const partBytes = Math.floor(into.length / parts);
  let at = start;
  for (let part = 0; part < parts; part++) {
    if (at + 4 > stored.length) throw new BlockError('a block lies outside its chunk');
    const length = stored.readUInt32LE(at);
    at += 4;
    if (at + length > stored.length) throw new BlockError('a block lies outside its chunk');
    const from = stored.subarray(at, at + length);
    const to = into.subarray(part * partBytes, (part + 1) * partBytes);
    at += length;
    if (length === partBytes) from.copy(to);
    else if (codec === 'lz4') decodeLz4(from, to);
    else if (codec === 'blosclz') decodeBlosclz(from, to);
    else inflated(from, to, codec);
  }
}

function inflated(from: Buffer, to: Buffer, codec: string): void {
  let bytes: Buffer;
  try {
    const options = { maxOutputLength: Math.max(1, to.length) };
    bytes = codec === 'zlib' ? inflateSync(from, options) : zstdDecompressSync(from, options);
  } catch (error) {
    throw new BlockError(`a block's ${codec} bytes are damaged`, { cause: error });
  }
  if (bytes.length !== to.length) throw new BlockError(`a block gives ${bytes.length} of ${to.length} bytes`);
  bytes.copy(to);
}

/** One block of LZ4 that must fill `to`. Throws a BlockError. */
export function decodeLz4(from: Uint8Array, to: Uint8Array): void {
  let at = 0;
  let out = 0;
  const longer = (length: number): number => {
    let total = length;
    for (let byte = 255; byte === 255; total += byte) {
      if (at >= from.length) throw new BlockError('an LZ4 block ends early');
      byte = from[at++];
    }
    return total;
  };
  while (at < from.length) {
    const token = from[at++];
    const literals = token >> 4 === 15 ? longer(15) : token >> 4;
    if (at + literals > from.length || out + literals > to.length) throw new BlockError('an LZ4 block reaches too far');
    if (literals > 32) to.set(from.subarray(at, at + literals), out);
    else for (let i = 0; i < literals; i++) to[out + i] = from[at + i];
    at += literals;
    out += literals;
    if (at >= from.length) break;
    if (at + 2 > from.length) throw new BlockError('an LZ4 block ends early');
    const back = from[at] | (from[at + 1] << 8);
    at += 2;
    const length = ((token & 15) === 15 ? longer(15) : token & 15) + 4;
    out = repeat(to, out, back, length);
  }
  if (out !== to.length) throw new BlockError(`an LZ4 block gives ${out} of ${to.length} bytes`);
}

/** Blosc's own variant of FastLZ. */
function decodeBlosclz(from: Uint8Array, to: Uint8Array): void {
  let at = 1;
  let out = 0;
  const byte = (): number => {
    if (at >= from.length) throw new BlockError('a block ends early');
    return from[at++];
  };
  if (from.length === 0) throw new BlockError('a block is empty');
  for (let control = from[0] & 31; ; ) {
    if (control >= 32) {
      let length = (control >> 5) - 1;
      let back = (control & 31) << 8;
      let next = 255;
      if (length === 6) while (next === 255) length += next = byte();
      next = byte();
      back += next;
      // The largest distance says that a longer one follows.
      if (next === 255 && back === 0x1fff) back = ((byte() << 8) | byte()) + 8191;
      out = repeat(to, out, back + 1, length + 3);
    } else {
      const literals = control + 1;
      if (at + literals > from.length || out + literals > to.length) throw new BlockError('a block reaches too far');
      for (let i = 0; i < literals; i++) to[out++] = from[at++];
    }
    if (at >= from.length) break;
    control = from[at++];
  }
  if (out !== to.length) throw new BlockError(`a block gives ${out} of ${to.length} bytes`);
}

/** Copies `length` bytes from `back` bytes ago, which may reach into what is being written; returns the new end. */
function repeat(to: Uint8Array, out: number, back: number, length: number): number {
  const end = out + length;
  if (back === 0 || back > out || end > to.length) throw new BlockError('a block reaches too far');
  if (back >= length && length > 32) to.copyWithin(out, out - back, out - back + length);
  else if (back === 1 && length > 32) to.fill(to[out - 1], out, end);
  else for (let i = out; i < end; i++) to[i] = to[i - back];
  return end;
}

function unshuffle(from: Uint8Array, to: Uint8Array, typeSize: number): void {
  const count = Math.floor(from.length / typeSize);
  if (typeSize === 2) {
    for (let i = 0, j = count, k = 0; i < count; k += 2) {
      to[k] = from[i++];
      to[k + 1] = from[j++];
    }
  } else
    for (let byte = 0; byte < typeSize; byte++)
      for (let i = byte * count, k = byte; i < (byte + 1) * count; i++, k += typeSize) to[k] = from[i];
  const rest = count * typeSize;
  to.set(from.subarray(rest), rest);
}

/** Bit k of byte j of all voxels lies together, the first voxel in the lowest bit; only blocks of a multiple of 8 voxels. */
function unshuffleBits(from: Uint8Array, to: Uint8Array, typeSize: number): void {
  const count = Math.floor(from.length / typeSize);
  if (count % 8 !== 0) {
    to.set(from);
    return;
  }
  const row = count / 8;
  to.fill(0, 0, count * typeSize);
  for (let j = 0; j < typeSize; j++)
    for (let bit = 0; bit < 8; bit++) {
      const start = (j * 8 + bit) * row;
      for (let i = 0; i < row; i++) {
        const bits = from[start + i];
        if (bits === 0) continue;
        const at = i * 8 * typeSize + j;
        for (let voxel = 0; voxel < 8; voxel++) to[at + voxel * typeSize] |= ((bits >> voxel) & 1) << bit;
      }
    }
  const rest = count * typeSize;
  to.set(from.subarray(rest), rest);
}
