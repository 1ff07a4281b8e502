import { join } from 'node:path';
import { asFailure } from '../../core/failure.ts';
import { takenScans } from '../../core/figure/scans.ts';
import { fixed } from '../../core/plot/look.ts';
import { LITHIUM_UM_PER_MAH_CM2 } from '../../core/recipe.ts';
import type { Maybe, ScanResults } from '../../core/results.ts';
import { append, writtenBeside } from '../../formats/beside.ts';
import type { Analysed } from './analysed.ts';
import { type Made, madeOf, sha256, writeMade } from './made.ts';

/** What was done, as a paper tells it. */
export interface Methods {
  /** A heading and sentences each. */
  sections: { title: string; sentences: string[] }[];
  /** Numbered from 1, as the sentences cite them. */
  references: string[];
}

/** Where the procedures come from. */
const SOURCES = {
  subtraction:
    'L. Xu et al., Operando X-ray computed tomography reveals the role of interfacial nucleation nanolayers in suppressing mechanical failure in zero-excess lithium all-solid-state batteries, Small (2026)',
  correlation:
    'D. Padfield, Masked object registration in the Fourier domain, IEEE Trans. Image Process. 21 (2012) 2706, doi:10.1109/TIP.2011.2181402',
  gaussNewton:
    'S. Baker, I. Matthews, Lucas–Kanade 20 years on: a unifying framework, Int. J. Comput. Vis. 56 (2004) 221, doi:10.1023/B:VISI.0000011205.11775.fd',
  robust: 'P. J. Huber, E. M. Ronchetti, Robust Statistics, 2nd ed., Wiley (2009), doi:10.1002/9780470434697',
  splines:
    'M. Unser, A. Aldroubi, M. Eden, B-spline signal processing, IEEE Trans. Signal Process. 41 (1993) 821, doi:10.1109/78.193220',
  guide: 'JCGM 100:2008, Evaluation of measurement data: guide to the expression of uncertainty in measurement',
} as const;
type Source = keyof typeof SOURCES;

/** Defaults of the recipe that sentences name; spec/cli.md, "The recipe". */
const DEFAULTS = { gaussianSigma: 1, medianRadius: 3, minVoxels: 50, clearanceUm: 4, lithiumLvf: 0.2 };

/** What a project's last run did, every number from the project; steps that left nothing are not told. */
export function methodsOf(analysed: Analysed): Methods {
  const references: Source[] = [];
  const cite = (...sources: Source[]): string => {
    const numbers = sources.map((source) => {
      if (!references.includes(source)) references.push(source);
      return references.indexOf(source) + 1;
    });
    return `[${numbers.join(', ')}]`;
  };
  const ran = (step: string) => analysed.keys.some((key) => key.step === step);
  const sections = [
    { title: 'Tomograms', sentences: tomograms(analysed) },
    { title: 'Registration', sentences: ran('register') ? registration(analysed, cite) : [] },
    { title: 'Lithium', sentences: ran('lvf') || ran('thickness') ? lithium(analysed, cite) : [] },
    { title: 'Cracks', sentences: ran('cracks') ? cracks(analysed) : [] },
    { title: 'Charge', sentences: ran('cycles') ? charge(analysed) : [] },
    { title: 'Software', sentences: software(analysed) },
  ].filter(({ sentences }) => sentences.length > 0);
  return { sections, references: references.map((source) => SOURCES[source]) };
}

type Cite = (...sources: Source[]) => string;

function tomograms({ results, series }: Analysed): string[] {
  const { scans, recipe, voxelSizeUm } = results;
  const taken = takenScans(results);
  const shapes = new Set(series.scans.map(({ source }) => source.shape.join(' × ')));
  const times = taken.flatMap(({ timeH }) => timeH ?? []);
  const spacing = times.slice(1).map((time, k) => time - times[k]!);
  const left = Object.entries(recipe.scans ?? {}).filter(([, { exclude }]) => exclude);
  const [z, y, x] = voxelSizeUm.map(plain);
  const edge = z === y && y === x ? `${z} µm` : `${z} × ${y} × ${x} µm (z, y, x)`;
  return [
    `The series holds ${scans.length} tomograms of one cell${shapes.size === 1 ? ` (${[...shapes][0]} voxels)` : ''} with a voxel size of ${edge}${
      times.length > 1
        ? `; they were taken between ${fixed(times[0]!, 2)} and ${fixed(times.at(-1)!, 2)} h, ${range(spacing, 2)} h apart`
        : ''
    }.`,
    ...(left.length > 0
      ? [
          `${left.length === 1 ? 'One was' : `${left.length} were`} left out: ${left
            .map(([index, { reason }]) => `${scans[Number(index)]?.name ?? index}${reason ? ` (${reason})` : ''}`)
            .join(', ')}.`,
        ]
      : []),
    ...(recipe.stack ? [`The stack of layers runs along the ${recipe.stack.axis} axis of the files.`] : []),
  ];
}

