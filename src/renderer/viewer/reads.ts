/** A read that may be wanted no more before it ends. */
export interface Read<T> {
  key: string;
  run: (signal: AbortSignal) => Promise<T>;
}

/** How long a key that failed is left alone, ms. */
const REST = 5000;

/** Runs the reads that are wanted now, the first first, a few at once, and cancels those no longer wanted. */
export class Reads<T> {
  readonly #atOnce: number;
  readonly #arrived: (key: string, value: T) => void;
  readonly #failed: (error: Error) => void;
  readonly #running = new Map<string, AbortController>();
  readonly #rested = new Map<string, number>();
  #waiting: Read<T>[] = [];

  constructor(atOnce: number, arrived: (key: string, value: T) => void, failed: (error: Error) => void) {
    this.#atOnce = atOnce;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  get pending(): number {
    return this.#running.size + this.#waiting.length;
  }

  /** The whole list of what is wanted; what it does not name is cancelled. */
  want(reads: readonly Read<T>[]): void {
    const keys = new Set(reads.map(({ key }) => key));
    for (const [key, controller] of this.#running)
      if (!keys.has(key)) {
        this.#running.delete(key);
        controller.abort();
      }
    const now = performance.now();
    this.#waiting = reads.filter(
      ({ key }) => !this.#running.has(key) && now - (this.#rested.get(key) ?? Number.NEGATIVE_INFINITY) > REST,
    );
    this.#start();
  }

  cancel(): void {
    this.want([]);
  }

  #start(): void {
    while (this.#running.size < this.#atOnce && this.#waiting.length > 0) {
      const read = this.#waiting.shift()!;
      const controller = new AbortController();
      this.#running.set(read.key, controller);
      void this.#run(read, controller);
    }
  }

  async #run({ key, run }: Read<T>, controller: AbortController): Promise<void> {
    try {
      const value = await run(controller.signal);
      if (!controller.signal.aborted) this.#arrived(key, value);
    } catch (error) {
      if (!controller.signal.aborted) {
        this.#rested.set(key, performance.now());
        this.#failed(error as Error);
      }
    } finally {
      if (this.#running.get(key) === controller) this.#running.delete(key);
      this.#start();
    }
  }
}
