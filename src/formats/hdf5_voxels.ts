import { type FileHandle, open } from 'node:fs/promises';
import { badInput, type Failure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import type { Segment, VolumeSource } from '../core/series.ts';
import { type Bricks, brickPieces, LARGEST_BRICK_BYTES } from './bricks.ts';
import { decodePlain, plainPieces } from './decode_plain.ts';
import { inBytes, isVoxelType, type Piece, type Planes } from './description.ts';
import { type ChunkIndex, readChunkIndex } from './hdf5_chunks.ts';
import { Hdf5File } from './hdf5_file.ts';
import { ChunkDamage, largestRatio, unfiltered, unknownFilter } from './hdf5_filters.ts';
import { type DatasetHeader, readDataset } from './hdf5_layout.ts';
import { Hdf5Tree } from './hdf5_tree.ts';
import { type FindDataset, UnusualSelection, type VirtualRun, virtualRuns } from './hdf5_virtual.ts';
import { storedBytes, swapBytes, usedType, widened } from './widen.ts';

/** Which axes of a dataset are t, z, y and x; all others have one element. Null where it has none for it. */
export interface Axes {
  frame: number | null;
  space: [number | null, number | null, number | null];
}

/** More chunks than this in a larger file are not counted where only headers are wanted. */
const COUNTED_CHUNKS = 50_000;
const COUNTED_BYTES = 64 * 2 ** 20;
const MOST_SEGMENTS = 200_000;

/** What is known of how voxels are stored, from headers alone. */
export interface Storage {
  /** Where time point `frame` lies plainly; null where it does not. */
  plain: ((frame: number) => VolumeSource) | null;
  /** Why the voxels cannot be used; null where they can. */
  refused: string | null;
  notes: string[];
  /** The files of a virtual dataset's parts. */
  files?: string[];
}

/**
 * How the voxels of a dataset lie; `find` is asked for the parts of a virtual one. Throws an input failure where they lie
 * outside of the file.
 */
export async function storageOf(dataset: DatasetHeader, axes: Axes, find: FindDataset): Promise<Storage> {
  const { file, type, layout, filters } = dataset;
  const shape = spaceOf(dataset, axes);
  const used = usedType(type.name);
  const storage = (refused: string | null, plain: Storage['plain'] = null, notes: string[] = []): Storage => ({
    plain: used && isVoxelType(type.name) ? plain : null,
    refused,
    notes,
  });
  if (!used) return storage(`voxels of type ${type.name} cannot be used, only integers and floats`);
  const bytes = dataset.shape!.reduce((product, n) => product * n, type.bytes);
  const perFrame = shape[0] * shape[1] * shape[2] * type.bytes;
  switch (layout.kind) {
    case 'compact':
      return storage(layout.bytes.length < bytes ? 'it is shorter than it says' : null);
    case 'external':
      return storage('its voxels lie in other files than HDF5, which cannot be read');
    case 'unknown':
      return storage(`its layout (version ${layout.version}) is newer than can be read`);
    case 'virtual':
      return await virtualStorage(dataset, axes, find);
    case 'contiguous': {
      if (layout.address === null) return storage('its voxels were never written');
      const offset = file.offsetOf(layout.address);
      if (offset + bytes > file.size)
        throw file.damaged(
          'voxels',
          `they reach to byte ${(offset + bytes).toLocaleString('en')}, and the file has ${inBytes(file.size)}`,
        );
      return storage(null, (frame) => ({
        segments: [{ path: file.path, offset: offset + frame * perFrame, rows: shape[0] * shape[1] }],
        shape,
        type: used,
        bigEndian: type.byteOrder === 'big',
      }));
    }
    case 'chunked': {
      const unknown = unknownFilter(filters);
      if (unknown) return storage(`its ${unknown} compression cannot be read`);
      const { chunk } = layout;
      const chunkBytes = chunk.reduce((product, n) => product * n, type.bytes);
      if (chunkBytes > LARGEST_BRICK_BYTES)
        return storage(
          `its chunks are ${inBytes(chunkBytes)}, and at most ${inBytes(LARGEST_BRICK_BYTES)} can be read`,
        );
      const grid = dataset.shape!.map((n, axis) => Math.ceil(n / chunk[axis]));
      const count = grid.reduce((product, n) => product * n, 1);
      if (count > COUNTED_CHUNKS && file.size > COUNTED_BYTES) return storage(null);
      const index = await readChunkIndex(dataset);
      if (index.stored === 0) return storage('its voxels were never written');
      // Compressed voxels may be far fewer bytes than they stand for, but not without end.
      if (index.bytes * largestRatio(filters) < index.stored * chunkBytes && filters.length > 0)
        throw file.damaged(
          'chunks',
          `${inBytes(index.bytes)} cannot hold ${index.stored} chunks of ${inBytes(chunkBytes)}`,
        );
      const missing = count - index.stored;
      const notes =
        missing > 0
          ? [
              `${missing.toLocaleString('en')} of its ${count.toLocaleString('en')} chunks were never written: their voxels are ${dataset.fill ? 'its fill value' : '0'}.`,
            ]
          : [];
      const rows = filters.length === 0 && missing === 0 ? rowsOfChunks(dataset, axes, index) : null;
      return storage(
        null,
        rows && ((frame) => ({ segments: rows(frame), shape, type: used, bigEndian: type.byteOrder === 'big' })),
        notes,
      );
    }
  }
}

/** z, y, x of what `axes` take from a dataset. */
export function spaceOf({ shape }: DatasetHeader, { space }: Axes): Triple {
  return space.map((axis) => (axis === null ? 1 : shape![axis])) as Triple;
}

/** The voxels of planes of one time point, as `VoxelAccess.decode` gives them. */
export async function* hdf5Pieces(
  path: string,
  address: number,
  name: string,
  axes: Axes,
  planes: Planes,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  const file = await Hdf5File.open(path);
  try {
    const dataset = await readDataset(file, address);
    const used = dataset && usedType(dataset.type.name);
    if (!dataset?.shape || !used) throw changed(path, name);
    const { type, layout } = dataset;
    const shape = spaceOf(dataset, axes);
    const perVoxel = storedBytes(type.name);
    const finished = (bytes: Buffer) => {
      if (type.byteOrder === 'big') swapBytes(bytes, perVoxel);
      return widened(bytes, type.name);
    };
    if (layout.kind === 'compact') {
      const plane = shape[1] * shape[2] * perVoxel;
      const from = planes.frame * shape[0] * plane;
      const bytes = Buffer.from(layout.bytes.subarray(from + planes.first * plane, from + planes.end * plane));
      yield { at: 0, bytes: finished(bytes) };
    } else if (layout.kind === 'contiguous' && layout.address !== null) {
      const offset = file.offsetOf(layout.address) + planes.frame * shape[0] * shape[1] * shape[2] * perVoxel;
      const segments = [{ path, offset, rows: shape[0] * shape[1] }];
      if (isVoxelType(type.name)) {
        const source = { segments, shape, type: type.name, bigEndian: type.byteOrder === 'big' };
        yield* plainPieces(source, planes, signal);
        return;
      }
      yield* widenedPieces(segments[0], shape, perVoxel, planes, finished, signal);
    } else if (layout.kind === 'chunked') {
      const handle = await open(path, 'r');
      try {
        const bricks = await bricksOf(handle, dataset, name, axes, planes.frame, finished);
        yield* brickPieces(bricks, planes, signal);
      } finally {
        await handle.close();
      }
    } else if (layout.kind === 'virtual') {
      yield* virtualPieces(dataset, path, name, shape, planes, finished, signal);
    } else throw changed(path, name);
  } finally {
    await file.close();
  }
}

async function virtualStorage(dataset: DatasetHeader, axes: Axes, find: FindDataset): Promise<Storage> {
  const { type, file } = dataset;
  const used = usedType(type.name)!;
  let runs: VirtualRun[];
  try {
    runs = await virtualRuns(dataset, find);
  } catch (error) {
    if (!(error instanceof UnusualSelection)) throw error;
    return { plain: null, refused: `it is a virtual dataset: ${error.message}`, notes: [] };
  }
  if (runs.length === 0) return { plain: null, refused: 'it is a virtual dataset without parts', notes: [] };
  const shape = spaceOf(dataset, axes);
  const frames = axes.frame === null ? 1 : dataset.shape![axes.frame];
  const missing = frames * shape[0] - runs.reduce((sum, { count }) => sum + count, 0);
  const notes =
    missing > 0
      ? [`${missing} of its slices lie in no file: their voxels are ${dataset.fill ? 'its fill value' : '0'}.`]
      : [];
  const files = [...new Set([file.path, ...runs.map((run) => run.dataset.file.path)])];
  const plains: ((first: number, end: number) => Segment[])[] = [];
  for (const { dataset: source, from, step } of runs) {
    const own = sourceAxes(source);
    const storage = own && (await storageOf(source, own, find));
    if (storage?.refused || !own || !storage)
      return {
        plain: null,
        refused: `a part of it, in ${source.file.path}: ${storage?.refused ?? 'it has more than four axes'}`,
        notes,
      };
    const { plain } = storage;
    if (!plain || step !== 1 || source.type.byteOrder !== type.byteOrder || missing > 0) continue;
    const depth = spaceOf(source, own)[0];
    plains.push((first, end) => {
      const segments: Segment[] = [];
      for (let plane = from + first; plane < from + end; ) {
        const last = Math.min(from + end, (Math.floor(plane / depth) + 1) * depth);
        const rows = { from: (plane % depth) * shape[1], to: ((last - 1) % depth) * shape[1] + shape[1] };
        segments.push(...cutRows(plain(Math.floor(plane / depth)).segments, rows, shape[2] * type.bytes));
        plane = last;
      }
      return segments;
    });
  }
  const mapped = (frame: number): VolumeSource => {
    const [first, end] = [frame * shape[0], (frame + 1) * shape[0]];
    const segments = runs.flatMap((run, i) => {
      const [a, b] = [Math.max(first, run.first), Math.min(end, run.first + run.count)];
      return b > a ? plains[i](a - run.first, b - run.first) : [];
    });
    return { segments, shape, type: used, bigEndian: type.byteOrder === 'big' };
  };
  const isPlain = plains.length === runs.length && isVoxelType(type.name);
  return { plain: isPlain ? mapped : null, refused: null, notes, files };
}

/** Rows [from, to) of segments. */
function cutRows(
  segments: readonly Segment[],
  { from, to }: { from: number; to: number },
  rowBytes: number,
): Segment[] {
  const cut: Segment[] = [];
  let row = 0;
  for (const { path, offset, rows } of segments) {
    const [a, b] = [Math.max(row, from), Math.min(row + rows, to)];
    if (b > a) cut.push({ path, offset: offset + (a - row) * rowBytes, rows: b - a });
    row += rows;
  }
  return cut;
}

/** The axes of a part: its planes in order, whatever it calls the axes before them; null for more than four. */
function sourceAxes({ shape }: DatasetHeader): Axes | null {
  const rank = shape!.length;
  const axes = shape!.map((_, axis) => axis).filter((axis) => axis >= rank - 3 || shape![axis] > 1);
  if (axes.length === 2) return { frame: null, space: [null, axes[0], axes[1]] };
  if (axes.length > 4 || axes.length < 2) return null;
  const [z, y, x] = axes.slice(-3);
  return { frame: axes.length === 4 ? axes[0] : null, space: [z, y, x] };
}

async function* virtualPieces(
  dataset: DatasetHeader,
  path: string,
  name: string,
  shape: Triple,
  { frame, first, end }: Planes,
  finished: (bytes: Buffer) => Buffer,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  const tree = await Hdf5Tree.openFile(path);
  try {
    const runs = await virtualRuns(dataset, (file, at) => tree.datasetIn(file, at));
    const plane = finished(Buffer.alloc(shape[1] * shape[2] * dataset.type.bytes)).length;
    const zero = frame * shape[0];
    let done = first;
    /** Planes that lie in no file. */
    const filled = function* (to: number): Generator<Piece> {
      for (; done < to; done++) {
        const bytes = Buffer.alloc(shape[1] * shape[2] * dataset.type.bytes, dataset.fill ?? 0);
        yield { at: (done - first) * plane, bytes: finished(bytes) };
      }
    };
    for (const run of runs) {
      const from = Math.max(first, run.first - zero);
      const to = Math.min(end, run.first + run.count - zero);
      if (to <= from) continue;
      yield* filled(from);
      const axes = sourceAxes(run.dataset);
      if (!axes) throw changed(path, name);
      const depth = spaceOf(run.dataset, axes)[0];
      while (done < to) {
        const at = run.from + (done + zero - run.first) * run.step;
        const count = run.step === 1 ? Math.min(to - done, depth - (at % depth)) : 1;
        const planes = { frame: Math.floor(at / depth), first: at % depth, end: (at % depth) + count };
        const { file, address } = run.dataset;
        for await (const piece of hdf5Pieces(file.path, address, name, axes, planes, signal))
          yield { at: piece.at + (done - first) * plane, bytes: piece.bytes };
        done += count;
      }
    }
    yield* filled(end);
  } finally {
    await tree.close();
  }
}

/** Contiguous voxels of a type that the engine has not. */
async function* widenedPieces(
  { path, offset }: Segment,
  shape: Triple,
  perVoxel: number,
  { first, end }: Planes,
  finished: (bytes: Buffer) => Buffer,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  const plane = shape[1] * shape[2] * perVoxel;
  const source: VolumeSource = {
    segments: [{ path, offset: offset + first * plane, rows: (end - first) * shape[1] * perVoxel }],
    shape,
    type: 'uint8',
    bigEndian: false,
  };
  let at = 0;
  for await (const stored of decodePlain(source, signal)) {
    const bytes = finished(stored as Buffer);
    yield { at, bytes };
    at += bytes.length;
  }
}

async function bricksOf(
  handle: FileHandle,
  dataset: DatasetHeader,
  name: string,
  { frame: frameAxis, space }: Axes,
  frame: number,
  finished: (bytes: Buffer) => Buffer,
): Promise<Bricks> {
  const { layout, filters, type } = dataset;
  if (layout.kind !== 'chunked') throw new Error('only chunked datasets have bricks');
  const { chunk } = layout;
  const index = await readChunkIndex(dataset);
  const brick = space.map((axis) => (axis === null ? 1 : chunk[axis])) as Triple;
  const chunkBytes = chunk.reduce((product, n) => product * n, type.bytes);
  const strides = chunk.map((_, axis) => chunk.slice(axis + 1).reduce((product, n) => product * n, type.bytes));
  const from = frameAxis === null ? 0 : (frame % chunk[frameAxis]) * strides[frameAxis];
  const along = space.map((axis) => (axis === null ? 0 : strides[axis]));
  const damaged = (why: string): Failure =>
    badInput({
      what: 'Cannot read the voxels',
      path: dataset.file.path,
      at: name,
      why,
      whatToDo: 'The file is damaged: copy or save it again',
    });
  const fill = dataset.fill && finished(Buffer.from(dataset.fill));
  return {
    shape: spaceOf(dataset, { frame: frameAxis, space }),
    brick,
    voxelBytes: finished(Buffer.alloc(type.bytes)).length,
    ...(fill ? { fill } : {}),
    async read(position) {
      const numbers = chunk.map((_, axis) => {
        const which = space.indexOf(axis);
        return which >= 0 ? position[which] : axis === frameAxis ? Math.floor(frame / chunk[axis]) : 0;
      });
      const stored = index.at(numbers.reduce((number, n, axis) => number * index.grid[axis] + n, 0));
      if (!stored) return null;
      const at = `chunk ${numbers.join(', ')}`;
      if (stored.bytes > 2 * chunkBytes + 2 ** 16) throw damaged(`${at} is larger than it can be`);
      const bytes = Buffer.allocUnsafe(stored.bytes);
      let got = 0;
      while (got < bytes.length) {
        const { bytesRead } = await handle.read(bytes, got, bytes.length - got, stored.offset + got);
        if (bytesRead === 0) throw damaged(`${at}: the file became shorter while it was read`);
        got += bytesRead;
      }
      let whole: Uint8Array;
      try {
        whole = await unfiltered(bytes, filters, stored.mask, chunkBytes);
      } catch (error) {
        throw error instanceof ChunkDamage ? damaged(`${at} is damaged: ${error.message}`) : error;
      }
      return finished(cut(whole, from, along, brick, type.bytes));
    },
  };
}

/** A brick out of a chunk that has other axes besides: voxels of `width` bytes, `along` bytes apart on each axis. */
function cut(chunk: Uint8Array, from: number, along: number[], brick: Triple, width: number): Buffer {
  const [depth, rows, columns] = brick;
  const bytes = depth * rows * columns * width;
  const whole = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const packed =
    (columns === 1 || along[2] === width) &&
    (rows === 1 || along[1] === columns * width) &&
    (depth === 1 || along[0] === rows * columns * width);
  if (packed) return whole.subarray(from, from + bytes);
  const out = Buffer.allocUnsafe(bytes);
  let to = 0;
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, to += width) {
        const at = from + z * along[0] + y * along[1] + x * along[2];
        whole.copy(out, to, at, at + width);
      }
  return out;
}

