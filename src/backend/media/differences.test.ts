import { expect, test } from 'vitest';
import {
  csvDifferences,
  frameDifferences,
  madeDifferences,
  pictureDifferences,
  valueDifferences,
} from './differences.ts';
import { analysedFrom } from './fixtures/analysed.ts';
import { fourScans } from './fixtures/results.ts';
import { madeOf } from './made.ts';

const keys = [
  { step: 'lvf', scan: 0, key: 'k1' },
  { step: 'lvf', scan: 1, key: 'k2' },
];
const made = () =>
  madeOf('figure', 'maps', { version: 1 }, { dotsPerInch: 300 }, [
    analysedFrom(
      fourScans(() => null),
      { keys },
    ),
  ]);

test('what made the same is no difference', () => {
  expect(madeDifferences(made(), made())).toEqual([]);
});

test('programs, options, recipes, scans and results that differ are named', () => {
  const now = structuredClone(made());
  now.software.version = '9.9.9';
  now.options = { dotsPerInch: 600 };
  now.projects[0]!.recipe.lvf = { medianRadius: 3 };
  now.projects[0]!.inputs[2]!.fingerprint = 'other';
  now.projects[0]!.results['lvf'] = ['k1', 'k9'];
  expect(madeDifferences(made(), now)).toEqual([
    { what: 'Tomolapse', was: '0.1.0', is: '9.9.9' },
    { what: 'option.dotsPerInch', was: '300', is: '600' },
    { what: 'scan 2', was: 'scan_2.tif f-scan_2', is: 'scan_2.tif other' },
    { what: 'recipe.lvf.medianRadius', was: '0', is: '3' },
    { what: 'results of lvf', was: '2', is: '2, 1 computed otherwise' },
  ]);
});

test('fields that are there on one side alone are told', () => {
  expect(valueDifferences('recipe', { a: [1, 2] }, { a: [1], b: 'x' })).toEqual([
    { what: 'recipe.a[1]', was: '2', is: 'none' },
    { what: 'recipe.b', was: 'none', is: 'x' },
  ]);
});

test('numbers of two tables are compared column by column', () => {
  const was = 'name,um\r\n"a, b",1.5\r\nc,2\r\n';
  expect(csvDifferences(was, was)).toEqual([]);
  expect(csvDifferences(was, was.replace('1.5', '1.25').replace('2\r', '4\r'))).toEqual([
    { what: 'um, 2 rows, at most 2 apart', was: '2', is: '4' },
  ]);
  expect(csvDifferences(was, 'name\r\na\r\n')[0]!.what).toBe('columns of the numbers');
  expect(csvDifferences(was, `${was}d,3\r\n`)).toEqual([{ what: 'rows of the numbers', was: '2', is: '3' }]);
});

test('pixels and frames that differ are counted', () => {
  const picture = (...pixels: number[]) => ({
    width: 2,
    height: 1,
    channels: 3 as const,
    pixels: Uint8Array.from(pixels),
  });
  expect(pictureDifferences(picture(1, 2, 3, 4, 5, 6), picture(1, 2, 3, 4, 9, 6))).toEqual([
    { what: '1 of 2 pixels', was: '0', is: 'at most 4 of 255 apart' },
  ]);
  const frame = (sha256: string) => ({ sha256, samples: 1 });
  expect(frameDifferences([frame('a'), frame('b')], [frame('a'), frame('c')])).toEqual([
    { what: 'pixels of 1 frame, the first 1', was: 'b', is: 'c' },
  ]);
});
