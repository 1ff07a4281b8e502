import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Objects } from './objects.ts';

const KEY = 'ab'.repeat(32);
let folder: string;
let objects: Objects;
let voxels: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-objects-'));
  objects = new Objects(folder);
  const draft = await objects.begin(KEY);
  writeFileSync(join(draft.directory, 'voxels.raw'), 'grey values');
  await objects.commit(
    draft,
    {},
    {
      step: 'bring-in',
      version: 1,
      scan: 0,
      engine: '',
      software: '',
      params: {},
      scans: {},
      needs: {},
      finishedAt: '',
      seconds: 0,
    },
  );
  voxels = join(objects.directoryOf(KEY), 'voxels.raw');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Other bytes in a file, changed at a moment. */
function spoil(when: Date): void {
  const bytes = readFileSync(voxels);
  bytes[0]! ^= 1;
  writeFileSync(voxels, bytes);
  utimesSync(voxels, when, when);
}

test('a file that was changed is checked', async () => {
  expect(await objects.recheck(KEY)).toEqual([]);
  spoil(new Date(Date.now() + 60_000));
  expect(await objects.recheck(KEY)).toEqual([{ path: voxels, why: 'it does not match its checksum' }]);
});

test('what was found whole is not read again', async () => {
  const later = new Date(Date.now() - 1000);
  utimesSync(join(objects.directoryOf(KEY), 'manifest.json'), new Date(0), new Date(0));
  utimesSync(voxels, later, later);
  expect(await objects.recheck(KEY)).toEqual([]);
  spoil(later);
  expect(await objects.recheck(KEY)).toEqual([]);
  expect(await objects.verify(KEY)).toHaveLength(1);
});

test('a result whose manifest is gone is damaged', async () => {
  rmSync(join(objects.directoryOf(KEY), 'manifest.json'));
  expect(await objects.recheck(KEY)).toHaveLength(1);
});
