/** One small series, analysed over and over: same numbers whatever happens, nothing computed twice. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorSchema } from '../../src/contract/errors.ts';
import type { Truth } from '../../src/phantom/truth.ts';
import { Project } from '../../src/store/project.ts';
import { answer, createCall, MAIN, makeProject, tomolapse } from './series.ts';

/** On two busy cores. */
const SLOW = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-runs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PLAIN = 'cell.tomolapse';
let truth: Truth;
/** What `results --json` prints of the series, computed with two threads without a break. */
let expected: string;
let total: number;

interface Summary {
  computed: number;
  stored: number;
}

const run = (project: string, ...more: string[]) => answer<Summary>(['run', project, ...more], folder);
const printed = (project: string) => tomolapse(['results', project, '--json'], folder).stdout;

/** Another project over the same scans. */
function another(name: string): string {
  const { working, counter } = truth.electrodes;
  answer(createCall(truth, name, working.areaMm2, counter.areaMm2), folder);
  return name;
}

/** Keys of the results that a recipe asks for, by step and scan. */
function plan(name: string): Map<string, string> {
  const project = new Project(join(folder, name), { command: 'test', writes: false });
  try {
    return new Map(project.plannedResults().map(({ step, scan, key }) => [`${step} ${scan}`, key]));
  } finally {
    project.close();
  }
}

/** Every file of a project's results, with its bytes; manifests, which tell times, left out. */
function stored(name: string): Map<string, Buffer> {
  const objects = join(folder, name, 'objects');
  const files = readdirSync(objects, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(objects, path)).isFile() && !path.endsWith('manifest.json'))
    .toSorted();
  return new Map(files.map((path) => [path, readFileSync(join(objects, path))]));
}

beforeAll(async () => {
  truth = await makeProject(folder, { seed: 8, scans: 3, format: 'raw', noise: 'low' });
  const summary = run(PLAIN, '--threads', '2');
  total = summary.computed;
  expected = printed(PLAIN);
}, SLOW);

test('one thread and two give the same bytes', { timeout: SLOW }, () => {
  const single = another('single.tomolapse');
  expect(run(single, '--threads', '1', '--memory', '300MiB')).toMatchObject({ computed: total, stored: 0 });
  expect(printed(single)).toBe(expected);
  const [one, two] = [stored(single), stored(PLAIN)];
  expect([...one.keys()]).toEqual([...two.keys()]);
  expect(one.size).toBeGreaterThan(total);
  for (const [path, bytes] of one) expect([path, bytes.equals(two.get(path)!)]).toEqual([path, true]);
});

