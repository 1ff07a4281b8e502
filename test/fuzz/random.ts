/** Numbers that follow from a seed: the same case gives the same bytes on every machine. */
export class Random {
  #state: number;

  constructor(...seeds: readonly (number | string)[]) {
    // FNV-1a over the seeds' text, so that neighbouring cases have nothing in common.
    let hash = 0x811c9dc5;
    for (const letter of seeds.join('/')) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
    this.#state = hash >>> 0;
    for (let i = 0; i < 4; i++) this.#next();
  }

  /** Mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 ≤ x < 1. */
  fraction(): number {
    return this.#next() / 2 ** 32;
  }

  /** A whole number, 0 ≤ n < limit; 0 where the limit is. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Small numbers far more often than large ones: headers stand at the beginning. */
  skewed(limit: number): number {
    return Math.floor(limit ** this.fraction()) % Math.max(1, limit);
  }
}
