import type { ByteOrder } from './description.ts';
import type { Cursor } from './hdf5_cursor.ts';
import { type Hdf5File, MESSAGE } from './hdf5_file.ts';

/** An element's type, as far as it concerns voxels and headers. */
export interface ElementType {
  bytes: number;
  kind: 'integer' | 'float' | 'text' | 'textInHeap' | 'other';
  /** "uint16", "float32", "compound", …: what is told of it. */
  name: string;
  byteOrder: ByteOrder;
}

const OTHER_CLASSES: Readonly<Record<number, string>> = {
  2: 'time',
  4: 'bits',
  5: 'opaque',
  6: 'compound',
  7: 'reference',
  9: 'lists of varying length',
  10: 'array',
};

/** Reads a datatype message. */
export function readType(cursor: Cursor): ElementType {
  const kind = cursor.uint(1) & 15;
  const [low, high] = cursor.take(3);
  const bytes = cursor.uint(4);
  const byteOrder: ByteOrder = low & 1 ? 'big' : 'little';
  const bits = 8 * bytes;
  const other = (name: string): ElementType => ({ bytes, kind: 'other', name, byteOrder });
  if (kind === 0) {
    const offset = cursor.uint(2);
    const precision = cursor.uint(2);
    const letter = low & 8 ? 'int' : 'uint';
    if (offset !== 0 || ![1, 2, 4, 8].includes(bytes) || (precision !== bits && letter === 'int'))
      return other(`${letter}${precision} in ${bytes} bytes`);
    // Unsigned numbers of 10, 12 or 14 bits are padded with 0 and are what their bytes say.
    return { bytes, kind: 'integer', name: `${letter}${bits}`, byteOrder };
  }
  if (kind === 1) {
    cursor.skip(2);
    const precision = cursor.uint(2);
    const layout = [...cursor.take(4)].join(' ');
    const known: Record<number, string> = { 2: '10 5 0 10', 4: '23 8 0 23', 8: '52 11 0 52' };
    if (known[bytes] !== layout || precision !== bits || low & 64 || high !== bits - 1)
      return other(`float of ${bits} bits in an unusual layout`);
    return { bytes, kind: 'float', name: `float${bits}`, byteOrder };
  }
  if (kind === 3) return { bytes, kind: 'text', name: 'text', byteOrder };
  if (kind === 8) return { ...readType(cursor), bytes };
  if (kind === 9 && (low & 15) === 1) return { bytes, kind: 'textInHeap', name: 'text', byteOrder };
  return other(OTHER_CLASSES[kind] ?? `class ${kind}`);
}

/** Shape of a dataspace message, and the largest it may grow to (null: without bound); [] for one value, null for none. */
export function readSpace(cursor: Cursor): { shape: number[]; largest: (number | null)[] } | null {
  const version = cursor.uint(1);
  const rank = cursor.uint(1);
  const flags = cursor.uint(1);
  const kind = cursor.uint(1);
  if (version === 1) cursor.skip(4);
  if (version === 2 && kind === 2) return null;
  const shape = Array.from({ length: rank }, () => cursor.length());
  // "Without bound" is all bits set, as an undefined address; lengths of 2 or 4 bytes are rare enough not to matter.
  const largest = flags & 1 ? shape.map(() => unbounded(cursor)) : [...shape];
  return { shape, largest };
}

function unbounded(cursor: Cursor): number | null {
  const width = cursor.sizes.length;
  if (cursor.bytes.subarray(cursor.at, cursor.at + width).every((byte) => byte === 255)) {
    cursor.skip(width);
    return null;
  }
  return cursor.length();
}

export interface Attribute {
  name: string;
  type: ElementType;
  count: number;
  bytes: Buffer;
}

