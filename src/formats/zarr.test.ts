import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as zarrita from 'zarrita';
import { crc32c } from '../engine/crc32c.ts';
import { describeFile, importVolume, needsImport, volumeSource } from './describe.ts';
import { access, type VolumeDescription } from './description.ts';
import { decodedBytesOf, voxelBytesOf } from './reference/stored_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zarr-'));
});
afterAll(() => rm(folder, { recursive: true }));

const python = '/usr/bin/python3';
const there = (() => {
  try {
    execFileSync(python, ['-c', 'import zarr, numcodecs'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

async function save(path: string, content: unknown): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, Buffer.isBuffer(content) ? content : JSON.stringify(content));
}

const described = async (path: string) => (await describeFile(join(folder, path))) as VolumeDescription;

/** Voxel i of an array is i, of any type. */
const counted = (count: number, from = 0) =>
  Buffer.from(Uint16Array.from({ length: count }, (_, i) => from + i).buffer);

const LITTLE = { name: 'bytes', configuration: { endian: 'little' } };

function v3(shape: number[], chunk: number[], codecs: unknown[] = [LITTLE], more: Record<string, unknown> = {}) {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: 'uint16',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunk } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs,
    attributes: {},
    ...more,
  };
}

/** A chunk of an array whose voxel is its own place; at the edges 0xeeee. */
function chunkOf(shape: readonly number[], chunk: readonly number[], index: readonly number[]): Buffer {
  const count = chunk.reduce((product, n) => product * n, 1);
  const voxels = Uint16Array.from({ length: count }, (_, i) => {
    let rest = i;
    const at = chunk.map((n, axis) => {
      const below = chunk.slice(axis + 1).reduce((product, m) => product * m, 1);
      const place = Math.floor(rest / below);
      rest %= below;
      return index[axis] * n + place;
    });
    if (at.some((n, axis) => n >= shape[axis])) return 0xeeee;
    return at.reduce((sum, n, axis) => sum * shape[axis] + n, 0);
  });
  return Buffer.from(voxels.buffer);
}

function gridOf(shape: readonly number[], chunk: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, n, axis) =>
      all.flatMap((index) => Array.from({ length: Math.ceil(n / chunk[axis]) }, (_, i) => [...index, i])),
    [[]],
  );
}

/** A shard with its chunks in reverse order, its index behind them, and sums on both. */
function shardOf(chunks: (Buffer | null)[]): Buffer {
  const parts: Buffer[] = [];
  const index = Buffer.alloc(chunks.length * 16, 0xff);
  let at = 0;
  for (const [i, chunk] of [...chunks.entries()].reverse()) {
    if (!chunk) continue;
    const summed = withSum(chunk);
    index.writeBigUInt64LE(BigInt(at), i * 16);
    index.writeBigUInt64LE(BigInt(summed.length), i * 16 + 8);
    parts.push(summed);
    at += summed.length;
  }
  return Buffer.concat([...parts, withSum(index)]);
}

function withSum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32c(bytes));
  return Buffer.concat([bytes, sum]);
}

const SHARDED = (inner: number[]) => ({
  name: 'sharding_indexed',
  configuration: {
    chunk_shape: inner,
    codecs: [LITTLE, { name: 'zstd', configuration: { level: 1 } }, { name: 'crc32c' }],
    index_codecs: [LITTLE, { name: 'crc32c' }],
  },
});

async function saveSharded(name: string): Promise<{ shape: number[]; shard: number[]; inner: number[] }> {
  const [shape, shard, inner] = [
    [5, 6, 7],
    [4, 4, 8],
    [2, 2, 4],
  ];
  await save(`${name}/zarr.json`, v3(shape, shard, [SHARDED(inner)]));
  for (const index of gridOf(shape, shard)) {
    const chunks = gridOf(shard, inner).map((in_) => {
      const place = in_.map((n, axis) => index[axis] * (shard[axis] / inner[axis]) + n);
      return zstdCompressSync(chunkOf(shape, inner, place));
    });
    await save(`${name}/c/${index.join('/')}`, shardOf(chunks));
  }
  return { shape, shard, inner };
}

