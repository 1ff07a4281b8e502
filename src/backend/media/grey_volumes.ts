import { join } from 'node:path';
import { baseScan } from '../../analysis/reference.ts';
import { type Matrix4, orientationOf, type Triple } from '../../core/geometry.ts';
import type { VolumeSource } from '../../core/series.ts';
import { release } from '../../engine/release.ts';
import { resampleBlock } from '../../engine/resample.ts';
import { openVolume } from '../../engine/volume.ts';
import { ARRAYS } from '../../formats/write_voxels.ts';
import { createZarr, type SeriesFrame, type ZarrArray, type ZarrType } from '../../store/zarr/index.ts';
import type { Analysed } from './analysed.ts';

/** A scan that is laid over the reference, with its time. */
export interface GreyScan extends Omit<SeriesFrame, 'volumes'> {
  source: VolumeSource;
  /** From a voxel of the reference to that of the scan which shows the same material. */
  matrix: Matrix4;
}

/** The scans that are registered, on one grid and of one type. */
export interface GreySeries {
  scans: GreyScan[];
  /** z, y, x of the reference. */
  shape: Triple;
  voxelSizeUm: Triple;
  /** That of the scans where they share one that can be stored, else float32. */
  type: ZarrType;
}

/** Grey values of a slab as float32 and in the type that is written. */
const SLAB_BYTES = 2 ** 27;
const STORED: Readonly<Record<string, readonly [low: number, high: number] | null>> = {
  uint8: [0, 255],
  uint16: [0, 65_535],
  int16: [-32_768, 32_767],
  float32: null,
};

/** What of a project can be laid over its reference. */
export function greySeries({ results, series }: Pick<Analysed, 'results' | 'series'>): GreySeries {
  const scans = results.scans.flatMap(({ index, name, startH, timeH, endH, registration }): GreyScan[] => {
    const scan = series.scans.find((own) => own.index === index);
    if (!scan || !registration) return [];
    return [{ scan: index, name, startH, timeH, endH, source: scan.source, matrix: registration.matrix }];
  });
  const types = new Set(scans.map(({ source }) => source.type));
  const [type] = types;
  return {
    scans,
    shape: series.scans[baseScan(results.recipe)]!.source.shape,
    voxelSizeUm: series.voxelSizeUm,
    type: types.size === 1 && type! in STORED ? (type as ZarrType) : 'float32',
  };
}

/**
 * A scan on the reference's grid, slab by slab: cubic convolution, rounded and cut to the limits of whole numbers, 0 where the
 * scan does not reach.
 */
export async function* greySlabs(
  { source, matrix }: GreyScan,
  { shape, type }: Pick<GreySeries, 'shape' | 'type'>,
  signal?: AbortSignal,
): AsyncGenerator<ZarrArray> {
  const [nz, ny, nx] = shape;
  const view = { volume: openVolume(source), ...orientationOf('z', 'low') };
  const depth = Math.max(1, Math.min(32, Math.floor(SLAB_BYTES / (ny * nx * 8))));
  const limits = STORED[type];
  for (let z = 0; z < nz; z += depth) {
    signal?.throwIfAborted();
    const extent: Triple = [Math.min(depth, nz - z), ny, nx];
    const grey = await resampleBlock(view, matrix, [z, 0, 0], extent);
    const out = new ARRAYS[type](grey.length) as ZarrArray;
    for (let i = 0; i < grey.length; i++) {
      const value = grey[i]!;
      if (Number.isNaN(value)) continue;
      out[i] = limits ? Math.max(limits[0], Math.min(limits[1], Math.round(value))) : value;
    }
    release(grey);
    yield out;
  }
}

/** Writes each scan as a stored volume of its own below `folder`; what `writeZarrSeries` takes. */
export async function storeGrey(grey: GreySeries, folder: string, signal?: AbortSignal): Promise<SeriesFrame[]> {
  const { shape, voxelSizeUm, type } = grey;
  const frames: SeriesFrame[] = [];
  for (const scan of grey.scans) {
    const directory = join(folder, String(scan.scan));
    const [low, high] = STORED[type] ?? [0, 1];
    const window: [number, number] = [Math.max(0, low), high];
    const writer = await createZarr(directory, {
      name: scan.name,
      shape,
      voxelSizeUm,
      type,
      channels: [{ label: 'grey', color: 'FFFFFF', window }],
    });
    try {
      let z = 0;
      for await (const slab of greySlabs(scan, grey, signal)) {
        await writer.writeSlab(z, slab);
        z += slab.length / (shape[1] * shape[2]);
        release(slab);
      }
      await writer.close();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    const { source: _, matrix: __, ...frame } = scan;
    frames.push({ ...frame, volumes: [directory] });
  }
  return frames;
}
