/** What is wrong with bzip2 bytes. */
export class Bzip2Error extends Error {
  override readonly name = 'Bzip2Error';
}

/** A block of 900 000 symbols at 20 bits each, its tables, and some room: what one block can take, at most. */
const LARGEST_STORED_BLOCK = 2.5 * 2 ** 20;
const OUT_BYTES = 256 * 1024;
const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;

/**
 * Decodes bzip2 (one or several streams one after another) block by block, checking each block's sum. Memory: some 10 MB,
 * whatever a block grows to. Throws a Bzip2Error for damage, and for the randomised blocks of programs before 1997.
 */
export async function* bunzip2(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = stored[Symbol.asyncIterator]();
  const bits = new Bits();
  const fill = async () => {
    while (!bits.ended && bits.remaining < LARGEST_STORED_BLOCK) {
      const { value, done } = await source.next();
      if (done) bits.ended = true;
      else bits.add(value);
    }
  };
  try {
    await fill();
    for (let streams = 0; ; streams++) {
      // What follows the last stream, as padding or a signature, is nobody's.
      if (streams > 0 && (bits.remaining < 4 || bits.peek24() !== 0x425a68)) return;
      if (bits.take(24) !== 0x425a68) throw new Bzip2Error('it does not begin like bzip2');
      const level = bits.take(8) - 0x30;
      if (level < 1 || level > 9) throw new Bzip2Error('its block size is none');
      for (;;) {
        await fill();
        const magic = bits.take(24) * 2 ** 24 + bits.take(24);
        const sum = bits.take(16) * 2 ** 16 + bits.take(16);
        if (magic === END_MAGIC) break;
        if (magic !== BLOCK_MAGIC) throw new Bzip2Error('a block does not begin like one');
        yield* decodeBlock(bits, level * 100_000, sum);
      }
      bits.align();
      await fill();
    }
  } finally {
    await source.return?.();
  }
}

/** Bits of pieces of a file, highest first. */
class Bits {
  ended = false;
  #bytes = Buffer.alloc(0);
  #at = 0;
  #held = 0;
  #count = 0;

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  add(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), bytes]);
    this.#at = 0;
  }

  /** Up to 24 bits. */
  take(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#bytes.length) throw new Bzip2Error('it ends early');
      this.#held = ((this.#held << 8) | this.#bytes[this.#at++]) & 0x7fffffff;
      this.#count += 8;
    }
    this.#count -= count;
    const value = (this.#held >> this.#count) & (2 ** count - 1);
    this.#held &= 2 ** this.#count - 1;
    return value;
  }

  align(): void {
    this.#count -= this.#count % 8;
    this.#at -= this.#count / 8;
    this.#count = 0;
    this.#held = 0;
  }

  /** The next three bytes, after `align`. */
  peek24(): number {
    return this.#bytes.readUIntBE(this.#at, 3);
  }
}

/** One of the Huffman codes of a block: for each length the largest code, and where its symbols begin. */
interface Code {
  shortest: number;
  limit: Int32Array;
  base: Int32Array;
  symbols: Uint16Array;
}

function* decodeBlock(bits: Bits, largest: number, sum: number): Generator<Buffer> {
  if (bits.take(1) === 1) throw new Bzip2Error('a block is randomised, as bzip2 0.9 did');
  const origin = bits.take(24);
  const { symbols, count } = readSymbols(bits, largest);
  if (origin >= count) throw new Bzip2Error('a block points outside itself');
  // Undoes the Burrows-Wheeler transform: symbols[i] gets, above its byte, the place of the byte that follows.
  const starts = new Uint32Array(256);
  for (let i = 0; i < count; i++) starts[symbols[i] & 255]++;
  for (let byte = 0, total = 0; byte < 256; byte++) {
    const own = starts[byte];
    starts[byte] = total;
    total += own;
  }
  for (let i = 0; i < count; i++) symbols[starts[symbols[i] & 255]++] |= i << 8;

  let crc = -1;
  let out = Buffer.allocUnsafe(OUT_BYTES);
  let length = 0;
  let run = 0;
  let last = -1;
  let place = symbols[origin] >>> 8;
  for (let i = 0; i < count; i++) {
    const entry = symbols[place];
    place = entry >>> 8;
    const byte = entry & 255;
    // After four equal bytes comes how many more there are.
    const repeats = run === 4 ? byte : 1;
    const value = run === 4 ? last : byte;
    run = run === 4 ? 0 : byte === last ? run + 1 : 1;
    last = run === 0 ? -1 : byte;
    for (let k = 0; k < repeats; k++) {
      out[length++] = value;
      crc = (crc << 8) ^ CRC[(crc >>> 24) ^ value];
      if (length === OUT_BYTES) {
        yield out;
        out = Buffer.allocUnsafe(OUT_BYTES);
        length = 0;
      }
    }
  }
  if (~crc >>> 0 !== sum) throw new Bzip2Error('the sum of a block is wrong');
  if (length > 0) yield out.subarray(0, length);
}

