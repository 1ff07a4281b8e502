import { createHash } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orientationOf } from '../core/geometry.ts';
import type { VolumeSource, VoxelType } from '../core/series.ts';
import { openVolume, readBlock } from '../engine/volume.ts';
import { decodePlain } from './decode_plain.ts';
import { describeFile, importVolume, needsImport, volumeSource } from './describe.ts';
import type { VolumeDescription } from './description.ts';
import { sharedData } from './reference/shared_data.ts';
import { lzw, tiffBytes } from './reference/tiff_bytes.ts';
import listing from './reference/tiffs.json' with { type: 'json' };
import { readTiffDirectories } from './tiff_directory.ts';
import { writeTiff } from './tiff_writer.ts';
import { ARRAYS, type Voxels } from './write_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tiff-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function save(name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function describeVolume(path: string): Promise<VolumeDescription> {
  const description = await describeFile(path);
  if (description.kind === 'cycling') throw new Error('not a volume');
  return description;
}

async function typedVoxelsOf(source: VolumeSource): Promise<Voxels> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decodePlain(source)) pieces.push(piece);
  return new ARRAYS[source.type](Uint8Array.from(Buffer.concat(pieces)).buffer);
}

const voxelsOf = async (source: VolumeSource) => Array.from(await typedVoxelsOf(source));

/** Where the voxels lie, brought in if the file needs it. */
async function plainly(path: string, dataset?: string): Promise<VolumeSource> {
  const description = await describeFile(path);
  if (!needsImport(description, dataset)) return volumeSource(description, dataset);
  return importVolume(description, dataset, join(folder, 'imported.raw'));
}

const read = async (path: string, dataset?: string) => voxelsOf(await plainly(path, dataset));

const refusal = (path: string) =>
  describeFile(path)
    .then(volumeSource)
    .catch((error: Error) => error.message);

