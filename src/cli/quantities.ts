import { Failure } from '../core/failure.ts';

const LENGTHS_UM: Readonly<Record<string, number>> = { nm: 1e-3, um: 1, µm: 1, μm: 1, mm: 1e3 };
const TIMES_H: Readonly<Record<string, number>> = { s: 1 / 3600, min: 1 / 60, h: 1, d: 24 };
const AREAS_MM2: Readonly<Record<string, number>> = { mm2: 1, 'mm²': 1, cm2: 100, 'cm²': 100 };
const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/** "1.625um" in µm; "2x1x1um" is z, y, x. */
export function parseVoxelSize(text: string, option: string): [number, number, number] {
  const match = /^([\d.eE+-]+(?:\s*[x×]\s*[\d.eE+-]+){0,2})\s*([a-zµμ]+)$/.exec(text.trim());
  const parts = match?.[1]?.split(/\s*[x×]\s*/).map((part) => quantity(`${part}${match[2]}`, LENGTHS_UM)) ?? [];
  const [z, y, x] = parts;
  if (parts.includes(null) || !z) throw wrong(option, text, '1.625um');
  if (parts.length === 1) return [z, z, z];
  if (parts.length !== 3 || !y || !x) throw wrong(option, text, '2x1.625x1.625um (z, y, x)');
  return [z, y, x];
}

/** "30min" in hours. */
export function parseTime(text: string, option: string): number {
  return positive(text, option, TIMES_H, '30min');
}

/** "7.07mm2" in mm². */
export function parseArea(text: string, option: string): number {
  return positive(text, option, AREAS_MM2, '7.07mm2');
}

/** "2GiB" in bytes. */
export function parseBytes(text: string, option: string): number {
  return Math.floor(positive(text, option, SIZES, '2GiB'));
}

export function parseCount(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw wrong(option, text, '4');
  return value;
}

function positive(text: string, option: string, units: Readonly<Record<string, number>>, example: string): number {
  const value = quantity(text.trim(), units);
  if (value === null) throw wrong(option, text, example);
  return value;
}

/** A positive number with its unit; null where it is not one. */
function quantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)\s*(\S+)$/.exec(text);
  const factor = match && Object.hasOwn(units, match[2]!) ? units[match[2]!]! : null;
  const value = factor === null ? Number.NaN : Number(match![1]) * factor;
  return Number.isFinite(value) && value > 0 ? value : null;
}

function wrong(option: string, text: string, example: string): Failure {
  return new Failure('usage', {
    what: `Cannot use --${option}`,
    why: `"${text}" is not understood`,
    whatToDo: `Write it like ${example}`,
  });
}
