import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { badInput } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import type { VoxelType } from '../core/series.ts';
import { plainPieces } from './decode_plain.ts';
import {
  access,
  type ByteOrder,
  type Candidate,
  type Format,
  inBytes,
  VOXEL_BYTES,
  type VolumeDescription,
} from './description.ts';
import { ARRAYS } from './write_voxels.ts';

const EXTENSIONS = new Set(['.raw', '.bin', '.vol', '.dat', '.img', '.rec']);

/** What could not be done where a headerless file must be told its shape or type. */
export const RAW_UNREADABLE = 'Cannot read the raw volume';

/** Headerless voxels, x fastest; size and type from flags or from the name. See docs/formats/raw.md. */
export const raw: Format = {
  name: 'raw',
  recognises: ({ path, isFolder, hints }) =>
    !isFolder &&
    (hints.shape !== undefined || sizeInName(basename(path)) !== null || EXTENSIONS.has(extname(path).toLowerCase())),
  describe: describeRaw,
};

/** What a name says: the three numbers in its order, and a type where it gives one. */
export interface NamedLayout {
  numbers: Triple;
  type: VoxelType | null;
  /** Bytes of a voxel where only those are known ("16bit"). */
  bytes: number | null;
  byteOrder: ByteOrder | null;
}

async function describeRaw({ path, size, hints }: Candidate): Promise<VolumeDescription> {
  const notes: string[] = [];
  const offset = hints.offset ?? 0;
  const name = basename(path);
  const named = namedLayout(name);
  const what = RAW_UNREADABLE;
  const numbers = hints.shape ?? named?.numbers;
  if (!numbers)
    throw badInput({
      what,
      path,
      why: 'neither flags nor its name give its size',
      whatToDo: 'Give --shape ZxYxX and --type, or name it like 256x256x128_u16.raw (X, Y, Z)',
    });
  if (!numbers.every((n) => Number.isSafeInteger(n) && n > 0))
    throw badInput({ what, path, why: `its size ${numbers.join(' × ')} is not of whole, positive numbers` });
  const voxels = numbers[0] * numbers[1] * numbers[2];
  const type = hints.type ?? named?.type ?? typeOfBytes(named?.bytes ?? (size - offset) / voxels);
  if (!type) {
    const bytes = named?.bytes ?? (size - offset) / voxels;
    throw badInput({
      what,
      path,
      why:
        bytes === 4
          ? 'voxels of 4 bytes may be float32, int32 or uint32'
          : `${inBytes(size - offset)} are not a whole number of known voxels for ${numbers.join(' × ')}`,
      whatToDo: bytes === 4 ? 'Give --type' : 'Check --shape and --type',
    });
  }
  const expected = voxels * VOXEL_BYTES[type];
  if (size !== offset + expected)
    throw badInput({
      what,
      path,
      why: `${numbers.join(' × ')} voxels of ${type} are ${inBytes(expected)}${offset > 0 ? ` after a header of ${inBytes(offset)}` : ''}, and the file has ${inBytes(size)}`,
      whatToDo:
        size > offset + expected
          ? `Check --shape and --type, or give --offset ${size - expected} if it begins with a header`
          : 'Check --shape and --type; it may be cut short',
    });
  const byteOrder = hints.byteOrder ?? named?.byteOrder ?? 'little';
  const shape = hints.shape ?? (await orderOf(numbers, { path, type, byteOrder, offset, notes }));
  const segments = [{ path, offset, rows: shape[0] * shape[1] }];
  const source = { segments, shape, type, bigEndian: byteOrder === 'big' };
  return {
    path,
    kind: 'volume',
    format: 'raw',
    datasets: [
      {
        name: 'volume',
        shape: [...shape],
        type,
        byteOrder,
        compression: 'none',
        mapped: true,
        voxelSizeUm: hints.voxelSizeUm ?? null,
        time: null,
        [access]: { type, plain: () => source, decode: (planes, signal) => plainPieces(source, planes, signal) },
      },
    ],
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** Reads "polymer_8bit_128x128x128.raw", "a-256x256x128_u16_be", "x_100x120x80_float32"; null without three numbers. */
export function namedLayout(name: string): NamedLayout | null {
  const numbers = sizeInName(name);
  if (!numbers) return null;
  const words = name
    .toLowerCase()
    .replace(/\d+\s*[x×]\s*\d+\s*[x×]\s*\d+/, ' ')
    .split(/[^a-z0-9-]+|-(?!bit|endian)/);
  const byteOrder = words.some((word) => BIG.has(word))
    ? 'big'
    : words.some((word) => LITTLE.has(word))
      ? 'little'
      : null;
  // "short" and "byte" may be words of a name; those with a number of bits are meant.
  const telling = words.toSorted((a, b) => Number(/\d/.test(b)) - Number(/\d/.test(a)));
  for (const word of telling) {
    const bits = /^(\d+)-?bits?$/.exec(word);
    const type = TYPES[word];
    if (type) return { numbers, type, bytes: VOXEL_BYTES[type], byteOrder };
    if (bits) return { numbers, type: typeOfBytes(Number(bits[1]) / 8), bytes: Number(bits[1]) / 8, byteOrder };
  }
  return { numbers, type: null, bytes: null, byteOrder };
}

const BIG = new Set(['be', 'big', 'bigendian', 'big-endian', 'msb', 'motorola']);
const LITTLE = new Set(['le', 'little', 'littleendian', 'little-endian', 'lsb', 'intel']);
const TYPES: Readonly<Record<string, VoxelType>> = Object.assign(
  Object.create(null) as object,
  {
    u8: 'uint8',
    uint8: 'uint8',
    uchar: 'uint8',
    byte: 'uint8',
    i8: 'int8',
    s8: 'int8',
    int8: 'int8',
    u16: 'uint16',
    uint16: 'uint16',
    ushort: 'uint16',
    i16: 'int16',
    s16: 'int16',
    int16: 'int16',
    short: 'int16',
    u32: 'uint32',
    uint32: 'uint32',
    i32: 'int32',
    s32: 'int32',
    int32: 'int32',
    f32: 'float32',
    float32: 'float32',
    float: 'float32',
    f64: 'float64',
    float64: 'float64',
    double: 'float64',
  } as const,
);

function sizeInName(name: string): Triple | null {
  const found = /(?<!\d|\d\s*[x×]\s*)(\d{1,6})\s*[x×]\s*(\d{1,6})\s*[x×]\s*(\d{1,6})(?!\d|\s*[x×]\d)/i.exec(name);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : null;
}

/** Grey values of one or two bytes are unsigned unless said otherwise; eight are float64; four may be anything. */
function typeOfBytes(bytes: number): VoxelType | null {
  return bytes === 1 ? 'uint8' : bytes === 2 ? 'uint16' : bytes === 8 ? 'float64' : null;
}

interface NamedFile {
  path: string;
  type: VoxelType;
  byteOrder: ByteOrder;
  offset: number;
  notes: string[];
}

/**
 * Shape from the three numbers of a name. Tools write X × Y × Z; the other order is taken only where the voxels
 * plainly say so: neighbours one row apart are alike when the row's length is right.
 */
async function orderOf([a, b, c]: Triple, file: NamedFile): Promise<Triple> {
  if (a === c) return [c, b, a];
  const [asX, asZ] = await Promise.all([a, c].map((width) => roughness(file, width, a * b * c)));
  const reversed = asZ < 0.5 * asX;
  file.notes.push(
    reversed
      ? `The name's ${a} × ${b} × ${c} is read as Z × Y × X, because its rows are plainly ${c} voxels long; give --shape ZxYxX to say otherwise.`
      : `The name's ${a} × ${b} × ${c} is read as X × Y × Z; give --shape ZxYxX to say otherwise.`,
  );
  return reversed ? [a, b, c] : [c, b, a];
}

const PROBES = 8;
const PROBE_VOXELS = 8192;

/** Mean difference of voxels one row apart over their spread, from a few small pieces of the file. */
async function roughness({ path, type, byteOrder, offset }: NamedFile, width: number, voxels: number): Promise<number> {
  const bytes = VOXEL_BYTES[type];
  const length = Math.min(voxels, PROBE_VOXELS + width);
  const file = await open(path, 'r');
  let difference = 0;
  let spread = 0;
  try {
    for (let probe = 0; probe < PROBES; probe++) {
      const first = Math.floor(((voxels - length) * (probe + 0.5)) / PROBES);
      const piece = Buffer.alloc(length * bytes);
      await file.read(piece, 0, piece.length, offset + first * bytes);
      const values = valuesOf(piece, type, byteOrder);
      for (let i = 0; i + width < values.length; i++) {
        difference += Math.abs(values[i + width] - values[i]);
        // Against a voxel far from a row's distance: what unrelated voxels differ by.
        spread += Math.abs(values[(i * 7919 + 13) % values.length] - values[i]);
      }
    }
  } finally {
    await file.close();
  }
  return spread > 0 ? difference / spread : 1;
}

function valuesOf(piece: Buffer, type: VoxelType, byteOrder: ByteOrder): ArrayLike<number> {
  const bytes = VOXEL_BYTES[type];
  if (byteOrder === 'big' && bytes > 1) bytes === 2 ? piece.swap16() : bytes === 4 ? piece.swap32() : piece.swap64();
  const aligned = new Uint8Array(piece).buffer;
  const values = new ARRAYS[type](aligned);
  return type.startsWith('float') ? Array.from(values, (value) => (Number.isFinite(value) ? value : 0)) : values;
}
