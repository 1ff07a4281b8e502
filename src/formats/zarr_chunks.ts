import { existsSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput, isFailure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import type { Segment, VolumeSource, VoxelType } from '../core/series.ts';
import { crc32c } from '../engine/crc32c.ts';
import { type Bricks, LARGEST_BRICK_BYTES } from './bricks.ts';
import { isVoxelType, VOXEL_BYTES } from './description.ts';
import { storedBytes, swapBytes, usedType, widened } from './widen.ts';
import type { ZarrArray } from './zarr_metadata.ts';

/** Which axes of an array are a volume's z, y and x (null where it has none), and where on the others. */
export interface Place {
  spatial: readonly [z: number | null, y: number, x: number];
  /** For every axis: the index on it; of spatial ones 0. */
  at: readonly number[];
}

const MOST_MAPPED_FILES = 50_000;
const SHARDS_KEPT = 16;

/** Why the chunks of an array cannot be read one by one; null where they can. */
export function refusalOfChunks({ inner, type, refused }: ZarrArray): string | null {
  if (refused) return refused;
  if (!usedType(type)) return `voxels of type ${type} cannot be used, only integers and floats`;
  const bytes = inner.reduce((product, n) => product * n, Math.max(storedBytes(type), storedBytes(usedType(type)!)));
  return bytes > LARGEST_BRICK_BYTES ? `its chunks of ${inner.join(' × ')} are too large to be read one by one` : null;
}

/** The volume at a place of an array whose chunks can be read, in bricks. */
export function zarrBricks(folder: string, array: ZarrArray, place: Place): Bricks {
  const type = usedType(array.type)!;
  const along = (sizes: readonly number[]) => place.spatial.map((axis) => (axis === null ? 1 : sizes[axis])) as Triple;
  const shards = new Map<string, Promise<Buffer | null>>();
  const read = async (index: Triple, signal?: AbortSignal): Promise<Buffer | null> => {
    const chunk = place.at.map((at, axis) => Math.floor(at / array.inner[axis]));
    for (const [i, axis] of place.spatial.entries()) if (axis !== null) chunk[axis] = index[i];
    const bytes = await readChunk(folder, array, chunk, shards, signal);
    return bytes && widened(volumeOf(bytes, array, place), array.type);
  };
  const fill = fillBytes(array.fill, type);
  return { shape: along(array.shape), brick: along(array.inner), voxelBytes: VOXEL_BYTES[type], read, fill };
}

/**
 * Where the voxels of the volume at a place lie, where its chunks are plain, hold whole rows, and are all there; null where not.
 * Throws an input failure for a chunk of another size.
 */
export function plainChunks(folder: string, array: ZarrArray, place: Place): VolumeSource | null {
  const { shape, chunk, type, codecs, order, shard, bigEndian } = array;
  const [z, y, x] = place.spatial;
  if (codecs.length > 0 || order || shard || !isVoxelType(type)) return null;
  if (chunk[x] !== shape[x] || x !== shape.length - 1 || y !== x - 1 || (z !== null && z !== y - 1)) return null;
  const [slices, rows, columns] = [z === null ? 1 : shape[z], shape[y], shape[x]];
  const depth = z === null ? 1 : chunk[z];
  const across = Math.ceil(rows / chunk[y]);
  if (Math.ceil(slices / depth) * across > MOST_MAPPED_FILES) return null;
  const rowBytes = columns * VOXEL_BYTES[type];
  const planeBytes = chunk[y] * rowBytes;
  const chunkBytes = chunk.reduce((product, n) => product * n, VOXEL_BYTES[type]);
  // Planes of other time points and channels may stand before ours in a chunk.
  const before = offsetInChunk(array, place) * VOXEL_BYTES[type];
  const index = place.at.map((at, axis) => Math.floor(at / chunk[axis]));
  const segments: Segment[] = [];
  for (let slab = 0; slab * depth < slices; slab++) {
    const paths = Array.from({ length: across }, (_, band) => {
      if (z !== null) index[z] = slab;
      index[y] = band;
      return join(folder, array.keyOf(index));
    });
    for (const path of paths) {
      const status = statSync(path, { throwIfNoEntry: false });
      if (!status?.isFile()) return null;
      if (status.size !== chunkBytes)
        throw badInput({
          what: 'Cannot read the Zarr array',
          path,
          why: `a chunk of ${chunk.join(' × ')} needs ${chunkBytes} bytes, and the file has ${status.size}`,
          whatToDo: 'It is cut short or damaged: copy it again',
        });
    }
    const planes = Math.min(depth, slices - slab * depth);
    if (across === 1 && chunk[y] === rows) segments.push({ path: paths[0], offset: before, rows: planes * rows });
    else
      for (let plane = 0; plane < planes; plane++)
        for (const [band, path] of paths.entries())
          segments.push({
            path,
            offset: before + plane * planeBytes,
            rows: Math.min(chunk[y], rows - band * chunk[y]),
          });
  }
  return { segments, shape: [slices, rows, columns], type, bigEndian };
}

/** Some of the files with the voxels at a place, evenly over all of them; their metadata is not among them. */
export function chunkFiles(folder: string, array: ZarrArray, place: Place, most: number): string[] {
  const grid = place.spatial.map((axis) => (axis === null ? 1 : Math.ceil(array.shape[axis] / array.chunk[axis])));
  const count = grid[0] * grid[1] * grid[2];
  const step = Math.max(1, count / most);
  const index = place.at.map((at, axis) => Math.floor(at / array.chunk[axis]));
  const files: string[] = [];
  for (let next = 0; next < count; next += step) {
    const i = Math.floor(next);
    const found = [Math.floor(i / (grid[1] * grid[2])), Math.floor(i / grid[2]) % grid[1], i % grid[2]];
    for (const [j, axis] of place.spatial.entries()) if (axis !== null) index[axis] = found[j];
    const path = join(folder, array.keyOf(index));
    if (existsSync(path)) files.push(path);
  }
  return files;
}

async function readChunk(
  folder: string,
  array: ZarrArray,
  index: readonly number[],
  shards: Map<string, Promise<Buffer | null>>,
  signal?: AbortSignal,
): Promise<Buffer | null> {
  const per = array.chunk.map((n, axis) => n / array.inner[axis]);
  const path = join(folder, array.keyOf(index.map((n, axis) => Math.floor(n / per[axis]))));
  const length = array.inner.reduce((product, n) => product * n, storedBytes(array.type));
  // What compression may add to voxels that cannot be compressed.
  const most = array.codecs.length === 0 ? length : length + length / 4 + 2 ** 16;
  const refuse = (why: string, cause?: unknown) =>
    badInput({
      what: 'Cannot read the Zarr array',
      path,
      ...(array.shard ? { at: `chunk ${index.join(', ')}` } : {}),
      why,
      whatToDo: 'The file is damaged: copy it again',
      ...(cause === undefined ? {} : { cause }),
    });
  let stored: Buffer | null;
  if (array.shard) {
    const place = await placeInShard(
      path,
      array,
      index.map((n, axis) => n % per[axis]),
      shards,
    );
    if (!place) return null;
    if (place.bytes > most) throw refuse(`it is said to have ${place.bytes} bytes, and ${length} are wanted`);
    stored = await readBytes(path, (size) =>
      place.from + place.bytes > size ? refuse('it reaches beyond the end of its shard') : [place.from, place.bytes],
    );
  } else
    stored = await readBytes(path, (size) =>
      size > most ? refuse(`it has ${size} bytes, and ${length} are wanted`) : [0, size],
    );
  signal?.throwIfAborted();
  if (!stored) return null;
  let bytes = stored;
  try {
    for (const codec of array.codecs) bytes = await codec.decode(bytes, length);
  } catch (error) {
    if (isFailure(error)) throw error;
    throw refuse(`its bytes are damaged: ${(error as Error).message}`, error);
  }
  if (bytes.length !== length) throw refuse(`it gives ${bytes.length} of ${length} bytes`);
  return bytes;
}

/** Part of a file; null where the file is missing. `range` is given its size, and says which part or what is wrong. */
async function readBytes(
  path: string,
  range: (size: number) => readonly [from: number, bytes: number] | Error,
): Promise<Buffer | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const wanted = range((await file.stat()).size);
    if (wanted instanceof Error) throw wanted;
    const [from, length] = wanted;
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(bytes, 0, length, from);
    if (bytesRead < length)
      throw badInput({ what: 'Cannot read the Zarr array', path, why: 'it became shorter while it was read' });
    return bytes;
  } finally {
    await file.close();
  }
}

