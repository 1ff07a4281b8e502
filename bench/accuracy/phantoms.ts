/**
 * The accuracy of the whole program on its own phantoms: seeds × noise levels of the plain cell and every artefact variant,
 * each through create, run and results without a recipe. Prints a row a series and what they give together.
 *
 *     node bench/accuracy/phantoms.ts [--size small|medium] [--seeds 1,2,3,4,5] [--noise medium] [--variants rings,halo] [--json OUT]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Comparison, compared } from '../../src/cli/comparison.ts';
import type { Results } from '../../src/core/results.ts';
import { median } from '../../src/core/robust.ts';
import type { NoiseLevel, PhantomOptions } from '../../src/phantom/spec.ts';
import type { Truth } from '../../src/phantom/truth.ts';
import { answer, makeProject, matchCracks, resultsOf } from '../../test/accuracy/series.ts';

const ARTEFACTS =
  'rings cupping halo collector-shading phase-fringes eight-bit die symmetric narrow intensity-drift aborted jump'.split(
    ' ',
  );

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'small' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    noise: { type: 'string', default: 'low,medium,high' },
    variants: { type: 'string', default: ARTEFACTS.join(',') },
    json: { type: 'string' },
  },
});

type Row = {
  name: string;
  errors: number[];
  bounds: number[];
  truths: number[];
  motion: number[];
  cracks: Comparison['cracks'];
  /** Relative errors of the volumes of cracks of at least 50 voxels, one a crack and scan. */
  volumes: number[];
};

async function measured(name: string, options: PhantomOptions): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'tomolapse-accuracy-'));
  try {
    const truth = await makeProject(folder, options);
    answer(['run', 'cell.tomolapse'], folder);
    const results = resultsOf(folder);
    const { scans, cracks } = await compared(results, truth);
    const moved = scans.filter(({ index, errorUm }) => index > 0 && errorUm !== null);
    const row = {
      name,
      errors: moved.map(({ errorUm }) => errorUm!),
      bounds: moved.map(({ uncertaintyUm }) => uncertaintyUm!),
      truths: moved.map(({ trueMeanUm }) => trueMeanUm),
      motion: scans.flatMap(({ registrationErrorVoxels }) => registrationErrorVoxels ?? []),
      cracks,
      volumes: volumeErrors(results, truth),
    };
    print(row, scans.length - 1);
    return row;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function volumeErrors(results: Results, truth: Truth): number[] {
  return matchCracks(results, truth).cracks.flatMap(({ truth: crack, found }) =>
    crack.volumeVoxels.flatMap((volume, scan) =>
      volume !== null && volume >= 50
        ? [found.reduce((sum, { volumeVoxels }) => sum + (volumeVoxels[scan] ?? 0), 0) / volume - 1]
        : [],
    ),
  );
}

const rms = (list: number[]) => Math.sqrt(list.reduce((sum, x) => sum + x * x, 0) / Math.max(1, list.length));
const percent = (part: number, whole: number) =>
  (whole > 0 ? `${((100 * part) / whole).toFixed(0)} %` : '–').padStart(5);

function print({ name, errors, bounds, truths, motion, cracks, volumes }: Row, scans: number): void {
  const covered = errors.filter((error, i) => Math.abs(error) <= bounds[i]!).length;
  const within = errors.filter((error, i) => Math.abs(error) <= Math.max(0.03, 0.01 * Math.abs(truths[i]!))).length;
  const cells = [
    name.padEnd(26),
    `${errors.length}/${scans}`.padStart(7),
    rms(errors).toFixed(4).padStart(8),
    Math.max(0, ...errors.map(Math.abs))
      .toFixed(3)
      .padStart(7),
    median(bounds).toFixed(4).padStart(8),
    percent(covered, errors.length),
    percent(within, errors.length),
    rms(motion).toFixed(4).padStart(8),
    `${cracks.matched}/${cracks.true}, ${cracks.onsetRight} on time, ${Math.max(0, cracks.found - cracks.matched)} false`.padEnd(
      24,
    ),
    volumes.length > 0
      ? `${(100 * rms(volumes)).toFixed(1)} / ${(100 * volumes.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))).toFixed(0)}`
      : '',
  ];
  console.log(cells.join('  '));
}

console.log(
  'series                      scans  rms µm  worst  median U  inside  goal  motion  cracks                    volume % rms / worst',
);
const seeds = values.seeds.split(',').map(Number);
const plain: Row[] = [];
for (const noise of values.noise.split(','))
  for (const seed of seeds)
    plain.push(
      await measured(`plain ${noise} seed ${seed}`, {
        size: values.size,
        seed,
        noise: noise as NoiseLevel,
      } as PhantomOptions),
    );
const all: Row = {
  name: 'plain, all',
  errors: plain.flatMap(({ errors }) => errors),
  bounds: plain.flatMap(({ bounds }) => bounds),
  truths: plain.flatMap(({ truths }) => truths),
  motion: plain.flatMap(({ motion }) => motion),
  cracks: plain.reduce(
    (sum, { cracks }) => ({
      found: sum.found + cracks.found,
      true: sum.true + cracks.true,
      matched: sum.matched + cracks.matched,
      onsetRight: sum.onsetRight + cracks.onsetRight,
    }),
    { found: 0, true: 0, matched: 0, onsetRight: 0 },
  ),
  volumes: plain.flatMap(({ volumes }) => volumes),
};
print(all, all.errors.length);
const rows = [...plain];
for (const [i, variant] of values.variants.split(',').filter(Boolean).entries())
  rows.push(
    await measured(variant, {
      size: values.size,
      seed: seeds[i % seeds.length]!,
      variants: [variant],
    } as PhantomOptions),
  );
if (values.json) writeFileSync(values.json, JSON.stringify(rows));
