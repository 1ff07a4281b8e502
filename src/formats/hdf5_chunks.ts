import type { Failure } from '../core/failure.ts';
import { treeRecords } from './hdf5_btree.ts';
import type { Cursor } from './hdf5_cursor.ts';
import type { ChunkIndexPlace, DatasetHeader } from './hdf5_layout.ts';

/** Where a chunk lies in its file, in bytes from its beginning. */
export interface StoredChunk {
  offset: number;
  bytes: number;
  /** Bit i set: filter i was left out for this chunk. */
  mask: number;
}

/** The chunks of a dataset that were written. */
export interface ChunkIndex {
  /** Chunks along each axis. */
  grid: number[];
  stored: number;
  /** Bytes that all chunks take in the file. */
  bytes: number;
  /** A chunk by its number in the grid, the last axis fastest; null where it was never written. */
  at(number: number): StoredChunk | null;
}

/**
 * Reads where the chunks of a dataset lie. Chunks must lie in the file; how many there are is bounded by what the file
 * holds, not by the shape it claims. Throws an input failure for damage.
 */
export async function readChunkIndex(dataset: DatasetHeader): Promise<ChunkIndex> {
  const { file, shape, layout } = dataset;
  if (layout.kind !== 'chunked' || !shape) throw new Error('only chunked datasets have an index');
  const { chunk, index } = layout;
  const damaged = (why: string) => file.damaged('chunks', why);
  const grid = gridOf(shape, chunk, damaged);
  const chunkBytes = chunk.reduce((product, n) => product * n, dataset.type.bytes);
  const filtered = dataset.filters.length > 0;
  const chunks = new ChunkTable(grid, file.size, damaged);
  const add = (number: number | null, address: number | null, bytes: number, mask: number) => {
    if (number !== null && address !== null) chunks.add(number, { offset: file.offsetOf(address), bytes, mask });
  };
  const { address } = index;
  if (address === null) return chunks;
  switch (index.kind) {
    case 'single':
      add(0, address, index.bytes ?? chunkBytes, index.mask);
      return chunks;
    case 'tree':
      for await (const entry of oldTree(dataset, address, chunk.length))
        add(scaledNumber(entry.start, chunk, grid, damaged), entry.address, entry.bytes, entry.mask);
      return chunks;
    case 'implicit': {
      const all = orderOf(dataset, grid);
      const most = all.count;
      if (file.offsetOf(address) + most * chunkBytes > file.size)
        throw damaged('they reach beyond the end of the file');
      for (let i = 0; i < most; i++) add(all.number(i), address + i * chunkBytes, chunkBytes, 0);
      return chunks;
    }
    case 'newTree':
      for await (const record of treeRecords(file, address, filtered ? 11 : 10)) {
        const place = record.address();
        const scaled = 8 * chunk.length;
        const bytes = filtered ? record.uint(record.left - 4 - scaled) : chunkBytes;
        const mask = filtered ? record.uint(4) : 0;
        add(
          numberIn(
            chunk.map(() => record.uint(8)),
            grid,
          ),
          place,
          bytes,
          mask,
        );
      }
      return chunks;
    default: {
      const order = orderOf(dataset, grid);
      const entries = index.kind === 'fixed' ? fixedArray(dataset, index) : extensibleArray(dataset, index);
      for await (const { at, cursor } of entries) {
        const place = cursor.address();
        const bytes = filtered ? cursor.uint(cursor.left - 4) : chunkBytes;
        if (place !== null) add(order.number(at), place, bytes, filtered ? cursor.uint(4) : 0);
      }
      return chunks;
    }
  }
}

/** Chunks along each axis. */
function gridOf(shape: number[], chunk: number[], damaged: (why: string) => Failure): number[] {
  if (chunk.length !== shape.length || chunk.some((n) => n < 1)) throw damaged('they do not fit its shape');
  const grid = shape.map((n, axis) => Math.ceil(n / chunk[axis]));
  if (!Number.isSafeInteger(grid.reduce((product, n) => product * n, 1))) throw damaged('there would be too many');
  return grid;
}

function numberIn(position: number[], grid: number[]): number | null {
  let number = 0;
  for (const [axis, count] of grid.entries()) {
    if (position[axis] >= count) return null;
    number = number * count + position[axis];
  }
  return number;
}

function scaledNumber(start: number[], chunk: number[], grid: number[], damaged: (why: string) => Failure) {
  if (start.some((n, axis) => n % chunk[axis] !== 0)) throw damaged('one lies between the others');
  return numberIn(
    start.map((n, axis) => n / chunk[axis]),
    grid,
  );
}

