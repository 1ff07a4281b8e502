/** Values by key up to a number of bytes; what was not asked for longest goes first. Two that ask at once wait for one. */
export class Kept<T> {
  readonly #most: number;
  readonly #bytesOf: (value: T) => number;
  readonly #values = new Map<string, Promise<T>>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor(most: number, bytesOf: (value: T) => number) {
    this.#most = most;
    this.#bytesOf = bytesOf;
  }

  get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#values.get(key);
    if (known) {
      this.#values.delete(key);
      this.#values.set(key, known);
      return known;
    }
    const made = make();
    this.#values.set(key, made);
    made.then(
      (value) => this.#count(key, made, value),
      () => this.#values.get(key) === made && this.#values.delete(key),
    );
    return made;
  }

  clear(): void {
    this.#values.clear();
    this.#sizes.clear();
    this.#bytes = 0;
  }

  #count(key: string, made: Promise<T>, value: T): void {
    if (this.#values.get(key) !== made) return;
    const bytes = this.#bytesOf(value);
    this.#sizes.set(key, bytes);
    this.#bytes += bytes;
    for (const [oldest, size] of this.#sizes) {
      if (this.#bytes <= this.#most || oldest === key) break;
      this.#sizes.delete(oldest);
      this.#values.delete(oldest);
      this.#bytes -= size;
    }
  }
}
