import { expect, test } from 'vitest';
import type { Box } from './box.ts';
import { leastBytes, tilesOf, widened } from './fields.ts';

const box: Box = { min: [5, 3, 7], shape: [100, 203, 150] };

test('tiles hold every column of a box once, all its slices, row by row', () => {
  for (const bytes of [1e9, 2e7, 8e6, leastBytes(box)]) {
    const tiles = tilesOf(box, bytes);
    const seen = new Uint8Array(203 * 150);
    let last = -1;
    for (const { min, shape } of tiles) {
      expect([min[0], shape[0]]).toEqual([5, 100]);
      const place = (min[1] - 3) * 150 + min[2] - 7;
      expect(place).toBeGreaterThan(last);
      last = place;
      for (let v = 0; v < shape[1]; v++) for (let u = 0; u < shape[2]; u++) seen[place + v * 150 + u]!++;
    }
    expect(seen.every((times) => times === 1)).toBe(true);
    expect(tiles.length === 1).toBe(bytes === 1e9);
  }
  expect(tilesOf({ min: [0, 0, 0], shape: [0, 0, 0] }, 1e6)).toEqual([]);
});

test('less memory makes smaller tiles, down to the least', () => {
  const edges = [1e9, 2e7, 8e6, 0].map((bytes) => Math.max(...tilesOf(box, bytes)[0]!.shape.slice(1)));
  expect(edges).toEqual(edges.toSorted((a, b) => b - a));
  expect(edges.at(-1)).toBeLessThanOrEqual(8);
});

test('a box is widened as far as its limits go', () => {
  expect(widened({ min: [5, 10, 150], shape: [100, 20, 7] }, 12, box)).toEqual({
    min: [5, 3, 138],
    shape: [100, 39, 19],
  });
});
