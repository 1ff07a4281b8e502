import { expect, test } from 'vitest';
import type { Cylinder } from '../../../core/geometry.ts';
import { boundsOf, withBounds } from './boxes.ts';

const cylinder: Cylinder = {
  kind: 'cylinder',
  axis: 'z',
  center: [50, 60],
  radius: 20,
  range: [10, 15],
  follow: 'surface',
};

test('the box around a cylinder, and the cylinder in it again', () => {
  const box = boundsOf(cylinder);
  expect(box).toEqual({ kind: 'box', min: [10, 30, 40], max: [15, 71, 81] });
  expect(withBounds(cylinder, box)).toEqual(cylinder);
});

test('a moved box moves its cylinder', () => {
  const box = boundsOf(cylinder);
  box.min = [12, 35, 40];
  box.max = [17, 76, 81];
  expect(withBounds(cylinder, box)).toMatchObject({ center: [55, 60], radius: 20, range: [12, 17] });
});
