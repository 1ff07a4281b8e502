import { join } from 'node:path';
import type { Triple } from '../core/geometry.ts';
import { LITHIUM_UM_PER_MAH_CM2, type Recipe } from '../core/recipe.ts';
import type { CrackResults, ElectrodeThickness, GreyLevel, Results, ScanResults } from '../core/results.ts';
import type { Scan, Series } from '../core/series.ts';
import type { ResultRef, StepResult } from '../core/step.ts';
import type { Cracks } from './cracks/index.ts';
import type { Cycles } from './cycles/index.ts';
import type { Intensity } from './intensity/index.ts';
import type { Layers } from './layers/index.ts';
import type { Normalisation, SampledLevel } from './normalise/index.ts';
import { cycleNulls, scanNulls } from './null_reasons.ts';
import { type Quality, seriesFlags } from './quality/index.ts';
import { baselineOf, baseScan } from './reference.ts';
import type { Registration } from './register/index.ts';
import type { ElectrodeLithium, Thickness } from './thickness/index.ts';
import type { TrackedCrack, Tracks } from './track/index.ts';

/** The program that made the results. */
export interface Software {
  version: string;
  engine: string;
}

type Get = <R>(ref: ResultRef) => StepResult<R> | null;

/** The numbers of a series in the shape of spec/cli.md; `get` gives a step's stored result, null where there is none. */
export function assembleResults(series: Series, recipe: Recipe, get: Get, software: Software): Results {
  const layers = get<Layers>({ step: 'layers' })?.value ?? null;
  const levels = get<Normalisation>({ step: 'normalise' })?.value ?? null;
  const cycles = get<Cycles>({ step: 'cycles' })?.value ?? null;
  const tracks = get<Tracks>({ step: 'track' })?.value ?? null;
  const qualities = series.scans.map(({ index }) => get<Quality>({ step: 'quality', scan: index })?.value ?? null);
  const compared = seriesFlags(qualities);
  const scans = series.scans.map((scan, i) => {
    const quality = qualities[i] ? { ...qualities[i], flags: [...qualities[i].flags, ...compared[i]!].sort() } : null;
    return scanResults(scan, series, recipe, get, quality, cycles, tracks);
  });
  return {
    voxelSizeUm: series.voxelSizeUm,
    uncertaintyK: 2,
    recipe: resolved(recipe, layers),
    inputs: series.scans.map(({ path, fingerprint }) => ({ path, fingerprint })),
    software,
    normalisation: levels
      ? {
          collector: grey(levels.collector, recipe),
          lithium: grey(levels.lithium, recipe),
          electrolyte: grey(levels.electrolyte, recipe),
          factor: levels.refused ? null : levels.factor,
          uncertainty: levels.refused ? null : levels.uncertainty,
        }
      : null,
    scans,
    cycles: cycles?.cycles ?? [],
    cracks: tracks ? tracks.cracks.map((crack) => crackResults(crack, series, recipe, layers)) : [],
    notes: [...(layers?.notes ?? []), ...(levels?.notes ?? []), ...(cycles?.cycles ?? []).flatMap(cycleNulls)],
  };
}

function grey(level: SampledLevel | null, recipe: Recipe): GreyLevel | null {
  return level ? { mean: level.mean, std: level.std, n: level.n, scan: baseScan(recipe) } : null;
}

