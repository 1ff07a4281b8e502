import type { Triple } from '../../core/geometry.ts';

/** Voxels a brick has along each axis, and with its apron. */
export const BRICK = 64;
export const SLOT = BRICK + 2;

/** Shape of level k of a volume. */
export function levelShape(shape: Triple, level: number): Triple {
  return shape.map((n) => Math.ceil(n / 2 ** level)) as Triple;
}

/** Bricks along each axis of level k. */
export function bricksOf(shape: Triple, level: number): Triple {
  return levelShape(shape, level).map((n) => Math.ceil(n / BRICK)) as Triple;
}

/** The level whose shape this is; null when it is none of the volume's. */
export function levelWithShape(shape: Triple, coarse: Triple): number | null {
  for (let level = 0; level < 24; level++)
    if (levelShape(shape, level).every((n, axis) => n === coarse[axis])) return level;
  return null;
}

/** The finest level of at most `most` voxels an axis. */
export function floorLevel(shape: Triple, most: number): number {
  let level = 0;
  while (Math.max(...levelShape(shape, level)) > most) level++;
  return level;
}

export function product([z, y, x]: Triple): number {
  return z * y * x;
}
