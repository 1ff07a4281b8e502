import { badInput, type Failure, isFailure } from '../../core/failure.ts';
import type { Triple } from '../../core/geometry.ts';
import type { Json } from '../../core/step.ts';

/** Voxel types a stored volume can have. */
export type ZarrType = 'uint8' | 'int16' | 'uint16' | 'float32';
export type ZarrArray =
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>;

export const VOXEL_BYTES: Record<ZarrType, number> = { uint8: 1, int16: 2, uint16: 2, float32: 4 };

/** An array of `type` over whole bytes; bytes and voxels are little-endian like the machines this runs on. */
export function arrayOf(type: ZarrType, bytes: ArrayBuffer): ZarrArray {
  switch (type) {
    case 'uint8':
      return new Uint8Array(bytes);
    case 'int16':
      return new Int16Array(bytes);
    case 'uint16':
      return new Uint16Array(bytes);
    case 'float32':
      return new Float32Array(bytes);
  }
}

/** How a viewer should show one channel: `color` as RRGGBB, `window` in grey values. */
export interface ZarrChannel {
  label: string;
  color: string;
  window: [number, number];
}

/** What a stored volume is. Its fill value is 0: chunks that hold nothing else are not stored, and repeated ones once. */
export interface ZarrSpec {
  name: string;
  type: ZarrType;
  /** z, y, x of level 0, whether or not that level is stored here. */
  shape: Triple;
  voxelSizeUm: Triple;
  /** Level k is 2^k times coarser than `shape`; default [0]. */
  levels?: number[];
  /** One entry: a plain volume. More: a leading axis c; in memory and on disk the channels of a voxel lie together. */
  channels: ZarrChannel[];
  /** Edge of an inner chunk in voxels; default 64. */
  chunk?: number;
  /** Edge of a shard, a multiple of `chunk`; default 256. */
  shard?: number;
  /** How a coarse level came from the finer one, in OME-Zarr's free words. */
  downscaling?: string;
  /** Kept under `tomolapse` in the group's attributes. */
  attributes?: Record<string, Json>;
}

/** One file of a stored volume, `path` relative to its folder; `crc32c` of all its bytes. */
export interface FileChecksum {
  path: string;
  bytes: number;
  crc32c: number;
}

/** A stored volume is not as it was written; `at` is the place inside the file. */
export function damaged(path: string, why: string, at?: string): Failure {
  const whatToDo = 'Compute the result again or restore the file from a copy';
  return badInput({ what: 'A stored volume is damaged', path, ...(at === undefined ? {} : { at }), why, whatToDo });
}

/** A volume that this program did not write. */
export function unsupported(path: string, why: string): Failure {
  return badInput({
    what: 'Cannot open the stored volume',
    path,
    why,
    whatToDo: 'Give volumes of other programs as scans',
  });
}

/** Sizes that follow from a spec, for one level. */
export interface Level {
  exponent: number;
  path: string;
  shape: Triple;
  channels: number;
  type: ZarrType;
  chunk: number;
  shard: number;
  /** Bytes of a voxel with all its channels. */
  voxelBytes: number;
  /** Bytes of an inner chunk, without its checksum. */
  chunkBytes: number;
  /** Inner chunks along one edge of a shard. */
  chunksPerShard: number;
}

export const CRC_BYTES = 4;
export const MISSING = 0xffff_ffff_ffff_ffffn;

export function levelOf(spec: ZarrSpec, exponent: number): Level {
  const chunk = spec.chunk ?? 64;
  const shard = spec.shard ?? 256;
  const channels = spec.channels.length;
  const voxelBytes = VOXEL_BYTES[spec.type] * channels;
  return {
    exponent,
    path: String(exponent),
    shape: spec.shape.map((n) => Math.ceil(n / 2 ** exponent)) as Triple,
    channels,
    type: spec.type,
    chunk,
    shard,
    voxelBytes,
    chunkBytes: chunk ** 3 * voxelBytes,
    chunksPerShard: shard / chunk,
  };
}

export function indexBytes(level: Level): number {
  return level.chunksPerShard ** 3 * 16 + CRC_BYTES;
}

/** Path of a shard's file below the volume's folder. */
export function shardPath(level: Level, [z, y, x]: Triple): string {
  return `${level.path}/c/${level.channels > 1 ? '0/' : ''}${z}/${y}/${x}`;
}

/** Place of an inner chunk in its shard's index, from the chunk's position in the volume. */
export function indexSlot(level: Level, chunk: Triple): number {
  const n = level.chunksPerShard;
  return ((chunk[0] % n) * n + (chunk[1] % n)) * n + (chunk[2] % n);
}

const littleEndian = { name: 'bytes', configuration: { endian: 'little' } };
const crc = { name: 'crc32c' };

/** zarr.json of one level's array. */
export function arrayMetadata(level: Level): Json {
  const leading = level.channels > 1 ? [level.channels] : [];
  const axes = level.channels > 1 ? ['c', 'z', 'y', 'x'] : ['z', 'y', 'x'];
  // The axes stay in OME's order c, z, y, x, while a chunk's bytes go voxel by voxel: what a GPU wants is there to be mapped.
  const interleave = level.channels > 1 ? [{ name: 'transpose', configuration: { order: [1, 2, 3, 0] } }] : [];
  return {
    zarr_format: 3,
    node_type: 'array',
    shape: [...leading, ...level.shape],
    data_type: level.type,
    chunk_grid: {
      name: 'regular',
      configuration: { chunk_shape: [...leading, level.shard, level.shard, level.shard] },
    },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [
      {
        name: 'sharding_indexed',
        configuration: {
          chunk_shape: [...leading, level.chunk, level.chunk, level.chunk],
          codecs: [...interleave, littleEndian, crc],
          index_codecs: [littleEndian, crc],
          index_location: 'end',
        },
      },
    ],
    dimension_names: axes,
    attributes: {},
  };
}