describe('a TIFF that we write', () => {
  const cases: [VoxelType, number[]][] = [
    ['uint8', [0, 255]],
    ['int8', [-128, 127]],
    ['uint16', [0, 65535]],
    ['int16', [-32768, 32767]],
    ['uint32', [0, 4294967295]],
    ['int32', [-2147483648, 2147483647]],
    ['float32', [Number.NaN, -1.5]],
    ['float64', [Math.PI, Number.NEGATIVE_INFINITY]],
  ];
  for (const bigTiff of [false, true])
    it.each(cases)(`comes back, %s, BigTIFF ${bigTiff}`, async (type, ends) => {
      const values = Array.from({ length: 5 * 3 * 7 }, (_, i) => (i < 2 ? ends[i] : i));
      const path = join(folder, `${type}-${bigTiff}.tif`);
      const voxels = ARRAYS[type].from(values) as Voxels;
      await writeTiff(path, { shape: [5, 3, 7], type, voxelSizeUm: [2, 0.65, 1.625], voxels, bigTiff });
      const description = await describeVolume(path);
      expect(description.kind).toBe('volume');
      expect(description.datasets).toMatchObject([
        {
          shape: [5, 3, 7],
          type,
          byteOrder: 'little',
          compression: 'none',
          mapped: true,
          voxelSizeUm: [2, 0.65, 1.625],
        },
      ]);
      const source = volumeSource(description);
      expect(source.segments).toHaveLength(1);
      expect(await voxelsOf(source)).toEqual(values);
      expect((await readFile(path)).readUInt16LE(2)).toBe(bigTiff ? 43 : 42);
    });

  it('takes its pages one by one, and leaves nothing behind when they do not come', async () => {
    const path = join(folder, 'pages.tif');
    const pages = async function* (count: number) {
      for (let z = 0; z < count; z++) yield Uint16Array.of(z, 10 * z, 100 * z);
    };
    const volume = { shape: [3, 1, 3], type: 'uint16' as const, voxelSizeUm: null };
    await expect(writeTiff(path, { ...volume, voxels: pages(2) })).rejects.toThrow(/18 bytes, not 12/);
    await expect(writeTiff(path, { ...volume, voxels: pages(4) })).rejects.toThrow(/18 bytes/);
    await expect(writeTiff(path, { ...volume, voxels: Float32Array.of(1) })).rejects.toThrow(/Float32Array/);
    expect((await readdir(folder)).filter((name) => name.includes('pages'))).toEqual([]);
    await writeTiff(path, { ...volume, voxels: pages(3) });
    expect(await read(path)).toEqual([0, 0, 0, 1, 10, 100, 2, 20, 200]);
    expect((await describeVolume(path)).datasets[0].voxelSizeUm).toBeNull();
  });

  it('beyond 4 GB has one directory, which speaks of all pages, as those of ImageJ', async () => {
    const path = join(folder, 'beyond.tif');
    const voxels = Uint16Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => i);
    const volume = { shape: [2, 3, 4, 5], type: 'uint16' as const, voxelSizeUm: null, voxels, oneDirectoryBeyond: 0 };
    await writeTiff(path, volume);
    expect((await readTiffDirectories(path)).pages).toHaveLength(1);
    expect((await describeVolume(path)).datasets).toMatchObject([{ shape: [2, 3, 4, 5], mapped: true }]);
    const second = volumeSource(await describeFile(path), undefined, 1);
    expect(await voxelsOf(second)).toEqual([...voxels.slice(60)]);
  });

  it('of a series carries its interval, colours, labels and what its grey values stand for', async () => {
    const path = join(folder, 'series.tif');
    const voxels = Uint8Array.from({ length: 2 * 2 * 1 * 3 }, (_, i) => i);
    const colours = Uint8Array.from({ length: 768 }, (_, i) => (i % 3) * 100);
    const unitOfValue = { of: 1 / 255, name: 'fraction' };
    const told = { colours, unitOfValue, frameIntervalH: 0.5, frameLabels: ['first', 'µ later'] };
    await writeTiff(path, { shape: [2, 2, 1, 3], type: 'uint8', voxelSizeUm: [2, 1, 1], voxels, ...told });
    const description = await describeVolume(path);
    expect(description).toMatchObject({
      datasets: [{ shape: [2, 2, 1, 3], voxelSizeUm: [2, 1, 1], voxelSizeFrom: 'ImageJ spacing' }],
      notes: [/1800 s apart/],
    });
    const { description: said } = await readTiffDirectories(path);
    expect(said).toMatch(/slices=2\nframes=2\nhyperstack=true\n/);
    expect(said).toMatch(/cf=0\nc0=0\nc1=0\.0039215/);
    const bytes = await readFile(path);
    expect(bytes.indexOf(Buffer.from('µ later', 'utf16le'))).toBeGreaterThan(0);
    expect(bytes.indexOf('JIJIlbal\x04\0\0\0', 0, 'latin1')).toBeGreaterThan(0);
  });

  it('of one page is an image', async () => {
    const path = join(folder, 'map.tif');
    await writeTiff(path, {
      shape: [2, 2],
      type: 'float32',
      voxelSizeUm: [1, 1, 1],
      voxels: Float32Array.of(1, 2, 3, 4),
    });
    expect(await describeVolume(path)).toMatchObject({
      kind: 'image',
      datasets: [{ name: 'image', shape: [1, 2, 2] }],
    });
  });

  it('of 2160 pages is described in well under a second', async () => {
    const path = join(folder, 'many.tif');
    await writeTiff(path, {
      shape: [2160, 40, 40],
      type: 'uint8',
      voxelSizeUm: null,
      voxels: new Uint8Array(2160 * 1600),
    });
    const start = performance.now();
    expect((await describeVolume(path)).datasets[0].shape).toEqual([2160, 40, 40]);
    expect(performance.now() - start).toBeLessThan(900);
  });
});

const grey = (bits: number, width: number, height: number, more: Record<number, number[] | string> = {}) => ({
  256: [width],
  257: [height],
  258: [bits],
  ...more,
});

