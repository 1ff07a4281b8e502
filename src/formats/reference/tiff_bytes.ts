/** Tag number → values; bytes (text, strips) are given as a Buffer. */
export interface PageToBuild {
  tags: Record<number, number[] | string>;
  /** Stored strips or tiles in the order in which tag 273 or 324 lists them. */
  chunks: Buffer[];
}

export interface FileToBuild {
  pages: PageToBuild[];
  bigEndian?: boolean;
  big?: boolean;
  /** Offset of the directory after the last; 0 ends the chain. */
  lastNext?: number;
  /** Bytes put before every chunk, so that they do not follow one another. */
  gap?: number;
}

/**
 * A TIFF file built by hand for tests, so that readers are not only tested against our own writer: directory, then chunks,
 * page by page, all numbers as LONG but for bits, format and the like.
 */
export function tiffBytes({ pages, bigEndian = false, big = false, lastNext = 0, gap = 0 }: FileToBuild): Buffer {
  const header = big ? 16 : 8;
  let at = header;
  const parts: Buffer[] = [];
  const word = (value: number, bytes: number) => {
    const out = Buffer.alloc(bytes);
    if (bytes === 8) {
      const halves = [Math.floor(value / 2 ** 32), value % 2 ** 32];
      for (const [i, half] of (bigEndian ? halves : halves.reverse()).entries())
        bigEndian ? out.writeUInt32BE(half, i * 4) : out.writeUInt32LE(half, i * 4);
    } else if (bigEndian) out.writeUIntBE(value, 0, bytes);
    else out.writeUIntLE(value, 0, bytes);
    return out;
  };
  const wide = big ? 8 : 4;
  for (const [index, { tags, chunks }] of pages.entries()) {
    const tiled = 322 in tags;
    const all: Record<number, number[] | string> = { ...tags };
    all[tiled ? 324 : 273] ??= chunks.map(() => 0);
    all[tiled ? 325 : 279] ??= chunks.map((chunk) => chunk.length);
    const numbers = Object.keys(all)
      .map(Number)
      .sort((a, b) => a - b);
    const tableBytes = (big ? 8 : 2) + numbers.length * (4 + 2 * wide) + wide;
    const sizeOf = (value: number[] | string, tag: number) =>
      typeof value === 'string' ? value.length + 1 : value.length * ([282, 283].includes(tag) ? 4 : big ? 8 : 4);
    let behind = at + tableBytes;
    const places = new Map<number, number>();
    for (const tag of numbers) {
      if (sizeOf(all[tag], tag) <= wide) continue;
      places.set(tag, behind);
      behind += sizeOf(all[tag], tag);
    }
    if (!tags[tiled ? 324 : 273]) {
      let chunkAt = behind;
      all[tiled ? 324 : 273] = chunks.map((chunk) => {
        chunkAt += gap;
        const own = chunkAt;
        chunkAt += chunk.length;
        return own;
      });
    }
    const end = behind + chunks.reduce((sum, chunk) => sum + gap + chunk.length, 0);
    const table: Buffer[] = [word(numbers.length, big ? 8 : 2)];
    const values: Buffer[] = [];
    for (const tag of numbers) {
      const value = all[tag];
      const rational = tag === 282 || tag === 283;
      const bytes =
        typeof value === 'string'
          ? Buffer.from(`${value}\0`, 'latin1')
          : Buffer.concat(value.map((n) => word(n, rational ? 4 : wide)));
      const type = typeof value === 'string' ? 2 : rational ? 5 : big ? 16 : 4;
      const count = typeof value === 'string' ? bytes.length : rational ? value.length / 2 : value.length;
      table.push(word(tag, 2), word(type, 2), word(count, wide));
      if (bytes.length <= wide) table.push(Buffer.concat([bytes, Buffer.alloc(wide - bytes.length)]));
      else {
        table.push(word(places.get(tag) as number, wide));
        values.push(bytes);
      }
    }
    table.push(word(index + 1 < pages.length ? end : lastNext, wide));
    parts.push(...table, ...values, ...chunks.flatMap((chunk) => [Buffer.alloc(gap, 0xee), chunk]));
    at = end;
  }
  const magic = Buffer.from(bigEndian ? 'MM' : 'II');
  const start = big
    ? [magic, word(43, 2), word(8, 2), word(0, 2), word(header, 8)]
    : [magic, word(42, 2), word(header, 4)];
  return Buffer.concat([...start, ...parts]);
}

/** TIFF's LZW with the clear code before every 3000 strings; slow and simple. */
export function lzw(bytes: Buffer): Buffer {
  const out: number[] = [];
  let bits = 0;
  let held = 0;
  const put = (code: number, width: number) => {
    bits = (bits << width) | code;
    held += width;
    while (held >= 8) {
      out.push((bits >> (held - 8)) & 255);
      held -= 8;
      bits &= (1 << held) - 1;
    }
  };
  let strings = new Map<string, number>();
  let next = 258;
  const width = () => (next < 512 ? 9 : next < 1024 ? 10 : next < 2048 ? 11 : 12);
  put(256, 9);
  let word = '';
  const codeOf = (text: string) => (text.length === 1 ? text.charCodeAt(0) : (strings.get(text) as number));
  for (const byte of bytes) {
    const longer = word + String.fromCharCode(byte);
    if (longer.length === 1 || strings.has(longer)) {
      word = longer;
      continue;
    }
    put(codeOf(word), width());
    strings.set(longer, next++);
    word = String.fromCharCode(byte);
    if (next === 4094) {
      put(256, 12);
      strings = new Map();
      next = 258;
    }
  }
  if (word) put(codeOf(word), width());
  next++;
  put(257, width());
  if (held > 0) put(0, 8 - held);
  return Buffer.from(out);
}
