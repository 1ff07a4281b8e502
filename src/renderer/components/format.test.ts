import { expect, test } from 'vitest';
import { bytes, digits, duration, fixed, greyText, percent, voxelText, whenText, withUncertainty } from './format.ts';

test('numbers', () => {
  expect(fixed(23104, 0)).toBe('23\u202f104');
  expect(fixed(-0.0001, 2)).toBe('0.00');
  expect(fixed(-1.5, 1)).toBe('−1.5');
  expect(fixed(null, 1)).toBe('–');
  expect(digits(4.8512)).toBe('4.85');
  expect(digits(123456)).toBe('123\u202f456');
  expect(digits(0.01234)).toBe('0.0123');
  expect(percent(0.034, 1)).toBe('3.4 %');
  expect(greyText(5000.4)).toBe('5\u202f000');
  expect(greyText(0.01234)).toBe('0.01234');
});

test('uncertainties decide the digits', () => {
  expect(withUncertainty(4.8512, 0.123)).toBe('4.85 ± 0.12');
  expect(withUncertainty(48.512, 2.3)).toBe('48.5 ± 2.3');
  expect(withUncertainty(4.8512, null)).toBe('4.85');
  expect(withUncertainty(null, 0.1)).toBe('–');
});

test('sizes and times', () => {
  expect(bytes(28_311_552)).toBe('28.3 MB');
  expect(bytes(512)).toBe('512 B');
  expect(duration(600)).toBe('10 min left');
  expect(duration(null)).toBe('');
  expect(voxelText([1.625, 1.625, 1.625])).toBe('1.625');
  expect(voxelText([2, 1, 1])).toBe('1.000 × 1.000 × 2.000');
  const now = new Date('2026-11-21T15:00:00');
  expect(whenText('2026-11-21T14:05:00', now)).toBe('today 14:05');
  expect(whenText('2026-11-20T14:05:00', now)).toBe('yesterday');
  expect(whenText('2026-11-09T14:05:00', now)).toBe('12 days ago');
});
