import { randomUUID } from 'node:crypto';
import type { Job } from '../../contract/app.ts';
import { asFailure, Failure } from '../../contract/errors.ts';
import type { Surroundings } from '../project/surroundings.ts';

/** Told no more often than this, milliseconds: a picture of progress, not its protocol. */
const TELL_MS = 100;
/** Ended jobs that are still shown. */
const SHOWN = 20;

interface Running {
  stop: AbortController;
  ended: Promise<void>;
}

/** Long work that the window watches. One at a time: each would have the whole machine. */
export class Jobs {
  readonly #tell: (job: Job) => void;
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Map<string, Running>();

  constructor(tell: (job: Job) => void) {
    this.#tell = tell;
  }

  list(): Job[] {
    return [...this.#jobs.values()];
  }

  /** Begins work and returns at once. Throws a Failure `busy` while other work runs. */
  start(title: string, work: (around: Surroundings) => Promise<void>): Job {
    const [other] = [...this.#running.keys()].map((id) => this.#jobs.get(id)!);
    if (other)
      throw new Failure('busy', {
        what: `Cannot start ${title.toLowerCase()}`,
        why: `"${other.title}" is running`,
        whatToDo: 'Wait until it has ended, or cancel it',
      });
    const id = randomUUID();
    const stop = new AbortController();
    this.#set({ id, title, state: 'running', fraction: 0, step: '', secondsLeft: null, message: null });
    const ended = this.#follow(id, stop.signal, work).finally(() => this.#running.delete(id));
    this.#running.set(id, { stop, ended });
    return this.#jobs.get(id)!;
  }

  /** Tells of work that an earlier host did not finish. */
  recall(id: string, title: string, fraction: number, message: string): void {
    this.#set({ id, title, state: 'failed', fraction, step: '', secondsLeft: null, message });
  }

  /** Asks work to stop; what is done already stays. Throws a Failure `usage` where there is no such job. */
  cancel(id: string): void {
    if (!this.#jobs.has(id))
      throw new Failure('usage', { what: 'Cannot cancel the job', why: 'there is no job of this name' });
    this.#running.get(id)?.stop.abort();
  }

  /** Stops everything; resolves when it has ended. */
  async stop(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #follow(id: string, signal: AbortSignal, work: (around: Surroundings) => Promise<void>): Promise<void> {
    let told = 0;
    const notices: string[] = [];
    const around: Surroundings = {
      signal,
      notice: (line) => {
        notices.push(line);
        this.#change(id, { message: notices.slice(-3).join('\n') });
      },
      progress: (state) => {
        const now = performance.now();
        if (!state || now - told < TELL_MS) return;
        told = now;
        const { fraction, title, secondsLeft } = state;
        this.#change(id, { fraction, secondsLeft, ...(title === '' ? {} : { step: title }) });
      },
    };
    // The answer to the call comes first.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await work(around);
      this.#change(id, { state: 'done', fraction: 1, step: '', secondsLeft: null });
    } catch (error) {
      const failure = asFailure(error, 'Cannot finish the work');
      const state = signal.aborted ? 'cancelled' : 'failed';
      this.#change(id, { state, step: '', secondsLeft: null, message: signal.aborted ? null : failure.message });
    }
  }

  #change(id: string, change: Partial<Job>): void {
    this.#set({ ...this.#jobs.get(id)!, ...change });
  }

  #set(job: Job): void {
    this.#jobs.set(job.id, job);
    for (const [id, { state }] of this.#jobs) if (this.#jobs.size > SHOWN && state !== 'running') this.#jobs.delete(id);
    this.#tell(job);
  }
}
