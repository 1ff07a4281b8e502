import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIGURES } from '../core/figure/layout.ts';
import { parseFigure } from './figure.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'resources', 'figures');

test('the figures that come with the program are those in resources', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(FIGURES.map((name) => `${name}.json`).toSorted());
});

test.each(FIGURES)('the layout %s can be used, for any cell', (name) => {
  const text = readFileSync(join(FOLDER, `${name}.json`), 'utf8');
  const layout = parseFigure(text, name);
  expect(layout).toEqual(JSON.parse(text));
  expect(layout.title).toBeTruthy();
  // Nothing of one cell is in it: no crack, scan, time or place by its number.
  expect(text).not.toMatch(/"(scan|hours|charge|crack|cells|atUm|voxel|limits|acrossUm|upUm)": *[[\d-]/);
});

test('so can the one in the documentation', () => {
  const page = readFileSync(join(ROOT, 'docs', 'figures.md'), 'utf8');
  const text = /```json\n([\s\S]*?)```/.exec(page)![1]!;
  expect(parseFigure(text, 'figures.md')).toEqual(JSON.parse(text));
});
