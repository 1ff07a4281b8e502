import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Cylinder, Triple } from '../core/geometry.ts';
import { type Columns, cellOf, columnsOf, columnsWhere, maskCell, maskOf, regionColumns } from './cell.ts';
import { layersResult, surfaceAt } from './fixtures/cell.ts';
import { toView } from './frame.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-cell-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SHAPE: Triple = [40, 30, 36];
const cylinder = (follow: Cylinder['follow'], range: [number, number] = [10, 20]): Cylinder => ({
  kind: 'cylinder',
  axis: 'z',
  center: [14, 18],
  radius: 9,
  range,
  follow,
});

/** The slices of column (v, u) of a view `nu` wide. */
const span = ({ from, to }: Columns, v: number, u: number, nu = SHAPE[2]) => [from[v * nu + u], to[v * nu + u]];

describe('a cell', () => {
  const result = layersResult(join(folder, 'a'), SHAPE, undefined, () => ({
    working: surfaceAt(SHAPE, 14, 0.2, 2),
    counter: null,
  }));
  const cell = cellOf(result);

  test('reads the heights of the interfaces it has', () => {
    expect(cell.shape).toEqual(SHAPE);
    expect(cell.counter).toBeNull();
    expect(cell.working!.heights).toHaveLength(30 * 36);
    expect(cell.working!.heights[20 * 36 + 5]).toBeCloseTo(
      14 + 0.2 * 5.5 + 2 * ((5.5 / 18) ** 2 + (12.5 / 18) ** 2),
      4,
    );
  });

  test('is seen along its own axes', () => {
    const turned = cellOf(layersResult(join(folder, 'b'), SHAPE, { axis: 'x', collectorEnd: 'high' }));
    expect(turned.shape).toEqual([36, 40, 30]);
    expect(turned.working!.heights).toHaveLength(40 * 30);
    expect(regionColumns(turned, cylinder('none'), null)).toBeNull();
    const columns = regionColumns(turned, { ...cylinder('none'), axis: 'x', range: [30, 35] }, null)!;
    expect(span(columns, 14, 18, 30)).toEqual([1, 6]);
  });

  test('a region that follows the interface rises with it, one that follows the plane only tilts', () => {
    const at = (follow: Cylinder['follow']) => regionColumns(cell, cylinder(follow), cell.working)!;
    // The interface is 1.5 higher seven rows on, and domed by 0.3 more.
    expect([span(at('none'), 14, 18), span(at('none'), 21, 18)]).toEqual([
      [10, 20],
      [10, 20],
    ]);
    expect(span(at('surface'), 14, 18)).toEqual([10, 20]);
    expect(span(at('surface'), 22, 18)).toEqual([12, 22]);
    expect(span(at('surface'), 6, 18)).toEqual([9, 19]);
    expect(span(at('plane'), 21, 18)).toEqual([11, 21]);
    expect(span(at('plane'), 7, 18)).toEqual([9, 19]);
    expect(span(at('surface'), 0, 0)).toEqual([0, 0]);
  });

  test('slices stay inside the volume', () => {
    const low = regionColumns(cell, cylinder('surface', [-5, 3]), cell.working)!;
    expect(span(low, 14, 18)).toEqual([0, 3]);
    const high = regionColumns(cell, cylinder('surface', [38, 50]), cell.working)!;
    expect(span(high, 14, 18)).toEqual([38, 40]);
    expect(span(high, 22, 18)).toEqual([0, 0]);
  });

  test('a region along another axis, or none at all, has no columns', () => {
    expect(regionColumns(cell, { ...cylinder('none'), axis: 'y' }, cell.working)).toBeNull();
    expect(regionColumns(cell, null, cell.working)).toBeNull();
    const box = regionColumns(cell, { kind: 'box', min: [3, 4, 5], max: [6, 7, 8] }, cell.working)!;
    expect([span(box, 4, 5), span(box, 6, 7), span(box, 7, 7), span(box, 4, 8)]).toEqual([
      [3, 6],
      [3, 6],
      [0, 0],
      [0, 0],
    ]);
    expect([box.min, box.max]).toEqual([
      [3, 4, 5],
      [6, 7, 8],
    ]);
  });

  test('the box of a region holds its slices and no more', () => {
    const columns = regionColumns(cell, cylinder('surface', [38, 50]), cell.working)!;
    expect([columns.min, columns.max]).toEqual([
      [37, 5, 9],
      [40, 21, 28],
    ]);
    const none = regionColumns(cell, cylinder('none', [60, 70]), cell.working)!;
    expect([none.min, none.max]).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });
});

describe('a mask', () => {
  test('has cells of at least two voxels, and at most four million of them', () => {
    expect(maskCell([40, 30, 36])).toBe(2);
    expect(maskCell([400, 400, 400])).toBe(3);
    const cell = maskCell([2560, 2560, 2160]);
    expect((2560 / cell) ** 2 * (2160 / cell)).toBeLessThan(4e6);
  });

  test('marks the cells whose middles lie in one of its regions', () => {
    const cell = cellOf(layersResult(join(folder, 'c'), SHAPE));
    const left = columnsWhere(SHAPE, (v, u) => (v < 10 && u < 12 ? [4, 11] : null));
    const right = columnsOf(cell, toView({ kind: 'box', min: [30, 20, 20], max: [40, 30, 36] }, cell.frame)!, null);
    const mask = maskOf(SHAPE, [left, right]);
    expect([mask.shape, mask.cell]).toEqual([[20, 15, 18], 2]);
    let marked = 0;
    for (let i = 0; i < 20; i++)
      for (let j = 0; j < 15; j++)
        for (let k = 0; k < 18; k++) {
          const middle = [2 * i + 0.5, 2 * j + 0.5, 2 * k + 0.5] as const;
          const inLeft = middle[0] >= 4 && middle[0] < 11 && middle[1] < 9.6 && middle[2] < 11.6;
          const inRight = middle[0] >= 30 && middle[1] >= 19.5 && middle[2] >= 19.5;
          marked += mask.cells[(i * 15 + j) * 18 + k]!;
          expect([i, j, k, mask.cells[(i * 15 + j) * 18 + k]]).toEqual([i, j, k, inLeft || inRight ? 1 : 0]);
        }
    expect(marked).toBe(4 * 5 * 6 + 5 * 5 * 8);
  });
});
