import { expect, test } from 'vitest';
import type { Panel, Storyboard } from '../../../core/movie/storyboard.ts';
import { dropPlace, landmarkFrom, landmarks, lanesOf, rulerTicks } from './lanes.ts';

const value = { target: 'cell' as const, azimuth: 0, elevation: 0, distance: 1 };
const volume = (...at: number[]): Panel => ({
  kind: 'volume',
  id: 'cell',
  rect: [0, 0, 1, 1],
  camera: at.map((second) => ({ at: second, value })),
});
const curve: Panel = { kind: 'curve', id: 'U', rect: [0, 0, 1, 1], of: 'voltage' };
const time = { kind: 'play' as const, from: 'start' as const, to: 'end' as const };
const board: Storyboard = {
  version: 1,
  shots: [
    { seconds: 4, time, panels: [volume(0, 4), curve] },
    { seconds: 2, time, panels: [curve] },
    { seconds: 2, time, panels: [volume(1)] },
  ],
};

test('a panel has one lane over all its shots, with the tracks that have keys, or all where it is chosen', () => {
  const [cell, voltage] = lanesOf(board, null);
  expect(cell).toMatchObject({ panel: 'cell', kind: 'volume', shots: [0, 2] });
  expect(cell!.tracks.map(({ track }) => track)).toEqual(['camera']);
  expect(cell!.tracks[0]!.keys.map(({ shot, index }) => [shot, index])).toEqual([
    [0, 0],
    [0, 1],
    [2, 0],
  ]);
  expect(voltage).toMatchObject({ shots: [0, 1], tracks: [] });
  expect(lanesOf(board, 'cell')[0]!.tracks.map(({ track }) => track)).toEqual(['camera', 'clip', 'layers', 'slices']);
});

test('the playhead goes from cut to key to cut', () => {
  expect(landmarks(board)).toEqual([0, 4, 6, 7, 8]);
  expect(landmarkFrom(board, 4, 1)).toBe(6);
  expect(landmarkFrom(board, 4, -1)).toBe(0);
  expect(landmarkFrom(board, 8, 1)).toBe(8);
});

test('the ruler names as many seconds as there is room for', () => {
  expect(rulerTicks(6, 80)).toEqual({ step: 1, ticks: [0, 1, 2, 3, 4, 5, 6] });
  expect(rulerTicks(6, 10).step).toBe(10);
});

test('a shot is dropped where it is dragged to', () => {
  expect([0.5, 1.5, 3.5, 9].map((second) => dropPlace(board, 0, second))).toEqual([0, 1, 2, 2]);
  expect([0.5, 3, 9].map((second) => dropPlace(board, 2, second))).toEqual([0, 1, 2]);
});
