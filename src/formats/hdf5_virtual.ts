import type { Hdf5File } from './hdf5_file.ts';
import type { DatasetHeader } from './hdf5_layout.ts';
import { heapObject } from './hdf5_types.ts';

/** A part of a virtual dataset: a box of it that a box of another dataset fills. */
export interface VirtualPart {
  /** The other file, as it is named; "." for the same one. */
  file: string;
  path: string;
  /** The first element of the box in the virtual dataset, and its size, along each axis. */
  to: number[];
  size: number[];
  /** The box in the other dataset: its first element, its size and the steps between elements; null for all of it. */
  from: Box | null;
}

interface Box {
  first: number[];
  size: number[];
  step: number[];
}

const MOST_PARTS = 100_000;

/** Thrown for selections that are not boxes. */
export class UnusualSelection extends Error {}

/**
 * The parts of which a virtual dataset is made. Throws an UnusualSelection where one is no box of equal steps, an input
 * failure for damage.
 */
async function virtualParts(dataset: DatasetHeader): Promise<VirtualPart[]> {
  const { file, layout, shape } = dataset;
  if (layout.kind !== 'virtual' || !shape) throw new Error('only virtual datasets have parts');
  if (layout.heap === null) return [];
  const cursor = file.cursor(await heapObject(file, layout.heap, layout.object), 'virtual dataset');
  if (cursor.uint(1) !== 0) throw new UnusualSelection('it is of a newer version than can be read');
  const count = cursor.length();
  if (count > MOST_PARTS) throw new UnusualSelection(`it is made of ${count} parts`);
  const parts: VirtualPart[] = [];
  for (let i = 0; i < count; i++) {
    const named = { file: cursor.text(), path: cursor.text() };
    const source = readSelection(file, cursor);
    const target = readSelection(file, cursor);
    if (named.file.includes('%') || named.path.includes('%'))
      throw new UnusualSelection('its files are numbered by a pattern');
    const to = boxOf(target, shape);
    if (to.step.some((step, axis) => step !== 1 && to.size[axis] > 1))
      throw new UnusualSelection('a part of it is not in one piece');
    parts.push({ ...named, to: to.first, size: to.size, from: source && boxOf(source, []) });
  }
  return parts;
}

interface Slab {
  start: number[];
  stride: number[];
  count: number[];
  block: number[];
}

type Reader = ReturnType<Hdf5File['cursor']>;

/** A selection of elements; null for all. */
function readSelection(file: Hdf5File, cursor: Reader): Slab | null {
  const kind = cursor.uint(4);
  const version = cursor.uint(4);
  if (kind === 3) {
    cursor.skip(8);
    return null;
  }
  if (kind !== 2) throw new UnusualSelection('a part of it is no box');
  const numbers = (rank: number, width: number) => Array.from({ length: rank }, () => cursor.uint(width));
  if (version === 1) {
    cursor.skip(8);
    const rank = cursor.uint(4);
    const blocks = cursor.uint(4);
    if (blocks !== 1) throw new UnusualSelection('a part of it is several boxes');
    const start = numbers(rank, 4);
    const last = numbers(rank, 4);
    const ones = start.map(() => 1);
    return { start, stride: ones, count: ones, block: last.map((n, axis) => n - start[axis] + 1) };
  }
  const flags = cursor.uint(1);
  if (version === 2) cursor.skip(4);
  const width = version === 2 ? 8 : cursor.uint(1);
  if (!(flags & 1) || version > 3 || width > 8) throw new UnusualSelection('a part of it is several boxes');
  const rank = cursor.uint(4);
  if (rank > 32) throw file.damaged('virtual dataset', `a part of it has ${rank} axes`);
  const slab: Slab = { start: [], stride: [], count: [], block: [] };
  for (let axis = 0; axis < rank; axis++)
    for (const key of ['start', 'stride', 'count', 'block'] as const) {
      const bytes = cursor.bytes.subarray(cursor.at, cursor.at + width);
      // All bits set: without end.
      if (bytes.length === width && bytes.every((byte) => byte === 255))
        throw new UnusualSelection('a part of it has no end');
      slab[key].push(cursor.uint(width));
    }
  return slab;
}

