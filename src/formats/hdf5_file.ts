import { badInput, type Failure } from '../core/failure.ts';
import { inBytes } from './description.ts';
import { lookup3 } from './hdf5_checksum.ts';
import { Cursor } from './hdf5_cursor.ts';
import { HeaderReader } from './header_reader.ts';

const SIGNATURE = Buffer.from('894844460d0a1a0a', 'hex');
/** An object header is rarely more than some kilobytes; beyond this it is damage. */
const LARGEST_BLOCK = 64 * 2 ** 20;
const MOST_MESSAGES = 65_536;
const KEPT_HEADERS = 256;

/** Message types that are read; others are passed over. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFill: 0x04,
  fill: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface Message {
  type: number;
  flags: number;
  bytes: Buffer;
}

/** The byte at which an HDF5 file begins: after a user block of 512, 1024, … bytes if it has one; null for other files. */
export function hdf5Start(head: Buffer): number | null {
  for (let at = 0; at + SIGNATURE.length <= head.length; at = at === 0 ? 512 : at * 2)
    if (head.subarray(at, at + SIGNATURE.length).equals(SIGNATURE)) return at;
  return null;
}

/**
 * The structure of one HDF5 file as it lies on disk: superblock and object headers of every version. Only what is asked for
 * is read; nothing is believed of a size before it is compared with the file's.
 */
export class Hdf5File {
  readonly path: string;
  readonly size: number;
  readonly root: number;
  readonly sizes: { offset: number; length: number };
  readonly #base: number;
  readonly #reader: HeaderReader;
  readonly #headers = new Map<number, Promise<Message[]>>();

  private constructor(
    reader: HeaderReader,
    head: { base: number; root: number; sizes: { offset: number; length: number } },
  ) {
    this.#reader = reader;
    this.path = reader.path;
    this.size = reader.size;
    this.#base = head.base;
    this.root = head.root;
    this.sizes = head.sizes;
  }

