import { type ChildProcess, fork } from 'node:child_process';
import { asFailure, Failure, isFailure } from '../../core/failure.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { Series } from '../../core/series.ts';
import type { StepDefinition } from '../../core/step.ts';
import { note, reportCrash } from '../../log/index.ts';
import type { FileState } from '../../store/fingerprint.ts';
import type { Project } from '../../store/project.ts';
import { Agenda } from './agenda.ts';
import { planTasks, type Task } from './plan.ts';
import { type FromRunner, failureOf, type Share, type Start, type ToRunner } from './protocol.ts';

/** A task that ends its runner this often is given up. */
const ATTEMPTS = 2;
/** Runners work side by side, as steps of different scans seldom need each other; each has at least this for itself. */
const RUNNER_BYTES = 2 ** 30;
const MOST_RUNNERS = 8;
/** Threads for each core of a runner's part: what its neighbours leave idle between their threaded parts is used as well. */
const THREADS_OF_PART = 2;
/** What a runner takes before it holds a voxel, and its part of the command's. */
const OWN_BYTES = 256 * 2 ** 20;
/** The least that steps work with. */
const LEAST_BYTES = 32 * 2 ** 20;
/**
 * Where there is much memory: else the heap, small as it is, is searched through each time that 64 MB of voxels have come
 * and gone; so it is not before what a runner takes for itself is used up.
 */
const MUCH_BYTES = 2 ** 32;
const COLLECT_SELDOM = [
  '--external-memory-accounted-in-global-limit',
  '--single-threaded-gc',
  `--initial-heap-size=${OWN_BYTES / 2 ** 20}`,
];
/** Time a cancelled step has to end by itself. */
const GRACE_MS = 1000;

export interface RunOptions {
  /** URL of a module that exports `steps`. */
  registry: string;
  /** Script and arguments that make a process a step runner. */
  runner: { script: string; args: string[]; node?: string };
  engine: string;
  software: string;
  threads: number;
  memoryBytes: number;
  until?: string;
  /** Brings damaged voxels of scans in again. */
  mendScans?(): Promise<unknown>;
  signal: AbortSignal;
  onProgress?(progress: RunProgress): void;
  onNotice?(line: string): void;
}

export interface RunProgress {
  /** Of the whole run, 0 to 1, stored results left out. */
  fraction: number;
  /** What runs now, of several the one that began first: "Registering scan_003"; empty at the end. */
  title: string;
  /** Number of tasks done and the one that runs now, and how many there are. */
  task: number;
  tasks: number;
  secondsLeft: number | null;
}

export interface RunSummary {
  /** Tasks computed now, and those whose results were stored already. */
  computed: number;
  stored: number;
}

/**
 * Runs a project's recipe: what is stored is not computed again, the rest goes through a few runners, a task at a time each.
 * Each finished task is kept whatever happens to others. Throws a Failure: what a step throws; `cancelled`; `resources` for
 * less memory than any run takes, and that or `internal` when a step ends its process twice.
 */