describe('an array of Zarr v2', () => {
  const ways = [
    ['none', 'None', '<u2', 'C', '.'],
    ['blosc lz4', "Blosc(cname='lz4', shuffle=1)", '<u2', 'C', '/'],
    ['blosc zstd', "Blosc(cname='zstd', shuffle=2)", '<f4', 'C', '.'],
    ['blosc zlib', "Blosc(cname='zlib', shuffle=0)", '<i4', 'C', '.'],
    ['blosc blosclz', "Blosc(cname='blosclz')", '>u2', 'C', '.'],
    ['zlib', 'Zlib()', '<f8', 'C', '.'],
    ['gzip', 'GZip()', '>f4', 'C', '/'],
    ['zstd', 'Zstd()', '|i1', 'C', '.'],
    ['lz4', 'LZ4()', '<u2', 'F', '.'],
    ['bz2', 'BZ2()', '<u2', 'C', '.'],
    ['halves', 'Zstd()', '<f2', 'C', '.'],
    ['long', 'None', '<i8', 'F', '.'],
  ] as const;

  it.skipIf(!there)('of every compressor, type and order gives what zarr-python wrote', async () => {
    const program = `
import sys, json, hashlib, numpy, zarr
from numcodecs import Blosc, Zlib, GZip, Zstd, LZ4, BZ2
for name, codec, dtype, order, separator in json.loads(sys.argv[2]):
    array = zarr.open(f'{sys.argv[1]}/{name}', mode='w', shape=(13, 21, 34), chunks=(4, 8, 16), dtype=dtype,
        compressor=eval(codec), order=order, dimension_separator=separator, fill_value=3)
    # Rows that are left out are not stored.
    array[:8] = (numpy.arange(8 * 21 * 34).reshape(8, 21, 34) % 120 - 20).astype(dtype)
    array[12:] = numpy.full((1, 21, 34), 7, dtype=dtype)
    wide = {'<f2': '<f4', '<i8': '<f8'}.get(dtype, dtype).replace('>', '<')
    print(hashlib.sha256(array[:].astype(wide).tobytes()).hexdigest())`;
    const told = execFileSync(python, ['-c', program, join(folder, 'v2'), JSON.stringify(ways)], { encoding: 'utf8' });
    const sums = told.trim().split('\n');
    const { createHash } = await import('node:crypto');
    for (const [i, [name]] of ways.entries()) {
      const description = await described(`v2/${name}`);
      expect(description).toMatchObject({ kind: 'zarr', datasets: [{ shape: [13, 21, 34], mapped: false }] });
      const voxels = await voxelBytesOf(description);
      expect(createHash('sha256').update(voxels).digest('hex'), name).toBe(sums[i]);
      const plane = voxels.length / 13;
      expect(
        (await decodedBytesOf(description, undefined, 0, [3, 9])).equals(voxels.subarray(3 * plane, 9 * plane)),
      ).toBe(true);
    }
  });

  it('that says nothing of nested folders is read where they are', async () => {
    await save('nested/.zarray', {
      zarr_format: 2,
      shape: [2, 2, 3],
      chunks: [1, 2, 3],
      dtype: '<u2',
      order: 'C',
      fill_value: 0,
      compressor: null,
      filters: null,
    });
    for (const z of [0, 1]) await save(`nested/${z}/0/0`, counted(6, z * 6));
    const description = await described('nested');
    expect(description.datasets[0].mapped).toBe(true);
    expect((await voxelBytesOf(description)).equals(counted(12))).toBe(true);
  });

  it('of filters that are not known is told and refused', async () => {
    await save('filters/.zarray', {
      zarr_format: 2,
      shape: [2, 2, 3],
      chunks: [1, 2, 3],
      dtype: '<u2',
      order: 'C',
      fill_value: 0,
      compressor: { id: 'lzma' },
      filters: [{ id: 'delta' }],
    });
    expect((await described('filters')).datasets[0].refused).toBe(
      'its chunks use the codec "lzma" and the codec "delta", which cannot be read',
    );
  });
});

