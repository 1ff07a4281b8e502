import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Lvf } from '../../analysis/lvf/index.ts';
import type { Phases } from '../../analysis/phases/index.ts';
import { asFailure } from '../../core/failure.ts';
import type { Results } from '../../core/results.ts';
import type { ResultRef, StepResult } from '../../core/step.ts';
import { checkRoom } from '../../formats/beside.ts';
import { writeTiff } from '../../formats/tiff_writer.ts';
import { openZarr, type ZarrVolume } from '../../store/zarr/index.ts';

export type VolumeForm = 'zarr' | 'tiff';

export interface VolumeHooks {
  signal?: AbortSignal;
  /** `fraction` of the scans written, 0 to 1. */
  progress?(fraction: number): void;
}

/** Slices that are held at once. */
const SLAB = 16;

/**
 * Writes the lithium volume fraction and the phase fractions of every scan that has them into a folder, on the reference's
 * grid: as OME-Zarr, copies of what the project keeps (NAME_lvf.zarr, 8192 for one; NAME_phases.zarr, 255 for one), or as TIFF
 * (NAME_lvf.tif, float; NAME_lithium.tif and so on, 255 for one). Returns the paths. Throws a Failure: `input` for damaged
 * results, `resources` for a full disk; or the signal's reason.
 */
export async function writeVolumes(
  { scans }: Pick<Results, 'scans'>,
  stored: <R>(ref: ResultRef) => StepResult<R> | null,
  folder: string,
  form: VolumeForm,
  { signal, progress }: VolumeHooks = {},
): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, { index, name }] of scans.entries()) {
    const lvf = stored<Lvf>({ step: 'lvf', scan: index });
    const phases = stored<Phases>({ step: 'phases', scan: index });
    for (const [kind, result, volume] of [
      ['lvf', lvf, lvf?.value.volume],
      ['phases', phases, phases?.value.volume],
    ] as const) {
      if (!result || !volume) continue;
      const from = join(result.directory, volume);
      const to = join(folder, `${name}_${kind}.zarr`);
      if (form === 'zarr') {
        await copyFolder(from, to, signal);
        paths.push(to);
      } else paths.push(...(await writeChannels(await openZarr(from), join(folder, name), lvf?.value, kind, signal)));
    }
    progress?.((i + 1) / scans.length);
  }
  return paths;
}

/** Copies a folder beside and renames it; an earlier one of that name is replaced. */
async function copyFolder(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  const beside = join(dirname(to), `.${basename(to)}.part`);
  try {
    const files = (await readdir(from, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(from.length + 1));
    const sizes = await Promise.all(paths.map(async (path) => (await stat(join(from, path))).size));
    await checkRoom(
      to,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside, { recursive: true });
    for (const path of paths) {
      signal?.throwIfAborted();
      await mkdir(dirname(join(beside, path)), { recursive: true });
      await copyFile(join(from, path), join(beside, path), constants.COPYFILE_FICLONE);
    }
    await rm(to, { recursive: true, force: true });
    await rename(beside, to);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    signal?.throwIfAborted();
    throw asFailure(error, 'Cannot write the volume', to);
  }
}

/** One TIFF a channel. */
async function writeChannels(
  volume: ZarrVolume,
  stem: string,
  lvf: Lvf | undefined,
  kind: 'lvf' | 'phases',
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { shape, voxelSizeUm, channels } = volume.spec;
  const paths: string[] = [];
  for (const [c, { label }] of channels.entries()) {
    const path = `${stem}_${kind === 'lvf' ? 'lvf' : label}.tif`;
    const scale = kind === 'lvf' ? 1 / lvf!.countsPerUnit : null;
    await writeTiff(path, {
      shape,
      type: scale === null ? 'uint8' : 'float32',
      voxelSizeUm,
      display: scale === null ? [0, 255] : [0, 1],
      voxels: channelSlabs(volume, c, scale, signal),
    });
    paths.push(path);
  }
  return paths;
}

/** The voxels of one channel slab by slab; as fractions where `scale` is given, as they are where it is null. */
async function* channelSlabs(
  volume: ZarrVolume,
  channel: number,
  scale: number | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array | Uint8Array> {
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
