import { expect, test } from 'vitest';
import type { Results } from '../../../core/results.ts';
import { cracksCsv, csvOf, scansCsv } from './tables.ts';

const scan = (index: number, timeH: number) => ({
  index,
  name: `scan, ${index}`,
  timeH,
  quality: { flags: ['rings'] },
});
const crack = {
  id: 4,
  volumeVoxels: [null, 120],
  volumeUncertaintyVoxels: [null, 8],
  meanGrey: [null, 900],
  centroid: [null, [1, 2, 3]],
  extentUm: [null, [4, 5, 6]],
  through: false,
  fill: 'lithium',
};
const results = { scans: [scan(0, 0), scan(1, 2.5)], cracks: [crack] } as unknown as Results;

test('words with commas are quoted and gaps stay empty', () => {
  expect(csvOf(['a', 'b'], [['x, "y"', null]])).toBe('a,b\n"x, ""y""",\n');
});

test('one row a scan', () => {
  const rows = scansCsv(results).trimEnd().split('\n');
  expect(rows).toHaveLength(3);
  expect(rows[2]).toMatch(/^1,"scan, 1",2\.5,.*,rings$/);
  expect(rows[0]!.split(',')).toHaveLength(18);
});

test('one row a crack and scan, from its birth on', () => {
  const rows = cracksCsv(results).trimEnd().split('\n');
  expect(rows).toHaveLength(2);
  expect(rows[1]).toBe('4,1,2.5,120,8,900,1,2,3,4,5,6,false,lithium');
});
