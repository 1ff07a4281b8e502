import { expect, test } from 'vitest';
import type { Triple } from '../../core/geometry.ts';
import { boundsOf, distances, eighthsSeen, isEmpty, leastPhases, reachOf } from './cells.ts';
import { DEFAULT_DISPLAYS } from './view.ts';

const SHAPE: Triple = [9, 7, 11];

function maximaWith(places: readonly Triple[], channel: number, count: number) {
  const cells = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2] * 4);
  for (const [z, y, x] of places) cells[((z * SHAPE[1] + y) * SHAPE[2] + x) * 4 + channel] = count;
  return { shape: SHAPE, level: 0, cell: 8, counts: cells, eighths: null };
}

test('distances are those of Chebyshev to the nearest cell that shows', () => {
  const places: Triple[] = [
    [0, 0, 0],
    [8, 3, 10],
    [4, 6, 5],
  ];
  const map = distances(maximaWith(places, 1, 200), [128, 13, 13, 13]);
  let at = 0;
  for (let z = 0; z < SHAPE[0]; z++)
    for (let y = 0; y < SHAPE[1]; y++)
      for (let x = 0; x < SHAPE[2]; x++) {
        const near = places.map(([a, b, c]) => Math.max(Math.abs(z - a), Math.abs(y - b), Math.abs(x - c)));
        expect(map[at++]).toBe(Math.min(...near));
      }
});

test('a collector below half and hidden phases do not show', () => {
  const least = leastPhases(DEFAULT_DISPLAYS.phases);
  expect(distances(maximaWith([[1, 1, 1]], 0, 127), least).every((far) => far === 255)).toBe(true);
  expect(distances(maximaWith([[1, 1, 1]], 0, 128), least).some((far) => far === 0)).toBe(true);
  const hidden = leastPhases({ ...DEFAULT_DISPLAYS.phases, crack: { visible: false, opacity: 1 } });
  expect(distances(maximaWith([[1, 1, 1]], 2, 255), hidden).every((far) => far === 255)).toBe(true);
});

test('bounds hold every cell that shows; a brick without one is empty', () => {
  const map = distances(
    maximaWith(
      [
        [1, 2, 3],
        [4, 3, 8],
      ],
      1,
      50,
    ),
    [128, 13, 13, 13],
  );
  expect(boundsOf(map, SHAPE)).toEqual({ low: [1, 2, 3], high: [5, 4, 9] });
  expect(isEmpty(map, SHAPE, 8, 0, [1, 0, 0])).toBe(true);
  expect(isEmpty(map, SHAPE, 8, 0, [0, 0, 1])).toBe(false);
});

test('eighths of hidden phases do not count; without any all of a cell is looked at', () => {
  const maxima = { shape: [1, 1, 2] as Triple, level: 0, cell: 4, counts: new Uint8Array(8), eighths: null };
  expect([...eighthsSeen(maxima, [128, 13, 13, 13])]).toEqual([255, 255]);
  const known = { ...maxima, eighths: new Uint8Array([1, 2, 4, 255, 0, 0, 128, 0]) };
  expect([...eighthsSeen(known, [128, 13, 13, Number.POSITIVE_INFINITY])]).toEqual([7, 128]);
});

test('coarser levels reach farther', () => {
  expect([0, 1, 2, 3, 4].map((level) => reachOf(level, 8))).toEqual([0, 1, 1, 2, 3]);
});
