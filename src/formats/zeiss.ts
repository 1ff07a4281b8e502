import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { badInput } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import type { Segment, VoxelType } from '../core/series.ts';
import {
  access,
  type Candidate,
  type Dataset,
  type Format,
  NOT_RECONSTRUCTED,
  type Piece,
  type Planes,
  VOXEL_BYTES,
  type VolumeDescription,
  type VoxelAccess,
} from './description.ts';
import { isoText, readInstant } from './instant.ts';
import { isOle2, Ole2, type Run } from './ole2.ts';

/** Zeiss' and Xradia's tomographs: .txm (reconstructions), .txrm (projections), .xrm (one image). See docs/formats/zeiss.md. */
export const zeiss: Format = {
  name: 'zeiss',
  recognises: ({ head }) => isOle2(head),
  describe: describeZeiss,
};

/** ImageInfo/DataType. */
const TYPES: Readonly<Record<number, VoxelType>> = { 3: 'uint8', 5: 'uint16', 10: 'float32' };
const MOST_IMAGES = 100_000;
const MOST_SEGMENTS = 200_000;

async function describeZeiss({ path, hints }: Candidate): Promise<VolumeDescription> {
  const file = await Ole2.open(path);
  try {
    const info = await infoOf(file);
    const notes: string[] = [];
    const count = imagesThere(file, info.images, notes);
    const images = Array.from({ length: count }, (_, i) => `ImageData${Math.floor(i / 100) + 1}/Image${i + 1}`);
    const projections = await areProjections(file, path, count);
    const times = await timesOf(file, info.images);
    const size = hints.voxelSizeUm ?? info.voxelSizeUm;
    const origin = {
      voxelSizeUm: size,
      ...(info.voxelSizeUm && !hints.voxelSizeUm ? { voxelSizeFrom: 'Zeiss ImageInfo/PixelSize' } : {}),
      ...times,
    };
    const shape = [count, info.height, info.width] as Triple;
    const isChosen = hints.dataset === 'projections';
    const name = projections ? 'projections' : count === 1 ? 'image' : 'volume';
    const datasets: Dataset[] = [
      await datasetOf(file, name, images, shape, info.type, {
        ...origin,
        ...(projections && !isChosen ? { refused: `they are projections, ${NOT_RECONSTRUCTED}` } : {}),
      }),
    ];
    const references = await referencesOf(file);
    if (references.length > 0)
      datasets.push(
        await datasetOf(
          file,
          'reference frames',
          references,
          [references.length, info.height, info.width],
          await referenceType(file, references[0], info),
          { ...origin, refused: `they are reference frames, ${NOT_RECONSTRUCTED}` },
        ),
      );
    return {
      path,
      kind: projections ? 'projections' : count === 1 ? 'image' : 'volume',
      format: 'zeiss',
      datasets,
      ...(notes.length > 0 ? { notes } : {}),
    };
  } finally {
    await file.close();
  }
}

interface Info {
  width: number;
  height: number;
  /** As many as there should be. */
  images: number;
  type: VoxelType;
  voxelSizeUm: Triple | null;
}

