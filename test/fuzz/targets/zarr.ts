import { join } from 'node:path';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { crc32c } from '../../../src/engine/crc32c.ts';
import { sharedData } from '../../../src/formats/reference/shared_data.ts';
import { folderSpecimen } from '../specimens.ts';
import type { Specimen, Target } from '../target.ts';
import { readVolumes } from './volumes.ts';

/** Arrays and images of both versions of Zarr: metadata, chunks in every codec, shards. */
export const zarr: Target = {
  name: 'zarr',
  specimens: async () => [...v2Arrays(), plain(), sharded(), image(), ...realArrays()],
  attempt: (attempt) => readVolumes(attempt),
  cases: 60,
};

const SHAPE = [4, 6, 8];
const voxels = (bytes: number) => Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 37) >> 3));
const text = (told: unknown) => Buffer.from(JSON.stringify(told));
const specimen = (name: string, files: Record<string, Buffer>): Specimen => ({
  name,
  open: '.',
  files: Object.entries(files).map(([path, bytes]) => ({ path, bytes })),
});

function realArrays(): Specimen[] {
  const shared = sharedData();
  if (!shared) return [];
  return [
    'hms-dbmi_viv/bioformats-zarr/data.zarr',
    'hms-dbmi_viv/ome-zarr/blobs_image_v04.ome.zarr',
    'hms-dbmi_viv/ome-zarr/blobs_image_v05.ome.zarr',
    'zarr-developers_zarr_implementations/zarr.zr',
  ].map((name) => ({ ...folderSpecimen(join(shared, name)), name }));
}

function v2Arrays(): Specimen[] {
  const ways: [string, unknown, (bytes: Buffer) => Buffer][] = [
    ['plain', null, (bytes) => bytes],
    ['zlib', { id: 'zlib', level: 1 }, (bytes) => deflateSync(bytes)],
    ['gzip', { id: 'gzip', level: 1 }, (bytes) => gzipSync(bytes)],
    ['zstd', { id: 'zstd', level: 1 }, (bytes) => zstdCompressSync(bytes)],
    ['lz4', { id: 'lz4' }, (bytes) => Buffer.concat([long(bytes.length), lz4(bytes)])],
    ['blosc', { id: 'blosc', cname: 'lz4', shuffle: 1 }, blosc],
  ];
  return ways.map(([name, compressor, fold]) =>
    specimen(name, {
      '.zarray': text({
        zarr_format: 2,
        shape: SHAPE,
        chunks: [2, 6, 8],
        dtype: '<u2',
        compressor,
        filters: null,
        order: 'C',
        fill_value: 0,
      }),
      '0.0.0': fold(voxels(192)),
      '1.0.0': fold(voxels(192)),
    }),
  );
}

const LITTLE = { name: 'bytes', configuration: { endian: 'little' } };

function v3(codecs: unknown[], chunk: number[], shape = SHAPE): Buffer {
  return text({
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: 'uint16',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunk } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs,
    attributes: {},
    dimension_names: ['t', 'z', 'y', 'x'].slice(-shape.length),
  });
}

function plain(): Specimen {
  return specimen('planes', {
    'zarr.json': v3([LITTLE], [1, 6, 8]),
    ...Object.fromEntries([0, 1, 2, 3].map((z) => [`c/${z}/0/0`, voxels(96)])),
  });
}

function sharded(): Specimen {
  const inner = [LITTLE, { name: 'gzip', configuration: { level: 1 } }, { name: 'crc32c' }];
  const chunks = Array.from({ length: 4 }, () => summed(gzipSync(voxels(96))));
  let at = 0;
  const index = chunks.map(({ length }) => {
    at += length;
    return Buffer.from(BigUint64Array.of(BigInt(at - length), BigInt(length)).buffer);
  });
  const sharding = {
    name: 'sharding_indexed',
    configuration: { chunk_shape: [1, 6, 8], codecs: inner, index_codecs: [LITTLE, { name: 'crc32c' }] },
  };
  return specimen('shard', {
    'zarr.json': v3([sharding], SHAPE),
    'c/0/0/0': Buffer.concat([...chunks, summed(Buffer.concat(index))]),
  });
}

function image(): Specimen {
  const axes = ['t', 'z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'micrometer' }));
  const scale = [{ type: 'scale', scale: [1, 0.5, 0.5, 0.5] }];
  const ome = { version: '0.5', multiscales: [{ axes, datasets: [{ path: '0', coordinateTransformations: scale }] }] };
  return specimen('image', {
    'zarr.json': text({ zarr_format: 3, node_type: 'group', attributes: { ome } }),
    '0/zarr.json': v3([LITTLE, { name: 'zstd' }], [1, 4, 6, 8], [2, ...SHAPE]),
    '0/c/0/0/0/0': zstdCompressSync(voxels(384)),
    '0/c/1/0/0/0': zstdCompressSync(voxels(384)),
  });
}

function summed(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, long(crc32c(bytes))]);
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Literals, a repeat of the last two bytes where it is one, and literals to the end. */
function lz4(bytes: Buffer): Buffer {
  const first = bytes.subarray(0, 9);
  const rest = bytes.subarray(9);
  return Buffer.concat([
    Buffer.from([0x90]),
    first,
    // Four bytes from nine bytes ago would not be the same: what is repeated does not matter here, its length does.
    Buffer.from([9, 0]),
    Buffer.from([0xf0, rest.length - 4 - 15]),
    rest.subarray(4),
  ]);
}

/** One block, not split, shuffled. */
function blosc(bytes: Buffer): Buffer {
  const block = lz4(bytes);
  const header = Buffer.from([2, 1, 0x31, 2]);
  const sizes = [bytes.length, bytes.length, 24 + block.length].map(long);
  return Buffer.concat([header, ...sizes, long(20), long(block.length), block]);
}
