import { mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as zarrita from 'zarrita';
import { isFailure } from '../../core/failure.ts';
import type { Triple } from '../../core/geometry.ts';
import { crc32c } from '../../engine/crc32c.ts';
import { createZarr, openZarr, verifyZarr } from './index.ts';
import { joinedCrc32c } from './joined.ts';
import { arrayOf, VOXEL_BYTES, type ZarrArray, type ZarrSpec, type ZarrType } from './layout.ts';

/** A folder as zarrita reads it. */
function storeOf(directory: string): zarrita.AsyncReadable {
  const get = async (key: string) => new Uint8Array(await readFile(join(directory, key))) as Uint8Array | undefined;
  const orNothing = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  };
  return {
    get: (key) => get(key).catch(orNothing),
    getRange: (key, range) =>
      get(key)
        .then((bytes) =>
          'suffixLength' in range
            ? bytes?.slice(-range.suffixLength)
            : bytes?.slice(range.offset, range.offset + range.length),
        )
        .catch(orNothing),
  };
}

let folder = '';
let serial = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tomolapse-zarr-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Numbers that repeat from run to run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const grey = { label: 'grey', color: 'FFFFFF', window: [0, 255] as [number, number] };

function specFor(shape: Triple, type: ZarrType, channels: number): ZarrSpec {
  return {
    name: 'test',
    type,
    shape,
    voxelSizeUm: [1.625, 1.5, 1.25],
    channels: Array.from({ length: channels }, () => grey),
    chunk: 4,
    shard: 8,
  };
}

/** Voxels of which whole chunks, and stretches of planes, are 0, or the same in all planes. */
function voxelsFor({ shape, type, channels }: ZarrSpec, random: () => number): ZarrArray {
  const voxels = arrayOf(type, new ArrayBuffer(shape[0] * shape[1] * shape[2] * channels.length * VOXEL_BYTES[type]));
  const low = type === 'int16' ? -30000 : 0;
  const [z0, y0, x0] = shape.map((n) => random() * n) as Triple;
  const [even, nx] = [random() < 0.5, shape[2] * channels.length];
  if (even) for (let i = 0; i < voxels.length; i++) voxels[i] = (i % nx) + 3;
  let at = 0;
  for (let z = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++)
        for (let c = 0; c < channels.length; c++, at++)
          if (z > z0 || y > y0 || x > x0) voxels[at] = low + random() * (type === 'uint8' ? 255 : 60000);
  return voxels;
}

async function stored(
  spec: ZarrSpec,
  voxels: ZarrArray,
  thickness: (z: number) => number,
): Promise<{ directory: string; files: Awaited<ReturnType<Awaited<ReturnType<typeof createZarr>>['close']>> }> {
  const directory = join(folder, String(serial++));
  const writer = await createZarr(directory, spec);
  const plane = voxels.length / spec.shape[0];
  const turns: Promise<void>[] = [];
  for (let z = 0; z < spec.shape[0]; ) {
    const planes = Math.min(thickness(z), spec.shape[0] - z);
    turns.push(writer.writeSlab(z, voxels.subarray(z * plane, (z + planes) * plane) as ZarrArray));
    z += planes;
  }
  await Promise.all(turns);
  return { directory, files: await writer.close() };
}

async function allBytes(directory: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  return new Map(
    await Promise.all(
      paths.sort().map(async (path): Promise<[string, Buffer]> => [path, await readFile(join(directory, path))]),
    ),
  );
}

test('crc32c gives the published check value, in parts and joined', () => {
  const text = new TextEncoder().encode('123456789');
  expect(crc32c(text)).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(text.subarray(4), crc32c(text.subarray(0, 4)))).toBe(0xe3069283);
  for (const length of [1, 5, 9])
    expect(joinedCrc32c(crc32c(text.subarray(0, 9 - length)), crc32c(text.subarray(9 - length)), length)).toBe(
      0xe3069283,
    );
});

