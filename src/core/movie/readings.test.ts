import { expect, test } from 'vitest';
import { cellOf } from './fixtures/project.ts';
import { chargePassed, readingAt } from './readings.ts';

test('charge, current density and voltage are those of the moment', () => {
  const cell = cellOf();
  expect(readingAt(cell, 3)).toEqual({ chargeMahCm2: 2, currentMaCm2: -1, voltageV: -0.3 });
  // After the turn, where two rows have one time, the later one counts.
  expect(readingAt(cell, 6)).toMatchObject({ chargeMahCm2: 5, currentMaCm2: 1, voltageV: 0.2 });
  expect(readingAt(cell, 8)).toMatchObject({ chargeMahCm2: 3, currentMaCm2: 1 });
  expect(readingAt(cell, 8).voltageV).toBeCloseTo(0.4, 12);
  expect(readingAt(cell, 11)).toEqual({ chargeMahCm2: 1, currentMaCm2: 0, voltageV: 0.6 });
});

test('charge passed counts both directions from the reference scan', () => {
  const passed = chargePassed(cellOf())!;
  expect([1, 3, 6, 8].map((hours) => passed.at(hours))).toEqual([0, 2, 5, 7]);
  expect([0, 2, 5, 7].map((charge) => passed.hoursAt(charge))).toEqual([1, 3, 6, 8]);
  expect(passed.hoursAt(100)).toBe(10);
});

test('without a log there is nothing to read', () => {
  const cell = cellOf();
  cell.state.cycling = null;
  expect(readingAt(cell, 3)).toEqual({ chargeMahCm2: null, currentMaCm2: null, voltageV: null });
  expect(chargePassed(cell)).toBeNull();
});
