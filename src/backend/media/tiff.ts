import { deflateSync } from 'node:zlib';
import type { Picture } from './png.ts';

export interface TiffNotes {
  /** ASCII or UTF-8; what made the picture. */
  description: string;
  software: string;
  dotsPerInch: number;
}

/** Rows of a strip: each is some hundred kilobytes, so that a reader need not hold the picture. */
const STRIP_BYTES = 256 * 1024;
const [ASCII, SHORT, LONG, RATIONAL] = [2, 3, 4, 5];
const BYTES = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [RATIONAL]: 8 } as Record<number, number>;

/** A baseline TIFF of 8 bits a channel, deflated after a horizontal difference; same picture and notes, same bytes. */
export function encodeTiff({ width, height, channels, pixels }: Picture, notes: TiffNotes): Buffer {
  const rowBytes = width * channels;
  const rows = Math.max(1, Math.floor(STRIP_BYTES / rowBytes));
  const strips: Buffer[] = [];
  for (let top = 0; top < height; top += rows) {
    const strip = Buffer.from(pixels.subarray(top * rowBytes, Math.min(height, top + rows) * rowBytes));
    for (let row = 0; row < strip.length; row += rowBytes)
      for (let i = row + rowBytes - 1; i >= row + channels; i--) strip[i] = strip[i]! - strip[i - channels]!;
    strips.push(deflateSync(strip, { level: 9 }));
  }
  const text = (words: string) => Buffer.from(`${words}\0`, 'utf8');
  const numbers = (type: number, values: readonly number[]) => {
    const out = Buffer.alloc(values.length * (type === SHORT ? 2 : 4));
    values.forEach((value, i) => {
      if (type === SHORT) out.writeUInt16LE(value, 2 * i);
      else out.writeUInt32LE(value, 4 * i);
    });
    return out;
  };
  const density = numbers(LONG, [Math.round(notes.dotsPerInch * 1000), 1000]);
  const tags: [tag: number, type: number, value: Buffer][] = [
    [256, LONG, numbers(LONG, [width])],
    [257, LONG, numbers(LONG, [height])],
    [258, SHORT, numbers(SHORT, new Array<number>(channels).fill(8))],
    [259, SHORT, numbers(SHORT, [8])],
    [262, SHORT, numbers(SHORT, [channels === 1 ? 1 : 2])],
    [270, ASCII, text(notes.description)],
    [
      273,
      LONG,
      numbers(
        LONG,
        strips.map(() => 0),
      ),
    ],
    [277, SHORT, numbers(SHORT, [channels])],
    [278, LONG, numbers(LONG, [rows])],
    [
      279,
      LONG,
      numbers(
        LONG,
        strips.map(({ length }) => length),
      ),
    ],
    [282, RATIONAL, density],
    [283, RATIONAL, density],
    [296, SHORT, numbers(SHORT, [2])],
    [305, ASCII, text(notes.software)],
    [317, SHORT, numbers(SHORT, [2])],
  ];
  // Header, directory, the values that do not fit it, strips.
  const directoryAt = 8;
  let at = directoryAt + 2 + tags.length * 12 + 4;
  const places = tags.map(([, , value]) => {
    if (value.length <= 4) return 0;
    const place = at;
    at += value.length + (value.length % 2);
    return place;
  });
  const offsets = tags.find(([tag]) => tag === 273)![2];
  strips.forEach((strip, i) => {
    offsets.writeUInt32LE(at, 4 * i);
    at += strip.length + (strip.length % 2);
  });
  const out = Buffer.alloc(at);
  out.write('II*\0', 0, 'latin1');
  out.writeUInt32LE(directoryAt, 4);
  out.writeUInt16LE(tags.length, directoryAt);
  tags.forEach(([tag, type, value], i) => {
    const entry = directoryAt + 2 + i * 12;
    out.writeUInt16LE(tag, entry);
    out.writeUInt16LE(type, entry + 2);
    out.writeUInt32LE(value.length / BYTES[type]!, entry + 4);
    if (value.length <= 4) value.copy(out, entry + 8);
    else {
      out.writeUInt32LE(places[i]!, entry + 8);
      value.copy(out, places[i]!);
    }
  });
  strips.forEach((strip, i) => strip.copy(out, offsets.readUInt32LE(4 * i)));
  return out;
}

/** The description that `encodeTiff` left in a file; null where there is none. */
export function tiffDescription(tiff: Buffer): string | null {
  if (tiff.length < 8 || tiff.toString('latin1', 0, 4) !== 'II*\0') return null;
  const directory = tiff.readUInt32LE(4);
  const count = tiff.readUInt16LE(directory);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * 12;
    if (tiff.readUInt16LE(entry) !== 270) continue;
    const length = tiff.readUInt32LE(entry + 4);
    const from = length <= 4 ? entry + 8 : tiff.readUInt32LE(entry + 8);
    return tiff.toString('utf8', from, from + length - 1);
  }
  return null;
}