const MISSING = 0xffffffffffffffffn;

async function placeInShard(
  path: string,
  { chunk, inner, shard }: ZarrArray,
  index: readonly number[],
  shards: Map<string, Promise<Buffer | null>>,
): Promise<{ from: number; bytes: number } | null> {
  const { atEnd, checked } = shard!;
  const per = chunk.map((n, axis) => n / inner[axis]);
  const length = per.reduce((product, n) => product * n, 16) + (checked ? 4 : 0);
  const damaged = (why: string) =>
    badInput({ what: 'Cannot read the Zarr array', path, why, whatToDo: 'The file is damaged: copy it again' });
  let table = shards.get(path);
  if (!table) {
    table = readBytes(path, (size) => {
      if (size < length) return damaged(`a shard has an index of ${length} bytes, and the file has ${size}`);
      return [atEnd ? size - length : 0, length];
    });
    table.catch(() => {}); // awaited below, by each who asks for it
    if (shards.size >= SHARDS_KEPT) shards.delete(shards.keys().next().value as string);
    shards.set(path, table);
  }
  const entries = await table;
  if (!entries) return null;
  if (checked && crc32c(entries.subarray(0, -4)) !== entries.readUInt32LE(length - 4))
    throw damaged('the sum of its index is wrong');
  const at = index.reduce((sum, n, axis) => sum * per[axis] + n, 0) * 16;
  const [from, bytes] = [entries.readBigUInt64LE(at), entries.readBigUInt64LE(at + 8)];
  if (from === MISSING && bytes === MISSING) return null;
  return { from: Number(from), bytes: Number(bytes) };
}

