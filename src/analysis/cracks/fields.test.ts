import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Matrix4, Triple } from '../../core/geometry.ts';
import type { PlacedScan } from '../../engine/difference.ts';
import { columnsWhere } from '../cell.ts';
import { ELECTROLYTE, LITHIUM, writeScans } from '../fixtures/scans.ts';
import { viewOf } from '../frame.ts';
import type { Box } from './box.ts';
import { Electrolyte, leastBytes, tilesOf, widened } from './fields.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-fields-'));
afterAll(() => rmSync(folder, { recursive: true }));

const box: Box = { min: [5, 3, 7], shape: [100, 203, 150] };

test('tiles hold every column of a box once, all its slices, row by row', () => {
  for (const bytes of [1e9, 2e7, 8e6, leastBytes(box)]) {
    const tiles = tilesOf(box, bytes);
    const seen = new Uint8Array(203 * 150);
    let last = -1;
    for (const { min, shape } of tiles) {
      expect([min[0], shape[0]]).toEqual([5, 100]);
      const place = (min[1] - 3) * 150 + min[2] - 7;
      expect(place).toBeGreaterThan(last);
      last = place;
      for (let v = 0; v < shape[1]; v++) for (let u = 0; u < shape[2]; u++) seen[place + v * 150 + u]!++;
    }
    expect(seen.every((times) => times === 1)).toBe(true);
    expect(tiles.length === 1).toBe(bytes === 1e9);
  }
  expect(tilesOf({ min: [0, 0, 0], shape: [0, 0, 0] }, 1e6)).toEqual([]);
});

test('less memory makes smaller tiles, down to the least', () => {
  const edges = [1e9, 2e7, 8e6, 0].map((bytes) => Math.max(...tilesOf(box, bytes)[0]!.shape.slice(1)));
  expect(edges).toEqual(edges.toSorted((a, b) => b - a));
  expect(edges.at(-1)).toBeLessThanOrEqual(8);
});

test('a box is widened as far as its limits go', () => {
  expect(widened({ min: [5, 10, 150], shape: [100, 20, 7] }, 12, box)).toEqual({
    min: [5, 3, 138],
    shape: [100, 39, 19],
  });
});

test('what is known of a column does not depend on the box in which it is asked for', async () => {
  const shape: Triple = [20, 50, 60];
  const texture = (v: number, u: number) => ELECTROLYTE + 3000 * Math.sin(v / 5) * Math.cos(u / 7);
  const { scans } = writeScans(folder, 2, { shape, noise: 900 }, (scan, s, v, u) =>
    scan === 1 && s > 8 && s < 12 && v > 20 && v < 40 && u > 20 && u < 50 ? LITHIUM : texture(v, u),
  );
  const orientation = { axis: [0, 1, 2] as Triple, flip: [false, false, false] as [boolean, boolean, boolean] };
  const placedAs = (scan: number, matrix: Matrix4): PlacedScan => ({
    ...viewOf(scans[scan]!, orientation),
    matrix,
    gain: 1,
    offset: 0,
    fieldRadius: 27,
  });
  const limits: Box = { min: [2, 1, 3], shape: [16, 47, 55] };
  const electrolyte = new Electrolyte({ threads: 2, signal: new AbortController().signal }, limits, {
    before: placedAs(0, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
    after: placedAs(1, [1, 0, 0.002, 0.3, 0, 1, 0.001, -0.4, -0.002, -0.001, 1, 0.6, 0, 0, 0, 1]),
    reference: viewOf(scans[0]!, orientation),
    pure: columnsWhere(shape, () => [4, 16]),
    width: 60,
    electrolyte: ELECTROLYTE,
    lithium: LITHIUM,
    sigma: 1,
  });
  const names = ['grey', 'local', 'raw', 'fraction'] as const;
  const copied = async (box: Box) => {
    const fields = await electrolyte.fields(box);
    return Object.fromEntries(names.map((name) => [name, fields[name].slice()])) as Record<string, Float32Array>;
  };
  const whole = await copied(limits);
  expect(whole['raw']!.some((value) => value > 0.8)).toBe(true);
  for (const [v, u] of [
    [1, 30],
    [24, 31],
    [30, 57],
  ] as const) {
    const column = await copied({ min: [2, v, u], shape: [16, 1, 1] });
    for (const name of names)
      expect([...column[name]!], name).toEqual(
        Array.from({ length: 16 }, (_, s) => whole[name]![(s * 47 + v - 1) * 55 + u - 3]),
      );
  }
});
