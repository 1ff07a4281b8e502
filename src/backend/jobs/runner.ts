import { writeFileSync } from 'node:fs';
import { canonicalJson } from '../../core/canonical.ts';
import { asFailure, badInput, Failure, isFailure } from '../../core/failure.ts';
import type { Scan, Series } from '../../core/series.ts';
import type { Json, StepDefinition, StepResult } from '../../core/step.ts';
import { cancellable } from '../../engine/cancel.ts';
import { reported } from '../../log/index.ts';
import { statesOf } from '../../store/fingerprint.ts';
import { Objects } from '../../store/objects.ts';
import { type FromRunner, failedOf, type Start, type TaskOrder, type ToRunner } from './protocol.ts';

const PROGRESS_MS = 100;

/**
 * The life of a step runner: takes tasks over the IPC channel of its parent one after another, writes their results and
 * tells how it went. Ends at once when the parent goes, also in the middle of a step.
 */
export function takeTasks(): void {
  const { send } = process;
  if (!send)
    throw new Failure('usage', {
      what: 'Cannot take steps',
      why: 'there is no program that gives them',
      whatToDo: 'Use: tomolapse run PROJECT',
    });
  const tell = (message: FromRunner) => process.connected && send.call(process, message, () => undefined);
  // Exiting in order would wait for the engine's threads.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // A terminal sends Ctrl-C to the whole group: the parent decides what it means.
  process.on('SIGINT', () => undefined);

  offerForMemory();

  let start: Start | null = null;
  let steps: readonly StepDefinition[] = [];
  let current: AbortController | null = null;
  process.on('message', async (message: ToRunner) => {
    if (message.kind === 'cancel') return current?.abort();
    if (message.kind === 'start') {
      start = message;
      return;
    }
    current = new AbortController();
    try {
      if (!start) throw new Failure('internal', { what: 'Cannot run a step', why: 'the runner was not started' });
      if (steps.length === 0) steps = ((await import(start.registry)) as { steps: StepDefinition[] }).steps;
      const began = performance.now();
      await runTask(message, start, steps, current.signal, tell);
      tell({ kind: 'done', key: message.key, seconds: (performance.now() - began) / 1000 });
    } catch (error) {
      const what = `Cannot finish the step ${message.step}${ofScan(message.scan, start)}`;
      const failure = asFailure(error, what, start?.project);
      tell(failedOf(reported(failure, { step: message.step, scan: message.scan })));
    } finally {
      current = null;
    }
  });
}

async function runTask(
  task: TaskOrder,
  start: Start,
  steps: readonly StepDefinition[],
  signal: AbortSignal,
  tell: (message: FromRunner) => void,
): Promise<void> {
  const step = steps.find(({ name }) => name === task.step);
  if (!step) throw new Failure('internal', { what: 'Cannot run a step', why: `there is no step ${task.step}` });
  const objects = new Objects(start.project);
  const began = performance.now();
  const draft = await objects.begin(task.key);
  try {
    let told = 0;
    const value = await cancellable(signal, () =>
      step.run({
        params: task.params,
        scan: task.scan,
        series: onlyReads(start.series, task),
        result: <R>(name: string) => stored<R>(objects, task, name)[0]!,
        results: <R>(name: string) => stored<R>(objects, task, name),
        directory: draft.directory,
        threads: task.threads,
        memoryBytes: task.memoryBytes,
        signal,
        progress: (fraction) => {
          const now = performance.now();
          if (now - told < PROGRESS_MS) return;
          told = now;
          tell({ kind: 'progress', fraction });
        },
      }),
    );
    signal.throwIfAborted();
    await refuseChanged(task, `Cannot finish the step ${task.step}${ofScan(task.scan, start)}`);
    canonicalJson(value ?? null, `the result of ${task.step}`);
    await objects.commit(draft, (value ?? null) as Json, {
      step: task.step,
      version: step.version,
      scan: task.scan,
      engine: start.engine,
      software: start.software,
      params: task.params,
      scans: task.reads,
      needs: task.needs,
      finishedAt: new Date().toISOString(),
      seconds: (performance.now() - began) / 1000,
    });
  } catch (error) {
    await objects.discard(draft).catch(() => undefined);
    if (signal.aborted && !isFailure(error))
      throw new Failure('cancelled', { what: 'Cancelled', why: 'it was asked to' });
    throw error;
  }
}

/** Where memory runs out, Linux is to end this process and not its parent, which can say what happened and go on. */
function offerForMemory(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {}
}

/** What was read of a file that changed meanwhile is not what the result's key says. */
async function refuseChanged({ files }: TaskOrder, what: string): Promise<void> {
  const now = await statesOf(files.map(({ path }) => path));
  for (const [i, { path, bytes, modifiedNs }] of files.entries())
    if (now[i]!.bytes !== bytes || now[i]!.modifiedNs !== modifiedNs)
      throw badInput({
        what,
        path,
        why: 'the file was changed while the project was run',
        whatToDo: 'Run it again once nothing writes to it any more',
      });
}

function stored<R>(objects: Objects, task: TaskOrder, name: string): StepResult<R>[] {
  const keys = task.needs[name];
  if (keys === undefined) throw new Error(`the step ${task.step} reads the result "${name}" without needing it`);
  return [keys].flat().map((key) => {
    const result = objects.read<R>(key);
    if (!result) throw new Error(`the result "${name}" of the step ${task.step} is gone`);
    return result;
  });
}

/** The series in which only the scans that the task reads give their voxels: others are not part of its key. */
function onlyReads(series: Series, task: TaskOrder): Series {
  const scans = series.scans.map((scan): Scan => {
    if (String(scan.index) in task.reads) return scan;
    const { source, ...rest } = scan;
    return Object.defineProperty(rest as Scan, 'source', {
      get: () => {
        throw new Error(`the step ${task.step} reads the voxels of scan ${scan.index} without saying so`);
      },
    });
  });
  return { ...series, scans };
}

function ofScan(scan: number, start: Start | null): string {
  return scan < 0 ? '' : ` of ${start?.series.scans[scan]?.name ?? `scan ${scan}`}`;
}
