import type { Matrix4, Triple } from './geometry.ts';
import type { Recipe } from './recipe.ts';

/** A number, or null where it cannot be computed (the reason is in `notes`). */
export type Maybe = number | null;

/** Grey values of one material: mean and spread over n voxels of a scan. */
export interface GreyLevel {
  mean: number;
  std: number;
  n: number;
  scan: number;
}

/** What turns a difference of grey values into a fraction of lithium; one constant for the series. */
export interface Normalisation {
  /** Null in a symmetric cell. */
  collector: GreyLevel | null;
  lithium: GreyLevel | null;
  /** Given in a symmetric cell, and where the counter electrode or cracks need it. */
  electrolyte?: GreyLevel | null;
  factor: Maybe;
  uncertainty: Maybe;
}

export interface ScanQuality {
  noise: Maybe;
  sharpness: Maybe;
  rings: Maybe;
  clipped: Maybe;
  flags: string[];
}

export interface ScanRegistration {
  matrix: Matrix4;
  driftUm: Maybe;
  rotationDeg: Maybe;
  correlationBefore: Maybe;
  correlation: Maybe;
  residualUm: Maybe;
  interfaceResidualUm: Maybe;
}

export interface ScanIntensity {
  gain: Maybe;
  offset: Maybe;
  applied: boolean;
  inert: { mean: number; std: number } | null;
}

export interface Histogram {
  rangeUm: [number, number];
  counts: number[];
  underflow: number;
  overflow: number;
}

/** Equivalent lithium thickness at one electrode, plated positive, in µm. */
export interface ElectrodeThickness {
  meanUm: Maybe;
  uncertaintyUm: Maybe;
  inCracksUm: Maybe;
  totalUm: Maybe;
  stdUm: Maybe;
  stdCorrectedUm: Maybe;
  publishedMeanUm: Maybe;
  coverage: Maybe;
  coveredFraction: Maybe;
  edgeToCentre: Maybe;
  voidFractionUpper: Maybe;
  histogram: Histogram | null;
  radialProfile: { rUm: number[]; meanUm: Maybe[] } | null;
  /** Where the map lies, relative to the project. */
  map: string | null;
}

/** The numbers of one scan; `timeH` is the middle of the exposure, charge counts from the reference scan. */
export interface ScanResults {
  index: number;
  name: string;
  startH: Maybe;
  timeH: Maybe;
  endH: Maybe;
  chargeMahCm2: Maybe;
  currentMaCm2: Maybe;
  voltageV: Maybe;
  cycle: Maybe;
  step: 'plating' | 'stripping' | 'rest' | null;
  quality: ScanQuality | null;
  registration: ScanRegistration | null;
  intensity: ScanIntensity | null;
  thickness: {
    working: ElectrodeThickness | null;
    counter: ElectrodeThickness | null;
    electrochemicalUm: Maybe;
  } | null;
  /** Mean fraction of lithium along the stack; z = 0 is the interface, positive into the electrolyte. */
  profile: { zUm: number[]; meanLvf: Maybe[] } | null;
  cracks: { count: Maybe; volumeVoxels: Maybe; volumeIfVoidVoxels: Maybe; volumeUm3: Maybe } | null;
  notes: string[];
}

export interface CycleResults {
  index: number;
  plateEndScan: Maybe;
  stripEndScan: Maybe;
  ceTomography: Maybe;
  ceElectrochemistry: Maybe;
  uncertainty: Maybe;
  residualUm: Maybe;
  extrapolatedUm: Maybe;
}

/** One crack over time. Per-scan arrays have one entry a scan, null before birth. */
export interface CrackResults {
  id: number;
  onsetScan: number;
  onsetIntervalH: [Maybe, Maybe] | null;
  parents: number[];
  /** The scans at which it first touched another crack. */
  mergers?: { scan: number; with: number }[];
  volumeVoxels: Maybe[];
  volumeUncertaintyVoxels: Maybe[];
  meanGrey: Maybe[];
  centroid: (Triple | null)[];
  min: (Triple | null)[];
  max: (Triple | null)[];
  extentUm: (Triple | null)[];
  /** Unit normal of the crack's plane, z, y, x. */
  orientation: (Triple | null)[];
  distanceToCollectorUm: Maybe;
  distanceToCounterUm: Maybe;
  through: boolean;
  fill: 'lithium' | 'void';
}

/** What `results PROJECT --json` prints; names and shapes are fixed in spec/cli.md. Uncertainties are k = 2. */
export interface Results {
  voxelSizeUm: Triple;
  uncertaintyK: 2;
  /** The resolved recipe: automatic regions included, in reference voxels. */
  recipe: Recipe;
  /** In the order of the scans; where voxel size and time came from is told by projects that know it. */
  inputs: { path: string; fingerprint: string; voxelSizeFrom?: string | null; timeFrom?: string | null }[];
  software: { version: string; engine: string };
  normalisation: Normalisation | null;
  scans: ScanResults[];
  cycles: CycleResults[];
  cracks: CrackResults[];
  notes: string[];
}
