import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { asFailure, badInput, Failure, isFailure } from '../../core/failure.ts';
import type { Triple } from '../../core/geometry.ts';
import type { Scan } from '../../core/series.ts';
import type { Json } from '../../core/step.ts';
import { chooseDataset, describeFile, importVolume, needsImport, volumeSource } from '../../formats/describe.ts';
import { access, type Dataset, type Description, type Hints, NOT_RECONSTRUCTED } from '../../formats/description.ts';
import { isHeaderName, isVolumeFolderName, isVolumeName, isZarrFolder, volumeStem } from '../../formats/names.ts';
import { naturalOrder } from '../../formats/natural_order.ts';
import { sha256OfJson } from '../../store/checksum.ts';
import { statesOf } from '../../store/fingerprint.ts';
import type { Objects } from '../../store/objects.ts';
import type { OpenScan } from '../../store/scan_rows.ts';
import { version } from './version.ts';

/** One scan that a path stands for, before its voxels are opened. */
export interface FoundScan {
  name: string;
  /** Absolute. */
  path: string;
  description: Description;
  /** The time point in a file that holds a whole series. */
  frame: number;
  voxelSizeUm: Triple | null;
  /** Where the voxel size came from. */
  voxelSizeFrom: string | null;
  /** When it was taken, ISO 8601, where the file says so. */
  time: string | null;
  timeFrom: string | null;
  /** Beginning and end of the exposure, ISO 8601, where the file tells both. */
  exposure: readonly [start: string, end: string] | null;
  notes: string[];
}

/** What was told of the file at a path. */
export type HintsOf = (path: string) => Hints;

/**
 * The scans that paths stand for: a file is a scan (or several, when it holds a series), a folder of slices is a scan, a
 * folder of files or folders stands for those, in natural order. What is none is told to `refuse`, which by default throws
 * the Failure `input` naming it.
 */
export async function findScans(
  paths: readonly string[],
  told: Hints | HintsOf,
  refuse: (failure: Failure, path: string) => void = raise,
): Promise<FoundScan[]> {
  const hints: HintsOf = typeof told === 'function' ? told : () => told;
  const given = paths.map((path) => resolve(path));
  const found = await scansOf(given, hints, true, refuse);
  const names = new Map<string, number>();
  for (const { name } of found) names.set(name, (names.get(name) ?? 0) + 1);
  for (const [i, scan] of found.entries()) if (names.get(scan.name)! > 1) scan.name = `${scan.name} (${i})`;
  return found;
}

function raise(failure: Failure): never {
  throw failure;
}

type Refuse = (failure: Failure, path: string) => void;

async function scansOrNone(path: string, hints: HintsOf, enter: boolean, refuse: Refuse): Promise<FoundScan[]> {
  try {
    return await scansAt(path, hints, enter, refuse);
  } catch (error) {
    refuse(asFailure(error, 'Cannot use the scan', path), path);
    return [];
  }
}

async function scansAt(path: string, hints: HintsOf, enter: boolean, refuse: Refuse): Promise<FoundScan[]> {
  const what = 'Cannot use the scan';
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw asFailure(error, what, path);
  }
  if (!isFolder) return framesOf(path, await describeFile(path, hints(path)), hints(path));
  const all = await readdir(path, { withFileTypes: true });
  if (isZarrFolder(all.map(({ name }) => name)))
    return framesOf(path, await describeFile(path, hints(path)), hints(path));
  const entries = all.filter(({ name }) => !name.startsWith('.')).sort((a, b) => naturalOrder(a.name, b.name));
  const files = entries.filter((entry) => !entry.isDirectory() && isVolumeName(entry.name));
  // A folder that is one volume stands among the files, in the order of names.
  const isVolume = (entry: Dirent) => entry.isDirectory() && isVolumeFolderName(entry.name);
  const inOrder = [
    ...entries.filter((entry) => files.includes(entry) || isVolume(entry)),
    ...entries.filter((entry) => entry.isDirectory() && !isVolume(entry)),
  ];
  const tiffs = files.filter(({ name }) => /\.tiff?$/i.test(name)).map(({ name }) => join(path, name));
  if (await areSlices(tiffs, hints(path))) return framesOf(path, await describeFile(path, hints(path)), hints(path));
  if (!enter) return [];
  let refused = 0;
  const projections: [Failure, string][] = [];
  const count: Refuse = (failure, at) => {
    refused++;
    if (refuse === raise && failure.fields.why.endsWith(NOT_RECONSTRUCTED)) projections.push([failure, at]);
    else refuse(failure, at);
  };
  const names = inOrder.map(({ name }) => join(path, name));
  const inside = await scansOf(names, hints, false, count);
  // Projections beside the volumes that were made of them are left alone.
  if (inside.length === 0) for (const [failure, at] of projections) refuse(failure, at);
  if (inside.length === 0 && refused === 0)
    throw badInput({
      what,
      path,
      why: 'there is no volume in the folder',
      whatToDo: 'Give volumes, or folders of slices',
    });
  return inside;
}