  /** Throws an input failure for files that are none, damaged or cut short. */
  static async open(path: string): Promise<Hdf5File> {
    // Heaps and trees are read again for each object in them, so the bound on all headers is above the file's size.
    const reader = await HeaderReader.open(path, (size) => 4 * size + 2 ** 26);
    try {
      const head = await reader.bytes(0, Math.min(64 * 1024, reader.size), 'superblock');
      const start = hdf5Start(head);
      if (start === null) throw refusal(path, 'superblock', 'it does not begin like an HDF5 file');
      return new Hdf5File(reader, await superblock(reader, start));
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  damaged(at: string, why: string): Failure {
    return refusal(this.path, at, why);
  }

  /** The place in the file of an address, in bytes. */
  offsetOf(address: number): number {
    return this.#base + address;
  }

  /** `length` bytes at an address. Throws an input failure beyond the end of the file. */
  async read(address: number, length: number, of: string): Promise<Cursor> {
    if (length > LARGEST_BLOCK) throw this.damaged(of, `it would be ${inBytes(length)} long`);
    return this.cursor(await this.#reader.bytes(this.#base + address, length, of), of);
  }

  cursor(bytes: Buffer, of: string): Cursor {
    return new Cursor(bytes, this.sizes, (why) => this.damaged(of, why));
  }

  /** All of a block that ends with a checksum, which is compared: from the address to the checksum. */
  async checked(address: number, length: number, of: string): Promise<Cursor> {
    const { bytes } = await this.read(address, length, of);
    if (lookup3(bytes.subarray(0, length - 4)) !== bytes.readUInt32LE(length - 4))
      throw this.damaged(of, 'its checksum does not match');
    return this.cursor(bytes.subarray(0, length - 4), of);
  }

  /** The messages of an object header, those in continuation blocks included. */
  async messages(address: number): Promise<Message[]> {
    let found = this.#headers.get(address);
    if (!found) {
      found = this.#messages(address);
      // Each holds the block of the file that it lies in.
      if (this.#headers.size >= KEPT_HEADERS) this.#headers.delete(this.#headers.keys().next().value as number);
      this.#headers.set(address, found);
    }
    return await found;
  }

  /** The content of the first message of a type, wherever it is stored; null without one. */
  async message(address: number, type: number): Promise<Cursor | null> {
    const found = (await this.messages(address)).find((message) => message.type === type);
    return found ? await this.content(found) : null;
  }

  /** What a message holds: itself, or what another object shares with it. */
  async content({ type, flags, bytes }: Message): Promise<Cursor> {
    const cursor = this.cursor(bytes, 'object header');
    return flags & 2 ? await this.shared(cursor, type) : cursor;
  }

  /** The message that a shared one stands for. */
  async shared(cursor: Cursor, type: number): Promise<Cursor> {
    const version = cursor.uint(1);
    const kind = cursor.uint(1);
    if (version === 1) cursor.skip(6);
    if (version === 3 && kind === 1) throw this.damaged('object header', 'it keeps headers in a common heap');
    const address = cursor.address();
    if (address === null) throw this.damaged('object header', 'it shares a header that is nowhere');
    const found = (await this.messages(address)).find((message) => message.type === type && !(message.flags & 2));
    if (!found) throw this.damaged('object header', 'it shares a header that is not there');
    return this.cursor(found.bytes, 'object header');
  }

  async #messages(address: number): Promise<Message[]> {
    const of = `object header at byte ${this.offsetOf(address).toLocaleString('en')}`;
    const start = await this.read(address, this.#atMost(address, 16), of);
    return start.bytes.subarray(0, 4).toString('latin1') === 'OHDR'
      ? await this.#newHeader(address, of)
      : await this.#oldHeader(address, of, start);
  }

  async #oldHeader(address: number, of: string, start: Cursor): Promise<Message[]> {
    if (start.uint(1) !== 1) throw this.damaged(of, 'it is none');
    start.skip(7);
    const messages: Message[] = [];
    const blocks = [{ address: address + 16, length: start.uint(4) }];
    const seen = new Set<number>();
    for (let block = blocks.shift(); block; block = blocks.shift()) {
      if (seen.has(block.address)) throw this.damaged(of, 'it goes in a circle');
      seen.add(block.address);
      const cursor = await this.read(block.address, block.length, of);
      while (cursor.left >= 8 && messages.length < MOST_MESSAGES) {
        const type = cursor.uint(2);
        const length = cursor.uint(2);
        const flags = cursor.uint(1);
        const bytes = cursor.skip(3).take(Math.min(length, cursor.left));
        this.#keep({ type, flags, bytes }, messages, blocks, of);
      }
    }
    return messages;
  }

  async #newHeader(address: number, of: string): Promise<Message[]> {
    const start = (await this.read(address, this.#atMost(address, 64), of)).signature('OHDR');
    if (start.uint(1) !== 2) throw this.damaged(of, 'its version is unknown');
    const flags = start.uint(1);
    start.skip((flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0));
    const length = start.uint(1 << (flags & 3));
    const first = start.at;
    const messages: Message[] = [];
    const blocks: { address: number; length: number }[] = [];
    const seen = new Set<number>();
    let cursor = await this.checked(address, first + length + 4, of);
    cursor.skip(first);
    for (;;) {
      const header = flags & 4 ? 6 : 4;
      while (cursor.left >= header && messages.length < MOST_MESSAGES) {
        const type = cursor.uint(1);
        const size = cursor.uint(2);
        const own = cursor.uint(1);
        const bytes = cursor.skip(header - 4).take(size);
        this.#keep({ type, flags: own, bytes }, messages, blocks, of);
      }
      const block = blocks.shift();
      if (!block) return messages;
      if (seen.has(block.address)) throw this.damaged(of, 'it goes in a circle');
      seen.add(block.address);
      cursor = (await this.checked(block.address, block.length, of)).signature('OCHK');
    }
  }

  /** `most`, or what is left of the file from an address on; 1 where the address is beyond it, which reading refuses. */
  #atMost(address: number, most: number): number {
    return Math.max(1, Math.min(most, this.size - this.offsetOf(address)));
  }

  #keep(message: Message, messages: Message[], blocks: { address: number; length: number }[], of: string): void {
    messages.push(message);
    if (message.type !== MESSAGE.continuation) return;
    const cursor = this.cursor(message.bytes, of);
    const address = cursor.address();
    const length = cursor.length();
    if (address === null || length < 8) throw this.damaged(of, 'it goes on nowhere');
    blocks.push({ address, length });
  }
}

function refusal(path: string, at: string, why: string): Failure {
  return badInput({
    what: 'Cannot read the HDF5 file',
    path,
    at,
    why,
    whatToDo: 'It is damaged: copy or save it again',
  });
}

async function superblock(reader: HeaderReader, start: number) {
  const { path, size } = reader;
  const of = 'superblock';
  const bytes = await reader.bytes(start, Math.min(128, size - start), of);
  const version = bytes[8];
  const sizesAt = version < 2 ? 13 : 9;
  const sizes = { offset: bytes[sizesAt], length: bytes[sizesAt + 1] };
  const allowed = [2, 4, 8];
  if (!(version <= 3)) throw refusal(path, of, `its version ${version} is newer than 3, the last one known`);
  if (!allowed.includes(sizes.offset) || !allowed.includes(sizes.length))
    throw refusal(path, of, 'its addresses have an impossible length');
  const cursor = new Cursor(bytes, sizes, (why) => refusal(path, of, why));
  let base: number | null;
  let end: number | null;
  let root: number | null;
  if (version < 2) {
    cursor.skip(version === 0 ? 24 : 28);
    base = cursor.address();
    cursor.address();
    end = cursor.address();
    cursor.address();
    cursor.skip(sizes.length);
    root = cursor.address();
  } else {
    cursor.skip(12);
    base = cursor.address();
    cursor.address();
    end = cursor.address();
    root = cursor.address();
    const checksum = cursor.at;
    if (cursor.uint(4) !== lookup3(bytes.subarray(0, checksum))) throw refusal(path, of, 'its checksum does not match');
  }
  if (root === null || end === null) throw refusal(path, of, 'it was never finished');
  // A user block may have been put before the file later: then the stored base is 0, and the library goes by the place.
  end += start - (base ?? 0);
  base = start;
  if (end > size)
    throw badInput({
      what: 'Cannot read the HDF5 file',
      path,
      why: `it should have ${inBytes(end)}, and has ${inBytes(size)}`,
      whatToDo: 'It is cut short, or still being written: copy it again',
    });
  return { base, root, sizes };
}