describe('an array of Zarr v3', () => {
  it('of plain chunks that hold whole rows is mapped, whatever the chunks', async () => {
    const shape = [5, 6, 7];
    for (const chunk of [
      [1, 6, 7],
      [2, 6, 7],
      [5, 6, 7],
      [1, 4, 7],
      [2, 4, 7],
      [3, 8, 7],
    ]) {
      const name = `plain ${chunk.join(' ')}`;
      await save(`${name}/zarr.json`, v3(shape, chunk));
      for (const index of gridOf(shape, chunk))
        await save(`${name}/c/${index.join('/')}`, chunkOf(shape, chunk, index));
      const description = await described(name);
      expect(description.datasets[0]).toMatchObject({ shape, mapped: true, compression: 'none' });
      expect((await voxelBytesOf(description)).equals(counted(210)), name).toBe(true);
      expect((await decodedBytesOf(description)).equals(counted(210)), name).toBe(true);
    }
    await rm(join(folder, 'plain 1 6 7', 'c', '3'), { recursive: true });
    const holed = await described('plain 1 6 7');
    expect(needsImport(holed)).toBe(true);
    const expected = counted(210).fill(0, 3 * 84, 4 * 84);
    expect((await voxelBytesOf(holed)).equals(expected)).toBe(true);
  });

  it('in shards with sums gives what zarrita reads', async () => {
    const { shape } = await saveSharded('sharded');
    const description = await described('sharded');
    expect(description.datasets[0]).toMatchObject({ shape, mapped: false, compression: 'zstd, sharded' });
    const voxels = await voxelBytesOf(description);
    expect(voxels.equals(counted(210))).toBe(true);
    const store = {
      get: (key: string) => readFile(join(folder, 'sharded', key)).catch(() => undefined),
      getRange: async (key: string, range: { offset: number; length: number } | { suffixLength: number }) => {
        const file = await readFile(join(folder, 'sharded', key)).catch(() => undefined);
        if (!file) return undefined;
        if ('suffixLength' in range) return file.subarray(file.length - range.suffixLength);
        return file.subarray(range.offset, range.offset + range.length);
      },
    };
    const { data } = await zarrita.get(await zarrita.open(store as unknown as zarrita.Readable, { kind: 'array' }));
    const theirs = data as Uint16Array;
    expect(Buffer.from(theirs.buffer, theirs.byteOffset, theirs.byteLength).equals(voxels)).toBe(true);
    const source = await importVolume(description, undefined, join(folder, 'sharded.raw'));
    expect((await readFile(source.segments[0].path)).equals(voxels)).toBe(true);
  });

  it('may be transposed, of highest byte first, with keys of v2', async () => {
    const codecs = [
      { name: 'transpose', configuration: { order: [2, 0, 1] } },
      { name: 'bytes', configuration: { endian: 'big' } },
    ];
    const keys = { chunk_key_encoding: { name: 'v2', configuration: { separator: '.' } } };
    await save('transposed/zarr.json', v3([2, 3, 4], [2, 3, 4], codecs, keys));
    // Stored x, z, y.
    const stored = Uint16Array.from(
      { length: 24 },
      (_, i) => (Math.floor(i / 3) % 2) * 12 + (i % 3) * 4 + Math.floor(i / 6),
    );
    await save('transposed/0.0.0', Buffer.from(stored.buffer).swap16());
    expect((await voxelBytesOf(await described('transposed'))).equals(counted(24))).toBe(true);
  });

  it.each<[string, unknown, RegExp]>([
    ['a shape that is none', v3([2, -3, 4], [2, 3, 4]), /shape is \[2,-3,4\]/],
    ['more voxels than can be', v3([2 ** 31, 2 ** 31, 4], [2, 3, 4]), /more than can be/],
    ['chunks of other axes', v3([2, 3, 4], [2, 3]), /chunk_shape is \[2,3\]/],
    ['chunks of no size', v3([2, 3, 4], [2, 3, 0]), /chunk_shape is \[2,3,0\]/],
    ['another grid', { ...v3([2, 3, 4], [2, 3, 4]), chunk_grid: { name: 'rectilinear' } }, /grid of kind rectilinear/],
    ['shards of broken chunks', v3([2, 3, 4], [2, 3, 4], [SHARDED([2, 2, 4])]), /shards are not whole chunks/],
    ['another version', { zarr_format: 4, node_type: 'array' }, /version is 4/],
    ['no object', [1, 2], /no JSON object/],
    ['no JSON', Buffer.from('{"zarr'), /it is no JSON/],
  ])('with %s is refused', async (name, metadata, why) => {
    await save(`${name}/zarr.json`, metadata);
    await expect(described(name)).rejects.toThrow(why);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['structures', { data_type: 'r16' }, /type r16/],
    [
      'too large chunks',
      {
        shape: [2 ** 20, 2 ** 10, 2 ** 10],
        chunk_grid: { name: 'regular', configuration: { chunk_shape: [2 ** 20, 2 ** 10, 2 ** 10] } },
      },
      /too large/,
    ],
    ['an unknown codec', { codecs: [LITTLE, { name: 'pcodec' }] }, /"pcodec"/],
    ['snappy', { codecs: [LITTLE, { name: 'blosc', configuration: { cname: 'snappy' } }] }, /"blosc snappy"/],
    ['storage that is transformed', { storage_transformers: [{}] }, /transformed/],
  ])('of %s is told and refused', async (name, more, why) => {
    await save(`${name}/zarr.json`, v3([2, 3, 4], [2, 3, 4], undefined, more));
    expect((await described(name)).datasets[0].refused).toMatch(why);
  });

  it('whose chunks are damaged is refused with the chunk', async () => {
    await save('torn/zarr.json', v3([2, 3, 4], [1, 3, 4], [LITTLE, { name: 'gzip' }]));
    await save('torn/c/0/0/0', Buffer.from('not gzip'));
    await expect(voxelBytesOf(await described('torn'))).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(/torn\/c\/0\/0\/0\): its bytes are damaged/),
    });
    await save('short/zarr.json', v3([2, 3, 4], [1, 3, 4]));
    for (const z of [0, 1]) await save(`short/c/${z}/0/0`, counted(11));
    await expect(described('short')).rejects.toThrow(/needs 24 bytes, and the file has 22/);
    await save('long/zarr.json', v3([2, 3, 4], [1, 3, 4], [LITTLE, { name: 'zstd' }]));
    await save('long/c/0/0/0', zstdCompressSync(Buffer.alloc(2 ** 24)));
    await expect(voxelBytesOf(await described('long'))).rejects.toThrow(/its bytes are damaged/);

    await saveSharded('shards');
    const shard = join(folder, 'shards/c/0/0/0');
    const whole = await readFile(shard);
    for (const [bit, why] of [
      [8 * 5, /sum of a chunk is wrong/],
      [8 * (whole.length - 10), /sum of its index is wrong/],
    ] as const) {
      const torn = Buffer.from(whole);
      torn[bit >> 3] ^= 1;
      await writeFile(shard, torn);
      await expect(voxelBytesOf(await described('shards'))).rejects.toThrow(why);
    }
    await writeFile(shard, whole);
    await truncate(shard, 40);
    await expect(voxelBytesOf(await described('shards'))).rejects.toThrow(/index of 132 bytes, and the file has 40/);
  });
});

