import { expect, test } from 'vitest';
import { snapshotName } from './snapshot.ts';

test('a snapshot is named after what it shows', () => {
  expect(snapshotName('Cell 4/b', 2, 7.5, 'xy')).toBe('Cell-4-b_scan03_7.50h_xy.png');
  expect(snapshotName('cell', 11, null, '3D')).toBe('cell_scan12_3D.png');
});