function registration({ results, asked }: Analysed, cite: Cite): string[] {
  const { recipe, voxelSizeUm } = results;
  const taken = takenScans(results);
  const moved = taken.flatMap(({ registration: found }) =>
    found && found.correlation !== null && (found.driftUm ?? 0) > 0 ? [found] : [],
  );
  const given = taken.filter(({ index }) => (asked.scans?.[String(index)]?.matrix?.length ?? 0) > 0);
  const numbers = (of: (scan: (typeof moved)[number]) => Maybe) => moved.flatMap((scan) => of(scan) ?? []);
  const model = recipe.registration?.model === 'similarity' ? 'rigid motion and one scale' : 'rigid motion';
  const reference = referenceWords(results.recipe.reference ?? 0, results.scans);
  return [
    `Every scan was laid over ${reference} by a ${model} of what rests, the electrolyte and the wall around it${
      asked.regions?.stable ? ' (region drawn by hand)' : ''
    }: masked cross-correlation of coarse copies ${cite('correlation')} gave starts, inverse-compositional Gauss–Newton iterations on grey values ${cite('gaussNewton')} with Tukey's robust weights ${cite('robust')} the motion, gain and offset; scans were resampled once, with cubic B-splines ${cite('splines')}.`,
    ...(moved.length > 0
      ? [
          `The cell had moved by up to ${fixed(Math.max(...numbers(({ driftUm }) => driftUm)), 1)} µm and turned by up to ${fixed(Math.max(...numbers(({ rotationDeg }) => rotationDeg)), 2)}°; once registered, the correlation of what rests was ${range(
            numbers(({ correlation }) => correlation),
            3,
          )} and displacements of ${range(
            numbers(({ residualUm }) => residualUm),
            3,
          )} µm (root mean square, ${range(
            numbers(({ residualUm }) => residualUm).map((um) => um / voxelSizeUm[0]!),
            3,
          )} voxels) were left.`,
        ]
      : []),
    ...(given.length > 0 ? [`The motion of ${given.map(({ name }) => name).join(', ')} was given by hand.`] : []),
  ];
}

function referenceWords(reference: number | 'cycleStart' | 'previous', scans: readonly ScanResults[]): string {
  const [first] = scans;
  const at = (scan: ScanResults | undefined) =>
    scan === undefined
      ? 'the reference'
      : `scan ${scan.index}${scan.timeH === null ? '' : ` (${fixed(scan.timeH, 2)} h)`}`;
  if (typeof reference === 'number') return at(scans[reference]);
  return reference === 'previous'
    ? `${at(first)}, and compared with the scan before it`
    : `${at(first)}, and compared with the scan from which its cycle starts`;
}

