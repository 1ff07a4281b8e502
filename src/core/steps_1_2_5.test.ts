import { expect, test } from 'vitest';
import { ceil125, decimalsOf, floor125, roundAxis } from './steps_1_2_5.ts';

test.each([
  [0.07, 0.05, 0.1],
  [1, 1, 1],
  [1.9, 1, 2],
  [49, 20, 50],
  [200, 200, 200],
  [999, 500, 1000],
])('around %d: %d and %d', (value, below, above) => {
  expect([floor125(value), ceil125(value)]).toEqual([below, above]);
});

test.each([
  [0, 8.4, 5, { min: 0, max: 10, step: 2 }],
  [0, 14.1, 5, { min: 0, max: 15, step: 5 }],
  [-0.31, 0.12, 4, { min: -0.4, max: 0.2, step: 0.2 }],
  [3, 3, 5, { min: 3, max: 6, step: 1 }],
])('an axis from %d to %d', (low, high, most, axis) => {
  expect(roundAxis(low, high, most)).toEqual(axis);
});

test('an axis covers its values in no more steps than asked', () => {
  for (let i = 1; i < 400; i++) {
    const [low, high] = [Math.sin(i) * i, Math.sin(i) * i + i / 7];
    const { min, max, step } = roundAxis(low, high, 4);
    expect(min).toBeLessThanOrEqual(low + 1e-9);
    expect(max).toBeGreaterThanOrEqual(high - 1e-9);
    expect(Math.round((max - min) / step)).toBeLessThanOrEqual(4);
  }
});

test('decimals of a step', () => {
  expect([0.05, 0.2, 1, 20].map(decimalsOf)).toEqual([2, 1, 0, 0]);
});
