import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Lvf } from '../../analysis/lvf/index.ts';
import type { Phases } from '../../analysis/phases/index.ts';
import type { PyramidResult } from '../../analysis/pyramid/index.ts';
import { colourTable } from '../../core/colour_maps.ts';
import { asFailure } from '../../core/failure.ts';
import type { ScanResults } from '../../core/results.ts';
import { checkRoom } from '../../formats/beside.ts';
import { VOXEL_BYTES } from '../../formats/description.ts';
import { type TiffToWrite, writeTiff } from '../../formats/tiff_writer.ts';
import { frameInterval, openZarr, type SeriesFrame, seriesBytes, writeZarrSeries } from '../../store/zarr/index.ts';
import type { Analysed } from './analysed.ts';
import { type GreySeries, greySeries, greySlabs, storeGrey } from './grey_volumes.ts';

export type VolumeForm = 'zarr' | 'tiff';

export interface VolumeHooks {
  signal?: AbortSignal;
  /** `fraction` of the volumes written, 0 to 1. */
  progress?(fraction: number): void;
}

export interface VolumeOptions extends VolumeHooks {
  /** The scans themselves too, laid over the reference. */
  grey?: boolean;
}

/** Slices that are held at once. */
const SLAB = 16;
/** What stands for one in the phase fractions. */
const WHOLE = 255;

/**
 * Writes the lithium volume fraction and the phase fractions of all scans that have them into a folder, each a series on the
 * reference's grid: as OME-Zarr (`lvf.zarr`, 8192 for one; `phases.zarr`, 255 for one, with its coarse levels), or as TIFF for ImageJ
 * (`lvf.tif`, float; `lithium.tif` and so on, 255 for one); with `grey` the scans too (`grey.zarr`, `grey.tif`). Returns the paths.
 * Throws a Failure: `input` for damaged results or scans, `resources` for a full disk; or the signal's reason.
 */
export async function writeVolumes(
  analysed: Pick<Analysed, 'results' | 'series' | 'stored'>,
  folder: string,
  form: VolumeForm,
  options: VolumeOptions = {},
): Promise<string[]> {
  const { signal, progress } = options;
  const { results, stored } = analysed;
  const lvf: SeriesFrame[] = [];
  const phases: SeriesFrame[] = [];
  let countsPerUnit = 1;
  for (const scan of results.scans) {
    const fraction = stored<Lvf>({ step: 'lvf', scan: scan.index });
    const mixture = stored<Phases>({ step: 'phases', scan: scan.index });
    const coarse = stored<PyramidResult>({ step: 'pyramid', scan: scan.index });
    if (fraction?.value.volume) {
      lvf.push(frameOf(scan, [join(fraction.directory, fraction.value.volume)]));
      countsPerUnit = fraction.value.countsPerUnit;
    }
    if (mixture)
      phases.push(
        frameOf(scan, [
          join(mixture.directory, mixture.value.volume),
          ...(coarse ? [join(coarse.directory, coarse.value.volume)] : []),
        ]),
      );
  }
  const grey = options.grey ? greySeries(analysed) : null;
  const tasks: (() => Promise<string[]>)[] = [];
  const zarr = (name: string, title: string, frames: SeriesFrame[], attributes: Record<string, number>) => async () => {
    const to = join(folder, `${name}.zarr`);
    await wholeFolder(to, signal, async (beside) => {
      await checkRoom(to, await seriesBytes(frames));
      await writeZarrSeries(beside, title, frames, { attributes, ...(signal ? { signal } : {}) });
    });
    return [to];
  };
  if (form === 'zarr') {
    if (lvf.length > 0) tasks.push(zarr('lvf', 'lithium volume fraction', lvf, { countsPerUnit }));
    if (phases.length > 0) tasks.push(zarr('phases', 'phase fractions', phases, { countsPerUnit: WHOLE }));
    if (grey && grey.scans.length > 0) tasks.push(() => greyZarr(join(folder, 'grey.zarr'), grey, signal));
  } else {
    if (lvf.length > 0)
      tasks.push(() =>
        writeChannels(folder, lvf, {
          names: ['lvf'],
          scale: 1 / countsPerUnit,
          told: { type: 'float32', display: [0, 1], colours: colourTable('lvf') },
          signal,
        }),
      );
    if (phases.length > 0)
      tasks.push(() =>
        writeChannels(folder, phases, {
          names: null,
          scale: null,
          told: { type: 'uint8', display: [0, WHOLE], unitOfValue: { of: 1 / WHOLE, name: 'fraction' } },
          signal,
        }),
      );
    if (grey && grey.scans.length > 0) tasks.push(() => greyTiff(join(folder, 'grey.tif'), grey, signal));
  }
  const paths: string[] = [];
  for (const [i, task] of tasks.entries()) {
    signal?.throwIfAborted();
    paths.push(...(await task()));
    progress?.((i + 1) / tasks.length);
  }
  return paths;
}

