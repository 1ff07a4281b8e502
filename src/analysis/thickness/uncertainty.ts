import type { Intensity } from '../intensity/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import type { Registration } from '../register/index.ts';

export interface UncertaintyInput {
  meanUm: number;
  /** Grey values that stand for a fraction of one. */
  factor: number;
  plan: 'working' | 'counter';
  /** Slices of the region below and above the interface. */
  slicesBelow: number;
  slicesAbove: number;
  /** µm along the stack. */
  voxel: number;
  levels: Normalisation;
  greys: Intensity;
  /** Standard deviation of the displacement along the stack at the region's centre, voxels. */
  registration: number;
  /** Share of the region that the scan does not show. */
  missing: number;
  std: number;
  columns: number;
  inCracksUm: number;
  columnNoise: number;
}

/** Displacement along the stack that no covariance tells: interpolation, and a region that is not quite at rest. */
const LEAST_SHIFT = 0.0025;
/** Noise that neighbouring columns share, beyond what their own scatter tells. */
const SHARED_NOISE = 1.2;
/** Part of a thickness that interpolation and blur leave in doubt however well the constant is known. */
const LEAST_PART = 0.0008;
/** Scans that need no match are steadier than the noise lets one tell: part of what it leaves in doubt. */
const STEADY = 0.6;
/** Thickness that a shaded collector leaves in doubt, and one that matched grey values do, voxels. */
const SHADED = 0.01;
const MATCHED = 0.006;
/** A faint electrolyte alone tells the displacement less well than its own scatter says. */
const FAINT = 0.008;
const ALONE = 1.6;
/** Part of a match that stays in doubt where no third material checks it. */
const UNCHECKED = 0.05;
/** Part of the counter electrode's thickness that depends on whether electrolyte or metal took the lithium's place. */
const COUNTER = 0.01;
/** Part of the cracks' lithium that may count as plated where they touch the interface, or the other way. */
const CRACKS = 0.015;
/** Part of the wall's misfit that the two materials of the match may share. */
const CHECKED = 0.4;
/** Thickness that a fringe displaces, voxels for a swing of the whole step. */
const FRINGE = 0.05;

/**
 * What a mean thickness may be wrong by, part by part (µm, k = 1), and how much the match of grey values changed it:
 * displacement at the interface (thickness error = shift × (collector − electrolyte)/(collector − lithium)), the constant of
 * normalisation, grey values left over on both sides of the interface, noise, and columns out of view.
 */
export function uncertaintyOf(input: UncertaintyInput): { parts: Record<string, number>; unmatched: number } {
  const { meanUm, factor, levels, greys, voxel } = input;
  const step = stepAt(input);
  const shift = Math.hypot(input.registration, LEAST_SHIFT);
  const e = greys.electrolyte;
  const c = greys.collector;
  const above = e ? e.sigma * input.slicesAbove : 0;
  const below = c ? c.sigma * input.slicesBelow : 0;
  const change = e ? (e.mean * input.slicesAbove + (c ? c.mean : e.mean) * input.slicesBelow) / factor : 0;
  const unmatched = greys.applied ? -change * voxel : 0;
  // The wall checks the line through the other two: what it is off by may be off in them as well.
  const doubt =
    greys.wallMisfit === null
      ? UNCHECKED * Math.abs(unmatched)
      : (CHECKED * Math.abs(greys.wallMisfit) * Math.hypot(input.slicesAbove, input.slicesBelow) * voxel) /
        Math.abs(factor);
  const steady = greys.applied || greys.shading ? 1 : STEADY;
  const parts = {
    registration: Math.abs((shift * step) / factor) * voxel,
    normalisation: Math.abs(meanUm) * Math.hypot(constantSigma(input) / (factor || 1), LEAST_PART),
    greys:
      Math.hypot((steady * Math.hypot(above, below)) / factor, greys.shading ? SHADED : greys.applied ? MATCHED : 0) *
      voxel,
    match: greys.applied ? doubt : 0,
    fringe: FRINGE * levels.fringe * voxel,
    noise: input.columns > 0 ? (SHARED_NOISE * input.columnNoise) / Math.sqrt(input.columns) : 0,
    view: input.missing * input.std,
    cracks: CRACKS * Math.abs(input.inCracksUm),
    counter: input.plan === 'counter' ? COUNTER * Math.abs(meanUm) : 0,
  };
  return { parts, unmatched };
}

/** Standard deviation of the constant that stands for a fraction of one, grey values. */
function constantSigma({ plan, levels, greys }: UncertaintyInput): number {
  if (plan === 'counter') return Math.hypot(levels.following?.sigma ?? 0, levels.lithium?.sigma ?? 0);
  return greys.shading ? levels.lithium!.sigma : levels.uncertainty / 2;
}

function stepAt({ plan, levels }: UncertaintyInput): number {
  if (plan === 'working' && levels.collector && levels.electrolyte)
    return levels.collector.mean - levels.electrolyte.mean;
  return levels.electrolyte && levels.lithium ? levels.electrolyte.mean - levels.lithium.mean : 0;
}

/** Standard deviation of the displacement along the stack at a place, from the covariance of the motion. */
export function registrationSigma(
  { covariance, center, face }: Registration,
  [v, u]: [number, number],
  s: number,
): number {
  if (!covariance) return 0;
  const r = [s - center[0], v - center[1], u - center[2]];
  // Along s: the shift, w × r = w_v r_u − w_u r_v, and the scale.
  const j = [1, 0, 0, 0, r[2]!, -r[1]!, r[0]!];
  let variance = 0;
  for (let a = 0; a < 7; a++) for (let b = 0; b < 7; b++) variance += j[a]! * covariance[a * 7 + b]! * j[b]!;
  const sigma = Math.sqrt(Math.max(0, variance));
  return !face && sigma > FAINT ? ALONE * sigma : sigma;
}
