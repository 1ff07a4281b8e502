import { badInput, type Failure } from '../core/failure.ts';
import { inBytes } from './description.ts';
import { HeaderReader } from './header_reader.ts';

const SIGNATURE = 'd0cf11e0a1b11ae1';
const END_OF_CHAIN = 0xfffffffe;
const LARGEST_SECTOR = 0xfffffffa;
const NO_ENTRY = 0xffffffff;
const MOST_ENTRIES = 2 ** 20;
const KEPT_TABLES = 256;

/** True for the start of a compound file: Zeiss' and Xradia's, but also old Office documents. */
export function isOle2(head: Buffer): boolean {
  return head.length >= 512 && head.subarray(0, 8).toString('hex') === SIGNATURE;
}

/** Bytes of a stream that lie together in the file. */
export interface Run {
  offset: number;
  bytes: number;
}

interface Entry {
  start: number;
  size: number;
}

interface Header {
  sectorBytes: number;
  version: number;
  miniSectorBytes: number;
  /** Streams shorter than this lie in the mini stream. */
  miniBelow: number;
}

/**
 * A compound file (OLE2, CFB): a file system in a file, of both versions. Only its tables are read; every chain is bounded
 * by what the file can hold.
 */
export class Ole2 {
  readonly path: string;
  readonly size: number;
  readonly #reader: HeaderReader;
  readonly #header: Header;
  /** The sector of each part of the allocation table. */
  readonly #tables: number[];
  readonly #kept = new Map<number, Uint32Array>();
  /** By path in lower case: names are compared without regard to case. */
  readonly #streams = new Map<string, Entry>();
  #miniTable: Uint32Array = new Uint32Array(0);
  #miniRuns: Run[] = [];

  private constructor(reader: HeaderReader, header: Header, tables: number[]) {
    this.#reader = reader;
    this.#header = header;
    this.#tables = tables;
    this.path = reader.path;
    this.size = reader.size;
  }