function lithium({ results, asked, series }: Analysed, cite: Cite): string[] {
  const { recipe, normalisation } = results;
  const taken = takenScans(results);
  const matched = taken.filter(({ intensity }) => intensity?.applied);
  const sigma = recipe.denoise?.gaussianSigma ?? DEFAULTS.gaussianSigma;
  const radius = recipe.lvf?.medianRadius ?? DEFAULTS.medianRadius;
  const symmetric = recipe.cell === 'symmetric';
  const upper = symmetric ? 'electrolyte' : 'collector';
  const level = (one: { mean: number; std: number; n: number } | null | undefined) =>
    one ? `${fixed(one.mean, 0)} ± ${fixed(one.std, 0)} (standard deviation of ${one.n} voxels)` : null;
  const [high, low] = [level(normalisation?.[upper]), level(normalisation?.lithium)];
  const region = recipe.regions?.analysis;
  const voxelUm = results.voxelSizeUm[0]!;
  const means = taken.flatMap(({ thickness }) => {
    const { meanUm, uncertaintyUm, publishedMeanUm } = thickness?.working ?? {};
    return meanUm == null || !uncertaintyUm
      ? []
      : [{ meanUm, uncertaintyUm, publishedMeanUm: publishedMeanUm ?? null }];
  });
  return [
    `Lithium was found by subtraction of images ${cite('subtraction')}: the lithium volume fraction is the reference less the scan, divided by ${upper} less lithium${
      high && low
        ? `, one constant for the series of ${fixed(normalisation!.factor ?? 0, 0)}${
            normalisation!.uncertainty === null ? '' : ` ± ${fixed(normalisation!.uncertainty, 0)}`
          } (grey values of the ${upper} ${high}, of lithium ${low})`
        : ''
    }.`,
    matchWords(recipe.intensity?.match ?? 'auto', matched, taken.length),
    `The equivalent lithium thickness is the signed sum of the unfiltered fraction along the stack${
      region ? `, over ${regionWords(region, voxelUm)}${asked.regions?.analysis ? ' drawn by hand' : ''}` : ''
    }, cracks and their rims left out; no threshold, no median and no clipping enter it.`,
    `Beside it stands the published recipe (Gaussian of σ = ${plain(sigma)} voxel${sigma === 1 ? '' : 's'}, ${
      radius > 0 ? `median over a ball of ${plain(radius)} voxels` : 'no median'
    }, ${recipe.lvf?.clip ? 'fractions clipped to 0–100 %, ' : ''}sum), with which pictures are drawn.`,
    ...(means.length > 0
      ? [
          `Expanded uncertainties (k = 2) of the mean thickness were ${range(
            means.map(({ uncertaintyUm }) => uncertaintyUm),
            3,
          )} µm, combined from registration, normalisation, grey value match, noise and what lay outside the field ${cite('guide')}; the mean reached ${fixed(Math.max(...means.map(({ meanUm }) => meanUm)), 2)} µm.`,
        ]
      : []),
    ...(series.workingAreaMm2 === null && recipe.electrodes?.working?.areaMm2 === undefined
      ? []
      : [
          `The area of the working electrode is ${plain(recipe.electrodes?.working?.areaMm2 ?? series.workingAreaMm2!)} mm².`,
        ]),
  ];
}

function matchWords(match: 'auto' | 'always' | 'never', matched: readonly ScanResults[], count: number): string {
  if (match === 'never') return 'Grey values were compared as they are.';
  const gains = matched.flatMap(({ intensity }) => intensity?.gain ?? []);
  const told = gains.length > 0 ? ` (gains ${range(gains, 4)})` : '';
  if (match === 'always')
    return `Grey values of ${matched.length} of ${count} scans were matched to the reference in electrolyte and collector${told}.`;
  return matched.length === 0
    ? 'Grey values of electrolyte and deep collector agreed with the reference within four of their errors, and were not matched.'
    : `Where grey values of electrolyte or deep collector were off by more than four of their errors, in ${matched.length} of ${count} scans, they were matched linearly${told}.`;
}

function regionWords(
  region: NonNullable<NonNullable<Analysed['results']['recipe']['regions']>['analysis']>,
  voxelUm: number,
): string {
  if (region.kind === 'box')
    return `a box of ${region.min.map((min, k) => fixed((region.max[k]! - min) * voxelUm, 0)).join(' × ')} µm`;
  const follows = region.follow === 'none' ? '' : ' that follows the interface';
  return `a cylinder of radius ${fixed(region.radius * voxelUm, 0)} µm and height ${fixed((region.range[1] - region.range[0]) * voxelUm, 0)} µm${follows}`;
}

function cracks({ results }: Analysed): string[] {
  const { recipe, cracks: found } = results;
  const {
    threshold = 'auto',
    minVoxels = DEFAULTS.minVoxels,
    clearanceUm = DEFAULTS.clearanceUm,
    fill = 'lithium',
  } = recipe.phases?.crack ?? {};
  const births = found.map(({ onsetScan }) => results.scans[onsetScan]).filter((scan) => scan !== undefined);
  const largest = Math.max(0, ...found.flatMap(({ volumeVoxels }) => volumeVoxels.map((voxels) => voxels ?? 0)));
  const um3 = results.voxelSizeUm.reduce((product, edge) => product * edge, 1);
  return [
    `Cracks were sought in the electrolyte as connected voxels (26 neighbours) whose crack fraction, the reference less the scan divided by local electrolyte less lithium, is beyond ${
      threshold === 'auto' ? '4.5 standard deviations of the noise with at least one voxel beyond 8' : plain(threshold)
    }, ${plain(clearanceUm)} µm and more from the interfaces; fewer than ${minVoxels} voxels were no crack.`,
    `Volumes are sums of the fraction over a crack and a rim of three voxels, taken as filled with ${fill === 'lithium' ? 'lithium' : 'nothing (void)'}; a crack in a later scan that shares a tenth of its voxels with an earlier one is the same crack.`,
    found.length === 0
      ? 'No crack was found.'
      : `In all ${found.length} crack${found.length === 1 ? ' was' : 's were'} found, the first in scan ${Math.min(...births.map(({ index }) => index))}${firstBirth(results)}; the largest reached ${fixed((largest * um3) / 1000, 2)} · 10³ µm³.`,
  ];
}

