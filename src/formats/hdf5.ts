import { badInput } from '../core/failure.ts';
import { printable } from '../core/printable.ts';
import {
  access,
  type Candidate,
  type Dataset,
  type Format,
  isVoxelType,
  NOT_RECONSTRUCTED,
  type VolumeDescription,
} from './description.ts';
import { hdf5Start } from './hdf5_file.ts';
import { filterNames } from './hdf5_filters.ts';
import { Hdf5Meanings } from './hdf5_meaning.ts';
import { type FoundDataset, Hdf5Tree } from './hdf5_tree.ts';
import { type Axes, hdf5Pieces, type Storage, spaceOf, storageOf } from './hdf5_voxels.ts';
import { naturalOrder } from './natural_order.ts';
import { usedType } from './widen.ts';

/** HDF5 as NeXus, Data Exchange, Savu, HTTomo, TomoPy and others lay it out. See docs/formats/hdf5.md. */
export const hdf5: Format = {
  name: 'hdf5',
  recognises: ({ head }) => hdf5Start(head) !== null,
  describe: describeHdf5,
};

const MOST_LISTED = 200;
const MOST_NOTES = 24;

async function describeHdf5({ path, hints }: Candidate): Promise<VolumeDescription> {
  const tree = await Hdf5Tree.open(path);
  try {
    const meanings = await Hdf5Meanings.of(tree);
    const { stacks, pictures, others } = sorted(tree.datasets);
    const shown = stacks.length > 0 ? stacks : pictures;
    const dangling = tree.notes.find((note) => /leads? nowhere/.test(note));
    if (shown.length === 0)
      throw badInput({
        what: 'Cannot use the HDF5 file',
        path,
        why: dangling
          ? `it holds no volume; ${dangling}`
          : others > 0
            ? `none of its ${others} datasets is a volume`
            : 'it holds no dataset',
        whatToDo: dangling ? 'Put the missing file beside it' : 'Give a file with a reconstructed volume',
      });
    const notes = [...tree.notes];
    if (shown.length > MOST_LISTED)
      notes.push(`Only the first ${MOST_LISTED} of its ${shown.length} volumes are listed.`);
    const chosen = hints.dataset?.replace(/^\/+/, '');
    const listed = shown.filter(
      ({ found }, i) => i < MOST_LISTED || (chosen !== undefined && found.paths.includes(chosen)),
    );
    const datasets: Dataset[] = [];
    for (const { found, axes } of listed) {
      const isChosen = chosen !== undefined && found.paths.includes(chosen);
      datasets.push(await datasetOf(path, tree, meanings, found, axes, isChosen ? hints.dataset! : null, notes));
    }
    const preferred = datasets.filter(({ refused }) => !refused).length > 1 ? await meanings.default() : null;
    const named = preferred && datasets.find(({ name, refused }) => !refused && preferred.paths.includes(name));
    if (named) notes.push(`The file names ${named.name} as the dataset to show first.`);
    if (hints.voxelSizeUm)
      for (const dataset of datasets) {
        dataset.voxelSizeUm = hints.voxelSizeUm;
        delete dataset.voxelSizeFrom;
      }
    if (notes.length > MOST_NOTES)
      notes.splice(MOST_NOTES, notes.length, `${notes.length - MOST_NOTES} more notes are left out.`);
    const usable = datasets.some(({ refused, shape }) => !refused && shape.slice(-3).every((n) => n > 1));
    return {
      path,
      kind: usable
        ? 'volume'
        : datasets.some(({ refused }) => refused?.includes(NOT_RECONSTRUCTED))
          ? 'projections'
          : 'image',
      format: 'hdf5',
      datasets,
      ...(named ? { default: named.name } : {}),
      ...(notes.length > 0 ? { notes: notes.map(printable) } : {}),
    };
  } finally {
    await tree.close();
  }
}