/** The scans at each of these paths; voxels that several of the files speak of are taken once. */
async function scansOf(paths: readonly string[], hints: HintsOf, enter: boolean, refuse: Refuse): Promise<FoundScan[]> {
  const found: FoundScan[] = [];
  const several = new Set<string>();
  const voxels = await filesOfHeaders(paths);
  for (const path of paths.filter((one) => !voxels.has(one)))
    for (const scan of await scansOrNone(path, hints, enter, refuse)) {
      // Each file of a series that lies in several files speaks of all of it.
      const shared = filesOfSeries(scan, hints(scan.path));
      if (shared !== null && several.has(shared)) continue;
      if (shared !== null) several.add(shared);
      found.push(scan);
    }
  // What another scan takes its voxels from (HDF5 files link to each other) is no scan of its own.
  const linked = new Set(found.flatMap(filesElsewhere));
  return found.filter((scan) => !linked.has(scan.path));
}

/** The files of a scan's voxels, without the one that it was found by. */
function filesElsewhere({ path, description }: FoundScan): string[] {
  if (description.kind === 'cycling') return [];
  return description.datasets.flatMap((dataset) => dataset[access]?.files ?? []).filter((file) => file !== path);
}

/** The files that hold the voxels of headers among these. */
async function filesOfHeaders(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const voxels = new Set<string>();
  for (const path of paths.filter(isHeaderName)) {
    const description = await describeFile(path).catch(() => null);
    if (!description || description.kind === 'cycling') continue;
    for (const dataset of description.datasets)
      for (const file of dataset[access]?.files ?? []) if (file !== path) voxels.add(file);
  }
  return voxels;
}

/** What tells the scans of a series that lies in several files from each other; null for a file that stands alone. */
function filesOfSeries({ description, frame }: FoundScan, { dataset }: Hints): string | null {
  const chosen = chooseDataset(description, dataset);
  const files = chosen[access]?.files;
  return files && files.length > 1 ? [frame, chosen.name, ...files.toSorted()].join('\n') : null;
}

/** Whether TIFF files are slices of a volume: the first one that can be read has a single page. */
async function areSlices(paths: readonly string[], hints: Hints): Promise<boolean> {
  for (const path of paths.slice(0, 3)) {
    const description = await describeFile(path, hints).catch(() => null);
    if (!description) continue;
    return (
      description.kind !== 'cycling' && description.datasets.every(({ shape }) => shape.length === 3 && shape[0] === 1)
    );
  }
  return false;
}

