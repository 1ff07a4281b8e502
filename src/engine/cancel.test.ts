import { expect, test } from 'vitest';
import type { Triple } from '../core/geometry.ts';
import { cancellable } from './cancel.ts';
import { median } from './median.ts';
import { native } from './native.ts';

const shape: Triple = [64, 64, 64];
const voxels = Int16Array.from({ length: 64 ** 3 }, (_, i) => 1 + ((i * 7919) % 30000));
const medianNative = native['median'] as unknown as (options: object) => Promise<void>;

test('what is under way stops in the middle, and leaves what it did not come to', async () => {
  const stop = new AbortController();
  const out = new Int16Array(voxels.length);
  // Minutes of work if it were not stopped.
  const options = { voxels, shape, radius: 15, cube: true, border: 'nearest', out, threads: 2 };
  const work = cancellable(stop.signal, async () => {
    await Promise.resolve();
    await medianNative(options);
  });
  // It is under way once it has written something.
  while (!out.some(Boolean)) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error('enough'));
  await expect(work).rejects.toThrow('enough');
  const written = out.filter(Boolean).length;
  expect(written).toBeLessThan(out.length);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(out.filter(Boolean).length).toBe(written);
});

test('what was stopped before is not begun; what is called outside goes on', async () => {
  const stop = new AbortController();
  const small = { shape: 'ball', radius: 1 } as const;
  const stopped = cancellable(stop.signal, async () => {
    stop.abort();
    return await median(voxels, shape, small);
  });
  const outside = median(voxels, shape, small);
  await expect(stopped).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  expect((await outside).every((value) => value > 0)).toBe(true);
  await expect(cancellable(stop.signal, async () => 1)).rejects.toThrow();
});

test('answers and failures of work that nobody stops pass through', async () => {
  const { signal } = new AbortController();
  expect(await cancellable(signal, async () => 7)).toBe(7);
  await expect(cancellable(signal, () => median(voxels, shape, { shape: 'ball', radius: 17 }))).rejects.toThrow(
    'radius',
  );
});