/** The recipe with what was found automatically and the defaults that stand. */
function resolved(recipe: Recipe, layers: Layers | null): Recipe {
  const { orientation } = layers ?? {};
  const stack =
    recipe.stack ??
    (orientation && !layers!.refused
      ? {
          axis: (['z', 'y', 'x'] as const)[orientation.axis[0]]!,
          collectorEnd: orientation.flip[0] ? ('high' as const) : ('low' as const),
        }
      : null);
  return {
    version: 1,
    cell: recipe.cell ?? layers?.cell ?? 'zero-excess',
    reference: recipe.reference ?? 0,
    ...(stack ? { stack } : {}),
    ...(recipe.scans ? { scans: recipe.scans } : {}),
    regions: { ...(layers?.regions ?? {}), ...recipe.regions },
    ...(recipe.measure ? { measure: recipe.measure } : {}),
    registration: { model: 'rigid', ...recipe.registration },
    intensity: { match: 'auto', ...recipe.intensity },
    denoise: { gaussianSigma: 1, ...recipe.denoise },
    lvf: { medianRadius: 3, clip: false, ...recipe.lvf },
    phases: {
      lithiumLvf: 0.2,
      ...recipe.phases,
      crack: { threshold: 'auto', minVoxels: 50, fill: 'lithium', ...recipe.phases?.crack },
    },
    electrodes: { lithiumUmPerMahCm2: LITHIUM_UM_PER_MAH_CM2, ...recipe.electrodes },
  };
}

/** A part in two digits: "0.0013 %". */
function percent(part: number): string {
  return `${Number((100 * part).toPrecision(2))} %`;
}

function scanResults(
  scan: Scan,
  series: Series,
  recipe: Recipe,
  get: Get,
  quality: Quality | null,
  cycles: Cycles | null,
  tracks: Tracks | null,
): ScanResults {
  const { index, name, startH, timeH, endH } = scan;
  const given = recipe.scans?.[String(index)];
  const registration = get<Registration>({ step: 'register', scan: index })?.value ?? null;
  const greys = get<Intensity>({ step: 'intensity', scan: index })?.value ?? null;
  const cracks = get<Cracks>({ step: 'cracks', scan: index })?.value ?? null;
  const thickness = get<Thickness>({ step: 'thickness', scan: index });
  const charge = cycles?.scans[index] ?? null;
  const voxelUm3 = series.voxelSizeUm.reduce((product, edge) => product * edge, 1);
  const volume = crackVolume(index, cracks, tracks);
  const notes = [
    ...(given?.exclude ? [`excluded: ${given.reason ?? 'by the recipe'}`] : []),
    ...(quality?.metrics.notNumbers
      ? [`quality: ${percent(quality.metrics.notNumbers)} of the voxels are not numbers; they count as 0`]
      : []),
    ...(registration?.refused ? [`register: ${registration.refused}`] : []),
    ...(registration?.notes ?? []),
    ...(greys?.notes ?? []),
    ...(cracks?.refused ? [`cracks: not sought, ${cracks.refused}`] : []),
    ...(cracks?.notes ?? []),
    ...(thickness?.value.notes ?? []),
    ...(charge?.notes ?? []).map((note) => `cycles: ${note}`),
  ];
  const numbers = {
    index,
    name,
    startH,
    timeH,
    endH,
    chargeMahCm2: charge?.chargeMahCm2 ?? null,
    currentMaCm2: charge?.currentMaCm2 ?? null,
    voltageV: charge?.voltageV ?? null,
    cycle: charge?.cycle ?? null,
    step: charge?.step ?? null,
    quality: quality
      ? {
          noise: quality.noise,
          sharpness: quality.sharpness,
          rings: quality.rings,
          clipped: quality.clipped,
          flags: quality.flags,
        }
      : null,
    registration:
      registration?.matrix != null
        ? {
            matrix: registration.matrix,
            driftUm: registration.driftUm,
            rotationDeg: registration.rotationDeg,
            correlationBefore: registration.correlationBefore,
            correlation: registration.correlation,
            residualUm: registration.residualUm,
            interfaceResidualUm: registration.interfaceResidualUm,
          }
        : null,
    intensity: greys ? { gain: greys.gain, offset: greys.offset, applied: greys.applied, inert: greys.inert } : null,
    thickness: thickness
      ? {
          working: electrode(thickness.value.working, thickness),
          counter: electrode(thickness.value.counter, thickness),
          electrochemicalUm: charge?.electrochemicalUm ?? null,
        }
      : null,
    profile: thickness?.value.profile ?? null,
    cracks: cracks && !cracks.refused ? { ...volume, volumeUm3: volume.volumeVoxels * voxelUm3 } : null,
  };
  return { ...numbers, notes: [...notes, ...scanNulls(numbers, index === baselineOf(recipe, series, index))] };
}

