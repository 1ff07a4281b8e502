import { expect, test } from 'vitest';
import type { LayerInfo } from '../../contract/app.ts';
import { colourTable } from '../../core/colour_maps.ts';
import { scaleBar } from './scale_bar.ts';
import { axesOf, fittedFrame, pointOf, type SlicePlace, sliceLevel, voxelAt, zoomedFrame } from './slice_frame.ts';
import { paintSlice } from './slice_paint.ts';
import { DEFAULT_DISPLAYS } from './view.ts';

const info = (scale: number): LayerInfo => ({
  shape: [1, 1, 3],
  levels: 1,
  brick: 64,
  voxels: 'uint16',
  scale,
  offset: 0,
  range: [0, 1],
  histogram: { range: [0, 1], counts: [] },
});
const row = (counts: number[]) => ({ shape: [1, counts.length] as [number, number], voxels: new Uint16Array(counts) });

test('grey goes from the low to the high end of its window', () => {
  const layers = { ...DEFAULT_DISPLAYS, grey: { ...DEFAULT_DISPLAYS.grey, window: [100, 300] as [number, number] } };
  const painted = paintSlice({ grey: { plane: row([50, 200, 400]), info: info(1) } }, layers)!;
  expect([painted.pixels[0], painted.pixels[4], painted.pixels[8]]).toEqual([0, 128, 255]);
});

test('LVF is blue to red from 0 to 100 %, whatever the grey window', () => {
  const layers = {
    ...DEFAULT_DISPLAYS,
    grey: { ...DEFAULT_DISPLAYS.grey, visible: false },
    lvf: { visible: true, opacity: 0.3, map: 'lvf' as const },
  };
  const painted = paintSlice({ lvf: { plane: row([0, 8192, 20000]), info: info(1 / 8192) } }, layers)!;
  const table = colourTable('lvf');
  expect([...painted.pixels.subarray(0, 3)]).toEqual([...table.subarray(0, 3)]);
  expect([...painted.pixels.subarray(4, 7)]).toEqual([...table.subarray(255 * 3)]);
  expect([...painted.pixels.subarray(8, 11)]).toEqual([...table.subarray(255 * 3)]);
});

test('places and points of a slice are inverse, and zooming keeps the place under the pointer', () => {
  const [across, down, along] = axesOf('y');
  expect([across, down, along]).toEqual([1, 0, 2]);
  const flat = {
    across,
    down,
    along,
    shape: [100, 50, 200] as [number, number, number],
    voxelSizeUm: [2, 2, 1] as [number, number, number],
    width: 400,
    height: 300,
  };
  const place: SlicePlace = { ...flat, frame: fittedFrame(flat) };
  const [x, y] = pointOf(place, 30, 120);
  expect(voxelAt(place, x, y)).toEqual([expect.closeTo(30), expect.closeTo(120)]);
  const nearer = { ...place, frame: zoomedFrame(place, 4, x, y) };
  expect(pointOf(nearer, 30, 120)).toEqual([expect.closeTo(x), expect.closeTo(y)]);
  expect(sliceLevel(nearer, 1, 4)).toBe(0);
  expect(sliceLevel({ ...place, frame: { centre: [0, 0], pixelsPerUm: 0.2 } }, 1, 4)).toBe(2);
});

test('scale bars have 1, 2 or 5 times a power of ten', () => {
  expect(scaleBar(1.7, 140)).toEqual({ pixels: 200 / 1.7, label: '200 µm' });
  expect(scaleBar(0.004, 140).label).toBe('500 nm');
  expect(scaleBar(50, 140).label).toBe('5 mm');
});
