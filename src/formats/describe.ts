import { open, readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { asFailure, badInput } from '../core/failure.ts';
import type { VolumeSource } from '../core/series.ts';
import { amira } from './amira.ts';
import { checkRoom, placed, writtenBeside } from './beside.ts';
import { cycling } from './cycling.ts';
import {
  access,
  type Candidate,
  type Dataset,
  type Description,
  type Format,
  type Hints,
  VOXEL_BYTES,
  type VolumeDescription,
} from './description.ts';
import { hdf5 } from './hdf5.ts';
import { metaimage } from './metaimage.ts';
import { nifti } from './nifti.ts';
import { npy } from './npy.ts';
import { nrrd } from './nrrd.ts';
import { raw } from './raw.ts';
import { sidecar } from './sidecar.ts';
import { slices } from './slices.ts';
import { tiff } from './tiff.ts';
import { zarr } from './zarr.ts';
import { zeiss } from './zeiss.ts';

/** In the order in which they are tried: those that know their content before those that go by a name. */
const FORMATS: readonly Format[] = [
  tiff,
  hdf5,
  zeiss,
  nrrd,
  npy,
  nifti,
  metaimage,
  amira,
  zarr,
  slices,
  sidecar,
  cycling,
  raw,
];

const HEAD_BYTES = 64 * 1024;

/**
 * What a file or folder is, from its headers; `info --json` prints it. Throws an input failure when it is missing, damaged or
 * of no known format.
 */
export async function describeFile(path: string, hints: Hints = {}): Promise<Description> {
  const absolute = resolve(path);
  try {
    const candidate = await candidateOf(absolute, hints);
    const format = FORMATS.find((known) => known.recognises(candidate));
    if (!format) throw unknownFormat(candidate);
    return told(await format.describe(candidate), hints);
  } catch (error) {
    throw asFailure(error, 'Cannot read the file', absolute);
  }
}

/** The voxel size that was told wins over the file's. */
function told(description: Description, { voxelSizeUm }: Hints): Description {
  if (voxelSizeUm && description.kind !== 'cycling')
    for (const dataset of description.datasets) Object.assign(dataset, { voxelSizeUm, voxelSizeFrom: 'as told' });
  return description;
}

/**
 * Where the voxels of a dataset lie, for the mapped reader; `dataset` by name, `frame` a time point of a 4D one. Throws
 * an input failure when voxels are refused, do not lie plainly (see `importVolume`), or the dataset must be chosen.
 */
export function volumeSource(description: Description, dataset?: string, frame = 0): VolumeSource {
  const { chosen, reach } = voxelsOf(description, dataset, frame);
  if (reach.plain) return reach.plain(frame);
  throw badInput({
    what: 'Cannot map the voxels',
    path: description.path,
    at: chosen.name,
    why: `they are stored with compression or in tiles (${chosen.compression})`,
    whatToDo: 'Bring the volume in first',
  });
}

/** True when `importVolume` must bring the dataset in before it can be mapped. */
export function needsImport(description: Description, dataset?: string, frame = 0): boolean {
  return !voxelsOf(description, dataset, frame).reach.plain;
}

export interface ImportOptions {
  frame?: number;
  signal?: AbortSignal;
  /** `fraction` brought in, 0 to 1. */
  progress?(fraction: number): void;
}

/**
 * Writes the voxels of a dataset plainly into `toPath` (x fastest, little endian, the stored type; float16 as float32),
 * beside and renamed, and returns where they lie. Throws an input failure for damaged or refused voxels, a resources
 * failure for a full disk, and the signal's reason.
 */
export async function importVolume(
  description: Description,
  dataset: string | undefined,
  toPath: string,
  { frame = 0, signal, progress }: ImportOptions = {},
): Promise<VolumeSource> {
  const { chosen, reach } = voxelsOf(description, dataset, frame);
  const [slices, rows, columns] = chosen.shape.slice(-3);
  const bytes = slices * rows * columns * VOXEL_BYTES[reach.type];
  const path = resolve(toPath);
  try {
    await checkRoom(path, bytes);
    await writtenBeside(path, async (file) => {
      let written = 0;
      let breath = performance.now();
      for await (const piece of reach.decode({ frame, first: 0, end: slices }, signal)) {
        signal?.throwIfAborted();
        if (piece.at + piece.bytes.length > bytes)
          throw new Error(`voxels beyond the last of ${bytes} bytes were decoded`);
        await placed(file, piece.bytes, piece.at);
        written += piece.bytes.length;
        // Small pieces are written at once: others, and the signal, would wait for all of them.
        if (performance.now() - breath > 20) {
          await setImmediate();
          breath = performance.now();
        }
        progress?.(written / bytes);
      }
      if (written !== bytes) throw new Error(`${written} bytes were decoded for ${bytes}`);
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw asFailure(error, 'Cannot bring in the volume', description.path);
  }
  return {
    segments: [{ path, offset: 0, rows: slices * rows }],
    shape: [slices, rows, columns],
    type: reach.type,
    bigEndian: false,
  };
}

/** The dataset of that name, or the only one whose voxels can be used. Throws an input failure. */
export function chooseDataset(description: Description, dataset?: string): Dataset {
  const refuse = (why: string, whatToDo: string) =>
    badInput({ what: 'Cannot use the file as a volume', path: description.path, why, whatToDo });
  if (description.kind === 'cycling') throw refuse('it is a cycling log', 'Give it with --cycling');
  const { datasets } = description as VolumeDescription;
  const names = datasets.map(({ name }) => name).join(', ');
  if (dataset !== undefined) {
    const chosen = datasets.find(({ name }) => name === dataset);
    if (!chosen) throw refuse(`it has no dataset "${dataset}"`, `It has: ${names}`);
    return chosen;
  }
  const usable = datasets.filter(({ refused }) => !refused);
  if (usable.length === 1) return usable[0];
  const preferred = usable.find(({ name }) => name === (description as VolumeDescription).default);
  if (preferred) return preferred;
  if (usable.length === 0)
    throw refuse(
      datasets[0].refused ?? 'it holds no voxels',
      description.kind === 'projections'
        ? 'Reconstruct them first, with the program of the beamline, and give the volume'
        : 'Save it as grey values of 8 or 16 bits',
    );
  throw refuse(`it has ${usable.length} datasets`, `Choose one with --dataset: ${names}`);
}

function voxelsOf(description: Description, dataset: string | undefined, frame: number) {
  const chosen = chooseDataset(description, dataset);
  const reach = chosen[access];
  const frames = chosen.shape.length > 3 ? chosen.shape[0] : 1;
  const refuse = (why: string) =>
    badInput({ what: 'Cannot use the voxels', path: description.path, at: chosen.name, why });
  if (!reach) throw refuse(chosen.refused ?? 'the description has lost its way to them');
  if (!(frame >= 0 && frame < frames)) throw refuse(`it has ${frames} time points, and none with the index ${frame}`);
  return { chosen, reach };
}

/** Files that are none of the formats, by their first bytes in hexadecimal. */
const OTHERS: Readonly<Record<string, string>> = {
  '89504e470d0a': 'a PNG picture',
  ffd8ff: 'a JPEG picture',
  '47494638': 'a GIF picture',
  '0000000c6a502020': 'a JPEG 2000 picture',
  '934e554d5059': 'a NumPy array',
  '4e525244303030': 'an NRRD volume',
  '504b0304': 'a ZIP archive',
  '1f8b': 'a gzip archive',
  '255044462d': 'a PDF document',
};

/** What is told of a file that no format recognises: what it is by its first bytes, where they say it. */
function unknownFormat({ path, head }: Candidate) {
  const start = head.subarray(0, 16).toString('hex');
  const other = Object.entries(OTHERS).find(([bytes]) => start.startsWith(bytes))?.[1];
  const known = FORMATS.map(({ name }) => name).join(', ');
  const named = /\.tiff?$/i.test(path) ? 'it is named like a TIFF file, and ' : '';
  return badInput({
    what: 'Cannot read the file',
    path,
    why: other
      ? `${named}its content is ${other}, none of the formats that can be read (${known})`
      : named
        ? `${named}does not begin like one`
        : `it is none of the known formats: ${known}`,
    whatToDo: other
      ? 'Save it as TIFF, 8 or 16-bit grey values'
      : named
        ? 'Copy or save it again; for headerless voxels give --shape ZxYxX and --type'
        : 'For headerless voxels give --shape ZxYxX and --type',
  });
}

async function candidateOf(path: string, hints: Hints): Promise<Candidate> {
  const status = await stat(path);
  if (status.isDirectory()) {
    return { path, isFolder: true, size: 0, names: await readdir(path), head: Buffer.alloc(0), hints };
  }
  if (!status.isFile())
    throw badInput({ what: 'Cannot read the file', path, why: 'it is neither a file nor a folder' });
  if (status.size === 0) throw badInput({ what: 'Cannot read the file', path, why: 'it is empty' });
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(Math.min(HEAD_BYTES, status.size));
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return { path, isFolder: false, size: status.size, names: [], head: head.subarray(0, bytesRead), hints };
  } finally {
    await file.close();
  }
}
