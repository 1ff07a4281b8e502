import { expect, test } from 'vitest';
import type { ExportChoice } from './choice.ts';
import { fileOf, requestOf } from './export.ts';

const choice: ExportChoice = {
  codec: 'h264',
  size: '',
  fps: null,
  samples: 'auto',
  file: null,
  other: '',
  folder: null,
  logos: null,
};

test.each([
  ['paper', choice, 'paper.mp4'],
  ['Li|LPSC|Cu, 1/2', choice, 'Li-LPSC-Cu- 1-2.mp4'],
  ['../etc', choice, '-etc.mp4'],
  ['paper', { ...choice, file: 'Video S1', codec: 'vp9' as const }, 'Video S1.webm'],
  ['paper', { ...choice, codec: 'png' as const }, 'paper'],
])('%s is written as %o', (name, asked, file) => {
  expect(fileOf(name, asked)).toBe(file);
});

test('what is asked of the host', () => {
  const board = { version: 1, shots: [] };
  expect(requestOf('paper', board, choice)).toEqual({
    kind: 'movie',
    name: 'paper',
    storyboard: board,
    file: 'paper.mp4',
    codec: 'h264',
    size: null,
    fps: null,
    samples: null,
    other: null,
    logos: null,
  });
  const more = requestOf('paper', board, {
    ...choice,
    size: '1280 × 720',
    fps: 10,
    samples: '4',
    other: '/b',
    logos: '/c',
  });
  expect(more).toMatchObject({ size: [1280, 720], fps: 10, samples: 4, other: '/b', logos: '/c' });
});

test('a movie may go into another folder', () => {
  expect(requestOf('paper', {}, { ...choice, folder: '/talks' }).file).toBe('/talks/paper.mp4');
  expect(requestOf('paper', {}, { ...choice, folder: 'C:\\talks' }).file).toBe('C:\\talks\\paper.mp4');
});
