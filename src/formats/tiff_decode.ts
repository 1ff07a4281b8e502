import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate, inflateSync, zstdDecompress } from 'node:zlib';
import { badInput, type Failure } from '../core/failure.ts';
import { inBytes, type Piece } from './description.ts';
import type { TiffPage } from './tiff_directory.ts';

/** One page of grey values and the file it is in. */
export interface Plane {
  path: string;
  bigEndian: boolean;
  page: TiffPage;
  /** "page 3", for messages. */
  name: string;
}

interface Compression {
  name: string;
  /** Decoded bytes that one stored byte can stand for, at most: what a damaged header cannot ask us to believe. */
  largestRatio: number;
  decode?(stored: Buffer, length: number): Buffer | Promise<Buffer>;
}

/** Below this, handing bytes to another thread takes longer than decoding them. */
const SMALL = 2 ** 14;

const DEFLATE: Compression = {
  name: 'deflate',
  largestRatio: 1040,
  decode: (stored, length) => {
    const options = { maxOutputLength: length + 1024 };
    if (length > SMALL) return inflateAsync(stored, options).then((bytes) => upTo(bytes, length));
    return upTo(inflateSync(stored, { ...options, chunkSize: Math.max(64, length) }), length);
  },
};
const inflateAsync = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);
const zstdAsync = promisify<Buffer, { maxOutputLength: number }, Buffer>(zstdDecompress);

const COMPRESSIONS: Readonly<Record<number, Compression>> = {
  1: { name: 'none', largestRatio: 1, decode: (stored) => stored },
  5: { name: 'lzw', largestRatio: 1400, decode: decodeLzw },
  8: DEFLATE,
  32946: DEFLATE,
  32773: { name: 'packbits', largestRatio: 64, decode: decodePackBits },
  50000: {
    name: 'zstd',
    largestRatio: 70_000,
    decode: async (stored, length) => upTo(await zstdAsync(stored, { maxOutputLength: length + 2 ** 17 }), length),
  },
  2: { name: 'ccitt', largestRatio: Number.POSITIVE_INFINITY },
  3: { name: 'ccitt group 3', largestRatio: Number.POSITIVE_INFINITY },
  4: { name: 'ccitt group 4', largestRatio: Number.POSITIVE_INFINITY },
  6: { name: 'old jpeg', largestRatio: Number.POSITIVE_INFINITY },
  7: { name: 'jpeg', largestRatio: Number.POSITIVE_INFINITY },
  34712: { name: 'jpeg 2000', largestRatio: Number.POSITIVE_INFINITY },
  34887: { name: 'lerc', largestRatio: Number.POSITIVE_INFINITY },
  34925: { name: 'lzma', largestRatio: Number.POSITIVE_INFINITY },
};

/** Name, and how much it can shrink, of a TIFF compression; `decode` is missing where we cannot read it. */
export function compressionOf(code: number): Compression {
  return COMPRESSIONS[code] ?? { name: `tiff ${code}`, largestRatio: Number.POSITIVE_INFINITY };
}

/** Rows of one page that are decoded together: whole strips, or one row of tiles. */
interface Band {
  plane: Plane;
  firstChunk: number;
  chunks: number;
  rows: number;
}

const BAND_BYTES = 1 << 20;
const BANDS_AHEAD = 4;

/**
 * Voxels of planes one after another, least significant byte first, float16 widened to float32. Memory: a few strips or
 * rows of tiles. Throws an input failure that names the page when its bytes cannot be decoded.
 */
export async function* decodePlanes(planes: Plane[], signal?: AbortSignal): AsyncGenerator<Piece> {
  const ahead: Promise<Buffer>[] = [];
  let file: FileHandle | null = null;
  let opened = '';
  let at = 0;
  const next = async (): Promise<Piece> => {
    const bytes = await (ahead.shift() as Promise<Buffer>);
    at += bytes.length;
    return { at: at - bytes.length, bytes };
  };
  try {
    for (const plane of planes) {
      if (plane.path !== opened) {
        while (ahead.length > 0) yield await next();
        await file?.close();
        file = null;
        file = await open(plane.path, 'r');
        opened = plane.path;
      }
      for (const band of bandsOf(plane)) {
        signal?.throwIfAborted();
        const decoded = decodeBand(file as FileHandle, band);
        decoded.catch(() => {}); // awaited in `next`, in order
        ahead.push(decoded);
        if (ahead.length > BANDS_AHEAD) yield await next();
      }
    }
    while (ahead.length > 0) yield await next();
  } finally {
    await Promise.allSettled(ahead);
    await file?.close();
  }
}

function* bandsOf(plane: Plane): Generator<Band> {
  const { page } = plane;
  const across = Math.ceil(page.width / page.chunkWidth);
  const down = Math.ceil(page.height / page.chunkRows);
  const stripBytes = page.chunkRows * page.width * (page.bits / 8);
  const together = page.tiled ? 1 : Math.max(1, Math.floor(BAND_BYTES / stripBytes));
  for (let row = 0; row < down; row += together) {
    const count = Math.min(together, down - row);
    const rows = Math.min(count * page.chunkRows, page.height - row * page.chunkRows);
    yield { plane, firstChunk: row * across, chunks: count * across, rows };
  }
}

