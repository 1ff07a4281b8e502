import { expect, test } from 'vitest';
import { atlasSlots, PALETTE, paletteStart, Slots } from './atlas.ts';
import { SLOT } from './grid.ts';
import { PageTable } from './pages.ts';

test('a page shows the finest brick that is there and holds it', () => {
  const table = new PageTable([256, 256, 256], 2, [1, 1, 1]);
  table.put(1, [0, 0, 0], [67, 1, 133]);
  table.put(0, [1, 1, 0], [1, 67, 1]);
  table.put(0, [3, 3, 3], [5, 1, 1], true);
  expect(table.resolve(2, null)).toEqual({ finest: 0, coarsest: 2, floor: true });
  /** Where in the atlas a voxel of level 0 is read. */
  const read = (...voxel: [number, number, number]) => {
    const [z, y, x] = voxel.map((n) => Math.floor(n / 64)) as [number, number, number];
    const [ox, oy, oz, w] = table.texels.subarray(((z * 4 + y) * 4 + x) * 4) as unknown as number[];
    if (w! < 0) return 'floor';
    return [voxel[2] * w! + ox!, voxel[1] * w! + oy!, voxel[0] * w! + oz!];
  };
  expect(read(0, 0, 0)).toEqual([67, 1, 133]);
  expect(read(126, 10, 64)).toEqual([67 + 32, 1 + 5, 133 + 63]);
  expect(read(64, 64, 0)).toEqual([1, 67, 1]);
  expect(read(67, 65, 10)).toEqual([11, 68, 4]);
  expect(read(200, 210, 220)).toEqual([5, 1, 1]);
  expect(read(128, 0, 0)).toBe('floor');
  table.remove(0, [1, 1, 0]);
  const empty = new Uint8Array(64);
  empty[0] = 1;
  table.resolve(2, empty);
  expect(read(64, 64, 0)).toEqual([67, 1 + 32, 133 + 32]);
  expect(read(5, 6, 7)).toEqual([1, 1, 1]);
});

test('where nothing asks for the floor, it is told', () => {
  const table = new PageTable([64, 64, 128], 1, [1, 1, 1]);
  table.put(0, [0, 0, 0], [1, 1, 67]);
  expect(table.resolve(1, Uint8Array.from([0, 1]))).toEqual({ finest: 0, coarsest: 0, floor: false });
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

test('an atlas stays within its bytes', () => {
  for (const wanted of [1, 5, 9, 70, 448, 5000]) {
    const grid = atlasSlots(wanted, 2 ** 30, 4, 2048);
    expect(Math.max(...grid) * SLOT).toBeLessThanOrEqual(2048);
    expect(grid[0] * grid[1] * grid[2] * SLOT ** 3 * 4).toBeLessThanOrEqual(512 * 2 ** 20);
  }
});

test('every colour of the palette has its own corner of one slot', () => {
  const starts = Array.from({ length: PALETTE }, (_, i) => paletteStart(i));
  expect(new Set(starts.map(String)).size).toBe(PALETTE);
  for (const start of starts) {
    for (const n of start) expect(n % 2).toBe(1);
    expect(Math.max(...start)).toBeLessThan(SLOT);
  }
});