  /** Throws an input failure for files that are none, damaged or cut short. */
  static async open(path: string): Promise<Ole2> {
    const reader = await HeaderReader.open(path, (size) => 2 * size + 2 ** 20);
    try {
      const head = await reader.bytes(0, 512, 'header');
      const refuse = (why: string) => refusal(path, 'header', why);
      if (!isOle2(head)) throw refuse('it is no compound file');
      const version = head.readUInt16LE(26);
      const shift = head.readUInt16LE(30);
      const miniShift = head.readUInt16LE(32);
      if (!((version === 3 && shift === 9) || (version === 4 && shift === 12)) || miniShift !== 6)
        throw refuse(`its version ${version} with sectors of 2^${shift} bytes is unknown`);
      const header = {
        sectorBytes: 2 ** shift,
        version,
        miniSectorBytes: 2 ** miniShift,
        miniBelow: head.readUInt32LE(56),
      };
      const file = new Ole2(reader, header, await tablesOf(reader, head, header.sectorBytes));
      await file.#readDirectory(head.readUInt32LE(48), head.readUInt32LE(60), head.readUInt32LE(64));
      return file;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  /** Bytes of a stream, "ImageInfo/PixelSize"; null without it. */
  sizeOf(path: string): number | null {
    return this.#streams.get(path.toLowerCase())?.size ?? null;
  }

  /** The first `most` bytes of a stream; null without it. Throws an input failure where its chain is damaged. */
  async read(path: string, most = 2 ** 20): Promise<Buffer | null> {
    const size = this.sizeOf(path);
    if (size === null) return null;
    const parts: Buffer[] = [];
    let left = Math.min(size, most);
    for (const { offset, bytes } of await this.runsOf(path, left)) {
      const take = Math.min(bytes, left);
      parts.push(await this.#reader.bytes(offset, take, path));
      left -= take;
    }
    return Buffer.concat(parts);
  }

  /** Where a stream's bytes lie, in order; `most` of them are enough. Throws an input failure for a damaged chain. */
  async runsOf(path: string, most = Number.POSITIVE_INFINITY): Promise<Run[]> {
    const entry = this.#streams.get(path.toLowerCase());
    if (!entry) throw this.damaged(path, 'it is not there');
    const bytes = Math.min(entry.size, most);
    return entry.size < this.#header.miniBelow
      ? this.#miniRunsOf(entry.start, bytes, path)
      : await this.#runsFrom(entry.start, bytes, path);
  }

  damaged(at: string, why: string): Failure {
    return refusal(this.path, at, why);
  }

  async #runsFrom(start: number, size: number, of: string): Promise<Run[]> {
    if (size > this.size)
      throw this.damaged(of, `it would have ${inBytes(size)}, and the file has ${inBytes(this.size)}`);
    const { sectorBytes } = this.#header;
    const perTable = sectorBytes / 4;
    const runs: Run[] = [];
    let sector = start;
    let table = -1;
    let entries: Uint32Array = this.#miniTable;
    for (let left = size; left > 0; left -= sectorBytes) {
      const offset = (sector + 1) * sectorBytes;
      if (sector > LARGEST_SECTOR) throw this.damaged(of, `its chain ends ${inBytes(left)} too early`);
      const here = Math.min(left, sectorBytes);
      if (offset + here > this.size) throw this.damaged(of, 'it reaches beyond the end of the file');
      const last = runs[runs.length - 1];
      if (last && last.offset + last.bytes === offset) last.bytes += here;
      else runs.push({ offset, bytes: here });
      if (Math.floor(sector / perTable) !== table) {
        table = Math.floor(sector / perTable);
        entries = await this.#table(table, of);
      }
      sector = entries[sector % perTable];
    }
    this.#checkApart(runs, of);
    return runs;
  }

  #miniRunsOf(start: number, size: number, of: string): Run[] {
    const { miniSectorBytes: mini } = this.#header;
    const runs: Run[] = [];
    let sector = start;
    for (let left = size; left > 0; left -= mini) {
      const offset = sector <= LARGEST_SECTOR ? this.#inMiniStream(sector * mini) : null;
      if (offset === null) throw this.damaged(of, `its chain ends ${inBytes(left)} too early`);
      const here = Math.min(left, mini);
      const last = runs[runs.length - 1];
      if (last && last.offset + last.bytes === offset) last.bytes += here;
      else runs.push({ offset, bytes: here });
      sector = this.#miniTable[sector] ?? END_OF_CHAIN;
    }
    this.#checkApart(runs, of);
    return runs;
  }

  /** The place in the file of a place in the mini stream, which lies in whole sectors. */
  #inMiniStream(at: number): number | null {
    let left = at;
    for (const { offset, bytes } of this.#miniRuns) {
      if (left < bytes) return offset + left;
      left -= bytes;
    }
    return null;
  }

