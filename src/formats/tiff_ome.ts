import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Triple } from '../core/geometry.ts';
import { HOURS, MICROMETRES } from '../core/units.ts';
import { instantText, readInstant } from './instant.ts';
import { readTiffDirectories } from './tiff_directory.ts';

/** Where one plane of an OME image is: page `page` (from 0) of `file`, a name beside the described one or null for itself. */
export interface OmePlane {
  file: string | null;
  page: number;
}

/** One image of an OME-TIFF: its planes in the order (t, c, z), z fastest; null where the file names none. */
export interface OmeImage {
  name: string;
  slices: number;
  channels: number;
  frames: number;
  /** Names of its channels, where they have one. */
  channelNames: (string | null)[];
  planes: (OmePlane | null)[];
  /** z, y, x. */
  voxelSizeUm: Triple | null;
  /** ISO 8601: beginning, or the middle of the exposure where the file tells how long it took. */
  time: string | null;
  timeFrom: string | null;
  exposure: readonly [string, string] | null;
  /** One a time point, empty where the file tells none. */
  frameTimes: (string | null)[];
}

/** No image has more planes than this. */
const MOST_PLANES = 1 << 22;
const LARGEST_COMPANION = 2 ** 26;

/** True for the description of an OME-TIFF's first page. */
export function isOme(description: string): boolean {
  return /<(?:[a-z]+:)?OME[\s>]/i.test(description.slice(0, 4096));
}

/**
 * The images that OME-XML describes, for a file with `pages` pages; that of a companion file where the description only
 * names one. Null where it describes none that could be in the file. Never throws for what the XML says.
 */
export async function readOme(path: string, description: string, pages: number): Promise<OmeImage[] | null> {
  const companion = /<(?:\w+:)?BinaryOnly\s([^<>]*)>/.exec(description);
  let text = description;
  if (companion) {
    const name = basename(attributesOf(companion[1]).get('MetadataFile') ?? '');
    const there = name ? await companionText(join(dirname(path), name)) : null;
    if (there === null) return null;
    text = there;
  }
  const own = companion ? attributesOf(companion[1]).get('UUID') : attributesOf(tagOf(text, 'OME')).get('UUID');
  const images: OmeImage[] = [];
  for (const [index, element] of elementsOf(text, 'Image').entries()) {
    const image = readImage(element, index, own, basename(path));
    if (!image) return null;
    images.push(oneAxis(image));
  }
  placeUnplaced(images, pages);
  return images.length > 0 ? images : null;
}

/** The XML of a companion: a text, or the first file of a series that lies in several. Null where it is none. */
async function companionText(path: string): Promise<string | null> {
  const status = await stat(path).catch(() => null);
  if (!status?.isFile()) return null;
  if (/\.tiff?$/i.test(path)) return (await readTiffDirectories(path)).description;
  return status.size > LARGEST_COMPANION ? null : await readFile(path, 'utf8');
}

/** Of an image with a single axis of channels or time points: that axis as z, since programs disagree about its name. */
function oneAxis(image: OmeImage): OmeImage {
  const { slices, channels, frames } = image;
  if ([slices, channels, frames].filter((n) => n > 1).length !== 1 || slices > 1) return image;
  return { ...image, slices: channels * frames, channels: 1, frames: 1, channelNames: [null] };
}

/** Images whose planes no TiffData names follow one another through the pages. */
function placeUnplaced(images: OmeImage[], pages: number): void {
  let next = 0;
  for (const { planes } of images) {
    if (!planes.some((plane) => plane !== null))
      for (let i = 0; i < planes.length && next + i < pages; i++) planes[i] = { file: null, page: next + i };
    next += planes.length;
  }
}

function readImage(image: string, index: number, own: string | undefined, ownName: string): OmeImage | null {
  const pixels = attributesOf(tagOf(image, 'Pixels'));
  const count = (name: string) => Math.max(1, Math.floor(Number(pixels.get(name) ?? 1)) || 1);
  const channelTags = tagsOf(image, 'Channel').map(attributesOf);
  const samples = Math.max(1, Math.floor(Number(channelTags[0]?.get('SamplesPerPixel') ?? 1)) || 1);
  const sizes: Record<string, number> = {
    Z: count('SizeZ'),
    C: Math.ceil(count('SizeC') / samples),
    T: count('SizeT'),
  };
  const total = sizes['Z'] * sizes['C'] * sizes['T'];
  if (pixels.size === 0 || total > MOST_PLANES) return null;
  const order = /^XY([ZCT]{3})$/.exec(pixels.get('DimensionOrder') ?? '')?.[1] ?? 'ZCT';
  if (new Set(order).size < 3) return null;
  const planes: (OmePlane | null)[] = new Array<null>(total).fill(null);
  // Place of the n-th plane in the file's order, among planes in the order (t, c, z).
  const placeOf = (n: number) => {
    const at: Record<string, number> = {};
    let rest = n;
    for (const axis of order) {
      at[axis] = rest % sizes[axis];
      rest = Math.floor(rest / sizes[axis]);
    }
    return rest > 0 ? -1 : (at['T'] * sizes['C'] + at['C']) * sizes['Z'] + at['Z'];
  };
  const firstOf = (first: Record<string, number>) =>
    first[order[0]] + sizes[order[0]] * (first[order[1]] + sizes[order[1]] * first[order[2]]);
  for (const { attributes, inside } of blocksOf(image, 'TiffData')) {
    const whole = (name: string) => Math.max(0, Math.floor(Number(attributes.get(name) ?? 0)) || 0);
    const first = { Z: whole('FirstZ'), C: whole('FirstC'), T: whole('FirstT') };
    if (first.Z >= sizes['Z'] || first.C >= sizes['C'] || first.T >= sizes['T']) return null;
    const uuid = /<(?:\w+:)?UUID([^<>]*)>([^<]*)</.exec(inside);
    const named = uuid ? attributesOf(uuid[1]).get('FileName') : undefined;
    const isOwn = !uuid || uuid[2].trim() === own || named === undefined || named === ownName;
    const file = isOwn ? null : basename(named.replaceAll('\\', '/'));
    const ifd = whole('IFD');
    // Without a number of planes: one where it is placed, all that are left where it is not.
    const all = attributes.has('IFD') ? 1 : total;
    const of = Math.min(attributes.has('PlaneCount') ? whole('PlaneCount') : all, total);
    for (let k = 0, n = firstOf(first); k < of; k++) {
      const place = placeOf(n + k);
      if (place >= 0) planes[place] = { file, page: ifd + k };
    }
  }
  return {
    name: attributesOf(tagOf(image, 'Image')).get('Name')?.trim() || `image ${index + 1}`,
    slices: sizes['Z'],
    channels: sizes['C'],
    frames: sizes['T'],
    channelNames: Array.from({ length: sizes['C'] }, (_, c) => channelTags[c]?.get('Name')?.trim() || null),
    planes,
    voxelSizeUm: voxelSize(pixels),
    ...timesOf(image, sizes['T']),
  };
}