describe('any shape, type and slab thickness', () => {
  const cases: [Triple, ZarrType, number][] = [
    [[1, 1, 1], 'uint8', 1],
    [[3, 17, 5], 'int16', 1],
    [[9, 8, 16], 'uint16', 1],
    [[13, 4, 7], 'float32', 1],
    [[10, 9, 11], 'uint8', 4],
    [[17, 5, 9], 'int16', 2],
  ];
  test.each(cases)('%j %s × %i is read back by zarrita and by us', async (shape, type, channels) => {
    const random = randomNumbers(shape[0] * 100 + channels);
    const spec = specFor(shape, type, channels);
    const voxels = voxelsFor(spec, random);
    const { directory, files } = await stored(spec, voxels, () => 1 + Math.floor(random() * 6));

    const root = zarrita.root(storeOf(directory));
    const array = await zarrita.open.v3(root.resolve('0'), { kind: 'array' });
    expect(array.dtype).toBe(type);
    const theirs = await zarrita.get(array);
    expect(theirs.shape).toEqual(channels > 1 ? [channels, ...shape] : shape);
    const values = theirs.data as unknown as ZarrArray;
    let different = 0;
    for (let voxel = 0, at = 0; voxel < shape[0] * shape[1] * shape[2]; voxel++) {
      const place = [
        Math.floor(voxel / (shape[1] * shape[2])),
        Math.floor(voxel / shape[2]) % shape[1],
        voxel % shape[2],
      ];
      for (let c = 0; c < channels; c++, at++) {
        const index = (channels > 1 ? [c, ...place] : place).reduce((sum, n, k) => sum + n * theirs.stride[k]!, 0);
        if (values[index] !== voxels[at]) different++;
      }
    }
    expect(different).toBe(0);

    const volume = await openZarr(directory);
    expect(volume.spec).toEqual({ ...spec, levels: [0] });
    for (let n = 0; n < 12; n++) {
      const origin = shape.map((size) => Math.floor(random() * size)) as Triple;
      const extent = shape.map((size, k) => 1 + Math.floor(random() * (size - origin[k]!))) as Triple;
      const block = await volume.readBlock(origin, extent);
      let wrong = 0;
      for (let z = 0, at = 0; z < extent[0]; z++)
        for (let y = 0; y < extent[1]; y++)
          for (let x = 0; x < extent[2] * channels; x++, at++)
            if (
              block[at] !==
              voxels[((origin[0] + z) * shape[1] + origin[1] + y) * shape[2] * channels + origin[2] * channels + x]
            )
              wrong++;
      expect(wrong).toBe(0);
    }

    const bytes = await allBytes(directory);
    expect(files.map(({ path }) => path)).toEqual([...bytes.keys()].sort());
    for (const file of files)
      expect(file).toEqual({
        path: file.path,
        bytes: bytes.get(file.path)!.length,
        crc32c: crc32c(bytes.get(file.path)!),
      });
    // The bytes do not depend on how the volume was cut into slabs.
    expect(await allBytes((await stored(spec, voxels, () => 1)).directory)).toEqual(bytes);
    expect(await allBytes((await stored(spec, voxels, () => shape[0])).directory)).toEqual(bytes);
    expect(await verifyZarr(directory)).toEqual([]);
  });
});

test('chunks of zeros are not stored, and a mapped chunk lies where it is said to', async () => {
  const spec = specFor([8, 8, 16], 'uint16', 1);
  const voxels = new Uint16Array(8 * 8 * 16);
  voxels[(5 * 8 + 6) * 16 + 11] = 777;
  const { directory, files } = await stored(spec, voxels, () => 3);
  expect(files.map(({ path }) => path)).toEqual(['0/c/0/0/1', '0/zarr.json', 'zarr.json']);
  const volume = await openZarr(directory);
  expect(await volume.chunkPlace([0, 1, 2])).toBeNull();
  expect(await volume.chunkPlace([1, 1, 1])).toBeNull();
  const place = (await volume.chunkPlace([1, 1, 2]))!;
  const bytes = await readFile(place.path);
  const chunk = new Uint16Array(
    bytes.buffer.slice(bytes.byteOffset + place.offset, bytes.byteOffset + place.offset + place.bytes),
  );
  expect(chunk[(1 * 4 + 2) * 4 + 3]).toBe(777);
  expect(chunk.reduce((sum, value) => sum + value, 0)).toBe(777);
  const all = (await volume.readBlock([0, 0, 0], [8, 8, 16])) as Uint16Array;
  expect(all.reduce((sum, value) => sum + value, 0)).toBe(777);
});

test('chunks whose planes are all the same lie in one place of their shard', async () => {
  const spec = specFor([8, 8, 16], 'uint8', 4);
  const voxels = new Uint8Array(8 * 8 * 16 * 4).map((_, i) => [0, 7, 255, 3][i % 4]!);
  voxels[((5 * 8 + 6) * 16 + 11) * 4] = 1;
  const { directory } = await stored(spec, voxels, () => 3);
  const volume = await openZarr(directory);
  const odd = (await volume.chunkPlace([1, 1, 2]))!;
  const places = [];
  for (let i = 0; i < 8; i++) places.push(await volume.chunkPlace([i >> 2, (i >> 1) & 1, 2 + (i & 1)]));
  const others = places.filter((place) => place!.offset !== odd.offset);
  expect(others).toHaveLength(7);
  expect(new Set(others.map((place) => place!.offset)).size).toBe(1);
  expect((await readFile(odd.path)).length).toBeLessThan(3 * odd.bytes);
  expect(await volume.readBlock([0, 0, 0], [8, 8, 16])).toEqual(voxels);
  expect(await verifyZarr(directory)).toEqual([]);
});

