import { expect, test } from 'vitest';
import { thinned } from './times.ts';

test('a thinned log keeps its spikes and its order', () => {
  const timeH = Array.from({ length: 10_000 }, (_, i) => i / 1000);
  const values = timeH.map((t) => Math.sin(t));
  values[1234] = 9;
  values[7777] = -9;
  const points = thinned(timeH, values, 200);
  expect(points.length).toBeLessThanOrEqual(402);
  expect(Math.max(...points.map(([, y]) => y))).toBe(9);
  expect(Math.min(...points.map(([, y]) => y))).toBe(-9);
  expect(points.every(([t], i) => i === 0 || t > points[i - 1]![0])).toBe(true);
});

test('a short log stays as it is', () => {
  expect(thinned([0, 1, 2], [5, 6, 7], 100)).toEqual([
    [0, 5],
    [1, 6],
    [2, 7],
  ]);
});
