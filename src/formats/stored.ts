import { stat } from 'node:fs/promises';
import { badInput, isFailure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import type { Segment, VolumeSource } from '../core/series.ts';
import {
  access,
  type Dataset,
  inBytes,
  isVoxelType,
  type Piece,
  type Planes,
  VOXEL_BYTES,
  type VoxelAccess,
} from './description.ts';
import { decodedBytes, type Encoding, LARGEST_RATIO } from './streams.ts';
import { storedBytes, swapBytes, usedType, widened } from './widen.ts';

/** A run of an array's voxels in one file. */
export interface Part {
  path: string;
  /** Stored bytes before it. */
  offset: number;
  /** Behind its last stored byte where it ends before the file. */
  end?: number;
  /** Bytes of voxels, decoded. */
  bytes: number;
}

/** Voxels that are stored one after another, in one file or several: what most headers describe. */
export interface StoredArray {
  /** z, y, x, or t, z, y, x; or y, x of one slice. */
  shape: readonly number[];
  /** As stored; `usedType` says whether it can be used. */
  type: string;
  bigEndian: boolean;
  encoding: Encoding;
  parts: readonly Part[];
  /** Decoded bytes before the first voxel of each part; "end": the voxels are the last bytes. */
  skip?: number | 'end';
  /** The voxels of all time points at one place lie together, not those of one time point. */
  interleaved?: boolean;
  /** "rgb", "vector", … of what are not grey values. */
  colour?: string;
}

/**
 * Bytes of all voxels. Throws an input failure where a size is none, or the whole is more than can be counted: to be asked
 * before anything is done with the sizes of a header.
 */
export function arrayBytes(path: string, shape: readonly number[], voxelBytes: number): number {
  const bytes = shape.reduce((product, n) => product * n, voxelBytes);
  if (shape.length === 0 || !shape.every((n) => Number.isSafeInteger(n) && n > 0) || !Number.isSafeInteger(bytes))
    throw badInput({
      what: 'Cannot read the volume',
      path,
      why: `its header says ${shape.length === 0 ? 'nothing of its size' : `it is ${shape.join(' × ')}`}, which cannot be`,
      whatToDo: 'It is damaged: copy or save it again',
    });
  return bytes;
}

/**
 * The dataset of a stored array; `path` is named in failures. Throws an input failure when its files do not have the bytes
 * that its shape needs.
 */
export async function storedDataset(path: string, name: string, array: StoredArray): Promise<Dataset> {
  const { type, encoding } = array;
  const bigEndian = array.bigEndian && encoding !== 'ascii';
  const shape = array.shape.length === 2 ? [1, ...array.shape] : [...array.shape];
  const refused = refusalOf(array);
  if (!refused) for (const part of array.parts) await checkExtent(path, part, array);
  const mapped = !refused && liesPlainly(array);
  return {
    name,
    shape,
    type,
    byteOrder: bigEndian ? 'big' : 'little',
    compression: encoding,
    mapped,
    voxelSizeUm: null,
    time: null,
    ...(array.colour ? { colour: array.colour } : {}),
    ...(refused ? { refused } : { [access]: accessTo(path, { ...array, shape, bigEndian }) }),
  };
}

function refusalOf({ shape, type, colour, encoding }: StoredArray): string | undefined {
  if (colour) return `its voxels are not grey values (${colour})`;
  if (!usedType(type)) return `voxels of type ${type} cannot be used, only integers and floats`;
  if (encoding === 'ascii' && !isVoxelType(type)) return `voxels of type ${type} written as text cannot be used`;
  if (shape.length < 2 || shape.length > 4) return `it has ${shape.length} axes, not 3 or 4`;
  if (shape.includes(0)) return 'it is empty';
  return undefined;
}

/** Frames and rows begin where files allow it, and the type is one of the engine's. */
function liesPlainly({ shape, type, encoding, parts, skip, interleaved }: StoredArray): boolean {
  if (encoding !== 'none' || !isVoxelType(type) || interleaved || skip) return false;
  const rowBytes = shape[shape.length - 1] * VOXEL_BYTES[type];
  return parts.every(({ bytes }) => bytes % rowBytes === 0);
}

function accessTo(path: string, array: StoredArray): VoxelAccess {
  const type = usedType(array.type)!;
  const files = [...new Set([path, ...array.parts.map((part) => part.path)])];
  return {
    type,
    decode: (planes, signal) => decodeStored(array, planes, signal),
    ...(liesPlainly(array) ? { plain: (frame: number) => plainSource(array, frame) } : {}),
    ...(files.length > 1 ? { files } : {}),
  };
}

function plainSource({ shape, type, bigEndian, parts }: StoredArray, frame: number): VolumeSource {
  const [slices, rows, columns] = shape.slice(-3) as Triple;
  const voxelType = type as VolumeSource['type'];
  const rowBytes = columns * VOXEL_BYTES[voxelType];
  const wanted = { from: frame * slices * rows * rowBytes, to: (frame + 1) * slices * rows * rowBytes };
  const segments: Segment[] = [];
  let at = 0;
  for (const { path, offset, bytes } of parts) {
    const from = Math.max(at, wanted.from);
    const to = Math.min(at + bytes, wanted.to);
    if (to > from) segments.push({ path, offset: offset + from - at, rows: (to - from) / rowBytes });
    at += bytes;
  }
  return { segments, shape: [slices, rows, columns], type: voxelType, bigEndian };
}

async function* decodeStored(array: StoredArray, planes: Planes, signal?: AbortSignal): AsyncGenerator<Piece> {
  const { shape, type, bigEndian, interleaved } = array;
  const [slices, rows, columns] = shape.slice(-3) as Triple;
  const voxel = storedBytes(type);
  const planeBytes = rows * columns * voxel;
  const together = interleaved ? shape[0] : 1;
  const before = interleaved ? 0 : planes.frame * slices;
  const from = (before + planes.first) * planeBytes * together;
  const to = (before + planes.end) * planeBytes * together;
  let at = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of storedRange(array, from, to, signal)) {
    const joined = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    const whole = joined.subarray(0, joined.length - (joined.length % (voxel * together)));
    rest = joined.subarray(whole.length);
    if (whole.length === 0) continue;
    const own = together > 1 ? every(whole, voxel, together, planes.frame) : whole;
    if (bigEndian) swapBytes(own, voxel);
    const bytes = widened(own, type);
    yield { at, bytes };
    at += bytes.length;
  }
}

