import type { Input, Output } from '../../contract/app.ts';
import { Failure } from '../../core/failure.ts';
import type { Region, Triple } from '../../core/geometry.ts';
import { boundsOf, rowOf } from '../../core/regions.ts';
import { release } from '../../engine/release.ts';
import type { Session } from './session.ts';
import { greyValues } from './voxels/grey.ts';
import { volumeOf } from './voxels/source.ts';

/** Voxels read at once: a few milliseconds of sums, so that nothing else has to wait. */
const MOST_READ = 2 ** 20;

interface Block {
  origin: Triple;
  extent: Triple;
}

/**
 * What a region holds in a scan, from every voxel at full resolution. Throws a Failure `cancelled` once `signal` says that
 * nobody waits any more.
 */
export async function measure(
  session: Session,
  asked: Input<'measure'>,
  threads: number,
  signal: AbortSignal,
): Promise<Output<'measure'>> {
  const scan = session.scan(asked.scan);
  const region = asked.region as Region;
  const view = session.view(asked.scan);
  const placement = session.placement(asked.scan);
  const shape = placement?.shape ?? scan.source.shape;
  const lvf = session.state().scans[asked.scan]!.layers.includes('lvf') ? await session.layer(asked.scan, 'lvf') : null;
  const grey = new Sums();
  const counts = new Sums();
  let voxels = 0;
  for (const block of blocksOf(region, shape)) {
    if (signal.aborted) throw new Failure('cancelled', { what: 'Nothing was measured', why: 'nobody waits for it' });
    const [values, fractions] = await Promise.all([
      greyValues(view, placement, block.origin, block.extent, threads),
      lvf?.read(0, block.origin, block.extent) ?? null,
    ]);
    for (const [from, to] of rowsIn(region, block)) {
      voxels += to - from;
      grey.add(values, from, to);
      if (fractions) counts.add(fractions, from, to);
    }
    release(values);
  }
  const voxelUm3 = volumeOf(session.contents.series.voxelSizeUm);
  const fraction = lvf && voxels > 0 ? lvf.offset + lvf.scale * counts.mean : null;
  return {
    voxels,
    outside: voxels - grey.count,
    volumeUm3: voxels * voxelUm3,
    grey: grey.count > 0 ? { mean: grey.mean, sd: grey.sd, min: grey.min, max: grey.max } : null,
    lithium: fraction === null ? null : { fraction, volumeUm3: fraction * voxels * voxelUm3 },
    registered: placement !== null,
  };
}

/** The part of a volume around a region, in pieces of whole rows. */
function* blocksOf(region: Region, shape: Triple): Generator<Block> {
  const bounds = boundsOf(region);
  const low = bounds.min.map((at) => Math.max(0, Math.floor(at) - 1)) as Triple;
  const high = bounds.max.map((at, k) => Math.min(shape[k]!, Math.ceil(at) + 1)) as Triple;
  const [slices, rows, width] = high.map((edge, k) => edge - low[k]!) as Triple;
  if (!(slices > 0 && rows > 0 && width > 0)) return;
  const dy = Math.max(1, Math.min(rows, Math.floor(MOST_READ / width)));
  const dz = Math.max(1, Math.min(slices, Math.floor(MOST_READ / (width * dy))));
  for (let z = 0; z < slices; z += dz)
    for (let y = 0; y < rows; y += dy)
      yield {
        origin: [low[0] + z, low[1] + y, low[2]],
        extent: [Math.min(dz, slices - z), Math.min(dy, rows - y), width],
      };
}

/** Where a region's voxels stand in a block, as places in its array. */
function* rowsIn(region: Region, { origin, extent }: Block): Generator<[number, number]> {
  for (let z = 0; z < extent[0]; z++)
    for (let y = 0; y < extent[1]; y++) {
      const [begin, end] = rowOf(region, origin[0] + z, origin[1] + y);
      const from = Math.max(0, begin - origin[2]);
      const to = Math.min(extent[2], end - origin[2]);
      const row = (z * extent[1] + y) * extent[2];
      if (to > from) yield [row + from, row + to];
    }
}

/** Sums about the first value, so that a large mean does not take the digits of a small spread. */
class Sums {
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #about = 0;
  #sum = 0;
  #squares = 0;

  /** What is not a number is not there. */
  add(values: ArrayLike<number>, from: number, to: number): void {
    let { count, min, max } = this;
    let [about, sum, squares] = [this.#about, this.#sum, this.#squares];
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      if (count++ === 0) about = value;
      if (value < min) min = value;
      if (value > max) max = value;
      const away = value - about;
      sum += away;
      squares += away * away;
    }
    Object.assign(this, { count, min, max });
    [this.#about, this.#sum, this.#squares] = [about, sum, squares];
  }

  get mean(): number {
    return this.#about + this.#sum / this.count;
  }

  get sd(): number | null {
    if (this.count < 2) return null;
    return Math.sqrt(Math.max(0, this.#squares - this.#sum ** 2 / this.count) / (this.count - 1));
  }
}
