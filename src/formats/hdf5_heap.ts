import { treeRecords } from './hdf5_btree.ts';
import type { Cursor } from './hdf5_cursor.ts';
import type { Hdf5File } from './hdf5_file.ts';

/** A "fractal" heap: where groups and objects of the newer format keep many links or attributes. */
export interface Heap {
  /** The object whose ID comes next in `id`. Throws an input failure where there is none. */
  object(id: Cursor): Promise<Cursor>;
}

const OF = 'heap';

/** Reads the header of a heap. Throws an input failure for damage, and for heaps that are compressed. */
export async function openHeap(file: Hdf5File, address: number): Promise<Heap> {
  const { offset, length } = file.sizes;
  const plainBytes = 22 + 12 * length + 3 * offset + 4;
  const filtered = (await file.read(address, 9, OF)).signature('FRHP').skip(3).uint(2);
  if (filtered > 0) throw file.damaged(OF, 'it is compressed, which cannot be read');
  const head = (await file.checked(address, plainBytes, OF)).skip(5);
  const idBytes = head.uint(2);
  head.skip(3);
  const largestManaged = head.uint(4);
  head.skip(length);
  const hugeTree = head.address();
  head.skip(length + offset + 8 * length);
  const width = head.uint(2);
  const smallestBlock = head.length();
  const largestBlock = head.length();
  const heapBits = head.uint(2);
  head.skip(2);
  const root = head.address();
  const rootRows = head.uint(2);
  if (!powerOf2(width) || !powerOf2(smallestBlock) || !powerOf2(largestBlock) || heapBits > 64)
    throw file.damaged(OF, 'its measures are impossible');
  const offsetBytes = Math.ceil(heapBits / 8);
  const lengthBytes = Math.min(Math.ceil(Math.log2(largestBlock) / 8), widthOf(largestManaged));
  const directRows = Math.log2(largestBlock) - Math.log2(smallestBlock) + 2;
  const blockHead = 5 + offset + offsetBytes;
  const rowBlock = (row: number) => smallestBlock * 2 ** Math.max(0, row - 1);

  /** The direct block that holds a place of the heap, and where in the file the place is. */
  async function placeOf(at: number, bytes: number): Promise<number> {
    if (root === null) throw file.damaged(OF, 'it is empty, and something should lie in it');
    let block = root;
    let rows = rootRows;
    let from = 0;
    let size = smallestBlock;
    // Rows double the size of their blocks: 64 levels are more than any heap can have.
    for (let level = 0; rows > 0 && level < 64; level++) {
      let row = 0;
      let start = from;
      while (row < rows && at >= start + width * rowBlock(row)) start += width * rowBlock(row++);
      if (row >= rows) throw file.damaged(OF, 'something should lie beyond its end');
      const column = Math.floor((at - start) / rowBlock(row));
      const slot = row * width + column;
      const entry = await file.read(block, blockHead + (slot + 1) * offset, OF);
      const child = entry
        .signature('FHIB')
        .skip(blockHead - 4 + slot * offset)
        .address();
      if (child === null) throw file.damaged(OF, 'something should lie where it has no block');
      block = child;
      from = start + column * rowBlock(row);
      size = rowBlock(row);
      rows = row < directRows ? 0 : Math.log2(size) - Math.log2(smallestBlock * width) + 1;
      if (!Number.isInteger(rows)) throw file.damaged(OF, 'its measures are impossible');
    }
    const within = at - from;
    if (within < blockHead || within + bytes > size) throw file.damaged(OF, 'something lies across its blocks');
    (await file.read(block, 4, OF)).signature('FHDB');
    return block + within;
  }

  async function huge(address: number | null, bytes: number): Promise<Cursor> {
    if (address === null) throw file.damaged(OF, 'a large entry lies nowhere');
    return await file.read(address, bytes, OF);
  }

  return {
    async object(id) {
      const first = id.uint(1);
      const kind = (first >> 4) & 3;
      if (kind === 2) return id.inner(Math.min(id.left, (first & 15) + 1));
      if (kind === 1) {
        // Too large for blocks: its place stands in the ID where that is long enough, else in a tree.
        if (idBytes >= 1 + offset + length) return await huge(id.address(), id.length());
        const number = id.uint(Math.min(8, idBytes - 1));
        if (hugeTree !== null)
          for await (const record of treeRecords(file, hugeTree, 1)) {
            const place = { address: record.address(), bytes: record.length() };
            if (record.length() === number) return await huge(place.address, place.bytes);
          }
        throw file.damaged(OF, 'a large entry should lie in it and does not');
      }
      const at = id.uint(offsetBytes);
      const bytes = id.uint(lengthBytes);
      return await file.read(await placeOf(at, bytes), bytes, OF);
    },
  };
}

function powerOf2(n: number): boolean {
  return n > 0 && Number.isInteger(Math.log2(n));
}

function widthOf(most: number): number {
  return Math.floor(Math.log2(Math.max(1, most)) / 8) + 1;
}
