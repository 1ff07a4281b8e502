import { z } from 'zod';
import { recipeSchema } from './recipe.ts';

const number = z.number().nullable();
const triple = z.tuple([z.number(), z.number(), z.number()]);
const perScan = z.array(number);
const places = z.array(triple.nullable());

const greyLevel = z.object({ mean: z.number(), std: z.number(), n: z.number(), scan: z.int() });

const electrode = z.object({
  meanUm: number,
  uncertaintyUm: number,
  inCracksUm: number,
  totalUm: number,
  stdUm: number,
  stdCorrectedUm: number,
  publishedMeanUm: number,
  coverage: number,
  coveredFraction: number,
  edgeToCentre: number,
  voidFractionUpper: number,
  histogram: z
    .object({
      rangeUm: z.tuple([z.number(), z.number()]),
      counts: z.array(z.number()),
      underflow: z.number(),
      overflow: z.number(),
    })
    .nullable(),
  radialProfile: z.object({ rUm: z.array(z.number()), meanUm: perScan }).nullable(),
  map: z.string().nullable(),
});

const scan = z.object({
  index: z.int(),
  name: z.string(),
  startH: number,
  timeH: number,
  endH: number,
  chargeMahCm2: number,
  currentMaCm2: number,
  voltageV: number,
  cycle: number,
  step: z.enum(['plating', 'stripping', 'rest']).nullable(),
  quality: z
    .object({ noise: number, sharpness: number, rings: number, clipped: number, flags: z.array(z.string()) })
    .nullable(),
  registration: z
    .object({
      matrix: z.array(z.number()).length(16),
      driftUm: number,
      rotationDeg: number,
      correlationBefore: number,
      correlation: number,
      residualUm: number,
      interfaceResidualUm: number,
    })
    .nullable(),
  intensity: z
    .object({
      gain: number,
      offset: number,
      applied: z.boolean(),
      inert: z.object({ mean: z.number(), std: z.number() }).nullable(),
    })
    .nullable(),
  thickness: z
    .object({ working: electrode.nullable(), counter: electrode.nullable(), electrochemicalUm: number })
    .nullable(),
  profile: z.object({ zUm: z.array(z.number()), meanLvf: perScan }).nullable(),
  cracks: z.object({ count: number, volumeVoxels: number, volumeIfVoidVoxels: number, volumeUm3: number }).nullable(),
  notes: z.array(z.string()),
});

const crack = z.object({
  id: z.int(),
  onsetScan: z.int(),
  onsetIntervalH: z.tuple([number, number]).nullable(),
  parents: z.array(z.int()),
  mergers: z.array(z.object({ scan: z.int(), with: z.int() })).exactOptional(),
  volumeVoxels: perScan,
  volumeUncertaintyVoxels: perScan,
  meanGrey: perScan,
  centroid: places,
  min: places,
  max: places,
  extentUm: places,
  orientation: places,
  distanceToCollectorUm: number,
  distanceToCounterUm: number,
  through: z.boolean(),
  fill: z.enum(['lithium', 'void']),
});

/** spec/cli.md, "The results". Fields may be added, and are left alone. Agrees with `Results` (results.test.ts). */
export const resultsSchema = z.object({
  voxelSizeUm: triple,
  uncertaintyK: z.literal(2),
  recipe: recipeSchema,
  inputs: z.array(
    z.object({
      path: z.string(),
      fingerprint: z.string(),
      voxelSizeFrom: z.string().nullable().exactOptional(),
      timeFrom: z.string().nullable().exactOptional(),
    }),
  ),
  software: z.object({ version: z.string(), engine: z.string() }),
  normalisation: z
    .object({
      collector: greyLevel.nullable(),
      lithium: greyLevel.nullable(),
      electrolyte: greyLevel.nullable().exactOptional(),
      factor: number,
      uncertainty: number,
    })
    .nullable(),
  scans: z.array(scan),
  cycles: z.array(
    z.object({
      index: z.int(),
      plateEndScan: number,
      stripEndScan: number,
      ceTomography: number,
      ceElectrochemistry: number,
      uncertainty: number,
      residualUm: number,
      extrapolatedUm: number,
    }),
  ),
  cracks: z.array(crack),
  notes: z.array(z.string()),
});
