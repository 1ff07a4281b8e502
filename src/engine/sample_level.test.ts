import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { IDENTITY } from '../core/geometry.ts';
import { sampleLevel } from './sample_level.ts';
import { openVolume } from './volume.ts';

const folder = mkdtempSync(join(tmpdir(), 'sample-level-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a level of a file, of all of its rows and of some of them', async () => {
  const path = join(folder, 'scan.raw');
  writeFileSync(
    path,
    Uint8Array.from({ length: 4 * 4 * 8 }, (_, i) => Math.floor(i / 8)),
  );
  const volume = openVolume({
    segments: [{ path, offset: 0, rows: 16 }],
    shape: [4, 4, 8],
    type: 'uint8',
    bigEndian: false,
  });
  expect([...(await sampleLevel(volume, IDENTITY, 4, 4, [0, 0, 0], [1, 1, 2]))]).toEqual([7.5, 7.5]);
  expect([...(await sampleLevel(volume, IDENTITY, 4, 2, [0, 0, 0], [1, 1, 2]))]).toEqual([7.5, 7.5]);
  expect([...(await sampleLevel(volume, IDENTITY, 4, 1, [0, 0, 1], [1, 1, 2]))]).toEqual([10, Number.NaN]);
  await expect(sampleLevel(volume, IDENTITY, 4, 5, [0, 0, 0], [1, 1, 1])).rejects.toThrow(/taps/);
});
