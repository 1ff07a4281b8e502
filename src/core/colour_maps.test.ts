import { describe, expect, test } from 'vitest';
import { COLOUR_MAPS, type ColourMapName, colourTable, tableStep } from './colour_maps.ts';

const at = (name: ColourMapName, step: number) => [...colourTable(name).subarray(step * 3, step * 3 + 3)];

describe('colour maps', () => {
  // Entries between the anchors, from the published tables of 256 colours.
  test.each<[ColourMapName, number, number[]]>([
    ['lvf', 37, [104, 138, 239]],
    ['lvf', 100, [190, 210, 246]],
    ['lvf', 201, [240, 138, 108]],
    ['cividis', 37, [35, 60, 110]],
    ['cividis', 150, [146, 140, 120]],
    ['cividis', 201, [197, 181, 104]],
    ['batlow', 37, [18, 72, 97]],
    ['batlow', 100, [83, 117, 73]],
    ['batlow', 201, [249, 163, 130]],
    ['vik', 38, [4, 77, 135]],
    ['vik', 102, [167, 201, 218]],
    ['vik', 204, [183, 90, 38]],
  ])('%s is the published one at %i', (name, step, published) => {
    for (const [c, value] of at(name, step).entries()) expect(Math.abs(value - published[c]!)).toBeLessThanOrEqual(1);
  });

  test('grey is linear', () => {
    expect([0, 100, 255].map((step) => at('grey', step)[1])).toEqual([0, 100, 255]);
  });

  test.each(Object.keys(COLOUR_MAPS) as ColourMapName[])('%s ends in its outer anchors', (name) => {
    const anchors = COLOUR_MAPS[name].anchors.split(' ');
    const hex = (step: number) => Buffer.from(at(name, step)).toString('hex');
    expect([hex(0), hex(255)]).toEqual([anchors[0], anchors.at(-1)]);
  });

  test('a value beyond the limits takes the colour of the end', () => {
    expect([-5, 0, 5, 10, 99].map((value) => tableStep(value, [0, 10]))).toEqual([0, 0, 128, 255, 255]);
    expect(tableStep(3, [2, 2])).toBe(0);
  });
});
