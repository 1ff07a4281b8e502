import type { PlaneSpline } from '../engine/phantom.ts';
import type { Random } from './random.ts';

/** Where the knots of a plane's splines stand. */
export type Knots = Omit<PlaneSpline, 'coefficients'>;

/** Knots over [low, high] in both directions of a plane, two beyond on every side. */
export function knotsOver(low: [number, number], high: [number, number], spacing: number): Knots {
  const origin: [number, number] = [low[0] - 2 * spacing, low[1] - 2 * spacing];
  const count = (k: 0 | 1) => Math.ceil((high[k] - low[k]) / spacing) + 5;
  return { origin, spacing, shape: [count(0), count(1)] };
}

/** The spline whose coefficients are a function's values at the knots: it follows functions that vary slowly. */
export function splineOf(knots: Knots, value: (a: number, b: number) => number): PlaneSpline {
  const [n0, n1] = knots.shape;
  const coefficients = new Float64Array(n0 * n1);
  for (let i = 0; i < n0; i++)
    for (let j = 0; j < n1; j++)
      coefficients[i * n1 + j] = value(knots.origin[0] + i * knots.spacing, knots.origin[1] + j * knots.spacing);
  return { ...knots, coefficients };
}

/** Σ factor · spline, of splines on the same knots. */
export function combine(...terms: [factor: number, spline: PlaneSpline][]): PlaneSpline {
  const first = terms[0]![1];
  const coefficients = new Float64Array(first.coefficients.length);
  for (const [factor, spline] of terms)
    for (let i = 0; i < coefficients.length; i++) coefficients[i]! += factor * spline.coefficients[i]!;
  return { ...first, coefficients };
}

/** A function of coefficients and their place; a spline with no negative coefficient is nowhere negative. */
export function mapSpline(spline: PlaneSpline, change: (c: number, a: number, b: number) => number): PlaneSpline {
  const n1 = spline.shape[1];
  return {
    ...spline,
    coefficients: spline.coefficients.map((c, at) =>
      change(c, spline.origin[0] + Math.floor(at / n1) * spline.spacing, spline.origin[1] + (at % n1) * spline.spacing),
    ),
  };
}

/** A rectangle of a spline's knots that reaches at least one cell beyond [low, high]: the same function inside it. */
export function cutSpline(spline: PlaneSpline, low: [number, number], high: [number, number]): PlaneSpline {
  const [n0, n1] = spline.shape;
  const first = [0, 1].map((k) => Math.max(0, Math.floor((low[k]! - spline.origin[k]!) / spline.spacing) - 3)) as [
    number,
    number,
  ];
  const last = [n0, n1].map((n, k) =>
    Math.min(n - 1, Math.ceil((high[k]! - spline.origin[k]!) / spline.spacing) + 3),
  ) as [number, number];
  const shape: [number, number] = [last[0] - first[0] + 1, last[1] - first[1] + 1];
  const coefficients = new Float64Array(shape[0] * shape[1]);
  for (let i = 0; i < shape[0]; i++)
    for (let j = 0; j < shape[1]; j++)
      coefficients[i * shape[1] + j] = spline.coefficients[(first[0] + i) * n1 + first[1] + j]!;
  return {
    origin: [spline.origin[0] + first[0] * spline.spacing, spline.origin[1] + first[1] * spline.spacing],
    spacing: spline.spacing,
    shape,
    coefficients,
  };
}

/** Gaussian random field of unit variance and correlation exp(−d²/length²). */
export function noiseSpline(knots: Knots, draw: Random, length: number): PlaneSpline {
  const [n0, n1] = knots.shape;
  const sigma = length / 2 / knots.spacing;
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const weight = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2));
  const norm = Math.sqrt(weight.reduce((sum, w) => sum + w * w, 0));
  // White noise reaches beyond the knots, so that the field is as rough at its border as inside.
  const [m0, m1] = [n0 + 2 * reach, n1 + 2 * reach];
  const white = Float64Array.from({ length: m0 * m1 }, () => draw.normal());
  const rows = new Float64Array(m0 * n1);
  for (let i = 0; i < m0; i++)
    for (let j = 0; j < n1; j++) {
      let sum = 0;
      for (let k = 0; k < weight.length; k++) sum += weight[k]! * white[i * m1 + j + k]!;
      rows[i * n1 + j] = sum / norm;
    }
  const coefficients = new Float64Array(n0 * n1);
  for (let i = 0; i < n0; i++)
    for (let j = 0; j < n1; j++) {
      let sum = 0;
      for (let k = 0; k < weight.length; k++) sum += weight[k]! * rows[(i + k) * n1 + j]!;
      coefficients[i * n1 + j] = sum / norm;
    }
  return { ...knots, coefficients };
}

/** The spline's value at a place of its plane. */
export function valueAt(spline: PlaneSpline, a: number, b: number): number {
  const [n0, n1] = spline.shape;
  const at0 = Math.min(Math.max((a - spline.origin[0]) / spline.spacing, 1), n0 - 2);
  const at1 = Math.min(Math.max((b - spline.origin[1]) / spline.spacing, 1), n1 - 2);
  const i = Math.min(Math.floor(at0), n0 - 3);
  const j = Math.min(Math.floor(at1), n1 - 3);
  const t0 = at0 - i;
  const t1 = at1 - j;
  let sum = 0;
  for (let k = -1; k <= 2; k++) {
    const row = (i + k) * n1 + j;
    const c = spline.coefficients;
    sum +=
      basis(k, t0) *
      (basis(-1, t1) * c[row - 1]! + basis(0, t1) * c[row]! + basis(1, t1) * c[row + 1]! + basis(2, t1) * c[row + 2]!);
  }
  return sum;
}

/** The cubic B-spline of knot k (−1 to 2) at t inside the cell between knots 0 and 1. */
function basis(k: number, t: number): number {
  const s = 1 - t;
  if (k === -1) return (s * s * s) / 6;
  if (k === 0) return (4 - 6 * t * t + 3 * t * t * t) / 6;
  if (k === 1) return (4 - 6 * s * s + 3 * s * s * s) / 6;
  return (t * t * t) / 6;
}
