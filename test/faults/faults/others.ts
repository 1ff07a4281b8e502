import { readdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serveApp } from '../app.ts';
import type { Fault } from '../faults.ts';
import { copy, lastLine, notSaid } from '../place.ts';
import { ending, killGroup } from '../trial.ts';

const twoRuns: Fault = {
  name: 'two runs of a project at once',
  async happen(place) {
    const { project } = await place.project();
    const first = place.trial.begin(['run', project]);
    const ended = ending(first, { limitMs: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, 0.4 * place.seconds * 1000));
    const second = await place.call(['run', project, '--json']);
    const wrong = notSaid(second, 1, new RegExp(`"tomolapse run" \\(process ${first.pid} .*has it open`));
    wrong.push(...notSaid(await place.call(['results', project, '--json']), 1, /has it open/));
    const { status, stderr } = await ended;
    if (status !== 0) wrong.push(`the first ends with ${status}: ${lastLine(stderr)}`);
    wrong.push(...(await place.isWhole(project)), ...place.tidy(project));
    return { said: lastLine(second.stderr), wrong };
  },
};

const manyRuns: Fault = {
  name: 'six runs and six results begun in one moment',
  async happen(place) {
    const { project } = await place.project();
    const runs = await Promise.all(Array.from({ length: 6 }, () => place.call(['run', project, '--json'])));
    const done = runs.filter(({ status }) => status === 0);
    const wrong = runs.filter(({ status }) => status !== 0).flatMap((outcome) => notSaid(outcome, 1, /has it open/));
    if (done.length === 0) wrong.push('nobody ran it');
    const read = await Promise.all(Array.from({ length: 6 }, () => place.call(['results', project, '--json'])));
    for (const { status, stderr } of read) if (status !== 0) wrong.push(`results: ${lastLine(stderr)}`);
    wrong.push(...(await place.isWhole(project)), ...place.tidy(project));
    return { said: `${done.length} ran, ${6 - done.length} were told who has it`, wrong };
  },
};

const twoCreates: Fault = {
  name: 'a project is created twice in one moment',
  async happen(place) {
    const project = join(place.folder(), 'cell.tomolapse');
    const both = await Promise.all(
      [1, 2].map(() => place.call(['create', project, ...place.packed.sources, '--json'])),
    );
    const lost = both.filter(({ status }) => status !== 0);
    const wrong = lost.flatMap((outcome) => notSaid(outcome, 3, /exists already/));
    if (lost.length > 1) wrong.push('nobody made it');
    wrong.push(...((await place.call(['run', project])).status === 0 ? [] : ['it does not run']));
    wrong.push(
      ...readdirSync(dirname(project))
        .filter((name) => name !== 'cell.tomolapse')
        .map((name) => `${name} is left behind`),
    );
    return { said: lastLine(lost[0]?.stderr ?? 'both end as ever'), wrong };
  },
};

const twoExports: Fault = {
  name: 'a project is exported twice into one folder in one moment',
  async happen(place) {
    const out = join(place.folder(), 'out');
    const args = ['export', place.done, '--tables', '--volumes', '--out', out, '--json'];
    const both = await Promise.all([1, 2].map(() => place.call(args)));
    const wrong = both.flatMap((outcome) => (outcome.status === 0 ? [] : notSaid(outcome, 1, /written|has it open/)));
    if (both.every(({ status }) => status !== 0)) wrong.push('nobody wrote it');
    const again = await place.call(args);
    if (again.status !== 0) wrong.push(lastLine(again.stderr));
    wrong.push(
      ...readdirSync(out, { recursive: true, encoding: 'utf8' })
        .filter((path) => /(^|\/)\./.test(path))
        .map((path) => `${path} is left behind`),
    );
    return { said: both.map(({ status, stderr }) => (status === 0 ? 'done' : lastLine(stderr))).join(' | '), wrong };
  },
};

