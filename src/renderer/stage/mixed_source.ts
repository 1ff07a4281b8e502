import type { AxisName, Triple } from '../../core/geometry.ts';
import type { Block, LayerName, Maxima, Plane, VoxelSource, Voxels } from '../viewer/source.ts';

/** Numbers from here on stand for mixtures, not for scans. */
const MIXTURES = 1_000_000;
/** Shares of the second scan that are told apart between two scans. */
const STEPS = 4096;
/** Bytes of voxels kept of scans that are mixed: the next frame mixes the same ones. */
const KEPT_BYTES = 768 * 2 ** 20;

interface Mixture {
  from: number;
  to: number;
  share: number;
}

/** A source that has, besides the scans of another, what lies between two of them: each voxel straight from one to the other. */
export class MixedSource implements VoxelSource {
  readonly #source: VoxelSource;
  readonly #mixtures = new Map<number, Mixture>();
  readonly #kept = new Map<string, Promise<Voxels | Block | Plane>>();
  readonly #bytes = new Map<string, number>();
  #held = 0;

  constructor(source: VoxelSource) {
    this.#source = source;
  }

  /** The number under which a mixture is read, `share` of the second scan. The same mixture has the same number. */
  between(from: number, to: number, share: number): number {
    const step = Math.round(share * STEPS);
    if (step <= 0) return from;
    if (step >= STEPS) return to;
    const index = MIXTURES + (from * 4096 + to) * STEPS + step;
    this.#mixtures.set(index, { from, to, share: step / STEPS });
    return index;
  }

  #mixture(scan: number): Mixture | null {
    return scan < MIXTURES ? null : this.#mixtures.get(scan)!;
  }

  info(scan: number, layer: LayerName, signal: AbortSignal) {
    return this.#source.info(this.#mixture(scan)?.from ?? scan, layer, signal);
  }

  async floor(scan: number, layer: LayerName, signal: AbortSignal): Promise<Block> {
    const mixture = this.#mixture(scan);
    if (!mixture) return this.#source.floor(scan, layer, signal);
    const [a, b] = await this.#both(mixture, `${layer}/floor`, signal, (one) => this.#source.floor(one, layer, signal));
    return { shape: a.shape, voxels: mixedVoxels(a.voxels, b.voxels, mixture.share) };
  }

  async brick(scan: number, layer: LayerName, level: number, place: Triple, signal: AbortSignal): Promise<Voxels> {
    const mixture = this.#mixture(scan);
    if (!mixture) return this.#source.brick(scan, layer, level, place, signal);
    const [a, b] = await this.#both(mixture, `${layer}/${level}/${place.join('.')}`, signal, (one) =>
      this.#source.brick(one, layer, level, place, signal),
    );
    return mixedVoxels(a, b, mixture.share);
  }

  async slice(
    scan: number,
    layer: LayerName,
    level: number,
    axis: AxisName,
    index: number,
    signal: AbortSignal,
  ): Promise<Plane> {
    const mixture = this.#mixture(scan);
    if (!mixture) return this.#source.slice(scan, layer, level, axis, index, signal);
    const [a, b] = await this.#both(mixture, `${layer}/${level}/${axis}/${index}`, signal, (one) =>
      this.#source.slice(one, layer, level, axis, index, signal),
    );
    return { shape: a.shape, voxels: mixedVoxels(a.voxels, b.voxels, mixture.share) };
  }

  /** Of both scans: what either shows a mixture may show. */
  async maxima(scan: number, layer: LayerName, level: number, signal: AbortSignal): Promise<Maxima> {
    const mixture = this.#mixture(scan);
    if (!mixture) return this.#source.maxima(scan, layer, level, signal);
    const [a, b] = await Promise.all(
      [mixture.from, mixture.to].map((one) => this.#source.maxima(one, layer, level, signal)),
    );
    const counts = a!.counts.slice() as Maxima['counts'];
    for (let i = 0; i < counts.length; i++) counts[i] = Math.max(counts[i]!, b!.counts[i]!);
    const eighths = a!.eighths && b!.eighths ? a!.eighths.map((bits, i) => bits | b!.eighths![i]!) : null;
    return { ...a!, counts, eighths };
  }

  async #both<T extends Voxels | Block | Plane>(
    { from, to }: Mixture,
    what: string,
    signal: AbortSignal,
    read: (scan: number) => Promise<T>,
  ): Promise<[T, T]> {
    const one = async (scan: number): Promise<T> => {
      const key = `${scan}/${what}`;
      const held = this.#kept.get(key) as Promise<T> | undefined;
      if (held) return held;
      const reading = read(scan);
      this.#kept.set(key, reading);
      try {
        this.#keep(key, await reading);
      } catch (error) {
        this.#kept.delete(key);
        throw error;
      }
      return reading;
    };
    const both = await Promise.all([one(from), one(to)]);
    signal.throwIfAborted();
    return both;
  }

  /** Makes room from the oldest on. */
  #keep(key: string, read: Voxels | Block | Plane): void {
    const { byteLength } = 'voxels' in read ? read.voxels : read;
    this.#bytes.set(key, byteLength);
    this.#held += byteLength;
    for (const [oldest, bytes] of this.#bytes) {
      if (this.#held <= KEPT_BYTES || oldest === key) break;
      this.#bytes.delete(oldest);
      this.#kept.delete(oldest);
      this.#held -= bytes;
    }
  }
}

/** Each voxel straight from one to the other, rounded. */
export function mixedVoxels<T extends Voxels>(a: T, b: T, share: number): T {
  const out = a.slice() as T;
  // 16 bits of a share are exact for every count.
  const weight = Math.round(share * 65536);
  for (let i = 0; i < out.length; i++) {
    const [from, to] = [a[i]!, b[i]!];
    if (from !== to) out[i] = from + Math.floor(((to - from) * weight + 32768) / 65536);
  }
  return out;
}
