import { expect, test } from 'vitest';
import { pulled } from './panel_frames.tsx';
import { fitted } from './preview_panel.tsx';

test('a panel is moved and sized inside the picture', () => {
  expect(pulled([0.2, 0.2, 0.5, 0.5], 'move', 0.1, -0.5)).toEqual([0.3, 0, 0.5, 0.5]);
  expect(pulled([0.2, 0.2, 0.5, 0.5], 'move', 0.9, 0)).toEqual([0.5, 0.2, 0.5, 0.5]);
  expect(pulled([0.2, 0.2, 0.5, 0.5], 'se', 0.1, 0.9)).toEqual([0.2, 0.2, 0.6, 0.8]);
  expect(pulled([0.2, 0.2, 0.5, 0.5], 'nw', 0.9, -0.1)).toEqual([0.65, 0.1, 0.05, 0.6]);
});

test('the picture keeps its shape', () => {
  expect(fitted([1920, 1080], [976, 2000])).toEqual([960, 540]);
  expect(fitted([1920, 1080], [4000, 556])).toEqual([960, 540]);
  expect(fitted([1920, 1080], [40, 40])).toBeNull();
});
