import { Failure } from './failure.ts';
import type { Triple } from './geometry.ts';

/** Hours in one of each unit of time. */
export const HOURS: Readonly<Record<string, number>> = named({
  'd day days': 24,
  'h hr hrs hour hours': 1,
  'min mins minute minutes': 1 / 60,
  's sec secs second seconds': 1 / 3600,
  'ms millisecond milliseconds': 1 / 3.6e6,
});

/** Micrometres in one of each unit of length, as microscopes, ImageJ and OME spell them. */
export const MICROMETRES: Readonly<Record<string, number>> = named({
  'm meter meters metre metres': 1e6,
  'cm centimeter centimeters centimetre centimetres': 1e4,
  'mm millimeter millimeters millimetre millimetres': 1e3,
  'µm μm um micron microns micrometer micrometers micrometre micrometres': 1,
  'nm nanometer nanometers nanometre nanometres': 1e-3,
  'å ångström angstrom angstroms': 1e-4,
  'in inch inches': 25_400,
});

/** Volts in one of each unit of potential. */
export const VOLTS: Readonly<Record<string, number>> = named({ 'v volt volts': 1, mv: 1e-3, 'µv μv uv': 1e-6 });

/** Milliamperes in one of each unit of current. */
export const MILLIAMPERES: Readonly<Record<string, number>> = named({
  'a amp amps ampere amperes': 1e3,
  ma: 1,
  'µa μa ua': 1e-3,
  na: 1e-6,
});

const SQUARE_MILLIMETRES: Readonly<Record<string, number>> = named({
  'm2 m²': 1e6,
  'cm2 cm²': 100,
  'mm2 mm²': 1,
  'µm2 μm2 um2 µm² μm² um²': 1e-6,
});

const BYTES: Readonly<Record<string, number>> = named({
  b: 1,
  'k kb': 1e3,
  'm mb': 1e6,
  'g gb': 1e9,
  't tb': 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
});

/** Hours from "30min", "2 h", "90s". Throws a usage failure naming `option`. */
export function parseDuration(text: string, option = 'duration'): number {
  return quantity(text, option, HOURS, '30min');
}

/** Micrometres from "1.625um", "0.65 µm", "1e-3mm". Throws a usage failure naming `option`. */
export function parseLength(text: string, option = 'length'): number {
  return quantity(text, option, MICROMETRES, '1.625um');
}

/** Square millimetres from "7.07mm2", "0.0707 cm²". Throws a usage failure naming `option`. */
export function parseArea(text: string, option = 'area'): number {
  return quantity(text, option, SQUARE_MILLIMETRES, '7.07mm2');
}

/** Bytes from "2GiB", "500 MB". Throws a usage failure naming `option`. */
export function parseBytes(text: string, option = 'memory'): number {
  return Math.floor(quantity(text, option, BYTES, '2GiB'));
}

/** "1.625 × 1.625 × 1.625 µm", six digits each: files keep sizes as quotients. */
export function shownVoxel(voxelSizeUm: Triple): string {
  return `${voxelSizeUm.map((size) => Number(size.toPrecision(6))).join(' × ')} µm`;
}

/** "3.42 GB", three digits. */
export function shownBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

function quantity(text: string, option: string, units: Readonly<Record<string, number>>, example: string): number {
  const parts = /^\s*(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)\s*(\S+)\s*$/i.exec(text);
  const unit = parts && units[parts[2].toLowerCase()];
  const size = parts ? Number(parts[1]) * (unit || 0) : 0;
  if (!(size > 0) || !Number.isFinite(size))
    throw new Failure('usage', {
      what: `Cannot understand ${option}`,
      why: `"${text}" is not a positive number with a unit`,
      whatToDo: `Write it like ${example}`,
    });
  return size;
}

function named(sizes: Record<string, number>): Record<string, number> {
  const units: Record<string, number> = Object.create(null);
  for (const [names, size] of Object.entries(sizes)) for (const name of names.split(' ')) units[name] = size;
  return units;
}
