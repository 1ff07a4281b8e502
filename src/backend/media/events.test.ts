import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crackEvents, writeEvents } from './events.ts';
import { analysedFrom } from './fixtures/analysed.ts';
import { fourScans } from './fixtures/results.ts';

test('births, splits and merging, each once, between two scans', () => {
  const events = crackEvents(fourScans(() => null));
  expect(events.map(({ kind, crack, others, scan }) => [kind, crack, others, scan])).toEqual([
    ['birth', 1, [], 2],
    ['birth', 2, [], 2],
    ['merge', 1, [2], 3],
    ['split', 3, [1], 3],
  ]);
  expect(events[0]).toMatchObject({
    intervalH: [2, 4],
    volumeVoxels: 200,
    volumeUncertaintyVoxels: 10,
    volumeUm3: 1600,
  });
  expect(events[0]!.intervalMahCm2.map((charge) => charge?.toFixed(3))).toEqual(['1.464', '0.186']);
});

test('a scan that is excluded does not end the time in which a crack may have been born', () => {
  const results = fourScans(() => null);
  results.recipe.scans = { '1': { exclude: true, reason: 'beam dump' } };
  expect(crackEvents(results)[0]!.intervalH).toEqual([0, 4]);
});

test('are written as CSV and JSON', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  try {
    const results = fourScans(() => null);
    const [table, made, list] = await writeEvents(analysedFrom(results), folder);
    expect(JSON.parse(await readFile(made!, 'utf8'))).toMatchObject({ kind: 'table', name: 'events' });
    const lines = (await readFile(table!, 'utf8')).trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^kind,crack,others,scan,name,intervalH\.start,intervalH\.end,/);
    expect(lines[3]).toMatch(/^merge,1,2,3,scan_3,4,6,/);
    const columns = lines.map((line) => line.split(',').length);
    expect(new Set(columns).size).toBe(1);
    expect(JSON.parse(await readFile(list!, 'utf8')).events).toHaveLength(4);
  } finally {
    await rm(folder, { recursive: true });
  }
});
