import type { Triple } from '../../core/geometry.ts';
import { release } from '../../engine/release.ts';
import { readBlock, type View } from '../../engine/volume.ts';
import type { Image } from './circle.ts';
import { heightAt, type SmoothSurface } from './height.ts';

/** Rows that are read at once where slices follow a surface. */
const ROWS = 16;

/** Mean of `count` slices from `from` on, as an image (v, u). */
export async function meanSlices(view: View, n: Triple, from: number, count: number, threads: number): Promise<Image> {
  const [ns, nv, nu] = n;
  const first = Math.max(0, Math.min(from, ns - 1));
  const slices = Math.max(1, Math.min(count, ns - first));
  const pixels = new Float32Array(nv * nu);
  for (let s = first; s < first + slices; s++) {
    const slice = await readBlock(view, [s, 0, 0], [1, nv, nu], threads);
    for (let i = 0; i < pixels.length; i++) pixels[i]! += slice[i]! / slices;
  }
  return { pixels, height: nv, width: nu };
}

/** Radius of the circle that a reconstruction filled, when the four corners hold one and the same value; else null. */
export function emptyBeyond({ pixels, height, width }: Image): number | null {
  const corner = pixels[0]!;
  const corners = [pixels[width - 1]!, pixels[(height - 1) * width]!, pixels[height * width - 1]!];
  if (corners.some((value) => value !== corner) || pixels[1] !== corner || pixels[width] !== corner) return null;
  let nearest = Number.POSITIVE_INFINITY;
  for (const [dv, du] of [
    [1, 1],
    [1, -1],
    [-1, 1],
    [-1, -1],
  ] as const) {
    let r = 0;
    for (; ; r++) {
      const v = Math.round((height - 1) / 2 + (dv * r) / Math.SQRT2);
      const u = Math.round((width - 1) / 2 + (du * r) / Math.SQRT2);
      if (v < 0 || u < 0 || v >= height || u >= width || pixels[v * width + u] === corner) break;
    }
    nearest = Math.min(nearest, r);
  }
  return nearest > Math.min(height, width) / 4 ? nearest : null;
}

/** Mean of `count` slices from `offset` above a surface on, column by column, as an image (v, u). */
export async function meanAlong(
  view: View,
  [ns, nv, nu]: Triple,
  surface: SmoothSurface,
  offset: number,
  count: number,
  threads: number,
): Promise<Image> {
  const pixels = new Float32Array(nv * nu);
  const inside = (s: number) => Math.max(0, Math.min(ns - 1, s));
  const first = new Int32Array(ROWS * nu);
  for (let v0 = 0; v0 < nv; v0 += ROWS) {
    const height = Math.min(ROWS, nv - v0);
    let low = ns;
    let high = 0;
    for (let v = 0, i = 0; v < height; v++)
      for (let u = 0; u < nu; u++, i++) {
        first[i] = Math.round(heightAt(surface, v0 + v, u) + offset);
        low = Math.min(low, inside(first[i]!));
        high = Math.max(high, inside(first[i]! + count - 1) + 1);
      }
    const plane = height * nu;
    const block = await readBlock(view, [low, v0, 0], [high - low, height, nu], threads);
    for (let i = 0; i < plane; i++) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += block[(inside(first[i]! + k) - low) * plane + i]!;
      pixels[v0 * nu + i] = sum / count;
    }
    release(block);
  }
  return { pixels, height: nv, width: nu };
}
