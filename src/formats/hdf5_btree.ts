import type { Cursor } from './hdf5_cursor.ts';
import type { Hdf5File } from './hdf5_file.ts';

/**
 * All records of a tree of the second format, in order. Throws an input failure where it is damaged or holds records of
 * another type than `type`.
 */
export async function* treeRecords(file: Hdf5File, address: number, type: number): AsyncGenerator<Cursor> {
  const of = 'tree';
  const { offset, length } = file.sizes;
  const head = (await file.checked(address, 22 + offset + length, of)).signature('BTHD').skip(1);
  if (head.uint(1) !== type) throw file.damaged(of, 'it holds other records than it should');
  const nodeBytes = head.uint(4);
  const recordBytes = head.uint(2);
  const depth = head.uint(2);
  head.skip(2);
  const root = head.address();
  const rootRecords = head.uint(2);
  if (root === null) return;
  if (recordBytes === 0 || nodeBytes < 16 || depth > 32) throw file.damaged(of, 'its measures are impossible');

  // How many records fit a node of each level sets how wide the counts beside the pointers are stored.
  const leafMost = Math.floor((nodeBytes - 10) / recordBytes);
  const countBytes = widthOf(leafMost);
  const totalBytes = [0];
  let total = leafMost;
  for (let level = 1; level <= depth; level++) {
    const pointer = offset + countBytes + totalBytes[level - 1];
    const most = Math.floor((nodeBytes - 10 - pointer) / (recordBytes + pointer));
    if (most < 1) throw file.damaged(of, 'its measures are impossible');
    total = Math.min((most + 1) * total + most, Number.MAX_SAFE_INTEGER);
    totalBytes.push(widthOf(total));
  }

  const seen = new Set<number>();
  const nodes = [{ address: root, level: depth, records: rootRecords }];
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    if (seen.has(node.address)) throw file.damaged(of, 'it goes in a circle');
    seen.add(node.address);
    const pointerBytes = node.level > 0 ? offset + countBytes + totalBytes[node.level - 1] : 0;
    const used = 6 + node.records * recordBytes + (node.level > 0 ? (node.records + 1) * pointerBytes : 0) + 4;
    const cursor = (await file.checked(node.address, used, of)).signature(node.level > 0 ? 'BTIN' : 'BTLF').skip(2);
    for (let i = 0; i < node.records; i++) yield cursor.inner(recordBytes);
    if (node.level === 0) continue;
    const children: typeof nodes = [];
    for (let i = 0; i <= node.records; i++) {
      const child = cursor.address();
      const records = cursor.uint(countBytes);
      cursor.skip(totalBytes[node.level - 1]);
      if (child !== null) children.push({ address: child, level: node.level - 1, records });
    }
    nodes.push(...children.reverse());
  }
}

/** Bytes that a number up to `most` is stored in. */
function widthOf(most: number): number {
  return Math.floor(Math.log2(Math.max(1, most)) / 8) + 1;
}
