import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../core/failure.ts';
import { AXES, type AxisName, type Box, type Cylinder, type Matrix4, type Triple } from '../core/geometry.ts';
import type { PhantomMaterial, PureGrey } from '../engine/phantom.ts';
import type { Flaw } from './spec.ts';

/** The exact answer to a phantom, in the shapes of `results` (docs/phantom.md). Positions in the reference's file voxels. */
export interface Truth {
  /** Where the maps lie; not in the file. */
  directory: string;
  version: 1;
  seed: number;
  size: string;
  variants: string[];
  cell: 'zero-excess' | 'symmetric';
  stack: { axis: AxisName; collectorEnd: 'low' | 'high' };
  voxelSizeUm: Triple;
  shape: Triple;
  type: string;
  /** As drawn (`grey`), and as the pure voxels of the reference are before blur and noise. */
  phases: Record<PhantomMaterial, { grey: number } & Partial<PureGrey>>;
  electrodes: {
    working: { areaMm2: number; radius: number };
    counter: { areaMm2: number; radius: number };
    lithiumUmPerMahCm2: number;
  };
  /** The pellet, in the in-plane axes in z, y, x order. */
  cylinder: { center: [number, number]; radius: number; wallRadius: number };
  /** Where each interface of the reference lies along the stack: mean over the pellet in the field, and a map. */
  interfaces: Record<'working' | 'counter' | 'back', { mean: number; map: string }>;
  optics: { blur: number; noise: number; noiseWidth: number };
  scans: TruthScan[];
  cycles: TruthCycle[];
  cracks: TruthCrack[];
}

export interface TruthScan {
  index: number;
  name: string;
  file: string;
  startH: number;
  timeH: number;
  endH: number;
  chargeMahCm2: number;
  currentMaCm2: number;
  cycle: number;
  step: 'rest' | 'plating' | 'stripping';
  registration: { matrix: Matrix4; driftUm: number; rotationDeg: number };
  /** Stored grey = gain · grey + offset, before the limits of an 8-bit type. */
  intensity: { gain: number; offset: number; limits: [number, number] | null };
  flaw: Flaw | null;
  thickness: { working: TruthThickness; counter: TruthThickness; electrochemicalUm: number };
  cracks: {
    count: number;
    volumeVoxels: number;
    volumeUm3: number;
    /** Cracks that hang together, by id. */
    components: { ids: number[]; volumeVoxels: number }[];
  };
}

/** Means over the electrode's cross-section, cracks left out. */
export interface TruthThickness {
  /** As a difference image sees it: lithium, and void at the weight of its own grey value. */
  meanUm: number;
  lithiumUm: number;
  voidUm: number;
  stdUm: number;
  /** Lithium in this electrode's cracks. */
  inCracksUm: number;
  totalUm: number;
  /** Thickness as imaged of every voxel column of the reference, float32; outside the pellet 0. */
  map: string;
}

export interface TruthCycle {
  index: number;
  plateEndScan: number;
  stripEndScan: number | null;
  ceTomography: number | null;
  ceElectrochemistry: number | null;
  residualUm: number | null;
}

/** Arrays have one entry a scan, null where the crack is not there. */
export interface TruthCrack {
  id: number;
  electrode: 'working' | 'counter';
  shape: 'basin' | 'sheet';
  fill: 'lithium' | 'void';
  /** First scan in which it is there, with `minVoxels` or more of it. */
  onsetScan: number;
  onsetIntervalH: [number, number];
  minVoxels: number;
  /** Its own part of the volume, merged or not; where two overlap, the one of lower id has the place. */
  volumeVoxels: (number | null)[];
  centroid: (Triple | null)[];
  /** Bounds of the voxels it takes a part of; max is outside. */
  min: (Triple | null)[];
  max: (Triple | null)[];
  /** Number of pieces it consists of. */
  pieces: (number | null)[];
  /** The older crack that it has grown into, and when; both go on with their own volumes. */
  mergedInto: number | null;
  mergeScan: number | null;
  parents: number[];
  /** In the last scan. */
  distanceToCollectorUm: number;
  distanceToCounterUm: number;
  through: boolean;
}

/** Reads what `phantom DIR` wrote beside the scans. Throws an `input` failure where there is no truth. */
export async function readTruth(directory: string): Promise<Truth> {
  const path = join(directory, 'truth.json');
  try {
    return { ...(JSON.parse(await readFile(path, 'utf8')) as Omit<Truth, 'directory'>), directory };
  } catch (error) {
    throw badInput({
      what: 'Cannot read the truth',
      path,
      why: error instanceof SyntaxError ? 'it is not JSON' : 'there is no such file',
      whatToDo: 'Write the phantom again',
      cause: error,
    });
  }
}

/** A map that the truth names, as stored: in-plane axes in z, y, x order, x fastest. */
export async function readTruthMap(truth: Truth, map: string): Promise<Float32Array> {
  const bytes = await readFile(join(truth.directory, map));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/**
 * True mean thickness as imaged, in µm, over the voxel columns whose centres lie in a region of the reference (the region's
 * extent along the stack does not matter). NaN when there are none.
 */
export async function truthMeanUm(
  truth: Truth,
  scan: number,
  region: Cylinder | Box,
  electrode: 'working' | 'counter' = 'working',
): Promise<number> {
  const map = await readTruthMap(truth, truth.scans[scan]!.thickness[electrode].map);
  const [first, second] = inPlaneAxes(truth);
  const [rows, columns] = [truth.shape[first]!, truth.shape[second]!];
  const inside =
    region.kind === 'box'
      ? (i: number, j: number) =>
          i >= region.min[first]! && i < region.max[first]! && j >= region.min[second]! && j < region.max[second]!
      : (i: number, j: number) => Math.hypot(i - region.center[0], j - region.center[1]) <= region.radius;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      if (inside(i, j)) {
        sum += map[i * columns + j]!;
        count++;
      }
  return sum / count;
}

/** The two file axes in the plane of the layers. */
export function inPlaneAxes(truth: Pick<Truth, 'stack'>): [number, number] {
  const stack = AXES.indexOf(truth.stack.axis);
  return [0, 1, 2].filter((axis) => axis !== stack) as [number, number];
}
