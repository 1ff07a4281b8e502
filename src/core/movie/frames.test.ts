import { expect, test } from 'vitest';
import { frameCount } from './frames.ts';
import type { Shot } from './storyboard.ts';

const shots = (...seconds: number[]) => ({
  shots: seconds.map((length): Shot => ({ seconds: length, time: { kind: 'hold', at: 'start' }, panels: [] })),
});

test.each([
  [[2.5], 30, 75],
  [[0.1, 0.2], 10, 3],
  [[1 / 3, 1 / 3, 1 / 3], 24, 24],
  [[1.01], 10, 11],
  [[0.001], 30, 1],
])('shots of %j s at %d a second are %d frames', (seconds, fps, frames) => {
  expect(frameCount(shots(...seconds), fps)).toBe(frames);
});
