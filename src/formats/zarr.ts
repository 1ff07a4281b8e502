import { existsSync } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asFailure, badInput } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import type { VolumeSource } from '../core/series.ts';
import { HOURS, MICROMETRES } from '../core/units.ts';
import { brickPieces } from './bricks.ts';
import { access, type Candidate, type Dataset, type Format, type VolumeDescription } from './description.ts';
import { readInstant } from './instant.ts';
import { isZarrFolder } from './names.ts';
import { naturalOrder } from './natural_order.ts';
import { usedType } from './widen.ts';
import { chunkFiles, type Place, plainChunks, refusalOfChunks, zarrBricks } from './zarr_chunks.ts';
import { readV2, readV3, type ZarrArray } from './zarr_metadata.ts';

/** Zarr v2 and v3, and OME-Zarr 0.1 to 0.5 on top of it. See docs/formats/zarr.md. */
export const zarr: Format = {
  name: 'zarr',
  recognises: ({ isFolder, names }) => isFolder && isZarrFolder(names),
  describe: describeZarr,
};

type Tree = { [name: string]: Tree } & unknown[];

/** A group or array, as its metadata files tell. */
type Node = { group: Tree } | { array: ZarrArray };

/** Where a search for arrays below a group ends. */
const DEEPEST = 5;
const MOST_FOLDERS = 1000;
const MOST_DATASETS = 1000;
const LARGEST_METADATA = 16 * 2 ** 20;
const MOST_FILES = 1024;

/** Datasets and notes as they are found, and how many more folders may be opened. */
interface Search {
  root: string;
  datasets: Dataset[];
  notes: string[];
  folders: number;
}

async function describeZarr({ path }: Candidate): Promise<VolumeDescription> {
  const search: Search = { root: path, datasets: [], notes: [], folders: MOST_FOLDERS };
  await visit(search, path, '', 0);
  await addTimes(search);
  if (search.datasets.length === 0)
    throw badInput({
      what: 'Cannot read the Zarr group',
      path,
      why: 'there is no array of two or more axes in it',
      whatToDo: 'Give the folder of an image or array',
    });
  return {
    path,
    kind: 'zarr',
    format: 'zarr',
    datasets: search.datasets,
    ...(search.notes.length > 0 ? { notes: search.notes } : {}),
  };
}