async function decodeBand(file: FileHandle, { plane, firstChunk, chunks, rows }: Band): Promise<Buffer> {
  const { page } = plane;
  const bytes = page.bits / 8;
  const across = Math.ceil(page.width / page.chunkWidth);
  const rowBytes = page.width * bytes;
  const band = Buffer.allocUnsafe(rows * rowBytes);
  const stored = await readChunks(file, plane, firstChunk, chunks);
  for (let i = 0; i < chunks; i++) {
    const firstRow = Math.floor(i / across) * page.chunkRows;
    const firstColumn = (i % across) * page.chunkWidth;
    const wantedRows = Math.min(page.chunkRows, rows - firstRow);
    // The last strip holds what is left; a tile is always whole.
    const decoded = decodeChunk(stored[i], plane, page.tiled ? page.chunkRows : wantedRows);
    const chunk = decoded instanceof Promise ? await decoded : decoded;
    const wantedBytes = Math.min(page.chunkWidth, page.width - firstColumn) * bytes;
    for (let row = 0; row < wantedRows; row++) {
      const from = row * page.chunkWidth * bytes;
      chunk.copy(band, (firstRow + row) * rowBytes + firstColumn * bytes, from, from + wantedBytes);
    }
  }
  return page.bits === 16 && page.sampleFormat === 3 ? widened(band) : band;
}

/** The stored bytes of chunks, in one read where they follow one another. */
async function readChunks(file: FileHandle, plane: Plane, first: number, count: number): Promise<Buffer[]> {
  const { page } = plane;
  const plainBytes = (page.chunkRows * page.chunkWidth * page.bits) / 8;
  const lengthOf = (chunk: number) => {
    if (page.compression !== 1) return page.counts[chunk];
    const rows = page.tiled ? page.chunkRows : Math.min(page.chunkRows, page.height - chunk * page.chunkRows);
    return (plainBytes / page.chunkRows) * rows;
  };
  const chunks: Buffer[] = [];
  for (let from = first; from < first + count; ) {
    let to = from + 1;
    let end = page.offsets[from] + lengthOf(from);
    while (to < first + count && page.offsets[to] === end) end += lengthOf(to++);
    const start = page.offsets[from];
    const run = Buffer.allocUnsafe(end - start);
    const { bytesRead } = await file.read(run, 0, run.length, start);
    if (bytesRead < run.length) throw undecodable(plane, `it ends ${inBytes(run.length - bytesRead)} early`);
    if (page.fillOrder === 2) reverseBits(run);
    for (; from < to; from++) {
      const at = page.offsets[from] - start;
      chunks.push(run.subarray(at, at + lengthOf(from)));
    }
  }
  return chunks;
}

function decodeChunk(stored: Buffer, plane: Plane, rows: number): Buffer | Promise<Buffer> {
  const { page } = plane;
  const { name, decode } = compressionOf(page.compression);
  const bytes = page.bits / 8;
  const length = rows * page.chunkWidth * bytes;
  const damaged = (error: unknown) => undecodable(plane, `its ${name} bytes are damaged`, error);
  const ordered = (chunk: Buffer): Buffer => {
    if (chunk.length < length)
      throw undecodable(plane, `its ${name} bytes give ${inBytes(chunk.length)} of ${inBytes(length)}`);
    const predicted = page.compression !== 1 && page.compression !== 32773;
    if (predicted && page.predictor === 3) return undoFloatPredictor(chunk, page.chunkWidth, rows, bytes);
    if (plane.bigEndian) swapBytes(chunk, bytes);
    if (predicted && page.predictor === 2) undoDifference(chunk, page.chunkWidth, rows, bytes);
    return chunk;
  };
  let decoded: Buffer | Promise<Buffer>;
  try {
    decoded = (decode as NonNullable<typeof decode>)(stored, length);
  } catch (error) {
    throw damaged(error);
  }
  if (!(decoded instanceof Promise)) return ordered(decoded);
  return decoded.then(ordered, (error) => {
    throw damaged(error);
  });
}

function undecodable(plane: Plane, why: string, cause?: unknown): Failure {
  const fields = { what: 'Cannot read the voxels', path: plane.path, at: plane.name, why };
  return badInput({ ...fields, whatToDo: 'The file is damaged: copy or save it again', cause });
}

function upTo(bytes: Buffer, length: number): Buffer {
  return bytes.length > length ? bytes.subarray(0, length) : bytes;
}

