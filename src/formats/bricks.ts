import type { Triple } from '../core/geometry.ts';
import type { Piece, Planes } from './description.ts';

/** A volume that is stored in bricks (chunks of Zarr and HDF5), each read and decoded by itself. */
export interface Bricks {
  /** z, y, x of the volume. */
  shape: Triple;
  /** z, y, x of a brick; those at the far edges are whole, and reach beyond the volume. */
  brick: Triple;
  /** Bytes of one voxel as `read` gives it. */
  voxelBytes: number;
  /** The voxels of a brick, x fastest, least significant byte first; null where none are stored. Several run at once. */
  read(index: Triple, signal?: AbortSignal): Promise<Uint8Array | null>;
  /** The bytes of a voxel that is not stored; zeros when it is left out. */
  fill?: Uint8Array;
}

/** Larger bricks are to be refused: one has to be in memory whole. */
export const LARGEST_BRICK_BYTES = 2 ** 30;

const BAND_BYTES = 64 * 2 ** 20;
const AHEAD_BYTES = 128 * 2 ** 20;
const AHEAD = 6;

/**
 * The planes of a volume in bricks, as `VoxelAccess.decode` gives them: rows of bricks along x are put together. Memory: some
 * bricks that are read ahead, and `bandBytes` or one brick, whichever is more. Throws what `read` throws, the signal's reason, and
 * an Error when a brick has another size than it was said to have.
 */
export async function* brickPieces(
  bricks: Bricks,
  { first, end }: Omit<Planes, 'frame'>,
  signal?: AbortSignal,
  bandBytes = BAND_BYTES,
): AsyncGenerator<Piece> {
  const { shape, brick, voxelBytes } = bricks;
  const [, rows, columns] = shape;
  const across = Math.ceil(columns / brick[2]);
  const read = readAhead(bricks, indices(bricks, first, end), signal);
  try {
    for (let z0 = first - (first % brick[0]); z0 < end; z0 += brick[0]) {
      const z = { from: Math.max(first, z0), to: Math.min(end, z0 + brick[0]) };
      for (let y = 0; y < rows; y += brick[1]) {
        const height = Math.min(brick[1], rows - y);
        const depth = z.to - z.from;
        const together = Math.max(1, Math.floor(bandBytes / (depth * height * brick[2] * voxelBytes)));
        for (let i = 0; i < across; i += together) {
          const x = i * brick[2];
          const width = Math.min(together * brick[2], columns - x);
          const place = { z: z.from - first, y, x };
          if (brick[2] === columns) {
            // Its rows are the volume's: they are given as they lie in the brick.
            const { value } = await read.next();
            const whole = value && Buffer.from(value.buffer, value.byteOffset, value.byteLength);
            const voxels = whole ?? filled(depth * brick[1] * columns, bricks);
            const own = voxels.subarray(whole ? (z.from - z0) * brick[1] * columns * voxelBytes : 0);
            yield* rowsOf(own, [depth, height, columns], brick[1], place, bricks);
            continue;
          }
          const band = Buffer.allocUnsafe(depth * height * width * voxelBytes);
          for (let j = i; j < Math.min(across, i + together); j++) {
            const { value } = await read.next();
            copyInto(band, value ?? null, bricks, [depth, height, width], z.from - z0, j * brick[2] - x);
          }
          yield* rowsOf(band, [depth, height, width], height, place, bricks);
        }
      }
    }
  } finally {
    await read.return(undefined);
  }
}

function* indices({ shape, brick }: Bricks, first: number, end: number): Generator<Triple> {
  for (let z = Math.floor(first / brick[0]); z < Math.ceil(end / brick[0]); z++)
    for (let y = 0; y < Math.ceil(shape[1] / brick[1]); y++)
      for (let x = 0; x < Math.ceil(shape[2] / brick[2]); x++) yield [z, y, x];
}

/** Bricks in the order of `wanted`; some are on their way while one is used. */
async function* readAhead(
  { brick, voxelBytes, read }: Bricks,
  wanted: Iterable<Triple>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array | null, undefined> {
  const bytes = brick[0] * brick[1] * brick[2] * voxelBytes;
  const most = Math.max(1, Math.min(AHEAD, Math.floor(AHEAD_BYTES / bytes)));
  const ahead: Promise<Uint8Array | null>[] = [];
  const next = async () => {
    const voxels = await (ahead.shift() as Promise<Uint8Array | null>);
    if (voxels && voxels.length !== bytes)
      throw new Error(`a brick has ${voxels.length} bytes and should have ${bytes}`);
    return voxels;
  };
  try {
    for (const index of wanted) {
      signal?.throwIfAborted();
      const started = read(index, signal);
      started.catch(() => {}); // awaited in `next`, in order
      ahead.push(started);
      if (ahead.length >= most) yield await next();
    }
    while (ahead.length > 0) yield await next();
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** Copies what of a brick lies in a band: its planes from `fromZ` on, its columns to column `x` of the band. */
function copyInto(
  band: Buffer,
  voxels: Uint8Array | null,
  { brick, voxelBytes, fill }: Bricks,
  [depth, height, width]: Triple,
  fromZ: number,
  x: number,
): void {
  const rowBytes = Math.min(brick[2], width - x) * voxelBytes;
  const source = voxels && Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < height; y++) {
      const to = ((z * height + y) * width + x) * voxelBytes;
      if (source) {
        const from = ((fromZ + z) * brick[1] + y) * brick[2] * voxelBytes;
        source.copy(band, to, from, from + rowBytes);
      } else band.fill(fill ?? 0, to, to + rowBytes);
    }
}

function filled(voxels: number, { fill, voxelBytes }: Bricks): Buffer {
  return fill ? Buffer.alloc(voxels * voxelBytes, fill) : Buffer.alloc(voxels * voxelBytes);
}

/**
 * A band in pieces that lie together in the volume: planes, rows of a plane, or parts of rows. Between the first rows of its planes
 * are `pitch` rows.
 */
function* rowsOf(
  band: Buffer,
  [depth, height, width]: Triple,
  pitch: number,
  place: { z: number; y: number; x: number },
  { shape: [, rows, columns], voxelBytes }: Bricks,
): Generator<Piece> {
  const piece = (z: number, y: number, voxels: number): Piece => {
    const from = (z * pitch + y) * width * voxelBytes;
    const at = (((place.z + z) * rows + place.y + y) * columns + place.x) * voxelBytes;
    return { at, bytes: band.subarray(from, from + voxels * voxelBytes) };
  };
  if (width === columns && height === rows && (pitch === rows || depth === 1))
    yield piece(0, 0, depth * height * width);
  else if (width === columns) for (let z = 0; z < depth; z++) yield piece(z, 0, height * width);
  else for (let z = 0; z < depth; z++) for (let y = 0; y < height; y++) yield piece(z, y, width);
}