async function visit(search: Search, folder: string, name: string, depth: number): Promise<void> {
  const node = await readNode(folder);
  if (!node) return;
  if ('array' in node) {
    if (node.array.shape.length < 2) return;
    const axes = namedAxes(node.array);
    addDatasets(search, { folder, array: node.array, name, axes, scale: null, labels: [] });
    return;
  }
  const images = (node.group['ome'] ?? node.group)['multiscales'] as unknown;
  if (Array.isArray(images) && images.length > 0) {
    for (const [i, image] of images.entries())
      await addImage(
        search,
        folder,
        [name, images.length > 1 ? String(i) : ''].filter(Boolean).join('/'),
        image as Tree,
        node.group,
      );
    const labels = (await foldersIn(folder)).includes('labels');
    if (labels)
      search.notes.push(`${name || 'The image'} has labels, which are left aside; give the folder labels/… for them.`);
    return;
  }
  if (depth >= DEEPEST) return;
  for (const child of await foldersIn(folder)) {
    if (search.folders-- <= 0 || search.datasets.length >= MOST_DATASETS) {
      search.notes.push('It holds more than is looked at; give the folder of an image or array.');
      return;
    }
    await visit(search, join(folder, child), name ? `${name}/${child}` : child, depth + 1);
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort(naturalOrder);
}

/** What the metadata of a folder says; null where it is no node of Zarr. */
async function readNode(folder: string): Promise<Node | null> {
  const v3 = await readJson(join(folder, 'zarr.json'));
  if (v3) {
    if ((v3['zarr_format'] as unknown) !== 3) throw unknown(folder, v3['zarr_format']);
    if ((v3['node_type'] as unknown) === 'array') return { array: readV3(v3, folder) };
    return { group: (v3['attributes'] ?? {}) as Tree };
  }
  const attributes = ((await readJson(join(folder, '.zattrs'))) ?? {}) as Tree;
  const v2 = await readJson(join(folder, '.zarray'));
  if (v2) {
    if ((v2['zarr_format'] as unknown) !== 2) throw unknown(folder, v2['zarr_format']);
    return { array: readV2(v2, folder, { has: (name) => existsSync(join(folder, name)), attributes }) };
  }
  return existsSync(join(folder, '.zgroup')) ? { group: attributes } : null;
}

function unknown(path: string, format: unknown) {
  return badInput({
    what: 'Cannot read the Zarr metadata',
    path,
    why: `its version is ${JSON.stringify(format)?.slice(0, 40) ?? 'missing'}, and 2 and 3 are known`,
  });
}

async function readJson(path: string): Promise<Tree | null> {
  const refuse = (why: string, cause?: unknown) =>
    badInput({
      what: 'Cannot read the Zarr metadata',
      path,
      why,
      whatToDo: 'It is damaged: copy or save it again',
      ...(cause === undefined ? {} : { cause }),
    });
  let text: string;
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > LARGEST_METADATA) throw refuse(`it has ${size} bytes, more than metadata can have`);
      text = await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw asFailure(error, 'Cannot read the Zarr metadata', path);
  }
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch (error) {
    throw refuse(`it is no JSON: ${(error as Error).message}`, error);
  }
  if (typeof told !== 'object' || told === null || Array.isArray(told)) throw refuse('it is no JSON object');
  return told as Tree;
}

/** From one index of each axis to the next, in the axis' unit, and where that is said. */
interface Scale {
  steps: readonly number[];
  from: string;
}

interface Found {
  folder: string;
  array: ZarrArray;
  name: string;
  axes: Axis[];
  scale: Scale | null;
  /** Of channels. */
  labels: string[];
}

interface Axis {
  name: string;
  unit: string;
}

const AXES = ['t', 'c', 'z', 'y', 'x'];
const SYNONYMS: Readonly<Record<string, string>> = Object.assign(Object.create(null) as object, {
  time: 't',
  channel: 'c',
  slice: 'z',
  row: 'y',
  column: 'x',
});

function axisName(told: string): string {
  const name = told.toLowerCase();
  return SYNONYMS[name] ?? name;
}

function axesOf(told: readonly unknown[]): Axis[] {
  return told.map((axis) => {
    if (typeof axis === 'string') return { name: axisName(axis), unit: '' };
    const { name, unit } = (axis ?? {}) as Tree;
    return { name: axisName(String(name)), unit: typeof unit === 'string' ? (unit as string).toLowerCase() : '' };
  });
}

/** Axes as their names tell; names that say nothing ("dim_0") are none. */
function namedAxes({ axes, shape }: ZarrArray): Axis[] {
  const named = axesOf(axes ?? []);
  return named.some(({ name }) => AXES.includes(name)) ? named : axesOf(defaultAxes(shape.length));
}

/** What axes without names are: those of OME-Zarr 0.1 from the last. */
function defaultAxes(rank: number): string[] {
  return rank === 4 ? ['t', 'z', 'y', 'x'] : AXES.slice(-rank);
}

