import { expect, test } from 'vitest';
import type { Cylinder } from '../../../core/geometry.ts';
import { boundsOf } from '../../../core/regions.ts';
import { drawnName, listRegions, withBounds, withKind } from './region_list.ts';

const cylinder: Cylinder = {
  kind: 'cylinder',
  axis: 'z',
  center: [50, 60],
  radius: 20,
  range: [10, 15],
  follow: 'surface',
};

test('the cylinder in the box around it is the same one', () => {
  expect(withBounds(cylinder, boundsOf(cylinder))).toEqual(cylinder);
});

test('a moved box moves its cylinder', () => {
  const box = boundsOf(cylinder);
  box.min = [12, 35, 40];
  box.max = [17, 76, 81];
  expect(withBounds(cylinder, box)).toMatchObject({ center: [55, 60], radius: 20, range: [12, 17] });
});

test('a cylinder becomes its box, and a box the cylinder that fills it', () => {
  const box = withKind(cylinder, 'box');
  expect(box).toEqual(boundsOf(cylinder));
  expect(withKind(box, 'z')).toEqual({ ...cylinder, follow: 'none' });
  expect(withKind(box, 'x')).toMatchObject({ axis: 'x', range: [40, 81] });
});

test('drawn regions come first, in the order of their names; what was told goes before what was found', () => {
  const found = { version: 1 as const, regions: { analysis: cylinder, stable: boundsOf(cylinder) } };
  const told = {
    measure: { 'Region 10': cylinder, 'Region 2': cylinder },
    regions: { analysis: { ...cylinder, radius: 5 } },
  };
  const list = listRegions(told, found);
  expect(list.map(({ id, told: byHand }) => [id, byHand])).toEqual([
    ['drawn:Region 2', true],
    ['drawn:Region 10', true],
    ['analysis', true],
    ['stable', false],
  ]);
  expect(list[2]!.region).toMatchObject({ radius: 5 });
  expect(drawnName(list[0]!.id)).toBe('Region 2');
  expect(drawnName('analysis')).toBeNull();
});