const openInApp: Fault = {
  name: 'a run while the app has the project open',
  async happen(place) {
    const { project } = await place.project();
    const { host } = await serveApp(place.trial, project);
    const ended = ending(host, { limitMs: 60_000 });
    const run = await place.call(['run', project, '--json']);
    const wrong = notSaid(run, 1, /"tomolapse serve" \(process \d+ .*has it open/);
    for (const command of ['results', 'verify']) {
      const { status, stderr } = await place.call([command, project]);
      if (status !== 0) wrong.push(`${command}: ${lastLine(stderr)}`);
    }
    killGroup(host, 'SIGKILL');
    await ended;
    wrong.push(...(await place.goesOn(project)));
    return { said: lastLine(run.stderr), wrong };
  },
};

const appKilled: Fault = {
  name: 'the app is killed in a run that it began',
  async happen(place) {
    const { project } = await place.project();
    const { host, ask } = await serveApp(place.trial, project);
    const ended = ending(host, { limitMs: 60_000 });
    const { status } = await ask('run', { until: null });
    const wrong = status === 200 ? [] : [`the run is answered with ${status}`];
    await new Promise((resolve) => setTimeout(resolve, 0.5 * place.seconds * 1000));
    // The host alone: what it began has to end with it.
    host.kill('SIGKILL');
    await ended;
    const left = await place.trial.processes();
    if (left.length > 0) wrong.push(`processes ${left.join(', ')} live on`);
    return { said: 'what it began ends with it', wrong: [...wrong, ...(await place.goesOn(project))] };
  },
};

const appLosesScan: Fault = {
  name: 'a scan that the app shows is cut short and removed',
  async happen(place) {
    const { project, scans } = await place.project({ own: true });
    const { host, ask, get } = await serveApp(place.trial, project);
    const ended = ending(host, { limitMs: 60_000 });
    const wrong: string[] = [];
    const slice = '/api/voxels/0/grey/0/slice/z/90';
    const line = { scan: 0, layer: 'grey', from: [90, 0, 0], to: [90, 100, 100], count: 50 };
    const whole = [await get(slice), (await ask('profile', line)).status];
    if (whole.join() !== '200,200') wrong.push(`before: ${whole.join()}`);
    const said: string[] = [];
    for (const [what, act] of [
      ['cut short', () => truncateSync(scans[0]!, 5000)],
      ['removed', () => rmSync(scans[0]!)],
    ] as const) {
      act();
      const { status, answer } = await ask('profile', line);
      const bytes = await get('/api/voxels/0/grey/0/slice/z/91');
      said.push(`${what}: ${status}, ${bytes}`);
      if (status === 500 && !(answer['error'] as { message?: string } | undefined)?.message)
        wrong.push(`${what}: no reason`);
      const { status: alive } = await ask('state');
      if (alive !== 200) wrong.push(`${what}: the app does not answer any more`);
    }
    copy(place.plain.scans[0]!, scans[0]!);
    host.kill('SIGTERM');
    const { status } = await ended;
    if (status !== 0) wrong.push(`the app ends with ${status}`);
    return { said: said.join('; '), wrong: [...wrong, ...(await place.goesOn(project))] };
  },
};

/** Something happens to the project itself in the middle of a run. */
function duringRun(name: string, act: (project: string) => void, line: RegExp): Fault[] {
  return [0.2, 0.5].map((part) => ({
    name: `${name} at ${part * 100} % of a run`,
    async happen(place) {
      const { project } = await place.project();
      const child = place.trial.begin(['run', project, '--json']);
      const ended = ending(child, { limitMs: 60_000 });
      await new Promise((resolve) => setTimeout(resolve, part * place.seconds * 1000));
      act(project);
      const outcome = await ended;
      const wrong = outcome.status === 0 ? [] : notSaid(outcome, 3, line);
      wrong.push(...(await place.goesOn(project)));
      return { said: outcome.status === 0 ? 'the run ends as ever' : lastLine(outcome.stderr), wrong };
    },
  }));
}

/** The largest stored file is cut to a third. */
function cutResult(project: string): void {
  const objects = join(project, 'objects');
  const [first] = readdirSync(objects, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /zarr.*\/c\//.test(path) && !path.startsWith('.incoming'),
  );
  if (first) truncateSync(join(objects, first), 1000);
}

const removed: Fault = {
  name: 'all stored results are removed between two runs',
  async happen(place) {
    const project = join(place.folder(), 'cell.tomolapse');
    copy(place.done, project);
    rmSync(join(project, 'objects'), { recursive: true });
    const results = await place.call(['results', project, '--json']);
    const wrong = results.status === 0 ? [] : notSaid(results, 3, /./);
    return { said: 'they are computed again', wrong: [...wrong, ...(await place.goesOn(project))] };
  },
};

export const others: Fault[] = [
  twoRuns,
  manyRuns,
  twoCreates,
  twoExports,
  openInApp,
  appKilled,
  appLosesScan,
  ...duringRun(
    'stored results are removed',
    (project) => rmSync(join(project, 'objects'), { recursive: true, force: true }),
    /gone|missing|no such/,
  ),
  ...duringRun('a stored volume is cut short', cutResult, /damaged|shorter|changed|missing/),
  ...duringRun(
    'objects are renamed',
    (project) => renameSync(join(project, 'objects'), join(project, 'exports', 'objects')),
    /gone|missing|no such/,
  ),
  removed,
];