/** zarr.json of the group: OME-Zarr 0.5 multiscales and viewing hints, and this program's own attributes. */
export function groupMetadata(spec: ZarrSpec, attributes: Record<string, Json>): Json {
  const colour = spec.channels.length > 1;
  const leading = colour ? [1] : [];
  const axes: Json[] = ['z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'micrometer' }));
  const datasets = (spec.levels ?? [0]).map((k) => ({
    path: String(k),
    coordinateTransformations: [
      { type: 'scale', scale: [...leading, ...spec.voxelSizeUm.map((um) => um * 2 ** k)] },
      // The first coarse voxel is centred between the fine ones it covers.
      {
        type: 'translation',
        translation: [...leading.map(() => 0), ...spec.voxelSizeUm.map((um) => (um * (2 ** k - 1)) / 2)],
      },
    ],
  }));
  const multiscale: Record<string, Json> = {
    name: spec.name,
    axes: colour ? [{ name: 'c', type: 'channel' }, ...axes] : axes,
    datasets,
  };
  if (spec.downscaling) multiscale['type'] = spec.downscaling;
  return {
    zarr_format: 3,
    node_type: 'group',
    attributes: {
      ome: {
        version: '0.5',
        multiscales: [multiscale],
        omero: {
          channels: spec.channels.map(({ label, color, window: [low, high] }) => ({
            label,
            color,
            active: true,
            window: { min: low, max: high, start: low, end: high },
          })),
          rdefs: { model: colour ? 'color' : 'greyscale', defaultZ: Math.floor(spec.shape[0] / 2), defaultT: 0 },
        },
      },
      tomolapse: { ...attributes, shape: spec.shape, voxelSizeUm: spec.voxelSizeUm },
    },
  };
}

type Tree = { [name: string]: Tree } & unknown[];

/** The spec and levels of a stored volume from its zarr.json files; throws a Failure for other layouts. */
export function specOf(path: string, group: Json, arrays: (path: string) => Json): Read {
  try {
    return readSpec(path, group, arrays);
  } catch (error) {
    // Damaged metadata may have any form: what is not where it should be cannot be read.
    if (isFailure(error)) throw error;
    throw unsupported(path, 'its attributes are not those of a stored volume');
  }
}

interface Read {
  spec: ZarrSpec;
  attributes: Record<string, Json>;
}

function readSpec(path: string, group: Json, arrays: (path: string) => Json): Read {
  const refuse = (why: string): never => {
    throw unsupported(path, why);
  };
  const attributes = (group as Tree)?.['attributes'];
  const ome = attributes?.['ome'] as unknown as
    | {
        version?: string;
        multiscales?: { name: string; type?: string; datasets: { path: string }[] }[];
        omero?: { channels: { label: string; color: string; window: { start: number; end: number } }[] };
      }
    | undefined;
  const own = attributes?.['tomolapse'] as unknown as { shape?: Triple; voxelSizeUm?: Triple } | undefined;
  const multiscale = ome?.multiscales?.[0];
  if (!multiscale || !ome?.omero || !own?.shape || !own.voxelSizeUm)
    return refuse('its attributes are not those of a stored volume');
  const levels = multiscale.datasets.map((dataset) => Number(dataset.path));
  if (levels.length === 0 || levels.some((k) => !Number.isInteger(k) || k < 0))
    return refuse('its levels are not numbered');
  const first = arrays(String(levels[0])) as unknown as {
    data_type?: ZarrType;
    chunk_grid?: { configuration?: { chunk_shape?: number[] } };
    codecs?: { configuration?: { chunk_shape?: number[] } }[];
  };
  const shard = first.chunk_grid?.configuration?.chunk_shape?.at(-1);
  const chunk = first.codecs?.[0]?.configuration?.chunk_shape?.at(-1);
  if (!shard || !chunk || !first.data_type || !(first.data_type in VOXEL_BYTES))
    return refuse('its arrays are not sharded as expected');
  const spec: ZarrSpec = {
    name: multiscale.name,
    type: first.data_type,
    shape: own.shape,
    voxelSizeUm: own.voxelSizeUm,
    levels,
    channels: ome.omero.channels.map(({ label, color, window }) => ({
      label,
      color,
      window: [window.start, window.end],
    })),
    chunk,
    shard,
    ...(multiscale.type ? { downscaling: multiscale.type } : {}),
  };
  // What is written is known to the byte, so what is read is compared as a whole.
  for (const k of levels) {
    const level = levelOf(spec, k);
    if (
      !Number.isInteger(level.chunksPerShard) ||
      JSON.stringify(arrays(level.path)) !== JSON.stringify(arrayMetadata(level))
    )
      return refuse(`the array ${level.path} is laid out differently`);
  }
  const { shape: _shape, voxelSizeUm: _voxel, ...rest } = own as Record<string, Json>;
  return { spec, attributes: rest };
}