function frameOf({ index, name, startH, timeH, endH }: ScanResults, volumes: string[]): SeriesFrame {
  return { volumes, scan: index, name, startH, timeH, endH };
}

/** Makes a folder beside and renames it; an earlier one of that name is replaced. */
async function wholeFolder(to: string, signal: AbortSignal | undefined, make: (beside: string) => Promise<void>) {
  const beside = join(dirname(to), `.${basename(to)}.part`);
  try {
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside, { recursive: true });
    await make(beside);
    await rm(to, { recursive: true, force: true });
    await rename(beside, to);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    signal?.throwIfAborted();
    throw asFailure(error, 'Cannot write the volume', to);
  }
}

/** What ImageJ is told of a series: its interval where there is one, each time point's name and time. */
function timesFor(frames: readonly Pick<SeriesFrame, 'name' | 'timeH'>[]): Partial<TiffToWrite> {
  const interval = frameInterval(frames);
  return {
    ...(interval?.regular ? { frameIntervalH: interval.hours } : {}),
    frameLabels: frames.map(({ name, timeH }) =>
      timeH === null ? name : `${name}, ${Number(timeH.toPrecision(6))} h`,
    ),
  };
}

interface Channels {
  /** Of the channels; their own where null. */
  names: string[] | null;
  /** Counts are multiplied by it; as they are where null. */
  scale: number | null;
  told: Pick<TiffToWrite, 'type' | 'display' | 'colours' | 'unitOfValue'>;
  signal: AbortSignal | undefined;
}

/** One TIFF a channel, all time points in it. */
async function writeChannels(
  folder: string,
  frames: readonly SeriesFrame[],
  { names, scale, told, signal }: Channels,
): Promise<string[]> {
  const { shape, voxelSizeUm, channels } = (await openZarr(frames[0]!.volumes[0]!)).spec;
  const paths: string[] = [];
  for (const [c, { label }] of channels.entries()) {
    const path = join(folder, `${names?.[c] ?? label}.tif`);
    await writeTiff(path, {
      ...told,
      ...timesFor(frames),
      shape: [...(frames.length > 1 ? [frames.length] : []), ...shape],
      voxelSizeUm,
      voxels: channelSlabs(frames, c, scale, signal),
    });
    paths.push(path);
  }
  return paths;
}

/** The voxels of one channel slab by slab, time point after time point. */
async function* channelSlabs(
  frames: readonly SeriesFrame[],
  channel: number,
  scale: number | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array | Uint8Array> {
  for (const { volumes } of frames) {
    const volume = await openZarr(volumes[0]!);
    const { shape, channels } = volume.spec;
    const [nz, ny, nx] = shape;
    for (let z = 0; z < nz; z += SLAB) {
      signal?.throwIfAborted();
      const planes = Math.min(SLAB, nz - z);
      const all = await volume.readBlock([z, 0, 0], [planes, ny, nx]);
      const out = scale === null ? new Uint8Array(planes * ny * nx) : new Float32Array(planes * ny * nx);
      for (let i = 0; i < out.length; i++) out[i] = all[i * channels.length + channel]! * (scale ?? 1);
      yield out;
    }
  }
}

/** Every scan on the reference's grid, as one OME-Zarr. */
async function greyZarr(to: string, grey: GreySeries, signal: AbortSignal | undefined): Promise<string[]> {
  const hooks = signal ? { signal } : {};
  await wholeFolder(to, signal, async (beside) => {
    await checkRoom(to, greyBytes(grey));
    const apart = join(beside, 'scans');
    await writeZarrSeries(beside, 'scans laid over the reference', await storeGrey(grey, apart, signal), {
      move: true,
      ...hooks,
    });
    await rm(apart, { recursive: true });
  });
  return [to];
}

/** Every scan on the reference's grid, as one TIFF. */
async function greyTiff(path: string, grey: GreySeries, signal: AbortSignal | undefined): Promise<string[]> {
  const { scans, shape, voxelSizeUm, type } = grey;
  async function* voxels() {
    for (const scan of scans) yield* greySlabs(scan, grey, signal);
  }
  const depth = scans.length > 1 ? [scans.length] : [];
  await writeTiff(path, { ...timesFor(scans), shape: [...depth, ...shape], type, voxelSizeUm, voxels: voxels() });
  return [path];
}

function greyBytes({ scans, shape, type }: GreySeries): number {
  return scans.length * shape[0] * shape[1] * shape[2] * VOXEL_BYTES[type];
}
