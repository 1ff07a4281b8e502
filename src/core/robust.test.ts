import { describe, expect, test } from 'vitest';
import { dot, leastSquares, median, moments, quantile, robustFit, robustStd } from './robust.ts';

/** Numbers of a normal distribution, always the same (Marsaglia's polar method over a linear congruential generator). */
function normals(count: number, seed = 1): number[] {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  return Array.from({ length: count }, () => {
    for (;;) {
      const [a, b] = [2 * uniform() - 1, 2 * uniform() - 1];
      const r = a * a + b * b;
      if (r > 0 && r < 1) return a * Math.sqrt((-2 * Math.log(r)) / r);
    }
  });
}

describe('quantiles', () => {
  test('lie between the two nearest ranks, as numpy.quantile has them', () => {
    const values = [7, 1, 3, 10];
    expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantile(values, q))).toEqual([1, 2.5, 5, 7.75, 10]);
    expect(values).toEqual([7, 1, 3, 10]);
    expect(median([3, 1, 2])).toBe(2);
    expect(median(Int16Array.of(-4, 9, -30, 2))).toBe(-1);
  });

  test('of one value are that value, of nothing NaN', () => {
    expect(quantile([4], 0.3)).toBe(4);
    expect(median([])).toBeNaN();
    expect(robustStd([])).toBeNaN();
  });

  test('sort by size, not by spelling', () => {
    expect(median([100, 9, 20])).toBe(20);
  });
});

describe('spread', () => {
  test('robustStd is that of a normal distribution and stays so with one wild value in ten', () => {
    const clean = normals(4000).map((value) => 50 + 3 * value);
    expect(robustStd(clean)).toBeCloseTo(3, 0.5);
    expect(Math.abs(robustStd(clean) - 3)).toBeLessThan(0.15);
    const wild = clean.map((value, i) => (i % 10 === 0 ? 1e6 : value));
    expect(Math.abs(robustStd(wild) - 3)).toBeLessThan(0.5);
    expect(moments(wild).std).toBeGreaterThan(1e5);
  });

  test('moments are the mean and the standard deviation with n − 1', () => {
    expect(moments([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, std: Math.sqrt(32 / 7), n: 8 });
    expect(moments(Float32Array.of(3))).toEqual({ mean: 3, std: 0, n: 1 });
    // A large offset must not eat the spread.
    expect(moments([1e9, 1e9 + 1, 1e9 + 2]).std).toBe(1);
  });
});

describe('leastSquares', () => {
  const line = [0, 1, 2, 3].map((x) => [1, x]);

  test('fits exactly what lies on a line, weights left out or given', () => {
    for (const weights of [undefined, [1, 5, 0.1, 2]]) {
      const [a, b] = leastSquares(line, [1, 3, 5, 7], weights)!;
      expect(a).toBeCloseTo(1, 12);
      expect(b).toBeCloseTo(2, 12);
    }
  });

  test('takes a row by its weight, and none of weight 0', () => {
    expect(leastSquares([[1], [1]], [0, 10], [3, 1])![0]).toBeCloseTo(2.5, 12);
    expect(leastSquares(line, [1, 3, 5, Number.NaN], [1, 1, 1, 0])![1]).toBeCloseTo(2, 12);
  });

  test('is not disturbed by unknowns of very different size', () => {
    const rows = [0, 1, 2, 3, 4].map((x) => [1e-6, 1e6 * x, 1e6 * x * x]);
    const right = rows.map((row) => dot(row, [2e6, -3e-6, 1e-6]));
    leastSquares(rows, right)!.forEach((x, i) => {
      expect(x / [2e6, -3e-6, 1e-6][i]!).toBeCloseTo(1, 8);
    });
  });

  test('says so when the rows do not determine the answer', () => {
    expect(leastSquares([], [])).toEqual([]);
    expect(
      leastSquares(
        [
          [1, 2],
          [2, 4],
        ],
        [1, 2],
      ),
    ).toBeNull();
    expect(
      leastSquares(
        [
          [1, 0],
          [2, 0],
        ],
        [1, 2],
      ),
    ).toBeNull();
    expect(robustFit([[0]], [1])).toBeNull();
  });
});

test('robustFit holds a line against a third of strays, and tells the spread of the rest', () => {
  const noise = normals(300, 5);
  const rows = noise.map((_, i) => [1, i / 100]);
  const right = noise.map((value, i) => (i % 3 === 0 ? 40 + i : 2 - (3 * i) / 100 + 0.1 * value));
  const { x, sigma } = robustFit(rows, right)!;
  expect(Math.abs(x[0]! - 2)).toBeLessThan(0.05);
  expect(Math.abs(x[1]! + 3)).toBeLessThan(0.03);
  expect(sigma).toBeGreaterThan(0.08);
  expect(sigma).toBeLessThan(0.25);
  const plain = leastSquares(rows, right)!;
  expect(Math.abs(plain[0]! - 2)).toBeGreaterThan(5);
});