describe('an image of OME-Zarr', () => {
  const um = (name: string, unit = 'micrometer') => ({ name, type: 'space', unit });
  const scale = (...steps: number[]) => [{ type: 'scale', scale: steps }];

  it('is a series of its finest level, with channels by name and its voxel size', async () => {
    const axes = [
      { name: 't', type: 'time', unit: 'second' },
      { name: 'c', type: 'channel' },
      um('z'),
      um('y'),
      um('x', 'nanometer'),
    ];
    await save('image.ome.zarr/zarr.json', {
      zarr_format: 3,
      node_type: 'group',
      attributes: {
        ome: {
          version: '0.5',
          multiscales: [
            {
              axes,
              datasets: [
                { path: '0', coordinateTransformations: scale(1, 1, 0.5, 0.65, 650) },
                { path: '1', coordinateTransformations: scale(1, 1, 1, 1.3, 1300) },
              ],
              coordinateTransformations: scale(30, 1, 2, 1, 1),
            },
          ],
          omero: { channels: [{ label: 'grey' }, { label: 'mask' }] },
        },
      },
    });
    const shape = [2, 2, 2, 3, 4];
    await save('image.ome.zarr/0/zarr.json', v3(shape, [1, 2, 2, 2, 4]));
    for (const index of gridOf(shape, [1, 2, 2, 2, 4]))
      await save(`image.ome.zarr/0/c/${index.join('/')}`, chunkOf(shape, [1, 2, 2, 2, 4], index));
    await save('image.ome.zarr/labels/zarr.json', { zarr_format: 3, node_type: 'group', attributes: {} });
    const description = await described('image.ome.zarr');
    expect(description.datasets).toMatchObject([
      { name: 'grey', shape: [2, 2, 3, 4], mapped: true, voxelSizeFrom: 'OME-Zarr scale' },
      { name: 'mask', shape: [2, 2, 3, 4], mapped: true },
    ]);
    for (const [axis, length] of [1, 0.65, 0.65].entries())
      expect(description.datasets[0].voxelSizeUm![axis]).toBeCloseTo(length, 12);
    expect(description.notes).toEqual([
      'Its time points are 0.5 min apart; give --interval or --times to use that.',
      expect.stringMatching(/has labels/),
    ]);
    expect(() => volumeSource(description)).toThrow(/Choose one with --dataset: grey, mask/);
    for (const [i, name] of ['grey', 'mask'].entries())
      for (const frame of [0, 1]) {
        const expected = counted(24, (frame * 2 + i) * 24);
        expect((await voxelBytesOf(description, name, frame)).equals(expected)).toBe(true);
        expect((await decodedBytesOf(description, name, frame)).equals(expected)).toBe(true);
      }
    const files = description.datasets[0][access]!.files!;
    expect(files).toContain(join(folder, 'image.ome.zarr/zarr.json'));
    expect(files.filter((file) => file.includes('/c/'))).toHaveLength(4);
  });

  it('among others is listed by its path; without units its size is unknown', async () => {
    const image = { axes: ['z', 'y', 'x'], datasets: [{ path: '0', coordinateTransformations: scale(1, 1, 1) }] };
    await save('many/.zgroup', { zarr_format: 2 });
    await save('many/.zattrs', { 'bioformats2raw.layout': 3 });
    for (const i of [0, 1]) {
      await save(`many/${i}/.zgroup`, { zarr_format: 2 });
      await save(`many/${i}/.zattrs`, { multiscales: [image] });
      await save(`many/${i}/0/.zarray`, {
        zarr_format: 2,
        shape: [2, 3, 4],
        chunks: [2, 3, 4],
        dtype: '<u2',
        order: 'C',
        fill_value: 9,
        compressor: null,
        filters: null,
      });
    }
    const dated = (date: string) => `<Image ID="a"><AcquisitionDate>${date}</AcquisitionDate></Image>`;
    await save('many/OME/METADATA.ome.xml', Buffer.from(`<OME>${dated('2026-03-04T05:06:07')}${dated('soon')}</OME>`));
    const description = await described('many');
    expect(description.datasets).toMatchObject([
      { name: '0', voxelSizeUm: null, time: '2026-03-04T05:06:07', timeFrom: 'OME AcquisitionDate' },
      { name: '1', voxelSizeUm: null, time: null },
    ]);
    const filled = await voxelBytesOf(description, '1');
    expect([...new Uint16Array(filled.buffer, filled.byteOffset, 24)]).toEqual(Array(24).fill(9));
  });

  it.each<[string, unknown, RegExp]>([
    ['outside its folder', { datasets: [{ path: '../other' }] }, /path of its finest level is "..\/other"/],
    ['without levels', {}, /finest level is missing/],
    ['without its array', { datasets: [{ path: '7' }] }, /there is no array/],
  ])('%s is refused', async (name, image, why) => {
    await save(`${name}/.zgroup`, { zarr_format: 2 });
    await save(`${name}/.zattrs`, { multiscales: [image] });
    await expect(described(name)).rejects.toThrow(why);
  });

  it('of xarray has its axes by name', async () => {
    const array = {
      zarr_format: 2,
      shape: [2, 3, 4, 5],
      chunks: [1, 3, 4, 5],
      dtype: '<u2',
      order: 'C',
      fill_value: 0,
    };
    await save('xarray/.zarray', { ...array, compressor: null, filters: null });
    await save('xarray/.zattrs', { _ARRAY_DIMENSIONS: ['Z', 'time', 'row', 'column'] });
    for (const z of [0, 1]) await save(`xarray/${z}.0.0.0`, counted(60, z * 60));
    const description = await described('xarray');
    expect(description.datasets[0]).toMatchObject({ shape: [3, 2, 4, 5], mapped: false });
    const second = await voxelBytesOf(description, undefined, 1);
    expect(second.equals(Buffer.concat([counted(20, 20), counted(20, 80)]))).toBe(true);
    await save('xarray/.zattrs', { _ARRAY_DIMENSIONS: ['dim_0', 'dim_1', 'dim_2', 'dim_3'] });
    expect((await described('xarray')).datasets[0].shape).toEqual([2, 3, 4, 5]);
  });

  it('of axes that are none of space, time and channels is told and refused', async () => {
    await save('axes/zarr.json', v3([2, 3, 4], [2, 3, 4], undefined, { dimension_names: ['angle', 'y', 'x'] }));
    expect((await described('axes')).datasets[0].refused).toMatch(/axis "angle" of 2/);
  });
});