/** One image of OME-Zarr: its finest level; coarser ones are the same volume. */
async function addImage(search: Search, folder: string, name: string, image: Tree, group: Tree): Promise<void> {
  const levels = image?.['datasets'] as unknown;
  const finest = (Array.isArray(levels) ? levels[0] : undefined) as Tree | undefined;
  const path = finest?.['path'] as unknown;
  // Paths are names below the group; ".." would leave it.
  if (typeof path !== 'string' || path.split('/').some((part) => part === '..' || part === '') || path.length > 1000)
    throw badInput({
      what: 'Cannot read the OME-Zarr image',
      path: folder,
      at: 'multiscales',
      why: `the path of its finest level is ${JSON.stringify(path)?.slice(0, 60) ?? 'missing'}`,
    });
  const node = await readNode(join(folder, path));
  if (!node || !('array' in node))
    throw badInput({
      what: 'Cannot read the OME-Zarr image',
      path: join(folder, path),
      why: 'there is no array, and its group says that its finest level is here',
      whatToDo: 'Copy the whole folder again',
    });
  const { array } = node;
  const told = image['axes'] as unknown;
  const axes = Array.isArray(told) ? axesOf(told) : namedAxes(array);
  const scales = [finest!['coordinateTransformations'], image['coordinateTransformations']] as unknown[];
  const steps = array.shape.map(() => 1);
  let said = false;
  for (const list of scales)
    for (const transformation of Array.isArray(list) ? list : []) {
      const scale = (transformation as Tree)?.['scale'] as unknown;
      if (!Array.isArray(scale) || scale.length !== steps.length) continue;
      said = true;
      for (const [i, step] of scale.entries()) steps[i] *= Number(step);
    }
  const channels = ((group['ome'] ?? group)['omero'] as Tree | undefined)?.['channels'] as unknown;
  const labels = (Array.isArray(channels) ? channels : []).map((channel) => {
    const label = (channel as Tree)?.['label'] as unknown;
    return typeof label === 'string' || typeof label === 'number' ? String(label) : '';
  });
  addDatasets(search, {
    folder: join(folder, path),
    array,
    name,
    axes,
    scale: said ? { steps, from: 'OME-Zarr scale' } : null,
    labels,
  });
}

/** A dataset for each channel of an array. */
function addDatasets(search: Search, found: Found): void {
  const { folder, array, axes, scale, labels } = found;
  const name = found.name || 'volume';
  const { shape, type } = array;
  const byName = (axis: string) => axes.findIndex((each) => each.name === axis);
  const [t, c, z, y, x] = AXES.map(byName);
  const other = axes.findIndex(({ name: axis }, i) => !AXES.includes(axis) && shape[i] > 1);
  const common: Omit<Dataset, 'name'> = {
    shape: [...shape],
    type,
    byteOrder: array.bigEndian ? 'big' : 'little',
    compression: compressionOf(array),
    mapped: false,
    voxelSizeUm: null,
    time: null,
  };
  let refused: string | null = refusalOfChunks(array);
  if (axes.length !== shape.length) refused = `its metadata names ${axes.length} axes, and it has ${shape.length}`;
  else if (y < 0 || x < 0 || new Set(axes.map((axis) => axis.name)).size < axes.length)
    refused ??= `its axes are ${axes.map((axis) => axis.name).join(', ')}, not z, y, x`;
  else if (other >= 0)
    refused ??= `it has an axis "${axes[other].name}" of ${shape[other]} that is neither space, time nor channel`;
  else if (shape.includes(0)) refused ??= 'it is empty';
  if (refused) {
    search.datasets.push({ name, ...common, refused });
    return;
  }
  const channels = c < 0 ? 1 : shape[c];
  const frames = t < 0 ? 1 : shape[t];
  const volume = [z < 0 ? 1 : shape[z], shape[y], shape[x]];
  if (channels > MOST_DATASETS) {
    search.datasets.push({ name, ...common, refused: `it has ${channels} channels` });
    return;
  }
  for (let channel = 0; channel < channels; channel++) {
    const placeOf = (frame: number): Place => ({
      spatial: [z < 0 ? null : z, y, x],
      at: shape.map((_, axis) => (axis === t ? frame : axis === c ? channel : 0)),
    });
    const own = labels[channel] || `channel ${channel + 1}`;
    search.datasets.push({
      ...common,
      name: channels === 1 ? name : [found.name, own].filter(Boolean).join('/'),
      shape: frames > 1 ? [frames, ...volume] : volume,
      ...voxelSizeOf(scale, axes, [z, y, x]),
      ...accessTo(search.root, folder, array, placeOf, frames),
    });
  }
  unique(search.datasets);
  const step = t < 0 || !scale ? 0 : scale.steps[t] * (HOURS[axes[t].unit] ?? 0);
  if (frames > 1 && step > 0 && Number.isFinite(step))
    search.notes.push(
      `Its time points are ${Number((step * 60).toPrecision(6))} min apart; give --interval or --times to use that.`,
    );
}

