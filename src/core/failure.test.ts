import { expect, test } from 'vitest';
import { asFailure, badInput, Failure, isFailure } from './failure.ts';

test('a failure is one line: what, where, why, what to do', () => {
  const failure = new Failure('input', {
    what: 'Cannot use the recipe',
    path: '/a/recipe.json',
    at: 'regions.analysis',
    why: 'the region\nends outside the volume',
    whatToDo: 'Make it smaller.',
  });
  expect(failure.message).toBe(
    'Cannot use the recipe (/a/recipe.json, regions.analysis): the region ends outside the volume. Make it smaller.',
  );
  expect(failure.path).toBe('/a/recipe.json');
  expect(isFailure(failure)).toBe(true);
  expect(isFailure(new Error('other'))).toBe(false);
});

test('what a message quotes from a file cannot drive the terminal, and is cut where nobody reads on', () => {
  const failure = badInput({ what: 'Cannot read', at: 'x'.repeat(9999), why: '"\u001b[2J\u0000\u202e" is no number' });
  expect(failure.message).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(failure.message).toContain('"�[2J��" is no number');
  expect(failure.message.length).toBeLessThan(1000);
});

test.each([
  ['ENOSPC', 'no space left', 'resources'],
  ['ENOENT', 'no such file', 'input'],
  [undefined, 'Array buffer allocation failed', 'resources'],
  [undefined, 'a surprise', 'internal'],
])('an error with code %s and message "%s" becomes %s', (code, message, expected) => {
  const thrown = Object.assign(new Error(message), code ? { code } : {});
  const failure = asFailure(thrown, 'Cannot write the result', '/p');
  expect(failure.code).toBe(expected);
  expect(failure.message).toMatch(/^Cannot write the result \(\/p\): .+\.$/);
  expect(failure.cause).toBe(thrown);
});

test('what was stopped is cancelled, whoever is told of it first', () => {
  const stop = new AbortController();
  stop.abort();
  const failure = asFailure(stop.signal.reason, 'Cannot write the volume', '/p');
  expect([failure.code, failure.message]).toEqual(['cancelled', 'Cannot write the volume (/p): it was asked to stop.']);
});

test("the operating system's words are said in ours, also where the engine passes them on", () => {
  const thrown = Object.assign(new Error('Too many open files'), { path: '/scan.tif' });
  expect(asFailure(thrown, 'Cannot read').message).toBe(
    'Cannot read (/scan.tif): too many files are open. Allow more open files (ulimit -n) and run it again.',
  );
});

test('a read error of the engine names its own file', () => {
  const failure = asFailure(
    Object.assign(new Error('the file ends early'), { path: '/scan.tif' }),
    'Cannot read',
    '/p',
  );
  expect(failure.code).toBe('input');
  expect(failure.path).toBe('/scan.tif');
});