export async function runProject(project: Project, recipe: Recipe, options: RunOptions): Promise<RunSummary> {
  if (options.memoryBytes < OWN_BYTES + LEAST_BYTES) throw tooLittleMemory(project.directory, options.memoryBytes);
  const { steps } = (await import(options.registry)) as { steps: StepDefinition[] };
  const series = project.series();
  await project.objects.sweep();
  const tasks = planTasks(steps, series, recipe, {
    engine: options.engine,
    ...(options.until === undefined ? {} : { until: options.until }),
  });
  const isStored = tasks.map(({ key }) => project.objects.has(key));
  await distrustInputs(project, series, tasks, isStored, options);
  project.setPlannedResults(
    tasks.map(({ step, scan, key }, i) => ({ step: step.name, scan, key, done: isStored[i]! })),
  );
  const todo = tasks.filter((_, i) => !isStored[i]);
  const summary = { computed: 0, stored: tasks.length - todo.length };
  if (todo.length === 0) return summary;

  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const { registry, engine, software } = options;
  const start: Start = { kind: 'start', registry, project: project.directory, series, engine, software };
  const fitting = Math.floor(options.memoryBytes / RUNNER_BYTES);
  const count = Math.max(1, Math.min(options.threads, MOST_RUNNERS, fitting, todo.length));
  const share = (of: number): Share => ({
    threads: Math.min(options.threads, THREADS_OF_PART * Math.max(1, Math.floor(options.threads / of))),
    memoryBytes: Math.floor(options.memoryBytes / of) - OWN_BYTES,
  });
  const each = share(count);
  const idle = Array.from({ length: count }, () => new Runner({ ...options, ...each, signal }, start));
  const runners = [...idle];
  const titleOf = ({ step, scan }: Task) => `${step.title}${scan < 0 ? '' : ` ${series.scans[scan]?.name}`}`;
  const agenda = new Agenda(todo);
  const clock = new Clock(todo);
  const tell = () => {
    const first = agenda.underWay[0];
    if (!first) return;
    options.onProgress?.({ ...clock.now(), title: titleOf(first), task: summary.computed + 1, tasks: todo.length });
  };
  /** What a share of the memory was not enough for. */
  const alone = new Set<Task>();
  const take = async (task: Task, runner: Runner, its: Share) => {
    project.checkPlace();
    const files = Object.keys(task.reads).flatMap((scan) => project.fileStates(series.scans[Number(scan)]!));
    // A damaged result of the same key would be in the way.
    await project.objects.remove(task.key);
    const told = (fraction: number) => {
      clock.reached(task, fraction);
      tell();
    };
    told(0);
    try {
      clock.finished(task, await runner.run(task, files, its, told, options.onNotice));
    } catch (error) {
      project.checkPlace();
      const tight = isFailure(error) && error.code === 'resources' && its.memoryBytes < share(1).memoryBytes;
      if (!tight || signal.aborted) throw error;
      alone.add(task);
      agenda.postpone(task);
      idle.push(runner);
      return;
    }
    project.checkPlace();
    project.setDone({ step: task.step.name, scan: task.scan, key: task.key, done: true });
    summary.computed++;
    agenda.done(task);
    idle.push(runner);
    tell();
  };
  try {
    const turns = new Set<Promise<void>>();
    let failure: unknown = null;
    for (;;) {
      const ready = signal.aborted ? [] : agenda.ready();
      if (ready.length === 0 && turns.size === 0) break;
      const open = ready.filter((task) => !alone.has(task));
      const next = open.length > 0 || turns.size > 0 ? open : ready.slice(0, 1);
      // What has nothing beside it may use everything.
      const its = share(next.length === 1 && turns.size === 0 ? 1 : runners.length);
      for (const task of next) {
        const runner = idle.pop();
        if (!runner) break;
        agenda.begin(task);
        const turn = take(task, runner, its)
          .catch((error: unknown) => {
            failure ??= error;
            stop.abort();
          })
          .finally(() => turns.delete(turn));
        turns.add(turn);
      }
      await Promise.race(turns);
    }
    if (failure) throw failure;
    if (signal.aborted) throw cancelled(project.directory);
    options.onProgress?.({ fraction: 1, title: '', task: todo.length, tasks: todo.length, secondsLeft: 0 });
    return summary;
  } finally {
    await Promise.all(runners.map((runner) => runner.end()));
    await project.objects.sweep();
  }
}

/**
 * What was stored before and is to be used now is looked at first, every byte of it where its files were changed since:
 * where it is damaged it is computed again, and so is what it needs itself.
 */
async function distrustInputs(
  project: Project,
  series: Series,
  tasks: readonly Task[],
  isStored: boolean[],
  { signal, mendScans, onProgress, onNotice }: RunOptions,
): Promise<void> {
  const at = new Map(tasks.map(({ key }, i) => [key, i]));
  const brought = (scan: string) => project.broughtIn(series.scans[Number(scan)]!);
  const inputsOf = ({ needs, reads }: Task) => [...Object.values(needs).flat(), ...Object.keys(reads).map(brought)];
  const looked = new Set<string>();
  const open = tasks.filter((_, i) => !isStored[i]);
  for (let task = open.pop(); task; task = open.pop())
    for (const key of inputsOf(task)) {
      const i = key === null ? undefined : at.get(key);
      if (key === null || looked.has(key) || (i !== undefined && !isStored[i])) continue;
      if (signal.aborted) throw cancelled(project.directory);
      looked.add(key);
      onProgress?.({ fraction: 0, title: 'Checking what is stored', task: 0, tasks: tasks.length, secondsLeft: null });
      const [damage] = await project.objects.recheck(key, signal);
      if (!damage) continue;
      project.objects.distrust(key);
      onNotice?.(`${damage.path} is damaged (${damage.why}); it is computed again`);
      if (i === undefined) await mendScans?.();
      else {
        isStored[i] = false;
        open.push(tasks[i]!);
      }
    }
}

/** The runner process, started at its first task and again after a crash. */
class Runner {
  readonly #options: RunOptions;
  readonly #start: Start;
  #child: ChildProcess | null = null;

  constructor(options: RunOptions, start: Start) {
    this.#options = options;
    this.#start = start;
  }

