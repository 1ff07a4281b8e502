import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { engineBuild } from '../../engine/build.ts';
import { createProject } from '../../store/create_project.ts';
import { writeSeries } from '../../store/fixtures/series.ts';
import { Project } from '../../store/project.ts';
import { runProject } from '../jobs/run.ts';
import { removeResults, usageOf } from './clean.ts';

const REGISTRY = new URL('../jobs/fixtures/steps.ts', import.meta.url).href;
const around = { signal: new AbortController().signal, progress: () => undefined };
let folder: string;
let project: Project;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-clean-'));
  process.env['STEPS_LOG'] = join(folder, 'log.txt');
  const path = join(folder, 'cell.tomolapse');
  await createProject(path, async () => writeSeries(folder, 2));
  project = new Project(path, { command: 'test', writes: true });
});
afterEach(() => {
  project.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Two scans: two results of `measure`, two of `compare`, one of the series; the last three depend on sigma. */
async function run(sigma: number, engine = engineBuild()) {
  project.setRecipe({ denoise: { gaussianSigma: sigma } });
  return await runProject(project, project.recipe(), {
    registry: REGISTRY,
    runner: {
      script: fileURLToPath(new URL('../jobs/fixtures/runner.ts', import.meta.url)),
      args: [],
    },
    engine,
    software: '0',
    threads: 1,
    memoryBytes: 1e9,
    signal: around.signal,
  });
}

async function clean(): Promise<number> {
  const { unused } = await usageOf(project, REGISTRY);
  const { results } = await removeResults(project, unused, around);
  expect((await project.verify()).damage).toEqual([]);
  return results;
}

test('what undo and redo lead to stays, what they no longer lead to goes', async () => {
  await run(2);
  await run(3);
  const before = await usageOf(project, REGISTRY);
  expect([before.unused.length, before.kept.results]).toEqual([0, 8]);
  project.undo();
  expect((await usageOf(project, REGISTRY)).unused).toEqual([]);
  // A new change ends the way to sigma 3; the plan of the last run still has it.
  project.setRecipe({ denoise: { gaussianSigma: 4 } });
  expect((await usageOf(project, REGISTRY)).unused).toEqual([]);
  await run(4);
  const { unused, kept } = await usageOf(project, REGISTRY);
  expect(unused.map(({ step, scan }) => `${step} ${scan}`).sort()).toEqual(['compare 0', 'compare 1', 'sum -1']);
  expect(kept.results).toBe(8);
  expect(unused.every(({ bytes }) => bytes > 100)).toBe(true);
  expect(await clean()).toBe(3);
  expect(await clean()).toBe(0);
  // All that undo leads to is there at once; what was removed is computed again.
  project.undo();
  project.undo();
  expect(await run(2)).toEqual({ computed: 0, stored: 5 });
  expect(await run(3)).toEqual({ computed: 3, stored: 2 });
});

test('a removal that is killed leaves every result whole or none of it', async () => {
  await run(2, 'the engine before');
  await run(2);
  const { unused } = await usageOf(project, REGISTRY);
  expect(unused).toHaveLength(5);
  project.close();
  const code = `
    import { Project } from ${JSON.stringify(new URL('../../store/project.ts', import.meta.url).href)};
    const project = new Project(process.argv[1], { command: 'clean', writes: true });
    const keys = JSON.parse(process.argv[2]);
    for (const key of keys) project.objects.remove(key).then(() => process.kill(process.pid, 'SIGKILL'));`;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', code, project.directory, JSON.stringify(unused.map(({ key }) => key))],
    { stdio: 'inherit' },
  );
  await new Promise((resolve) => child.once('exit', resolve));
  project = new Project(project.directory, { command: 'test', writes: true });
  expect((await project.verify()).damage).toEqual([]);
  await clean();
  expect((await usageOf(project, REGISTRY)).kept.results).toBe(5);
  expect(existsSync(join(project.objects.root, '.incoming'))).toBe(false);
});

test('results of another engine go once a run has taken their place', async () => {
  await run(2, 'the engine before');
  expect(await clean()).toBe(0);
  await run(2);
  expect(await clean()).toBe(5);
  expect(await run(2)).toEqual({ computed: 0, stored: 5 });
});

test('what an exported file was made from stays', async () => {
  await run(2, 'the engine before');
  const key = project.plannedResults().find(({ step }) => step === 'sum')!.key;
  await run(2);
  const figures = join(project.directory, 'exports', 'figures');
  mkdirSync(figures);
  writeFileSync(join(figures, 'four.json'), JSON.stringify({ record: 1, projects: [{ results: { sum: [key] } }] }));
  writeFileSync(join(figures, 'other.json'), '{"projects": 3}');
  expect(await clean()).toBe(4);
  expect(project.objects.has(key)).toBe(true);
});

test('voxels that were brought in stay', async () => {
  const key = 'c'.repeat(64);
  project.close();
  const path = join(folder, 'brought.tomolapse');
  await createProject(path, async (objects) => {
    const series = writeSeries(folder, 1);
    const draft = await objects.begin(key);
    writeFileSync(join(draft.directory, 'voxels.raw'), Buffer.alloc(1000));
    await objects.commit(draft, null, {
      step: 'bring-in',
      version: 1,
      scan: -1,
      engine: '',
      software: '',
      params: {},
      scans: {},
      needs: {},
      finishedAt: '',
      seconds: 0,
    });
    const [scan] = series.scans;
    const segments = [{ path: join(objects.directoryOf(key), 'voxels.raw'), offset: 0, rows: 1 }];
    return { ...series, scans: [{ ...scan!, originals: [scan!.path], source: { ...scan!.source, segments } }] };
  });
  project = new Project(path, { command: 'test', writes: true });
  expect(await clean()).toBe(0);
  expect(project.objects.has(key)).toBe(true);
});