describe('a TIFF by hand', () => {
  const rows = Uint16Array.from({ length: 4 * 5 }, (_, i) => 1000 * i);
  const values = Array.from(rows);
  const little = Buffer.from(rows.buffer);
  const big = Buffer.from(little).swap16();

  it.each([
    { bigEndian: false, big: false },
    { bigEndian: true, big: false },
    { bigEndian: false, big: true },
    { bigEndian: true, big: true },
  ])('is read in every byte order and size of offsets, %o', async (kind) => {
    const bytes = kind.bigEndian ? big : little;
    const page = { tags: grey(16, 4, 5), chunks: [bytes] };
    const path = await save('orders.tif', tiffBytes({ pages: [page, page], ...kind }));
    const description = await describeVolume(path);
    expect(description.datasets).toMatchObject([{ shape: [2, 5, 4], type: 'uint16', mapped: true }]);
    expect(volumeSource(description).segments).toHaveLength(2);
    expect(await read(path)).toEqual([...values, ...values]);
  });

  it('maps strips, those that follow one another as one', async () => {
    const strips = [little.subarray(0, 16), little.subarray(16, 32), little.subarray(32)];
    const page = { tags: grey(16, 4, 5, { 278: [2] }), chunks: strips };
    for (const [gap, segments] of [
      [0, [5]],
      [6, [2, 2, 1]],
    ] as const) {
      const path = await save('strips.tif', tiffBytes({ pages: [page], gap }));
      expect(volumeSource(await describeFile(path)).segments.map((segment) => segment.rows)).toEqual(segments);
      expect(await read(path)).toEqual(values);
    }
  });

  it("reads ImageJ's one directory for a whole stack, and its units", async () => {
    const said = 'ImageJ=1.53t\nimages=3\nslices=3\nunit=\\u00B5m\nspacing=2.5\nloop=false\n';
    const page = {
      tags: grey(16, 4, 5, { 270: said, 282: [1_000_000, 1_625_000], 283: [1_000_000, 1_625_000] }),
      chunks: [big],
    };
    const bytes = tiffBytes({ pages: [page], bigEndian: true });
    const path = await save('imagej.tif', Buffer.concat([bytes, big, big]));
    expect((await describeVolume(path)).datasets).toMatchObject([
      { shape: [3, 5, 4], mapped: true, voxelSizeUm: [2.5, 1.625, 1.625] },
    ]);
    expect(await read(path)).toEqual([...values, ...values, ...values]);
    const cut = await save('imagej-cut.tif', Buffer.concat([bytes, big, big.subarray(2)]));
    expect(await refusal(cut)).toMatch(/3 pages reach to byte .* and the file has/);
    const single = await save('imagej-one.tif', bytes);
    expect(await describeVolume(single)).toMatchObject({ datasets: [{ shape: [1, 5, 4] }], notes: [/3 pages/] });
  });

  it("maps ImageJ's stacks of more than 4 GB where they are, to the last voxel", async () => {
    const [pages, side] = [700, 2000];
    const tags = grey(16, side, side, { 270: `ImageJ=1.54f\nimages=${pages}\nslices=${pages}\n` });
    const first = tiffBytes({ pages: [{ tags, chunks: [Buffer.alloc(side * side * 2)] }] });
    const path = await save('sparse.tif', first);
    const planeBytes = side * side * 2;
    const file = await open(path, 'r+');
    await file.write(Buffer.of(0x34, 0x12), 0, 2, first.length + (pages - 1) * planeBytes - 2);
    await file.close();
    const start = performance.now();
    const source = volumeSource(await describeFile(path));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(source).toMatchObject({ shape: [pages, side, side], segments: [{ rows: pages * side }] });
    const view = { volume: openVolume(source), ...orientationOf('z', 'low') };
    expect([...(await readBlock(view, [pages - 1, side - 1, side - 2], [1, 1, 2]))]).toEqual([0, 0x1234]);
  });

  it('keeps time points and channels apart', async () => {
    const pages = Array.from({ length: 12 }, (_, i) => ({ tags: grey(8, 1, 1), chunks: [Buffer.of(i)] }));
    const described = (description: string) =>
      tiffBytes({ pages: pages.map((page, i) => (i ? page : { ...page, tags: { ...page.tags, 270: description } })) });
    const imageJ = await save(
      'hyper.tif',
      described('ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n'),
    );
    const description = await describeVolume(imageJ);
    expect(description.datasets).toMatchObject([
      { name: 'channel 1', shape: [2, 3, 1, 1] },
      { name: 'channel 2', shape: [2, 3, 1, 1] },
    ]);
    expect(await voxelsOf(volumeSource(description, 'channel 2', 1))).toEqual([7, 9, 11]);
    expect(() => volumeSource(description)).toThrow(/--dataset: channel 1, channel 2/);
    expect(() => volumeSource(description, 'channel 1', 2)).toThrow(/2 time points/);

    const ome = await save(
      'ome.tif',
      described(
        '<?xml version="1.0"?><OME xmlns="x"><Image ID="Image:0"><AcquisitionDate>2024-05-01T10:00:00</AcquisitionDate><Pixels DimensionOrder="XYZTC" SizeX="1" SizeY="1" SizeZ="4" SizeC="1" SizeT="3" PhysicalSizeX="650" PhysicalSizeXUnit="nm" PhysicalSizeY="0.65" PhysicalSizeZ="2"/></Image></OME>',
      ),
    );
    expect((await describeVolume(ome)).datasets).toMatchObject([
      { shape: [3, 4, 1, 1], voxelSizeUm: [2, 0.65, 0.65], time: '2024-05-01T10:00:00' },
    ]);
    expect(await voxelsOf(volumeSource(await describeFile(ome), undefined, 2))).toEqual([8, 9, 10, 11]);
    const mislabelled = await save('channels.tif', described('ImageJ=1.54f\nimages=12\nchannels=12\n'));
    expect((await describeVolume(mislabelled)).datasets).toMatchObject([{ name: 'volume', shape: [12, 1, 1] }]);
  });

  it('makes one dataset of consecutive pages of equal shape and type', async () => {
    const small = { tags: grey(8, 1, 1), chunks: [Buffer.of(1)] };
    const wide = { tags: grey(16, 2, 1), chunks: [Buffer.of(1, 0, 2, 0)] };
    const path = await save('mixed.tif', tiffBytes({ pages: [small, wide, wide, wide, small] }));
    const description = await describeVolume(path);
    expect(description.datasets.map(({ name, shape, type }) => [name, ...shape, type])).toEqual([
      ['page 1', 1, 1, 1, 'uint8'],
      ['pages 2-4', 3, 1, 2, 'uint16'],
      ['page 5', 1, 1, 1, 'uint8'],
    ]);
    expect(await read(path, 'pages 2-4')).toEqual([1, 2, 1, 2, 1, 2]);
    expect(() => volumeSource(description, 'pages 2')).toThrow(/no dataset "pages 2".*It has: page 1, pages 2-4/);
  });

  const long = Uint16Array.from({ length: 64 * 200 }, (_, i) => (i * i) % 911);
  const longBytes = Buffer.from(long.buffer);
  const differenced = Buffer.from(Uint16Array.from(long, (value, i) => (i % 64 ? value - long[i - 1] : value)).buffer);
  it.each([
    ['deflate', 8, {}, deflateSync(longBytes)],
    ['Adobe deflate with differences', 32946, { 317: [2] }, deflateSync(differenced)],
    ['LZW', 5, {}, lzw(longBytes)],
    ['LZW with differences', 5, { 317: [2] }, lzw(differenced)],
  ])('brings in %s', async (_, code, more, chunk) => {
    const page = { tags: grey(16, 64, 200, { 259: [code], ...more }), chunks: [chunk] };
    const path = await save('compressed.tif', tiffBytes({ pages: [page, page] }));
    const description = await describeVolume(path);
    expect(description.datasets[0].mapped).toBe(false);
    expect(() => volumeSource(description)).toThrow(/Bring the volume in/);
    const fractions: number[] = [];
    const to = join(folder, 'brought-in.raw');
    const source = await importVolume(description, undefined, to, { progress: (fraction) => fractions.push(fraction) });
    expect(fractions.at(-1)).toBe(1);
    expect(await voxelsOf(source)).toEqual([...long, ...long]);
  });

  it('brings in tiles that stand over the edge', async () => {
    const tile = (zero: number) =>
      Buffer.from(Array.from({ length: 256 }, (_, i) => (zero + (i % 16) + 3 * (i >> 4)) % 256));
    const page = { tags: grey(8, 20, 17, { 322: [16], 323: [16] }), chunks: [tile(0), tile(50), tile(100), tile(150)] };
    const path = await save('tiles.tif', tiffBytes({ pages: [page] }));
    const expected = Array.from({ length: 17 * 20 }, (_, i) => {
      const [y, x] = [Math.floor(i / 20), i % 20];
      return (50 * (x >> 4) + 100 * (y >> 4) + (x % 16) + 3 * (y % 16)) % 256;
    });
    expect(await read(path)).toEqual(expected);
  });

  it.each([
    ['1 bit', 1, [1, 0, 1, 0, 1, 0], [0xa0, 0x40], 'uint8'],
    [
      '12 bits',
      12,
      [0xabc, 0x123, 0x456, 0x789, 0xfff, 0],
      [0xab, 0xc1, 0x23, 0x45, 0x60, 0x78, 0x9f, 0xff, 0, 0],
      'uint16',
    ],
    ['24 bits', 24, [1, 2, 3, 65536, 256, 0], [0, 0, 1, 0, 0, 2, 0, 0, 3, 1, 0, 0, 0, 1, 0, 0, 0, 0], 'uint32'],
  ])('widens %s', async (_, bits, expected, stored, used) => {
    for (const bigEndian of [false, true]) {
      const page = { tags: grey(bits, 3, 2), chunks: [Buffer.from(stored)] };
      const path = await save('bits.tif', tiffBytes({ pages: [page, page], bigEndian }));
      expect((await describeVolume(path)).datasets[0]).toMatchObject({ type: `uint${bits}`, mapped: false });
      const source = await plainly(path);
      expect(source.type).toBe(used);
      expect(await voxelsOf(source)).toEqual([...expected, ...expected]);
    }
  });

  it('widens 64-bit integers', async () => {
    const long = Buffer.from(BigInt64Array.of(-5n, 2n ** 40n, 7n).buffer);
    const path = await save('long.tif', tiffBytes({ pages: [{ tags: grey(64, 3, 1, { 339: [2] }), chunks: [long] }] }));
    expect((await describeVolume(path)).datasets[0]).toMatchObject({ type: 'int64', mapped: false });
    const source = await plainly(path);
    expect([source.type, await voxelsOf(source)]).toEqual(['float64', [-5, 2 ** 40, 7]]);
  });

  it('takes samples of a pixel apart: interleaved brought in, in planes mapped', async () => {
    const tags = grey(16, 2, 2, { 277: [2], 338: [0] });
    const words = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer);
    const together = await save(
      'together.tif',
      tiffBytes({ pages: [{ tags: { ...tags, 278: [1] }, chunks: [words(1, 10, 2, 20), words(3, 30, 4, 40)] }] }),
    );
    const apart = await save(
      'apart.tif',
      tiffBytes({ pages: [{ tags: { ...tags, 284: [2] }, chunks: [words(1, 2, 3, 4), words(10, 20, 30, 40)] }] }),
    );
    for (const [path, mapped] of [
      [together, false],
      [apart, true],
    ] as const) {
      const { datasets } = await describeVolume(path);
      expect(datasets).toMatchObject([
        { name: 'sample 1', samples: 2, mapped, shape: [1, 2, 2] },
        { name: 'sample 2', samples: 2, mapped },
      ]);
      expect(await read(path, 'sample 1')).toEqual([1, 2, 3, 4]);
      expect(await read(path, 'sample 2')).toEqual([10, 20, 30, 40]);
    }
    const none = await save(
      'none.tif',
      tiffBytes({ pages: [{ tags: grey(8, 2, 1, { 277: [0] }), chunks: [Buffer.of(7, 8)] }] }),
    );
    expect(await read(none)).toEqual([7, 8]);
    const half = await save(
      'half.tif',
      tiffBytes({ pages: [{ tags: { ...tags, 284: [2] }, chunks: [words(1, 2, 3, 4)] }] }),
    );
    expect(await refusal(half)).toMatch(/only 1 of 2 pieces/);
    const opaque = await save(
      'opaque.tif',
      tiffBytes({
        pages: [{ tags: { ...tags, 338: [2] }, chunks: [words(1, 0xffff, 2, 0xffff, 3, 0xffff, 4, 0xffff)] }],
      }),
    );
    expect(await describeVolume(opaque)).toMatchObject({
      datasets: [{ name: 'image' }],
      notes: ['Opacity is left out.'],
    });
    expect(await read(opaque)).toEqual([1, 2, 3, 4]);
  });

  it('leaves smaller copies of its pages out', async () => {
    const page = (value: number, more = {}) => ({ tags: grey(8, 1, 1, more), chunks: [Buffer.of(value)] });
    const path = await save(
      'copies.tif',
      tiffBytes({ pages: [page(1), page(2, { 254: [1] }), page(3), page(4, { 254: [1] })] }),
    );
    expect((await describeVolume(path)).datasets).toMatchObject([{ name: 'volume', shape: [2, 1, 1] }]);
    expect(await read(path)).toEqual([1, 3]);
  });

  it('stops when it is told to, and leaves nothing behind', async () => {
    const page = { tags: grey(16, 64, 200, { 259: [8] }), chunks: [deflateSync(longBytes)] };
    const path = await save('stopped.tif', tiffBytes({ pages: Array.from({ length: 50 }, () => page) }));
    const controller = new AbortController();
    const to = join(folder, 'stopped.raw');
    const progress = () => controller.abort();
    const brought = importVolume(await describeFile(path), undefined, to, { signal: controller.signal, progress });
    await expect(brought).rejects.toThrow(/abort/i);
    expect((await readdir(folder)).filter((name) => name.includes('stopped.raw'))).toEqual([]);
  });
});

