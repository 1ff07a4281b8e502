import { randomUUID } from 'node:crypto';
import type { Job } from '../../contract/app.ts';
import { asFailure, Failure } from '../../contract/errors.ts';
import { note, reported } from '../../log/index.ts';
import type { Preview, Surroundings } from '../project/surroundings.ts';

/** Told no more often than this, milliseconds: a picture of progress, not its protocol. */
const TELL_MS = 100;
/** Ended jobs that are still shown. */
const SHOWN = 20;

/** Work that is to be done. */
export interface Task {
  kind: Job['kind'];
  title: string;
  /** What it writes. */
  file?: string;
  /** Not taken while another of its kind runs or waits. */
  alone?: boolean;
  work(around: Surroundings): Promise<void>;
  /** Hears how it ended, also where it never began; `closing` where the app ended it. */
  ended?(state: Job['state'], closing: boolean): void;
}

interface Asked {
  id: string;
  task: Task;
  stop: AbortController;
}

/** Long work that the window watches. One at a time, as each would have the whole machine; the others wait in order. */
export class Jobs {
  readonly #tell: (job: Job) => void;
  readonly #jobs = new Map<string, Job>();
  readonly #previews = new Map<string, Preview>();
  readonly #waiting: Asked[] = [];
  #running: (Asked & { ended: Promise<void> }) | null = null;
  /** Of the last change; begins at the time of the start, so that those of an earlier host are older. */
  #change = Date.now();
  #closing = false;

  constructor(tell: (job: Job) => void) {
    this.#tell = tell;
  }

  /** Of the last change of any of them. */
  get change(): number {
    return this.#change;
  }

  list(): Job[] {
    return [...this.#jobs.values()];
  }

  /** Begins work, or lets it wait, and returns at once. Throws a Failure `busy` where it is to be alone and is not. */
  start(task: Task): Job {
    const same = [this.#running, ...this.#waiting].find((asked) => asked?.task.kind === task.kind);
    if (task.alone && same)
      throw new Failure('busy', {
        what: `Cannot start ${task.title.toLowerCase()}`,
        why: `"${same.task.title}" is ${same === this.#running ? 'running' : 'waiting'}`,
        whatToDo: 'Wait until it has ended, or cancel it',
      });
    const { kind, title, file = null } = task;
    const id = randomUUID();
    this.#set({ ...NEW, id, kind, title, file, state: this.#running ? 'waiting' : 'running' });
    this.#waiting.push({ id, task, stop: new AbortController() });
    this.#next();
    return this.#jobs.get(id)!;
  }

  /** Tells of work that an earlier host did not finish. */
  recall(job: Pick<Job, 'id' | 'kind' | 'title' | 'message'> & Partial<Job>): void {
    this.#set({ ...NEW, ...job, state: 'failed' });
  }

  /** Takes away what is shown of ended work: it is begun again under another name. */
  forget(id: string): void {
    if (!this.#isOpen(id)) this.#jobs.delete(id);
  }

  /** Asks work to stop; what is done already stays. Throws a Failure `usage` where there is no such job. */
  cancel(id: string): void {
    if (!this.#jobs.has(id))
      throw new Failure('usage', { what: 'Cannot cancel the job', why: 'there is no job of this name' });
    if (this.#running?.id === id) this.#running.stop.abort();
    const at = this.#waiting.findIndex((asked) => asked.id === id);
    if (at >= 0) this.#leave(this.#waiting.splice(at, 1)[0]!);
  }

  /** The last picture of a job; null where there is none. */
  preview(id: string): Preview | null {
    return this.#previews.get(id) ?? null;
  }

  /** Stops everything; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#closing = true;
    try {
      for (const asked of this.#waiting.splice(0)) this.#leave(asked);
      this.#running?.stop.abort();
      await this.#running?.ended;
    } finally {
      this.#closing = false;
    }
  }

  #isOpen(id: string): boolean {
    return this.#running?.id === id || this.#waiting.some((asked) => asked.id === id);
  }

  #leave({ id, task }: Asked): void {
    this.#alter(id, { state: 'cancelled' });
    task.ended?.('cancelled', this.#closing);
  }

  #next(): void {
    if (this.#running) return;
    const asked = this.#waiting.shift();
    if (!asked) return;
    if (this.#jobs.get(asked.id)!.state === 'waiting') this.#alter(asked.id, { state: 'running' });
    const ended = this.#follow(asked).finally(() => {
      this.#running = null;
      this.#next();
    });
    this.#running = { ...asked, ended };
  }

  async #follow({ id, task, stop: { signal } }: Asked): Promise<void> {
    let told = 0;
    const notices: string[] = [];
    const around: Surroundings = {
      signal,
      notice: (line) => {
        notices.push(line);
        this.#alter(id, { message: notices.slice(-3).join('\n') });
      },
      progress: (state) => {
        const now = performance.now();
        if (!state || now - told < TELL_MS) return;
        told = now;
        const { fraction, title, secondsLeft } = state;
        this.#alter(id, { fraction, secondsLeft, ...(title === '' ? {} : { step: title }) });
      },
      preview: (picture) => {
        this.#previews.set(id, picture);
        this.#alter(id, { preview: (this.#jobs.get(id)!.preview ?? 0) + 1 });
      },
    };
    const began = performance.now();
    note('job.begin', { kind: task.kind, title: task.title });
    // The answer to the call comes first.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await task.work(around);
      this.#alter(id, { state: 'done', fraction: 1, step: '', secondsLeft: null });
    } catch (error) {
      const state = signal.aborted ? 'cancelled' : 'failed';
      const thrown = asFailure(error, 'Cannot finish the work');
      const failure = signal.aborted ? thrown : reported(thrown, { job: task.kind });
      this.#alter(id, { state, step: '', secondsLeft: null, message: signal.aborted ? null : failure.message });
    }
    const { state } = this.#jobs.get(id)!;
    note('job.end', { kind: task.kind, state, seconds: Number(((performance.now() - began) / 1000).toFixed(1)) });
    task.ended?.(state, this.#closing);
  }

  #alter(id: string, change: Partial<Job>): void {
    this.#set({ ...this.#jobs.get(id)!, ...change });
  }

  #set(state: Omit<Job, 'change'>): void {
    const job = { ...state, change: ++this.#change };
    this.#jobs.set(job.id, job);
    for (const [id, { state }] of this.#jobs) {
      if (this.#jobs.size <= SHOWN) break;
      if (state === 'running' || state === 'waiting') continue;
      this.#jobs.delete(id);
      this.#previews.delete(id);
    }
    this.#tell(job);
  }
}

const NEW: Omit<Job, 'id' | 'change' | 'kind' | 'title'> = {
  state: 'waiting',
  fraction: 0,
  step: '',
  secondsLeft: null,
  message: null,
  preview: null,
  resumable: false,
  file: null,
};