describe('killed', () => {
  /** The next line on stderr that contains `text`. */
  const said = (child: ChildProcess, text: string) =>
    new Promise<void>((resolve, reject) => {
      let heard = '';
      child.stderr!.on('data', (part: Buffer) => {
        heard += part;
        if (heard.includes(text)) resolve();
      });
      child.once('exit', () => reject(new Error(`it ended before it said "${text}": ${heard}`)));
    });
  const childrenOf = (pid: number) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const alive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };
  const gone = async (pid: number) => {
    for (let i = 0; i < 200 && alive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    return !alive(pid);
  };

  test('in the middle, runner and command, it goes on to the same numbers', { timeout: SLOW }, async () => {
    const project = another('killed.tomolapse');
    const command = spawn(process.execPath, [MAIN, 'run', project, '--threads', '2'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await said(command, 'Registering');
    const [first] = childrenOf(command.pid!);
    process.kill(first!, 'SIGKILL');
    await said(command, 'it is started once more');
    await said(command, 'Finding cracks');
    const runners = childrenOf(command.pid!);
    expect(runners).not.toContain(first);
    command.kill('SIGKILL');
    await new Promise((resolve) => command.once('exit', resolve));
    for (const runner of runners) expect(await gone(runner)).toBe(true);

    const before = [...stored(project).keys()].filter((path) => /^..\/[\da-f]{64}\//.test(path));
    const keys = new Set(before.map((path) => path.slice(3, 67)));
    expect(keys.size).toBeGreaterThan(3);
    expect(keys.size).toBeLessThan(total - 3);
    const written = before.map((path) => statSync(join(folder, project, 'objects', path)).mtimeMs);
    expect(run(project, '--threads', '2')).toMatchObject({ computed: total - keys.size, stored: keys.size });
    expect(before.map((path) => statSync(join(folder, project, 'objects', path)).mtimeMs)).toEqual(written);
    expect(printed(project)).toBe(expected);
    expect(readdirSync(join(folder, project, 'objects')).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(tomolapse(['verify', project], folder).status).toBe(0);
  });
});

describe('a changed recipe', () => {
  const recipe = (document: object) => {
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify(document));
    return ['--recipe', 'recipe.json'];
  };
  const steps = (keys: Iterable<string>) => [...new Set([...keys].map((name) => name.split(' ')[0]!))].toSorted();

  test('computes what depends on it, and nothing else', { timeout: SLOW }, () => {
    const before = plan(PLAIN);
    expect(run(PLAIN)).toMatchObject({ computed: 0, stored: total });

    const rims = run(PLAIN, ...recipe({ phases: { crack: { minVoxels: 60 } } }));
    const changed = [...plan(PLAIN)].filter(([name, key]) => before.get(name) !== key).map(([name]) => name);
    expect(steps(changed)).toEqual(['cracks', 'cycles', 'phases', 'pyramid', 'thickness', 'track']);
    expect(rims).toMatchObject({ computed: changed.length, stored: total - changed.length });

    expect(run(PLAIN, ...recipe({ electrodes: { working: { areaMm2: 0.05 } } }))).toMatchObject({ computed: 1 });
    const left = run(PLAIN, ...recipe({ scans: { '1': { exclude: true, reason: 'beam dump' } } }));
    expect(left.computed).toBe(2);
    const { scans } = answer<{ scans: { thickness: unknown; notes: string[] }[] }>(['results', PLAIN], folder);
    expect(scans[1]).toMatchObject({ thickness: null, registration: null, notes: ['excluded: beam dump'] });

    expect(run(PLAIN, ...recipe({}))).toMatchObject({ computed: 0, stored: total });
    expect(printed(PLAIN)).toBe(expected);
  });

  test.each([
    [
      'an unknown field',
      { lvf: { medianRadus: 2 } },
      'lvf.medianRadus): there is no field of the name medianRadus. Did you mean medianRadius?',
    ],
    [
      'a region outside the volume',
      { regions: { collector: { kind: 'box', min: [0, 0, 0], max: [10, 144, 145] } } },
      'regions.collector): the box is outside the volume (z, y, x: 96 × 144 × 144 voxels)',
    ],
    ['a scan that there is not', { scans: { '3': { exclude: true } } }, 'scans.3): the series has scans 0 to 2'],
    ['a reference that is excluded', { scans: { '0': { exclude: true } } }, 'reference): scan 0 is excluded'],
  ])('with %s is refused on one line, and nothing changes', (_, document, line) => {
    const before = plan(PLAIN);
    expectRefusal(['run', PLAIN, ...recipe(document)], line);
    expect(plan(PLAIN)).toEqual(before);
    expect(run(PLAIN)).toMatchObject({ computed: 0, stored: total });
    expect(printed(PLAIN)).toBe(expected);
  });

  test('that is not there is refused', () => {
    expectRefusal(['run', PLAIN, '--recipe', 'none.json'], 'none.json): there is no such file');
  });
});

/** Ends with 3, one line on stderr, the same in JSON, and leaves the folder as it was. */
function expectRefusal(args: string[], line: string): void {
  const before = readdirSync(folder).toSorted();
  const { status, stdout, stderr } = tomolapse([...args, '--json'], folder);
  expect([status, stderr]).toEqual([3, expect.stringContaining(line)]);
  const lines = stderr.split('\n').filter((each) => each.startsWith('error: '));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(line);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(errorSchema.parse(JSON.parse(stdout)).error).toMatchObject({ code: 'input', message: lines[0]!.slice(7) });
  expect(readdirSync(folder).toSorted()).toEqual(before);
}

describe('a scan that cannot be read', () => {
  test('is refused by create', () => {
    expectRefusal(
      ['create', 'bad.tomolapse', '--scans', 'scans/none.tif', '--voxel-size', '1um'],
      'none.tif): there is no such file',
    );
    const short = join(folder, 'scans', 'short_144x144x96_u16.raw');
    cpSync(join(folder, 'scans', truth.scans[0]!.file), short);
    truncateSync(short, 100_000);
    expectRefusal(
      ['create', 'bad.tomolapse', '--scans', 'scans/short_144x144x96_u16.raw', '--voxel-size', '1um'],
      'the file has 100,000 bytes',
    );
    rmSync(short);
  });
});

test('verify finds one flipped bit in a volume, in a result and in a table, and names the file', {
  timeout: SLOW,
}, () => {
  const kept = stored(PLAIN);
  const sizes = [...kept].toSorted((a, b) => b[1].length - a[1].length);
  const chosen = [
    sizes.find(([path]) => path.includes('.zarr/'))![0],
    sizes.find(([path]) => path.endsWith('result.json'))![0],
    sizes.find(([path]) => path.endsWith('working.f32'))![0],
  ];
  for (const path of chosen) {
    const file = join(folder, PLAIN, 'objects', path);
    const spoilt = Buffer.from(kept.get(path)!);
    spoilt[Math.floor(spoilt.length / 2)]! ^= 0x10;
    writeFileSync(file, spoilt);
    const { status, stdout, stderr } = tomolapse(['verify', PLAIN, '--json'], folder);
    expect([path, status]).toEqual([path, 3]);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      damage: [{ path: expect.stringContaining(path.slice(3, 67)) }],
    });
    expect(stderr).toMatch(/^error: The project is damaged \(.*\n$/);
    writeFileSync(file, kept.get(path)!);
  }
  expect(tomolapse(['verify', PLAIN], folder).status).toBe(0);
});
