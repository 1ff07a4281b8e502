import { badInput, type Failure } from '../core/failure.ts';
import { HeaderReader } from './header_reader.ts';

/** The fields of one image file directory that decide where voxels lie and how they are stored. TIFF 6.0, section 8. */
export interface TiffPage {
  width: number;
  height: number;
  /** Bits of one sample; the largest where samples differ. */
  bits: number;
  mixedBits: boolean;
  /** 1 unsigned, 2 signed, 3 floating point, 4 undefined, 5 and 6 complex. */
  sampleFormat: number;
  samples: number;
  /** Samples lie in planes of their own, one after another. */
  planar: boolean;
  /** One of the samples is opacity. */
  alpha: boolean;
  photometric: number;
  compression: number;
  predictor: number;
  /** 2: the bits of each byte run backwards. */
  fillOrder: number;
  /** Rows of a strip, or of a tile. */
  chunkRows: number;
  /** Width of a tile, or of the image where it is stored in strips. */
  chunkWidth: number;
  tiled: boolean;
  /** Where strips or tiles begin, and their stored bytes (0 where the file does not say). */
  offsets: Float64Array;
  counts: Float64Array;
  /** Pixels per unit along x and y; 0 where the file does not say. */
  resolution: [number, number];
  /** When the page was made, "2024:05:01 10:00:00" as a rule; empty where the file does not say. */
  dateTime: string;
  /** A smaller copy of another page, or a mask of it. */
  reduced: boolean;
}

export interface TiffDirectories {
  bigEndian: boolean;
  pages: TiffPage[];
  /** ImageDescription of the first page, or empty. */
  description: string;
}

const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
/** BYTE, SHORT, LONG, IFD, LONG8, IFD8; RATIONAL, FLOAT, DOUBLE. */
const WHOLE = [1, 3, 4, 13, 16, 18];
const FRACTIONS = [5, 11, 12];
const MAX_PAGES = 1 << 20;
/** Bits of NewSubfileType. */
const [REDUCED, MASK] = [1, 4];

const TAG = {
  subfileType: 254,
  planarConfiguration: 284,
  extraSamples: 338,
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  stripOffsets: 273,
  samples: 277,
  rowsPerStrip: 278,
  stripCounts: 279,
  xResolution: 282,
  yResolution: 283,
  dateTime: 306,
  predictor: 317,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileCounts: 325,
  sampleFormat: 339,
} as const;

interface Entry {
  type: number;
  count: number;
  /** The value itself where it fits, else its position in the file. */
  inline: Buffer;
}

/** True for the first bytes of a TIFF or BigTIFF file. */
export function isTiff(head: Buffer): boolean {
  return head.length >= 8 && ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(head.toString('latin1', 0, 4));
}

/** Reads the directories of all pages in order. Throws an input failure when they are damaged, cyclic or cut short. */
export async function readTiffDirectories(path: string): Promise<TiffDirectories> {
  const reader = await HeaderReader.open(path);
  try {
    return await new DirectoryChain(reader).read();
  } finally {
    await reader.close();
  }
}

class DirectoryChain {
  #reader: HeaderReader;
  #bigEndian = false;
  #big = false;

  constructor(reader: HeaderReader) {
    this.#reader = reader;
  }

