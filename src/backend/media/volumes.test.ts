import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { orientationOf } from '../../core/geometry.ts';
import type { ResultRef, StepResult } from '../../core/step.ts';
import { openVolume, readBlock } from '../../engine/volume.ts';
import { describeFile, volumeSource } from '../../formats/describe.ts';
import { createZarr, openZarr, verifyZarr } from '../../store/zarr/index.ts';
import { fourScans } from './fixtures/results.ts';
import { writeVolumes } from './volumes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'volumes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Volumes of the scan 1; the others have none. */
async function stored(): Promise<<R>(ref: ResultRef) => StepResult<R> | null> {
  const shape: [number, number, number] = [20, 5, 6];
  const plain = { shape, voxelSizeUm: [2, 2, 2] as [number, number, number], name: 'v' };
  const lvf = await createZarr(join(folder, 'lvf.zarr'), {
    ...plain,
    type: 'int16',
    channels: [{ label: 'lvf', color: 'E03C31', window: [0, 8192] }],
  });
  await lvf.writeSlab(
    0,
    Int16Array.from({ length: 600 }, (_, i) => 8 * i - 2400),
  );
  await lvf.close();
  const labels = ['collector', 'lithium', 'crack', 'electrolyte'];
  const phases = await createZarr(join(folder, 'phases.zarr'), {
    ...plain,
    type: 'uint8',
    channels: labels.map((label) => ({ label, color: 'FFFFFF', window: [0, 255] as [number, number] })),
  });
  await phases.writeSlab(
    0,
    Uint8Array.from({ length: 2400 }, (_, i) => (i % 4) * 50 + (Math.floor(i / 4) % 50)),
  );
  await phases.close();
  const values: Record<string, unknown> = {
    lvf: { volume: 'lvf.zarr', countsPerUnit: 8192 },
    phases: { volume: 'phases.zarr' },
  };
  return <R>({ step, scan }: ResultRef) =>
    scan === 1 && values[step] ? { key: step, value: values[step] as R, directory: folder } : null;
}

test('OME-Zarr: whole copies, an earlier one replaced', async () => {
  const out = join(folder, 'out');
  const results = await stored();
  const paths = await writeVolumes(
    fourScans(() => null),
    results,
    out,
    'zarr',
  );
  expect(
    await writeVolumes(
      fourScans(() => null),
      results,
      out,
      'zarr',
    ),
  ).toEqual(paths);
  expect((await readdir(out)).sort()).toEqual(['scan_1_lvf.zarr', 'scan_1_phases.zarr']);
  for (const path of paths) expect(await verifyZarr(path)).toEqual([]);
  const voxels = await (await openZarr(paths[0]!)).readBlock([0, 0, 0], [20, 5, 6]);
  expect(voxels[599]).toBe(8 * 599 - 2400);
});

test('TIFF: fractions as numbers, one file a phase', async () => {
  const paths = await writeVolumes(
    fourScans(() => null),
    await stored(),
    join(folder, 'out'),
    'tiff',
  );
  expect(paths.map((path) => path.slice(folder.length + 5))).toEqual([
    'scan_1_lvf.tif',
    'scan_1_collector.tif',
    'scan_1_lithium.tif',
    'scan_1_crack.tif',
    'scan_1_electrolyte.tif',
  ]);
  const read = async (path: string) => {
    const source = volumeSource(await describeFile(path));
    expect(source.shape).toEqual([20, 5, 6]);
    return readBlock({ volume: openVolume(source), ...orientationOf('z', 'low') }, [0, 0, 0], [20, 5, 6]);
  };
  const lvf = await read(paths[0]!);
  expect([lvf[0], lvf[300], lvf[599]]).toEqual([-2400 / 8192, 0, (8 * 599 - 2400) / 8192]);
  const crack = await read(paths[3]!);
  expect([crack[0], crack[49], crack[599]]).toEqual([100, 149, 149]);
});

test('a copy that is stopped leaves nothing', async () => {
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(
    writeVolumes(
      fourScans(() => null),
      await stored(),
      join(folder, 'out'),
      'zarr',
      { signal },
    ),
  ).rejects.toThrow('stopped');
  expect(await readdir(join(folder, 'out'))).toEqual([]);
  expect((await readFile(join(folder, 'lvf.zarr', 'zarr.json'))).length).toBeGreaterThan(0);
});
