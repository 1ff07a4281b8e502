import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analysedFrom } from './fixtures/analysed.ts';
import { fourScans } from './fixtures/results.ts';
import { madeOf, projectId, writeMade } from './made.ts';

function analysed() {
  const keys = [
    { step: 'layers', scan: -1, key: 'k0' },
    { step: 'lvf', scan: 0, key: 'k1' },
    { step: 'lvf', scan: 1, key: 'k2' },
  ];
  return analysedFrom(
    fourScans(() => null),
    { keys },
  );
}

test('a record tells the recipe, the results and the scans, and nothing of where they lie', () => {
  const made = madeOf('movie', 'paper', { version: 1 }, { fps: 30 }, [analysed()]);
  expect(made).toMatchObject({ record: 1, kind: 'movie', name: 'paper', source: { version: 1 }, options: { fps: 30 } });
  expect(made.projects[0]!.results).toEqual({ layers: ['k0'], lvf: ['k1', 'k2'] });
  expect(made.projects[0]!.inputs[0]).toEqual({ file: 'scan_0.tif', fingerprint: 'f-scan_0' });
  expect(JSON.stringify(made)).not.toContain('somebody');
});

test('a project is known by the voxels of its scans and their order', () => {
  const scans = [{ fingerprint: 'a' }, { fingerprint: 'b' }];
  expect(projectId(scans)).toBe(projectId(structuredClone(scans)));
  expect(projectId(scans)).not.toBe(projectId(scans.toReversed()));
  expect(projectId(scans)).not.toBe(projectId([{ fingerprint: 'a' }]));
});

test('beside a file stands what made it and what came out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'made-'));
  try {
    const made = madeOf('movie', 'paper', null, {}, [analysed()]);
    const path = await writeMade(join(folder, 'cell.mp4'), made, { bytes: 12, sha256: 'e' }, [
      { sha256: 'f', samples: 4 },
    ]);
    expect(path).toBe(join(folder, 'cell.mp4.json'));
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      ...made,
      file: { name: 'cell.mp4', bytes: 12, sha256: 'e' },
      frames: [{ sha256: 'f', samples: 4 }],
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
