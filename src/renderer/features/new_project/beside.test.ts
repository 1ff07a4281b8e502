import { expect, test } from 'vitest';
import type { Entry } from '../../../contract/app.ts';
import { tablesAmong } from './beside.ts';

const file = (name: string, kind: Entry['kind'] = 'table'): Entry => ({ name, path: `/a/${name}`, kind, bytes: 1 });

test('tables are known by their names', () => {
  expect(tablesAmong([file('cycling.csv'), file('scans.csv'), file('a.tif', 'volume')])).toEqual({
    times: '/a/scans.csv',
    cycling: '/a/cycling.csv',
  });
  expect(tablesAmong([file('Cell4_GCPL.mpt', 'other')])).toEqual({ times: null, cycling: '/a/Cell4_GCPL.mpt' });
});

test('of two logs none is taken', () => {
  expect(tablesAmong([file('a.mpt', 'other'), file('b.mpt', 'other')]).cycling).toBeNull();
  expect(tablesAmong([file('notes.csv')])).toEqual({ times: null, cycling: null });
});
