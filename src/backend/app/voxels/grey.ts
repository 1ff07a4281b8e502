import { IDENTITY, type Matrix4, type Triple } from '../../../core/geometry.ts';
import type { Scan, VoxelType } from '../../../core/series.ts';
import { bin, binnedShape } from '../../../engine/bin.ts';
import { histogram, valueRange } from '../../../engine/histogram.ts';
import { release } from '../../../engine/release.ts';
import { resampleBlock } from '../../../engine/resample.ts';
import { sampleLevel } from '../../../engine/sample_level.ts';
import { expectScattered, openVolume, readBlock, type View } from '../../../engine/volume.ts';
import { VOXEL_BYTES } from '../../../formats/description.ts';
import { type LayerSource, levelShape, levelsOf, volumeOf } from './source.ts';

/** Where a registered scan lies: the reference's grid, and the way from its voxels to those of the scan's file. */
export interface Placement {
  key: string;
  shape: Triple;
  matrix: Matrix4;
}

/** Types whose counts are sent as they are, from the least one on; others are spread over 16 bits. */
const LEAST: Partial<Record<VoxelType, number>> = { uint8: 0, uint16: 0, int8: -128, int16: -32768 };
/** Of so many voxels of the file at once a coarse level is the mean of all; of more, of some of their rows. */
const EXACT_VOXELS = 2 ** 25;
/** The same of pages: a plane along the rows' ends has a page of the file for each of its voxels. */
const EXACT_PAGES = 2 ** 17;
/** A read may touch so many pages, 1 GiB: what needs more is read from a coarser level. */
const MOST_PAGES = 2 ** 18;
const PAGE_BYTES = 4096;
/** So many rows of the file are read in half a second: in more than that, one row stands for its voxel. */
const QUICK_ROWS = 20_000;
const BINS = 256;

/** A scan's file as it stands, to be read here and there. Throws an Error with `path` as `openVolume` does. */
export function viewOfFile({ source }: Scan): View {
  const volume = openVolume(source);
  expectScattered(volume, true);
  return { volume, axis: [0, 1, 2], flip: [false, false, false] };
}

/** The grey values of a scan, from its file. */
export async function greyLayer(
  scan: Scan,
  view: View,
  placement: Placement | null,
  threads: number,
): Promise<LayerSource> {
  const { volume } = view;
  const shape = placement?.shape ?? scan.source.shape;
  const levels = levelsOf(shape);
  const matrix = placement?.matrix ?? IDENTITY;
  const rowBytes = scan.source.shape[2] * VOXEL_BYTES[scan.source.type];
  const isMoved = matrix.some((value, i) => value !== IDENTITY[i]);

  const fine = (origin: Triple, extent: Triple) =>
    isMoved ? resampleBlock(view, matrix, origin, extent, 'keys', threads) : readBlock(view, origin, extent, threads);

  const coarse = async (level: number, origin: Triple, extent: Triple): Promise<Float32Array> => {
    const step = 2 ** level;
    const low = origin.map((at) => at * step) as Triple;
    let box = extent.map((size, k) => Math.min(size * step, shape[k]! - low[k]!)) as Triple;
    if (volumeOf(box) > EXACT_VOXELS || pagesUnder(rowBytes, 1, box) > EXACT_PAGES)
      return await sampleLevel(volume, matrix, step, tapsOf(step, extent), origin, extent, threads);
    let values = await fine(low, box);
    finite(values);
    for (let k = 0; k < level; k++) {
      const halved = await bin(values as Float32Array<ArrayBuffer>, box, 1, threads);
      release(values);
      values = halved;
      box = binnedShape(box);
    }
    return values;
  };

  const least = LEAST[scan.source.type];
  const sample = await surveyOf(view, scan.source.shape, least === undefined, threads);
  const [low, high] = sample.range;
  const offset = least ?? low;
  const scale = least === undefined ? (high - low || 1) / 65535 : 1;
  return {
    key: [scan.fingerprint, placement?.key ?? 'own'].join(':'),
    shape,
    levels,
    voxels: 'uint16',
    scale,
    offset,
    async read(level, origin, extent) {
      const values = level === 0 ? await fine(origin, extent) : await coarse(level, origin, extent);
      const counts = new Uint16Array(values.length);
      for (let i = 0; i < values.length; i++) {
        // Outside the file there is nothing, as reconstructions write it outside their field: 0.
        const value = Number.isNaN(values[i]!) ? 0 : values[i]!;
        const count = (value - offset) / scale;
        counts[i] = count <= 0 ? 0 : count >= 65535 ? 65535 : count + 0.5;
      }
      release(values);
      return counts;
    },
    levelFor(level, extent) {
      let from = level;
      const box = () => extent.map((size) => Math.ceil(size / 2 ** (from - level))) as Triple;
      while (from < levels - 1 && pagesUnder(rowBytes, 2 ** from, box()) > MOST_PAGES) from++;
      return from;
    },
    readThrough: (begins) => expectScattered(volume, !begins),
    survey: async () => sample,
  };
}

/**
 * Range and histogram of three planes of the file. Where the counts are made from the range (`spread`), it is that of all voxels,
 * or of as many as can be read at once and somewhat more.
 */
async function surveyOf(view: View, shape: Triple, spread: boolean, threads: number) {
  const planes: Float32Array[] = [];
  for (const share of [0.25, 0.5, 0.75])
    planes.push(await readBlock(view, [Math.floor(shape[0] * share), 0, 0], [1, shape[1], shape[2]], threads));
  const ranges = await Promise.all(planes.map((plane) => valueRange(plane, threads)));
  if (spread) ranges.push(await wholeRange(view, shape, threads));
  const low = Math.min(...ranges.map(([least]) => least));
  const high = Math.max(...ranges.map(([, most]) => most), low + (spread ? Number.EPSILON : 1));
  const counts = new Array<number>(BINS).fill(0);
  for (const plane of planes) {
    const counted = await histogram(plane, low, high, BINS, threads);
    for (let i = 0; i < BINS; i++) counts[i]! += counted.counts[i]!;
    release(plane);
  }
  const range: [number, number] = [low, high];
  return { range, histogram: { range, counts } };
}

async function wholeRange(view: View, shape: Triple, threads: number): Promise<[number, number]> {
  const all = volumeOf(shape) <= EXACT_VOXELS;
  const level = levelsOf(shape) - 1;
  const values = all
    ? await readBlock(view, [0, 0, 0], shape, threads)
    : await sampleLevel(view.volume, IDENTITY, 2 ** level, 1, [0, 0, 0], levelShape(shape, level), threads);
  const [low, high] = await valueRange(values, threads);
  release(values);
  // Means of a part of the voxels do not reach as far as the voxels do.
  const margin = all ? 0 : (high - low) / 4;
  return [low - margin, high + margin];
}

function tapsOf(step: number, [z, y]: Triple): number {
  return step === 1 || z * y * 4 > QUICK_ROWS ? 1 : 2;
}

/** How many pages of a file are touched by one row in every `spacing` of it under each row of a box. */
function pagesUnder(rowBytes: number, spacing: number, [z, y]: Triple): number {
  return z * y * Math.min(1, (spacing * rowBytes) / PAGE_BYTES);
}

function finite(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) values[i] = 0;
}

/** The grey value at each voxel of a box of a layer's grid, NaN outside the file. */
export function greyValues(
  view: View,
  placement: Placement | null,
  origin: Triple,
  extent: Triple,
  threads: number,
): Promise<Float32Array> {
  return resampleBlock(view, placement?.matrix ?? IDENTITY, origin, extent, 'keys', threads);
}