/** TIFF 6.0, section 13: codes of 9 to 12 bits, most significant bit first, the width growing one code early. */
function decodeLzw(stored: Buffer, length: number): Buffer {
  if (stored.length > 1 && stored[0] === 0 && (stored[1] & 1) === 1) throw new Error('LZW as written before TIFF 5.0');
  const CLEAR = 256;
  const END = 257;
  const prefix = new Uint16Array(4096);
  const last = new Uint8Array(4096);
  const first = new Uint8Array(4096);
  const size = new Uint32Array(4096);
  for (let code = 0; code < 256; code++) {
    last[code] = first[code] = code;
    size[code] = 1;
  }
  const out = Buffer.allocUnsafe(length);
  let written = 0;
  let next = 258;
  let width = 9;
  let previous = -1;
  let bits = 0;
  let held = 0;
  let at = 0;
  while (written < length) {
    while (held < width && at < stored.length) {
      bits = ((bits << 8) | stored[at++]) & 0xffffff;
      held += 8;
    }
    if (held < width) break;
    const code = (bits >> (held - width)) & ((1 << width) - 1);
    held -= width;
    if (code === END) break;
    if (code === CLEAR) {
      next = 258;
      width = 9;
      previous = -1;
      continue;
    }
    if (code > next || (previous < 0 && code > 255) || (code === next && next > 4095))
      throw new Error('LZW code unknown');
    if (previous >= 0 && next < 4096) {
      prefix[next] = previous;
      first[next] = first[previous];
      last[next] = code === next ? first[previous] : first[code];
      size[next] = size[previous] + 1;
      next++;
      if (next + 1 >= 1 << width && width < 12) width++;
    }
    // A string is found from its end: write backwards, leaving out what lies beyond the wanted bytes.
    let to = written + size[code] - 1;
    for (let link = code; to >= written; to--) {
      if (to < length) out[to] = last[link];
      link = prefix[link];
    }
    written += size[code];
    previous = code;
  }
  return out.subarray(0, Math.min(written, length));
}

/** TIFF 6.0, section 9. */
function decodePackBits(stored: Buffer, length: number): Buffer {
  const out = Buffer.allocUnsafe(length);
  let written = 0;
  let at = 0;
  while (written < length && at < stored.length) {
    const count = stored.readInt8(at++);
    if (count >= 0) {
      const end = Math.min(at + count + 1, stored.length);
      stored.copy(out, written, at, end);
      written += end - at;
      at = end;
    } else if (count !== -128 && at < stored.length) {
      out.fill(stored[at++], written, Math.min(written + 1 - count, length));
      written += 1 - count;
    }
  }
  return out.subarray(0, Math.min(written, length));
}

/** TIFF 6.0, section 14: each sample stored as its difference from the one before it in the row. */
function undoDifference(chunk: Buffer, width: number, rows: number, bytes: number): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  for (let row = 0; row < rows; row++) {
    const start = row * width * bytes;
    const end = start + width * bytes;
    if (bytes === 1) for (let at = start + 1; at < end; at++) chunk[at] += chunk[at - 1];
    else if (bytes === 2)
      for (let at = start + 2; at < end; at += 2)
        view.setUint16(at, view.getUint16(at, true) + view.getUint16(at - 2, true), true);
    else if (bytes === 4)
      for (let at = start + 4; at < end; at += 4)
        view.setUint32(at, view.getUint32(at, true) + view.getUint32(at - 4, true), true);
    else
      for (let at = start + 8; at < end; at += 8)
        view.setBigUint64(at, view.getBigUint64(at, true) + view.getBigUint64(at - 8, true), true);
  }
}

/** Adobe's TIFF technical note 3: bytes of a row ordered by significance, then differenced. Little endian out. */
function undoFloatPredictor(chunk: Buffer, width: number, rows: number, bytes: number): Buffer {
  const out = Buffer.allocUnsafe(width * rows * bytes);
  const rowBytes = width * bytes;
  for (let row = 0; row < rows; row++) {
    const start = row * rowBytes;
    for (let at = start + 1; at < start + rowBytes; at++) chunk[at] += chunk[at - 1];
    for (let plane = 0; plane < bytes; plane++)
      for (let x = 0; x < width; x++) out[start + x * bytes + bytes - 1 - plane] = chunk[start + plane * width + x];
  }
  return out;
}

function swapBytes(chunk: Buffer, bytes: number): void {
  if (bytes === 2) chunk.subarray(0, chunk.length & ~1).swap16();
  else if (bytes === 4) chunk.subarray(0, chunk.length & ~3).swap32();
  else if (bytes === 8) chunk.subarray(0, chunk.length & ~7).swap64();
}

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) reversed |= 128 >> bit;
  return reversed;
});

function reverseBits(bytes: Buffer): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = REVERSED[bytes[i]];
}

/** float16 as float32: exact, NaN stays NaN. */
function widened(halves: Buffer): Buffer {
  const out = Buffer.allocUnsafe(halves.length * 2);
  for (let i = 0; i < halves.length; i += 2) out.writeFloatLE(float16(halves.readUInt16LE(i)), i * 2);
  return out;
}

function float16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
