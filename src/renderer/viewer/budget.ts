/** What all views together may hold on the GPU. */
export class GpuBudget {
  #total: number;
  #used = 0;

  constructor(bytes: number) {
    this.#total = bytes;
  }

  get total(): number {
    return this.#total;
  }
  set total(bytes: number) {
    this.#total = bytes;
  }
  get used(): number {
    return this.#used;
  }
  get left(): number {
    return Math.max(0, this.#total - this.#used);
  }

  take(bytes: number): void {
    this.#used += bytes;
  }
  give(bytes: number): void {
    this.#used -= bytes;
  }
}

const MIB = 2 ** 20;
/** The one that every view draws from. */
export const gpuBudget = new GpuBudget(1024 * MIB);
