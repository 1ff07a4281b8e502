import { badInput, type Failure } from '../core/failure.ts';
import { type Codec, codecsOf, filtersOf } from './zarr_codecs.ts';

/** One array of Zarr v2 or v3, as its metadata tells. Sizes are in the order of its axes. */
export interface ZarrArray {
  shape: number[];
  /** Of one file. */
  chunk: number[];
  /** Of what is read at once: the chunks inside a shard, or the chunk itself. */
  inner: number[];
  /** As stored: "uint16", or another word that `usedType` does not know. */
  type: string;
  bigEndian: boolean;
  /** What voxels that are not stored are. */
  fill: number;
  /** From the file's bytes to the voxels', in the order of decoding. */
  codecs: Codec[];
  /** Which axis each stored axis is, where they do not run as they are named. */
  order: number[] | null;
  /** Where a shard says where its chunks are. */
  shard: { atEnd: boolean; checked: boolean } | null;
  /** Path of a chunk below the array's folder. */
  keyOf(index: readonly number[]): string;
  /** Names of axes, where it has some. */
  axes: string[] | null;
  attributes: Record<string, unknown>;
  /** Why its voxels cannot be read. */
  refused?: string;
}

type Tree = { [name: string]: Tree } & unknown[];

const WHAT = 'Cannot read the Zarr array';
const MOST_AXES = 8;
const MOST_INNER = 2 ** 22;

/** What is asked of the folder while metadata of v2 is read: how its chunks are named. */
export interface Beside {
  /** Whether the array's folder has a file or folder of this name. */
  has(name: string): boolean;
  attributes: Record<string, unknown>;
}

/** Reads `.zarray`. Throws an input failure naming `path`. */
export function readV2(told: unknown, path: string, beside: Beside): ZarrArray {
  const array = told as Tree;
  const shape = sizes(array?.shape, path, 'shape');
  const chunk = sizes(array.chunks, path, 'chunks', shape.length);
  const { type, bigEndian } = numpyType(array.dtype);
  const codecs: Codec[] = [];
  const refusals: string[] = [];
  const filters = filtersOf(array.filters, array.compressor);
  for (const filter of filters)
    if (typeof filter === 'string') refusals.push(filter);
    else codecs.push(filter);
  const first = shape.map(() => 0);
  // Some write nested folders and say nothing of it.
  const nested = array.dimension_separator === undefined && !beside.has(first.join('.')) && beside.has('0');
  const separator = (array.dimension_separator as unknown) === '/' || (nested && shape.length > 1) ? '/' : '.';
  const axes = beside.attributes['_ARRAY_DIMENSIONS'];
  return {
    shape,
    chunk,
    inner: chunk,
    type,
    bigEndian,
    fill: fillOf(array.fill_value),
    codecs,
    order: (array.order as unknown) === 'F' ? shape.map((_, i) => shape.length - 1 - i) : null,
    shard: null,
    keyOf: (index) => (index.length === 0 ? '0' : index.join(separator)),
    axes: Array.isArray(axes) ? axes.map(String) : null,
    attributes: beside.attributes,
    ...(refusals.length > 0 ? { refused: `its chunks use ${refusals.join(' and ')}, which cannot be read` } : {}),
  };
}

/** Reads `zarr.json` of an array. Throws an input failure naming `path`. */
export function readV3(told: unknown, path: string): ZarrArray {
  const array = told as Tree;
  const shape = sizes(array?.shape, path, 'shape');
  if ((array.chunk_grid?.name as unknown) !== 'regular')
    throw damaged(path, `its chunks lie in a grid of kind ${word(array.chunk_grid?.name)}`, 'chunk_grid');
  const chunk = sizes(array.chunk_grid.configuration?.chunk_shape, path, 'chunk_shape', shape.length);
  const encoding = array.chunk_key_encoding;
  const v2Keys = (encoding?.name as unknown) === 'v2';
  const separator = word(encoding?.configuration?.separator ?? (v2Keys ? '.' : '/'));
  if (separator !== '.' && separator !== '/')
    throw damaged(path, 'its chunks are named in no known way', 'chunk_key_encoding');
  const axes = array.dimension_names as unknown;
  const chain = codecsOf(array.codecs, shape.length);
  const inner = chain.inner ? sizes(chain.inner, path, 'codecs', shape.length) : chunk;
  let { refused } = chain;
  if (inner.some((n, axis) => chunk[axis] % n !== 0)) throw damaged(path, 'its shards are not whole chunks', 'codecs');
  if (inner.reduce((count, n, axis) => count * (chunk[axis] / n), 1) > MOST_INNER)
    refused ??= 'its shards hold more chunks than can be counted';
  if (Array.isArray(array.storage_transformers) && array.storage_transformers.length > 0)
    refused ??= 'its storage is transformed';
  return {
    shape,
    chunk,
    inner,
    type: word(array.data_type),
    bigEndian: chain.bigEndian,
    fill: fillOf(array.fill_value),
    codecs: chain.codecs,
    order: chain.order,
    shard: chain.shard,
    keyOf: (index) => (v2Keys ? index.join(separator) || '0' : ['c', ...index].join(separator)),
    axes: Array.isArray(axes) && axes.every((name) => typeof name === 'string') ? axes : null,
    attributes: (array.attributes ?? {}) as Record<string, unknown>,
    ...(refused ? { refused } : {}),
  };
}

function sizes(told: unknown, path: string, at: string, rank?: number): number[] {
  const wrong = !Array.isArray(told) || told.length > MOST_AXES || (rank !== undefined && told.length !== rank);
  if (wrong || !told.every((n) => Number.isSafeInteger(n) && n >= (rank === undefined ? 0 : 1)))
    throw damaged(path, `${at} is ${JSON.stringify(told)?.slice(0, 60) ?? 'missing'}`, at);
  const product = told.reduce((total: number, n: number) => total * n, 8);
  if (!Number.isSafeInteger(product)) throw damaged(path, `${at} is more than can be: ${told.join(' × ')}`, at);
  return told as number[];
}

function damaged(path: string, why: string, at: string): Failure {
  return badInput({ what: WHAT, path, at, why, whatToDo: 'Its metadata is damaged: copy or save it again' });
}

const KINDS: Readonly<Record<string, string>> = { u: 'uint', i: 'int', f: 'float', c: 'complex', b: 'bool' };

function numpyType(told: unknown): { type: string; bigEndian: boolean } {
  const parts = /^([<>|])([a-zA-Z])(\d{1,2})$/.exec(word(told));
  const kind = parts && KINDS[parts[2]];
  if (!kind) return { type: word(told), bigEndian: false };
  return { type: kind === 'bool' ? kind : `${kind}${Number(parts[3]) * 8}`, bigEndian: parts[1] === '>' };
}

function fillOf(told: unknown): number {
  if (typeof told === 'boolean') return Number(told);
  if (typeof told === 'string' && /^0x[0-9a-f]{1,16}$/i.test(told)) return Number.NaN;
  const number = Number(typeof told === 'string' ? told.replace(/^(-?)Infinity$/, '$1Infinity') : (told ?? 0));
  return typeof told === 'object' && told !== null ? 0 : number;
}

function word(told: unknown): string {
  return typeof told === 'string' ? told.slice(0, 60) : (JSON.stringify(told) ?? 'nothing').slice(0, 60);
}
