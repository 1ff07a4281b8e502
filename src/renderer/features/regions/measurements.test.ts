import { expect, test } from 'vitest';
import type { AppScan } from '../../../contract/app.ts';
import type { Box } from '../../../core/geometry.ts';
import { linesOf, QUANTITIES } from './measured_lines.ts';
import { isStale, keptMeasured, type Measurement, measurementsCsv, restoreMeasured } from './measurements.ts';
import type { ListedRegion } from './region_list.ts';

const region: Box = { kind: 'box', min: [0, 0, 0], max: [2, 2, 2] };
const row: Measurement = {
  id: 'drawn:tip, left',
  name: 'tip, left',
  region,
  scan: 1,
  voxels: 8,
  outside: 2,
  volumeUm3: 34.3,
  grey: { mean: 10.5, sd: 0.25, min: 10, max: 11 },
  lithium: null,
  registered: true,
};

test('one row a region and scan; what is not there stays empty', () => {
  const scans = [
    { name: 'a', timeH: 0 },
    { name: 'b', timeH: 1.5 },
  ] as AppScan[];
  const [header, first, end] = measurementsCsv([row], scans).split('\n');
  expect(header!.split(',')).toHaveLength(14);
  expect(first).toBe('"tip, left",1,b,1.5,8,34.3,10.5,0.25,10,11,,,2,true');
  expect(end).toBe('');
});

test('a region that was moved since says so', () => {
  const listed = { id: row.id, region } as ListedRegion;
  expect(isStale(row, [listed])).toBe(false);
  expect(isStale(row, [{ ...listed, region: { ...region, max: [2, 2, 3] } }])).toBe(true);
  expect(isStale(row, [])).toBe(false);
});

test('what was measured comes back; what is no row of a measurement does not', () => {
  restoreMeasured([row]);
  expect(keptMeasured()).toEqual([row]);
  restoreMeasured([row, { id: 4 }]);
  expect(keptMeasured()).toEqual([]);
  restoreMeasured(undefined);
  expect(keptMeasured()).toEqual([]);
});

test('lines over time are one a region, in the order of scans, without what is not known', () => {
  const lithium = { fraction: 0.25, volumeUm3: 8 };
  const rows = [
    { ...row, scan: 2, lithium },
    row,
    { ...row, scan: 0, lithium },
    { ...row, id: 'b', name: 'b', scan: 5 },
  ];
  const lvf = QUANTITIES.find(({ name }) => name === 'lvf')!;
  expect(linesOf(rows, lvf)).toEqual([
    {
      id: row.id,
      name: row.name,
      points: [
        { scan: 0, value: 25 },
        { scan: 2, value: 25 },
      ],
    },
    { id: 'b', name: 'b', points: [] },
  ]);
});
