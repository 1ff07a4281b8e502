import type { Triple } from '../../core/geometry.ts';
import { robustStd } from '../../core/robust.ts';
import type { Columns } from '../cell.ts';
import type { Box } from './box.ts';

/** Values that tell the noise, about. */
const VALUES = 200_000;

/** Values of every so many columns of a layer, and their noise. */
export class NoiseSample {
  /** Every how many columns, in both directions. */
  readonly step: number;
  readonly #inside: Columns;
  readonly #width: number;
  readonly #values: number[] = [];

  /** @param slices Of the box that holds the layer. */
  constructor(inside: Columns, [, height, width]: Triple, slices: number) {
    this.#inside = inside;
    this.#width = width;
    this.step = Math.max(1, Math.floor(Math.sqrt((slices * height * width) / VALUES)));
  }

  /** The columns in a box that are looked at. */
  *columns({ min, shape }: Box): Generator<[v: number, u: number]> {
    const first = (axis: 1 | 2) => Math.ceil(min[axis] / this.step) * this.step;
    for (let v = first(1); v < min[1] + shape[1]; v += this.step)
      for (let u = first(2); u < min[2] + shape[2]; u += this.step) {
        const column = v * this.#width + u;
        if (this.#inside.to[column]! > this.#inside.from[column]!) yield [v, u];
      }
  }

  /** Adds what a field over a box says; 0 is nothing. */
  add(field: Float32Array, box: Box): void {
    for (const [v, u] of this.columns(box)) {
      const column = v * this.#width + u;
      for (let s = this.#inside.from[column]!; s < this.#inside.to[column]!; s++) {
        const value = field[((s - box.min[0]) * box.shape[1] + v - box.min[1]) * box.shape[2] + u - box.min[2]]!;
        if (value !== 0) this.#values.push(value);
      }
    }
  }

  /** Robust standard deviation. */
  get std(): number {
    return this.#values.length > 10 ? robustStd(this.#values) : 0;
  }
}