describe('a TIFF that cannot be used', () => {
  const two = Buffer.alloc(8);

  it.each([
    ['colour', grey(8, 2, 1, { 262: [2], 277: [3] }), /colours \(rgb\)/],
    ['palette', grey(8, 2, 1, { 262: [3], 320: Array.from({ length: 768 }, () => 0) }), /colours \(palette\)/],
    ['40 bits', grey(40, 1, 1), /uint40 cannot be used/],
    ['12 bits with a sign', grey(12, 2, 1, { 339: [2] }), /int12 cannot be used/],
    ['complex numbers', grey(64, 1, 1, { 339: [6] }), /complex64 cannot be used/],
    ['differences of floats', grey(8, 2, 1, { 317: [3] }), /predictor \(3\) cannot be undone/],
    ['JPEG', grey(8, 2, 1, { 259: [7] }), /jpeg compression cannot be read/],
  ])('is described all the same: %s', async (_, tags, why) => {
    const path = await save('refused.tif', tiffBytes({ pages: [{ tags, chunks: [two] }] }));
    const description = await describeVolume(path);
    expect(description.datasets[0]).toMatchObject({ shape: [1, 1, tags[256][0]], mapped: false, refused: why });
    expect(() => volumeSource(description)).toThrow(why);
  });

  it.each([
    ['no page', tiffBytes({ pages: [] }).fill(0, 4), /has no page/],
    ['a circle of pages', tiffBytes({ pages: [{ tags: grey(8, 2, 4), chunks: [two] }], lastNext: 8 }), /in a circle/],
    [
      'a directory beyond the end',
      tiffBytes({ pages: [{ tags: grey(8, 2, 4), chunks: [two] }], lastNext: 9e6 }),
      /page 2.*cut short/,
    ],
    ['a size of zero', tiffBytes({ pages: [{ tags: grey(8, 0, 4), chunks: [two] }] }), /its size is 4 × 0/],
    ['a size of billions', tiffBytes({ pages: [{ tags: grey(8, 4e9, 4e9), chunks: [two] }] }), /reach to byte 16,000,/],
    [
      'a size of billions, packed',
      tiffBytes({ pages: [{ tags: grey(8, 4e9, 4e9, { 259: [8] }), chunks: [two] }] }),
      /8 bytes cannot hold/,
    ],
    [
      'too few strips',
      tiffBytes({ pages: [{ tags: grey(8, 2, 4, { 278: [1] }), chunks: [two] }] }),
      /only 1 of 4 pieces/,
    ],
    [
      'billions of strips',
      tiffBytes({ pages: [{ tags: grey(8, 2, 4e9, { 278: [1] }), chunks: [two] }] }),
      /only 1 of 4000000000 pieces/,
    ],
    [
      'no strips',
      tiffBytes({ pages: [{ tags: grey(8, 2, 4, { 273: [], 279: [] }), chunks: [] }] }),
      /where its voxels are/,
    ],
    [
      'tiles of no size',
      tiffBytes({ pages: [{ tags: grey(8, 2, 4, { 322: [0], 323: [0] }), chunks: [two] }] }),
      /its tiles are 0 × 0/,
    ],
    ['a header alone', Buffer.from('II*\0\x08\0\0\0'), /cut short/],
    ['nothing', Buffer.alloc(0), /is empty/],
  ])('fails in one line: %s', async (_, bytes, why) => {
    const message = await refusal(await save('damaged.tif', bytes));
    expect(message).toMatch(why);
    expect(message).not.toMatch(/\n/);
  });

  it('says what is missing from the end, at whatever byte the file was cut', async () => {
    const bytes = tiffBytes({ pages: Array.from({ length: 3 }, () => ({ tags: grey(8, 4, 2), chunks: [two] })) });
    for (let length = 1; length < bytes.length; length++) {
      const path = await save('cut.tif', bytes.subarray(0, length));
      await expect(describeFile(path)).rejects.toThrow(length < 8 ? /does not begin like one/ : /cut short|damaged/);
    }
  });

  it('never hangs or crashes on bytes turned at random', async () => {
    const page = {
      tags: grey(16, 4, 5, { 259: [5], 278: [2], 270: 'ImageJ=1.53t\nimages=2\n' }),
      chunks: [two, two, two],
    };
    const bytes = tiffBytes({ pages: [page, page] });
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 400; round++) {
      const garbled = Buffer.from(bytes);
      for (let i = 0; i < 1 + random(4); i++) garbled[random(garbled.length)] = random(256);
      const path = await save('garbled.tif', garbled);
      try {
        await read(path);
      } catch (error) {
        expect(error, `round ${round}`).toHaveProperty('name', 'Failure');
        expect(error, `round ${round}`).not.toHaveProperty('code', 'internal');
      }
    }
  });

  it('names the page whose compressed bytes are damaged', async () => {
    const good = { tags: grey(8, 40, 40, { 259: [8] }), chunks: [deflateSync(Buffer.alloc(1600))] };
    const bad = { tags: good.tags, chunks: [Buffer.from(good.chunks[0]).fill(7, 4)] };
    const short = { tags: good.tags, chunks: [deflateSync(Buffer.alloc(1599))] };
    for (const [page, why] of [
      [bad, /page 2.*deflate bytes are damaged/],
      [short, /page 2.*1599 of 1600 bytes/],
    ] as const) {
      const path = await save('bad-page.tif', tiffBytes({ pages: [good, page] }));
      const to = join(folder, 'bad-page.raw');
      await expect(importVolume(await describeFile(path), undefined, to)).rejects.toThrow(why);
    }
  });
});

