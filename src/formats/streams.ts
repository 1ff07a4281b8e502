import { createReadStream } from 'node:fs';
import { pipeline, type Transform } from 'node:stream';
import { createInflateRaw, createUnzip } from 'node:zlib';
import { badInput, isFailure } from '../core/failure.ts';
import type { VoxelType } from '../core/series.ts';
import { Bzip2Error, bunzip2 } from './bzip2.ts';
import { ARRAYS } from './write_voxels.ts';

/** How voxels are written into a file, one after another: as they are, compressed as one stream, or as text. */
export type Encoding = 'none' | 'gzip' | 'zlib' | 'deflate' | 'bzip2' | 'HxByteRLE' | 'ascii' | 'hex';

/** Decoded bytes that one stored byte can stand for, at most: what a damaged header cannot ask us to believe. */
export const LARGEST_RATIO: Readonly<Record<Encoding, number>> = {
  none: 1,
  gzip: 1040,
  zlib: 1040,
  deflate: 1040,
  bzip2: 2 ** 21,
  HxByteRLE: 64,
  ascii: 8,
  hex: 0.5,
};

const STORED_BYTES = 256 * 1024;

export interface StoredBytes {
  path: string;
  /** The first stored byte. */
  from: number;
  /** Behind the last stored byte; the end of the file where it is left out. */
  end?: number;
  encoding: Encoding;
  /** What numbers in text are to become; little endian. */
  type: VoxelType;
}

/**
 * The decoded bytes of a part of a file, in pieces of some 100 KB: memory does not grow with what they unfold to. Throws an
 * input failure when they are damaged or end early, and the signal's reason.
 */
export async function* decodedBytes(stored: StoredBytes, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const { path, encoding, from, end } = stored;
  if (end !== undefined && end <= from) return;
  const file = createReadStream(path, {
    start: from,
    ...(end === undefined ? {} : { end: end - 1 }),
    highWaterMark: STORED_BYTES,
  });
  try {
    const pieces = unfolded(file, stored);
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      yield piece;
    }
  } catch (error) {
    if (isFailure(error) || signal?.aborted) throw error;
    const { code, path: own } = error as NodeJS.ErrnoException;
    if (own !== undefined || !(error instanceof Bzip2Error || String(code).startsWith('Z_'))) throw error;
    throw badInput({
      what: 'Cannot read the voxels',
      path,
      why:
        code === 'Z_BUF_ERROR'
          ? `its ${encoding} bytes end early`
          : `its ${encoding} bytes are damaged: ${(error as Error).message}`,
      whatToDo: 'Copy or save it again',
      cause: error,
    });
  } finally {
    file.destroy();
  }
}

function unfolded(file: AsyncIterable<Buffer> & NodeJS.ReadableStream, stored: StoredBytes): AsyncIterable<Buffer> {
  switch (stored.encoding) {
    case 'none':
      return file;
    case 'gzip':
    case 'zlib':
      return through(file, createUnzip({ chunkSize: STORED_BYTES }));
    case 'deflate':
      return through(file, createInflateRaw({ chunkSize: STORED_BYTES }));
    case 'bzip2':
      return bunzip2(file);
    case 'HxByteRLE':
      return runsOf(file);
    case 'ascii':
      return numbersOf(file, stored);
    case 'hex':
      return hexOf(file, stored.path);
  }
}

function through(file: NodeJS.ReadableStream, decoder: Transform): AsyncIterable<Buffer> {
  // The decoder ends with the file's error or its own, which is then thrown to the one who reads from it.
  pipeline(file, decoder, () => {});
  return decoder;
}

/** Amira's runs: a count and a byte to repeat, or 128 more than a count and as many bytes as they are. */
async function* runsOf(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let literals = 0;
  let repeats = 0;
  for await (const piece of file) {
    const out = Buffer.allocUnsafe(piece.length * 64 + 128);
    let length = 0;
    for (const byte of piece) {
      if (literals > 0) {
        out[length++] = byte;
        literals--;
      } else if (repeats > 0) {
        out.fill(byte, length, length + repeats);
        length += repeats;
        repeats = 0;
      } else if (byte > 127) literals = byte - 128;
      else repeats = byte;
    }
    if (length > 0) yield out.subarray(0, length);
  }
}

const LONGEST_NUMBER = 400;

async function* numbersOf(file: AsyncIterable<Buffer>, { path, type }: StoredBytes): AsyncGenerator<Buffer> {
  let rest = '';
  const voxels = (text: string): Buffer => {
    const words = text.split(/[\s,]+/).filter((word) => word !== '');
    const numbers = words.map((word) => (/^[+-]?nan$/i.test(word) ? Number.NaN : numberOf(word)));
    const wrong = numbers.findIndex((number, i) => Number.isNaN(number) && !/nan/i.test(words[i]));
    if (wrong >= 0)
      throw badInput({
        what: 'Cannot read the voxels',
        path,
        why: `"${words[wrong].slice(0, 40)}" among them is no number`,
        whatToDo: 'It is damaged: save it again',
      });
    return Buffer.from(ARRAYS[type].from(numbers).buffer);
  };
  for await (const piece of file) {
    const text = rest + piece.toString('latin1');
    let cut = text.length;
    while (cut > 0 && !/[\s,]/.test(text[cut - 1])) cut--;
    rest = text.slice(cut);
    if (rest.length > LONGEST_NUMBER) voxels(rest);
    if (cut > 0) yield voxels(text.slice(0, cut));
  }
  if (rest !== '') yield voxels(rest);
}

function numberOf(word: string): number {
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(word);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return word.length <= LONGEST_NUMBER && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(word)
    ? Number(word)
    : Number.NaN;
}

async function* hexOf(file: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let rest = '';
  for await (const piece of file) {
    const digits = rest + piece.toString('latin1').replace(/\s+/g, '');
    if (/[^0-9a-f]/i.test(digits))
      throw badInput({ what: 'Cannot read the voxels', path, why: 'they are not only hexadecimal digits' });
    const whole = digits.length & ~1;
    rest = digits.slice(whole);
    yield Buffer.from(digits.slice(0, whole), 'hex');
  }
}