function framesOf(path: string, description: Description, hints: Hints): FoundScan[] {
  const dataset = chooseDataset(description, hints.dataset);
  if (dataset.shape.slice(-3).some((size) => size < 2))
    throw badInput({
      what: 'Cannot use the scan',
      path,
      why: `it is one slice (${dataset.shape.join(' × ')} voxels), not a volume`,
      whatToDo: 'Give the folder that holds the slices, or a file of several pages',
    });
  const own = basename(path);
  const name = volumeStem(own) === own ? own.replace(/\.[A-Za-z][A-Za-z0-9]*$/, '') : volumeStem(own);
  const notes = description.kind === 'cycling' ? [] : (description.notes ?? []);
  const { voxelSizeUm, voxelSizeFrom = null, time, timeFrom = null, exposure = null, frameTimes } = dataset;
  const scan = { path, description, voxelSizeUm, voxelSizeFrom, time, timeFrom, exposure, notes };
  if (dataset.shape.length === 3) return [{ ...scan, name, frame: 0 }];
  const digits = String(dataset.shape[0]! - 1).length;
  return Array.from({ length: dataset.shape[0]! }, (_, frame) => {
    // The time of the whole file is that of its first time point, unless each has its own.
    const own = frameTimes ? (frameTimes[frame] ?? null) : frame === 0 ? time : null;
    return {
      ...scan,
      name: `${name}_t${String(frame).padStart(digits, '0')}`,
      frame,
      time: own,
      timeFrom: own ? timeFrom : null,
      exposure: null,
    };
  });
}

/** What a project keeps of hints, to open a scan again. */
export function keptHints(hints: Hints, frame: number): Json {
  return JSON.parse(JSON.stringify({ ...hints, frame })) as Json;
}

/**
 * Where the voxels of a scan lie. Those that do not lie plainly in their file are brought into `objects` once. Throws a
 * Failure: `input` for damaged voxels, `resources` for a full disk.
 */
export async function openScan(
  { path, description, frame }: Pick<FoundScan, 'path' | 'description' | 'frame'>,
  hints: Hints,
  objects: Objects,
  signal?: AbortSignal,
): Promise<OpenScan> {
  if (!needsImport(description, hints.dataset, frame))
    return { source: volumeSource(description, hints.dataset, frame), originals: null };
  const originals = await filesOf(path, chooseDataset(description, hints.dataset));
  const began = performance.now();
  const before = await statesOf(originals);
  const files = before.map(({ bytes, modifiedNs }) => [String(bytes), modifiedNs]);
  const key = sha256OfJson({ step: 'bring-in', path, files, hints: keptHints(hints, frame) });
  const place = (source: OpenScan['source'], directory: string): OpenScan => ({
    source: { ...source, segments: source.segments.map((s) => ({ ...s, path: join(directory, basename(s.path)) })) },
    originals,
  });
  const draft = await objects.begin(key);
  try {
    const source = await importVolume(description, hints.dataset, join(draft.directory, 'voxels.raw'), {
      frame,
      ...(signal ? { signal } : {}),
    });
    for (const [i, { path: file, bytes, modifiedNs }] of (await statesOf(originals)).entries())
      if (bytes !== before[i]!.bytes || modifiedNs !== before[i]!.modifiedNs)
        throw badInput({
          what: 'Cannot bring the scan in',
          path: file,
          why: 'it was changed while it was read',
          whatToDo: 'Do it again once nothing writes to it any more',
        });
    await objects.commit(
      draft,
      { shape: source.shape, type: source.type, bigEndian: source.bigEndian },
      {
        step: 'bring-in',
        version: 1,
        scan: -1,
        engine: '',
        software: version(),
        params: keptHints(hints, frame),
        scans: {},
        needs: {},
        finishedAt: new Date().toISOString(),
        seconds: (performance.now() - began) / 1000,
      },
    );
    return place(source, objects.directoryOf(key));
  } catch (error) {
    await objects.discard(draft).catch(() => undefined);
    // It names a file that is gone again.
    if (isFailure(error) && error.code === 'resources')
      throw new Failure('resources', { ...error.fields, what: 'Cannot bring the scan in', path, cause: error });
    throw error;
  }
}

/** `openScan` for a scan of a project whose files have changed. */
export async function reopen({ path }: Scan, kept: Json, objects: Objects): Promise<OpenScan> {
  const { frame, ...hints } = kept as unknown as Hints & { frame: number };
  return await openScan({ path, description: await describeFile(path, hints), frame }, hints, objects);
}

async function filesOf(path: string, dataset: Dataset): Promise<string[]> {
  const named = dataset[access]?.files;
  if (named) return [...named];
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isVolumeName(entry.name))
    .map(({ name }) => join(path, name))
    .sort(naturalOrder);
}
