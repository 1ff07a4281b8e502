import type { Triple } from '../core/geometry.ts';
import { VOXEL_BYTES } from './description.ts';
import { type VolumeToWrite, voxelBytes, writeVoxels } from './write_voxels.ts';

export interface TiffToWrite extends VolumeToWrite {
  /** z, y, x, or y, x for one page, or t, z, y, x for a series. */
  shape: readonly number[];
  /** z, y, x; null where it is not known. */
  voxelSizeUm: Triple | null;
  /** Grey values that viewers show as black and white. */
  display?: [number, number];
  /** Colours that ImageJ shows grey values in: 256 times red, green, blue. */
  colours?: Uint8Array;
  /** What a grey value of one stands for, where that is not one, and of what: 1/255 of a "fraction". */
  unitOfValue?: { of: number; name: string };
  /** Hours from one time point to the next. */
  frameIntervalH?: number;
  /** What ImageJ shows above each slice of a time point. */
  frameLabels?: readonly string[];
  /** 64-bit offsets, which ImageJ itself does not read. */
  bigTiff?: boolean;
  /** Without those: bytes of a file beyond which it has one directory; by default what 32-bit offsets reach. */
  oneDirectoryBeyond?: number;
}

const LARGEST_CLASSIC = 2 ** 32 - 1;

/**
 * Writes an uncompressed TIFF, one page a slice, that opens in ImageJ and Fiji with its voxel size. Its pages follow one
 * another, so that it can be mapped in place. Beyond 4 GB it has, as ImageJ's own have, one directory, whose description tells
 * how many pages follow. Beside and renamed; throws as `writeRaw`.
 */
export async function writeTiff(path: string, volume: TiffToWrite): Promise<void> {
  const bytes = voxelBytes(volume);
  const slices = volume.shape.slice(0, -2).reduce((product, n) => product * n, 1);
  const description = Buffer.from(`${imageJDescription(volume, slices)}\0`, 'latin1');
  const own = imageJMetadata(volume, slices);
  const directoryBytes = slices * 300 + 4096 + own.reduce((sum, { length }) => sum + length, 0);
  const big = volume.bigTiff ?? false;
  const headerBytes = big ? 16 : 8;
  // What ImageJ keeps of a stack that 32-bit offsets do not reach.
  const pages = !big && bytes + directoryBytes > (volume.oneDirectoryBeyond ?? LARGEST_CLASSIC) ? 1 : slices;
  const directoryOf = (page: number, at: number, voxelsAt: number, next: number) =>
    directory(big, at, next, pageTags(volume, page, voxelsAt + (page * bytes) / slices, description, own));
  const voxelsAt = aligned(headerBytes + directoryOf(0, headerBytes, 0, 0).length);
  const tailAt = aligned(voxelsAt + bytes);
  const laterBytes = directoryOf(1, 0, 0, 0).length;
  const later = (page: number) => (page < pages ? tailAt + (page - 1) * laterBytes : 0);

  const head = Buffer.alloc(voxelsAt);
  head.write('II', 'latin1');
  head.writeUInt16LE(big ? 43 : 42, 2);
  head.writeUInt32LE(big ? 8 : headerBytes, 4);
  if (big) head.writeUInt32LE(headerBytes, 8);
  directoryOf(0, headerBytes, voxelsAt, later(1)).copy(head, headerBytes);
  const tail: Buffer[] = [Buffer.alloc(tailAt - voxelsAt - bytes)];
  for (let page = 1; page < pages; page++) tail.push(directoryOf(page, later(page), voxelsAt, later(page + 1)));
  await writeVoxels(path, volume, head, Buffer.concat(tail));
}

/** long8 where the file has 64-bit offsets, long else; a rational is two values. */
interface Tag {
  tag: number;
  type: keyof typeof TYPES;
  values: number[] | Buffer;
}

/** Code in the file, and bytes of one value. */
const TYPES = { byte: [1, 1], ascii: [2, 1], short: [3, 2], long: [4, 4], rational: [5, 4], long8: [16, 8] } as const;

function pageTags(volume: TiffToWrite, page: number, voxelsAt: number, description: Buffer, own: Buffer[]): Tag[] {
  const [height, width] = volume.shape.slice(-2);
  const { type, voxelSizeUm } = volume;
  const format = type.startsWith('float') ? 3 : type.startsWith('int') ? 2 : 1;
  const tags: Tag[] = [
    { tag: 256, type: 'long', values: [width] },
    { tag: 257, type: 'long', values: [height] },
    { tag: 258, type: 'short', values: [VOXEL_BYTES[type] * 8] },
    { tag: 259, type: 'short', values: [1] },
    { tag: 262, type: 'short', values: [1] },
    { tag: 273, type: 'long8', values: [voxelsAt] },
    { tag: 277, type: 'short', values: [1] },
    { tag: 278, type: 'long', values: [height] },
    { tag: 279, type: 'long8', values: [height * width * VOXEL_BYTES[type]] },
    { tag: 339, type: 'short', values: [format] },
  ];
  if (page > 0) return tags;
  tags.push({ tag: 270, type: 'ascii', values: description }, { tag: 296, type: 'short', values: [1] });
  if (own.length > 0)
    tags.push(
      { tag: 50838, type: 'long', values: own.map(({ length }) => length) },
      { tag: 50839, type: 'byte', values: Buffer.concat(own) },
    );
  // Red of all, then green, then blue, in 16 bits: of a palette by the standard; ImageJ takes it for grey values too.
  if (volume.colours)
    tags.push({
      tag: 320,
      type: 'short',
      values: Array.from(volume.colours, (_, i) => volume.colours![(i % 256) * 3 + (i >> 8)] * 257),
    });
  if (voxelSizeUm)
    for (const [tag, um] of [
      [282, voxelSizeUm[2]],
      [283, voxelSizeUm[1]],
    ])
      tags.push({ tag, type: 'rational', values: reciprocal(um) });
  return tags.sort((a, b) => a.tag - b.tag);
}

