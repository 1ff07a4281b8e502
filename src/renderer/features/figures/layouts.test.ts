import { expect, test } from 'vitest';
import type { FigureLayout } from '../../../core/figure/layout.ts';
import { listed } from './layouts.ts';

const layout = (title: string): FigureLayout => ({ version: 1, title, rows: [[{ kind: 'efficiency' }]] });

test('the project’s own form of a figure stands in its place, others follow', () => {
  const found = listed({
    templates: [
      { name: 'one', plan: layout('1') },
      { name: 'two', plan: layout('2') },
    ],
    own: { mine: layout('m'), two: layout('2, changed') },
  });
  expect(found.map(({ name, own, template, layout: { title } }) => [name, own, template, title])).toEqual([
    ['one', false, true, '1'],
    ['two', true, true, '2, changed'],
    ['mine', true, false, 'm'],
  ]);
});
