import { expect, test } from 'vitest';
import { atlasSlots, Slots } from './atlas.ts';
import { SLOT } from './grid.ts';
import { IN_ATLAS, IN_FLOOR, NOTHING, OF_PALETTE, PageTable } from './pages.ts';

test('a page shows the finest brick that is there and holds it', () => {
  const table = new PageTable([256, 256, 256], 2);
  table.put(1, [0, 0, 0], IN_ATLAS, 7);
  table.put(0, [1, 1, 1], IN_ATLAS, 300);
  table.put(0, [3, 3, 3], OF_PALETTE, 2);
  expect(table.resolve(2, null)).toEqual({ finest: 0, coarsest: 2 });
  const page = (z: number, y: number, x: number) => [
    ...table.texels.subarray(((z * 4 + y) * 4 + x) * 4).subarray(0, 4),
  ];
  expect(page(0, 0, 0)).toEqual([7, 0, 1, IN_ATLAS]);
  expect(page(1, 1, 1)).toEqual([300 - 256, 1, 0, IN_ATLAS]);
  expect(page(3, 3, 3)).toEqual([2, 0, 0, OF_PALETTE]);
  expect(page(2, 0, 0)).toEqual([0, 0, 2, IN_FLOOR]);
  table.remove(0, [1, 1, 1]);
  const empty = new Uint8Array(64);
  empty[0] = 1;
  table.resolve(2, empty);
  expect(page(1, 1, 1)).toEqual([7, 0, 1, IN_ATLAS]);
  expect(page(0, 0, 0)[3]).toBe(NOTHING);
});

test('the brick wanted longest ago leaves, one that is wanted now never', () => {
  const slots = new Slots(2);
  expect(slots.place('a', 1)).toEqual({ slot: 0, left: null });
  expect(slots.place('b', 2)).toEqual({ slot: 1, left: null });
  slots.touch('a', 3);
  expect(slots.place('c', 3)).toEqual({ slot: 1, left: 'b' });
  expect(slots.place('d', 3)).toBeNull();
  expect(slots.of('b')).toBeUndefined();
});

test('an atlas stays within its bytes and three bits an axis', () => {
  for (const wanted of [1, 5, 9, 70, 448, 5000]) {
    const grid = atlasSlots(wanted, 2 ** 30, 4);
    expect(Math.max(...grid)).toBeLessThanOrEqual(8);
    expect(grid[0] * grid[1] * grid[2] * SLOT ** 3 * 4).toBeLessThanOrEqual(512 * 2 ** 20);
  }
});
