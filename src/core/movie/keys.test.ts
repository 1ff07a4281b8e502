import { expect, test } from 'vitest';
import { eased, mixed, mixedList, valueAt } from './keys.ts';

test('a change goes from 0 to 1 in its own manner', () => {
  expect(eased(0.25, 'linear')).toBe(0.25);
  expect(eased(0.25)).toBe(0.15625);
  expect(eased(0.25, 'in')).toBe(0.0625);
  expect(eased(0.25, 'out')).toBe(0.4375);
  expect(eased(0.99, 'hold')).toBe(0);
  for (const ease of ['linear', 'smooth', 'in', 'out', 'hold'] as const) {
    expect(eased(-1, ease)).toBe(0);
    expect(eased(1, ease)).toBe(1);
    expect(eased(2, ease)).toBe(1);
  }
});

test('a value stands still before its first key and after its last, and runs between them', () => {
  const keys = [
    { at: 1, value: 10, ease: 'linear' as const },
    { at: 3, value: 20, ease: 'hold' as const },
    { at: 5, value: 0 },
  ];
  expect([0, 1, 1.5, 3, 4.9, 5, 9].map((at) => valueAt(keys, at, mixed))).toEqual([10, 10, 12.5, 20, 20, 0, 0]);
  expect(mixedList([0, 10], [10, 0], 0.25)).toEqual([2.5, 7.5]);
});
