import { expect, test } from 'vitest';
import { quantile, scaleBar, shrinkEdge, shrunk } from './parts.ts';

test('a large picture is shrunk to means, a small one left alone', () => {
  const small = { width: 4, height: 4, channels: 3 as const, pixels: new Uint8Array(48) };
  expect(shrunk(small, 700).pixels).toBe(small.pixels);
  const width = 3 * 100 + 2;
  const pixels = Uint8Array.from({ length: width * 4 }, (_, i) => ((i % width) % 3) * 90);
  const less = shrunk({ width, height: 4, channels: 1, pixels }, 100);
  expect([less.width, less.height]).toEqual([101, 2]);
  expect(less.pixels[10]).toBe(90);
  // The last column has two of three.
  expect(less.pixels[100]).toBe(45);
});

test('as many pixels are left as print needs, where there are so many', () => {
  for (const [voxels, dots] of [
    [2560, 300],
    [2560, 1000],
    [256, 600],
  ] as const) {
    const left = Math.ceil(voxels / shrinkEdge(voxels, dots));
    expect(left).toBeGreaterThanOrEqual(Math.min(voxels, dots));
  }
});

test('a scale bar has a round length that fits', () => {
  const bar = scaleBar(100, 50, 0.3, 40);
  expect(bar).toContain('100 µm');
  expect(bar).toContain('width="30"');
  expect(scaleBar(100, 50, 0.003, 40)).toContain('10 mm');
});

test('quantiles leave out what is not a number', () => {
  const values = Float32Array.from({ length: 1001 }, (_, i) => (i % 2 ? Number.NaN : i));
  expect(quantile(values, 0.5)).toBe(500);
  expect(quantile(values, 1)).toBe(1000);
  expect(quantile([Number.NaN], 0.5)).toBe(0);
});