/** Reads an attribute message. */
export async function readAttribute(file: Hdf5File, cursor: Cursor): Promise<Attribute> {
  const version = cursor.uint(1);
  const flags = cursor.uint(1);
  const [nameBytes, typeBytes, spaceBytes] = [cursor.uint(2), cursor.uint(2), cursor.uint(2)];
  if (version === 3) cursor.skip(1);
  const padded = (count: number) => (version === 1 ? Math.ceil(count / 8) * 8 : count);
  const part = (count: number) => cursor.inner(Math.min(padded(count), cursor.left));
  const name = part(nameBytes).bytes.subarray(0, nameBytes).toString('utf8').replace(/\0.*$/s, '');
  const inPart = async (bytes: number, bit: number, type: number) => {
    const own = part(bytes);
    return version > 1 && flags & bit ? await file.shared(own, type) : own;
  };
  const type = readType(await inPart(typeBytes, 1, MESSAGE.datatype));
  const space = readSpace(await inPart(spaceBytes, 2, MESSAGE.dataspace));
  const count = space ? space.shape.reduce((product, n) => product * n, 1) : 0;
  return { name, type, count, bytes: cursor.take(Math.min(cursor.left, count * type.bytes)) };
}

/** Numbers or texts of elements; null for other types. Texts that lie in a heap are fetched from it. */
export async function valuesOf(
  file: Hdf5File,
  type: ElementType,
  bytes: Buffer,
  most = 65_536,
): Promise<number[] | string[] | null> {
  const count = type.bytes > 0 ? Math.min(most, Math.floor(bytes.length / type.bytes)) : 0;
  const each = <T>(read: (at: number) => T) => Array.from({ length: count }, (_, i) => read(i * type.bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = type.byteOrder === 'little';
  if (type.kind === 'text') return each((at) => ended(bytes.subarray(at, at + type.bytes)));
  if (type.kind === 'textInHeap') {
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(await textInHeap(file, bytes.subarray(i * type.bytes)));
    return texts;
  }
  if (type.kind === 'float')
    return each((at) =>
      type.bytes === 2
        ? view.getFloat16(at, little)
        : type.bytes === 4
          ? view.getFloat32(at, little)
          : view.getFloat64(at, little),
    );
  if (type.kind !== 'integer') return null;
  const signed = type.name.startsWith('int');
  return each((at) => {
    if (type.bytes === 8) return Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little));
    if (type.bytes === 4) return signed ? view.getInt32(at, little) : view.getUint32(at, little);
    if (type.bytes === 2) return signed ? view.getInt16(at, little) : view.getUint16(at, little);
    return signed ? view.getInt8(at) : view.getUint8(at);
  });
}

/** Text up to its first 0, without the blanks that some programs fill it with. */
function ended(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\0.*$/s, '').trim();
}

const LONGEST_TEXT = 2 ** 20;

async function textInHeap(file: Hdf5File, reference: Buffer): Promise<string> {
  const cursor = file.cursor(reference, 'text');
  const length = cursor.uint(4);
  const address = cursor.address();
  const index = cursor.uint(4);
  if (!address || length === 0) return '';
  const bytes = await heapObject(file, address, index);
  return ended(bytes.subarray(0, Math.min(length, LONGEST_TEXT)));
}

/** One object of a global heap collection. Throws an input failure where there is none. */
export async function heapObject(file: Hdf5File, address: number, index: number): Promise<Buffer> {
  const of = 'global heap';
  const head = (await file.read(address, 8 + file.sizes.length, of)).signature('GCOL').skip(4);
  const cursor = await file.read(address, head.length(), of);
  cursor.skip(8 + file.sizes.length);
  while (cursor.left >= 8 + file.sizes.length) {
    const own = cursor.uint(2);
    cursor.skip(6);
    const length = cursor.length();
    if (own === 0) break;
    const bytes = cursor.take(length);
    if (own === index) return bytes;
    cursor.skip(Math.min(cursor.left, -length & 7));
  }
  throw file.damaged(of, 'what should lie in it does not');
}
