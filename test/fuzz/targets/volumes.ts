import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Triple } from '../../../src/core/geometry.ts';
import type { VolumeSource } from '../../../src/core/series.ts';
import { openVolume, readBlock } from '../../../src/engine/volume.ts';
import { describeFile, importVolume, needsImport, volumeSource } from '../../../src/formats/describe.ts';
import {
  access,
  type Dataset,
  type Hints,
  VOXEL_BYTES,
  type VolumeDescription,
} from '../../../src/formats/description.ts';
import { readInstant } from '../../../src/formats/instant.ts';
import { type Attempt, Broken } from '../target.ts';

/** More is brought in only in part: what a header claims may be terabytes. */
const LARGEST_IMPORT = 16 * 2 ** 20;
const DATASETS = 4;
const IMPORT_MS = 1000;

/**
 * Reads a file as `info`, `create` and a run do: headers, then a few rows of each dataset where they lie, or brought in. Throws
 * what they throw, and Broken where the description contradicts itself or the voxels.
 */
export async function readVolumes({ path, scratch, random }: Attempt, hints: Hints = {}): Promise<void> {
  const description = await describeFile(path, hints);
  JSON.stringify(description);
  if (description.kind === 'cycling') return;
  checkDescription(description);
  const usable = description.datasets.filter(({ refused }) => !refused);
  let failure: unknown = null;
  for (const dataset of usable.slice(0, DATASETS)) {
    const frames = dataset.shape.length > 3 ? dataset.shape[0]! : 1;
    const frame = random.pick([0, frames - 1]);
    // A damaged dataset is told; the next may be sound, or crash.
    await readDataset(description, dataset, frame, scratch).catch((error) => (failure ??= error));
  }
  if (failure) throw failure;
}

async function readDataset(
  description: VolumeDescription,
  { name }: Dataset,
  frame: number,
  scratch: string,
): Promise<void> {
  const dataset = description.datasets.find((one) => one.name === name)!;
  if (!needsImport(description, name, frame)) return await readRows(volumeSource(description, name, frame));
  const [slices, rows, columns] = dataset.shape.slice(-3) as Triple;
  const bytes = slices * rows * columns * VOXEL_BYTES[dataset[access]!.type];
  const out = join(scratch, 'voxels.raw');
  const signal = AbortSignal.timeout(IMPORT_MS);
  try {
    const source = await importVolume(description, name, out, bytes > LARGEST_IMPORT ? { frame, signal } : { frame });
    if (statSync(out).size !== bytes) throw new Broken(`${statSync(out).size} bytes were brought in for ${bytes}`);
    await readRows(source);
  } catch (error) {
    if (!signal.aborted || bytes <= LARGEST_IMPORT) throw error;
  } finally {
    rmSync(out, { force: true });
  }
}

/** A few rows all over the volume. */
async function readRows(source: VolumeSource): Promise<void> {
  const volume = openVolume(source);
  const view = { volume, axis: [0, 1, 2], flip: [false, false, false] } as const;
  const [slices, rows, columns] = source.shape;
  for (const [z, y] of [
    [0, 0],
    [slices - 1, rows - 1],
    [slices >> 1, rows >> 1],
  ] as const)
    await readBlock(view as never, [z, y, 0], [1, 1, Math.min(columns, 1 << 20)], 1);
}

function checkDescription({ path, datasets, notes = [], kind }: VolumeDescription): void {
  const broken = (why: string) => new Broken(`${path}: ${why}`);
  if (datasets.length === 0) throw broken(`${kind} without a dataset`);
  for (const dataset of datasets) {
    const { name, shape, voxelSizeUm, time, refused, mapped } = dataset;
    if (typeof name !== 'string') throw broken('a dataset has no name');
    if (!refused && !shape.every((n) => Number.isSafeInteger(n) && n > 0))
      throw broken(`${name} has the shape ${shape}`);
    if (!refused && (shape.length < 3 || shape.length > 4))
      throw broken(`${name} has ${shape.length} axes and is not refused`);
    if (voxelSizeUm && !voxelSizeUm.every((um) => Number.isFinite(um) && um > 0))
      throw broken(`${name} has voxels of ${voxelSizeUm} µm`);
    if (time !== null && !readInstant(time)) throw broken(`${name} was taken at "${time}", which is no time`);
    if (Boolean(refused) === Boolean(dataset[access]))
      throw broken(`${name} is ${refused ? 'refused and can be reached' : 'neither refused nor reached'}`);
    if (!refused && mapped !== Boolean(dataset[access]?.plain))
      throw broken(`${name} is mapped: ${mapped}, and lies plainly: ${!mapped}`);
  }
  if (notes.some((note) => /\p{Cc}/u.test(note))) throw broken('a note has control characters');
}