  /** A chain that comes back to where it was gives the same place twice. */
  #checkApart(runs: readonly Run[], of: string): void {
    const ordered = [...runs].sort((a, b) => a.offset - b.offset);
    for (const [i, run] of ordered.entries())
      if (i > 0 && run.offset < ordered[i - 1].offset + ordered[i - 1].bytes)
        throw this.damaged(of, 'its chain goes in a circle');
  }

  async #table(index: number, of: string): Promise<Uint32Array> {
    const kept = this.#kept.get(index);
    if (kept) return kept;
    if (index >= this.#tables.length) throw this.damaged(of, 'its chain leaves the table of sectors');
    const { sectorBytes } = this.#header;
    const bytes = await this.#reader.bytes((this.#tables[index] + 1) * sectorBytes, sectorBytes, 'table of sectors');
    const entries = wordsOf(bytes);
    if (this.#kept.size >= KEPT_TABLES) this.#kept.delete(this.#kept.keys().next().value as number);
    this.#kept.set(index, entries);
    return entries;
  }

  /** All bytes of a chain whose length is only known at its end. */
  async #chain(start: number, most: number, of: string): Promise<Buffer> {
    const { sectorBytes } = this.#header;
    const parts: Buffer[] = [];
    const seen = new Set<number>();
    for (let sector = start; sector <= LARGEST_SECTOR; ) {
      if (seen.has(sector)) throw this.damaged(of, 'its chain goes in a circle');
      if (seen.size * sectorBytes >= most) throw this.damaged(of, 'it is larger than it can be');
      seen.add(sector);
      parts.push(Buffer.from(await this.#reader.bytes((sector + 1) * sectorBytes, sectorBytes, of)));
      const perTable = sectorBytes / 4;
      sector = (await this.#table(Math.floor(sector / perTable), of))[sector % perTable];
    }
    return Buffer.concat(parts);
  }

  async #readDirectory(first: number, miniFirst: number, miniSectors: number): Promise<void> {
    const directory = await this.#chain(first, MOST_ENTRIES * 128, 'directory');
    const count = directory.length / 128;
    const at = (index: number) => directory.subarray(index * 128, index * 128 + 128);
    const entryAt = (index: number): Entry => {
      const entry = at(index);
      // The first version left the upper half of sizes undefined.
      const high = this.#header.version === 3 ? 0 : entry.readUInt32LE(124);
      return { start: entry.readUInt32LE(116), size: high * 2 ** 32 + entry.readUInt32LE(120) };
    };
    if (count < 1) throw this.damaged('directory', 'it is empty');
    const root = entryAt(0);
    this.#miniRuns = await this.#runsFrom(root.start, root.size, 'mini stream');
    if (miniSectors > 0) this.#miniTable = wordsOf(await this.#chain(miniFirst, this.size, 'mini table'));
    const seen = new Set<number>([0]);
    const nodes = [{ index: at(0).readUInt32LE(76), path: '' }];
    for (let node = nodes.pop(); node; node = nodes.pop()) {
      const { index, path } = node;
      if (index === NO_ENTRY) continue;
      if (index >= count) throw this.damaged('directory', 'it names an entry that is not there');
      if (seen.has(index)) throw this.damaged('directory', 'it goes in a circle');
      seen.add(index);
      const entry = at(index);
      const name = entry.toString('utf16le', 0, Math.max(0, Math.min(64, entry.readUInt16LE(64)) - 2));
      const own = path === '' ? name : `${path}/${name}`;
      nodes.push({ index: entry.readUInt32LE(68), path }, { index: entry.readUInt32LE(72), path });
      if (entry[66] === 2) this.#streams.set(own.toLowerCase(), entryAt(index));
      if (entry[66] === 1) nodes.push({ index: entry.readUInt32LE(76), path: own });
    }
  }
}

/** The sectors of the allocation table: 109 in the header, more in sectors that name the next of their kind. */
async function tablesOf(reader: HeaderReader, head: Buffer, sectorBytes: number): Promise<number[]> {
  const { path, size } = reader;
  const of = 'table of sectors';
  const count = head.readUInt32LE(44);
  if (count > Math.ceil(size / sectorBytes)) throw refusal(path, of, 'it is larger than the file');
  const tables: number[] = [];
  for (let i = 0; i < Math.min(109, count); i++) tables.push(head.readUInt32LE(76 + 4 * i));
  const seen = new Set<number>();
  for (let sector = head.readUInt32LE(68); tables.length < count; ) {
    if (sector > LARGEST_SECTOR || seen.has(sector)) throw refusal(path, of, 'its chain is broken');
    seen.add(sector);
    const words = wordsOf(await reader.bytes((sector + 1) * sectorBytes, sectorBytes, of));
    tables.push(...words.subarray(0, Math.min(words.length - 1, count - tables.length)));
    sector = words[words.length - 1];
  }
  return tables;
}

function wordsOf(bytes: Buffer): Uint32Array {
  const words = new Uint32Array(bytes.length >> 2);
  for (let i = 0; i < words.length; i++) words[i] = bytes.readUInt32LE(4 * i);
  return words;
}

function refusal(path: string, at: string, why: string): Failure {
  return badInput({
    what: 'Cannot read the compound file',
    path,
    at,
    why,
    whatToDo: 'It is cut short or damaged: copy or save it again',
  });
}
