import { expect, test } from 'vitest';
import type { ScanDraft } from '../../../contract/app.ts';
import { EMPTY_FORM, edited, obstacles, projectPath, proposed, rawHints, withDataset } from './draft.ts';

const draft: ScanDraft = {
  path: '/data/cell/a.tif',
  name: 'a',
  format: 'TIFF',
  shape: [10, 20, 30],
  type: 'uint16',
  bytes: 12_000,
  voxelSizeUm: [1.625, 1.625, 1.625],
  voxelSizeFrom: 'the file',
  startH: 0.9,
  timeH: 1,
  endH: 1.1,
  timeFrom: 'times.csv',
  problems: [],
  blocked: false,
};

test('what was changed by hand says so', () => {
  expect(edited(draft, undefined)).toBe(draft);
  expect(edited(draft, { timeH: 2, voxelUm: 0.65 })).toMatchObject({
    startH: null,
    timeH: 2,
    timeFrom: 'by hand',
    voxelSizeUm: [0.65, 0.65, 0.65],
    voxelSizeFrom: 'by hand',
  });
});

test('what is missing is told in words', () => {
  const form = { ...EMPTY_FORM, sources: ['/data/cell'], folder: '/data', name: 'cell' };
  expect(obstacles(form, [draft])).toEqual([]);
  expect(obstacles(EMPTY_FORM, [])).toEqual(['Choose a folder of scans.']);
  expect(obstacles({ ...form, name: 'a/b' }, [draft])).toHaveLength(1);
  expect(obstacles(form, [{ ...draft, voxelSizeUm: null }])).toEqual(['The voxel size of one scan is not known.']);
  expect(obstacles(form, [{ ...draft, timeH: null }, draft])).toEqual(['The time of one scan is not known.']);
  expect(obstacles(form, [{ ...draft, timeH: null }])).toEqual([]);
});

test('names and places', () => {
  expect(proposed('/data/cell4/scans')).toEqual({ folder: '/data/cell4', name: 'cell4' });
  expect(proposed('/data/a.tif')).toEqual({ folder: '/data', name: 'a' });
  expect(projectPath({ ...EMPTY_FORM, folder: '/data/', name: 'cell ' })).toBe('/data/cell.tomolapse');
  expect(projectPath({ ...EMPTY_FORM, folder: 'C:\\data', name: 'cell' })).toBe('C:\\data\\cell.tomolapse');
});

test('headerless files are told of once their size is whole, without what stands anyway', () => {
  const { raw } = EMPTY_FORM;
  expect(rawHints({ ...raw, x: 8, y: 7 })).toBeNull();
  expect(rawHints({ ...raw, x: 8, y: 7, z: 6 })).toEqual({ shape: [6, 7, 8] });
  expect(rawHints({ x: 8, y: 7, z: 6, type: 'int16', byteOrder: 'big', offset: 12 })).toEqual({
    shape: [6, 7, 8],
    type: 'int16',
    byteOrder: 'big',
    offset: 12,
  });
});

test('of files that hold several volumes those without a choice follow the first', () => {
  const datasets = ['absorption', 'phase'].map((name) => ({ name, shape: [2, 3, 4], type: 'uint16' }));
  const several = ['a', 'b', 'c'].map((path) => ({ ...draft, path, datasets, blocked: true }));
  const drafts = [
    ...several,
    { ...draft, path: 'd' },
    { ...draft, path: 'e', datasets: datasets.slice(1), blocked: true },
  ];
  const first = withDataset({ c: 'phase' }, drafts, 'a', 'absorption');
  expect(first).toEqual({ a: 'absorption', b: 'absorption', c: 'phase' });
  const chosen = drafts.map((one) => ({ ...one, blocked: false }));
  expect(withDataset(first, chosen, 'a', 'phase')).toEqual({ ...first, a: 'phase' });
});
