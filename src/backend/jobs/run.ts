import { type ChildProcess, fork } from 'node:child_process';
import { Failure } from '../../core/failure.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { StepDefinition } from '../../core/step.ts';
import type { Project } from '../../store/project.ts';
import { planTasks, type Task } from './plan.ts';
import { type FromRunner, failureOf, type Start, type ToRunner } from './protocol.ts';

/** A task that ends its runner this often is given up. */
const ATTEMPTS = 2;
/** Time a cancelled step has to end by itself. */
const GRACE_MS = 1000;

export interface RunOptions {
  /** URL of a module that exports `steps`. */
  registry: string;
  /** Script and arguments that make a process a step runner. */
  runner: { script: string; args: string[] };
  engine: string;
  software: string;
  threads: number;
  memoryBytes: number;
  until?: string;
  signal: AbortSignal;
  onProgress?(progress: RunProgress): void;
  onNotice?(line: string): void;
}

export interface RunProgress {
  /** Of the whole run, 0 to 1, stored results left out. */
  fraction: number;
  /** What runs now: "Registering scan_003"; empty at the end. */
  title: string;
  /** Number of the task that runs now, from 1, and how many there are. */
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
 * Runs a project's recipe: what is stored is not computed again, the rest goes through one runner, task after task. Each
 * finished task is kept whatever happens afterwards. Throws a Failure: what a step throws; `cancelled`; `resources` or
 * `internal` when a step ends its process twice.
 */
export async function runProject(project: Project, recipe: Recipe, options: RunOptions): Promise<RunSummary> {
  const { steps } = (await import(options.registry)) as { steps: StepDefinition[] };
  const series = project.series();
  await project.objects.sweep();
  const tasks = planTasks(steps, series, recipe, {
    engine: options.engine,
    ...(options.until === undefined ? {} : { until: options.until }),
  });
  const isStored = tasks.map(({ key }) => project.objects.has(key));
  project.setPlannedResults(
    tasks.map(({ step, scan, key }, i) => ({ step: step.name, scan, key, done: isStored[i]! })),
  );
  const todo = tasks.filter((_, i) => !isStored[i]);
  const summary = { computed: 0, stored: tasks.length - todo.length };
  if (todo.length === 0) return summary;

  const clock = new Clock(todo);
  const runner = new Runner(options, {
    kind: 'start',
    registry: options.registry,
    project: project.directory,
    series,
    engine: options.engine,
    software: options.software,
    threads: options.threads,
    memoryBytes: options.memoryBytes,
  });
  try {
    for (const [i, task] of todo.entries()) {
      // A damaged result of the same key would be in the way.
      await project.objects.remove(task.key);
      const title = `${task.step.title}${task.scan < 0 ? '' : ` ${series.scans[task.scan]?.name}`}`;
      const tell = (fraction: number) =>
        options.onProgress?.({ ...clock.at(i, fraction), title, task: i + 1, tasks: todo.length });
      tell(0);
      clock.finished(i, await runner.run(task, tell, options.onNotice));
      project.setDone({ step: task.step.name, scan: task.scan, key: task.key, done: true });
      summary.computed++;
    }
    options.onProgress?.({ fraction: 1, title: '', task: todo.length, tasks: todo.length, secondsLeft: 0 });
    return summary;
  } finally {
    await runner.end();
    await project.objects.sweep();
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
  async run(task: Task, tell: (fraction: number) => void, notice?: (line: string) => void): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(task, tell);
      if (typeof outcome === 'number') return outcome;
      const name = `the step ${task.step.name}${task.scan < 0 ? '' : ` of scan ${task.scan}`}`;
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
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Seconds the task took, or what ended the process in the middle of it. */
  async #attempt(task: Task, tell: (fraction: number) => void): Promise<number | string> {
    const { signal } = this.#options;
    if (signal.aborted) throw cancelled(this.#start.project);
    const child = this.#started();
    return await new Promise<number | string>((resolve, reject) => {
      let grace: NodeJS.Timeout | undefined;
      const settle = (act: () => void) => {
        clearTimeout(grace);
        child.off('message', onMessage);
        child.off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const onMessage = (message: FromRunner) => {
        if (message.kind === 'progress') tell(message.fraction);
        else if (message.kind === 'done') settle(() => resolve(message.seconds));
        else settle(() => reject(signal.aborted ? cancelled(this.#start.project) : failureOf(message)));
      };
      const onExit = (code: number | null, killedBy: string | null) => {
        this.#child = null;
        settle(() => (signal.aborted ? reject(cancelled(this.#start.project)) : resolve(killedBy ?? `code ${code}`)));
      };
      const onAbort = () => {
        tellRunner(child, { kind: 'cancel' });
        grace = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      signal.addEventListener('abort', onAbort);
      const { step, scan, key, params, needs, reads } = task;
      tellRunner(child, { kind: 'task', step: step.name, scan, key, params, needs, reads });
    });
  }

  #started(): ChildProcess {
    if (this.#child) return this.#child;
    const { script, args } = this.#options.runner;
    const child = fork(script, args, { stdio: ['ignore', process.stderr, process.stderr, 'ipc'] });
    child.on('error', () => undefined);
    tellRunner(child, this.#start);
    this.#child = child;
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
  readonly #took = new Map<string, { seconds: number; count: number }>();
  readonly #began = performance.now();

  constructor(tasks: readonly Task[]) {
    this.#tasks = tasks;
  }

  finished(i: number, seconds: number): void {
    const name = this.#tasks[i]!.step.name;
    const before = this.#took.get(name) ?? { seconds: 0, count: 0 };
    this.#took.set(name, { seconds: before.seconds + seconds, count: before.count + 1 });
  }

  at(i: number, fraction: number): { fraction: number; secondsLeft: number | null } {
    const all = [...this.#took.values()];
    const usual = all.reduce((sum, { seconds, count }) => sum + seconds / count, 0) / all.length;
    const weight = ({ step }: Task) => {
      const took = this.#took.get(step.name);
      return took ? took.seconds / took.count : usual || 1;
    };
    const weights = this.#tasks.map(weight);
    const total = weights.reduce((sum, each) => sum + each, 0);
    const done = weights.slice(0, i).reduce((sum, each) => sum + each, 0) + weights[i]! * fraction;
    const elapsed = (performance.now() - this.#began) / 1000;
    const share = total > 0 ? done / total : 0;
    return { fraction: share, secondsLeft: share > 0.02 ? (elapsed / share) * (1 - share) : null };
  }
}

function cancelled(path: string): Failure {
  return new Failure('cancelled', {
    what: 'The run was cancelled',
    path,
    why: 'it was asked to stop',
    whatToDo: 'Run it again to continue where it stopped',
  });
}
