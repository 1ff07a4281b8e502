import { AXES, type AxisName, type Region, type Triple } from '../geometry.ts';
import type { CrackResults, Maybe, Results } from '../results.ts';
import type { CellPlace, Moment } from './storyboard.ts';

/** What a movie needs to know of a scan; `AppScan` of the contract has it. */
export interface MovieScan {
  index: number;
  name: string;
  shape: Triple;
  timeH: Maybe;
  /** Why it is left out; null where it is not. */
  excluded: string | null;
  missing: boolean;
  layers: readonly ('grey' | 'lvf' | 'phases')[];
}

/** What a movie needs to know of a project; `ProjectState` of the contract has it. */
export interface MovieState {
  name: string;
  voxelSizeUm: Triple;
  scans: readonly MovieScan[];
  reference: number;
  cycling: {
    timeH: readonly number[];
    voltageV: readonly number[];
    currentMa: readonly number[];
    chargeMahCm2: readonly number[] | null;
  } | null;
}

/** A project as a movie shows it. */
export interface MovieProject {
  state: MovieState;
  results: Results;
}

/** Scans that are shown, in order of time; `atH` is the middle of the exposure. */
export interface ShownScan {
  index: number;
  atH: number;
}

/** Whether the scans' times are known; where not, scans follow one another as if an hour apart, and no time is written. */
export function timesKnown({ state }: MovieProject): boolean {
  const shown = state.scans.filter(({ excluded }) => excluded === null);
  return shown.length > 0 && shown.every(({ timeH }) => timeH !== null);
}

export function shownScans(project: MovieProject): ShownScan[] {
  const known = timesKnown(project);
  return project.state.scans
    .filter(({ excluded }) => excluded === null)
    .map(({ index, timeH }) => ({ index, atH: known ? timeH! : index }))
    .sort((a, b) => a.atH - b.atH);
}

/** The grid on which every layer lies: the reference's, z, y, x. */
export function shapeOf({ state }: MovieProject): Triple {
  return state.scans[state.reference]?.shape ?? state.scans[0]!.shape;
}

export function stackOf({ results }: MovieProject): { axis: AxisName; collectorEnd: 'low' | 'high' } {
  return results.recipe.stack ?? { axis: 'z', collectorEnd: 'low' };
}

/** The axis of the file across a slice. */
export function axisAcross(axis: AxisName | 'stack' | 'side', project: MovieProject): AxisName {
  const { axis: stack } = stackOf(project);
  if (axis === 'stack') return stack;
  if (axis === 'side') return stack === 'y' ? 'x' : 'y';
  return axis;
}

/** The cell's length along an axis that a region takes, half open. */
function reachOf(region: Region, axis: AxisName): [number, number] {
  const k = AXES.indexOf(axis);
  if (region.kind === 'box') return [region.min[k]!, region.max[k]!];
  if (region.axis === axis) return region.range;
  const others = AXES.filter((name) => name !== region.axis);
  const centre = region.center[others.indexOf(axis)]!;
  return [centre - region.radius, centre + region.radius];
}

/** How much of the collector is shown, as a share of the analysis' depth, which has the interface in its middle. */
const COLLECTOR = 0.3;
/** How far into the gap between electrolyte and counter electrode, where neither is sure, the working side reaches at most. */
const INTO_GAP = 0.4;

/**
 * Voxels of the cell without its counter electrode, half open: from a thin layer of the collector to the end of what was analysed, or as
 * far as its cracks reach into the electrolyte: those nearer to it than to the counter electrode, the first and the largest. All where
 * the regions are not known.
 */
