import { expect, test } from 'vitest';
import { type MemoryScan, memorySource } from '../viewer/memory_source.ts';
import { MixedSource, mixedVoxels } from './mixed_source.ts';

const block = (value: (i: number) => number) => ({
  shape: [4, 4, 4] as [number, number, number],
  voxels: Uint16Array.from({ length: 64 }, (_, i) => value(i)),
});
const scans = new Map<number, MemoryScan>([
  [2, { grey: block(() => 100) }],
  [5, { grey: block((i) => (i < 32 ? 100 : 65535)) }],
]);
const { signal } = new AbortController();

test('a voxel goes straight from one scan to the other, in whole counts', () => {
  const [a, b] = [Uint8Array.of(0, 255, 7, 10), Uint8Array.of(255, 0, 7, 11)];
  expect([...mixedVoxels(a, b, 0)]).toEqual([...a]);
  expect([...mixedVoxels(a, b, 1)]).toEqual([...b]);
  expect([...mixedVoxels(a, b, 0.5)]).toEqual([128, 128, 7, 11]);
  expect([...mixedVoxels(Uint16Array.of(0, 65535), Uint16Array.of(65535, 0), 0.25)]).toEqual([16384, 49151]);
});

test('what lies between two scans is read like a scan', async () => {
  const source = new MixedSource(memorySource(scans));
  const half = source.between(2, 5, 0.5);
  expect(half).not.toBe(source.between(2, 5, 0.25));
  expect(source.between(2, 5, 0.5)).toBe(half);
  // At its ends it is one of them.
  expect([source.between(2, 5, 0), source.between(2, 5, 1)]).toEqual([2, 5]);
  const floor = await source.floor(half, 'grey', signal);
  expect([floor.voxels[0], floor.voxels[63]]).toEqual([100, 32818]);
  const plane = await source.slice(half, 'grey', 0, 'z', 3, signal);
  expect([plane.shape, plane.voxels[0]]).toEqual([[4, 4], 32818]);
  const brick = await source.brick(half, 'grey', 0, [0, 0, 0], signal);
  expect([brick.length, brick[0]]).toEqual([66 ** 3, 100]);
  // What either scan shows the mixture may show.
  const { counts } = await source.maxima(half, 'grey', 0, signal);
  expect(Math.max(...counts)).toBe(65535);
  expect((await source.floor(2, 'grey', signal)).voxels[63]).toBe(100);
});

test('a scan is read once for all its mixtures, again where it failed, and not for who has given up', async () => {
  const reads: string[] = [];
  let fails = true;
  const before = (path: string) => {
    reads.push(path);
    if (path === '5/grey/floor' && fails) throw new Error('gone');
  };
  const source = new MixedSource(memorySource(scans, { before }));
  await expect(source.floor(source.between(2, 5, 0.5), 'grey', signal)).rejects.toThrow('gone');
  fails = false;
  await source.floor(source.between(2, 5, 0.5), 'grey', signal);
  await source.floor(source.between(2, 5, 0.75), 'grey', signal);
  expect(reads).toEqual(['2/grey/floor', '5/grey/floor', '5/grey/floor']);
  const stop = AbortSignal.abort(new Error('given up'));
  await expect(source.floor(source.between(2, 5, 0.1), 'grey', stop)).rejects.toThrow('given up');
});
