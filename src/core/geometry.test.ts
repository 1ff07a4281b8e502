import { describe, expect, test } from 'vitest';
import {
  AXES,
  fileToView,
  IDENTITY,
  multiply,
  orientationOf,
  orientedShape,
  type Triple,
  viewToFile,
} from './geometry.ts';

const SHAPE: Triple = [5, 7, 11];
const ORIENTATIONS = AXES.flatMap((axis) => (['low', 'high'] as const).map((end) => [axis, end] as const));

function apply(m: number[], [a, b, c]: Triple): Triple {
  return [0, 4, 8].map((row) => m[row]! * a + m[row + 1]! * b + m[row + 2]! * c + m[row + 3]!) as Triple;
}

test('matrices multiply row by column, the identity changing nothing', () => {
  const a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 1];
  const b = [0, 1, 0, 2, 1, 0, 0, -1, 0, 0, 2, 3, 0, 0, 0, 1];
  expect(multiply(a, b)).toEqual([2, 1, 6, 13, 6, 5, 14, 33, 10, 9, 22, 53, 0, 0, 0, 1]);
  expect(multiply(a, IDENTITY)).toEqual(a);
  expect(multiply(IDENTITY, b)).toEqual(b);
  expect(apply(multiply(a, b), [1, 2, 3])).toEqual(apply(a, apply(b, [1, 2, 3])));
});

describe.each(ORIENTATIONS)('a stack along %s, the working electrode at its %s end', (axis, end) => {
  const orientation = orientationOf(axis, end);

  test('is seen with s along it, from the working electrode on', () => {
    expect(AXES[orientation.axis[0]]).toBe(axis);
    expect(orientation.axis.toSorted()).toEqual([0, 1, 2]);
    expect(orientation.axis[1]).toBeLessThan(orientation.axis[2]);
    expect(orientation.flip).toEqual([end === 'high', false, false]);
    expect(orientedShape(SHAPE, orientation)[0]).toBe(SHAPE[AXES.indexOf(axis)]);
    // The first slice of the view is the working electrode's.
    const first = apply(viewToFile(SHAPE, orientation), [0, 0, 0]);
    expect(first[orientation.axis[0]]).toBe(end === 'low' ? 0 : SHAPE[orientation.axis[0]]! - 1);
  });

  test('gives every voxel back', () => {
    const there = fileToView(SHAPE, orientation);
    const back = viewToFile(SHAPE, orientation);
    expect(multiply(there, back)).toEqual(IDENTITY);
    expect(multiply(back, there)).toEqual(IDENTITY);
    const n = orientedShape(SHAPE, orientation);
    const seen = new Set<string>();
    for (let s = 0; s < n[0]; s++)
      for (let v = 0; v < n[1]; v++)
        for (let u = 0; u < n[2]; u++) {
          const file = apply(back, [s, v, u]);
          expect(file.every((at, k) => at >= 0 && at < SHAPE[k]!)).toBe(true);
          seen.add(file.join());
        }
    expect(seen.size).toBe(5 * 7 * 11);
  });
});

test('flips of the other axes go there and back too', () => {
  const orientation = { axis: [2, 0, 1] as Triple, flip: [false, true, true] as [boolean, boolean, boolean] };
  expect(apply(viewToFile(SHAPE, orientation), [3, 1, 2])).toEqual([3, 4, 3]);
  expect(apply(fileToView(SHAPE, orientation), [3, 4, 3])).toEqual([3, 1, 2]);
});
