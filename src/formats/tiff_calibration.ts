import type { Triple } from '../core/geometry.ts';
import { HOURS, MICROMETRES } from '../core/units.ts';
import { readInstant } from './instant.ts';

/** How the pages of a file make volumes: page of (z, channel, t), counted from 0. */
export interface Stacking {
  slices: number;
  channels: number;
  frames: number;
  page(slice: number, channel: number, frame: number): number;
}

/** What a TIFF says beyond its sizes; see `Dataset` for where each came from. */
export interface Calibration {
  /** z, y, x. */
  voxelSizeUm: Triple | null;
  voxelSizeFrom?: string;
  stacking: Stacking | null;
  /** Hours from one time point to the next. */
  frameIntervalH?: number;
}

const NOTHING: Calibration = { voxelSizeUm: null, stacking: null };

/**
 * Reads the description of a first page as ImageJ and tifffile write it; `resolution` in pixels per unit along x and y is
 * ImageJ's. What neither states stays null: resolution tags alone tell nothing of z, and are mostly dots per inch.
 */
export function readCalibration(description: string, resolution: [number, number]): Calibration {
  if (/^ImageJ=/.test(description)) return fromImageJ(description, resolution);
  if (/^\{"shape": ?\[/.test(description)) return { ...NOTHING, stacking: shaped(description) };
  return NOTHING;
}

/** DateTime of TIFF 6.0, "2024:05:01 10:00:00", as ISO 8601 without a time zone; null where it is none. */
export function readDateTime(text: string): string | null {
  const parts = /^(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?)\s*$/.exec(text.trim());
  if (!parts) return null;
  const iso = `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}`;
  return readInstant(iso) ? iso : null;
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
  const voxelSizeUm = imageJVoxelSize(said, resolution);
  const interval = Number(said.get('finterval')) * (HOURS[(said.get('tunit') ?? 'sec').toLowerCase()] ?? Number.NaN);
  return {
    voxelSizeUm,
    ...(voxelSizeUm ? { voxelSizeFrom: said.has('spacing') ? 'ImageJ spacing' : 'ImageJ unit' } : {}),
    ...(interval > 0 && Number.isFinite(interval) ? { frameIntervalH: interval } : {}),
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
