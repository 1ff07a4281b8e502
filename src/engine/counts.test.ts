import { expect, test } from 'vitest';
import type { Triple } from '../core/geometry.ts';
import type { ColumnFrame } from './columns.ts';
import { type CountPart, fractionCounts } from './counts.ts';

const extent: Triple = [5, 7, 9];
const COUNTS = 8192;
const difference = Float32Array.from({ length: 5 * 7 * 9 }, (_, i) => (i % 23 === 0 ? Number.NaN : Math.sin(i) * 9000));
// The view's slices run backwards along x, its columns (8 × 6) along y and z; the block reaches beyond them.
const frame: ColumnFrame = { slice: 10, column: -6, sliceStep: [0, 0, -1], columnStep: [1, 6, 0], columns: 48 };
const table = (length: number, from: number) => Uint16Array.from({ length }, (_, i) => from + (i % 4));

function plain(parts: CountPart[], clip: boolean): Int16Array {
  const out = new Int16Array(difference.length);
  for (let z = 0, i = 0; z < 5; z++)
    for (let y = 0; y < 7; y++)
      for (let x = 0; x < 9; x++, i++) {
        const [slice, column] = [10 - x, -6 + z + 6 * y];
        const part = parts.find(({ from, to }) => (!from || slice >= from[column]!) && (!to || slice < to[column]!));
        if (!part || Number.isNaN(difference[i]!)) continue;
        const counts = Math.round(difference[i]! * (COUNTS / part.unit));
        out[i] = Math.max(clip ? 0 : -32768, Math.min(clip ? COUNTS : 32767, counts));
      }
  return out;
}

const two: CountPart[] = [
  { from: table(48, 2), to: table(48, 6), unit: 5000 },
  { from: table(48, 8), to: null, unit: -1700 },
];
test.each([
  ['two parts of the columns', two, false],
  ['clipped', two, true],
  ['a part and all the rest', [two[1]!, { from: null, to: null, unit: 100 }], false],
])('fractions are as by definition: %s', async (_, parts, clip) => {
  const out = new Int16Array(difference.length);
  await fractionCounts(difference, extent, frame, parts, { perUnit: COUNTS, clip, out }, 3);
  expect(out).toEqual(plain(parts, clip));
  expect(out.some((count) => count !== 0)).toBe(true);
});

test('a block lies in a larger one', async () => {
  const out = new Int16Array(5 * 100 + 12).fill(-1);
  const options = { perUnit: COUNTS, out: out.subarray(12), outRow: 11, outPlane: 100 };
  await fractionCounts(difference, extent, frame, two, options, 2);
  const whole = plain(two, false);
  for (let z = 0; z < 5; z++)
    for (let y = 0; y < 7; y++)
      expect(out.subarray(12 + z * 100 + y * 11).subarray(0, 9)).toEqual(
        whole.subarray((z * 7 + y) * 9).subarray(0, 9),
      );
  expect(out[12 + 9]).toBe(-1);
});