const shared = sharedData();
describe.skipIf(!shared)('real TIFFs against tifffile', () => {
  for (const [name, expected] of Object.entries(listing) as [string, Record<string, number | string | boolean>][]) {
    it(name, async () => {
      const path = join(shared as string, name);
      const description = await describeVolume(path);
      const [dataset] = description.datasets;
      if (expected['uniform'])
        expect(dataset.shape.reduce((product, n) => product * n, 1)).toBe(
          (expected['pages'] as number) * (expected['height'] as number) * (expected['width'] as number),
        );
      expect(dataset.shape.slice(-2)).toEqual([expected['height'], expected['width']]);
      expect(dataset.type.replace(/\D+/, '')).toBe(String(expected['bits']));
      expect(dataset.byteOrder).toBe(expected['byteorder']);
      expect(Boolean(dataset.colour)).toBe(![0, 1, 32844].includes(expected['photometric'] as number));
      if (dataset.refused) {
        expect(() => volumeSource(description, dataset.name)).toThrow(dataset.refused);
        return;
      }
      const source = await plainly(path, dataset.name);
      const hash = createHash('sha256');
      for await (const piece of decodePlain(source)) hash.update(piece);
      if (expected['sha256'] === undefined) return;
      expect(source.type).toBe(expected['dtype']);
      expect(hash.digest('hex')).toBe(expected['sha256']);
    });
  }

  it('the same picture whatever the predictor', async () => {
    const at = (name: string) => join(shared as string, 'image-rs_image-tiff/images', name);
    for (const [plain, others] of [
      ['random-fp16.tiff', ['random-fp16-pred2.tiff', 'random-fp16-pred3.tiff']],
      ['seq/seq-1c-64f-afa8560e.tiff', ['seq/seq-1c-64f-deflate-fpredict-afa8560e.tiff']],
      ['seq/seq-1c-32f-390fe673.tiff', ['seq/seq-1c-32f-deflate-fpredict-390fe673.tiff']],
    ] as const)
      for (const other of others) expect(await read(at(other))).toEqual(await read(at(plain)));
  });
});