/** How many voxels on is the next along each axis of a chunk. */
function stridesOf({ inner, order }: ZarrArray): number[] {
  const strides = new Array<number>(inner.length);
  let step = 1;
  for (let i = inner.length - 1; i >= 0; i--) {
    const axis = order ? order[i] : i;
    strides[axis] = step;
    step *= inner[axis];
  }
  return strides;
}

function offsetInChunk(array: ZarrArray, { at, spatial }: Place): number {
  const strides = stridesOf(array);
  return at.reduce((sum, n, axis) => sum + (spatial.includes(axis) ? 0 : (n % array.inner[axis]) * strides[axis]), 0);
}

/** The volume at a place of a decoded chunk: x fastest, least significant byte first, as stored. */
function volumeOf(bytes: Buffer, array: ZarrArray, place: Place): Buffer {
  const voxel = storedBytes(array.type);
  const strides = stridesOf(array);
  const [sz, sy, sx] = place.spatial.map((axis) => (axis === null ? 0 : strides[axis]));
  const [nz, ny, nx] = place.spatial.map((axis) => (axis === null ? 1 : array.inner[axis]));
  const first = offsetInChunk(array, place);
  if (array.bigEndian) swapBytes(bytes, voxel);
  if (sx === 1 && (ny === 1 || sy === nx) && (nz === 1 || sz === nx * ny))
    return bytes.subarray(first * voxel, (first + nz * ny * nx) * voxel);
  const out = Buffer.allocUnsafe(nz * ny * nx * voxel);
  let to = 0;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++) {
      let from = (first + z * sz + y * sy) * voxel;
      for (let x = 0; x < nx; x++, from += sx * voxel)
        for (let byte = 0; byte < voxel; byte++) out[to++] = bytes[from + byte];
    }
  return out;
}

function fillBytes(fill: number, type: VoxelType): Uint8Array {
  const out = Buffer.alloc(VOXEL_BYTES[type]);
  if (type === 'float32') out.writeFloatLE(fill);
  else if (type === 'float64') out.writeDoubleLE(fill);
  else {
    const whole = BigInt(Number.isFinite(fill) ? Math.trunc(fill) : 0);
    Buffer.from(BigInt64Array.of(BigInt.asIntN(64, whole)).buffer).copy(out, 0, 0, out.length);
  }
  return out;
}
