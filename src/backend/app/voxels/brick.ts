import { APRON, BRICK, FLOOR } from '../../../contract/app.ts';
import { AXES, type AxisName, type Triple } from '../../../core/geometry.ts';
import { channelsOf, type LayerSource, levelShape, type Voxels } from './source.ts';

export interface Sent {
  voxels: Voxels;
  shape: number[];
  level: number;
  /** Voxels of the level that what is sent has one of: a cell's edge. */
  cell?: number;
}

/** A brick with its apron, edges repeated beyond the volume; null where there is no such brick. */
export async function readBrick(layer: LayerSource, level: number, brick: Triple): Promise<Sent | null> {
  const shape = levelShape(layer.shape, level);
  if (brick.some((n, k) => n * BRICK >= shape[k]!)) return null;
  const edge = BRICK + 2 * APRON;
  const from = brick.map((n) => n * BRICK - APRON) as Triple;
  const low = from.map((at) => Math.max(0, at)) as Triple;
  const extent = from.map((at, k) => Math.min(shape[k]!, at + edge) - low[k]!) as Triple;
  const inside = await layer.read(level, low, extent);
  const before = low.map((at, k) => at - from[k]!) as Triple;
  return {
    voxels: repeated(inside, extent, before, [edge, edge, edge], channelsOf(layer)),
    shape: [edge, edge, edge],
    level,
  };
}

/** The whole volume in the finest level whose axes have at most `FLOOR` voxels. */
export async function readFloor(layer: LayerSource): Promise<Sent> {
  const level = floorLevel(layer);
  const shape = levelShape(layer.shape, level);
  return { voxels: await layer.read(level, [0, 0, 0], shape), shape, level };
}

export function floorLevel({ shape, levels }: Pick<LayerSource, 'shape' | 'levels'>): number {
  let level = 0;
  while (Math.max(...levelShape(shape, level)) > FLOOR && level < levels - 1) level++;
  return level;
}

/**
 * One plane across an axis; null where there is none. Where a layer would have to be read whole for it, it is that of a coarser
 * level, each of its voxels repeated: `level` tells which.
 */
export async function readSlice(
  layer: LayerSource,
  level: number,
  axis: AxisName,
  index: number,
): Promise<Sent | null> {
  const shape = levelShape(layer.shape, level);
  const across = AXES.indexOf(axis);
  if (index >= shape[across]!) return null;
  const planeOf = (whole: Triple) => whole.map((size, k) => (k === across ? 1 : size)) as Triple;
  const from = layer.levelFor?.(level, planeOf(shape)) ?? level;
  const times = 2 ** (from - level);
  const read = levelShape(layer.shape, from);
  const origin: Triple = [0, 0, 0];
  origin[across] = Math.floor(index / times);
  const voxels = await layer.read(from, origin, planeOf(read));
  const flat = (whole: Triple) => whole.filter((_, k) => k !== across) as [number, number];
  const sent = flat(shape);
  return { voxels: times === 1 ? voxels : enlarged(voxels, flat(read), sent, times), shape: sent, level: from };
}

/** A plane of one channel with every voxel repeated `times` in both ways, cut to `size`. */
function enlarged(plane: Voxels, [, columns]: [number, number], size: [number, number], times: number): Voxels {
  const out = new (plane.constructor as new (length: number) => Voxels)(size[0] * size[1]);
  for (let row = 0; row < size[0]; row++) {
    const to = row * size[1];
    if (row % times > 0) out.copyWithin(to, to - size[1], to);
    else
      for (let column = 0; column < size[1]; column++)
        out[to + column] = plane[Math.floor(row / times) * columns + Math.floor(column / times)]!;
  }
  return out;
}

/** A box with its edges repeated: `before` voxels in front of it along each axis, and behind it up to `size`. */
function repeated(inside: Voxels, extent: Triple, before: Triple, size: Triple, channels: number): Voxels {
  if (extent.every((edge, k) => edge === size[k])) return inside;
  const out = new (inside.constructor as new (length: number) => Voxels)(size[0] * size[1] * size[2] * channels);
  const source = (k: number, i: number) => Math.min(extent[k]! - 1, Math.max(0, i - before[k]!));
  const row = extent[2] * channels;
  for (let z = 0; z < size[0]; z++)
    for (let y = 0; y < size[1]; y++) {
      const from = (source(0, z) * extent[1] + source(1, y)) * row;
      const to = (z * size[1] + y) * size[2] * channels;
      out.set(inside.subarray(from, from + row), to + before[2] * channels);
      for (let x = 0; x < size[2]; x++) {
        if (x >= before[2] && x < before[2] + extent[2]) continue;
        for (let c = 0; c < channels; c++) out[to + x * channels + c] = inside[from + source(2, x) * channels + c]!;
      }
    }
  return out;
}
