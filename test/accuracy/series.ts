/** Series with known truth, run through the program as its user runs it, and how far the answers are off. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resultsSchema } from '../../src/contract/results.ts';
import { AXES, type Cylinder, type Matrix4, type Region, type Triple } from '../../src/core/geometry.ts';
import type { CrackResults, Results } from '../../src/core/results.ts';
import type { PhantomOptions } from '../../src/phantom/spec.ts';
import { type Truth, type TruthCrack, truthMeanUm } from '../../src/phantom/truth.ts';
import { writePhantom } from '../../src/phantom/write.ts';

export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** One call of the program. */
export function tomolapse(args: string[], folder: string): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/** A call that has to succeed; its JSON document. */
export function answer<T>(args: string[], folder: string): T {
  const { status, stdout, stderr } = tomolapse([...args, '--json'], folder);
  if (status !== 0) throw new Error(`tomolapse ${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** Writes a phantom into `folder`/scans and makes the project `folder`/cell.tomolapse of it. */
export async function makeProject(folder: string, options: PhantomOptions): Promise<Truth> {
  const truth = await writePhantom(join(folder, 'scans'), options);
  const { working, counter } = truth.electrodes;
  answer(createCall(truth, 'cell.tomolapse', working.areaMm2, counter.areaMm2), folder);
  return truth;
}

export function createCall(truth: Truth, project: string, workingMm2: number, counterMm2: number): string[] {
  const scans = truth.scans.map(({ file }) => join('scans', file));
  return [
    ...['create', project, '--scans', ...scans],
    ...['--times', 'scans/scans.csv', '--cycling', 'scans/cycling.csv'],
    ...['--voxel-size', `${truth.voxelSizeUm[0]}um`],
    ...['--working-area', `${workingMm2}mm2`, '--counter-area', `${counterMm2}mm2`],
  ];
}

/** The results of a project, checked against the published schema. */
export function resultsOf(folder: string, project = 'cell.tomolapse'): Results {
  const document = answer<Results>(['results', project], folder);
  resultsSchema.parse(document);
  return document;
}

/** Places of a region on a coarse grid. */
export function placesIn(region: Region, shape: Triple): Triple[] {
  const along = region.kind === 'box' ? 0 : AXES.indexOf(region.axis);
  const [a, b] = [0, 1, 2].filter((axis) => axis !== along) as [number, number];
  const places: Triple[] = [];
  const span = (axis: number): [number, number] =>
    region.kind === 'box'
      ? [region.min[axis]!, region.max[axis]! - 1]
      : axis === along
        ? [region.range[0], region.range[1] - 1]
        : [0, shape[axis]! - 1];
  const steps = (axis: number) => {
    const [low, high] = span(axis);
    const count = Math.max(2, Math.ceil((high - low) / 6));
    return Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));
  };
  for (const p of steps(along))
    for (const q of steps(a))
      for (const r of steps(b)) {
        if (region.kind === 'cylinder' && Math.hypot(q - region.center[0], r - region.center[1]) > region.radius)
          continue;
        const place: Triple = [0, 0, 0];
        place[along] = p;
        place[a] = q;
        place[b] = r;
        places.push(place);
      }
  return places;
}

/** Root mean square distance between where two matrices take places, voxels. */
export function distanceOf(found: Matrix4, truth: Matrix4, places: Triple[]): number {
  let sum = 0;
  for (const [z, y, x] of places)
    for (const row of [0, 4, 8]) {
      const d = (i: number) => found[row + i]! - truth[row + i]!;
      sum += (d(0) * z + d(1) * y + d(2) * x + d(3)) ** 2;
    }
  return Math.sqrt(sum / places.length);
}

export interface ScanErrors {
  scan: number;
  /** Voxels, rms over the stable region. */
  registration: number;
  /** µm, found − true, over the resolved analysis region; and what is allowed. */
  thickness: number;
  allowed: number;
  uncertaintyUm: number;
}

/** How far each scan after the reference is off. */
export async function errorsOf(results: Results, truth: Truth): Promise<ScanErrors[]> {
  const { stable, analysis } = results.recipe.regions!;
  const places = placesIn(stable!, truth.shape);
  const errors: ScanErrors[] = [];
  for (const { index, registration } of truth.scans.slice(1)) {
    const scan = results.scans[index]!;
    const trueUm = await truthMeanUm(truth, index, analysis as Cylinder);
    const working = scan.thickness!.working!;
    errors.push({
      scan: index,
      registration: distanceOf(scan.registration!.matrix, registration.matrix, places),
      thickness: working.meanUm! - trueUm,
      allowed: Math.max(0.01 * Math.abs(trueUm), 0.03),
      uncertaintyUm: working.uncertaintyUm!,
    });
  }
  return errors;
}

/** Share of the pellet's cross-section that the analysis region takes. */
export function coverageOf(results: Results, truth: Truth): number {
  const analysis = results.recipe.regions!.analysis as Cylinder;
  return (analysis.radius / truth.cylinder.radius) ** 2;
}

export interface MatchedCrack {
  truth: TruthCrack;
  /** Found cracks whose last box meets the true one's. */
  found: CrackResults[];
}

/** True cracks of at least 50 voxels with what was found of them, and the found ones that belong to none. */
export function matchCracks(results: Results, truth: Truth): { cracks: MatchedCrack[]; strays: CrackResults[] } {
  const last = <T>(values: (T | null)[]): T | null => values.findLast((value) => value !== null) ?? null;
  const meets = (crack: CrackResults, other: TruthCrack): number => {
    const [low, high, min, max] = [last(crack.min)!, last(crack.max)!, last(other.min)!, last(other.max)!];
    return [0, 1, 2].reduce(
      (volume, k) => volume * Math.max(0, Math.min(high[k]!, max[k]! + 1) - Math.max(low[k]!, min[k]! - 1)),
      1,
    );
  };
  const cracks = truth.cracks
    .filter(({ volumeVoxels }) => volumeVoxels.some((volume) => volume !== null && volume >= 50))
    .map((crack): MatchedCrack => ({ truth: crack, found: [] }));
  const strays: CrackResults[] = [];
  for (const crack of results.cracks) {
    const best = cracks.toSorted((a, b) => meets(crack, b.truth) - meets(crack, a.truth))[0];
    if (best && meets(crack, best.truth) > 0) best.found.push(crack);
    else strays.push(crack);
  }
  return { cracks, strays };
}
