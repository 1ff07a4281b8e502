import { expect, test } from 'vitest';
import type { Triple } from '../../../core/geometry.ts';
import { drawnRegion, regionAt } from './draw.ts';

const SHAPE: Triple = [40, 100, 120];
const CUBES: Triple = [1, 1, 1];

test('a box lies between the corners of the drag, whichever comes first, and is as deep as it is short', () => {
  const box = drawnRegion('box', 'z', [20, 50.4, 80], [20, 30, 60.2], SHAPE, CUBES);
  expect(box).toEqual({ kind: 'box', min: [10, 30, 60], max: [31, 51, 81] });
  const flat = drawnRegion('box', 'z', [20, 30, 60], [20, 50, 80], SHAPE, [4, 1, 1]);
  expect(flat).toMatchObject({ min: [18, 30, 60], max: [23, 51, 81] });
});

test('a deep box ends at the ends of the volume', () => {
  const box = drawnRegion('box', 'z', [5, 10, 10], [5, 90, 110], SHAPE, CUBES);
  expect(box).toMatchObject({ min: [0, 10, 10], max: [40, 91, 111] });
});

test('a cylinder stands across its slice, its circle inside the drag', () => {
  expect(drawnRegion('cylinder', 'y', [10, 50, 20], [30, 50, 36], SHAPE, CUBES)).toEqual({
    kind: 'cylinder',
    axis: 'y',
    center: [20, 30],
    radius: 10,
    range: [41, 60],
    follow: 'none',
  });
  expect(drawnRegion('cylinder', 'y', [30, 50, 36], [10, 50, 20], SHAPE, CUBES)).toMatchObject({ center: [20, 26] });
});

test('a region at the crosshair lies about it and inside', () => {
  expect(regionAt([20, 50, 60], SHAPE, CUBES)).toEqual({ kind: 'box', min: [15, 45, 55], max: [26, 56, 66] });
  expect(regionAt([0, 99, 0], SHAPE, CUBES)).toEqual({ kind: 'box', min: [0, 94, 0], max: [6, 100, 6] });
});
