import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badInput, type Failure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import type { Segment, VoxelType } from '../core/series.ts';
import {
  access,
  type Dataset,
  type Format,
  inBytes,
  isVoxelType,
  type VolumeDescription,
  type VoxelAccess,
} from './description.ts';
import { type Calibration, readCalibration, readDateTime, type Stacking } from './tiff_calibration.ts';
import {
  chunkRowBytes,
  compressionOf,
  containerOf,
  decodePlanes,
  LARGEST_CHUNK_BYTES,
  type Plane,
} from './tiff_decode.ts';
import { isTiff, readTiffDirectories, type TiffPage } from './tiff_directory.ts';
import { isOme, type OmeImage, type OmePlane, readOme } from './tiff_ome.ts';
import { usedType } from './widen.ts';

/** TIFF and BigTIFF, ImageJ's stacks of more than 4 GB, OME-TIFF in one or several files. See docs/formats/tiff.md. */
export const tiff: Format = {
  name: 'tiff',
  recognises: ({ head }) => isTiff(head),
  describe: ({ path }) => describeTiff(path),
};

/** All that a file holds. Throws an input failure when it is damaged. */
export async function describeTiff(path: string): Promise<VolumeDescription> {
  const { planes, description, fileBytes } = await readPlanes(path);
  const notes: string[] = [];
  const images = isOme(description) ? await readOme(path, description, planes.length) : null;
  if (isOme(description) && !images)
    notes.push('Its OME description fits none of its pages: they are taken one after another.');
  const pages = images ? planes : planes.filter(({ page }) => !page.reduced);
  const datasets =
    (images && (await omeDatasets(path, images, planes))) ??
    pageDatasets(pages.length > 0 ? pages : planes, description, fileBytes, notes);
  if (datasets.some(({ samples, colour }) => samples && !colour) && planes.some(({ page }) => page.alpha))
    notes.push('Opacity is left out.');
  if (planes.some(({ page }) => page.photometric === 0))
    notes.push('White is stored as 0: grey values are used as they are stored.');
  const isVolume = datasets.some(
    (dataset) => !dataset.colour && dataset.shape.some((n, i) => i < dataset.shape.length - 2 && n > 1),
  );
  return {
    path,
    kind: isVolume ? 'volume' : 'image',
    format: 'tiff',
    datasets,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** Consecutive pages of equal size and type as a dataset each, by what ImageJ or tifffile say of them. */
function pageDatasets(planes: Plane[], description: string, fileBytes: number, notes: string[]): Dataset[] {
  const calibration = readCalibration(description, planes[0].page.resolution);
  const runs = runsOf(repeated(planes, calibration.stacking, fileBytes, notes));
  const datasets: Dataset[] = [];
  let first = 1;
  for (const run of runs) {
    const stacking = runs.length === 1 && fits(calibration.stacking, run.length) ? calibration.stacking : oneStack(run);
    for (let channel = 0; channel < stacking.channels; channel++)
      for (const { name, planes } of bySample(nameOf(run, first, runs.length, channel, stacking), run))
        datasets.push({
          ...greyDataset(name, planes, stacking, channel),
          ...sizeAndTimes(calibration, run, stacking, channel),
        });
    if (stacking.frames > 1 && calibration.frameIntervalH) notes.push(intervalNote(calibration.frameIntervalH));
    first += run.length;
  }
  return datasets;
}

/** Voxel size by the description, times by the pages' DateTime. */
export function sizeAndTimes(
  { voxelSizeUm, voxelSizeFrom }: Calibration,
  planes: Plane[],
  stacking: Stacking,
  channel: number,
): Pick<Dataset, 'voxelSizeUm' | 'voxelSizeFrom' | 'time' | 'timeFrom' | 'frameTimes'> {
  const timeOf = (frame: number) => readDateTime(planes[stacking.page(0, channel, frame)].page.dateTime);
  const times = Array.from({ length: stacking.frames }, (_, frame) => timeOf(frame));
  // A date that all time points share is when the file was written.
  const differ = new Set(times).size > 1;
  return {
    voxelSizeUm,
    ...(voxelSizeFrom ? { voxelSizeFrom } : {}),
    time: times[0],
    ...(times[0] ? { timeFrom: 'TIFF DateTime' } : {}),
    ...(differ ? { frameTimes: times } : {}),
  };
}

function intervalNote(hours: number): string {
  const seconds = Number((hours * 3600).toPrecision(9));
  return `Its time points are ${seconds} s apart by its own account, which has no date: --interval ${seconds}s takes that over.`;
}

/** A dataset for each image and channel of an OME-TIFF; null where its planes are none of the pages. */
async function omeDatasets(path: string, images: OmeImage[], own: Plane[]): Promise<Dataset[] | null> {
  const files = await planesBeside(path, images);
  const pageAt = (plane: OmePlane | null) => plane && (plane.file === null ? own : files.get(plane.file))?.[plane.page];
  const datasets: Dataset[] = [];
  for (const image of images)
    for (let channel = 0; channel < image.channels; channel++) {
      const wanted = Array.from({ length: image.slices * image.frames }, (_, i) => {
        const [frame, slice] = [Math.floor(i / image.slices), i % image.slices];
        return image.planes[(frame * image.channels + channel) * image.slices + slice];
      });
      const planes = wanted.map(pageAt).filter((plane) => plane != null);
      if (planes.length === 0 || new Set(planes.map(pageKind)).size > 1) return null;
      const paths = new Set(planes.map((plane) => plane.path));
      for (const sample of bySample(omeName(images, image, channel), planes)) {
        const dataset =
          planes.length === wanted.length
            ? greyDataset(sample.name, sample.planes, omeStacking(image), 0)
            : lacking(greyDataset(sample.name, sample.planes, oneStack(planes), 0), image, wanted, files);
        if (dataset[access] && paths.size > 1) dataset[access].files = [...paths];
        datasets.push({ ...dataset, ...omeSizeAndTimes(image) });
      }
    }
  return datasets;
}

/** Voxel size and times of an image by its XML. */
export function omeSizeAndTimes(image: OmeImage) {
  return {
    voxelSizeUm: image.voxelSizeUm,
    ...(image.voxelSizeUm ? { voxelSizeFrom: 'OME PhysicalSize' } : {}),
    time: image.time,
    ...(image.timeFrom ? { timeFrom: image.timeFrom } : {}),
    ...(image.exposure ? { exposure: image.exposure } : {}),
    ...(image.frameTimes.length > 0 ? { frameTimes: image.frameTimes } : {}),
  };
}

/** Pages of the other files that an OME-TIFF speaks of, by name; null of those that are not there. */
async function planesBeside(path: string, images: OmeImage[]): Promise<Map<string, Plane[] | null>> {
  const files = new Map<string, Plane[] | null>();
  for (const { planes } of images)
    for (const plane of planes) {
      if (!plane || plane.file === null || files.has(plane.file)) continue;
      const beside = join(dirname(path), plane.file);
      const there = await stat(beside).catch(() => null);
      files.set(plane.file, there?.isFile() ? (await readPlanes(beside)).planes : null);
    }
  return files;
}

/** Slices of one channel of an image, in order. */
function omeStacking({ slices, frames }: OmeImage): Stacking {
  return { slices, channels: 1, frames, page: (z, _c, t) => t * slices + z };
}

function omeName(images: OmeImage[], image: OmeImage, channel: number): string {
  const own = image.channels > 1 ? (image.channelNames[channel] ?? `channel ${channel + 1}`) : null;
  const twice = images.some((other) => other !== image && other.name === image.name);
  const name = twice ? `${image.name} (${images.indexOf(image) + 1})` : image.name;
  if (images.length > 1) return own ? `${name}, ${own}` : name;
  if (own)
    return image.channelNames.indexOf(own) === image.channelNames.lastIndexOf(own) ? own : `${own} (${channel + 1})`;
  return image.slices * image.frames > 1 ? 'volume' : 'image';
}

/** What is told of a dataset of which some planes are missing. */
function lacking(
  { [access]: _, ...dataset }: Dataset,
  { slices, frames }: OmeImage,
  wanted: (OmePlane | null)[],
  files: ReadonlyMap<string, Plane[] | null>,
): Dataset {
  const gone = new Set(wanted.flatMap((plane) => (plane?.file && files.get(plane.file) === null ? [plane.file] : [])));
  const named = [...gone].slice(0, 5).join(', ') + (gone.size > 5 ? ` and ${gone.size - 5} more` : '');
  const refused =
    gone.size > 0
      ? `some of its planes are in files that are not there: ${named}`
      : 'the file does not have all the planes that it speaks of';
  const depth = frames > 1 ? [frames, slices] : [slices];
  return {
    ...dataset,
    shape: [...depth, ...dataset.shape.slice(-2)],
    mapped: false,
    refused: dataset.refused ?? refused,
  };
}

/** All pages of a file, checked to lie inside it. */
export async function readPlanes(path: string): Promise<{ planes: Plane[]; description: string; fileBytes: number }> {
  const { pages, bigEndian, description } = await readTiffDirectories(path);
  const { size } = await stat(path);
  const planes = pages.map((page, index) => ({ path, bigEndian, page, sample: 0, name: `page ${index + 1}` }));
  for (const plane of planes) checkExtent(plane, size);
  return { planes, description, fileBytes: size };
}

/**
 * A dataset of planes that agree in size and type. `stacking` tells which plane is slice z of channel c at time t.
 */
export function greyDataset(name: string, planes: Plane[], stacking: Stacking, channel: number): Dataset {
  const { page, bigEndian } = planes[0];
  const kind = kindOf(page);
  const { type, used, colour } = kind;
  const refused = kind.refused ?? largePieces(planes);
  const names = new Set(planes.map((plane) => compressionOf(plane.page.compression).name));
  const mapped = !refused && planes.every((plane) => liesPlainly(plane) && plane.bigEndian === bigEndian);
  const { slices, frames } = stacking;
  const shape = [slices, page.height, page.width];
  const planesAt = (frame: number) =>
    Array.from({ length: slices }, (_, slice) => planes[stacking.page(slice, channel, frame)]);
  const voxels = (): VoxelAccess => {
    if (!used) throw new Error(`voxels of type ${type} were not refused`);
    return {
      type: used,
      decode: ({ frame, first, end }, signal) => decodePlanes(planesAt(frame).slice(first, end), signal),
      ...(mapped
        ? {
            plain: (frame: number) => ({
              segments: segmentsOf(planesAt(frame)),
              shape: shape as Triple,
              type: used,
              bigEndian,
            }),
          }
        : {}),
    };
  };
  return {
    name,
    shape: frames > 1 ? [frames, ...shape] : shape,
    type,
    byteOrder: bigEndian ? 'big' : 'little',
    compression: [...names].join(', '),
    mapped,
    voxelSizeUm: null,
    time: null,
    ...(colour ? { colour } : {}),
    ...(page.samples > 1 ? { samples: page.samples } : {}),
    ...(refused ? { refused } : { [access]: voxels() }),
  };
}

/** Planes in order as one stack. */
export function oneStack(planes: Plane[]): Stacking {
  return { slices: planes.length, channels: 1, frames: 1, page: (z) => z };
}

/** What two pages of one volume must have in common. */
export function pageKind({ page }: Plane): string {
  return `${page.height} × ${page.width} ${kindOf(page).type}${page.samples > 1 ? ` × ${page.samples}` : ''}`;
}

/** Grey planes of several samples a pixel as a stack each, opacity left out; others as they are. */
export function bySample(name: string, planes: Plane[]): { name: string; planes: Plane[] }[] {
  const { page } = planes[0];
  if (page.samples === 1 || page.alpha || kindOf(page).refused) return [{ name, planes }];
  return Array.from({ length: page.samples }, (_, sample) => ({
    name: name === 'volume' || name === 'image' ? `sample ${sample + 1}` : `${name}, sample ${sample + 1}`,
    planes: planes.map((plane) => ({ ...plane, sample })),
  }));
}

const COLOURS: Readonly<Record<number, string>> = {
  2: 'rgb',
  3: 'palette',
  4: 'mask',
  5: 'cmyk',
  6: 'ycbcr',
  8: 'cielab',
  9: 'cielab',
  10: 'cielab',
  32803: 'colour filter array',
  32845: 'logluv',
  34892: 'linear raw',
};

/** More samples a pixel than a detector has energies. */
const MOST_SAMPLES = 64;

/** The stored type of a page's voxels, the one they are used as, and why they are not. */
function kindOf(page: TiffPage): { type: string; used?: VoxelType; colour?: string; refused?: string } {
  const letters = { 2: 'int', 3: 'float', 5: 'complex', 6: 'complex' } as Record<number, string>;
  const type = `${letters[page.sampleFormat] ?? 'uint'}${page.bits}`;
  const colour = COLOURS[page.photometric];
  if (colour) return { type, colour, refused: `its pixels are colours (${colour}), not grey values` };
  const used = /^uint([1-9]|[12]\d|3[0-2])$/.test(type) ? usedType(containerOf(page)) : usedType(type);
  if (!used)
    return { type, refused: `voxels of type ${type} cannot be used, only integers of 1 to 32 and 64 bits and floats` };
  if (page.mixedBits) return { type, refused: 'the samples of a pixel have different numbers of bits' };
  if (page.samples > MOST_SAMPLES) return { type, refused: `a pixel has ${page.samples} samples` };
  const { name, code } = compressionOf(page.compression);
  if (!code) return { type, refused: `its ${name} compression cannot be read` };
  if (!isPredictor(page)) return { type, refused: `its predictor (${page.predictor}) cannot be undone` };
  return { type, used };
}

/** Why strips or tiles cannot be decoded whole, where they cannot. */
function largePieces(planes: Plane[]): string | undefined {
  const bytes = planes.reduce((most, { page }) => Math.max(most, page.chunkRows * chunkRowBytes(page)), 0);
  if (bytes <= LARGEST_CHUNK_BYTES || planes.every(liesPlainly)) return undefined;
  return `it is stored in pieces of ${inBytes(bytes)}, which have to be decoded whole`;
}

function isPredictor({ predictor, bits }: TiffPage): boolean {
  return predictor === 1 || predictor === 2 || (predictor === 3 && [16, 32, 64].includes(bits));
}

function liesPlainly({ page }: Plane): boolean {
  return (
    page.compression === 1 &&
    !page.tiled &&
    page.fillOrder === 1 &&
    page.predictor === 1 &&
    (page.samples === 1 || page.planar) &&
    isVoxelType(kindOf(page).type)
  );
}

/** Strips that follow one another are one segment, whatever the pages between. */
function segmentsOf(planes: Plane[]): Segment[] {
  const segments: Segment[] = [];
  let end = -1;
  for (const { path, page, sample } of planes) {
    const rowBytes = (page.width * page.bits) / 8;
    const first = page.planar ? sample * Math.ceil(page.height / page.chunkRows) : 0;
    for (let i = first, row = 0; row < page.height; i++, row += page.chunkRows) {
      const rows = Math.min(page.chunkRows, page.height - row);
      const last = segments[segments.length - 1];
      if (last && page.offsets[i] === end && last.path === path) last.rows += rows;
      else segments.push({ path, offset: page.offsets[i], rows });
      end = page.offsets[i] + rows * rowBytes;
    }
  }
  return segments;
}

/** Throws when a page's strips or tiles do not lie in the file, or could not possibly hold as much as its size says. */
function checkExtent(plane: Plane, fileBytes: number): void {
  const { page } = plane;
  const damaged = (why: string): Failure =>
    badInput({
      what: 'Cannot read the TIFF file',
      path: plane.path,
      at: plane.name,
      why,
      whatToDo: 'It is cut short or damaged: copy or save it again',
    });
  const down = Math.ceil(page.height / page.chunkRows);
  const chunks = Math.ceil(page.width / page.chunkWidth) * down;
  const planes = page.planar ? page.samples : 1;
  const { refused } = kindOf(page);
  // Of what is only described, the first plane must be there.
  if (page.offsets.length < chunks * (refused ? 1 : planes))
    throw damaged(
      `it is ${page.height} × ${page.width}, and only ${page.offsets.length} of ${chunks * planes} pieces are there`,
    );
  const plain = page.compression === 1 && !refused;
  const { largestRatio } = compressionOf(page.compression);
  const rowBytes = chunkRowBytes(page);
  for (let i = 0; i < Math.min(chunks * planes, page.offsets.length); i++) {
    const top = (page.tiled ? 0 : i % down) * page.chunkRows;
    const rows = page.tiled ? page.chunkRows : Math.min(page.chunkRows, page.height - top);
    const stored = plain ? rows * rowBytes : page.counts[i];
    if (page.offsets[i] + stored > fileBytes)
      throw damaged(
        `its voxels reach to byte ${(page.offsets[i] + stored).toLocaleString('en')}, and the file has ${inBytes(fileBytes)}`,
      );
    if (!refused && !plain && rows * rowBytes > (stored + 64) * largestRatio)
      throw damaged(`${inBytes(stored)} cannot hold ${rows} × ${page.chunkWidth} voxels`);
  }
}

/** Consecutive planes of equal size and type. */
function runsOf(planes: Plane[]): Plane[][] {
  const runs: Plane[][] = [];
  let kind = '';
  for (const plane of planes) {
    const own = pageKind(plane);
    if (own === kind) runs[runs.length - 1].push(plane);
    else runs.push([plane]);
    kind = own;
  }
  return runs;
}

/**
 * True where a file's own account of its axes is worth more than "a stack of pages": it matches their number, and has two
 * axes. With one, programs disagree whether to call it z, channels or time, and for a tomogram it is z.
 */
function fits(stacking: Stacking | null, planes: number): stacking is Stacking {
  if (!stacking || stacking.slices * stacking.channels * stacking.frames !== planes) return false;
  return [stacking.slices, stacking.channels, stacking.frames].filter((n) => n > 1).length > 1;
}

/**
 * ImageJ beyond 4 GB, and tifffile on wish, write one directory for a whole stack whose planes follow one another: such
 * a page once for each plane. Other planes as they are.
 */
function repeated(planes: Plane[], stacking: Stacking | null, fileBytes: number, notes: string[]): Plane[] {
  const [plane] = planes;
  const count = stacking ? stacking.slices * stacking.channels * stacking.frames : 1;
  if (planes.length > 1 || count < 2 || !liesPlainly(plane) || kindOf(plane.page).refused) return planes;
  const { page } = plane;
  if (segmentsOf(planes).length > 1) return planes;
  const planeBytes = (page.height * page.width * page.bits) / 8;
  const start = page.offsets[0];
  const end = start + count * planeBytes;
  if (fileBytes < start + 2 * planeBytes) {
    notes.push(`Its description speaks of ${count} pages; it has one.`);
    return planes;
  }
  if (end > fileBytes)
    throw badInput({
      what: 'Cannot read the TIFF file',
      path: plane.path,
      why: `its ${count} pages reach to byte ${end.toLocaleString('en')}, and the file has ${inBytes(fileBytes)}`,
      whatToDo: 'It is cut short: copy or save it again',
    });
  return Array.from({ length: count }, (_, index) => ({
    ...plane,
    name: `page ${index + 1}`,
    page: {
      ...page,
      chunkRows: page.height,
      offsets: Float64Array.of(start + index * planeBytes),
      counts: Float64Array.of(planeBytes),
    },
  }));
}

function nameOf(run: Plane[], first: number, runs: number, channel: number, stacking: Stacking): string {
  const name = run.length > 1 ? `pages ${first}-${first + run.length - 1}` : `page ${first}`;
  if (stacking.channels > 1) return `channel ${channel + 1}`;
  if (runs > 1) return name;
  return run.length > 1 ? 'volume' : 'image';
}
