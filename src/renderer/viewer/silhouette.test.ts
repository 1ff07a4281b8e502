import { expect, test } from 'vitest';
import type { Triple } from '../../core/geometry.ts';
import { firstCamera, sightOf } from './camera.ts';
import { blocksOf, ROW, silhouette } from './silhouette.ts';

const SHAPE: Triple = [64, 48, 80];
const CELLS: Triple = [8, 6, 10];
const VOXEL: Triple = [2, 1.5, 1];

/** Distance maps where some cells show. */
function mapWith(places: readonly Triple[]): Uint8Array {
  const map = new Uint8Array(8 * 6 * 10).fill(1);
  for (const [z, y, x] of places) map[(z * 6 + y) * 10 + x] = 0;
  return map;
}

test('blocks are the cells that show, or fewer that hold them', () => {
  const map = mapWith([
    [0, 0, 0],
    [0, 0, 1],
    [7, 5, 9],
  ]);
  const cells = blocksOf(map, CELLS, 8, 3);
  expect([...cells.middles]).toEqual([4, 4, 4, 12, 4, 4, 76, 44, 60]);
  expect(cells.half).toBe(4);
  const fewer = blocksOf(map, CELLS, 8, 2);
  expect([...fewer.middles]).toEqual([8, 8, 8, 72, 40, 56]);
  expect(fewer.half).toBe(8);
});

test('what others enclose makes no outline', () => {
  const full = new Uint8Array(5 * 5 * 5);
  expect(blocksOf(full, [5, 5, 5], 8, 999).middles.length / 3).toBe(125 - 27);
});

for (const projection of ['perspective', 'orthographic'] as const)
  test(`every corner of what shows lies within its silhouette, ${projection}`, () => {
    const places: Triple[] = [
      [0, 0, 0],
      [3, 2, 5],
      [7, 5, 9],
    ];
    const [width, height] = [200, 150];
    const sight = sightOf({ ...firstCamera(SHAPE, VOXEL), projection }, SHAPE, VOXEL, width, height);
    const found = silhouette(blocksOf(mapWith(places), CELLS, 8, 9), 0, sight.toClip, VOXEL, width, height)!;
    for (const place of places)
      for (let corner = 0; corner < 8; corner++) {
        const um = place.map((n, k) => (8 * (n + ((corner >> k) & 1)) - 0.5) * VOXEL[k]!);
        const e = sight.toClip.elements;
        const at = (row: number) => e[row]! * um[2]! + e[row + 4]! * um[1]! + e[row + 8]! * um[0]! + e[row + 12]!;
        const [x, y] = [((at(0) / at(3) + 1) / 2) * width, ((at(1) / at(3) + 1) / 2) * height];
        const row = Math.floor(y / ROW);
        expect(found.left[row]).toBeLessThanOrEqual(x);
        expect(found.right[row]).toBeGreaterThanOrEqual(x);
      }
    const seen = found.left.reduce((sum, left, row) => sum + Math.max(0, found.right[row]! - left) * ROW, 0);
    expect(seen).toBeLessThan(0.8 * width * height);
  });

test('a block beside the eye may be anywhere', () => {
  const camera = firstCamera(SHAPE, VOXEL);
  const near = { ...camera, position: [10, 10, 10] as Triple, target: [40, 30, 40] as Triple };
  const sight = sightOf(near, SHAPE, VOXEL, 200, 150);
  expect(silhouette(blocksOf(mapWith([[0, 0, 0]]), CELLS, 8, 9), 0, sight.toClip, VOXEL, 200, 150)).toBeNull();
});
