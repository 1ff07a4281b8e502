import { Failure } from '../../../core/failure.ts';

/** Lets a few readers at a time to the engine, the others in their order; who has gone away meanwhile is left out. */
export class Queue {
  readonly #most: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      if (signal.aborted) throw new Failure('cancelled', { what: 'Nothing was read', why: 'nobody waits for it' });
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