function crackVolume(scan: number, cracks: Cracks | null, tracks: Tracks | null) {
  const states = (tracks?.cracks ?? []).flatMap(({ states }) => states[scan] ?? []).filter(({ volume }) => volume > 0);
  const list = tracks ? states : (cracks?.parts ?? []);
  return {
    count: cracks?.parts.length ?? 0,
    volumeVoxels: list.reduce((sum, { volume }) => sum + volume, 0),
    volumeIfVoidVoxels: list.every(({ volumeIfVoid }) => volumeIfVoid !== null)
      ? list.reduce((sum, { volumeIfVoid }) => sum + volumeIfVoid!, 0)
      : null,
  };
}

function electrode(lithium: ElectrodeLithium | null, { key }: StepResult<unknown>): ElectrodeThickness | null {
  if (!lithium) return null;
  const { parts, unmatchedMeanUm, map, ...numbers } = lithium;
  return { ...numbers, map: join('objects', key.slice(0, 2), key, map), parts, unmatchedMeanUm } as ElectrodeThickness;
}

function crackResults(crack: TrackedCrack, series: Series, recipe: Recipe, layers: Layers | null): CrackResults {
  const { voxelSizeUm } = series;
  const along = layers ? voxelSizeUm[layers.orientation.axis[0]]! : voxelSizeUm[0];
  const { states } = crack;
  const alive = states.filter((state): state is NonNullable<typeof state> => state !== null && state.volume > 0);
  const last = alive.at(-1)!;
  const fill = recipe.phases?.crack?.fill ?? 'lithium';
  const volumeOf = (state: NonNullable<(typeof states)[number]>) =>
    fill === 'void' && state.volumeIfVoid !== null ? state.volumeIfVoid : state.volume;
  const each = <T>(value: (state: NonNullable<(typeof states)[number]>) => T): (T | null)[] =>
    states.map((state) => (state ? value(state) : null));
  const least = (distances: (number | null)[]) => {
    const known = distances.filter((distance) => distance !== null);
    return known.length > 0 ? Math.min(...known) * along : null;
  };
  return {
    id: crack.id,
    onsetScan: crack.onsetScan,
    onsetIntervalH: onsetInterval(crack.onsetScan, series, recipe),
    parents: crack.parents,
    volumeVoxels: each(volumeOf),
    volumeUncertaintyVoxels: each((state) => 2 * state.sigma),
    meanGrey: each(({ meanGrey }) => meanGrey),
    centroid: each(({ centroid }) => centroid),
    min: each(({ min }) => min),
    max: each(({ max }) => max),
    extentUm: each(({ min, max }) => max.map((edge, k) => (edge - min[k]!) * voxelSizeUm[k]!) as Triple),
    orientation: each(({ normal }) => normal),
    distanceToCollectorUm: least(alive.map(({ toWorking }) => toWorking)),
    distanceToCounterUm: least(alive.map(({ toCounter }) => toCounter)),
    through: last.toWorking !== null && last.toCounter !== null && last.toWorking < 6 && last.toCounter < 6,
    fill,
    mergers: crack.mergers,
  } as CrackResults;
}

/** Between the scan before the one that first shows a crack, and that one. */
function onsetInterval(onset: number, series: Series, recipe: Recipe): [number | null, number | null] {
  const before = series.scans.filter(({ index }) => index < onset && !recipe.scans?.[String(index)]?.exclude).at(-1);
  return [before?.timeH ?? null, series.scans[onset]!.timeH];
}
