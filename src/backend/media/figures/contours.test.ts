import { expect, test } from 'vitest';
import { contour } from './contours.ts';

/** Pieces of path data as pairs of points. */
function pieces(d: string): [number, number, number, number][] {
  return [...d.matchAll(/M([\d.-]+) ([\d.-]+)L([\d.-]+) ([\d.-]+)/g)].map(
    (m) => m.slice(1).map(Number) as [number, number, number, number],
  );
}

test('a disc has its own circle around it, closed', () => {
  const n = 41;
  const field = Float32Array.from({ length: n * n }, (_, i) => 10.3 - Math.hypot(Math.floor(i / n) - 20, (i % n) - 20));
  const found = pieces(contour(field, n, n, 0, 2, 2));
  let length = 0;
  const ends = new Map<string, number>();
  for (const [x1, y1, x2, y2] of found) {
    length += Math.hypot(x2 - x1, y2 - y1);
    for (const [x, y] of [
      [x1, y1],
      [x2, y2],
    ] as const) {
      expect(Math.abs(Math.hypot(x - 41, y - 41) - 20.6)).toBeLessThan(0.1);
      ends.set(`${x} ${y}`, (ends.get(`${x} ${y}`) ?? 0) + 1);
    }
  }
  expect(Math.abs(length - 2 * Math.PI * 20.6)).toBeLessThan(0.5);
  expect([...ends.values()].every((count) => count === 2)).toBe(true);
});

test('one voxel at the border is outlined all around', () => {
  const field = new Float32Array(9);
  field[2] = 1;
  expect(pieces(contour(field, 3, 3, 0.5, 1, 1))).toHaveLength(4);
});

test('two voxels that touch at a corner stay apart', () => {
  expect(pieces(contour(Float32Array.of(1, 0, 0, 1), 2, 2, 0.5, 1, 1))).toHaveLength(8);
});

test('nothing above the level leaves nothing', () => {
  expect(contour(new Float32Array(12).fill(0.2), 3, 4, 0.5, 1, 1)).toBe('');
});
