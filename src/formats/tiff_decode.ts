import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import {
  inflate,
  inflateSync,
  type ZlibOptions,
  type ZstdOptions,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import { badInput, type Failure } from '../core/failure.ts';
import { decodeTiffBand, tiffVoxelBytes } from '../engine/tiff_band.ts';
import { inBytes, type Piece } from './description.ts';
import type { TiffPage } from './tiff_directory.ts';
import { widened } from './widen.ts';

/** One page of grey values and the file it is in. */
export interface Plane {
  path: string;
  bigEndian: boolean;
  page: TiffPage;
  /** Which of the samples of a pixel, from 0. */
  sample: number;
  /** "page 3", for messages. */
  name: string;
}

interface Compression {
  name: string;
  /** Decoded bytes that one stored byte can stand for, at most: what a damaged header cannot ask us to believe. */
  largestRatio: number;
  /** Missing where we cannot read it: what the engine makes of it, or what is inflated before. */
  code?: 'none' | 'lzw' | 'packbits';
  inflate?(stored: Buffer, length: number): Buffer | Promise<Buffer>;
}

/** Below this, handing bytes to another thread takes longer than decoding them. */
const SMALL = 2 ** 16;

const DEFLATE: Compression = {
  name: 'deflate',
  largestRatio: 1040,
  code: 'none',
  inflate: (stored, length) => {
    const options = { maxOutputLength: length + 1024, chunkSize: outputAtOnce(length) };
    return length > SMALL ? inflateAsync(stored, options) : inflateSync(stored, options);
  },
};
const inflateAsync = promisify<Buffer, ZlibOptions, Buffer>(inflate);
const zstdAsync = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/** Bytes that an inflater writes before it comes back for more room: all that are expected, within reason. */
function outputAtOnce(length: number): number {
  return Math.min(length + 64, 2 ** 22);
}

const unread = (name: string): Compression => ({ name, largestRatio: Number.POSITIVE_INFINITY });

const COMPRESSIONS: Readonly<Record<number, Compression>> = {
  1: { name: 'none', largestRatio: 1, code: 'none' },
  5: { name: 'lzw', largestRatio: 1400, code: 'lzw' },
  8: DEFLATE,
  32946: DEFLATE,
  32773: { name: 'packbits', largestRatio: 64, code: 'packbits' },
  50000: {
    name: 'zstd',
    largestRatio: 70_000,
    code: 'none',
    inflate: (stored, length) => {
      const options = { maxOutputLength: length + 2 ** 17, chunkSize: outputAtOnce(length) };
      return length > SMALL ? zstdAsync(stored, options) : zstdDecompressSync(stored, options);
    },
  },
  2: unread('ccitt'),
  3: unread('ccitt group 3'),
  4: unread('ccitt group 4'),
  6: unread('old jpeg'),
  7: unread('jpeg'),
  32809: unread('thunderscan'),
  34676: unread('sgilog'),
  34677: unread('sgilog24'),
  34712: unread('jpeg 2000'),
  33003: unread('jpeg 2000'),
  33005: unread('jpeg 2000'),
  34887: unread('lerc'),
  34925: unread('lzma'),
  50001: unread('webp'),
  50002: unread('jpeg xl'),
  52546: unread('jpeg xl'),
};

/** Name, and how much it can shrink, of a TIFF compression; `code` is missing where we cannot read it. */
export function compressionOf(code: number): Compression {
  return COMPRESSIONS[code] ?? unread(`tiff ${code}`);
}

/** Strips and tiles are decoded whole: larger ones are refused. */
export const LARGEST_CHUNK_BYTES = 2 ** 30;

/** Rows of one page that are decoded together: whole strips, or one row of tiles. */
interface Band {
  plane: Plane;
  firstRow: number;
  firstChunk: number;
  chunks: number;
  rows: number;
}

const BAND_BYTES = 1 << 20;
const BANDS_AHEAD = 4;

/**
 * Voxels of planes one after another, least significant byte first, as `usedType` of `containerOf`. Memory: a few strips or
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
  const stripBytes = page.chunkRows * chunkRowBytes(page);
  const together = page.tiled ? 1 : Math.max(1, Math.floor(BAND_BYTES / stripBytes));
  // Of planes that are stored one after another, the wanted one.
  const start = page.planar ? plane.sample * across * down : 0;
  for (let row = 0; row < down; row += together) {
    const count = Math.min(together, down - row);
    const rows = Math.min(count * page.chunkRows, page.height - row * page.chunkRows);
    yield { plane, firstRow: row * page.chunkRows, firstChunk: start + row * across, chunks: count * across, rows };
  }
}

async function decodeBand(file: FileHandle, { plane, firstRow, firstChunk, chunks, rows }: Band): Promise<Buffer> {
  const { page } = plane;
  const { name, code, inflate: open } = compressionOf(page.compression);
  const samples = page.planar ? 1 : page.samples;
  const rowBytes = chunkRowBytes(page);
  let stored = await readChunks(file, plane, firstRow, firstChunk, chunks);
  let decoded: Uint8Array<ArrayBuffer>;
  try {
    if (open) stored = await Promise.all(stored.map((chunk) => open(chunk, rowBytes * page.chunkRows)));
    decoded = await decodeTiffBand(
      {
        width: page.width,
        rows,
        chunkWidth: page.chunkWidth,
        chunkRows: page.chunkRows,
        tiled: page.tiled,
        samples,
        sample: page.planar ? 0 : plane.sample,
        bits: page.bits,
        bigEndian: plane.bigEndian,
        predictor: page.predictor,
      },
      code!,
      stored.length === 1 ? stored[0] : Buffer.concat(stored),
      stored.map((chunk) => chunk.length),
    );
  } catch (error) {
    throw undecodable(
      plane,
      `its ${name} bytes are damaged${error instanceof Error ? ` (${error.message})` : ''}`,
      error,
    );
  }
  return widened(Buffer.from(decoded.buffer), containerOf(page));
}

/** Bytes of one row of a strip or tile, with all samples that lie together. */
export function chunkRowBytes({ chunkWidth, samples, planar, bits }: TiffPage): number {
  return Math.ceil((chunkWidth * (planar ? 1 : samples) * bits) / 8);
}

/** The type in which stored voxels come out of the engine: those of 12 bits as 16-bit ones. */
export function containerOf({ bits, sampleFormat }: TiffPage): string {
  const letters = sampleFormat === 2 ? 'int' : sampleFormat === 3 ? 'float' : 'uint';
  return `${letters}${tiffVoxelBytes(bits) * 8}`;
}

/** The stored bytes of chunks, in one read where they follow one another. */
async function readChunks(
  file: FileHandle,
  plane: Plane,
  firstRow: number,
  first: number,
  count: number,
): Promise<Buffer[]> {
  const { page } = plane;
  const rowBytes = chunkRowBytes(page);
  const lengthOf = (chunk: number) => {
    if (page.compression !== 1) return page.counts[chunk];
    const top = firstRow + (chunk - first) * page.chunkRows;
    return rowBytes * (page.tiled ? page.chunkRows : Math.min(page.chunkRows, page.height - top));
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

function undecodable(plane: Plane, why: string, cause?: unknown): Failure {
  const fields = { what: 'Cannot read the voxels', path: plane.path, at: plane.name, why };
  return badInput({ ...fields, whatToDo: 'The file is damaged: copy or save it again', cause });
}

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) reversed |= 128 >> bit;
  return reversed;
});

function reverseBits(bytes: Buffer): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = REVERSED[bytes[i]];
}
