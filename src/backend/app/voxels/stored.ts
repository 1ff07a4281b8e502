import { join } from 'node:path';
import type { LayerInfo } from '../../../contract/app.ts';
import type { Triple } from '../../../core/geometry.ts';
import { bin, binnedShape } from '../../../engine/bin.ts';
import { openZarr, type ZarrVolume } from '../../../store/zarr/index.ts';
import { type LayerSource, levelShape, levelsOf, type Voxels, volumeOf } from './source.ts';

/** int16 counts are sent from the least one on. */
const SHIFT = 32768;
const BINS = 256;
/** Beyond so many voxels the coarse form is surveyed. */
const MOST_SURVEYED = 2 ** 25;

/** The lithium volume fraction that a step stored: int16 on the reference's grid, its coarse levels made as they are asked for. */
export async function lvfLayer(
  key: string,
  path: string,
  countsPerUnit: number,
  threads: number,
): Promise<LayerSource> {
  const volume = await openZarr(path);
  const { shape } = volume.spec;
  const levels = levelsOf(shape);
  const read = async (level: number, origin: Triple, extent: Triple): Promise<Voxels> =>
    shifted(
      level === 0 ? ((await volume.readBlock(origin, extent)) as Int16Array) : await means(level, origin, extent),
    );

  /** The mean of what chunks hold; those that are not stored are 0. */
  const means = async (level: number, origin: Triple, extent: Triple): Promise<Int16Array> => {
    const step = 2 ** level;
    const out = new Int16Array(volumeOf(extent));
    for (const { low, box } of await storedChunks(volume, step, origin, extent)) {
      let counts = (await volume.readBlock(low, box)) as Int16Array<ArrayBuffer>;
      let size = box;
      for (let k = 0; k < level; k++) {
        counts = await bin(counts, size, 1, threads);
        size = binnedShape(size);
      }
      place(counts, size, low.map((at, k) => at / step - origin[k]!) as Triple, out, extent);
    }
    return out;
  };

  return {
    key,
    shape,
    levels,
    voxels: 'uint16',
    scale: 1 / countsPerUnit,
    offset: -SHIFT / countsPerUnit,
    read,
    async survey() {
      const level = volumeOf(shape) > MOST_SURVEYED ? levels - 1 : 0;
      const counts = await read(level, [0, 0, 0], levelShape(shape, level));
      const unit = (count: number) => (count - SHIFT) / countsPerUnit;
      return surveyed(counts, unit);
    },
  };
}

/** The parts of stored chunks that lie under a box of a level, in voxels of level 0. */
async function storedChunks(
  volume: ZarrVolume,
  step: number,
  origin: Triple,
  extent: Triple,
): Promise<{ low: Triple; box: Triple }[]> {
  const { shape } = volume.spec;
  const { chunk } = volume.level(0);
  const begin = origin.map((at) => Math.floor((at * step) / chunk)) as Triple;
  const end = origin.map((at, k) => Math.ceil(Math.min((at + extent[k]!) * step, shape[k]!) / chunk)) as Triple;
  const found: { low: Triple; box: Triple }[] = [];
  for (let z = begin[0]; z < end[0]; z++)
    for (let y = begin[1]; y < end[1]; y++)
      for (let x = begin[2]; x < end[2]; x++) {
        if (!(await volume.chunkPlace([z, y, x], 0))) continue;
        const low = [z, y, x].map((n) => n * chunk) as Triple;
        found.push({ low, box: low.map((at, k) => Math.min(chunk, shape[k]! - at)) as Triple });
      }
  return found;
}

/** Copies a small box into `out` at `at`, as much of it as lies inside. */
function place(from: Int16Array, size: Triple, at: Triple, out: Int16Array, extent: Triple): void {
  const x0 = Math.max(0, -at[2]);
  const x1 = Math.min(size[2], extent[2] - at[2]);
  for (let z = Math.max(0, -at[0]); z < size[0] && z + at[0] < extent[0]; z++)
    for (let y = Math.max(0, -at[1]); y < size[1] && y + at[1] < extent[1]; y++) {
      const row = (z * size[1] + y) * size[2];
      out.set(from.subarray(row + x0, row + x1), ((z + at[0]) * extent[1] + y + at[1]) * extent[2] + at[2] + x0);
    }
}

function shifted(counts: Int16Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(counts.buffer as ArrayBuffer, counts.byteOffset, counts.length);
  for (let i = 0; i < out.length; i++) out[i] = out[i]! ^ SHIFT;
  return out;
}

function surveyed(counts: ArrayLike<number>, unit: (count: number) => number): Pick<LayerInfo, 'range' | 'histogram'> {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i]! < least) least = counts[i]!;
    if (counts[i]! > most) most = counts[i]!;
  }
  const bins = new Array<number>(BINS).fill(0);
  const width = (most - least || 1) / BINS;
  for (let i = 0; i < counts.length; i++) bins[Math.min(BINS - 1, Math.floor((counts[i]! - least) / width))]!++;
  const range: [number, number] = [unit(least), unit(most)];
  return { range, histogram: { range, counts: bins } };
}

/** Phase fractions that steps stored: level 0 and its coarse levels. The histogram is that of lithium. */
export async function phasesLayer(key: string, fine: string, coarse: string): Promise<LayerSource> {
  const [volume, pyramid] = await Promise.all([openZarr(fine), openZarr(coarse)]);
  const levels = 1 + pyramid.spec.levels!.length;
  return {
    key,
    shape: volume.spec.shape,
    levels,
    voxels: 'rgba8',
    scale: 1 / 255,
    offset: 0,
    read: async (level, origin, extent) =>
      (level === 0
        ? await volume.readBlock(origin, extent)
        : await pyramid.readBlock(origin, extent, level)) as Uint8Array<ArrayBuffer>,
    async survey() {
      const level = levels - 1;
      const all = await pyramid.readBlock([0, 0, 0], levelShape(volume.spec.shape, level), level);
      const lithium = all.filter((_, i) => i % 4 === 1);
      const counts = surveyedWhole(lithium);
      return { range: [0, 1], histogram: { range: [0, 1], counts } };
    },
  };
}

function surveyedWhole(fractions: ArrayLike<number>): number[] {
  const counts = new Array<number>(BINS).fill(0);
  for (let i = 0; i < fractions.length; i++) counts[fractions[i]!]!++;
  return counts;
}

/** The largest fractions in cells of `cell` voxels, and the eighths seen, that the step `pyramid` stored beside its levels. */
export async function maximaOf(directory: string, name: string): Promise<{ shape: Triple; bytes: Uint8Array }> {
  const volume = await openZarr(join(directory, name));
  const { shape } = volume.spec;
  return { shape, bytes: (await volume.readBlock([0, 0, 0], shape)) as Uint8Array };
}