/** The bytes of a block before the transform: Huffman codes, runs of the front byte, move to front. */
function readSymbols(bits: Bits, largest: number): { symbols: Uint32Array; count: number } {
  const used = bits.take(16);
  const alphabet: number[] = [];
  for (let high = 0; high < 16; high++) {
    if (!(used & (0x8000 >> high))) continue;
    const low = bits.take(16);
    for (let i = 0; i < 16; i++) if (low & (0x8000 >> i)) alphabet.push(high * 16 + i);
  }
  if (alphabet.length === 0) throw new Bzip2Error('a block uses no bytes');
  const size = alphabet.length + 2;
  const tables = bits.take(3);
  const selectors = bits.take(15);
  if (tables < 2 || tables > 6 || selectors < 1) throw new Bzip2Error('a block has no codes');
  const choice = readSelectors(bits, tables, selectors);
  const codes = Array.from({ length: tables }, () => readCode(bits, size));

  const front = Uint8Array.from(alphabet);
  const symbols = new Uint32Array(largest);
  let count = 0;
  let run = 0;
  let weight = 1;
  for (let group = 0; ; group++) {
    if (group >= selectors) throw new Bzip2Error('a block has more symbols than codes');
    const { shortest, limit, base, symbols: meaning } = codes[choice[group]];
    for (let i = 0; i < 50; i++) {
      let width = shortest;
      let code = bits.take(width);
      while (code > limit[width]) {
        if (++width > 20) throw new Bzip2Error('a code of a block is none');
        code = (code << 1) | bits.take(1);
      }
      const index = code - base[width];
      if (index < 0 || index >= size) throw new Bzip2Error('a code of a block is none');
      const symbol = meaning[index];
      if (symbol < 2) {
        run += weight << symbol;
        weight *= 2;
        if (run > largest) throw new Bzip2Error('a block is longer than its size');
        continue;
      }
      if (run > 0) {
        if (count + run > largest) throw new Bzip2Error('a block is longer than its size');
        symbols.fill(front[0], count, count + run);
        count += run;
        run = 0;
        weight = 1;
      }
      if (symbol === size - 1) return { symbols, count };
      const byte = front[symbol - 1];
      front.copyWithin(1, 0, symbol - 1);
      front[0] = byte;
      if (count >= largest) throw new Bzip2Error('a block is longer than its size');
      symbols[count++] = byte;
    }
  }
}

function readSelectors(bits: Bits, tables: number, selectors: number): Uint8Array {
  const order = Array.from({ length: tables }, (_, i) => i);
  const choice = new Uint8Array(selectors);
  for (let i = 0; i < selectors; i++) {
    let rank = 0;
    while (bits.take(1) === 1) if (++rank >= tables) throw new Bzip2Error('a block chooses a code it has not');
    const [table] = order.splice(rank, 1);
    order.unshift(table);
    choice[i] = table;
  }
  return choice;
}

function readCode(bits: Bits, size: number): Code {
  const lengths = new Uint8Array(size);
  let length = bits.take(5);
  for (let i = 0; i < size; i++) {
    for (;;) {
      if (length < 1 || length > 20) throw new Bzip2Error('a code of a block is too long');
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[i] = length;
  }
  const limit = new Int32Array(21).fill(-1);
  const base = new Int32Array(21);
  const symbols = new Uint16Array(size);
  let code = 0;
  let placed = 0;
  for (let width = 1; width <= 20; width++, code <<= 1) {
    base[width] = code - placed;
    for (let i = 0; i < size; i++) {
      if (lengths[i] !== width) continue;
      symbols[placed++] = i;
      limit[width] = code++;
    }
    if (limit[width] < 0 && code > 0) limit[width] = code - 1;
  }
  return { shortest: Math.min(...lengths), limit, base, symbols };
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
