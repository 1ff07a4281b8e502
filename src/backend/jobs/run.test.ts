import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isFailure } from '../../core/failure.ts';
import type { Recipe } from '../../core/recipe.ts';
import { createProject } from '../../store/create_project.ts';
import { Project } from '../../store/project.ts';
import { type RunOptions, type RunProgress, runProject } from './run.ts';

let folder: string;
let project: Project;
const log = () => join(folder, 'log.txt');
const lines = () => (existsSync(log()) ? readFileSync(log(), 'utf8').trim().split('\n') : []);
const ran = () => lines().map((line) => line.split(' ').slice(0, 2).join(' '));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tomolapse-run-'));
  process.env['STEPS_LOG'] = log();
  const scans = [0, 1, 2].map((index) => {
    const path = join(folder, `scan_${index}.raw`);
    writeFileSync(path, Buffer.alloc(8 * (index + 1), index));
    return {
      name: `scan_${index}`,
      path,
      originals: null,
      hints: {},
      source: {
        segments: [{ path, offset: 0, rows: 2 * (index + 1) }],
        shape: [index + 1, 2, 4] as [number, number, number],
        type: 'uint8' as const,
        bigEndian: false,
      },
      startH: null,
      timeH: index,
      endH: null,
    };
  });
  await createProject(join(folder, 'cell.tomolapse'), async () => ({
    scans,
    voxelSizeUm: [1, 1, 1],
    cycling: null,
    cyclingPath: null,
    workingAreaMm2: null,
    counterAreaMm2: null,
    software: '0',
  }));
  project = new Project(join(folder, 'cell.tomolapse'), { command: 'run', writes: true });
});

