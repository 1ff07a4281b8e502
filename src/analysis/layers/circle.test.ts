import { describe, expect, test } from 'vitest';
import { findCircle, type Image } from './circle.ts';

/** A disc with a soft rim on other ground; `grey` may change a place, with the place's radius and angle. */
function disc(
  center: [number, number],
  radius: number,
  [inside, outside]: [number, number],
  grey: (value: number, r: number, angle: number, v: number, u: number) => number = (value) => value,
  [height, width] = [120, 130] as [number, number],
): Image {
  const pixels = new Float32Array(height * width);
  for (let v = 0; v < height; v++)
    for (let u = 0; u < width; u++) {
      const r = Math.hypot(v - center[0], u - center[1]);
      const share = Math.max(0, Math.min(1, (radius - r) / 2 + 0.5));
      const angle = Math.atan2(v - center[0], u - center[1]);
      pixels[v * width + u] = grey(share * inside + (1 - share) * outside, r, angle, v, u);
    }
  return { pixels, height, width };
}

/** Unrest of ±1, always the same for a place. */
const unrest = (v: number, u: number) => Math.sin(12.9898 * v + 78.233 * u) ** 3;

describe('the circle around a disc', () => {
  test.each([
    ['brighter ground', [100, 160]],
    ['darker ground', [100, 40]],
  ] as const)('is found to a tenth of a voxel on %s, from a start that is off', (_, greys) => {
    const found = findCircle(disc([57.3, 66.8], 41.4, [...greys]), [50, 72], 20)!;
    expect(Math.abs(found.center[0] - 57.3)).toBeLessThan(0.1);
    expect(Math.abs(found.center[1] - 66.8)).toBeLessThan(0.1);
    expect(Math.abs(found.radius - 41.4)).toBeLessThan(0.1);
    expect(found.seen).toBeGreaterThan(0.98);
    expect(found.inside).toBeCloseTo(greys[0], 0);
    expect(found.outside).toBeCloseTo(greys[1], 0);
  });

  test('is not drawn to a pore, a crack or a wire in it', () => {
    const image = disc([60, 65], 45, [100, 40], (value, r, angle, v, u) => {
      if (Math.hypot(v - 75, u - 70) < 2) return 10; // pore
      if (Math.abs(v - 45) < 1.5 && Math.abs(u - 65) < 15) return 45; // crack, too thin to last
      if (r < 46 && angle > 2 && angle < 2.3) return 100; // the rim bulges
      return value + 3 * unrest(v, u);
    });
    const found = findCircle(image, [60, 65], 20)!;
    expect(Math.hypot(found.center[0] - 60, found.center[1] - 65)).toBeLessThan(0.3);
    expect(Math.abs(found.radius - 45)).toBeLessThan(0.3);
  });

  test('is found from the part that is in the field', () => {
    const found = findCircle(disc([60, 40], 70, [100, 40]), [60, 60], 20)!;
    expect(Math.hypot(found.center[0] - 60, found.center[1] - 40)).toBeLessThan(0.5);
    expect(Math.abs(found.radius - 70)).toBeLessThan(0.5);
    expect(found.seen).toBeLessThan(0.7);
  });

  test('is the next one out where the search starts beyond the first', () => {
    const wall = (value: number, r: number) => value - 25 * Math.max(0, Math.min(1, r - 49.5));
    const image = disc([60, 65], 35, [100, 60], wall);
    expect(findCircle(image, [60, 65], 12)!.radius).toBeCloseTo(35, 0);
    const outer = findCircle(image, [60, 65], 12, 38)!;
    expect(outer.radius).toBeCloseTo(50, 0);
    expect(outer.inside).toBeCloseTo(60, 0);
    expect(outer.outside).toBeCloseTo(35, 0);
  });

  test('is none where nothing changes, too little does, or less than a quarter of it is seen', () => {
    expect(findCircle(disc([60, 65], 45, [100, 100]), [60, 65], 20)).toBeNull();
    expect(findCircle(disc([60, 65], 45, [100, 90]), [60, 65], 20)).toBeNull();
    expect(findCircle(disc([60, 65], 200, [100, 40]), [60, 65], 20)).toBeNull();
    const quarter = disc([60, 65], 45, [100, 40], (value, _, angle) => (angle > 0 && angle < 1.2 ? value : 100));
    expect(findCircle(quarter, [60, 65], 20)).toBeNull();
  });
});
