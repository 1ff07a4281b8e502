import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { secondsOf } from '../core/movie/frames.ts';
import { STORYBOARDS } from '../core/movie/storyboard.ts';
import { parseStoryboard } from './storyboard.ts';

test.each(STORYBOARDS)(
  'the storyboard %s that comes with the program is whole, and long enough to be watched',
  (name) => {
    const path = new URL(`../../resources/storyboards/${name}.json`, import.meta.url);
    const storyboard = parseStoryboard(readFileSync(path, 'utf8'), `${name}.json`);
    expect(secondsOf(storyboard)).toBeGreaterThanOrEqual(5);
    // Right for any cell: nothing of one cell's voxels, hours or cracks is in it.
    expect(JSON.stringify(storyboard)).not.toMatch(
      /"(voxel|um|hours|charge|window|limits|view)":|"scan":\d|"crack":\d/,
    );
  },
);
