import { expect, test } from 'vitest';
import { triedText } from './words.ts';

test('what a look through a folder found', () => {
  expect(triedText({ found: [], missing: ['a'], others: [] })).toBe('None of them is there.');
  expect(triedText({ found: ['a'], missing: ['b'], others: [] })).toBe('One scan was found, the others are not there.');
  expect(triedText({ found: ['a', 'b'], missing: [], others: ['c'] })).toMatch(
    /^2 scans were found\. .*other voxels for c:/,
  );
});