  async read(): Promise<TiffDirectories> {
    const start = await this.#reader.bytes(0, 8, 'TIFF header');
    this.#bigEndian = start[0] === 0x4d;
    this.#big = this.#u16(start, 2) === 43;
    let offset = this.#u32(start, 4);
    if (this.#big) {
      const header = await this.#reader.bytes(0, 16, 'BigTIFF header');
      if (this.#u16(header, 4) !== 8) throw this.#damaged('BigTIFF header', 'its offsets are not of 8 bytes');
      offset = this.#u64(header, 8);
    }
    const pages: TiffPage[] = [];
    const seen = new Set<number>();
    let description = '';
    while (offset !== 0) {
      const name = `page ${pages.length + 1}`;
      if (seen.has(offset)) throw this.#damaged(name, 'the list of pages runs in a circle');
      if (seen.size >= MAX_PAGES) throw this.#damaged(name, `it has more than ${MAX_PAGES} pages`);
      seen.add(offset);
      const { entries, next } = await this.#directory(offset, name);
      if (pages.length === 0) description = await this.#text(entries.get(TAG.description), name);
      pages.push(await this.#page(entries, name));
      offset = next;
    }
    if (pages.length === 0) throw this.#damaged('TIFF header', 'it has no page');
    return { bigEndian: this.#bigEndian, pages, description };
  }

  async #directory(offset: number, name: string): Promise<{ entries: Map<number, Entry>; next: number }> {
    const countBytes = this.#big ? 8 : 2;
    const entryBytes = this.#big ? 20 : 12;
    const valueBytes = this.#big ? 8 : 4;
    const countField = await this.#reader.bytes(offset, countBytes, name);
    const count = this.#big ? this.#u64(countField, 0) : this.#u16(countField, 0);
    if (count === 0) throw this.#damaged(name, 'its directory is empty');
    const table = await this.#reader.bytes(offset + countBytes, count * entryBytes + valueBytes, name);
    const entries = new Map<number, Entry>();
    for (let i = 0; i < count; i++) {
      const at = i * entryBytes;
      entries.set(this.#u16(table, at), {
        type: this.#u16(table, at + 2),
        count: this.#big ? this.#u64(table, at + 4) : this.#u32(table, at + 4),
        inline: table.subarray(at + entryBytes - valueBytes, at + entryBytes),
      });
    }
    const end = count * entryBytes;
    return { entries, next: this.#big ? this.#u64(table, end) : this.#u32(table, end) };
  }

  async #page(entries: Map<number, Entry>, name: string): Promise<TiffPage> {
    const one = async (tag: number, fallback: number) => (await this.#numbers(entries.get(tag), name))[0] ?? fallback;
    const ratio = async (tag: number) => (await this.#numbers(entries.get(tag), name, FRACTIONS))[0] ?? 0;
    const width = await one(TAG.width, 0);
    const height = await one(TAG.height, 0);
    if (width < 1 || height < 1) throw this.#damaged(name, `its size is ${height} × ${width}`);
    const tiled = entries.has(TAG.tileWidth);
    const rows = tiled ? await one(TAG.tileHeight, 0) : await one(TAG.rowsPerStrip, height);
    const chunkWidth = tiled ? await one(TAG.tileWidth, 0) : width;
    if (tiled && (rows < 1 || chunkWidth < 1)) throw this.#damaged(name, `its tiles are ${rows} × ${chunkWidth}`);
    // Some writers list their tiles in the tags of strips.
    const [offsetTag, countTag] = entries.has(TAG.tileOffsets)
      ? [TAG.tileOffsets, TAG.tileCounts]
      : [TAG.stripOffsets, TAG.stripCounts];
    const offsets = await this.#numbers(entries.get(offsetTag), name);
    const counts = await this.#numbers(entries.get(countTag), name);
    const samples = Math.max(1, await one(TAG.samples, 1));
    const bits = (await this.#numbers(entries.get(TAG.bits), name)).subarray(0, Math.min(Math.max(samples, 1), 16));
    if (offsets.length === 0) throw this.#damaged(name, 'it does not say where its voxels are');
    return {
      width,
      height,
      bits: Math.max(...bits, 1),
      mixedBits: new Set(bits).size > 1,
      sampleFormat: await one(TAG.sampleFormat, 1),
      samples,
      planar: samples > 1 && (await one(TAG.planarConfiguration, 1)) === 2,
      alpha: (await this.#numbers(entries.get(TAG.extraSamples), name)).some((kind) => kind === 1 || kind === 2),
      photometric: await one(TAG.photometric, 1),
      compression: await one(TAG.compression, 1),
      predictor: await one(TAG.predictor, 1),
      fillOrder: await one(TAG.fillOrder, 1),
      chunkRows: tiled ? rows : rows < 1 ? height : Math.min(rows, height),
      chunkWidth,
      tiled,
      offsets,
      counts: counts.length === offsets.length ? counts : new Float64Array(offsets.length),
      resolution: [await ratio(TAG.xResolution), await ratio(TAG.yResolution)],
      dateTime: await this.#text(entries.get(TAG.dateTime), name),
      reduced: ((await one(TAG.subfileType, 0)) & (REDUCED | MASK)) !== 0,
    };
  }

  /** The numbers of an entry; empty where it is missing or of another type. */
  async #numbers(entry: Entry | undefined, name: string, types = WHOLE): Promise<Float64Array> {
    if (!entry || !types.includes(entry.type)) return new Float64Array(0);
    const size = TYPE_BYTES[entry.type];
    const bytes = await this.#value(entry, size, name);
    const values = new Float64Array(entry.count);
    for (let i = 0, at = 0; i < values.length; i++, at += size) values[i] = this.#number(entry.type, bytes, at);
    return values;
  }

  #number(type: number, bytes: Buffer, at: number): number {
    switch (type) {
      case 1:
        return bytes[at];
      case 3:
        return this.#u16(bytes, at);
      case 4:
      case 13:
        return this.#u32(bytes, at);
      case 5: {
        const denominator = this.#u32(bytes, at + 4);
        return denominator === 0 ? 0 : this.#u32(bytes, at) / denominator;
      }
      case 11:
        return this.#bigEndian ? bytes.readFloatBE(at) : bytes.readFloatLE(at);
      case 12:
        return this.#bigEndian ? bytes.readDoubleBE(at) : bytes.readDoubleLE(at);
      case 16:
      case 18:
        return this.#u64(bytes, at);
      default:
        return 0;
    }
  }

  async #text(entry: Entry | undefined, name: string): Promise<string> {
    if (entry?.type !== 2) return '';
    const bytes = await this.#value(entry, 1, name);
    const end = bytes.indexOf(0);
    const text = bytes.subarray(0, end < 0 ? bytes.length : end);
    const utf8 = text.toString('utf8');
    return utf8.includes('\uFFFD') ? text.toString('latin1') : utf8;
  }

  async #value(entry: Entry, size: number, name: string): Promise<Buffer> {
    const length = entry.count * size;
    if (length <= entry.inline.length) return entry.inline;
    const offset = this.#big ? this.#u64(entry.inline, 0) : this.#u32(entry.inline, 0);
    return this.#reader.bytes(offset, length, name);
  }

  #u16(bytes: Buffer, at: number): number {
    return this.#bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  }

  #u32(bytes: Buffer, at: number): number {
    return this.#bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }

  /** Exact up to 2^53, more than any file has. */
  #u64(bytes: Buffer, at: number): number {
    const [high, low] = this.#bigEndian ? [at, at + 4] : [at + 4, at];
    return this.#u32(bytes, high) * 2 ** 32 + this.#u32(bytes, low);
  }

  #damaged(at: string, why: string): Failure {
    return badInput({
      what: 'Cannot read the TIFF file',
      path: this.#reader.path,
      at,
      why,
      whatToDo: 'It is damaged: copy or save it again',
    });
  }
}