/** bioformats2raw keeps the microscope's metadata beside the images: when each of them was taken. */
async function addTimes({ root, datasets }: Search): Promise<void> {
  const path = join(root, 'OME', 'METADATA.ome.xml');
  const status = await stat(path).catch(() => null);
  if (!status?.isFile() || status.size > LARGEST_METADATA) return;
  const images = (await readFile(path, 'utf8')).split(/<(?:\w+:)?Image[\s>]/).slice(1);
  for (const [i, image] of images.entries()) {
    const time = /<(?:\w+:)?AcquisitionDate>([^<]{1,80})</.exec(image)?.[1].trim();
    if (!time || !readInstant(time)) continue;
    for (const dataset of datasets)
      if (dataset.name === String(i) || dataset.name.startsWith(`${i}/`))
        Object.assign(dataset, { time, timeFrom: 'OME AcquisitionDate' });
  }
}

function accessTo(
  root: string,
  folder: string,
  array: ZarrArray,
  placeOf: (frame: number) => Place,
  frames: number,
): Pick<Dataset, 'mapped'> & { [access]: NonNullable<Dataset[typeof access]> } {
  const sources: VolumeSource[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const source = plainChunks(folder, array, placeOf(frame));
    if (!source) break;
    sources.push(source);
  }
  const mapped = sources.length === frames;
  let files: string[] | null = null;
  return {
    mapped,
    [access]: {
      type: usedType(array.type)!,
      ...(mapped ? { plain: (frame: number) => sources[frame] } : {}),
      decode: ({ frame, first, end }, signal) =>
        brickPieces(zarrBricks(folder, array, placeOf(frame)), { first, end }, signal),
      get files() {
        files ??= [
          ...['zarr.json', '.zarray', '.zattrs'].map((name) => join(folder, name)),
          ...['zarr.json', '.zattrs'].map((name) => join(root, name)),
        ]
          .filter((path, i, all) => existsSync(path) && all.indexOf(path) === i)
          .concat(
            Array.from({ length: frames }, (_, frame) =>
              chunkFiles(folder, array, placeOf(frame), Math.max(1, MOST_FILES / frames)),
            ).flat(),
          );
        return files;
      },
    },
  };
}

function voxelSizeOf(
  scale: Scale | null,
  axes: readonly Axis[],
  spatial: readonly number[],
): Pick<Dataset, 'voxelSizeUm' | 'voxelSizeFrom'> {
  const lengths = spatial.map((axis) =>
    scale && axis >= 0 ? scale.steps[axis] * (MICROMETRES[axes[axis].unit] ?? Number.NaN) : Number.NaN,
  );
  if (!scale || !lengths.every((um) => um > 0 && Number.isFinite(um))) return { voxelSizeUm: null };
  return { voxelSizeUm: lengths as Triple, voxelSizeFrom: scale.from };
}

function compressionOf({ codecs, shard, order }: ZarrArray): string {
  const names = codecs.filter(({ name }) => name !== 'crc32c').map(({ name }) => name);
  return [
    ...(names.length > 0 ? names : ['none']),
    ...(shard ? ['sharded'] : []),
    ...(order ? ['transposed'] : []),
  ].join(', ');
}

/** Numbers behind names that come twice. */
function unique(datasets: Dataset[]): void {
  const seen = new Set<string>();
  for (const dataset of datasets) {
    const { name } = dataset;
    for (let i = 2; seen.has(dataset.name); i++) dataset.name = `${name} (${i})`;
    seen.add(dataset.name);
  }
}
