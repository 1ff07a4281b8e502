import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IDENTITY, type Triple } from '../core/geometry.ts';
import type { VolumeSource } from '../core/series.ts';
import { bin, binFine, binnedShape } from './bin.ts';
import { crc32c } from './crc32c.ts';
import { distance } from './distance.ts';
import { gaussian } from './gaussian.ts';
import { histogram, histogram16, otsu16, viewHistogram } from './histogram.ts';
import { label } from './label.ts';
import { median } from './median.ts';
import { resampleBlock } from './resample.ts';
import { openVolume, readBlock, type View } from './volume.ts';

const shape: Triple = [4, 6, 64];
let directory: string;
let source: VolumeSource;
const grey = Uint16Array.from({ length: 4 * 6 * 64 }, (_, i) => (i * 7919) % 65536);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tomolapse-engine-'));
  const path = join(directory, 'grey');
  writeFileSync(path, grey);
  source = { segments: [{ path, offset: 0, rows: 24 }], shape, type: 'uint16', bigEndian: false };
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const viewOf = (of: VolumeSource): View => ({
  volume: openVolume(of),
  axis: [0, 1, 2],
  flip: [false, false, false],
});

test('a view is resampled where it lies, and counted', async () => {
  const view = viewOf(source);
  const moved = [...IDENTITY];
  moved[11] = 2;
  const block = await resampleBlock(view, moved, [1, 2, 3], [2, 3, 4]);
  expect(block).toEqual(await readBlock(view, [1, 2, 5], [2, 3, 4]));
  const { counts, underflow, overflow } = await viewHistogram(view, [0, 0, 0], shape, 1000, 60000, 10);
  expect(counts.reduce((sum, n) => sum + n) + underflow + overflow).toBe(grey.length);
});

test('a file that ends under its mapping rejects with its path, and the process lives', async () => {
  const path = join(directory, 'cut');
  writeFileSync(path, new Uint8Array(2 ** 20));
  const cut: VolumeSource = {
    segments: [{ path, offset: 0, rows: 2 ** 10 }],
    shape: [32, 32, 1024],
    type: 'uint8',
    bigEndian: false,
  };
  const view = viewOf(cut);
  truncateSync(path, 4096);
  await expect(readBlock(view, [0, 0, 0], cut.shape)).rejects.toMatchObject({ path });
  await expect(resampleBlock(view, IDENTITY, [0, 0, 0], cut.shape)).rejects.toMatchObject({ path });
  expect(() => openVolume(cut)).toThrow(expect.objectContaining({ path }));
});

test('wrong arguments reject and write nothing', async () => {
  await expect(gaussian(new Float32Array(5), [1, 2, 3], 1)).rejects.toThrow('voxels is too short');
  await expect(gaussian(new Float32Array(6), [1, 2, 3], -1)).rejects.toThrow('sigma');
  await expect(median(new Int16Array(6), [1, 2, 3], { shape: 'ball', radius: 17 })).rejects.toThrow('radius');
  await expect(median(grey as unknown as Int16Array, shape, { shape: 'ball', radius: 1 })).rejects.toThrow('type');
  await expect(label(new Uint8Array(5), [1, 2, 3])).rejects.toThrow('too short');
  await expect(distance(new Uint8Array(6), [1, 2, 3], [1, 0, 1])).rejects.toThrow('spacing');
  await expect(histogram(new Float32Array(6), 1, 1)).rejects.toThrow('low < high');
  await expect(otsu16(new Float64Array(10))).rejects.toThrow('at least one voxel');
  await expect(resampleBlock(viewOf(source), [Number.NaN, ...IDENTITY.slice(1)], [0, 0, 0], [1, 1, 1])).rejects.toThrow(
    'finite',
  );
});

test('typed arrays that begin inside their buffer are read from there', async () => {
  const buffer = new ArrayBuffer(64);
  const part = new Float32Array(buffer, 16, 8).fill(4);
  expect(await bin(part, [2, 2, 2])).toEqual(Float32Array.of(4));
  expect(crc32c(new TextEncoder().encode('..123456789').subarray(2))).toBe(0xe3069283);
  expect(crc32c(new TextEncoder().encode('6789'), crc32c(new TextEncoder().encode('12345')))).toBe(0xe3069283);
});

test('halves are rounded up, counts add up', async () => {
  expect(binnedShape([1, 2, 5])).toEqual([1, 1, 3]);
  expect(await bin(Uint8Array.of(1, 2), [1, 1, 2])).toEqual(Uint8Array.of(2));
  expect((await histogram16(grey)).reduce((sum, n) => sum + n)).toBe(grey.length);
});

test('bytes are halved without rounding', async () => {
  const size: Triple = [3, 4, 5];
  const voxels = Uint8Array.from({ length: 3 * 4 * 5 * 2 }, (_, i) => (i * 37) % 256);
  const wide = Uint16Array.from(voxels, (value) => value << 8);
  expect(await binFine(voxels, size, 2, 2)).toEqual(await bin(wide, size, 2, 2));
});
