import { expect, test } from 'vitest';
import { evaluate } from './arithmetic.ts';

test.each([
  ['3*1.625', 4.875],
  ['(12 + 4) / 2', 8],
  ['2+3*4', 14],
  ['10-4-3', 3],
  ['-0.5', -0.5],
  ['1e3', 1000],
  ['1,625 µm', 1.625],
  ['7.07 mm²', 7.07],
  ['2 × 3', 6],
  ['.5 h', 0.5],
])('%s is %d', (text, value) => {
  expect(evaluate(text)).toBeCloseTo(value, 12);
});

test.each(['', 'two', '3*', '(2', '1/0', '2 3', '1..2', 'µm'])('%j cannot be read', (text) => {
  expect(evaluate(text)).toBeNull();
});
