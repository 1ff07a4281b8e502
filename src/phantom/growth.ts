import type { PlaneSpline } from '../engine/phantom.ts';
import type { Cell } from './cell.ts';
import { lithiumUm } from './program.ts';
import { random } from './random.ts';
import type { PhantomSpec } from './spec.ts';
import { combine, type Knots, mapSpline, noiseSpline, splineOf, valueAt } from './spline.ts';

/** The discs of the electrodes, as far as they are seen, where their lithium changes, µm. */
export type Electrodes = Record<'working' | 'counter', { centre: [number, number]; radiusUm: number }>;

/** Patterns of lithium over the plane; each has the mean 1 over its electrode. */
export interface Growth {
  early: PlaneSpline;
  late: PlaneSpline;
  residue: PlaneSpline;
  again: PlaneSpline;
  voids: PlaneSpline;
  voidUm: number;
  counter: PlaneSpline;
}

/** Draws the patterns of a plan. */
export function drawGrowth(spec: PhantomSpec, knots: Knots, { working, counter }: Electrodes): Growth {
  const draw = random(spec.seed, 'growth');
  const reach = working.radiusUm;
  const pattern = spec.pattern === 'any' ? draw.pick(['edge', 'centre', 'islands'] as const) : spec.pattern;
  const radial = (r: number): number => {
    const t = Math.min(r / reach, 1) ** 3;
    if (pattern === 'edge') return 0.45 + 1.1 * t;
    if (pattern === 'centre') return 1.5 - 1.1 * t;
    return 1;
  };
  const field = (name: string, length: number) => noiseSpline(knots, random(spec.seed, `growth/${name}`), length);
  const short = draw.uniform(25, 45);
  const bumpy = pattern === 'islands' ? 0.8 : 0.55;
  // What a pattern is made of: a floor, noise about it, how far it follows the radial trend, and what it never passes.
  const on = (
    electrode: Electrodes['working'],
    noise: PlaneSpline,
    floor: number,
    amount: number,
    trend: number,
    most: number,
  ) =>
    normalised(
      mapSpline(noise, (c, v, u) => {
        const r = Math.hypot(v - electrode.centre[0], u - electrode.centre[1]);
        return Math.min(most, Math.max(0, floor + amount * c)) * (1 + trend * (radial(r) - 1));
      }),
      electrode,
      spec.voxelUm,
    );
  const die = spec.collectorMoves === 'die';
  const even = splineOf(knots, () => 1);
  return {
    early: die ? even : on(working, field('early', short), 0.7, bumpy, 1, 2.6),
    late: die ? even : on(working, field('late', 2 * short), 1, 0.25, 0.5, 2),
    residue: die ? even : on(working, field('residue', short), 0.2, 0.8, 1, 2.6),
    again: die ? even : on(working, field('again', short), 0.6, bumpy, 1, 2.6),
    voids: normalised(spots(field('voids', 0.7 * short), working), working, spec.voxelUm),
    voidUm: die ? 0 : spec.plating * draw.uniform(...spec.voidUm),
    counter: spec.depletion
      ? on(counter, field('counter', 1.2 * short), 0.5, 0.9, 0, 4)
      : on(counter, field('counter', 2 * short), 1, 0.3, 0, 1.9),
  };
}

/** What of a field lies above its upper quartile over a disc. */
function spots(field: PlaneSpline, { centre, radiusUm }: Electrodes['working']): PlaneSpline {
  const inside: number[] = [];
  mapSpline(field, (c, v, u) => {
    if (Math.hypot(v - centre[0], u - centre[1]) <= radiusUm) inside.push(c);
    return c;
  });
  const quartile = inside.sort((a, b) => a - b)[Math.floor(0.75 * inside.length)]!;
  return mapSpline(field, (c) => Math.max(0, c - quartile));
}

/** Visits rings of points that share a disc's area, about half a voxel apart; `area` is the part of the disc of each. */
function overDisc(
  { centre, radiusUm }: Electrodes['working'],
  voxelUm: number,
  visit: (v: number, u: number, area: number) => void,
): void {
  const rings = Math.min(400, Math.ceil((2 * radiusUm) / voxelUm));
  for (let k = 0; k < rings; k++) {
    const r = ((k + 0.5) / rings) * radiusUm;
    const points = Math.max(8, Math.ceil(2 * Math.PI * (k + 0.5)));
    const area = (2 * k + 1) / rings ** 2 / points;
    for (let n = 0; n < points; n++) {
      const phi = (2 * Math.PI * (n + 0.5 * (k % 2))) / points;
      visit(centre[0] + r * Math.cos(phi), centre[1] + r * Math.sin(phi), area);
    }
  }
}

/** A map scaled to the mean 1 over a disc. */
function normalised(map: PlaneSpline, disc: Electrodes['working'], voxelUm: number): PlaneSpline {
  let mean = 0;
  overDisc(disc, voxelUm, (v, u, area) => {
    mean += area * valueAt(map, v, u);
  });
  return combine([1 / mean, map]);
}

/** Lithium and void at the working electrode as maps: uneven where it is young, evener as it grows. */
export function layersAt(cell: Cell, scan: number, meanUm: number): { film: PlaneSpline; voids: PlaneSpline } {
  const { growth, program } = cell;
  const { phase, progress } = program.exposures[scan]!;
  const voids = combine([voidAt(cell, scan), growth.voids]);
  const plated = lithiumUm(program.plated);
  const left = lithiumUm(program.left);
  const mixed = (early: PlaneSpline, mean: number, evenness: number): [number, PlaneSpline][] => [
    [mean * (1 - evenness), early],
    [mean * evenness, growth.late],
  ];
  const evenAt = (mean: number) => (plated > 0 ? 0.6 * Math.min(1, mean / plated) : 0);
  if (phase === 'stripping') {
    const kept = Math.min(meanUm, left * progress);
    return { film: combine([kept, growth.residue], ...mixed(growth.early, meanUm - kept, evenAt(plated))), voids };
  }
  if (phase === 'replating') {
    const kept = Math.min(meanUm, left);
    const more = meanUm - kept;
    return { film: combine([kept, growth.residue], ...mixed(growth.again, more, evenAt(more))), voids };
  }
  return { film: combine(...mixed(growth.early, meanUm, evenAt(meanUm))), voids };
}

/** Mean void: stripping opens it, plating closes two thirds of it again. */
function voidAt(cell: Cell, scan: number): number {
  const { phase, progress } = cell.program.exposures[scan]!;
  if (phase === 'stripping') return cell.growth.voidUm * progress ** 2;
  if (phase === 'replating') return cell.growth.voidUm * (1 - (2 / 3) * progress);
  return 0;
}

/** The factor on the counter electrode's pattern at which the foil, no thicker than it is, has lost `lostUm` in the mean. */
export function depleted(cell: Cell, lostUm: number): number {
  const { growth, surfaces } = cell;
  const pattern: number[] = [];
  const foil: number[] = [];
  const areas: number[] = [];
  overDisc(cell.electrodes.counter, cell.spec.voxelUm, (v, u, area) => {
    areas.push(area);
    pattern.push(valueAt(growth.counter, v, u));
    foil.push(valueAt(surfaces.back, v, u) - valueAt(surfaces.counter, v, u));
  });
  const lostAt = (factor: number) => pattern.reduce((sum, p, i) => sum + areas[i]! * Math.min(factor * p, foil[i]!), 0);
  if (Math.abs(lostAt(lostUm) - lostUm) <= 1e-9 * Math.abs(lostUm)) return lostUm;
  let [low, high] = [lostUm, 100 * lostUm];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (lostAt(middle) < lostUm) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
