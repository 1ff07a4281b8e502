import type { Triple } from '../core/geometry.ts';
import { MICROMETRES } from '../core/units.ts';

/** How the pages of a file make volumes: page of (z, channel, t), counted from 0. */
export interface Stacking {
  slices: number;
  channels: number;
  frames: number;
  page(slice: number, channel: number, frame: number): number;
}

/** What a TIFF's description says beyond the TIFF tags. */
export interface Calibration {
  /** z, y, x. */
  voxelSizeUm: Triple | null;
  time: string | null;
  stacking: Stacking | null;
}

const NOTHING: Calibration = { voxelSizeUm: null, time: null, stacking: null };

/**
 * Reads the description of a first page as ImageJ, OME and tifffile write it; `resolution` in pixels per unit along x
 * and y is ImageJ's. What none of them states stays null: resolution tags alone tell nothing of z, and are mostly dots per inch.
 */
export function readCalibration(description: string, resolution: [number, number]): Calibration {
  if (/^ImageJ=/.test(description)) return fromImageJ(description, resolution);
  if (/<OME[\s>]|<[a-z]+:OME[\s>]/i.test(description.slice(0, 4096))) return fromOme(description);
  if (/^\{"shape": ?\[/.test(description)) return { ...NOTHING, stacking: shaped(description) };
  return NOTHING;
}

function fromImageJ(description: string, resolution: [number, number]): Calibration {
  const said = new Map<string, string>();
  for (const line of description.split(/\r?\n/)) {
    const equals = line.indexOf('=');
    if (equals > 0) said.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const count = (name: string) => Math.max(1, Math.floor(Number(said.get(name) ?? 1)) || 1);
  const [channels, frames, images] = [count('channels'), count('frames'), count('images')];
  const slices = said.has('slices') ? count('slices') : Math.max(1, Math.floor(images / (channels * frames)));
  return {
    voxelSizeUm: imageJVoxelSize(said, resolution),
    time: null,
    // ImageJ stores channels fastest, then slices, then frames.
    stacking: { slices, channels, frames, page: (z, c, t) => (t * slices + z) * channels + c },
  };
}

function imageJVoxelSize(said: Map<string, string>, [perX, perY]: [number, number]): Triple | null {
  const unitUm = MICROMETRES[unescaped(said.get('unit') ?? '').toLowerCase()];
  if (!unitUm || !(perX > 0) || !(perY > 0)) return null;
  const x = unitUm / perX;
  const y = said.has('yunit') ? (MICROMETRES[unescaped(said.get('yunit')!).toLowerCase()] ?? 0) / perY : unitUm / perY;
  const zUnitUm = said.has('zunit') ? MICROMETRES[unescaped(said.get('zunit')!).toLowerCase()] : unitUm;
  const spacing = Math.abs(Number(said.get('spacing')));
  // ImageJ leaves out a spacing of exactly 1; tifffile, which signs as 1.11a, leaves out one it was not told.
  const unsaid = said.get('ImageJ') === '1.11a' ? x : zUnitUm;
  const z = spacing > 0 ? spacing * (zUnitUm ?? 0) : unsaid;
  return z && y > 0 ? [round(z), round(y), round(x)] : null;
}

/** ImageJ writes µ as an escape of Java's. */
function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Undoes the rational numbers of TIFF: 1.6250000001 is 1.625 where nine digits agree. */
function round(um: number): number {
  return Number(um.toPrecision(9)) === Number(um.toPrecision(6)) ? Number(um.toPrecision(6)) : um;
}

function fromOme(description: string): Calibration {
  const images = description.match(/<(?:\w+:)?Image[\s>]/g) ?? [];
  const pixels = /<(?:\w+:)?Pixels\s([^>]*)>/.exec(description)?.[1];
  if (images.length !== 1 || !pixels) return NOTHING;
  const attributes = new Map([...pixels.matchAll(/([\w:]+)\s*=\s*"([^"]*)"/g)].map((found) => [found[1], found[2]]));
  const size = (axis: string) => Math.max(1, Math.floor(Number(attributes.get(`Size${axis}`) ?? 1)) || 1);
  const lengthUm = (axis: string) => {
    const unit = (attributes.get(`PhysicalSize${axis}Unit`) ?? 'µm').replace(/&#(?:xb5|181);/i, 'µ').toLowerCase();
    return Number(attributes.get(`PhysicalSize${axis}`)) * (MICROMETRES[unit] ?? Number.NaN);
  };
  const lengths: Triple = [lengthUm('Z'), lengthUm('Y'), lengthUm('X')];
  const sizes: Record<string, number> = { Z: size('Z'), C: size('C'), T: size('T') };
  const order = /^XY([ZCT]{3})$/.exec(attributes.get('DimensionOrder') ?? 'XYZCT')?.[1] ?? 'ZCT';
  return {
    voxelSizeUm: lengths.every((um) => um > 0 && Number.isFinite(um)) ? lengths : null,
    time: /<(?:\w+:)?AcquisitionDate>\s*([^<\s]+)\s*</.exec(description)?.[1] ?? null,
    stacking: {
      slices: sizes['Z'],
      channels: sizes['C'],
      frames: sizes['T'],
      page: (z, c, t) => {
        const at: Record<string, number> = { Z: z, C: c, T: t };
        return at[order[0]] + sizes[order[0]] * (at[order[1]] + sizes[order[1]] * at[order[2]]);
      },
    },
  };
}

function shaped(description: string): Stacking | null {
  let shape: unknown;
  try {
    shape = (JSON.parse(description) as { shape?: unknown }).shape;
  } catch {
    return null;
  }
  if (!Array.isArray(shape) || shape.length < 3 || !shape.every((n) => Number.isInteger(n) && n > 0)) return null;
  const planes = shape.slice(0, -2) as number[];
  const slices = planes[planes.length - 1];
  const frames = planes.slice(0, -1).reduce((product, n) => product * n, 1);
  return { slices, channels: 1, frames, page: (z, _c, t) => t * slices + z };
}
