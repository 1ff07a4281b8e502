import { expect, test } from 'vitest';
import { clamped, fitScale, toPixels, toVoxel } from './place.ts';

const canvas = { width: 400, height: 200 };
const size: [number, number, number] = [2, 1, 1];

test('pixels and voxels are each other’s inverse', () => {
  const frame = { centre: [30, 50] as [number, number], pixelsPerUm: 2.5 };
  const voxel = toVoxel([120, 60], 'y', 7, frame, size, canvas);
  expect(voxel[1]).toBe(7);
  const [x, y] = toPixels(voxel, 'y', frame, size, canvas);
  expect(x).toBeCloseTo(120);
  expect(y).toBeCloseTo(60);
});

test('a whole slice fits', () => {
  expect(fitScale('z', [10, 100, 100], size, canvas)).toBeCloseTo(2 * 0.94);
  expect(fitScale('y', [50, 100, 400], size, canvas)).toBeCloseTo(0.94);
});

test('places stay inside', () => {
  expect(clamped([-1, 5, 99], [10, 10, 10])).toEqual([0, 5, 9]);
});
