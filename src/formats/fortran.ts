import { open } from 'node:fs/promises';
import { badInput } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { type Bricks, brickPieces } from './bricks.ts';
import type { Piece, Planes } from './description.ts';
import { decodedBytes, type StoredBytes } from './streams.ts';
import { storedBytes, swapBytes, usedType, widened } from './widen.ts';

/** A volume whose z runs fastest and x slowest, as Fortran, MATLAB and IDL store arrays that are indexed z, y, x. */
export interface FortranArray {
  shape: Triple;
  /** As stored. */
  type: string;
  bigEndian: boolean;
  stored: StoredBytes;
  /** Decoded bytes before the first voxel. */
  skip: number;
}

const BAND_BYTES = 32 * 2 ** 20;
const STREAM_BYTES = 128 * 2 ** 20;

/** The planes of such a volume, as `VoxelAccess.decode` gives them; some 200 MB of memory, unless `bandBytes` are told. */
export function fortranPieces(
  array: FortranArray,
  planes: Planes,
  signal?: AbortSignal,
  bandBytes?: number,
): AsyncGenerator<Piece> {
  return array.stored.encoding === 'none'
    ? brickPieces(rowBands(array, bandBytes ?? BAND_BYTES), planes, signal)
    : columnBands(array, planes, bandBytes ?? STREAM_BYTES, signal);
}

/** As bricks that are some rows high and have all planes and columns: each column of one lies together in the file. */
function rowBands({ shape, type, bigEndian, stored: { path, from }, skip }: FortranArray, bandBytes: number): Bricks {
  const [slices, rows, columns] = shape;
  const voxel = storedBytes(type);
  const height = Math.min(rows, Math.max(1, Math.floor(bandBytes / (slices * columns * voxel))));
  const read = async ([, band]: Triple, signal?: AbortSignal): Promise<Buffer> => {
    const own = Math.min(height, rows - band * height);
    const brick = Buffer.alloc(slices * height * columns * voxel);
    const column = Buffer.allocUnsafe(own * slices * voxel);
    const file = await open(path, 'r');
    try {
      for (let x = 0; x < columns; x++) {
        signal?.throwIfAborted();
        const at = from + skip + (x * rows + band * height) * slices * voxel;
        const { bytesRead } = await file.read(column, 0, column.length, at);
        if (bytesRead < column.length)
          throw badInput({ what: 'Cannot read the voxels', path, why: 'it became shorter while it was read' });
        scatter(column, brick, { x, slices, rows: own, height, columns, voxel });
      }
    } finally {
      await file.close();
    }
    if (bigEndian) swapBytes(brick, voxel);
    return widened(brick, type);
  };
  return { shape, brick: [slices, height, columns], voxelBytes: storedBytes(usedType(type)!), read };
}

/** Of a stream that can only be read from its beginning: as many columns as memory takes, their rows in short pieces. */
async function* columnBands(
  array: FortranArray,
  { first, end }: Planes,
  bandBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  const { shape, type, bigEndian, stored, skip } = array;
  const [slices, rows, columns] = shape;
  const voxel = storedBytes(type);
  const columnBytes = slices * rows * voxel;
  const most = Math.max(1, Math.min(columns, Math.floor(bandBytes / columnBytes)));
  const used = storedBytes(usedType(type)!);
  const column = Buffer.allocUnsafe(columnBytes);
  let filled = -skip;
  let x = 0;
  let width = Math.min(most, columns);
  let band = Buffer.allocUnsafe(columnBytes * width);
  for await (const piece of decodedBytes(stored, signal)) {
    for (let from = 0; from < piece.length && x < columns; ) {
      if (filled < 0) {
        const passed = Math.min(-filled, piece.length - from);
        filled += passed;
        from += passed;
        continue;
      }
      const copied = piece.copy(column, filled, from);
      filled += copied;
      from += copied;
      if (filled < columnBytes) continue;
      filled = 0;
      const inBand = x % most;
      scatter(column, band, { x: inBand, slices, rows, height: rows, columns: width, voxel });
      x++;
      if (inBand + 1 < width) continue;
      if (bigEndian) swapBytes(band, voxel);
      const bytes = widened(band, type);
      for (let z = first; z < end; z++)
        for (let y = 0; y < rows; y++) {
          const at = ((z - first) * rows + y) * columns + x - width;
          const start = (z * rows + y) * width * used;
          yield { at: at * used, bytes: bytes.subarray(start, start + width * used) };
        }
      width = Math.min(most, columns - x);
      band = Buffer.allocUnsafe(columnBytes * width);
    }
  }
  if (x < columns)
    throw badInput({
      what: 'Cannot read the voxels',
      path: stored.path,
      why: `its ${stored.encoding} bytes give ${x} of ${columns} columns`,
      whatToDo: 'It is cut short or damaged: copy or save it again',
    });
}

interface Column {
  x: number;
  slices: number;
  rows: number;
  /** Rows of the block that is written. */
  height: number;
  columns: number;
  voxel: number;
}

/** Puts rows of z into column x of a block that is z, y, x. */
function scatter(from: Buffer, to: Buffer, { x, slices, rows, height, columns, voxel }: Column): void {
  const step = height * columns * voxel;
  for (let y = 0, at = 0; y < rows; y++)
    for (let z = 0, place = (y * columns + x) * voxel; z < slices; z++, place += step)
      for (let byte = 0; byte < voxel; byte++) to[place + byte] = from[at++];
}
