import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resultsSchema } from '../../contract/results.ts';
import { createProject } from '../../store/create_project.ts';
import { writeSeries } from '../../store/fixtures/series.ts';
import { type PlannedResult, Project } from '../../store/project.ts';
import { resultsOf, storedResults } from './project_results.ts';

test('a result that was stored and is gone is an error, one that never was is none', () => {
  const plan: PlannedResult[] = [
    { step: 'layers', scan: -1, key: 'a', done: true },
    { step: 'cracks', scan: 2, key: 'b', done: true },
    { step: 'cycles', scan: -1, key: 'c', done: false },
  ];
  const objects = { read: () => null, directoryOf: (key: string) => `/p/objects/${key}` };
  const get = storedResults({ plannedResults: () => plan, objects } as unknown as Project);
  expect(get({ step: 'cycles' })).toBeNull();
  expect(get({ step: 'track' })).toBeNull();
  expect(() => get({ step: 'layers' })).toThrow(
    /\(\/p\/objects\/a\): the result of layers is missing\. Run the project again/,
  );
  expect(() => get({ step: 'cracks', scan: 2 })).toThrow(/the result of cracks of scan 2 is missing/);
});

test('results tell where voxel sizes and times came from', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tomolapse-origins-'));
  try {
    const path = join(folder, 'cell.tomolapse');
    await createProject(path, async () => {
      const series = writeSeries(folder, 2);
      series.scans[0]!.origin = { voxelSizeFrom: 'OME PhysicalSize', timeFrom: 'times.csv' };
      return series;
    });
    const project = new Project(path, { command: 'results', writes: false });
    const results = await resultsOf(project).finally(() => project.close());
    expect(results.inputs).toMatchObject([
      { voxelSizeFrom: 'OME PhysicalSize', timeFrom: 'times.csv' },
      { voxelSizeFrom: null, timeFrom: null },
    ]);
    expect(resultsSchema.shape.inputs.parse(results.inputs)).toEqual(results.inputs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