  /** Seconds the task took. */
  async run(
    task: Task,
    files: FileState[],
    share: Share,
    tell: (fraction: number) => void,
    notice?: (line: string) => void,
  ): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(task, files, share, tell);
      if (typeof outcome === 'number') return outcome;
      const name = `the step ${task.step.name}${task.scan < 0 ? '' : ` of scan ${task.scan}`}`;
      const facts = { step: task.step.name, scan: task.scan, attempt };
      // Memory that ran out is no fault of the program.
      if (outcome === 'SIGKILL') note('runner.killed', facts);
      else reportCrash(new Error(`the process of ${name} ended with ${outcome}`), facts, 'runner');
      if (attempt < ATTEMPTS) {
        notice?.(`the process of ${name} ended with ${outcome}; it is started once more`);
        continue;
      }
      const killed = outcome === 'SIGKILL';
      throw new Failure(killed ? 'resources' : 'internal', {
        what: `Cannot finish ${name}`,
        path: this.#start.project,
        why: killed ? 'its process was killed, most likely for want of memory' : `its process ended with ${outcome}`,
        whatToDo: killed ? 'Lower --memory or close other programs' : 'Run it again; if it stays, please report it',
      });
    }
  }

  /** Ends the process; resolves when it is gone. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Seconds the task took, or what ended the process in the middle of it. */
  async #attempt(
    task: Task,
    files: FileState[],
    share: Share,
    tell: (fraction: number) => void,
  ): Promise<number | string> {
    const { signal } = this.#options;
    if (signal.aborted) throw cancelled(this.#start.project);
    const child = this.#started();
    return await new Promise<number | string>((resolve, reject) => {
      let grace: NodeJS.Timeout | undefined;
      const settle = (act: () => void) => {
        clearTimeout(grace);
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('error', onError);
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const onMessage = (message: FromRunner) => {
        if (message.kind === 'progress') tell(message.fraction);
        else if (message.kind === 'done') settle(() => resolve(message.seconds));
        else settle(() => reject(signal.aborted ? cancelled(this.#start.project) : failureOf(message)));
      };
      const onExit = (code: number | null, killedBy: string | null) => {
        settle(() => (signal.aborted ? reject(cancelled(this.#start.project)) : resolve(killedBy ?? `code ${code}`)));
      };
      const onError = (error: Error) => {
        if (child.pid !== undefined) return;
        settle(() => reject(asFailure(error, `Cannot begin the step ${task.step.name}`, this.#start.project)));
      };
      const onAbort = () => {
        tellRunner(child, { kind: 'cancel' });
        grace = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.on('error', onError);
      signal.addEventListener('abort', onAbort);
      const { step, scan, key, params, needs, reads } = task;
      tellRunner(child, { kind: 'task', step: step.name, scan, key, params, needs, reads, files, ...share });
    });
  }

  #started(): ChildProcess {
    if (this.#child) return this.#child;
    const { script, args, node = process.execPath } = this.#options.runner;
    const execArgv = [...process.execArgv, ...(this.#options.memoryBytes >= MUCH_BYTES ? COLLECT_SELDOM : [])];
    const child = fork(script, args, {
      execPath: node,
      execArgv,
      stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
    });
    child.on('error', () => undefined);
    this.#child = child;
    // It may end between two tasks, and may not have begun at all.
    const gone = () => {
      if (this.#child === child) this.#child = null;
    };
    child.once('exit', gone);
    if (child.pid === undefined) child.once('error', gone);
    tellRunner(child, this.#start);
    return child;
  }
}

/** A message to a process that may just have ended: its `exit` tells that. */
function tellRunner(child: ChildProcess, message: ToRunner): void {
  if (child.connected) child.send(message, () => undefined);
}

/** How much is done and how long the rest takes: tasks count as much as others of their step took. */
class Clock {
  readonly #tasks: readonly Task[];
  /** Part of each task that is done. */
  readonly #reached = new Map<Task, number>();
  readonly #took = new Map<string, { seconds: number; count: number }>();
  readonly #began = performance.now();
  #furthest = 0;

  constructor(tasks: readonly Task[]) {
    this.#tasks = tasks;
  }

  reached(task: Task, fraction: number): void {
    this.#reached.set(task, fraction);
  }

  finished(task: Task, seconds: number): void {
    const { name } = task.step;
    const before = this.#took.get(name) ?? { seconds: 0, count: 0 };
    this.#took.set(name, { seconds: before.seconds + seconds, count: before.count + 1 });
    this.#reached.set(task, 1);
  }

  now(): { fraction: number; secondsLeft: number | null } {
    const all = [...this.#took.values()];
    const usual = all.reduce((sum, { seconds, count }) => sum + seconds / count, 0) / all.length;
    let total = 0;
    let done = 0;
    for (const task of this.#tasks) {
      const took = this.#took.get(task.step.name);
      const weight = took ? took.seconds / took.count : usual || 1;
      total += weight;
      done += weight * (this.#reached.get(task) ?? 0);
    }
    this.#furthest = Math.max(this.#furthest, total > 0 ? done / total : 0);
    const elapsed = (performance.now() - this.#began) / 1000;
    const share = this.#furthest;
    return { fraction: share, secondsLeft: share > 0.02 ? (elapsed / share) * (1 - share) : null };
  }
}

function tooLittleMemory(path: string, memoryBytes: number): Failure {
  const mib = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;
  const least = mib(OWN_BYTES + LEAST_BYTES);
  return new Failure('resources', {
    what: 'Cannot run the recipe',
    path,
    why: `a run takes at least ${least} of memory and ${mib(memoryBytes)} are allowed`,
    whatToDo: `Give --memory ${least.replace(' ', '')} or more`,
  });
}

function cancelled(path: string): Failure {
  return new Failure('cancelled', {
    what: 'The run was cancelled',
    path,
    why: 'it was asked to stop',
    whatToDo: 'Run it again to continue where it stopped',
  });
}
