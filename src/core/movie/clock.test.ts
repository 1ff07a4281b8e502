import { expect, test } from 'vitest';
import { clockOf } from './clock.ts';
import { cellOf } from './fixtures/project.ts';
import type { Shot } from './storyboard.ts';

const cell = cellOf();
const shot = (change: Partial<Shot>): Shot => ({
  seconds: 7,
  time: { kind: 'play', from: 'start', to: 'end' },
  panels: [],
  ...change,
});

test('the clock runs evenly, and scans come at their true times', () => {
  const clock = clockOf(shot({}), cell, cell);
  const seen = (seconds: number) => [clock(seconds).hours, clock(seconds).seen.scan];
  expect(seen(0)).toEqual([1, 0]);
  expect(seen(0.999)[1]).toBe(0);
  expect(seen(1)).toEqual([2, 1]);
  expect(seen(2.999)[1]).toBe(1);
  expect(seen(3)).toEqual([4, 2]);
  expect(seen(7)).toEqual([8, 3]);
  expect(seen(9)).toEqual([8, 3]);
});

test('a speed that is told is kept, until the end is reached', () => {
  const time = { kind: 'play', from: { scan: 1 }, to: 'end', hoursPerSecond: 2 } as const;
  const clock = clockOf(shot({ time }), cell, cell);
  expect(clock(1.5).hours).toBe(5);
  expect(clock(4).hours).toBe(8);
});

test('scan by scan each is seen equally long', () => {
  const clock = clockOf(shot({ seconds: 4, time: { kind: 'scans', from: 'start', to: 'end' } }), cell, cell);
  expect([0, 0.99, 1, 2.5, 3.99, 4].map((at) => clock(at).seen.scan)).toEqual([0, 0, 1, 2, 3, 3]);
  expect(clock(2.5).hours).toBe(4);
  const some = clockOf(shot({ seconds: 4, time: { kind: 'scans', from: { scan: 1 }, to: { scan: 2 } } }), cell, cell);
  expect([0, 1.99, 2].map((at) => some(at).seen.scan)).toEqual([1, 1, 2]);
});

test('between scans the picture holds, is interpolated by time, or fades shortly before the next one', () => {
  expect(clockOf(shot({}), cell, cell)(5).seen).toEqual({ scan: 2, next: null, weight: 0, how: 'hold' });
  const interpolated = clockOf(shot({ between: 'interpolate' }), cell, cell);
  expect(interpolated(5).seen).toEqual({ scan: 2, next: 3, weight: 0.5, how: 'interpolate' });
  // At a scan's own time nothing is made up.
  expect(interpolated(3).seen.how).toBe('hold');
  const faded = clockOf(shot({ between: 'fade' }), cell, cell);
  expect(faded(6.55).seen.how).toBe('hold');
  expect(faded(6.8).seen).toMatchObject({ scan: 2, next: 3, how: 'fade' });
  expect(faded(6.8).seen.weight).toBeCloseTo(0.5, 6);
  expect(faded(7).seen).toMatchObject({ scan: 3, how: 'hold' });
});

test('scan by scan, an interpolation goes through every one of them', () => {
  const time = { kind: 'scans', from: 'start', to: 'end' } as const;
  const clock = clockOf(shot({ seconds: 3, time, between: 'interpolate' }), cell, cell);
  expect(clock(1).seen).toMatchObject({ scan: 1, how: 'hold' });
  expect(clock(1.5)).toMatchObject({ hours: 3, seen: { scan: 1, next: 2, weight: 0.5 } });
});

test('a moment is a scan, an hour, a charge, a crack', () => {
  const at = (moment: Extract<Shot['time'], { kind: 'hold' }>['at']) =>
    clockOf(shot({ time: { kind: 'hold', at: moment } }), cell, cell)(3);
  expect(at('end').hours).toBe(8);
  expect(at({ scan: 2 })).toMatchObject({ hours: 4, seen: { scan: 2 } });
  expect(at({ hours: 3 })).toMatchObject({ hours: 3, seen: { scan: 1 } });
  expect(at({ charge: 2 }).hours).toBeCloseTo(3, 12);
  // Of the two born together the larger is the first.
  expect(at({ crack: 'first' }).seen.scan).toBe(2);
  expect(at({ crack: 'largest' }).seen.scan).toBe(3);
});

test('a second cell is seen at the same time, or at the same charge passed', () => {
  // Twice as fast: what the first passes in three hours it passes in one and a half.
  const fast = cellOf({ rate: 2 });
  expect(clockOf(shot({}), cell, fast, 'time')(3).hours).toBe(4);
  expect(clockOf(shot({}), cell, fast, 'charge')(3)).toMatchObject({ seen: { scan: 1 } });
  expect(clockOf(shot({}), cell, fast, 'charge')(3).hours).toBeCloseTo(2.5, 12);
  // Charge passed goes on growing while lithium is stripped.
  expect(clockOf(shot({}), fast, cell, 'charge')(6).hours).toBeCloseTo(10, 12);
});

test('without known times scans follow one another', () => {
  const unknown = cellOf({ times: [null, null, null, null] });
  expect(clockOf(shot({ seconds: 3 }), unknown, unknown)(2.5).seen.scan).toBe(2);
});