class ChunkTable implements ChunkIndex {
  readonly grid: number[];
  bytes = 0;
  readonly #slots = new Map<number, number>();
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  readonly #masks: number[] = [];
  readonly #fileBytes: number;
  readonly #damaged: (why: string) => Failure;

  constructor(grid: number[], fileBytes: number, damaged: (why: string) => Failure) {
    this.grid = grid;
    this.#fileBytes = fileBytes;
    this.#damaged = damaged;
  }

  get stored(): number {
    return this.#slots.size;
  }

  add(number: number, { offset, bytes, mask }: StoredChunk): void {
    if (offset + bytes > this.#fileBytes) throw this.#damaged('one reaches beyond the end of the file');
    if (this.#slots.has(number)) throw this.#damaged('one is there twice');
    this.#slots.set(number, this.#offsets.length);
    this.#offsets.push(offset);
    this.#lengths.push(bytes);
    this.#masks.push(mask);
    this.bytes += bytes;
  }

  at(number: number): StoredChunk | null {
    const slot = this.#slots.get(number);
    if (slot === undefined) return null;
    return { offset: this.#offsets[slot], bytes: this.#lengths[slot], mask: this.#masks[slot] };
  }
}

interface TreeEntry {
  start: number[];
  address: number | null;
  bytes: number;
  mask: number;
}

async function* oldTree({ file }: DatasetHeader, root: number, rank: number): AsyncGenerator<TreeEntry> {
  const of = 'chunks';
  const { offset } = file.sizes;
  const keyBytes = 8 + 8 * (rank + 1);
  const seen = new Set<number>();
  const nodes = [root];
  for (let address = nodes.pop(); address !== undefined; address = nodes.pop()) {
    if (seen.has(address)) throw file.damaged(of, 'their tree goes in a circle');
    seen.add(address);
    const head = (await file.read(address, 8 + 2 * offset, of)).signature('TREE');
    if (head.uint(1) !== 1) throw file.damaged(of, 'their tree is one of names');
    const level = head.uint(1);
    const count = head.uint(2);
    const node = await file.read(address, 8 + 2 * offset + count * (keyBytes + offset), of);
    node.skip(8 + 2 * offset);
    const children: number[] = [];
    for (let i = 0; i < count; i++) {
      const bytes = node.uint(4);
      const mask = node.uint(4);
      const start = Array.from({ length: rank }, () => node.uint(8));
      const child = node.skip(8).address();
      if (level === 0) yield { start, address: child, bytes, mask };
      else if (child !== null) children.push(child);
    }
    nodes.push(...children.reverse());
  }
}

/**
 * In which order arrays list chunks: by the grid that the dataset may grow to, an axis without bound before the others.
 * `number` gives the place in the present grid, null outside of it.
 */
function orderOf({ largest, layout }: DatasetHeader, grid: number[]) {
  const { chunk } = layout as { chunk: number[] };
  const most = largest.map((n, axis) => (n === null ? null : Math.ceil(n / chunk[axis])));
  const axes = grid.map((_, axis) => axis).sort((a, b) => Number(most[a] !== null) - Number(most[b] !== null) || a - b);
  return {
    count: most.reduce<number>((product, n, axis) => product * (n ?? grid[axis]), 1),
    number(at: number): number | null {
      const position = new Array<number>(grid.length);
      let rest = at;
      for (const axis of axes.slice(1).reverse()) {
        const along = most[axis] ?? grid[axis];
        position[axis] = rest % along;
        rest = Math.floor(rest / along);
      }
      position[axes[0]] = rest;
      return numberIn(position, grid);
    },
  };
}

interface ArrayEntry {
  at: number;
  cursor: Cursor;
}

async function* fixedArray({ file }: DatasetHeader, { address }: ChunkIndexPlace): AsyncGenerator<ArrayEntry> {
  const of = 'chunks';
  const { offset, length } = file.sizes;
  const head = (await file.checked(address!, 8 + length + offset + 4, of)).signature('FAHD').skip(2);
  const entryBytes = head.uint(1);
  const pageBits = head.uint(1);
  const count = head.length();
  const block = head.address();
  if (block === null) return;
  const prefix = 6 + offset;
  const perPage = 2 ** pageBits;
  if (count <= perPage) {
    const cursor = (await file.checked(block, prefix + count * entryBytes + 4, of)).signature('FADB');
    cursor.skip(prefix - 4);
    for (let at = 0; at < count; at++) yield { at, cursor: cursor.inner(entryBytes) };
    return;
  }
  const pages = Math.ceil(count / perPage);
  const bitmapBytes = Math.ceil(pages / 8);
  const bitmap = (await file.checked(block, prefix + bitmapBytes + 4, of)).signature('FADB').skip(prefix - 4).bytes;
  let place = block + prefix + bitmapBytes + 4;
  for (let page = 0; page < pages; page++) {
    const here = Math.min(perPage, count - page * perPage);
    if (bitmap[prefix + (page >> 3)] & (128 >> (page & 7))) {
      const cursor = await file.checked(place, here * entryBytes + 4, of);
      for (let i = 0; i < here; i++) yield { at: page * perPage + i, cursor: cursor.inner(entryBytes) };
    }
    place += perPage * entryBytes + 4;
  }
}

async function* extensibleArray({ file }: DatasetHeader, { address }: ChunkIndexPlace): AsyncGenerator<ArrayEntry> {
  const of = 'chunks';
  const { offset, length } = file.sizes;
  const head = (await file.checked(address!, 12 + 6 * length + offset + 4, of)).signature('EAHD').skip(2);
  const entryBytes = head.uint(1);
  const mostBits = head.uint(1);
  const inIndex = head.uint(1);
  const blockLeast = head.uint(1);
  const pointersLeast = head.uint(1);
  const pageBits = head.uint(1);
  head.skip(4 * length);
  const used = head.length();
  head.skip(length);
  const root = head.address();
  if (root === null) return;
  const power = (n: number) => n > 0 && Number.isInteger(Math.log2(n));
  if (!power(blockLeast) || !power(pointersLeast) || mostBits > 64 || entryBytes < offset)
    throw file.damaged(of, 'their measures are impossible');

  const positionBytes = Math.ceil(mostBits / 8);
  const superBlocks = 1 + mostBits - Math.log2(blockLeast);
  const firstOwn = 2 * Math.log2(pointersLeast);
  const directBlocks = 2 * (pointersLeast - 1);
  const perPage = 2 ** pageBits;
  const blocksIn = (group: number) => 2 ** Math.floor(group / 2);
  const entriesIn = (group: number) => 2 ** Math.floor((group + 1) / 2) * blockLeast;

  const indexBytes = 6 + offset + inIndex * entryBytes + (directBlocks + Math.max(0, superBlocks - firstOwn)) * offset;
  const index = (await file.checked(root, indexBytes + 4, of)).signature('EAIB').skip(2 + offset);
  let at = 0;
  for (; at < inIndex; at++) yield { at, cursor: index.inner(entryBytes) };

  async function* block(place: number | null, entries: number, pages: boolean[] | null): AsyncGenerator<ArrayEntry> {
    const from = at;
    at += entries;
    if (place === null) return;
    const prefix = 6 + offset + positionBytes;
    if (!pages) {
      const cursor = (await file.checked(place, prefix + entries * entryBytes + 4, of)).signature('EADB');
      cursor.skip(prefix - 4);
      for (let i = 0; i < entries; i++) yield { at: from + i, cursor: cursor.inner(entryBytes) };
      return;
    }
    let page = place + prefix + 4;
    for (const [number, written] of pages.entries()) {
      if (written) {
        const cursor = await file.checked(page, perPage * entryBytes + 4, of);
        for (let i = 0; i < perPage; i++) yield { at: from + number * perPage + i, cursor: cursor.inner(entryBytes) };
      }
      page += perPage * entryBytes + 4;
    }
  }

  let group = 0;
  // The first groups of blocks are named in the index itself, later ones in blocks of their own.
  for (let direct = 0; direct < directBlocks; group++)
    for (let i = 0; i < blocksIn(group) && direct < directBlocks; i++, direct++)
      yield* block(index.address(), entriesIn(group), null);
  for (; group < superBlocks && at < used; group++) {
    const place = index.address();
    const blocks = blocksIn(group);
    const entries = entriesIn(group);
    if (place === null) {
      at += blocks * entries;
      continue;
    }
    const pages = entries > perPage ? entries / perPage : 0;
    const bitmapBytes = Math.ceil(pages / 8);
    const prefix = 6 + offset + positionBytes;
    const cursor = await file.checked(place, prefix + blocks * (bitmapBytes + offset) + 4, of);
    cursor.signature('EASB').skip(prefix - 4);
    // The bits of all blocks follow one another, though each block has room for whole bytes.
    const bitmap = cursor.take(blocks * bitmapBytes);
    const isWritten = (page: number) => (bitmap[page >> 3] & (128 >> (page & 7))) !== 0;
    for (let i = 0; i < blocks; i++) {
      const written = pages > 0 ? Array.from({ length: pages }, (_, page) => isWritten(i * pages + page)) : null;
      yield* block(cursor.address(), entries, written);
    }
  }
}