afterEach(() => {
  project.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a runner keeps of its share for itself. */
const OWN = 256 * 2 ** 20;

function run(recipe: Recipe = {}, more: Partial<RunOptions> = {}) {
  return runProject(project, recipe, {
    registry: new URL('./fixtures/steps.ts', import.meta.url).href,
    runner: { script: fileURLToPath(new URL('./fixtures/runner.ts', import.meta.url)), args: [] },
    engine: 'e',
    software: '0',
    threads: 1,
    memoryBytes: 1e9,
    signal: new AbortController().signal,
    ...more,
  });
}

function leftovers(): string[] {
  const incoming = join(project.directory, 'objects', '.incoming');
  return existsSync(incoming) ? readdirSync(incoming) : [];
}

test('one process runs every step; a second run has nothing to do', async () => {
  const seen: RunProgress[] = [];
  expect(await run({}, { onProgress: (progress) => seen.push(progress) })).toEqual({ computed: 7, stored: 0 });
  expect(new Set(lines().map((line) => line.split(' ')[2])).size).toBe(1);
  expect(lines()[0]).not.toContain(` ${process.pid}`);
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
  expect(seen[0]!.title).toBe('Measuring scan_0');

  expect(await run()).toEqual({ computed: 0, stored: 7 });
  expect(lines()).toHaveLength(7);
  const sum = project.plannedResults().find(({ step }) => step === 'sum')!;
  expect(sum.done).toBe(true);
  expect(project.objects.read(sum.key)?.value).toEqual({ count: 3 });
  expect((await project.verify()).damage).toEqual([]);
});

test('several runners share threads and memory; what runs alone has all', async () => {
  const seen: RunProgress[] = [];
  const memoryBytes = 2.5 * 2 ** 30;
  await run({}, { threads: 3, memoryBytes, onProgress: (progress) => seen.push(progress) });
  const tasks = lines().map((line) => line.split(' '));
  expect(new Set(tasks.map(([, , pid]) => pid)).size).toBe(2);
  const shares = tasks.map(([, , , threads, memory]) => [Number(threads), Number(memory)]);
  expect(shares.slice(0, 2)).toEqual([
    [2, memoryBytes / 2 - OWN],
    [2, memoryBytes / 2 - OWN],
  ]);
  expect(shares.at(-1)).toEqual([3, memoryBytes - OWN]);
  expect(ran().indexOf('measure 0')).toBeLessThan(ran().findIndex((task) => task.startsWith('compare')));
  expect(ran().at(-1)).toBe('sum -1');
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
});

test('less memory than any run takes is refused at once, with what it takes', async () => {
  for (const memoryBytes of [2 ** 20, OWN]) {
    const failure = await run({}, { memoryBytes }).catch((error: unknown) => error);
    expect(isFailure(failure) && failure.code).toBe('resources');
    expect(String(failure)).toMatch(
      /takes at least 288 MiB .* and (1|256) MiB are allowed\. Give --memory 288MiB or more/,
    );
  }
  expect(lines()).toEqual([]);
  expect(await run({}, { memoryBytes: 288 * 2 ** 20 })).toEqual({ computed: 7, stored: 0 });
});

test('a step that fails ends those beside it', async () => {
  const asked = run({ denoise: { gaussianSigma: 13 } }, { threads: 2, memoryBytes: 2 ** 32 });
  const failure = await asked.catch((error: unknown) => error);
  expect(isFailure(failure) && failure.code).toBe('input');
  expect(ran()).toContain('compare 2');
  expect(leftovers()).toEqual([]);
  for (const line of lines()) expect(() => process.kill(Number(line.split(' ')[2]), 0)).toThrow();
  expect(project.plannedResults().filter(({ done }) => done).length).toBeGreaterThanOrEqual(3);
});

test('what its share of memory is not enough for runs again alone', async () => {
  const asked = { denoise: { gaussianSigma: 14 } };
  expect(await run(asked, { threads: 2, memoryBytes: 2 ** 32 })).toEqual({ computed: 7, stored: 0 });
  const shares = lines()
    .filter((line) => line.startsWith('compare'))
    .map((line) => Number(line.split(' ')[4]));
  expect(shares.slice(-3)).toEqual(Array(3).fill(2 ** 32 - OWN));
  expect(shares[0]).toBe(2 ** 31 - OWN);
});

test('only what changed is computed again', async () => {
  await run();
  expect(await run({ denoise: { gaussianSigma: 2 } })).toEqual({ computed: 4, stored: 3 });
  expect(await run({})).toEqual({ computed: 0, stored: 7 });
  writeFileSync(join(folder, 'scan_2.raw'), Buffer.alloc(24, 9));
  expect(await project.refreshScans(async ({ source }) => ({ source, originals: null }))).toEqual(['scan_2']);
  expect(await run({})).toEqual({ computed: 3, stored: 4 });
  expect(ran().slice(-3)).toEqual(['measure 2', 'compare 2', 'sum -1']);
});

test('until stops after a step', async () => {
  expect(await run({}, { until: 'measure' })).toEqual({ computed: 3, stored: 0 });
  expect(await run()).toEqual({ computed: 4, stored: 3 });
});

test('a runner that is killed costs the current step and is started again', async () => {
  const notices: string[] = [];
  const summary = await run({ denoise: { gaussianSigma: 9 } }, { onNotice: (line) => notices.push(line) });
  expect(summary).toEqual({ computed: 7, stored: 0 });
  expect(ran().filter((line) => line === 'compare 1')).toHaveLength(2);
  expect(ran().filter((line) => line === 'measure 0')).toHaveLength(1);
  expect(notices).toEqual(['the process of the step compare of scan 1 ended with SIGKILL; it is started once more']);
  expect(leftovers()).toEqual([]);
});

test('a step that ends its process twice ends the run; the next run goes on', async () => {
  const failure = await run({ denoise: { gaussianSigma: 8 } }).catch((error: unknown) => error);
  expect(isFailure(failure) && failure.code).toBe('resources');
  expect((failure as Error).message).toContain('its process was killed, most likely for want of memory');
  expect(leftovers()).toEqual([]);
  expect(await run({ denoise: { gaussianSigma: 2 } })).toEqual({ computed: 4, stored: 3 });
});

test.each([
  [10, 'input', /^Cannot compare \(.*scan_1\.raw\): it is too dark\.$/],
  [
    11,
    'internal',
    /^Cannot finish the step compare of scan_1 \(.*\): the step compare reads the voxels of scan 1 without saying so\.$/,
  ],
  [12, 'internal', /the result of compare\.difference is NaN\.$/],
])('what a step throws ends the run (%i)', async (sigma, code, message) => {
  const failure = await run({ denoise: { gaussianSigma: sigma } }).catch((error: unknown) => error);
  expect(isFailure(failure) && failure.code).toBe(code);
  expect((failure as Error).message).toMatch(message);
  expect(leftovers()).toEqual([]);
});

test('a cancelled run leaves nothing half and keeps what was done', async () => {
  const stop = new AbortController();
  const running = run(
    { denoise: { gaussianSigma: 7 } },
    {
      signal: stop.signal,
      onProgress: ({ title, task }) => title === 'Comparing scan_1' && task === 5 && stop.abort(),
    },
  );
  const failure = await running.catch((error: unknown) => error);
  expect(isFailure(failure) && failure.code).toBe('cancelled');
  expect(leftovers()).toEqual([]);
  const runner = Number(lines()[0]!.split(' ')[2]);
  expect(() => process.kill(runner, 0)).toThrow();
  expect(await run({ denoise: { gaussianSigma: 2 } })).toEqual({ computed: 4, stored: 3 });
});

test('a damaged result is computed again', async () => {
  await run();
  const measure = project.plannedResults().find(({ step, scan }) => step === 'measure' && scan === 1)!;
  writeFileSync(join(project.objects.directoryOf(measure.key), 'result.json'), '{"bytes":17}');
  expect(await run()).toEqual({ computed: 1, stored: 6 });
  expect((await project.verify()).damage).toEqual([]);
});

test('damage that verify found is computed again by the next run', async () => {
  await run();
  const measure = project.plannedResults().find(({ step, scan }) => step === 'measure' && scan === 1)!;
  const note = join(project.objects.directoryOf(measure.key), 'note.txt');
  const bytes = readFileSync(note);
  bytes[3]! ^= 1;
  writeFileSync(note, bytes);
  expect(await run()).toEqual({ computed: 0, stored: 7 });
  expect((await project.verify()).damage.map(({ path }) => path)).toEqual([note]);
  expect(await run()).toEqual({ computed: 1, stored: 6 });
  expect((await project.verify()).damage).toEqual([]);
  expect(await run()).toEqual({ computed: 0, stored: 7 });
});

test('what is damaged is never used: it is computed again before what needs it', async () => {
  await run();
  const measure = project.plannedResults().find(({ step, scan }) => step === 'measure' && scan === 1)!;
  const note = join(project.objects.directoryOf(measure.key), 'note.txt');
  const whole = readFileSync(note);
  writeFileSync(note, Buffer.from(whole).fill(whole[3]! ^ 1, 3, 4));
  const notices: string[] = [];
  const changed = { denoise: { gaussianSigma: 2 } };
  expect(await run(changed, { onNotice: (line) => notices.push(line) })).toEqual({ computed: 5, stored: 2 });
  expect(notices).toEqual([`${note} is damaged (it does not match its checksum); it is computed again`]);
  expect(readFileSync(note)).toEqual(whole);
  expect((await project.verify()).damage).toEqual([]);
});

/** Something happens while the second scan is measured; it is done once. */
function whileMeasuring(act: () => void): Partial<RunOptions> {
  let done = false;
  return {
    onProgress: ({ title }) => {
      if (done || title !== 'Measuring scan_1') return;
      done = true;
      act();
    },
  };
}

test('a scan that changes in the middle of a run does not pass for what it was', async () => {
  const path = join(folder, 'scan_1.raw');
  const overwrite = whileMeasuring(() => writeFileSync(path, Buffer.alloc(16, 99)));
  await expect(run({}, overwrite)).rejects.toThrow(
    `Cannot finish the step measure of scan_1 (${path}): the file was changed while the project was run. Run it again`,
  );
  expect(project.plannedResults().filter(({ done }) => done)).toMatchObject([{ step: 'measure', scan: 0 }]);
});

test('a project that is renamed in the middle of a run is not made again at its old place', async () => {
  const there = join(folder, 'other.tomolapse');
  const rename = whileMeasuring(() => renameSync(project.directory, there));
  await expect(run({}, rename)).rejects.toThrow(/cell\.tomolapse\): its folder was renamed, moved or removed/);
  project.close();
  expect(existsSync(project.directory)).toBe(false);
  project = new Project(there, { command: 'run', writes: true });
  expect(await run()).toEqual({ computed: 6, stored: 1 });
  expect((await project.verify()).damage).toEqual([]);
});

test.skipIf(!existsSync('/proc/self/oom_score_adj'))(
  'where memory runs out, a runner goes before its parent',
  async () => {
    const eagerness = (pid: string) => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));
    let runner = 0;
    await run(
      {},
      { onProgress: ({ title }) => title === 'Comparing scan_0' && (runner = eagerness(lines()[0]!.split(' ')[2]!)) },
    );
    expect(runner).toBeGreaterThan(eagerness('self'));
  },
);

test('a runner that ends between two tasks is started again', async () => {
  const remove = project.objects.remove.bind(project.objects);
  let ended = false;
  // Called before each task; once one was done nobody works.
  project.objects.remove = async (key) => {
    if (!ended && lines().length > 0) {
      ended = true;
      process.kill(Number(lines()[0]!.split(' ')[2]), 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await remove(key);
  };
  expect(await run()).toEqual({ computed: 7, stored: 0 });
  expect(new Set(lines().map((line) => line.split(' ')[2])).size).toBe(2);
});
