import { expect, test } from 'vitest';
import { autoWindow } from './contrast.ts';

const histogram = (counts: number[]) => ({
  histogram: { range: [0, counts.length] as [number, number], counts },
  range: [0, counts.length] as [number, number],
});

test('few voxels at either end are left out', () => {
  const counts = new Array(100).fill(0);
  counts[0] = 1;
  counts[40] = 500;
  counts[60] = 500;
  counts[99] = 1;
  expect(autoWindow(histogram(counts))).toEqual([40, 61]);
});

test('a scan of one value, or of none, keeps its range', () => {
  expect(autoWindow(histogram([0, 0, 0]))).toEqual([0, 3]);
  expect(autoWindow(histogram([10]))).toEqual([0, 1]);
});
