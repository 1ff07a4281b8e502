import { expect, test } from 'vitest';
import type { Triple } from '../../../core/geometry.ts';
import { cutAt, withEnds } from './clip.ts';

const SHAPE: Triple = [40, 50, 60];

test('a clip stays inside the volume, keeps a voxel, and is none where all is shown', () => {
  expect(withEnds(null, 1, [10, 30], SHAPE)).toEqual({ min: [0, 10, 0], max: [40, 30, 60] });
  expect(withEnds(null, 2, [-5, 900], SHAPE)).toBeNull();
  expect(withEnds(null, 0, [39.6, 12], SHAPE)).toEqual({ min: [39, 0, 0], max: [40, 50, 60] });
  const clip = withEnds(null, 0, [5, 20], SHAPE);
  expect(withEnds(clip, 0, [0, 40], SHAPE)).toBeNull();
});

test('a cut at the crosshair shows what is behind, then what is before, then all', () => {
  const place: Triple = [12, 25, 30];
  const behind = cutAt(null, 'y', place, SHAPE);
  expect(behind).toEqual({ min: [0, 25, 0], max: [40, 50, 60] });
  const before = cutAt(behind, 'y', place, SHAPE);
  expect(before).toEqual({ min: [0, 0, 0], max: [40, 25, 60] });
  expect(cutAt(before, 'y', place, SHAPE)).toBeNull();
  expect(cutAt(behind, 'z', place, SHAPE)).toEqual({ min: [12, 25, 0], max: [40, 50, 60] });
});