/** Decoded bytes [from, to) of the whole array. */
async function* storedRange(
  { parts, type, encoding, skip = 0 }: StoredArray,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  let begin = 0;
  for (const part of parts) {
    const wanted = { from: Math.max(from - begin, 0), to: Math.min(to - begin, part.bytes) };
    begin += part.bytes;
    if (wanted.to <= wanted.from) continue;
    const all = { path: part.path, encoding, type: usedType(type)!, from: part.offset };
    const stored = { ...all, ...(part.end === undefined ? {} : { end: part.end }) };
    if (encoding === 'none') {
      const start = part.offset + (skip === 'end' ? 0 : skip);
      const range = { ...stored, from: start + wanted.from, end: start + wanted.to };
      yield* exactly(decodedBytes(range, signal), 0, wanted.to - wanted.from, part, encoding);
      continue;
    }
    const first = skip === 'end' ? (await lengthOf(decodedBytes(stored, signal))) - part.bytes : skip;
    if (first < 0) throw endsEarly(part, encoding, part.bytes + first);
    yield* exactly(decodedBytes(stored, signal), first + wanted.from, first + wanted.to, part, encoding);
  }
}

async function lengthOf(pieces: AsyncIterable<Buffer>): Promise<number> {
  let length = 0;
  for await (const piece of pieces) length += piece.length;
  return length;
}

/** Bytes [from, to) of a stream. It is read on to its end, or to a byte more: only there are sums of the whole checked. */
async function* exactly(
  pieces: AsyncIterable<Buffer>,
  from: number,
  to: number,
  part: Part,
  encoding: Encoding,
): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of pieces) {
    if (at >= to) return;
    const start = Math.max(from - at, 0);
    const end = Math.min(to - at, piece.length);
    at += piece.length;
    if (end > start) yield piece.subarray(start, end);
    if (at > to) return;
  }
  if (at < to) throw endsEarly(part, encoding, Math.max(0, at - from));
}

function endsEarly({ path, bytes }: Part, encoding: Encoding, given: number) {
  return badInput({
    what: 'Cannot read the voxels',
    path,
    why: `its ${encoding === 'none' ? '' : `${encoding} `}bytes give ${inBytes(given)} of ${inBytes(bytes)}`,
    whatToDo: 'It is cut short or damaged: copy or save it again',
  });
}

function every(bytes: Buffer, voxel: number, together: number, index: number): Buffer {
  const out = Buffer.allocUnsafe(bytes.length / together);
  for (let to = 0, from = index * voxel; to < out.length; to += voxel, from += voxel * together)
    bytes.copy(out, to, from, from + voxel);
  return out;
}

async function checkExtent(named: string, part: Part, { encoding, skip }: StoredArray): Promise<void> {
  const refuse = (why: string, whatToDo: string) =>
    badInput({ what: 'Cannot read the volume', path: named, at: part.path === named ? '' : part.path, why, whatToDo });
  let size: number;
  try {
    const status = await stat(part.path);
    if (!status.isFile()) throw refuse('its voxels should be in a file, and this is none', 'Check the header');
    size = status.size;
  } catch (error) {
    if (isFailure(error)) throw error;
    throw refuse('the file with its voxels is not there', 'Put it beside the header, under the name that it gives');
  }
  const stored = Math.max(0, (part.end ?? size) - part.offset);
  if (part.end !== undefined && part.end > size)
    throw refuse(
      `its voxels reach to byte ${part.end.toLocaleString('en')}, and the file has ${inBytes(size)}`,
      'It is cut short: copy or save it again',
    );
  if (encoding === 'none') {
    const needed = part.bytes + (typeof skip === 'number' ? skip : 0);
    if (stored >= needed) return;
    throw refuse(
      `its voxels need ${inBytes(needed)}${part.offset > 0 ? ` after a header of ${inBytes(part.offset)}` : ''}, and the file has ${inBytes(size)}`,
      'It is cut short, or its header is wrong: copy or save it again',
    );
  }
  if (part.bytes > (stored + 64) * LARGEST_RATIO[encoding])
    throw refuse(
      `${inBytes(stored)} of ${encoding} cannot hold ${inBytes(part.bytes)} of voxels`,
      'It is cut short or damaged: copy or save it again',
    );
}
