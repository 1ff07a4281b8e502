import type { AxisName, Triple } from '../core/geometry.ts';

export type PhantomSize = 'small' | 'medium' | 'large';
export type PhantomFormat = 'tiff' | 'hdf5' | 'raw';
export type NoiseLevel = 'none' | 'low' | 'medium' | 'high';

/** What a user may ask for; what is left out is drawn from the seed or taken as below. */
export interface PhantomOptions {
  /** `small` 96 × 144 × 144 voxels (default), `medium` 128 × 256 × 256, `large` 256 × 512 × 512, along s, v, u. */
  size?: PhantomSize;
  seed?: number;
  format?: PhantomFormat;
  /** Names of `VARIANTS`, in the order in which they change the plain cell. */
  variants?: string[];
  noise?: NoiseLevel;
  /** Number of scans, 2 at least. */
  scans?: number;
  /** File axis along the stack. */
  axis?: AxisName;
  collectorEnd?: 'low' | 'high';
  voxelSizeUm?: number;
  threads?: number;
}

export const FIELDS: Record<PhantomSize, Triple> = {
  small: [96, 144, 144],
  medium: [128, 256, 256],
  large: [256, 512, 512],
};

/** Standard deviation on the 16-bit scale. */
export const NOISE: Record<NoiseLevel, number> = { none: 0, low: 300, medium: 900, high: 1800 };

/** A flaw of one scan. */
export type Flaw = 'missing-wedge' | 'lost-slices' | 'noise-burst' | 'motion' | 'wrong-centre';

/** The plan of a phantom: what a variant may change. Lengths in voxels unless they say Um. */
export interface PhantomSpec {
  seed: number;
  size: PhantomSize;
  variants: string[];
  /** Voxels along s, v, u. */
  field: Triple;
  voxelUm: number;
  axis: AxisName;
  collectorEnd: 'low' | 'high';
  scans: number;
  cell: 'zero-excess' | 'symmetric';
  /** Radius of the pellet, thickness of the wall around it. */
  radius: number;
  wall: number;
  /** Where the layers meet, as parts of the field along s: collector | electrolyte | foil | copper. */
  interfaces: [number, number, number];
  /** Thickness of the foil at the working electrode of a symmetric cell. */
  workingFoil: number;
  tiltDeg: number;
  domeUm: number;
  roughnessUm: [number, number];
  /** Factor on all contrasts inside materials; 0 leaves them even. */
  texture: number;
  /** Factor on the amount of lithium plated; 0 for a cell at rest. */
  plating: number;
  /** Part of the first plating that stripping leaves behind. */
  residue: [number, number];
  /** Mean thickness of the void that stripping leaves. */
  voidUm: [number, number];
  pattern: 'any' | 'edge' | 'centre' | 'islands';
  /** What makes room for the lithium: the collector's surface alone, or the whole collector as a rigid die. */
  collectorMoves: 'surface' | 'die';
  /** Radius of the counter electrode as a part of the pellet's. */
  counterRadius: number;
  /** What follows the foil's loss: copper from behind, or electrolyte in front. */
  counterMoves: 'back' | 'face';
  /** Bares the copper at spots of the counter electrode. */
  depletion: boolean;
  cracks: 'none' | 'basins' | 'splitting' | 'through';
  crackFill: 'lithium' | 'void';
  /** Largest shift in any direction and largest rotation between scans. */
  shift: number;
  rotationDeg: number;
  /** One in-plane jump in the middle of the series, there from then on. */
  jump: { voxels: number; degrees: number } | null;
  noise: number;
  noiseWidth: number;
  blur: [number, number];
  rings: number;
  cupping: number;
  halo: number;
  /** Part by which a scan's collector may be brighter or darker at a place. */
  shading: number;
  fringe: number;
  /** Largest change of gain (part) and offset (grey value) between scans. */
  gain: number;
  offset: number;
  /** Factor on all grey values: above 1.5 the collector is cut off. */
  brightness: number;
  type: 'uint8' | 'uint16' | 'float32';
  flaw: Flaw | null;
}

/** The plain cell. */
export function plainSpec(options: PhantomOptions): PhantomSpec {
  const size = options.size ?? 'small';
  const field = FIELDS[size];
  const half = Math.min(field[1], field[2]) / 2;
  return {
    seed: options.seed ?? 1,
    size,
    variants: options.variants ?? [],
    field,
    voxelUm: options.voxelSizeUm ?? 1.625,
    axis: options.axis ?? 'z',
    collectorEnd: options.collectorEnd ?? 'low',
    scans: options.scans ?? 8,
    cell: 'zero-excess',
    radius: half - 14 - 0.03 * half,
    wall: 6 + 0.02 * half,
    interfaces: size === 'large' ? [0.3, 0.7, 0.87] : [0.33, 0.69, 0.9],
    workingFoil: 0.16 * field[0],
    tiltDeg: 2,
    // No steeper in a small field than in a medium one.
    domeUm: 20 * Math.min(1, half / 128),
    roughnessUm: [1, 3],
    texture: 1,
    plating: 1,
    residue: [0.03, 0.1],
    voidUm: [0.1, 0.4],
    pattern: 'any',
    collectorMoves: 'surface',
    counterRadius: 1,
    counterMoves: 'back',
    depletion: false,
    cracks: 'basins',
    crackFill: 'lithium',
    shift: 6,
    rotationDeg: 0.6,
    jump: null,
    noise: NOISE[options.noise ?? 'medium'],
    noiseWidth: 0,
    blur: [0.7, 1.1],
    rings: 0,
    cupping: 0,
    halo: 0,
    shading: 0,
    fringe: 0,
    gain: 0,
    offset: 0,
    brightness: 1,
    type: 'uint16',
    flaw: null,
  };
}
