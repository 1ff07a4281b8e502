import { promisify } from 'node:util';
import { gunzip, inflate, zstdDecompress } from 'node:zlib';
import { crc32c } from '../engine/crc32c.ts';
import { BlockError, decodeBlosc, decodeLz4 } from './blosc.ts';
import { bunzip2 } from './bzip2.ts';

/** Undoes one thing that was done to a chunk's bytes. */
export interface Codec {
  /** "blosc lz4", "gzip": what `info` tells. */
  name: string;
  /** `length` is what the voxels of the chunk need; more is not given. */
  decode(stored: Buffer, length: number): Buffer | Promise<Buffer>;
}

type Tree = { [name: string]: Tree } & unknown[];
type Unfold = (stored: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** Bytes behind a chunk's voxels that are still to be taken off: sums of inner codecs. */
const MORE = 64;

function unfolding(name: string, unfold: Unfold): Codec {
  return { name, decode: (stored, length) => unfold(stored, { maxOutputLength: length + MORE }) };
}

const GZIP = unfolding('gzip', promisify(gunzip) as unknown as Unfold);
const ZLIB = unfolding('zlib', promisify(inflate) as unknown as Unfold);
const ZSTD = unfolding('zstd', promisify(zstdDecompress) as unknown as Unfold);

const LZ4: Codec = {
  name: 'lz4',
  decode: (stored, length) => {
    if (stored.length < 4 || stored.readUInt32LE(0) !== length)
      throw new BlockError(`a chunk does not give ${length} bytes`);
    const out = Buffer.allocUnsafe(length);
    decodeLz4(stored.subarray(4), out);
    return out;
  },
};

const BZIP2: Codec = {
  name: 'bzip2',
  decode: async (stored, length) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    async function* whole() {
      yield stored;
    }
    for await (const piece of bunzip2(whole())) {
      pieces.push(piece);
      if ((bytes += piece.length) > length) throw new BlockError(`a chunk gives more than ${length} bytes`);
    }
    return Buffer.concat(pieces);
  },
};

const CRC32C: Codec = {
  name: 'crc32c',
  decode: (stored) => {
    const end = stored.length - 4;
    if (end < 0 || crc32c(stored.subarray(0, end)) !== stored.readUInt32LE(end))
      throw new BlockError('the sum of a chunk is wrong');
    return stored.subarray(0, end);
  },
};

const blosc = (cname: unknown): Codec => ({
  name: `blosc ${typeof cname === 'string' ? cname : ''}`.trim(),
  decode: decodeBlosc,
});

function named(name: string, configuration: Tree | undefined): Codec | string {
  switch (name.replace(/^numcodecs\./, '')) {
    case 'gzip':
      return GZIP;
    case 'zlib':
      return ZLIB;
    case 'zstd':
      return ZSTD;
    case 'lz4':
      return LZ4;
    case 'bz2':
      return BZIP2;
    case 'crc32c':
      return CRC32C;
    case 'blosc':
      return (configuration?.cname as unknown) === 'snappy' ? 'the codec "blosc snappy"' : blosc(configuration?.cname);
    default:
      return `the codec "${name}"`;
  }
}

/** Codecs of v2, in the order of decoding: the compressor, then the filters from the last. Words stand for unknown ones. */
export function filtersOf(filters: unknown, compressor: unknown): (Codec | string)[] {
  const all = [...(Array.isArray(filters) ? filters : []), ...(compressor ? [compressor] : [])] as Tree[];
  return all.reverse().map((codec) => named(String((codec as Tree)?.id), codec));
}

export interface Chain {
  codecs: Codec[];
  bigEndian: boolean;
  order: number[] | null;
  /** Shape of the chunks inside a shard, as told. */
  inner: unknown;
  shard: { atEnd: boolean; checked: boolean } | null;
  refused?: string;
}

/** Codecs of v3 for an array of `rank` axes. */
export function codecsOf(told: unknown, rank: number, inShard = false): Chain {
  const chain: Chain = { codecs: [], bigEndian: false, order: null, inner: null, shard: null };
  const refuse = (refused: string): Chain => ({ ...chain, refused });
  if (!Array.isArray(told)) return refuse('it does not say how its chunks are stored');
  for (const codec of told as Tree[]) {
    const name = String(codec?.name ?? codec);
    const configuration = codec?.configuration;
    if (name === 'bytes' || name === 'endian') chain.bigEndian = (configuration?.endian as unknown) === 'big';
    else if (name === 'transpose') {
      const order = orderOf(configuration?.order, rank);
      if (!order || chain.order) return refuse('its chunks are transposed in no known way');
      chain.order = order;
    } else if (name === 'sharding_indexed') {
      if (inShard || told.length > 1) return refuse('its shards are stored in a way that cannot be read');
      const inner = codecsOf(configuration?.codecs, rank, true);
      const index = codecsOf(configuration?.index_codecs, rank, true);
      const names = index.codecs.map((each) => each.name);
      if (inner.refused) return inner;
      if (index.refused || index.bigEndian || names.some((each) => each !== 'crc32c') || names.length > 1)
        return refuse('the index of its shards is stored in a way that cannot be read');
      const atEnd = (configuration?.index_location as unknown) !== 'start';
      return { ...inner, inner: configuration?.chunk_shape, shard: { atEnd, checked: names.length === 1 } };
    } else {
      const known = named(name, configuration);
      if (typeof known === 'string') return refuse(`its chunks use ${known}, which cannot be read`);
      chain.codecs.unshift(known);
    }
  }
  return chain;
}

function orderOf(told: unknown, rank: number): number[] | null {
  const forward = Array.from({ length: rank }, (_, i) => i);
  if (told === 'C') return forward;
  if (told === 'F') return forward.reverse();
  if (!Array.isArray(told) || told.length !== rank) return null;
  return forward.every((axis) => told.includes(axis)) ? (told as number[]) : null;
}
