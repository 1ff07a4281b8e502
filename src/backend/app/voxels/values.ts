import type { Input, Output } from '../../../contract/app.ts';
import type { Triple } from '../../../core/geometry.ts';
import type { Session } from '../session.ts';
import { greyValues } from './grey.ts';
import { volumeOf } from './source.ts';

/** Voxels that one read of a profile may hold. */
const MOST_READ = 2 ** 18;

/** Exact values at a voxel of the layers' grid; what is not there is null. */
export async function pick(session: Session, { scan, voxel }: Input<'pick'>, threads: number): Promise<Output<'pick'>> {
  const at = voxel.map(Math.round) as Triple;
  const { shape, grey, lvf } = readers(session, scan, threads);
  if (at.some((place, k) => !(place >= 0 && place < shape[k]!)))
    return { grey: null, lvf: null, phases: null, crack: null };
  const phases = await fractionsAt(session, scan, at);
  return {
    grey: grey ? known((await grey(at, [1, 1, 1]))[0]!) : null,
    lvf: lvf ? known((await lvf(at, [1, 1, 1]))[0]!) : null,
    phases,
    crack: phases && phases[2] > 0 ? session.crackAt(scan, at) : null,
  };
}

type Reader = (origin: Triple, extent: Triple) => Promise<ArrayLike<number>>;

/** What reads the boxes of a scan's layers as values. */
function readers(
  session: Session,
  index: number,
  threads: number,
): { shape: Triple; grey: Reader | null; lvf: Reader | null } {
  const scan = session.scan(index);
  const placement = session.placement(index);
  const { layers } = session.state().scans[index]!;
  return {
    shape: placement?.shape ?? scan.source.shape,
    grey: layers.includes('grey')
      ? (origin, extent) => greyValues(session.view(index), placement, origin, extent, threads)
      : null,
    lvf: layers.includes('lvf')
      ? async (origin, extent) => {
          const layer = await session.layer(index, 'lvf');
          const counts = await layer.read(0, origin, extent);
          return Float64Array.from(counts, (count) => layer.offset + layer.scale * count);
        }
      : null,
  };
}

async function fractionsAt(
  session: Session,
  index: number,
  at: Triple,
): Promise<[number, number, number, number] | null> {
  if (!session.state().scans[index]!.layers.includes('phases')) return null;
  const [collector, lithium, crack, electrolyte] = await (await session.layer(index, 'phases')).read(0, at, [1, 1, 1]);
  return [collector! / 255, lithium! / 255, crack! / 255, electrolyte! / 255];
}

/** Values along a line, linear between voxels; null outside the volume. */
export async function profile(
  session: Session,
  { scan, layer, from, to, count }: Input<'profile'>,
  threads: number,
): Promise<Output<'profile'>> {
  const { shape, ...layers } = readers(session, scan, threads);
  const read = layers[layer];
  const places = Array.from(
    { length: count },
    (_, i) => from.map((start, k) => start + ((to[k]! - start) * i) / (count - 1)) as Triple,
  );
  const value: (number | null)[] = [];
  const inside = (place: Triple) => place.every((at, k) => at >= 0 && at <= shape[k]! - 1);
  for (const group of read ? groups(places) : []) {
    const reached = group.filter(inside);
    const box = reached.length > 0 ? boxAround(reached, shape) : null;
    const voxels = box ? await read!(box.origin, box.extent) : [];
    for (const place of group) value.push(box && inside(place) ? between(voxels, box, place) : null);
  }
  if (!read) value.push(...places.map(() => null));
  const um = session.contents.series.voxelSizeUm;
  const whole = Math.hypot(...from.map((start, k) => (to[k]! - start) * um[k]!));
  return { distanceUm: places.map((_, i) => (whole * i) / (count - 1)), value };
}

interface Box {
  origin: Triple;
  extent: Triple;
}

function boxAround(places: readonly Triple[], shape: Triple): Box {
  const low = [0, 1, 2].map((k) => Math.floor(Math.min(...places.map((place) => place[k]!)))) as Triple;
  const high = [0, 1, 2].map((k) => Math.min(shape[k]!, Math.floor(Math.max(...places.map((place) => place[k]!))) + 2));
  return { origin: low, extent: high.map((edge, k) => edge - low[k]!) as Triple };
}

/** Neighbouring places whose common box is small enough to be read at once. */
function* groups(places: readonly Triple[]): Generator<Triple[]> {
  let group: Triple[] = [];
  const everywhere: Triple = [Infinity, Infinity, Infinity];
  for (const place of places) {
    const more = [...group, place];
    if (group.length > 0 && (more.length > 256 || volumeOf(boxAround(more, everywhere).extent) > MOST_READ)) {
      yield group;
      group = [place];
    } else group = more;
  }
  yield group;
}

function between(voxels: ArrayLike<number>, { origin, extent }: Box, place: Triple): number | null {
  const low = place.map((at, k) => Math.min(Math.floor(at - origin[k]!), extent[k]! - 1));
  const part = place.map((at, k) => at - origin[k]! - low[k]!);
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    let weight = 1;
    let index = 0;
    for (let k = 0; k < 3; k++) {
      const upper = (corner >> k) & 1;
      weight *= upper ? part[k]! : 1 - part[k]!;
      index = index * extent[k]! + Math.min(extent[k]! - 1, low[k]! + upper);
    }
    if (weight > 0) sum += weight * voxels[index]!;
  }
  return known(sum);
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
