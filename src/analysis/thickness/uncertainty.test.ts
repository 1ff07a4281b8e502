import { describe, expect, test } from 'vitest';
import { COLLECTOR, ELECTROLYTE, LITHIUM, normalised, registered, unmatched } from '../fixtures/scans.ts';
import { registrationSigma, type UncertaintyInput, uncertaintyOf } from './uncertainty.ts';

const input = (change: Partial<UncertaintyInput> = {}): UncertaintyInput => ({
  meanUm: 8,
  factor: COLLECTOR - LITHIUM,
  plan: 'working',
  slicesBelow: 20,
  slicesAbove: 20,
  voxel: 1.625,
  levels: normalised({ uncertainty: 0 }).value,
  greys: unmatched().value,
  registration: 0,
  missing: 0,
  std: 0,
  columns: 10_000,
  inCracksUm: 0,
  columnNoise: 0,
  ...change,
});
const parts = (change?: Partial<UncertaintyInput>) => uncertaintyOf(input(change)).parts;
const residual = (mean: number, sigma: number) => ({ mean, sigma, n: 1000 });

describe('the uncertainty of a thickness', () => {
  test('by registration is the shift times the step at the interface over the whole contrast', () => {
    const step = (COLLECTOR - ELECTROLYTE) / (COLLECTOR - LITHIUM);
    expect(parts({ registration: 0.1 }).registration).toBeCloseTo(0.1 * step * 1.625, 3);
    expect(parts({ registration: 0.1, factor: LITHIUM - COLLECTOR }).registration).toBeGreaterThan(0);
    // At the counter electrode the step is the whole contrast there.
    const counter = parts({ plan: 'counter', factor: ELECTROLYTE - LITHIUM, registration: 0.1 });
    expect(counter.registration).toBeCloseTo(0.1 * 1.625, 3);
    // Never nothing: interpolation alone leaves some.
    expect(parts().registration).toBeGreaterThan(0.001);
  });

  test('by the constant grows with the thickness', () => {
    const levels = normalised({ uncertainty: 2 * 350 }).value;
    expect(parts({ levels }).normalisation).toBeCloseTo(8 * Math.hypot(350 / 35000, 0.0008), 6);
    expect(parts({ levels, meanUm: -16 }).normalisation).toBeCloseTo(16 * Math.hypot(350 / 35000, 0.0008), 6);
  });

  test('by grey values counts each side of the interface by its slices', () => {
    const greys = unmatched({ electrolyte: residual(0, 30), collector: residual(0, 40) }).value;
    expect(parts({ greys }).greys).toBeCloseTo(((0.6 * Math.hypot(20 * 30, 20 * 40)) / 35000) * 1.625, 6);
    expect(parts({ greys: unmatched({ electrolyte: residual(0, 30) }).value }).greys).toBeCloseTo(
      ((0.6 * 20 * 30) / 35000) * 1.625,
      6,
    );
  });

  test('by noise falls with the root of the columns', () => {
    const few = parts({ columnNoise: 1, columns: 100 }).noise!;
    expect(few).toBeGreaterThan(0.1);
    expect(parts({ columnNoise: 1, columns: 10_000 }).noise).toBeCloseTo(few / 10, 9);
    expect(parts({ columnNoise: 1, columns: 0 }).noise).toBe(0);
  });

  test('by columns out of view is their share of what differs from place to place', () => {
    expect(parts({ missing: 0.25, std: 2 }).view).toBeCloseTo(0.5, 9);
  });

  test('by a match is nothing where none was applied', () => {
    const differing = { electrolyte: residual(200, 1), collector: residual(-100, 1) };
    const without = uncertaintyOf(input({ greys: unmatched(differing).value }));
    expect(without.unmatched).toBe(0);
    expect(without.parts.match).toBe(0);
    expect(parts({ greys: unmatched({ ...differing, wallMisfit: 300 }).value }).match).toBe(0);
    const applied = uncertaintyOf(input({ greys: unmatched({ ...differing, applied: true }).value }));
    expect(applied.unmatched).toBeCloseTo((-(200 * 20 - 100 * 20) / 35000) * 1.625, 6);
    expect(applied.parts.match).toBeGreaterThan(0);
    expect(applied.parts.match).toBeLessThan(Math.abs(applied.unmatched));
    // A wall that agrees leaves less doubt than none at all, one that does not leaves more.
    const checked = (wallMisfit: number) =>
      uncertaintyOf(input({ greys: unmatched({ ...differing, applied: true, wallMisfit }).value })).parts.match!;
    expect(checked(0)).toBeLessThan(applied.parts.match!);
    expect(checked(300)).toBeGreaterThan(applied.parts.match!);
  });

  test('is a number whatever is not known', () => {
    const levels = normalised({ collector: null, lithium: null, electrolyte: null, factor: 0, uncertainty: 0 }).value;
    for (const part of Object.values(parts({ levels }))) expect(part).toBeGreaterThanOrEqual(0);
  });
});

describe('the doubt of a displacement along the stack', () => {
  const covariance = (entries: [number, number, number][]) => {
    const matrix = new Array<number>(49).fill(0);
    for (const [a, b, value] of entries) matrix[a * 7 + b] = matrix[b * 7 + a] = value;
    return matrix;
  };

  test('is that of the shift, wherever it is the same', () => {
    const { value } = registered({ center: [20, 30, 40], face: true }, 0.02);
    expect(registrationSigma(value, [5, 90], 3)).toBeCloseTo(0.02, 9);
  });

  test('is more where a faint electrolyte alone told it', () => {
    expect(registrationSigma(registered({}, 0.02).value, [0, 0], 0)).toBeCloseTo(1.6 * 0.02, 9);
    expect(registrationSigma(registered({}, 0.005).value, [0, 0], 0)).toBeCloseTo(0.005, 9);
  });

  test('grows away from the middle with that of the turns', () => {
    const { value } = registered({
      face: true,
      center: [20, 30, 40],
      covariance: covariance([
        [4, 4, 1e-6],
        [5, 5, 4e-6],
      ]),
    });
    expect(registrationSigma(value, [30, 40], 99)).toBeCloseTo(0, 9);
    // A turn about v moves what lies along u, and the other way round.
    expect(registrationSigma(value, [30, 50], 99)).toBeCloseTo(10 * 1e-3, 9);
    expect(registrationSigma(value, [40, 40], 99)).toBeCloseTo(10 * 2e-3, 9);
  });

  test('may be less than its parts where they move together', () => {
    const together = covariance([
      [0, 0, 1e-4],
      [4, 4, 1e-6],
      [0, 4, -1e-5],
    ]);
    const { value } = registered({ face: true, center: [0, 0, 0], covariance: together });
    expect(registrationSigma(value, [0, 10], 0)).toBeCloseTo(0, 9);
    expect(registrationSigma(value, [0, -10], 0)).toBeCloseTo(0.02, 9);
    // A turn about u takes what lies along v the other way.
    const other = covariance([
      [0, 0, 1e-4],
      [5, 5, 1e-6],
      [0, 5, 1e-5],
    ]);
    const { value: opposite } = registered({ face: true, center: [0, 0, 0], covariance: other });
    expect(registrationSigma(opposite, [10, 0], 0)).toBeCloseTo(0, 9);
    expect(registrationSigma(opposite, [-10, 0], 0)).toBeCloseTo(0.02, 9);
  });

  test('is none of a scan that was not registered', () => {
    expect(registrationSigma(registered({ covariance: null }).value, [0, 0], 0)).toBe(0);
  });
});
