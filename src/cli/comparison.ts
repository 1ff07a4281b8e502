import type { Matrix4, Region, Triple } from '../core/geometry.ts';
import { AXES } from '../core/geometry.ts';
import type { Maybe, Results } from '../core/results.ts';
import { type Truth, truthMeanUm } from '../phantom/truth.ts';
import { aligned, notesOf, shown } from './results_table.ts';

/** A scan's numbers beside the truth; null where there is none. */
export interface ComparedScan {
  index: number;
  name: string;
  timeH: Maybe;
  chargeMahCm2: Maybe;
  meanUm: Maybe;
  uncertaintyUm: Maybe;
  publishedMeanUm: Maybe;
  /** Over the region that was analysed, over the whole cell where there is none. */
  trueMeanUm: number;
  errorUm: Maybe;
  cracks: Maybe;
  trueCracks: number;
  /** Root mean square distance from the true position over the region at rest. */
  registrationErrorVoxels: Maybe;
}

export interface Comparison {
  scans: ComparedScan[];
  cracks: {
    found: number;
    true: number;
    /** True cracks that were found, and those of them whose first scan is right. */
    matched: number;
    onsetRight: number;
  };
}

/** The results of a phantom beside its truth. */
export async function compared(results: Results, truth: Truth): Promise<Comparison> {
  const { analysis, stable } = results.recipe.regions ?? {};
  const scans: ComparedScan[] = [];
  for (const [index, { name, cracks, registration, thickness }] of truth.scans.entries()) {
    const found = results.scans[index];
    const working = found?.thickness?.working;
    const meanUm = working?.meanUm ?? null;
    const trueMeanUm = analysis ? await truthMeanUm(truth, index, analysis) : thickness.working.meanUm;
    const matrix = found?.registration?.matrix;
    const rest = stable ?? analysis;
    scans.push({
      index,
      name,
      timeH: found?.timeH ?? null,
      chargeMahCm2: found?.chargeMahCm2 ?? null,
      meanUm,
      uncertaintyUm: working?.uncertaintyUm ?? null,
      publishedMeanUm: working?.publishedMeanUm ?? null,
      trueMeanUm,
      errorUm: meanUm === null ? null : meanUm - trueMeanUm,
      cracks: found?.cracks?.count ?? null,
      trueCracks: cracks.count,
      registrationErrorVoxels: matrix && rest ? apart(matrix, registration.matrix, pointsIn(rest)) : null,
    });
  }
  return { scans, cracks: comparedCracks(results, truth) };
}

/** Points spread evenly over a region, file voxels. */
function pointsIn(region: Region): Triple[] {
  const low: Triple = [0, 0, 0];
  const high: Triple = [0, 0, 0];
  let inside = (_: Triple): boolean => true;
  if (region.kind === 'box') for (let k = 0; k < 3; k++) [low[k], high[k]] = [region.min[k]!, region.max[k]!];
  else {
    const along = AXES.indexOf(region.axis);
    const [a, b] = [0, 1, 2].filter((axis) => axis !== along) as [number, number];
    [low[along], high[along]] = region.range;
    for (const [axis, centre] of [
      [a, region.center[0]],
      [b, region.center[1]],
    ] as const)
      [low[axis], high[axis]] = [centre - region.radius, centre + region.radius];
    inside = (p) => Math.hypot(p[a]! - region.center[0], p[b]! - region.center[1]) <= region.radius;
  }
  const STEPS = 12;
  const at = (k: number, i: number) => low[k]! + ((i + 0.5) / STEPS) * (high[k]! - low[k]!);
  return Array.from({ length: STEPS ** 3 }, (_, n): Triple => {
    const [i, j, k] = [Math.floor(n / STEPS ** 2), Math.floor(n / STEPS) % STEPS, n % STEPS];
    return [at(0, i), at(1, j), at(2, k)];
  }).filter(inside);
}

/** Root mean square distance of where two matrices put points. */
function apart(found: Matrix4, expected: Matrix4, points: readonly Triple[]): number {
  let sum = 0;
  for (const p of points)
    for (let row = 0; row < 3; row++) {
      const at = (m: Matrix4) => m[row * 4]! * p[0] + m[row * 4 + 1]! * p[1] + m[row * 4 + 2]! * p[2] + m[row * 4 + 3]!;
      sum += (at(found) - at(expected)) ** 2;
    }
  return Math.sqrt(sum / points.length);
}

/** Each true crack takes the found one whose boxes share most of theirs. */
function comparedCracks({ cracks }: Results, truth: Truth): Comparison['cracks'] {
  const taken = new Set<number>();
  let onsetRight = 0;
  for (const expected of truth.cracks) {
    const shares = cracks.map((found) =>
      taken.has(found.id)
        ? 0
        : expected.min.reduce(
            (sum, _, scan) =>
              sum + shared([found.min[scan], found.max[scan]], [expected.min[scan], expected.max[scan]]),
            0,
          ),
    );
    const most = Math.max(0, ...shares);
    if (most === 0) continue;
    const best = cracks[shares.indexOf(most)]!;
    taken.add(best.id);
    if (best.onsetScan === expected.onsetScan) onsetRight++;
  }
  return { found: cracks.length, true: truth.cracks.length, matched: taken.size, onsetRight };
}

type Bounds = readonly [Triple | null | undefined, Triple | null | undefined];

/** Voxels that two boxes share. */
function shared([min, max]: Bounds, [otherMin, otherMax]: Bounds): number {
  if (!min || !max || !otherMin || !otherMax) return 0;
  return [0, 1, 2].reduce(
    (volume, k) => volume * Math.max(0, Math.min(max[k]!, otherMax[k]!) - Math.max(min[k]!, otherMin[k]!)),
    1,
  );
}

/** `compared` as a table for people. */
export function comparisonTable({ scans, cracks }: Comparison, results: Results): string {
  const header = [
    ...['scan', 'name', 'time h', 'charge mAh/cm²', 'lithium µm', '±', 'truth µm', 'error µm', 'published µm'],
    ...['cracks', 'truth', 'registration off by'],
  ];
  const rows = scans.map((scan) => [
    String(scan.index),
    scan.name,
    shown(scan.timeH, 2),
    shown(scan.chargeMahCm2, 3),
    shown(scan.meanUm, 3),
    shown(scan.uncertaintyUm, 3),
    shown(scan.trueMeanUm, 3),
    shown(scan.errorUm, 3),
    shown(scan.publishedMeanUm, 3),
    shown(scan.cracks, 0),
    String(scan.trueCracks),
    scan.registrationErrorVoxels === null ? '–' : `${scan.registrationErrorVoxels.toFixed(3)} voxel`,
  ]);
  return [
    ...aligned([header, ...rows]),
    '',
    'Mean lithium thickness over the analysis region, and its uncertainty (k = 2), beside what was put in; published: what',
    'the recipe of median filter and sum makes of the same scans.',
    `${cracks.matched} of ${cracks.true} cracks found, ${cracks.onsetRight} with the right first scan; ${cracks.found - cracks.matched} that are none.`,
    ...notesOf(results),
  ].join('\n');
}
