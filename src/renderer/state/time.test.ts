import { expect, test } from 'vitest';
import { nearestScan, stepped } from './time.ts';

test('the nearest scan', () => {
  expect(nearestScan([0, 1, 5], 2.9)).toBe(1);
  expect(nearestScan([0, 1, 5], 3.1)).toBe(2);
  expect(nearestScan([2], 100)).toBe(0);
});

test('steps in time', () => {
  expect(stepped(3, 1, 4, true)).toBe(0);
  expect(stepped(3, 1, 4, false)).toBe(3);
  expect(stepped(0, -1, 4, true)).toBe(3);
  expect(stepped(0, -10, 4, false)).toBe(0);
  expect(stepped(0, 1, 0, true)).toBe(0);
});
