import { Ray, Vector3 } from 'three';
import { expect, test } from 'vitest';
import type { Box, Triple } from '../../core/geometry.ts';
import { boxEdges, crosshairLines, cylinderEdges, lengthAlong, sliceFrames } from './solid_lines.ts';

const UM: Triple = [2, 3, 4];
const BOX: Box = { kind: 'box', min: [0, 1, 2], max: [5, 4, 6] };

test('a box has twelve edges from the outside of its first voxel to that of its last, a flat one four', () => {
  const points = boxEdges(BOX, UM);
  expect(points.length).toBe(12 * 6);
  const xs = points.filter((_, i) => i % 3 === 0);
  const zs = points.filter((_, i) => i % 3 === 2);
  expect([Math.min(...xs), Math.max(...xs)]).toEqual([6, 22]);
  expect([Math.min(...zs), Math.max(...zs)]).toEqual([-1, 9]);
  const frames = sliceFrames([3, 2, 4], { z: false, y: true, x: false }, BOX, UM);
  expect(frames.length).toBe(4 * 6);
  expect(new Set(frames.filter((_, i) => i % 3 === 1))).toEqual(new Set([2 * 3]));
});

test('the crosshair goes through the middle of its voxel', () => {
  const [ax, ay, az, bx, by, bz] = crosshairLines([3, 2, 4], BOX, UM).slice(12);
  expect([ay, az, by, bz]).toEqual([6, 6, 6, 6]);
  expect([ax, bx]).toEqual([6, 22]);
});

test('a cylinder touches its box on all sides', () => {
  const points = cylinderEdges({ kind: 'box', min: [2, 0, 0], max: [4, 10, 10] }, 0, [1, 1, 1]);
  const along = (k: number) => points.filter((_, i) => i % 3 === k);
  expect([Math.min(...along(0)), Math.max(...along(0))]).toEqual([-0.5, 9.5]);
  expect([Math.min(...along(1)), Math.max(...along(1))]).toEqual([-0.5, 9.5]);
  expect(new Set(along(2))).toEqual(new Set([1.5, 3.5]));
  for (let i = 0; i < points.length; i += 3) expect(Math.hypot(points[i]! - 4.5, points[i + 1]! - 4.5)).toBeCloseTo(5);
});

test('a pull follows the pointer along the axis', () => {
  const way = new Vector3(0, 1, 0);
  const origin = new Vector3(1, 10, 0);
  const ray = new Ray(new Vector3(1, 17, 20), new Vector3(0, 0, -1));
  expect(lengthAlong(ray, origin, way)).toBeCloseTo(7);
  const oblique = new Ray(new Vector3(-9, 3, 5), new Vector3(10, 4, -5).normalize());
  expect(lengthAlong(oblique, origin, way)).toBeCloseTo(-3);
  expect(lengthAlong(new Ray(new Vector3(0, 0, 0), way), origin, way)).toBe(0);
});