function boxOf(slab: Slab | null, shape: readonly number[]): Box {
  if (!slab) return { first: shape.map(() => 0), size: [...shape], step: shape.map(() => 1) };
  const { start, stride, count, block } = slab;
  const size = count.map((n, axis) => n * block[axis]);
  const step = count.map((n, axis) => (n === 1 || stride[axis] === block[axis] ? 1 : stride[axis]));
  if (count.some((n, axis) => n > 1 && block[axis] > 1 && stride[axis] !== block[axis]))
    throw new UnusualSelection('a part of it is several boxes');
  return { first: start, size, step };
}

/** Planes of a virtual dataset that follow one another, and the planes of another dataset that they are. */
export interface VirtualRun {
  dataset: DatasetHeader;
  /** Among all planes of the virtual dataset, those of earlier time points counted too. */
  first: number;
  count: number;
  /** The first plane in the other dataset, and from one plane to the next. */
  from: number;
  step: number;
}

/** The dataset at a path of a file that is named from another; null where file or dataset are not there. */
export type FindDataset = (file: string, path: string) => Promise<DatasetHeader | null>;

/**
 * The planes of a virtual dataset in order, where each part fills whole planes. Throws an UnusualSelection where one does
 * not, or is not there; an input failure for damage.
 */
export async function virtualRuns(dataset: DatasetHeader, find: FindDataset): Promise<VirtualRun[]> {
  const runs: VirtualRun[] = [];
  for (const part of await virtualParts(dataset)) {
    const source = await find(part.file, part.path);
    if (!source?.shape) throw new UnusualSelection(`its part ${part.path} of the file ${part.file} is not there`);
    if (source.layout.kind === 'virtual') throw new UnusualSelection('a part of it is virtual itself');
    if (source.type.name !== dataset.type.name)
      throw new UnusualSelection(`a part of it is of type ${source.type.name}, and not ${dataset.type.name}`);
    const all = { first: source.shape.map(() => 0), size: source.shape, step: source.shape.map(() => 1) };
    const to = planesOf({ first: part.to, size: part.size, step: part.size.map(() => 1) }, dataset.shape!);
    const from = planesOf(part.from ?? all, source.shape);
    const alike = dataset.shape!.slice(-2).join() === source.shape.slice(-2).join();
    if (!to || !from || to.step !== 1 || !alike || from.count !== to.count)
      throw new UnusualSelection('a part of it is not of whole planes');
    runs.push({ dataset: source, first: to.first, count: to.count, from: from.first, step: from.step });
  }
  runs.sort((a, b) => a.first - b.first);
  for (const [i, run] of runs.entries())
    if (i > 0 && run.first < runs[i - 1].first + runs[i - 1].count)
      throw new UnusualSelection('parts of it lie over one another');
  return runs;
}

/** A box as planes at equal distances among all planes of a dataset; null where it is not that. */
function planesOf({ first, size, step }: Box, shape: readonly number[]) {
  const lead = shape.length - 2;
  if (first.length !== shape.length || lead < 0) return null;
  for (const axis of [lead, lead + 1])
    if (first[axis] !== 0 || size[axis] !== shape[axis] || step[axis] !== 1) return null;
  let at = 0;
  let count = 1;
  let distance = 1;
  let planes = 1;
  for (let axis = lead - 1; axis >= 0; axis--) {
    if (first[axis] + (size[axis] - 1) * step[axis] >= shape[axis]) return null;
    at += first[axis] * planes;
    if (size[axis] > 1) {
      // All inner axes must be whole, or there are gaps within.
      if (count > 1 && (count !== planes || step[axis] !== 1)) return null;
      if (count === 1) distance = step[axis] * planes;
      count *= size[axis];
    }
    planes *= shape[axis];
  }
  return { first: at, count, step: distance };
}
