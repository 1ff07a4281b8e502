import type { Cursor } from './hdf5_cursor.ts';
import { type Hdf5File, MESSAGE } from './hdf5_file.ts';
import { type ElementType, readSpace, readType } from './hdf5_types.ts';

/** How the elements of a dataset are stored. */
export type Layout =
  | { kind: 'compact'; bytes: Buffer }
  | { kind: 'contiguous'; address: number | null; bytes: number | null }
  | { kind: 'chunked'; chunk: number[]; index: ChunkIndexPlace }
  | { kind: 'virtual'; heap: number | null; object: number }
  | { kind: 'external' }
  | { kind: 'unknown'; version: number };

/** Where and how the places of chunks are kept. */
export type ChunkIndexPlace =
  | { kind: 'tree'; address: number | null }
  | { kind: 'single'; address: number | null; bytes: number | null; mask: number }
  | { kind: 'implicit' | 'fixed' | 'extensible' | 'newTree'; address: number | null };

export interface Filter {
  id: number;
  /** As the program that wrote it calls it; "" where it does not. */
  name: string;
  values: number[];
}

/** A dataset's header, as far as it is needed to find its elements. */
export interface DatasetHeader {
  file: Hdf5File;
  address: number;
  type: ElementType;
  /** Null where it holds nothing. */
  shape: number[] | null;
  /** The most each axis may grow to, null without bound. */
  largest: (number | null)[];
  layout: Layout;
  filters: Filter[];
  /** What chunks that were never written hold; null for zeros. */
  fill: Buffer | null;
}

/** Reads an object's header as a dataset's; null for objects that are none. */
export async function readDataset(file: Hdf5File, address: number): Promise<DatasetHeader | null> {
  const space = await file.message(address, MESSAGE.dataspace);
  const type = await file.message(address, MESSAGE.datatype);
  const layout = await file.message(address, MESSAGE.layout);
  if (!space || !type || !layout) return null;
  const filters = await file.message(address, MESSAGE.filters);
  const external = await file.message(address, MESSAGE.externalFiles);
  const extent = readSpace(space);
  return {
    file,
    address,
    type: readType(type),
    shape: extent?.shape ?? null,
    largest: extent?.largest ?? [],
    layout: external ? { kind: 'external' } : readLayout(layout),
    filters: filters ? readFilters(filters) : [],
    fill: await readFill(file, address),
  };
}

function readLayout(cursor: Cursor): Layout {
  const version = cursor.uint(1);
  if (version === 1 || version === 2) {
    const rank = cursor.uint(1);
    const kind = cursor.uint(1);
    cursor.skip(5);
    const address = kind === 0 ? null : cursor.address();
    const dimensions = Array.from({ length: rank }, () => cursor.uint(4));
    if (kind === 0) return { kind: 'compact', bytes: Buffer.from(cursor.take(cursor.uint(4))) };
    if (kind === 1) return { kind: 'contiguous', address, bytes: null };
    return { kind: 'chunked', chunk: dimensions.slice(0, -1), index: { kind: 'tree', address } };
  }
  if (version < 3 || version > 5) return { kind: 'unknown', version };
  const kind = cursor.uint(1);
  if (kind === 0) return { kind: 'compact', bytes: Buffer.from(cursor.take(cursor.uint(2))) };
  if (kind === 1) return { kind: 'contiguous', address: cursor.address(), bytes: cursor.length() };
  if (kind === 3) return { kind: 'virtual', heap: cursor.address(), object: cursor.uint(4) };
  if (kind !== 2) return { kind: 'unknown', version };
  if (version === 3) {
    const rank = cursor.uint(1);
    const address = cursor.address();
    const chunk = Array.from({ length: rank - 1 }, () => cursor.uint(4));
    return { kind: 'chunked', chunk, index: { kind: 'tree', address } };
  }
  const flags = cursor.uint(1);
  const rank = cursor.uint(1);
  const width = cursor.uint(1);
  const chunk = Array.from({ length: rank }, () => cursor.uint(width)).slice(0, -1);
  const index = cursor.uint(1);
  if (index === 1) {
    const filtered = (flags & 2) !== 0;
    const bytes = filtered ? cursor.length() : null;
    const mask = filtered ? cursor.uint(4) : 0;
    return { kind: 'chunked', chunk, index: { kind: 'single', bytes, mask, address: cursor.address() } };
  }
  const kinds = { 2: 'implicit', 3: 'fixed', 4: 'extensible', 5: 'newTree' } as const;
  const named = kinds[index as keyof typeof kinds];
  if (!named) return { kind: 'unknown', version };
  // Their measures stand again in the index itself.
  cursor.skip({ implicit: 0, fixed: 1, extensible: 5, newTree: 6 }[named]);
  return { kind: 'chunked', chunk, index: { kind: named, address: cursor.address() } };
}

function readFilters(cursor: Cursor): Filter[] {
  const version = cursor.uint(1);
  const count = cursor.uint(1);
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => {
    const id = cursor.uint(2);
    const nameBytes = version === 1 || id >= 256 ? cursor.uint(2) : 0;
    cursor.skip(2);
    const values = cursor.uint(2);
    const name = cursor.take(nameBytes).toString('latin1').replace(/\0.*$/s, '');
    const filter = { id, name, values: Array.from({ length: values }, () => cursor.uint(4)) };
    if (version === 1 && values % 2 === 1) cursor.skip(4);
    return filter;
  });
}

async function readFill(file: Hdf5File, address: number): Promise<Buffer | null> {
  const old = await file.message(address, MESSAGE.oldFill);
  const cursor = await file.message(address, MESSAGE.fill);
  let value: Buffer | null = null;
  if (cursor) {
    const version = cursor.uint(1);
    if (version < 3) {
      cursor.skip(2);
      const defined = cursor.uint(1);
      if ((version === 1 || defined) && cursor.left >= 4) value = cursor.take(cursor.uint(4));
    } else if (cursor.uint(1) & 32) value = cursor.take(cursor.uint(4));
  } else if (old) value = old.take(old.uint(4));
  return value?.some((byte) => byte !== 0) ? Buffer.from(value) : null;
}