/** One image file directory at byte `at` and, behind it, the values that do not fit into it. */
function directory(big: boolean, at: number, next: number, tags: Tag[]): Buffer {
  const [countBytes, wide] = big ? [8, 8] : [2, 4];
  const table = Buffer.alloc(countBytes + tags.length * (4 + 2 * wide) + wide);
  const behind: Buffer[] = [];
  let end = at + table.length;
  let to = 0;
  const number = (value: number, bytes: number) => {
    if (bytes === 2) table.writeUInt16LE(value, to);
    else table.writeUInt32LE(value % 2 ** 32, to);
    if (bytes === 8) table.writeUInt32LE(Math.floor(value / 2 ** 32), to + 4);
    to += bytes;
  };
  number(tags.length, countBytes);
  for (const entry of tags) {
    const { code, count, bytes } = encoded(entry, big);
    number(entry.tag, 2);
    number(code, 2);
    number(count, wide);
    if (bytes.length <= wide) {
      bytes.copy(table, to);
      to += wide;
    } else {
      number(end, wide);
      behind.push(bytes, Buffer.alloc(bytes.length % 2));
      end += bytes.length + (bytes.length % 2);
    }
  }
  number(next, wide);
  return Buffer.concat([table, ...behind]);
}

function encoded({ type, values }: Tag, big: boolean): { code: number; count: number; bytes: Buffer } {
  const [code, size] = TYPES[type === 'long8' && !big ? 'long' : type];
  if (Buffer.isBuffer(values)) return { code, count: values.length, bytes: values };
  const bytes = Buffer.alloc(values.length * size);
  for (const [index, value] of values.entries()) {
    if (size === 2) bytes.writeUInt16LE(value, index * 2);
    else bytes.writeUInt32LE(value % 2 ** 32, index * size);
    if (size === 8) bytes.writeUInt32LE(Math.floor(value / 2 ** 32), index * 8 + 4);
  }
  return { code, count: type === 'rational' ? values.length / 2 : values.length, bytes };
}

/** What ImageJ reads beyond the TIFF tags. */
function imageJDescription({ shape, voxelSizeUm, display, unitOfValue, frameIntervalH }: TiffToWrite, pages: number) {
  const lines = ['ImageJ=1.54f'];
  const frames = shape.length > 3 ? shape[0] : 1;
  if (pages > 1) lines.push(`images=${pages}`, `slices=${pages / frames}`);
  if (frames > 1) lines.push(`frames=${frames}`, 'hyperstack=true');
  if (voxelSizeUm) lines.push('unit=micron', `spacing=${voxelSizeUm[0]}`);
  if (frameIntervalH) lines.push(`finterval=${frameIntervalH}`, 'tunit=h');
  // ImageJ's first calibration function, a straight line: c0 + c1 · grey value.
  if (unitOfValue) lines.push('cf=0', 'c0=0', `c1=${unitOfValue.of}`, `vunit=${unitOfValue.name}`);
  if (pages > 1) lines.push('loop=false');
  if (display) lines.push(`min=${display[0]}`, `max=${display[1]}`);
  return `${lines.join('\n')}\n`;
}

/**
 * ImageJ's own tag: a head that counts what comes of each kind, then a label a slice, each a piece whose length the tag
 * beside it lists. Nothing where there are no labels.
 */
function imageJMetadata({ shape, frameLabels }: TiffToWrite, pages: number): Buffer[] {
  if (!frameLabels) return [];
  const frames = shape.length > 3 ? shape[0] : 1;
  const head = Buffer.alloc(12);
  head.write('JIJIlbal', 'latin1'); // IJIJ and labl, lowest byte first
  head.writeUInt32LE(pages, 8);
  const labelOf = (page: number) => Buffer.from(frameLabels[Math.floor((page * frames) / pages)], 'utf16le');
  return [head, ...Array.from({ length: pages }, (_, page) => labelOf(page))];
}

/** 1/um as numerator and denominator: exact where um has few enough decimals. */
function reciprocal(um: number): [number, number] {
  let scale = 1e9;
  while (scale > 1 && um * scale >= 2 ** 32) scale /= 10;
  return [scale, Math.max(1, Math.round(um * scale))];
}

/** The next multiple of 16, on which every voxel type may begin. */
function aligned(at: number): number {
  return Math.ceil(at / 16) * 16;
}
