import { describe, expect, test } from 'vitest';
import { MOST_PIXELS, panelGrid, quantile, scaleBar, shrunk } from './parts.ts';
import { MARGIN, PAGE_HEIGHT, PAGE_WIDTH } from './style.ts';

describe('panels', () => {
  const options = { aspect: 1.5, columns: 3, captionHeight: 12, right: 46 };

  test('fill the width and do not touch', () => {
    const grid = panelGrid(8, options);
    expect(grid.columns).toBe(3);
    expect(grid.place(2)[0] + grid.width).toBeCloseTo(PAGE_WIDTH - 46);
    expect(grid.place(3)[1] - grid.place(0)[1]).toBeGreaterThanOrEqual(grid.height + 12);
    expect(grid.place(7)[1] + grid.height + 12).toBeLessThanOrEqual(grid.pageHeight - MARGIN);
  });

  test('grow smaller until all fit the page', () => {
    for (const count of [1, 5, 20, 60, 150])
      expect(panelGrid(count, options).pageHeight).toBeLessThanOrEqual(PAGE_HEIGHT);
  });
});

test('a large picture is shrunk to means, a small one left alone', () => {
  const small = { width: 4, height: 4, channels: 3 as const, pixels: new Uint8Array(48) };
  expect(shrunk(small).pixels).toBe(small.pixels);
  const width = 3 * MOST_PIXELS - 1;
  const pixels = Uint8Array.from({ length: width * 4 }, (_, i) => ((i % width) % 3) * 90);
  const less = shrunk({ width, height: 4, channels: 1, pixels });
  expect([less.width, less.height]).toEqual([MOST_PIXELS, 2]);
  expect(less.pixels[10]).toBe(90);
  // The last column has two of three.
  expect(less.pixels[MOST_PIXELS - 1]).toBe(45);
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