async function infoOf(file: Ole2): Promise<Info> {
  const { path } = file;
  const whole = async (name: string) => (await number(file, `ImageInfo/${name}`, 'whole')) ?? 0;
  const [width, height, images] = [await whole('ImageWidth'), await whole('ImageHeight'), await whole('NoOfImages')];
  if (!(width > 0 && height > 0 && images > 0))
    throw badInput({
      what: 'Cannot read the Zeiss file',
      path,
      why:
        file.sizeOf('ImageInfo/ImageWidth') === null
          ? 'it is a compound file, but not one of a Zeiss or Xradia tomograph'
          : `its images are ${height} × ${width}, and ${images} of them`,
    });
  if (width > 2 ** 20 || height > 2 ** 20 || images > MOST_IMAGES)
    throw file.damaged('ImageInfo', `${images} images of ${height} × ${width} are more than there can be`);
  const told = await number(file, 'ImageInfo/DataType', 'whole');
  const perPixel = (file.sizeOf('ImageData1/Image1') ?? 0) / (width * height);
  const type = told === null ? { 1: TYPES[3], 2: TYPES[5], 4: TYPES[10] }[perPixel] : TYPES[told];
  if (!type)
    throw badInput({
      what: 'Cannot read the Zeiss file',
      path,
      why:
        told === null ? 'it does not tell the type of its voxels' : `its voxels are of type ${told}, which is unknown`,
      whatToDo: 'Save it as 16-bit grey values',
    });
  const pixel = await number(file, 'ImageInfo/PixelSize', 'float');
  const um = pixel !== null && pixel > 0 && Number.isFinite(pixel) ? Number(pixel.toPrecision(7)) : null;
  return { width, height, images, type, voxelSizeUm: um === null ? null : [um, um, um] };
}

/** Images that were taken, of those that were to be. Throws an input failure where one in between is missing. */
function imagesThere(file: Ole2, wanted: number, notes: string[]): number {
  const there = (i: number) => file.sizeOf(`ImageData${Math.floor(i / 100) + 1}/Image${i + 1}`) !== null;
  let count = 0;
  while (count < wanted && there(count)) count++;
  for (let i = count; i < wanted; i++)
    if (there(i)) throw file.damaged(`image ${count + 1}`, `it is not there, and image ${i + 1} is`);
  if (count === 0) throw file.damaged('images', 'none is there');
  if (count < wanted) notes.push(`It was to have ${wanted} images; ${count} were taken.`);
  return count;
}

/** ImageInfo/FileType says it where it is there; else the name, else the angles. */
async function areProjections(file: Ole2, path: string, images: number): Promise<boolean> {
  if (images === 1) return false;
  const kind = await number(file, 'ImageInfo/FileType', 'whole');
  if (kind === 3) return false;
  if (kind === 0 || kind === 1) return true;
  if (/\.txm$/i.test(basename(path))) return false;
  if (/\.txrm$/i.test(basename(path))) return true;
  const angles = await file.read('ImageInfo/Angles');
  return angles !== null && angles.length >= 8 && angles.readFloatLE(0) !== angles.readFloatLE(4);
}

async function datasetOf(
  file: Ole2,
  name: string,
  images: readonly string[],
  [, height, width]: Triple,
  type: VoxelType,
  said: Pick<Dataset, 'voxelSizeUm' | 'time'> & Partial<Dataset>,
): Promise<Dataset> {
  const bytes = height * width * VOXEL_BYTES[type];
  const runs: Run[][] = [];
  for (const image of images) {
    const size = file.sizeOf(image);
    if (size !== bytes)
      throw file.damaged(image, `it has ${size} bytes, and ${height} × ${width} voxels of ${type} are ${bytes}`);
    runs.push(await file.runsOf(image));
  }
  const shape: Triple = [images.length, height, width];
  const segments = rowsOf(file.path, runs, width * VOXEL_BYTES[type]);
  const reach: VoxelAccess = {
    type,
    decode: (planes, signal) => pieces(file.path, runs, bytes, planes, signal),
    ...(segments ? { plain: () => ({ segments, shape, type, bigEndian: false }) } : {}),
  };
  return {
    name,
    shape: [...shape],
    type,
    byteOrder: 'little',
    compression: 'none',
    mapped: segments !== null && said.refused === undefined,
    ...said,
    ...(said.refused === undefined ? { [access]: reach } : {}),
  };
}

/** Whole rows that lie together; null where sectors cut rows apart. */
function rowsOf(path: string, images: readonly Run[][], rowBytes: number): Segment[] | null {
  const segments: Segment[] = [];
  let end = -1;
  for (const runs of images)
    for (const { offset, bytes } of runs) {
      if (bytes % rowBytes !== 0 || segments.length > MOST_SEGMENTS) return null;
      const last = segments[segments.length - 1];
      if (last && offset === end) last.rows += bytes / rowBytes;
      else segments.push({ path, offset, rows: bytes / rowBytes });
      end = offset + bytes;
    }
  return segments;
}

