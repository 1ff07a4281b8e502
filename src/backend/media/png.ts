import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Rows from the top, pixels from the left, channels together: grey, or red, green, blue. */
export interface Picture {
  width: number;
  height: number;
  channels: 1 | 3;
  pixels: Uint8Array;
}

export interface PngNotes {
  /** Texts by keyword; characters beyond Latin-1 are escaped as JSON does it. */
  texts?: Readonly<Record<string, string>>;
  /** Printed size. */
  dotsPerInch?: number;
  /** How hard it is packed, 1 to 9; 9 unless told. */
  level?: number;
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const INCH_M = 0.0254;

/** A PNG of 8 bits a channel; same picture and notes, same bytes. */
export function encodePng(picture: Picture, { texts = {}, dotsPerInch, level = 9 }: PngNotes = {}): Buffer {
  const { width, height, channels } = picture;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  const chunks = [chunk('IHDR', header)];
  if (dotsPerInch !== undefined) {
    const density = Buffer.alloc(9);
    density.writeUInt32BE(Math.round(dotsPerInch / INCH_M), 0);
    density.writeUInt32BE(Math.round(dotsPerInch / INCH_M), 4);
    density[8] = 1;
    chunks.push(chunk('pHYs', density));
  }
  for (const [keyword, text] of Object.entries(texts))
    chunks.push(chunk('tEXt', Buffer.from(`${keyword}\0${latin1(text)}`, 'latin1')));
  chunks.push(chunk('IDAT', deflateSync(filteredRows(picture), { level })), chunk('IEND', Buffer.alloc(0)));
  return Buffer.concat([SIGNATURE, ...chunks]);
}

/** The chunks of a PNG. Throws an Error when a checksum does not hold. */
export function pngChunks(png: Buffer): { type: string; body: Buffer }[] {
  const chunks: { type: string; body: Buffer }[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    if (crc32(png.subarray(at + 4, end)) !== png.readUInt32BE(end)) throw new Error('the PNG is damaged');
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), body: png.subarray(at + 8, end) });
    at = end + 4;
  }
  return chunks;
}

/** What `texts` left in a PNG. */
export function pngTexts(png: Buffer): Record<string, string> {
  const pairs = pngChunks(png)
    .filter(({ type }) => type === 'tEXt')
    .map(({ body }) => body.toString('latin1').split('\0') as [string, string]);
  return Object.fromEntries(pairs);
}

/** The pixels of a PNG of 8 bits, grey or red, green, blue, not interlaced. Throws an Error for others and damaged ones. */
export function decodePng(png: Buffer): Picture {
  const chunks = pngChunks(png);
  const header = chunks[0]?.body;
  const channels = ({ 0: 1, 2: 3 } as const)[header?.[9] ?? -1];
  if (header?.[8] !== 8 || channels === undefined || header[12] !== 0) throw new Error('not a plain PNG');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ body }) => body)));
  const bytes = width * channels;
  const pixels = new Uint8Array(bytes * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (bytes + 1)]!;
    for (let i = 0; i < bytes; i++) {
      const left = i >= channels ? pixels[y * bytes + i - channels]! : 0;
      const above = y > 0 ? pixels[(y - 1) * bytes + i]! : 0;
      const corner = y > 0 && i >= channels ? pixels[(y - 1) * bytes + i - channels]! : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      if (guess === undefined) throw new Error('the PNG is damaged');
      pixels[y * bytes + i] = rows[y * (bytes + 1) + 1 + i]! + guess;
    }
  }
  return { width, height, channels, pixels };
}

/** Of three neighbours the one nearest to where they lead. */
function paeth(left: number, above: number, corner: number): number {
  const lead = left + above - corner;
  const [a, b, c] = [Math.abs(lead - left), Math.abs(lead - above), Math.abs(lead - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

function latin1(text: string): string {
  return text.replace(/[^\n\x20-\x7e\xa0-\xff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function chunk(type: string, body: Buffer): Buffer {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  body.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

/** Each row as it is, or less its left or upper neighbours, whichever leaves the smallest numbers. */
function filteredRows({ width, height, channels, pixels }: Picture): Buffer {
  const bytes = width * channels;
  const out = Buffer.alloc(height * (bytes + 1));
  const rows = [0, 1, 2].map((filter) => ({ filter, row: new Uint8Array(bytes), cost: 0 }));
  for (let y = 0; y < height; y++) {
    const at = y * bytes;
    for (const tried of rows) {
      tried.cost = 0;
      for (let i = 0; i < bytes; i++) {
        const neighbour =
          tried.filter === 1
            ? i >= channels
              ? pixels[at + i - channels]!
              : 0
            : tried.filter === 2 && y > 0
              ? pixels[at + i - bytes]!
              : 0;
        const left = (pixels[at + i]! - neighbour) & 255;
        tried.row[i] = left;
        tried.cost += left < 128 ? left : 256 - left;
      }
    }
    const best = rows.reduce((a, b) => (b.cost < a.cost ? b : a));
    out[y * (bytes + 1)] = best.filter;
    out.set(best.row, y * (bytes + 1) + 1);
  }
  return out;
}