function firstBirth({ cracks: found }: Analysed['results']): string {
  const first = found.toSorted((a, b) => a.onsetScan - b.onsetScan)[0]?.onsetIntervalH;
  return first && first[0] !== null && first[1] !== null
    ? ` (born between ${fixed(first[0], 2)} and ${fixed(first[1], 2)} h)`
    : '';
}

function charge({ results, series }: Analysed): string[] {
  if (!series.cycling || series.cycling.timeH.length === 0) return [];
  const factor = results.recipe.electrodes?.lithiumUmPerMahCm2 ?? LITHIUM_UM_PER_MAH_CM2;
  const cycles = results.cycles.filter(({ ceTomography }) => ceTomography !== null);
  return [
    `Charge was integrated from the cycling log (${series.cycling.timeH.length} rows), averaged over each exposure and counted from the reference; as lithium it is ${plain(factor)} µm per mAh cm⁻²${
      factor === LITHIUM_UM_PER_MAH_CM2 ? ' (bulk lithium: 6.94 g/mol, 0.534 g/cm³)' : ''
    }.`,
    ...cycles.map(
      ({ index, ceTomography, uncertainty, ceElectrochemistry }) =>
        `In cycle ${index} the Coulombic efficiency was ${fixed(100 * ceTomography!, 1)}${
          uncertainty === null ? '' : ` ± ${fixed(100 * uncertainty, 1)}`
        } % from tomography${ceElectrochemistry === null ? '' : ` and ${fixed(100 * ceElectrochemistry, 1)} % from charge`}.`,
    ),
  ];
}

function software({ results, keys }: Analysed): string[] {
  const steps = new Map(keys.map(({ step, made }) => [step, made?.version ?? null]));
  const named = [...steps].map(([step, version]) => (version === null ? step : `${step} ${version}`));
  return [
    `The analysis ran in Tomolapse ${results.software.version}${
      results.software.engine ? ` (engine ${results.software.engine.slice(0, 12)})` : ''
    } with the steps ${named.join(', ')}; figures, tables and movies carry the recipe that made them.`,
  ];
}

function range(values: readonly number[], decimals: number): string {
  if (values.length === 0) return 'unknown';
  const [low, high] = [fixed(Math.min(...values), decimals), fixed(Math.max(...values), decimals)];
  return low === high ? low : `${low}–${high}`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

/** As a text file has it: a paragraph a section, references below. */
export function methodsText({ sections, references }: Methods): string {
  const paragraphs = sections.map(({ title, sentences }) => `${title}. ${sentences.join(' ')}`);
  return `${[...paragraphs, ...references.map((reference, k) => `[${k + 1}] ${reference}.`)].join('\n\n')}\n`;
}

export function methodsMarkdown({ sections, references }: Methods): string {
  const paragraphs = sections.map(({ title, sentences }) => `**${title}.** ${sentences.join(' ')}`);
  const list = references.map((reference, k) => `${k + 1}. ${reference}.`).join('\n');
  return `## Image analysis\n\n${paragraphs.join('\n\n')}\n${list ? `\n### References\n\n${list}\n` : ''}`;
}

/** The texts by the name of their file. */
export function methodsFiles(analysed: Analysed): { made: Made; files: Record<string, string> } {
  const methods = methodsOf(analysed);
  const made = madeOf('methods', 'methods', null, {}, [analysed]);
  return { made, files: { 'methods.txt': methodsText(methods), 'methods.md': methodsMarkdown(methods) } };
}

/** Writes methods.txt and methods.md into a folder, and beside each what made it. Returns the paths. Throws a resources failure for a full disk. */
export async function writeMethods(analysed: Analysed, folder: string): Promise<string[]> {
  const { made, files } = methodsFiles(analysed);
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    const bytes = Buffer.from(text, 'utf8');
    try {
      await writtenBeside(path, (file) => append(file, bytes));
      paths.push(path, await writeMade(path, made, { bytes: bytes.length, sha256: sha256(bytes) }));
    } catch (error) {
      throw asFailure(error, 'Cannot write the methods', path);
    }
  }
  return paths;
}