function voxelSize(pixels: Map<string, string>): Triple | null {
  const lengthUm = (axis: string) => {
    const unit = (pixels.get(`PhysicalSize${axis}Unit`) ?? 'µm').toLowerCase();
    return Number(pixels.get(`PhysicalSize${axis}`)) * (MICROMETRES[unit] ?? Number.NaN);
  };
  const lengths: Triple = [lengthUm('Z'), lengthUm('Y'), lengthUm('X')];
  return lengths.every((um) => um > 0 && Number.isFinite(um)) ? lengths : null;
}

/** Times from AcquisitionDate and, where planes have them, DeltaT and ExposureTime. */
function timesOf(image: string, frames: number): Pick<OmeImage, 'time' | 'timeFrom' | 'exposure' | 'frameTimes'> {
  const date = /<(?:\w+:)?AcquisitionDate>\s*([^<\s]+)\s*</.exec(image)?.[1];
  const nothing = { time: null, timeFrom: null, exposure: null, frameTimes: [] };
  const start = date ? readInstant(date) : null;
  if (!date || !start) return nothing;
  const from = new Array<number>(frames).fill(Number.POSITIVE_INFINITY);
  const to = new Array<number>(frames).fill(Number.NEGATIVE_INFINITY);
  for (const plane of tagsOf(image, 'Plane').map(attributesOf)) {
    const seconds = (name: string) => {
      const unit = plane.get(`${name}Unit`) ?? 's';
      return plane.has(name) ? Number(plane.get(name)) * (HOURS[unit.toLowerCase()] ?? Number.NaN) * 3600 : Number.NaN;
    };
    const [t, delta, exposure] = [Number(plane.get('TheT') ?? 0), seconds('DeltaT'), seconds('ExposureTime')];
    if (!(t >= 0 && t < frames) || !Number.isFinite(delta)) continue;
    from[t] = Math.min(from[t], delta);
    to[t] = Math.max(to[t], delta + (exposure > 0 ? exposure : 0));
  }
  const at = (seconds: number) => instantText(start.milliseconds + seconds * 1000, start.zoned);
  const frameTimes = from.map((begin, t) => (to[t] >= begin ? at((begin + to[t]) / 2) : null));
  const timed = frameTimes.some((time) => time !== null);
  // What the planes of a single volume say spans its exposure only where it takes any time.
  const spans = frames === 1 && timed && to[0] > from[0];
  return {
    time: spans ? frameTimes[0] : date,
    timeFrom: spans ? 'OME AcquisitionDate and DeltaT' : 'OME AcquisitionDate',
    exposure: spans ? [at(from[0]), at(to[0])] : null,
    frameTimes: frames > 1 && timed ? frameTimes : [],
  };
}

function attributesOf(tag: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, double, single] of tag.matchAll(/(?<![\w:])([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    found.set(name, unescaped(double ?? single ?? ''));
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex, decimal, name) => {
    if (name) return ENTITIES[name] ?? whole;
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** What stands in the first tag of that name, or nothing. */
function tagOf(text: string, name: string): string {
  return new RegExp(`<(?:\\w+:)?${name}(\\s[^<>]*)?>`).exec(text)?.[1] ?? '';
}

function tagsOf(text: string, name: string): string[] {
  return Array.from(text.matchAll(new RegExp(`<(?:\\w+:)?${name}(\\s[^<>]*)?>`, 'g')), (found) => found[1] ?? '');
}

/** Elements of that name with their tags; they are not nested in each other. */
function elementsOf(text: string, name: string): string[] {
  const starts = Array.from(text.matchAll(new RegExp(`<(?:\\w+:)?${name}[\\s>]`, 'g')), ({ index }) => index);
  return starts.map((start, i) => text.slice(start, starts[i + 1]));
}

/** Elements of that name, and what stands inside those that are not empty. */
function* blocksOf(text: string, name: string): Generator<{ attributes: Map<string, string>; inside: string }> {
  for (const element of elementsOf(text, name)) {
    const end = element.indexOf('>');
    const tag = element.slice(0, end < 0 ? element.length : end);
    const close = element.search(new RegExp(`</(?:\\w+:)?${name}>`));
    yield {
      attributes: attributesOf(tag),
      inside: tag.endsWith('/') || close < 0 ? '' : element.slice(end + 1, close),
    };
  }
}
