import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { VolumeSource } from '../core/series.ts';
import { fingerprint } from './fingerprint.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-fingerprint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sourceOf(name: string, rows: number, offset = 0): VolumeSource {
  return {
    segments: [{ path: join(folder, name), offset, rows }],
    shape: [1, rows, 4],
    type: 'uint8',
    bigEndian: false,
  };
}
const of = (source: VolumeSource, changed: string | null = null) => fingerprint(source, null, {}, changed);

test('the name of a file does not matter; bytes, offset and type do', async () => {
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), Buffer.alloc(24, name === 'c' ? 1 : 0));
  const a = await of(sourceOf('a', 6));
  expect(await of(sourceOf('b', 6), 'touched')).toBe(a);
  expect(await of(sourceOf('c', 6))).not.toBe(a);
  expect(await of({ ...sourceOf('a', 6), type: 'int8' })).not.toBe(a);
  expect(await of(sourceOf('a', 5, 4))).not.toBe(await of(sourceOf('a', 5)));
});

test('28 GB take a moment; a change of head, tail or a sample is seen, a rewritten file counts as changed', async () => {
  const path = join(folder, 'large');
  writeFileSync(path, '');
  const size = 28e9;
  truncateSync(path, size);
  const source = sourceOf('large', 10);
  const began = performance.now();
  const before = await of(source);
  expect(performance.now() - began).toBeLessThan(3000);
  expect(await of(source)).toBe(before);
  expect(await of(source, 'written again')).not.toBe(before);
  for (const at of [0, size - 1, size / 2]) {
    const file = await open(path, 'r+');
    await file.write(Buffer.from([1]), 0, 1, at);
    expect(await of(source)).not.toBe(before);
    await file.write(Buffer.from([0]), 0, 1, at);
    await file.close();
  }
  expect(await of(source)).toBe(before);
});

test('a missing file is named', async () => {
  await expect(of(sourceOf('none', 6))).rejects.toThrow(
    `Cannot read the scan (${join(folder, 'none')}): there is no such file`,
  );
});
