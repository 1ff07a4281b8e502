import type { Triple } from '../../core/geometry.ts';
import { countSums } from '../../engine/column_sums.ts';
import { type CountPart, fractionCounts } from '../../engine/counts.ts';
import { median } from '../../engine/median.ts';
import { release } from '../../engine/release.ts';
import type { Normalisation } from '../normalise/index.ts';
import type { Strip } from '../place.ts';
import type { ThicknessParams } from './index.ts';
import { columnsOfStrip, type ElectrodePlan } from './plan.ts';

/** LVF as int16: counts per unit. */
const COUNTS = 8192;
/** Counts from which a voxel is lithium through and through, and how many of them tell of voids. */
const FULL = 0.9 * COUNTS;
const LEAST_FULL = 200;

/** The published recipe: Gaussian, fraction, median of a ball, plain sum over the region (paper, section 5.4). */
export class PublishedRecipe {
  /** Voxels around a strip that its median looks at. */
  readonly halo: number;
  readonly #plan: ElectrodePlan;
  readonly #params: ThicknessParams;
  readonly #voxel: number;
  readonly #nu: number;
  readonly #threads: number;
  #sum = 0;
  #count = 0;
  #full = 0;
  #fullSum = 0;

  constructor(plan: ElectrodePlan, params: ThicknessParams, voxel: number, nu: number, threads: number) {
    this.halo = Math.ceil(params.medianRadius);
    this.#plan = plan;
    this.#params = params;
    this.#voxel = voxel;
    this.#nu = nu;
    this.#threads = threads;
  }

  /** Takes the columns of a strip that have a thickness in `map`. */
  async add(strip: Strip, map: Float32Array): Promise<void> {
    const { medianRadius } = this.#params;
    const counts = await this.#counts(strip);
    const smooth =
      medianRadius > 0
        ? await median(counts, strip.extent, { shape: 'ball', radius: medianRadius }, 'nearest', this.#threads)
        : counts;
    const counted = new Uint8Array(map.length);
    for (let i = 0; i < map.length; i++) if (!Number.isNaN(map[i]!)) counted[i] = 1;
    const region = columnsOfStrip(strip, this.#plan.columns, this.#nu);
    const found = await countSums(smooth, counts, region, counted, FULL, this.#threads);
    release(counts);
    if (smooth !== counts) release(smooth);
    this.#sum += found.sum;
    this.#full += found.full;
    this.#fullSum += found.fullSum;
    const { min, max } = strip;
    for (let v = min[1]; v < max[1]; v++)
      for (let u = min[2]; u < max[2]; u++) this.#count += counted[v * this.#nu + u]!;
  }

  meanUm(): number {
    return this.#count > 0 ? (this.#sum / COUNTS / this.#count) * this.#voxel : 0;
  }

  /**
   * Most of the lithium that may be void: voxels that the median holds for all lithium are darker than the foil by this
   * part of what emptiness would make them, its uncertainty added. Null where nothing is plated through or no air is seen.
   */
  voidFractionUpper({ lithium, empty, factor, uncertainty }: Normalisation): number | null {
    if (this.#full < LEAST_FULL || !lithium || empty === null || lithium.mean - empty < 0.02 * factor) return null;
    const excess = this.#fullSum / COUNTS / this.#full - 1 + uncertainty / factor;
    return Math.max(0, Math.min(1, (excess * factor) / (lithium.mean - empty)));
  }

  /** The strip's fractions as int16, 0 where a scan does not reach. */
  async #counts({ difference, extent, origin }: Strip): Promise<Int16Array> {
    const { factor, behind } = this.#plan;
    const { clip } = this.#params;
    const out = new Int16Array(difference.length);
    const nu = this.#nu;
    const frame = {
      slice: origin[0],
      column: origin[1] * nu + origin[2],
      sliceStep: [1, 0, 0] as Triple,
      columnStep: [0, nu, 1] as Triple,
      columns: this.#plan.columns.from.length,
    };
    const parts: CountPart[] = [{ from: null, to: null, unit: factor }];
    if (behind)
      parts.unshift({
        from: Uint16Array.from(behind.from, (s) => Math.max(0, Math.ceil(s))),
        to: null,
        unit: behind.factor,
      });
    await fractionCounts(difference, extent, frame, parts, { perUnit: COUNTS, clip, out }, this.#threads);
    return out;
  }
}