export function workingSide(project: MovieProject): { min: Triple; max: Triple } {
  const shape = shapeOf(project);
  const { axis, collectorEnd } = stackOf(project);
  const { analysis, stable, lithium } = project.results.recipe.regions ?? {};
  const whole = { min: [0, 0, 0] as Triple, max: [...shape] as Triple };
  if (!analysis || !stable) return whole;
  const k = AXES.indexOf(axis);
  const low = collectorEnd === 'low';
  const [from, to] = reachOf(analysis, axis);
  const collector = (from + to) / 2 + (low ? -COLLECTOR : COLLECTOR) * (to - from);
  const end = reachOf(stable, axis)[low ? 1 : 0];
  const foil = lithium ? reachOf(lithium, axis)[low ? 0 : 1] : end;
  const most = end + INTO_GAP * (foil - end);
  const looked = [crackOf('first', project), crackOf('largest', project)];
  const own = project.results.cracks.filter((crack) => looked.includes(crack) || !nearerToCounter(crack));
  const cracks = own.flatMap(({ min, max }) => (low ? max : min).flatMap((place) => place?.[k] ?? []));
  const edge = low
    ? Math.min(most, Math.max(to, ...cracks.map((reach) => reach + 1)))
    : Math.max(most, Math.min(from, ...cracks.map((reach) => reach - 1)));
  const [near, far] = [collector, edge].map((n) => Math.max(0, Math.min(shape[k]!, n)));
  [whole.min[k], whole.max[k]] = low ? [near!, far!] : [far!, near!];
  return whole.min[k]! < whole.max[k]! ? whole : { min: [0, 0, 0], max: [...shape] };
}

function nearerToCounter({ distanceToCollectorUm, distanceToCounterUm }: CrackResults): boolean {
  return (distanceToCounterUm ?? Number.POSITIVE_INFINITY) < (distanceToCollectorUm ?? 0);
}

/** A crack by its number, or the first or largest of all; null where there is none such. Of those born together the larger is the first. */
export function crackOf(which: number | 'first' | 'largest', { results }: MovieProject): CrackResults | null {
  if (typeof which === 'number') return results.cracks.find(({ id }) => id === which) ?? null;
  const size = ({ volumeVoxels }: CrackResults) => Math.max(0, ...volumeVoxels.map((volume) => volume ?? 0));
  const byName = (a: CrackResults, b: CrackResults) => size(b) - size(a) || a.id - b.id;
  const order =
    which === 'largest' ? byName : (a: CrackResults, b: CrackResults) => a.onsetScan - b.onsetScan || byName(a, b);
  return results.cracks.toSorted(order)[0] ?? null;
}

/**
 * Where a crack lies and how far it reaches, in voxels z, y, x, as the last of `scans` before `scan` saw it, or else its first;
 * null where no scan tells.
 */
export function crackPlace(
  crack: CrackResults,
  scan = Number.POSITIVE_INFINITY,
): { centre: Triple; size: Triple } | null {
  const seen = crack.centroid.flatMap((centre, index) => (centre ? [index] : []));
  const index = seen.findLast((one) => one <= scan) ?? seen[0];
  if (index === undefined) return null;
  const [min, max] = [crack.min[index], crack.max[index]];
  const size = AXES.map((_, k) => (min && max ? max[k] - min[k] : 1)) as Triple;
  return { centre: crack.centroid[index]!, size };
}

/** A place of the cell in voxels; null where it cannot be told. */
export function voxelOf(place: CellPlace, project: MovieProject, scan?: number): Triple | null {
  if ('voxel' in place) return place.voxel;
  const crack = crackOf(place.crack, project);
  return crack && (crackPlace(crack, scan)?.centre ?? null);
}

/** The time of a moment, hours of the log; null where the series has none such. */
export function hoursOf(moment: Moment, project: MovieProject): Maybe {
  const scans = shownScans(project);
  if (moment === 'start') return scans[0]?.atH ?? null;
  if (moment === 'end') return scans.at(-1)?.atH ?? null;
  if ('hours' in moment) return moment.hours;
  if ('scan' in moment) return scans.find(({ index }) => index === moment.scan)?.atH ?? null;
  if ('charge' in moment) return firstAt(moment.charge, project);
  const crack = crackOf(moment.crack, project);
  if (!crack) return null;
  return scans.find(({ index }) => index === crack.onsetScan)?.atH ?? null;
}

/** The first time from the reference scan on at which the charge is that of the electrode, mAh cm⁻². */
function firstAt(charge: number, { state }: MovieProject): Maybe {
  const { cycling } = state;
  if (!cycling?.chargeMahCm2) return null;
  const { timeH, chargeMahCm2 } = cycling;
  const from = state.scans[state.reference]?.timeH ?? timeH[0] ?? 0;
  for (let row = 1; row < timeH.length; row++) {
    if (timeH[row] < from) continue;
    const [before, after] = [chargeMahCm2[row - 1], chargeMahCm2[row]];
    if ((before - charge) * (after - charge) > 0) continue;
    const share = after === before ? 0 : (charge - before) / (after - before);
    return Math.max(from, timeH[row - 1] + share * (timeH[row] - timeH[row - 1]));
  }
  return null;
}
