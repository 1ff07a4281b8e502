import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lineOf, shipped } from './notices.ts';

test('the third-party notices name every package the program runs with', () => {
  const text = readFileSync(join(import.meta.dirname, '..', 'THIRD-PARTY-NOTICES.md'), 'utf8');
  const listed = text.split('\n').filter((line) => line.startsWith('- '));
  expect(listed.toSorted()).toEqual([...new Set(shipped().map(lineOf))].toSorted());
});