test('metadata says axes, units, scales and channels as OME-Zarr 0.5 does', async () => {
  const directory = join(folder, String(serial++));
  const writer = await createZarr(directory, {
    ...specFor([5, 6, 7], 'uint8', 4),
    levels: [0, 1],
    downscaling: 'mean',
    attributes: { step: 'phases' },
  });
  await writer.writeSlab(0, new Uint8Array(5 * 6 * 7 * 4).fill(9));
  await writer.writeSlab(0, new Uint8Array(3 * 3 * 4 * 4).fill(8), 1);
  await writer.close({ factor: 2 });
  const { attrs: attributes } = await zarrita.open.v3(storeOf(directory), { kind: 'group' });
  const ome = attributes['ome'] as {
    version: string;
    multiscales: Record<string, unknown>[];
    omero: { channels: { color: string }[] };
  };
  expect(ome.version).toBe('0.5');
  expect(ome.multiscales[0]!['axes']).toEqual([
    { name: 'c', type: 'channel' },
    ...['z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'micrometer' })),
  ]);
  expect(ome.multiscales[0]!['datasets']).toEqual([
    {
      path: '0',
      coordinateTransformations: [
        { type: 'scale', scale: [1, 1.625, 1.5, 1.25] },
        { type: 'translation', translation: [0, 0, 0, 0] },
      ],
    },
    {
      path: '1',
      coordinateTransformations: [
        { type: 'scale', scale: [1, 3.25, 3, 2.5] },
        { type: 'translation', translation: [0, 0.8125, 0.75, 0.625] },
      ],
    },
  ]);
  expect(ome.omero.channels).toHaveLength(4);
  expect(attributes['tomolapse']).toMatchObject({ step: 'phases', factor: 2, shape: [5, 6, 7] });
  const coarse = await zarrita.open.v3(zarrita.root(storeOf(directory)).resolve('1'), { kind: 'array' });
  expect(coarse.shape).toEqual([4, 3, 3, 4]);
});

describe('damage is found and named', () => {
  async function fixture(): Promise<string> {
    const spec = specFor([9, 9, 9], 'int16', 1);
    return (await stored(spec, voxelsFor(spec, randomNumbers(5)).map((value) => value || 1) as ZarrArray, () => 9))
      .directory;
  }
  test('one flipped bit, anywhere in a shard', async () => {
    const directory = await fixture();
    const path = join(directory, '0/c/0/0/0');
    const whole = await readFile(path);
    for (const at of [0, 127, 128, 131, 132, 700, whole.length - 200, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 16;
      await writeFile(path, damaged);
      const found = await verifyZarr(directory);
      expect(found, `byte ${at}`).toHaveLength(1);
      expect(found[0]!.code).toBe('input');
      expect(found[0]!.path).toBe(path);
      expect(found[0]!.message).toMatch(/^A stored volume is damaged \(.*0\/c\/0\/0\/0.*\): .*checksum\. Compute/);
    }
    await expect((await openZarr(directory)).readBlock([0, 0, 0], [8, 8, 8])).rejects.toThrow('checksum');
  });
  test('a shard cut short, a shard gone, metadata that is not JSON', async () => {
    const directory = await fixture();
    await truncate(join(directory, '0/c/0/0/0'), 500);
    await unlink(join(directory, '0/c/1/0/0'));
    const found = await verifyZarr(directory);
    expect(found.map((error) => error.path!.slice(directory.length + 1))).toEqual(['0/c/0/0/0', '0/c/1/0/0']);
    await expect((await openZarr(directory)).readBlock([8, 0, 0], [1, 1, 1])).rejects.toThrow('the file is missing');
    await writeFile(join(directory, 'zarr.json'), '{"zarr_format"');
    expect((await verifyZarr(directory))[0]!.message).toContain('it is not JSON');
  });
  test("another program's array is refused with the reason", async () => {
    const directory = await fixture();
    const path = join(directory, '0/zarr.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"crc32c"', '"zstd"'));
    await expect(openZarr(directory)).rejects.toThrow('the array 0 is laid out differently');
  });
});

test('slabs out of order, of the wrong size or missing are refused', async () => {
  const spec = specFor([4, 3, 3], 'uint8', 1);
  const writer = await createZarr(join(folder, String(serial++)), spec);
  await expect(writer.writeSlab(1, new Uint8Array(9))).rejects.toThrow('slab begins at 1, 0 comes next');
  await expect(writer.writeSlab(0, new Uint8Array(10))).rejects.toThrow('not a whole number of planes');
  await expect(writer.writeSlab(0, new Uint8Array(9), 3)).rejects.toThrow('level 3 is not in the spec');
  await writer.writeSlab(0, new Uint8Array(27).fill(1));
  await expect(writer.close()).rejects.toThrow('level 0 ends after 3 of 4 planes');
  await writer.abandon();
  await expect(createZarr(folder, { ...spec, shape: [0, 3, 3] })).rejects.toThrow(RangeError);
  await expect(createZarr(folder, { ...spec, chunk: 3 })).rejects.toThrow('do not hold whole chunks');
});

test.each([[{ path: {} }], [null], ['0']])(
  'levels that are listed as %j are damage, not a fault of the program',
  async (level) => {
    const spec = specFor([4, 3, 3], 'uint8', 1);
    const { directory } = await stored(spec, new Uint8Array(36).fill(7), () => 4);
    const path = join(directory, 'zarr.json');
    const group = JSON.parse(await readFile(path, 'utf8'));
    group.attributes.ome.multiscales[0].datasets[0] = level;
    await writeFile(path, JSON.stringify(group));
    await expect(openZarr(directory)).rejects.toSatisfy(isFailure);
  },
);
