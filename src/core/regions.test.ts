import { expect, test } from 'vitest';
import { AXES, type Cylinder, type Region, type Triple } from './geometry.ts';
import { boundsOf, rowOf } from './regions.ts';

const SIZE = 24;

function voxelsOf(region: Region): Set<string> {
  const found = new Set<string>();
  for (let z = 0; z < SIZE; z++)
    for (let y = 0; y < SIZE; y++) {
      const [from, to] = rowOf(region, z, y);
      for (let x = from; x < to; x++) found.add(`${z},${y},${x}`);
    }
  return found;
}

function voxelsWhere(inside: (voxel: Triple) => boolean): Set<string> {
  const found = new Set<string>();
  for (let i = 0; i < SIZE ** 3; i++) {
    const voxel: Triple = [Math.floor(i / SIZE ** 2), Math.floor(i / SIZE) % SIZE, i % SIZE];
    if (inside(voxel)) found.add(voxel.join());
  }
  return found;
}

test('the rows of a box', () => {
  const rows = voxelsOf({ kind: 'box', min: [2, 3, 4], max: [5, 9, 17] });
  expect(rows).toEqual(voxelsWhere(([z, y, x]) => z >= 2 && z < 5 && y >= 3 && y < 9 && x >= 4 && x < 17));
});

test.each(AXES)('the rows of a cylinder along %s', (axis) => {
  const cylinder: Cylinder = {
    kind: 'cylinder',
    axis,
    center: [11.5, 12.25],
    radius: 6,
    range: [3, 8],
    follow: 'none',
  };
  const k = AXES.indexOf(axis);
  const rows = voxelsOf(cylinder);
  expect(rows.size).toBeGreaterThan(500);
  expect(rows).toEqual(
    voxelsWhere((voxel) => {
      const [a, b] = voxel.filter((_, n) => n !== k) as [number, number];
      return voxel[k]! >= 3 && voxel[k]! < 8 && Math.hypot(a - 11.5, b - 12.25) <= 6;
    }),
  );
});

test('a region thinner than a voxel holds what centres it covers', () => {
  const thin: Cylinder = {
    kind: 'cylinder',
    axis: 'z',
    center: [5.4, 5.4],
    radius: 0.3,
    range: [0, 2],
    follow: 'none',
  };
  expect(voxelsOf(thin).size).toBe(0);
  expect(voxelsOf({ ...thin, center: [5, 5] }).size).toBe(2);
});

test('the box around a cylinder', () => {
  const cylinder: Cylinder = {
    kind: 'cylinder',
    axis: 'z',
    center: [50, 60],
    radius: 20,
    range: [10, 15],
    follow: 'none',
  };
  expect(boundsOf(cylinder)).toEqual({ kind: 'box', min: [10, 30, 40], max: [15, 71, 81] });
});
