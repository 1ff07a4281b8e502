import { expect, test } from 'vitest';
import type { FigureLayout, FigurePanel } from '../../../core/figure/layout.ts';
import { addedPanel, changedPanel, duplicatedPanel, lettersOf, movedPanel, newPanel, removedPanel } from './edit.ts';

const named = (title: string): FigurePanel => ({ kind: 'efficiency', title });
const figure: FigureLayout = { version: 1, rows: [[named('a'), named('b')], [named('c')]] };
const titles = ({ rows }: FigureLayout) => rows.map((panels) => panels.map(({ title }) => title).join('')).join('/');

test('panels are changed, added, copied and taken away, but for the last', () => {
  expect(titles(changedPanel(figure, { row: 0, at: 1 }, { title: 'x' }))).toBe('ax/c');
  expect('title' in changedPanel(figure, { row: 0, at: 1 }, { title: undefined }).rows[0]![1]!).toBe(false);
  const added = addedPanel(figure, named('d'));
  expect(titles(added.layout)).toBe('ab/c/d');
  expect(added.place).toEqual({ row: 2, at: 0 });
  expect(titles(duplicatedPanel(figure, { row: 0, at: 0 }))).toBe('aab/c');
  expect(titles(removedPanel(figure, { row: 1, at: 0 }))).toBe('ab');
  const one: FigureLayout = { version: 1, rows: [[named('a')]] };
  expect(removedPanel(one, { row: 0, at: 0 })).toBe(one);
});

test.each([
  [{ row: 0, at: 0 }, 'right', 'ba/c', { row: 0, at: 1 }],
  [{ row: 0, at: 0 }, 'left', 'ab/c', { row: 0, at: 0 }],
  [{ row: 0, at: 0 }, 'down', 'b/ca', { row: 1, at: 1 }],
  [{ row: 0, at: 1 }, 'up', 'b/a/c', { row: 0, at: 0 }],
  [{ row: 1, at: 0 }, 'up', 'abc', { row: 0, at: 2 }],
  [{ row: 1, at: 0 }, 'down', 'ab/c', { row: 1, at: 0 }],
] as const)('%o moved %s', (place, direction, order, to) => {
  const moved = movedPanel(figure, place, direction);
  expect(titles(moved.layout)).toBe(order);
  expect(moved.place).toEqual(to);
});

test('a row that lost its last panel is gone', () => {
  const three: FigureLayout = { version: 1, rows: [[named('a')], [named('b')], [named('c')]] };
  const moved = movedPanel(three, { row: 0, at: 0 }, 'down');
  expect(titles(moved.layout)).toBe('ba/c');
  expect(moved.place).toEqual({ row: 0, at: 1 });
});

test('letters run over all rows', () => {
  const bare: FigureLayout = { ...figure, rows: [[{ ...named('a'), unlettered: true }, named('b')], [named('c')]] };
  expect(lettersOf(figure)).toEqual([['a', 'b'], ['c']]);
  expect(lettersOf(bare)).toEqual([[null, 'a'], ['b']]);
});

test('a new panel can be drawn', () => {
  expect(newPanel('slices')).toMatchObject({ plane: 'through' });
  expect(newPanel('histogram')).toEqual({ kind: 'histogram' });
});
