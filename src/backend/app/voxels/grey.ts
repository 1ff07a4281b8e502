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
/** Of a plane so many rows are surveyed, in so many places. */
const SURVEYED_ROWS = 256;
const SURVEYED_BANDS = 32;

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
    const isExact = volumeOf(box) <= EXACT_VOXELS && pagesUnder(rowBytes, 1, box) <= EXACT_PAGES;
    // What lies straight in its file needs no interpolation, and so no copy of what is averaged.
    if (!isExact || !isMoved) {
      const taps = isExact ? step : tapsOf(step, extent);
      return await sampleLevel(volume, matrix, step, taps, origin, extent, threads);
    }
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
  // Where the counts are the file's own, what is drawn need not wait until they are surveyed.
  let offset = least ?? 0;
  let scale = 1;
  if (least === undefined) {
    const [low, high] = await wholeRange(view, scan.source.shape, threads);
    offset = low;
    scale = (high - low || 1) / 65535;
  }
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
    survey: () => surveyOf(view, scan.source.shape, threads),
  };
}

/** Range and histogram of three planes of the file, of evenly spread rows of them where they have many. */
async function surveyOf(view: View, [nz, ny, nx]: Triple, threads: number) {
  const rows = Math.min(ny, SURVEYED_ROWS);
  const bands = rows < ny ? SURVEYED_BANDS : 1;
  const parts: Float32Array[] = [];
  for (const share of [0.25, 0.5, 0.75])
    for (let band = 0; band < bands; band++) {
      const y = Math.floor((band * ny) / bands);
      parts.push(await readBlock(view, [Math.floor(nz * share), y, 0], [1, rows / bands, nx], threads));
    }
  const ranges = await Promise.all(parts.map((part) => valueRange(part, threads)));
  const low = Math.min(...ranges.map(([least]) => least));
  const high = Math.max(...ranges.map(([, most]) => most), low + 1e-6 * Math.max(1, Math.abs(low)));
  const counts = new Array<number>(BINS).fill(0);
  for (const part of parts) {
    const counted = await histogram(part, low, high, BINS, threads);
    for (let i = 0; i < BINS; i++) counts[i]! += counted.counts[i]!;
    release(part);
  }
  const range: [number, number] = [low, high];
  return { range, histogram: { range, counts } };
}

/** The range over which counts are spread: of all voxels, or of as many as can be read at once and somewhat more. */
async function wholeRange(view: View, shape: Triple, threads: number): Promise<[number, number]> {
  const all = volumeOf(shape) <= EXACT_VOXELS;
  const level = levelsOf(shape) - 1;
  const values = all
    ? await readBlock(view, [0, 0, 0], shape, threads)
    : await sampleLevel(view.volume, IDENTITY, 2 ** level, 1, [0, 0, 0], levelShape(shape, level), threads);
  const [low, high] = await valueRange(values, threads);
  release(values);
  if (all) return [low, high];
  // Means of a part of the voxels do not reach as far as the voxels do.
  const margin = (high - low) / 4;
  const seen = (await surveyOf(view, shape, threads)).range;
  return [Math.min(low - margin, seen[0]), Math.max(high + margin, seen[1])];
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
