import type { Triple } from '../core/geometry.ts';
import { native } from './native.ts';

/** What a voxel of the phantom can hold; the engine knows them by their place in this list. */
export const PHANTOM_MATERIALS = ['collector', 'lithium', 'void', 'electrolyte', 'copper', 'wall', 'air'] as const;
export type PhantomMaterial = (typeof PHANTOM_MATERIALS)[number];

/**
 * A smooth function over a plane as a cubic B-spline: coefficient (i, j), stored at i · shape[1] + j, stands at
 * origin + (i, j) · spacing. Outside the outermost knots the nearest value repeats.
 */
export interface PlaneSpline {
  origin: [number, number];
  spacing: number;
  shape: [number, number];
  coefficients: Float64Array;
}

/** Layers inside a radius: `materials[k]` lies between surfaces k − 1 and k. A surface below its predecessor is lifted to it. */
export interface PhantomZone {
  radiusUm: number;
  /** Indices into `surfaces` of the scene. */
  surfaces: number[];
  materials: PhantomMaterial[];
}

/**
 * A thin body in the electrolyte: a basin is |s − middle(v, u)| < thickness(v, u) / 2, a sheet the same of u over (s, v).
 * Where thickness is negative there is none. Where bodies overlap, the first one has the place.
 */
export interface PhantomCrack {
  sheet: boolean;
  material: 'lithium' | 'void';
  middle: PlaneSpline;
  thickness: PlaneSpline;
}

/** Contrasts are parts of a material's grey value. */
export interface PhantomTexture {
  seed: number;
  grainUm: number;
  grainContrast: number;
  grainEdgeUm: number;
  particleUm: number;
  particleContrast: number;
  patchUm: number;
  patchShare: number;
  patchContrast: number;
  poreCellUm: number;
  poreShare: number;
  poreShareInPatch: number;
  poreRadiusUm: [number, number];
  poreContrast: number;
  poreEdgeUm: number;
  metalUm: number;
  metalContrast: number;
  wallUm: number;
  wallContrast: number;
}

/** A cell as a function of place (s, v, u) in µm; s runs from the working to the counter electrode. */
export interface PhantomScene {
  voxelUm: number;
  /** A point (s, v, u) of the cylinder's axis, and how v and u of the axis change along s. */
  axisUm: Triple;
  lean: [number, number];
  /** Heights s over (v, u), all on the same knots. */
  surfaces: PlaneSpline[];
  /** From the axis outwards; the last has no end. */
  zones: PhantomZone[];
  cracks: PhantomCrack[];
  grey: Record<PhantomMaterial, number>;
  texture: PhantomTexture | null;
  /** How far the collector's own texture has moved along s. */
  collectorShiftUm: number;
  /** Part by which the collector is brighter, over (v, u). */
  collectorShade: PlaneSpline | null;
}

/** What a scan does to the scene. Lengths in voxels, grey values of the 16-bit scale; zero switches a part off. */
export interface PhantomOptics {
  /** Of the file: z, y, x. */
  shape: Triple;
  /** File axis along the rotation axis. */
  stackAxis: number;
  /** σ of the Gaussian point spread. */
  blur: number;
  /** Phase contrast left at edges: grey += fringe · (grey − its Gaussian of `fringeWidth`). */
  fringe: number;
  fringeWidth: number;
  /** Glow of what is brighter than `haloLevel`. */
  halo: number;
  haloWidth: number;
  haloLevel: number;
  /** Part by which the axis of the cell is darker than its edge. */
  cupping: number;
  cuppingRadiusUm: number;
  /** Standard deviation of rings about the rotation axis; the same seed gives the same rings. */
  rings: number;
  ringsSeed: number;
  /** In-plane shift of the sample from the first to the last projection, centred on the middle one. */
  drift: [number, number];
  /** How far the assumed rotation axis is off. */
  centreError: number;
  /** Part of the half turn that was taken, 0 to 1. */
  turned: number;
  noise: number;
  /** σ over which neighbours share their noise. */
  noiseWidth: number;
  /** Slices [first, last) along the stack with `burstNoise` besides. */
  burst: [number, number];
  burstNoise: number;
  /** Slices [first, last) along the stack that are zero. */
  lost: [number, number];
  noiseSeed: number;
  gain: number;
  offset: number;
  type: 'uint8' | 'uint16' | 'float32';
  /** Grey values stored as 0 and 255 in uint8. */
  black: number;
  white: number;
}

/** Mean and standard deviation of the voxels that hold one material alone, before optics. */
export interface PureGrey {
  mean: number;
  std: number;
  n: number;
}

/** Twelve numbers, row-major 3 × 4: the place (s, v, u) in µm of a voxel's file index (z, y, x, 1). */
export type PlaceOf = number[];

const renderNative = native['renderPhantom'] as unknown as (options: object) => Promise<Float64Array>;
const thicknessNative = native['phantomThickness'] as unknown as (options: object) => Promise<void>;
const crackNative = native['phantomCrackVoxels'] as unknown as (options: object) => Promise<CrackVoxels>;

/**
 * One scan of a scene, written into `out` (z, y, x; of the type that `optics` names). The same bytes whatever `threads` is.
 * Materials that fill no voxel alone are left out of the answer.
 */
export async function renderPhantom(
  scene: PhantomScene,
  placeOf: PlaceOf,
  optics: PhantomOptics,
  out: Uint8Array | Uint16Array | Float32Array,
  threads = 0,
): Promise<Partial<Record<PhantomMaterial, PureGrey>>> {
  const sums = await renderNative({ scene: forEngine(scene), placeOf, optics, out, threads });
  const pure: Partial<Record<PhantomMaterial, PureGrey>> = {};
  PHANTOM_MATERIALS.forEach((material, k) => {
    const [n, sum, squares] = [sums[3 * k]!, sums[3 * k + 1]!, sums[3 * k + 2]!];
    if (n > 0) pure[material] = { mean: sum / n, std: Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)), n };
  });
  return pure;
}

/**
 * Thickness in µm between pairs of surfaces, averaged over the voxel columns (v, u) = (i, j) · voxel and counted where a
 * zone has both: one v × u map a pair.
 */
export async function phantomThickness(
  scene: PhantomScene,
  shape: [number, number],
  pairs: [number, number][],
  threads = 0,
): Promise<Float64Array[]> {
  const size = shape[0] * shape[1];
  const out = new Float64Array(pairs.length * size);
  await thicknessNative({ scene: forEngine(scene), shape, pairs, out, threads });
  return pairs.map((_, k) => out.subarray(k * size, (k + 1) * size));
}

/** Voxels of the lattice (s, v, u) = index · voxel and the part of each that a crack takes. */
export interface CrackVoxels {
  crack: Int32Array;
  /** Three a voxel: s, v, u. */
  index: Int32Array;
  part: Float64Array;
}

/** Every voxel that a crack of the unmoved scene takes a part of, in order of crack and place. */
export async function phantomCrackVoxels(scene: PhantomScene): Promise<CrackVoxels> {
  return crackNative({ scene: forEngine(scene) });
}

function forEngine(scene: PhantomScene): object {
  const materialIndex = (material: PhantomMaterial) => PHANTOM_MATERIALS.indexOf(material);
  return {
    ...scene,
    zones: scene.zones.map((zone) => ({ ...zone, materials: zone.materials.map(materialIndex) })),
    cracks: scene.cracks.map((crack) => ({ ...crack, material: materialIndex(crack.material) })),
    grey: PHANTOM_MATERIALS.map((material) => scene.grey[material]),
    collectorShade: scene.collectorShade ? [scene.collectorShade] : [],
  };
}
