import { expect, test } from 'vitest';
import { linePath, moved, ticks, toTime, toX, valueAt, valueRange, wholeSpan, zoomed } from './scale.ts';

test('times and places are each other’s inverse', () => {
  const span = { from: 2, to: 12 };
  expect(toX(7, span, 500)).toBe(250);
  expect(toTime(toX(3.3, span, 500), span, 500)).toBeCloseTo(3.3);
});

test('zooming keeps the time under the pointer and never leaves the whole', () => {
  const whole = wholeSpan([0, 10]);
  const closer = zoomed(whole, whole, 4, 0.5);
  expect(toX(4, closer, 100)).toBeCloseTo(toX(4, whole, 100));
  expect(zoomed(closer, whole, 4, 100)).toEqual(whole);
  expect(moved(closer, whole, -100).from).toBeCloseTo(whole.from);
});

test('round times', () => {
  expect(ticks({ from: 0.3, to: 10.2 }, 6)).toEqual({ times: [2, 4, 6, 8, 10], step: 2 });
});

test('a spike within one pixel is drawn', () => {
  const timeH = Array.from({ length: 1000 }, (_, index) => index / 1000);
  const values = timeH.map((_, index) => (index === 500 ? 9 : 1));
  const path = linePath(timeH, values, { from: 0, to: 1 }, [0, 10], 50, 100);
  expect(path).toContain(' 10.0');
  expect(path.split('L').length).toBeLessThan(320);
});

test('a short rest far away does not flatten the curve', () => {
  const timeH = Array.from({ length: 200 }, (_, index) => index / 10);
  const values = timeH.map((time) => (time < 0.4 ? 1.7 : 0.1 * Math.sin(time)));
  const [low, high] = valueRange(timeH, values, { from: 0, to: 20 });
  expect(high).toBeLessThan(0.25);
  expect(low).toBeLessThan(-0.1);
});

test('values between rows, and their range', () => {
  expect(valueAt([0, 1, 3], [0, 2, 4], 2)).toBe(3);
  expect(valueAt([0, 1], [0, 2], 5)).toBeNull();
  expect(valueRange([0, 1, 2], [5, 5, 9], { from: 0, to: 1 })).toEqual([4.5, 5.5]);
});
