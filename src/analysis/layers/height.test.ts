import { describe, expect, test } from 'vitest';
import { fitSurface, heightAt, mendHeights, planeAt, sampleSurface } from './height.ts';

const [HEIGHT, WIDTH] = [90, 110];

/** Tilt and doming about the middle of the grid. */
const domed = (v: number, u: number) => {
  const a = v - (HEIGHT - 1) / 2;
  const b = u - (WIDTH - 1) / 2;
  return 30 + 0.03 * a - 0.02 * b + 0.0012 * (a * a + b * b) - 0.0004 * a * b;
};

function heights(of: (v: number, u: number) => number): Float32Array {
  return Float32Array.from({ length: HEIGHT * WIDTH }, (_, i) => of(Math.floor(i / WIDTH), i % WIDTH));
}

const rough = (v: number, u: number) => domed(v, u) + 0.8 * Math.sin(1.7 * v + 2.3 * u);

describe('a surface', () => {
  test('is fitted with tilt and doming, roughness told', () => {
    const surface = fitSurface(heights(rough), HEIGHT, WIDTH)!;
    for (const [v, u] of [
      [0, 0],
      [45, 55],
      [89, 20],
    ] as const)
      expect(Math.abs(heightAt(surface, v, u) - domed(v, u))).toBeLessThan(0.05);
    expect(surface.roughness).toBeGreaterThan(0.4);
    expect(surface.roughness).toBeLessThan(1);
    expect(surface.seen).toBe(1);
    const sampled = sampleSurface(surface, HEIGHT, WIDTH);
    expect(sampled[20 * WIDTH + 30]).toBeCloseTo(heightAt(surface, 20, 30), 4);
  });

  test('is not moved by gaps and strays', () => {
    const spoilt = heights((v, u) => {
      if (v > 60 && u < 30) return 55; // another step, found by mistake
      return (3 * v + 5 * u) % 7 === 0 ? Number.NaN : rough(v, u);
    });
    const surface = fitSurface(spoilt, HEIGHT, WIDTH)!;
    expect(surface.seen).toBeCloseTo(6 / 7, 1);
    for (const [v, u] of [
      [10, 10],
      [45, 55],
      [80, 15],
    ] as const)
      expect(Math.abs(heightAt(surface, v, u) - domed(v, u))).toBeLessThan(0.1);
  });

  test('of first order is a plane', () => {
    const plane = (v: number, u: number) => 12 + 0.05 * v + 0.02 * u;
    const surface = fitSurface(heights(plane), HEIGHT, WIDTH, 1)!;
    expect(surface.coefficients.slice(3)).toEqual([0, 0, 0]);
    expect(heightAt(surface, 80, 100)).toBeCloseTo(plane(80, 100), 4);
    expect(planeAt(surface, 80, 100)).toBe(heightAt(surface, 80, 100));
  });

  test('has a plane without its doming', () => {
    const surface = fitSurface(heights(domed), HEIGHT, WIDTH)!;
    expect(planeAt(surface, 0, 0)).toBeCloseTo(30 - 0.03 * 44.5 + 0.02 * 54.5, 3);
    expect(planeAt(surface, 44.5, 54.5)).toBeCloseTo(heightAt(surface, 44.5, 54.5), 6);
  });

  test('is none where it was hardly seen', () => {
    expect(fitSurface(new Float32Array(HEIGHT * WIDTH).fill(Number.NaN), HEIGHT, WIDTH)).toBeNull();
    const few = heights((v, u) => (v === 10 && u < 19 ? 5 : Number.NaN));
    expect(fitSurface(few, HEIGHT, WIDTH)).toBeNull();
    // Many columns, but all in one line: no plane goes through them alone.
    expect(
      fitSurface(
        heights((v) => (v === 10 ? 5 : Number.NaN)),
        HEIGHT,
        WIDTH,
      ),
    ).toBeNull();
  });

  test('mends gaps and strays, and leaves the interface its roughness', () => {
    const spoilt = heights((v, u) => (v === 3 ? Number.NaN : v === 5 ? 99 : rough(v, u)));
    const surface = fitSurface(spoilt, HEIGHT, WIDTH)!;
    const kept = spoilt.slice(7 * WIDTH);
    mendHeights(spoilt, surface, HEIGHT, WIDTH, 6);
    for (const v of [3, 5]) expect(spoilt[v * WIDTH + 40]).toBeCloseTo(heightAt(surface, v, 40), 4);
    expect(spoilt.slice(7 * WIDTH)).toEqual(kept);
  });
});
