import { isFailure } from '../core/failure.ts';
import { treeRecords } from './hdf5_btree.ts';
import type { Cursor } from './hdf5_cursor.ts';
import { type Hdf5File, MESSAGE } from './hdf5_file.ts';
import { openHeap } from './hdf5_heap.ts';
import { type Attribute, readAttribute } from './hdf5_types.ts';

/** Where a name in a group leads. */
export type Link =
  | { kind: 'hard'; name: string; address: number }
  | { kind: 'soft'; name: string; path: string }
  | { kind: 'external'; name: string; file: string; path: string };

/** More names than this are not looked at: no file of volumes has them, and a damaged one could claim them. */
const MOST_LINKS = 20_000;

/** All links of a group, in the order in which the file keeps them. Throws an input failure for a damaged one. */
export async function readLinks(file: Hdf5File, group: number): Promise<Link[]> {
  const links: Link[] = [];
  for (const message of await file.messages(group)) {
    if (links.length >= MOST_LINKS) break;
    if (message.type === MESSAGE.symbolTable) await readSymbolTable(file, await file.content(message), links);
    if (message.type === MESSAGE.link) addLink(await file.content(message), links);
    if (message.type === MESSAGE.linkInfo) {
      const cursor = (await file.content(message)).skip(1);
      cursor.skip(cursor.uint(1) & 1 ? 8 : 0);
      const heapAddress = cursor.address();
      const names = cursor.address();
      if (heapAddress === null || names === null) continue;
      const heap = await openHeap(file, heapAddress);
      // A record holds the name's hash and the place of the link in the heap.
      for await (const record of treeRecords(file, names, 5)) {
        if (links.length >= MOST_LINKS) break;
        addLink(await heap.object(record.skip(4)), links);
      }
    }
  }
  return links;
}

/** All attributes of an object, however many; one that is damaged is left out. */
export async function readAttributes(file: Hdf5File, object: number): Promise<Attribute[]> {
  const attributes: Attribute[] = [];
  const keep = async (read: () => Promise<Cursor>) => {
    try {
      attributes.push(await readAttribute(file, await read()));
    } catch (error) {
      if (!isFailure(error)) throw error;
    }
  };
  for (const message of await file.messages(object)) {
    if (message.type === MESSAGE.attribute) await keep(() => file.content(message));
    if (message.type === MESSAGE.attributeInfo) {
      const cursor = (await file.content(message)).skip(1);
      cursor.skip(cursor.uint(1) & 1 ? 2 : 0);
      const heapAddress = cursor.address();
      const names = cursor.address();
      if (heapAddress === null || names === null) continue;
      const heap = await openHeap(file, heapAddress);
      for await (const record of treeRecords(file, names, 8)) {
        if (attributes.length >= MOST_LINKS) break;
        await keep(() => heap.object(record));
      }
    }
  }
  return attributes;
}

function addLink(cursor: Cursor, links: Link[]): void {
  cursor.skip(1);
  const flags = cursor.uint(1);
  const kind = flags & 8 ? cursor.uint(1) : 0;
  cursor.skip((flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0));
  const name = cursor.take(cursor.uint(1 << (flags & 3))).toString('utf8');
  if (kind === 0) {
    const address = cursor.address();
    if (address !== null) links.push({ kind: 'hard', name, address });
  }
  if (kind === 1) links.push({ kind: 'soft', name, path: cursor.take(cursor.uint(2)).toString('utf8') });
  if (kind === 64) {
    const target = cursor.inner(cursor.uint(2)).skip(1);
    links.push({ kind: 'external', name, file: target.text(), path: target.text() });
  }
}

/** The groups of the first format: a tree of tables of names, which lie in a heap of their own. */
async function readSymbolTable(file: Hdf5File, cursor: Cursor, links: Link[]): Promise<void> {
  const of = 'group';
  const tree = cursor.address();
  const heapAddress = cursor.address();
  if (tree === null || heapAddress === null) return;
  const { offset, length } = file.sizes;
  const heap = (await file.read(heapAddress, 8 + 2 * length + offset, 'heap of names')).signature('HEAP').skip(4);
  const heapBytes = heap.length();
  heap.length();
  const namesAt = heap.address();
  if (namesAt === null) return;
  const names = await file.read(namesAt, heapBytes, 'heap of names');
  const seen = new Set<number>();
  const nodes = [tree];
  for (let address = nodes.pop(); address !== undefined; address = nodes.pop()) {
    if (seen.has(address)) throw file.damaged(of, 'its tree goes in a circle');
    seen.add(address);
    const head = await file.read(address, 8 + 2 * offset, of);
    if (head.bytes.subarray(0, 4).toString('latin1') === 'SNOD') {
      const count = head.skip(6).uint(2);
      const table = await file.read(address, 8 + count * (length + offset + 24), of);
      table.skip(8);
      for (let i = 0; i < count && links.length < MOST_LINKS; i++) {
        names.at = Math.min(table.uint(length), names.bytes.length);
        const name = names.text();
        const target = table.address();
        const kind = table.uint(4);
        const scratch = table.skip(4).inner(16);
        if (kind === 2) {
          names.at = Math.min(scratch.uint(4), names.bytes.length);
          links.push({ kind: 'soft', name, path: names.text() });
        } else if (target !== null) links.push({ kind: 'hard', name, address: target });
      }
      continue;
    }
    head.signature('TREE').skip(2);
    const count = head.uint(2);
    const node = await file.read(address, 8 + 2 * offset + count * (length + offset) + length, of);
    node.skip(8 + 2 * offset);
    const children: number[] = [];
    for (let i = 0; i < count; i++) {
      node.skip(length);
      const child = node.address();
      if (child !== null) children.push(child);
    }
    nodes.push(...children.reverse());
  }
}