/** Rows of chunks that are as long as the volume's: they can be mapped where they are. Null where they are not. */
function rowsOfChunks(
  dataset: DatasetHeader,
  { frame: frameAxis, space }: Axes,
  index: ChunkIndex,
): ((frame: number) => Segment[]) | null {
  const { layout, type, file } = dataset;
  if (layout.kind !== 'chunked') return null;
  const { chunk } = layout;
  const shape = spaceOf(dataset, { frame: frameAxis, space });
  const brick = space.map((axis) => (axis === null ? 1 : chunk[axis])) as Triple;
  if (chunk.some((n, axis) => n > 1 && !space.includes(axis)) || brick[2] !== shape[2]) return null;
  const bands = Math.ceil(shape[1] / brick[1]);
  if (shape[0] * bands > MOST_SEGMENTS) return null;
  const rowBytes = shape[2] * type.bytes;
  return (frame) => {
    const segments: Segment[] = [];
    let end = -1;
    for (let z = 0; z < shape[0]; z++)
      for (let band = 0; band < bands; band++) {
        const position = [Math.floor(z / brick[0]), band, 0];
        const number = index.grid.reduce((sum, count, axis) => {
          const which = space.indexOf(axis);
          return sum * count + (which >= 0 ? position[which] : axis === frameAxis ? frame : 0);
        }, 0);
        const offset = index.at(number)!.offset + (z % brick[0]) * brick[1] * rowBytes;
        const rows = Math.min(brick[1], shape[1] - band * brick[1]);
        const last = segments[segments.length - 1];
        if (last && offset === end) last.rows += rows;
        else segments.push({ path: file.path, offset, rows });
        end = offset + rows * rowBytes;
      }
    return segments;
  };
}

function changed(path: string, name: string): Failure {
  return badInput({
    what: 'Cannot read the voxels',
    path,
    at: name,
    why: 'the file has changed since it was described',
  });
}
