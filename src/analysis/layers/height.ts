import { dot, robustFit } from '../../core/robust.ts';

/** A smooth interface s = c · (1, v′, u′, v′², v′u′, u′²) with v′ = (v − v0)/scale: tilt and doming. */
export interface SmoothSurface {
  v0: number;
  u0: number;
  scale: number;
  coefficients: number[];
  /** Robust standard deviation of the interface about it, voxels: its roughness. */
  roughness: number;
  /** Share of the columns in which the interface was seen. */
  seen: number;
}

function terms(surface: { v0: number; u0: number; scale: number }, v: number, u: number, order: 1 | 2): number[] {
  const a = (v - surface.v0) / surface.scale;
  const b = (u - surface.u0) / surface.scale;
  return order === 1 ? [1, a, b] : [1, a, b, a * a, a * b, b * b];
}

export function heightAt(surface: SmoothSurface, v: number, u: number): number {
  // Without an array: it is asked for in every column.
  const c = surface.coefficients;
  const a = (v - surface.v0) / surface.scale;
  const b = (u - surface.u0) / surface.scale;
  return c[0]! + c[1]! * a + c[2]! * b + c[3]! * (a * a) + c[4]! * (a * b) + c[5]! * (b * b);
}

/** Height of the plane through the surface, without its doming about the centre. */
export function planeAt(surface: SmoothSurface, v: number, u: number): number {
  return dot(surface.coefficients.slice(0, 3), terms(surface, v, u, 1));
}

/**
 * Tilt and doming of an interface from its height over a grid of `height` × `width` columns (NaN where it was not
 * seen), by robust least squares on at most 20 000 of them; null when fewer than 20 were seen.
 */
export function fitSurface(
  heights: Float32Array,
  height: number,
  width: number,
  order: 1 | 2 = 2,
): SmoothSurface | null {
  const grid = { v0: (height - 1) / 2, u0: (width - 1) / 2, scale: Math.max(height, width) / 2 };
  const step = Math.max(1, Math.floor(Math.sqrt((height * width) / 20000)));
  const rows: number[][] = [];
  const right: number[] = [];
  let asked = 0;
  for (let v = Math.floor(step / 2); v < height; v += step)
    for (let u = Math.floor(step / 2); u < width; u += step) {
      asked++;
      const h = heights[v * width + u]!;
      if (Number.isNaN(h)) continue;
      rows.push(terms(grid, v, u, order));
      right.push(h);
    }
  if (rows.length < 20) return null;
  const fit = robustFit(rows, right);
  if (!fit) return null;
  const coefficients = order === 1 ? [...fit.x, 0, 0, 0] : fit.x;
  return { ...grid, coefficients, roughness: fit.sigma, seen: rows.length / asked };
}

/** The smooth surface at every column. */
export function sampleSurface(surface: SmoothSurface, height: number, width: number): Float32Array {
  const out = new Float32Array(height * width);
  for (let v = 0; v < height; v++) for (let u = 0; u < width; u++) out[v * width + u] = heightAt(surface, v, u);
  return out;
}

/**
 * Heights with gaps and strays (further than `far` voxels from the smooth surface) filled from the smooth surface, in place.
 */
export function mendHeights(
  heights: Float32Array,
  surface: SmoothSurface,
  height: number,
  width: number,
  far: number,
): void {
  for (let v = 0; v < height; v++)
    for (let u = 0; u < width; u++) {
      const i = v * width + u;
      const smooth = heightAt(surface, v, u);
      if (Number.isNaN(heights[i]!) || Math.abs(heights[i]! - smooth) > far) heights[i] = smooth;
    }
}
