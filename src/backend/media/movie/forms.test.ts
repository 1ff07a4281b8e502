import { expect, test } from 'vitest';
import { checkFrames, formOf, forms, roomFor } from './forms.ts';

test.each([
  ['a/movie.mp4', null, 'h264'],
  ['movie.MP4', null, 'h264'],
  ['movie.webm', null, 'vp9'],
  ['movie.webm', 'av1', 'av1'],
  ['movie.mov', null, 'prores'],
  ['movie.gif', null, 'gif'],
  ['frames', null, 'png'],
] as const)('%s, asked for %s, is %s', (file, named, name) => {
  expect(formOf(file, named).name).toBe(name);
});

test.each([
  ['movie.avi', null, /no form of movies for "\.avi"/],
  ['movie.mp4', 'vp9', /VP9 is not written into \.mp4\. Name it \.webm/],
  ['movie.gif', 'png', /PNG is not written into \.gif\. Name a folder/],
] as const)('%s, asked for %s, is refused', (file, named, line) => {
  expect(() => formOf(file, named)).toThrow(line);
});

test.each([
  ['h264', [1921, 1080], 30, /H\.264 needs an even width and height\. Take 1922x1080/],
  ['vp9', [1280, 721], 30, /VP9 needs an even/],
  ['h264', [8, 8], 30, /smaller than can be looked at/],
  ['png', [7680, 4320], 30, /larger than 4K/],
  ['h264', [1280, 720], 121, /at most 120 frames/],
  ['gif', [320, 180], 60, /GIF has at most 50/],
] as const)('%s of %j at %d frames a second is refused', (name, size, fps, line) => {
  expect(() => checkFrames(forms[name], size, fps)).toThrow(line);
});

test('what fits is taken, and needs room for its pieces and itself', () => {
  for (const size of [
    [1280, 720],
    [3840, 2160],
  ] as const)
    checkFrames(forms.h264, size, 30);
  checkFrames(forms.png, [321, 181], 24);
  expect(roomFor(forms.prores, [1920, 1080], 300)).toBe(1920 * 1080 * 300);
});