async function datasetOf(
  path: string,
  tree: Hdf5Tree,
  meanings: Hdf5Meanings,
  found: FoundDataset,
  axes: Axes,
  chosenAs: string | null,
  notes: string[],
): Promise<Dataset> {
  const { header, file, address } = found;
  const name = chosenAs ?? found.paths[0];
  const storage = await storageOf(header, axes, (named, at) => tree.datasetIn(named, at, file.path));
  const meaning = await meanings.of(found, axes);
  for (const note of [...storage.notes, ...meaning.notes]) notes.push(`${name}: ${note}`);
  const frames = axes.frame === null ? 1 : header.shape![axes.frame];
  const refused = storage.refused ?? (chosenAs === null ? refusalOf(header.shape!, axes, meaning.projections) : null);
  const space = spaceOf(header, axes);
  return {
    name,
    shape: frames > 1 ? [frames, ...space] : [...space],
    type: header.type.name,
    byteOrder: header.type.byteOrder,
    compression: header.layout.kind === 'virtual' ? 'virtual' : filterNames(header.filters),
    mapped: !refused && storage.plain !== null,
    voxelSizeUm: meaning.voxelSizeUm,
    ...(meaning.voxelSizeFrom ? { voxelSizeFrom: printable(meaning.voxelSizeFrom) } : {}),
    time: meaning.time,
    ...(meaning.timeFrom ? { timeFrom: printable(meaning.timeFrom) } : {}),
    ...(meaning.exposure ? { exposure: meaning.exposure } : {}),
    ...(meaning.frameTimes ? { frameTimes: meaning.frameTimes } : {}),
    ...(refused ? { refused } : { [access]: voxelsOf(path, { file: file.path, address, name }, found, axes, storage) }),
  };
}

function refusalOf(shape: number[], { space }: Axes, projections: string | null): string | null {
  if (projections) return `they are ${projections}, ${NOT_RECONSTRUCTED}`;
  if (space.includes(null) || shape.filter((n) => n > 1).length < 3) return 'it is a picture, not a volume';
  return null;
}

function voxelsOf(
  path: string,
  at: { file: string; address: number; name: string },
  { header }: FoundDataset,
  axes: Axes,
  { plain, files }: Storage,
) {
  const type = usedType(header.type.name);
  if (!type) throw new Error(`voxels of type ${header.type.name} were not refused`);
  return {
    type,
    ...(plain && isVoxelType(header.type.name) ? { plain } : {}),
    decode: (planes: Parameters<typeof hdf5Pieces>[4], signal?: AbortSignal) =>
      hdf5Pieces(at.file, at.address, at.name, axes, planes, signal),
    ...(files ? { files } : at.file === path ? {} : { files: [at.file] }),
  };
}

/** Datasets that may be volumes, in natural order of their names, and pictures; the rest is counted. */
function sorted(datasets: readonly FoundDataset[]) {
  const stacks: { found: FoundDataset; axes: Axes }[] = [];
  const pictures: typeof stacks = [];
  let others = 0;
  for (const found of datasets) {
    const { shape, type } = found.header;
    const axes = shape && axesOf(shape);
    if (!axes || type.kind === 'text' || type.kind === 'textInHeap') others++;
    else (shape.filter((n) => n > 1).length >= 3 ? stacks : pictures).push({ found, axes });
  }
  const order = (a: { found: FoundDataset }, b: { found: FoundDataset }) =>
    naturalOrder(a.found.paths[0], b.found.paths[0]);
  return { stacks: stacks.sort(order), pictures: pictures.sort(order), others };
}

/** Which axes are t, z, y, x: axes of one element are left out first, those before the others. Null for other ranks. */
function axesOf(shape: number[]): Axes | null {
  const axes = shape.map((_, axis) => axis);
  while (axes.length > 3 && shape[axes[0]] === 1) axes.shift();
  while (axes.length > 3 && shape[axes[axes.length - 1]] === 1) axes.pop();
  for (let i = axes.length - 1; i >= 0 && axes.length > 4; i--) if (shape[axes[i]] === 1) axes.splice(i, 1);
  if (shape.some((n) => n < 1) || axes.length > 4 || axes.length < 2) return null;
  if (axes.length === 2) return { frame: null, space: [null, axes[0], axes[1]] };
  const [z, y, x] = axes.slice(-3);
  return { frame: axes.length === 4 ? axes[0] : null, space: [z, y, x] };
}
