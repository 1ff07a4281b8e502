import { expect, test } from 'vitest';
import type { Triple } from '../../core/geometry.ts';
import { holdAt, movedFace, pulledRegion } from './region_drag.ts';
import { axesOf, type SlicePlace } from './slice_frame.ts';
import type { RegionBox } from './view.ts';

/** A slice of 100 × 100 voxels at 4 pixels a voxel, voxel 50 in the middle. */
function placeOf(axis: 'z' | 'y' | 'x'): SlicePlace {
  const [across, down, along] = axesOf(axis);
  const shape: Triple = [100, 100, 100];
  const voxelSizeUm: Triple = [1, 1, 1];
  return {
    across,
    down,
    along,
    shape,
    voxelSizeUm,
    frame: { centre: [50, 50], pixelsPerUm: 4 },
    width: 400,
    height: 400,
  };
}
const pixel = (voxel: number) => 200 + (voxel - 50) * 4;

const disc: RegionBox = {
  id: 'disc',
  box: { kind: 'box', min: [30, 40, 40], max: [50, 61, 61] },
  colour: '#ffffff',
  selected: true,
  round: 'z',
};

test('a circle is taken at its line, not at the corners of its box', () => {
  const place = placeOf('z');
  expect(holdAt(place, [disc], pixel(40), pixel(40), false)).toBeNull();
  expect(holdAt(place, [disc], pixel(50), pixel(39.5), false)).toMatchObject({ down: -1, along: 0 });
  const diagonal = 50 + 10.5 * Math.SQRT1_2;
  expect(holdAt(place, [disc], pixel(diagonal + 0.5), pixel(diagonal), false)).toMatchObject({ along: 1 });
  expect(holdAt(place, [{ ...disc, round: undefined! }], pixel(39.5), pixel(39.5), false)).toMatchObject({
    down: -1,
    along: -1,
  });
});

test('a pulled wall widens a cylinder to all sides, in its circle and beside it', () => {
  const circle = holdAt(placeOf('z'), [disc], pixel(60.5), pixel(50), false)!;
  const wider = pulledRegion(placeOf('z'), circle, pixel(63.5), pixel(50));
  expect(wider.box).toEqual({ kind: 'box', min: [30, 37, 37], max: [50, 64, 64] });
  const side = holdAt(placeOf('y'), [disc], pixel(60.5), pixel(45), false)!;
  expect(pulledRegion(placeOf('y'), side, pixel(58.5), pixel(45)).box).toMatchObject({ min: [30, 42, 42] });
  const narrow = pulledRegion(placeOf('y'), side, pixel(20), pixel(45)).box;
  expect(narrow.max[1] - narrow.min[1]).toBe(3);
});

test('its ends move alone', () => {
  const end = holdAt(placeOf('y'), [disc], pixel(50), pixel(29.5), false)!;
  expect(end).toMatchObject({ down: -1, along: 0 });
  expect(pulledRegion(placeOf('y'), end, pixel(50), pixel(24.5)).box).toMatchObject({
    min: [25, 40, 40],
    max: [50, 61, 61],
  });
});

test('a face stays inside the volume and a voxel from the other; the wall of a cylinder moves all around', () => {
  const box = { kind: 'box' as const, min: [0, 1, 2] as Triple, max: [5, 4, 6] as Triple };
  expect(movedFace({ box }, 0, 1, 99, [8, 8, 8]).max[0]).toBe(8);
  expect(movedFace({ box }, 0, 1, -3, [8, 8, 8]).max[0]).toBe(1);
  expect(movedFace({ box }, 2, 0, 7, [8, 8, 8]).min[2]).toBe(5);
  expect(box.min).toEqual([0, 1, 2]);
  const round = { box: { ...box, min: [0, 2, 2] as Triple, max: [5, 6, 6] as Triple }, round: 'z' as const };
  expect(movedFace(round, 2, 1, 8, [9, 9, 9])).toEqual({ kind: 'box', min: [0, 0, 0], max: [5, 8, 8] });
  expect(movedFace(round, 0, 1, 7, [9, 9, 9])).toEqual({ kind: 'box', min: [0, 2, 2], max: [7, 6, 6] });
});
