import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject } from '../../store/create_project.ts';
import { Project } from '../../store/project.ts';
import { gatherSeries } from './gather.ts';
import { scriptOf } from './script.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const silent = { signal: new AbortController().signal, notice: () => undefined, progress: () => undefined };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-script-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function within<T>(path: string, act: (project: Project) => T | Promise<T>): Promise<T> {
  const project = new Project(path, { command: 'test', writes: true });
  try {
    return await act(project);
  } finally {
    project.close();
  }
}

test('the script makes the same project again: scans, times, log, areas, recipe', async () => {
  const scans = join(folder, "the scans' folder");
  mkdirSync(scans);
  for (const scan of [0, 1]) writeFileSync(join(scans, `s${scan}.raw`), Buffer.alloc(8 * 9 * 10, scan + 1));
  writeFileSync(join(folder, 'times.csv'), 'file,start_h,end_h\ns0.raw,0.5,0.75\ns1.raw,2,2.25\n');
  writeFileSync(join(folder, 'log.csv'), 'time_h,voltage_V,current_mA\n0,0.1,0\n1,0.2,3\n2,0.1,3\n');
  const path = join(folder, 'cell.tomolapse');
  const sources = {
    paths: [scans],
    hints: {
      shape: [8, 9, 10] as [number, number, number],
      type: 'uint8' as const,
      voxelSizeUm: [2, 1.5, 1.5] as [number, number, number],
    },
    timesPath: join(folder, 'times.csv'),
    intervalH: null,
    cyclingPath: join(folder, 'log.csv'),
    platingSign: 'positive' as const,
    workingAreaMm2: 7.07,
    counterAreaMm2: null,
  };
  await createProject(path, (objects) => gatherSeries(sources, objects, silent));
  const recipe = { lvf: { clip: true, medianRadius: 3 }, scans: { '1': { exclude: true, reason: "the beam's dump" } } };
  const { script, series } = await within(path, async (project) => {
    project.setRecipe(recipe);
    return { script: await scriptOf(project), series: project.series() };
  });
  expect(script).toContain('--plating-sign positive');
  expect(script).not.toContain('medianRadius');

  // Its commands are run, but for the analysis.
  const again = join(folder, 'again');
  const bin = join(folder, 'bin');
  mkdirSync(again);
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'tomolapse'),
    `#!/bin/sh\ncase $1 in create) exec '${join(ROOT, 'bin', 'tomolapse')}' "$@";; esac\n`,
    { mode: 0o755 },
  );
  writeFileSync(join(again, 'make.sh'), script);
  execFileSync('sh', ['make.sh'], {
    cwd: again,
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    stdio: 'pipe',
  });
  const made = await within(join(again, 'cell.tomolapse'), (project) => project.series());
  expect(made).toEqual(series);
  expect(JSON.parse(readFileSync(join(again, 'recipe.json'), 'utf8'))).toEqual({
    lvf: { clip: true },
    scans: recipe.scans,
  });
}, 30_000);

test('the project’s own figures and movies are in the script, each with what it is written down as', async () => {
  const scan = join(folder, 'a.raw');
  writeFileSync(scan, Buffer.alloc(8 * 9 * 10));
  const path = join(folder, 'cell.tomolapse');
  const hints = { shape: [8, 9, 10] as [number, number, number], type: 'uint8' as const };
  const sources = {
    paths: [scan],
    hints: { ...hints, voxelSizeUm: [1, 1, 1] as [number, number, number] },
    timesPath: null,
    intervalH: null,
    cyclingPath: null,
    platingSign: 'negative' as const,
    workingAreaMm2: null,
    counterAreaMm2: null,
  };
  await createProject(path, (objects) => gatherSeries(sources, objects, silent));
  const panel = { kind: 'histogram', id: 'h', rect: [0, 0, 1, 1] };
  const board = (project: number) => ({
    version: 1,
    shots: [{ seconds: 5, time: { kind: 'hold', at: 'start' }, panels: [{ ...panel, project }] }],
  });
  const script = await within(path, async (project) => {
    project.setStoryboards({ "the beam's / talk": board(0), two: board(1) });
    project.setFigures({ mine: { version: 1, rows: [[{ kind: 'efficiency' }]] } });
    return await scriptOf(project);
  });
  const commands = script.split('\n').filter((line) => /tomolapse (movie|export)/.test(line));
  expect(commands).toEqual([
    'tomolapse export cell.tomolapse --out cell --tables --figures',
    'tomolapse export cell.tomolapse --out cell --figures --figure mine.figure.json',
    'tomolapse movie cell.tomolapse --storyboard the-beam-s-talk.storyboard.json --out cell/the-beam-s-talk.mp4',
    '# Of two cells: tomolapse movie cell.tomolapse --storyboard two.storyboard.json --out cell/two.mp4 --with OTHER.tomolapse',
  ]);
  // What is written before the movie is the storyboard itself.
  const text = /cat > the-beam-s-talk\.storyboard\.json <<'END'\n([\s\S]*?)\nEND/.exec(script)![1]!;
  expect(JSON.parse(text)).toEqual(board(0));
});
