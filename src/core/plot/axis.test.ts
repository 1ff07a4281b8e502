import { expect, test } from 'vitest';
import { axisAround, stepsOf } from './axis.ts';
import { fixed } from './look.ts';

test('an axis has room at its ends, and none beyond zero', () => {
  expect(axisAround([0, null, 10], 5)).toEqual({ min: 0, max: 10.4, step: 5 });
  expect(axisAround([-10, 0], 5)).toMatchObject({ min: -10.4, max: 0 });
  expect(axisAround([-5, -3], 5).max).toBeLessThanOrEqual(0);
  expect(axisAround([], 5)).toEqual({ min: 0, max: 1.04, step: 0.5 });
});

test('ticks stand at multiples of the step', () => {
  expect(stepsOf({ min: -0.25, max: 0.31, step: 0.1 })).toEqual([-0.2, -0.1, 0, 0.1, 0.2, 0.3]);
});

test('a number has a true minus sign, and nothing has none', () => {
  expect(fixed(-1.25, 1)).toBe('−1.3');
  expect(fixed(-0.001, 2)).toBe('0.00');
});
