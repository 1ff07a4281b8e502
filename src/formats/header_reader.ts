import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { badInput } from '../core/failure.ts';
import { inBytes } from './description.ts';

const BLOCK = 16 * 1024;
const KEPT_BLOCKS = 64;
const LARGEST_HEADER = 2 ** 29;

/**
 * Reads small pieces all over a file in blocks, and remembers the last ones: a chain of thousands of headers costs one
 * read for each that lies apart, and far fewer where they lie together.
 */
export class HeaderReader {
  readonly path: string;
  readonly size: number;
  #file: FileHandle;
  #blocks = new Map<number, Buffer>();
  #budget: number;

  private constructor(path: string, file: FileHandle, size: number, budget: number) {
    this.path = path;
    this.size = size;
    this.#file = file;
    this.#budget = budget;
  }

  /**
   * `budget`: bytes of headers that may be asked for in all. No sound file makes us read many more headers than it has
   * bytes; one whose headers overlap could, for hours. Throws what the operating system says of a file that cannot be opened.
   */
  static async open(path: string, budget = (size: number) => size + 2 ** 20): Promise<HeaderReader> {
    // A pipe would else keep whoever opens it waiting until someone writes into it.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = await file.stat();
    if (status.isFile()) return new HeaderReader(path, file, status.size, budget(status.size));
    await file.close();
    throw badInput({
      what: 'Cannot read the file',
      path,
      why: status.isDirectory() ? 'it is a folder' : 'it is not a file',
    });
  }

  /** `length` bytes from `offset`. Throws an input failure beyond the end of the file. */
  async bytes(offset: number, length: number, of: string): Promise<Buffer> {
    const refuse = (why: string, whatToDo: string) =>
      badInput({ what: 'Cannot read the file', path: this.path, at: of, why, whatToDo });
    // A place before the file or a length below nothing comes of a header that points beyond it.
    if (!(offset >= 0 && length >= 0 && offset <= this.size && offset + length <= this.size))
      throw refuse(
        `its header reaches to byte ${Math.max(offset, offset + length).toLocaleString('en')}, and the file has ${inBytes(this.size)}`,
        'It is cut short or damaged: copy or save it again',
      );
    this.#budget -= length;
    if (this.#budget < 0 || length > LARGEST_HEADER)
      throw refuse('its headers are larger than they can be', 'It is damaged: copy or save it again');
    const first = Math.floor(offset / BLOCK);
    const last = Math.floor((offset + length - 1) / BLOCK);
    if (last - first >= 2) return this.#read(offset, length);
    const start = await this.#block(first);
    const from = offset - first * BLOCK;
    if (last <= first) return start.subarray(from, from + length);
    return Buffer.concat([start.subarray(from), await this.#block(last)]).subarray(0, length);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #block(index: number): Promise<Buffer> {
    const kept = this.#blocks.get(index);
    if (kept) return kept;
    const block = await this.#read(index * BLOCK, Math.min(BLOCK, this.size - index * BLOCK));
    if (this.#blocks.size >= KEPT_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value as number);
    this.#blocks.set(index, block);
    return block;
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#file.read(buffer, done, length - done, offset + done);
      if (bytesRead === 0)
        throw badInput({ what: 'Cannot read the file', path: this.path, why: 'it became shorter while it was read' });
      done += bytesRead;
    }
    return buffer;
  }
}
