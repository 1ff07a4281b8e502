import { expect, test } from 'vitest';
import { partsOf } from './notices.ts';

test('an error falls into what, where, why and what to do', () => {
  expect(
    partsOf('Cannot read the scan (/a/b.tif): the file ends after 812 of 1024 bytes. Copy the file again.'),
  ).toEqual({
    title: 'Cannot read the scan',
    where: '/a/b.tif',
    why: 'the file ends after 812 of 1024 bytes.',
    whatToDo: 'Copy the file again.',
  });
  expect(partsOf('Cannot open it: it is busy.')).toEqual({
    title: 'Cannot open it',
    where: null,
    why: 'it is busy.',
    whatToDo: null,
  });
  expect(partsOf('Saved')).toEqual({ title: 'Saved', where: null, why: null, whatToDo: null });
});
