import { Failure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { parseLength } from '../core/units.ts';

/** Micrometres z, y, x from "1.625um" or "2x1.6x1.6um" (z, y, x). Throws a Failure `usage` naming `option`. */
export function parseVoxelSize(text: string, option: string): Triple {
  const unit = /[^\d.\s]*$/.exec(text.trim())?.[0] ?? '';
  const parts = text
    .trim()
    .slice(0, text.trim().length - unit.length)
    .split(/[x×]/);
  const sizes = parts.map((part) => parseLength(`${part.trim()}${unit}`, option));
  if (sizes.length === 1) return [sizes[0]!, sizes[0]!, sizes[0]!];
  if (sizes.length !== 3) throw wrong(option, text, '1.625um, or 2x1.6x1.6um for z, y, x');
  return sizes as Triple;
}

/** "128x256x256" (z, y, x). Throws a Failure `usage` naming `option`. */
export function parseShape(text: string, option: string): Triple {
  const parts = text.split(/[x×]/);
  if (parts.length !== 3) throw wrong(option, text, '128x256x256 (z, y, x)');
  return parts.map((part) => parseCount(part, option)) as Triple;
}

/** A whole number of at least `least`. Throws a Failure `usage` naming `option`. */
export function parseCount(text: string, option: string, least = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text.trim()) || value < least || !Number.isSafeInteger(value)) throw wrong(option, text, '4');
  return value;
}

/** "1920x1080". Throws a Failure `usage` naming `option`. */
export function parseSize(text: string, option: string): [number, number] {
  const parts = text.split(/[x×]/);
  if (parts.length !== 2) throw wrong(option, text, '1920x1080');
  return parts.map((part) => parseCount(part, option)) as [number, number];
}

/** "0-59". Throws a Failure `usage` naming `option`. */
export function parseRange(text: string, option: string): [number, number] {
  const parts = text.split('-');
  if (parts.length !== 2) throw wrong(option, text, '0-59');
  return parts.map((part) => parseCount(part, option, 0)) as [number, number];
}

function wrong(option: string, text: string, example: string): Failure {
  return new Failure('usage', {
    what: `Cannot understand ${option}`,
    why: `"${text}" is not what it takes`,
    whatToDo: `Write it like ${example}`,
  });
}
