import { expect, test } from 'vitest';
import { type ColumnRegion, columnSums, countSums } from './column_sums.ts';

// A view of 9 columns a row, 8 rows; the block holds slices 3 … 12 of rows 1 … 6, columns −2 … 8.
const nu = 9;
const region: ColumnRegion = {
  origin: [3, 1, -2],
  extent: [10, 6, 11],
  v0: 2,
  v1: 6,
  u0: 0,
  u1: 8,
  nu,
  from: Uint16Array.from({ length: 72 }, (_, i) => 3 + (i % 5)),
  to: Uint16Array.from({ length: 72 }, (_, i) => (i % 11 === 0 ? 0 : 9 + (i % 4))),
};
const voxels = 10 * 6 * 11;
const difference = Float32Array.from({ length: voxels }, (_, i) => (i % 13 === 0 ? Number.NaN : Math.cos(i) * 500));
const at = (s: number, v: number, u: number) => ((s - 3) * 6 + v - 1) * 11 + u + 2;
const each = (visit: (column: number, v: number, u: number) => void) => {
  for (let v = 2; v < 6; v++) for (let u = 0; u < 8; u++) if (region.to[v * nu + u]! > 0) visit(v * nu + u, v, u);
};

// Column 20 has cracks at two of its slices, 40 at one.
const cracks = {
  first: Uint32Array.from({ length: 73 }, (_, i) => (i <= 20 ? 0 : i <= 40 ? 2 : 3)),
  s: Uint16Array.of(8, 7, 6),
  fraction: Float32Array.of(0.5, 0.25, 0.75),
};
const behind = { from: Float32Array.from({ length: 72 }, (_, i) => 7.5 - 0.1 * i), factor: -300 };
const base = Int32Array.from({ length: 72 }, (_, i) => 5 + (i % 3));

test('columns are summed as by definition, cracks apart', async () => {
  const out = {
    sum: new Float64Array(72),
    crack: new Float64Array(72),
    seen: new Uint16Array(72),
    first: new Uint16Array(72),
  };
  const profile = { base, sum: new Float64Array(5), count: new Float64Array(5) };
  await columnSums(difference, region, { unit: 200, behind, cracks, out, profile }, 3);

  const sums = new Float64Array(5);
  const counts = new Float64Array(5);
  each((column, v, u) => {
    let [sum, crack, seen, first] = [0, 0, 0, region.to[column]!];
    for (let s = region.from[column]!; s < region.to[column]!; s++) {
      const d = difference[at(s, v, u)]!;
      if (Number.isNaN(d)) continue;
      if (seen++ === 0) first = s;
      let broken = false;
      for (let k = cracks.first[column]!; k < cracks.first[column + 1]!; k++)
        if (cracks.s[k] === s) {
          crack += cracks.fraction[k]!;
          broken = true;
        }
      if (broken) continue;
      const fraction = d / (s >= behind.from[column]! ? behind.factor : 200);
      sum += fraction;
      const slot = s - base[column]!;
      if (slot < 0 || slot >= 5) continue;
      sums[slot]! += fraction;
      counts[slot]!++;
    }
    expect([out.sum[column], out.crack[column], out.seen[column], out.first[column]]).toEqual([
      sum,
      crack,
      seen,
      first,
    ]);
  });
  expect(profile.count).toEqual(counts);
  profile.sum.forEach((sum, slot) => expect(sum).toBeCloseTo(sums[slot]!, 9));
  expect([out.crack[20]! > 0, out.crack[40]! > 0, sums[2] !== 0]).toEqual([true, true, true]);
});

test('smoothed counts are summed over the columns that count', async () => {
  const smooth = Int16Array.from({ length: voxels }, (_, i) => Math.round(9000 * Math.sin(i)));
  const counts = Int16Array.from({ length: voxels }, (_, i) => Math.round(8000 * Math.cos(3 * i)));
  const counted = Uint8Array.from({ length: 72 }, (_, i) => (i % 3 === 0 ? 0 : 1));
  const expected = { sum: 0, full: 0, fullSum: 0 };
  each((column, v, u) => {
    if (!counted[column]) return;
    for (let s = region.from[column]!; s < region.to[column]!; s++) {
      expected.sum += smooth[at(s, v, u)]!;
      if (smooth[at(s, v, u)]! <= 7372.8) continue;
      expected.full++;
      expected.fullSum += counts[at(s, v, u)]!;
    }
  });
  expect(await countSums(smooth, counts, region, counted, 7372.8, 3)).toEqual(expected);
  expect(expected.full).toBeGreaterThan(10);
});

test('a region that leaves the block is refused', async () => {
  const voxels16 = new Int16Array(voxels);
  const sums = (change: Partial<ColumnRegion>) =>
    (async () => countSums(voxels16, voxels16, { ...region, ...change }, new Uint8Array(72), 0, 1))();
  await expect(sums({ u1: 10 })).rejects.toThrow('the columns leave the block');
  await expect(sums({ to: new Uint16Array(72).fill(14) })).rejects.toThrow('the slices leave the block');
});
