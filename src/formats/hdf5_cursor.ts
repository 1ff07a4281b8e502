import type { Failure } from '../core/failure.ts';

/** Reads little-endian numbers one after another; beyond the end it throws what `refuse` makes of it. */
export class Cursor {
  readonly bytes: Buffer;
  at = 0;
  readonly #refuse: (why: string) => Failure;
  /** Bytes of an address and of a length in this file. */
  readonly sizes: { offset: number; length: number };

  constructor(bytes: Buffer, sizes: { offset: number; length: number }, refuse: (why: string) => Failure) {
    this.bytes = bytes;
    this.sizes = sizes;
    this.#refuse = refuse;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(count: number): Buffer {
    if (!(count >= 0 && count <= this.left)) throw this.#refuse('a header is shorter than it says');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** The next `count` bytes as a cursor of their own. */
  inner(count: number): Cursor {
    return new Cursor(this.take(count), this.sizes, this.#refuse);
  }

  skip(count: number): this {
    this.take(count);
    return this;
  }

  /** An unsigned number of up to 8 bytes. */
  uint(count: number): number {
    const bytes = this.take(count);
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[i];
    if (!Number.isSafeInteger(value)) throw this.#refuse('a header holds a number that is too large');
    return value;
  }

  /** An address in the file; null where it is "undefined", all bits set. */
  address(): number | null {
    const bytes = this.bytes.subarray(this.at, this.at + this.sizes.offset);
    if (bytes.length === this.sizes.offset && bytes.every((byte) => byte === 255)) {
      this.at += this.sizes.offset;
      return null;
    }
    return this.uint(this.sizes.offset);
  }

  length(): number {
    return this.uint(this.sizes.length);
  }

  /** Text up to and without the next 0, which is passed over. */
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw this.#refuse('a name in a header has no end');
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }

  /** Throws unless the next bytes are these letters. */
  signature(letters: string): this {
    if (this.take(letters.length).toString('latin1') !== letters)
      throw this.#refuse(`where "${letters}" should stand there is something else`);
    return this;
  }
}