const PIECE_BYTES = 2 ** 20;

async function* pieces(
  path: string,
  images: readonly Run[][],
  imageBytes: number,
  { first, end }: Planes,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  const file = await open(path, 'r');
  try {
    for (let image = first; image < end; image++) {
      let at = (image - first) * imageBytes;
      for (const run of images[image])
        for (let done = 0; done < run.bytes; ) {
          signal?.throwIfAborted();
          const bytes = Buffer.allocUnsafe(Math.min(PIECE_BYTES, run.bytes - done));
          const { bytesRead } = await file.read(bytes, 0, bytes.length, run.offset + done);
          if (bytesRead === 0)
            throw badInput({ what: 'Cannot read the voxels', path, why: 'it became shorter while it was read' });
          yield { at, bytes: bytes.subarray(0, bytesRead) };
          at += bytesRead;
          done += bytesRead;
        }
    }
  } finally {
    await file.close();
  }
}

/** Frames without the sample: one of its own, or several that were taken in between. */
async function referencesOf(file: Ole2): Promise<string[]> {
  for (const one of ['ReferenceData/Image', 'ReferenceData/Image1']) if (file.sizeOf(one) !== null) return [one];
  const frames: string[] = [];
  while (frames.length < MOST_IMAGES && file.sizeOf(`MultiReferenceData/Image${frames.length + 1}`) !== null)
    frames.push(`MultiReferenceData/Image${frames.length + 1}`);
  return frames;
}

async function referenceType(file: Ole2, frame: string, info: Info): Promise<VoxelType> {
  const told = await number(file, `${frame.split('/')[0]}/DataType`, 'whole');
  const perPixel = (file.sizeOf(frame) ?? 0) / (info.width * info.height);
  return TYPES[told ?? -1] ?? ({ 1: TYPES[3], 2: TYPES[5], 4: TYPES[10] }[perPixel] || info.type);
}

/** When the images were taken: each has its date in a field of equal length, and its exposure in seconds. */
async function timesOf(file: Ole2, images: number): Promise<Pick<Dataset, 'time' | 'timeFrom' | 'exposure'>> {
  const bytes = await file.read('ImageInfo/Date', 2 ** 24);
  const field = bytes ? Math.floor(bytes.length / images) : 0;
  const dates: string[] = [];
  for (let i = 0; bytes && field >= 17 && i < images; i++) {
    const text = bytes.toString('latin1', i * field, (i + 1) * field).replace(/\0.*$/s, '');
    const iso = isoText(text);
    if (iso) dates.push(iso);
  }
  if (dates.length === 0) return { time: null };
  const moments = dates.map((iso) => readInstant(iso)!.milliseconds);
  const seconds = (await number(file, 'ImageInfo/ExpTimes', 'float')) ?? 0;
  const from = moments.reduce((least, moment) => Math.min(least, moment));
  const to =
    moments.reduce((most, moment) => Math.max(most, moment)) + (seconds > 0 && seconds < 86_400 ? 1000 * seconds : 0);
  const iso = (milliseconds: number) => new Date(milliseconds).toISOString().replace(/Z$/, '');
  const timeFrom = 'Zeiss ImageInfo/Date';
  if (to === from) return { time: iso(from), timeFrom };
  return { time: iso((from + to) / 2), timeFrom, exposure: [iso(from), iso(to)] };
}

async function number(file: Ole2, path: string, kind: 'whole' | 'float'): Promise<number | null> {
  const bytes = await file.read(path, 4);
  if (!bytes || bytes.length < 4) return null;
  return kind === 'whole' ? bytes.readInt32LE(0) : bytes.readFloatLE(0);
}
