import { Failure } from '../core/failure.ts';
import { type PhantomOptions, type PhantomSpec, plainSpec } from './spec.ts';

export interface Variant {
  summary: string;
  /** Changes the plan of the plain cell, in place. */
  change(spec: PhantomSpec): void;
}

/** A phantom's variants: one entry each, and nothing else to register. */
export const VARIANTS: Record<string, Variant> = {
  plain: { summary: 'the cell without artefacts', change: () => {} },
  rest: {
    summary: 'a cell at rest: only motion and noise change',
    change: (spec) => Object.assign(spec, { plating: 0, cracks: 'none' }),
  },
  rings: {
    summary: 'rings about the rotation axis, the same in every scan',
    change: (spec) => Object.assign(spec, { rings: 400 }),
  },
  cupping: {
    summary: 'the axis of the cell 3 % darker than its edge',
    change: (spec) => Object.assign(spec, { cupping: 0.03 }),
  },
  halo: {
    summary: 'long-range glow of the metals, a little different in each scan',
    change: (spec) => Object.assign(spec, { halo: 0.04 }),
  },
  'collector-shading': {
    summary: 'the collector up to 20 % brighter or darker at a place, different in each scan',
    change: (spec) => Object.assign(spec, { shading: 0.2 }),
  },
  'phase-fringes': {
    summary: 'phase contrast left at edges: a dark and a bright fringe',
    change: (spec) => Object.assign(spec, { fringe: 0.2 }),
  },
  'strong-fringes': {
    summary: 'phase fringes twice as strong',
    change: (spec) => Object.assign(spec, { fringe: 0.4 }),
  },
  'eight-bit': {
    summary: '8-bit scans, each with its own limits',
    change: (spec) => Object.assign(spec, { type: 'uint8' }),
  },
  die: {
    summary: 'the collector moves as a rigid die and lithium fills the gap',
    change: (spec) => Object.assign(spec, { collectorMoves: 'die' }),
  },
  symmetric: {
    summary: 'lithium | electrolyte | lithium; no cracks, which plated lithium would swallow',
    change: (spec) =>
      Object.assign(spec, { cell: 'symmetric', counterMoves: 'face', interfaces: [0.26, 0.7, 0.88], cracks: 'none' }),
  },
  narrow: {
    summary: 'the pellet is wider than the field of view',
    change: (spec) => {
      spec.radius = 0.5 * Math.hypot(spec.field[1], spec.field[2]) + 3 * spec.shift + 40;
    },
  },
  jump: {
    summary: 'a jump of up to 80 voxels and 3° in the middle of the series',
    change: (spec) => {
      const width = Math.min(spec.field[1], spec.field[2]);
      spec.jump = { voxels: Math.min(80, 0.3125 * width), degrees: 3 };
      spec.radius = width / 2 - spec.jump.voxels / 2 - spec.wall - 8;
    },
  },
  disc: {
    summary: 'the counter electrode is a disc of 2/3 of the diameter, electrolyte around it',
    change: (spec) => Object.assign(spec, { counterRadius: 2 / 3 }),
  },
  depletion: {
    summary: 'a small counter electrode that is used up in spots, down to the copper',
    change: (spec) => Object.assign(spec, { counterRadius: 2 / 3, depletion: true }),
  },
  'face-recedes': {
    summary: 'at the counter electrode the electrolyte follows the lithium, the copper stays',
    change: (spec) => Object.assign(spec, { counterMoves: 'face' }),
  },
  'void-cracks': {
    summary: 'cracks are empty',
    change: (spec) => Object.assign(spec, { crackFill: 'void' }),
  },
  splitting: {
    summary: 'a crack closes in its middle and is two at the end',
    change: (spec) => Object.assign(spec, { cracks: 'splitting' }),
  },
  through: {
    summary: 'one crack, not flat, grows through the whole electrolyte',
    change: (spec) => Object.assign(spec, { cracks: 'through' }),
  },
  'no-cracks': { summary: 'plating without cracks', change: (spec) => Object.assign(spec, { cracks: 'none' }) },
  edge: { summary: 'lithium grows at the edge', change: (spec) => Object.assign(spec, { pattern: 'edge' }) },
  centre: { summary: 'lithium grows in the centre', change: (spec) => Object.assign(spec, { pattern: 'centre' }) },
  islands: { summary: 'lithium grows in islands', change: (spec) => Object.assign(spec, { pattern: 'islands' }) },
  'smooth-texture': {
    summary: 'an electrolyte of faint texture: little to register on',
    change: (spec) => Object.assign(spec, { texture: 0.35 }),
  },
  'correlated-noise': {
    summary: 'noise shared among neighbouring voxels',
    change: (spec) => Object.assign(spec, { noiseWidth: 0.6 }),
  },
  'intensity-drift': {
    summary: 'gain and offset differ from scan to scan',
    change: (spec) => Object.assign(spec, { gain: 0.03, offset: 500 }),
  },
  clipped: {
    summary: 'the collector is at the limit of its type',
    change: (spec) => Object.assign(spec, { brightness: 1.6 }),
  },
  aborted: {
    summary: 'one scan ended after two thirds of its turn',
    change: (spec) => Object.assign(spec, { flaw: 'missing-wedge' }),
  },
  'lost-slices': {
    summary: 'slices of one scan are zero',
    change: (spec) => Object.assign(spec, { flaw: 'lost-slices' }),
  },
  'noise-burst': {
    summary: 'a third of one scan is drowned in noise',
    change: (spec) => Object.assign(spec, { flaw: 'noise-burst' }),
  },
  'drift-in-scan': {
    summary: 'the sample moved by 4 voxels during one scan',
    change: (spec) => Object.assign(spec, { flaw: 'motion' }),
  },
  'wrong-centre': {
    summary: 'one scan was reconstructed about a wrong rotation axis',
    change: (spec) => Object.assign(spec, { flaw: 'wrong-centre' }),
  },
};

/** The plan that options ask for. Throws a `usage` failure that names what cannot be. */
export function specOf(options: PhantomOptions): PhantomSpec {
  const spec = plainSpec(options);
  const wrong = (at: string, why: string, whatToDo?: string) =>
    new Failure('usage', { what: 'Cannot make the phantom', at, why, ...(whatToDo ? { whatToDo } : {}) });
  if (!spec.field) throw wrong('--size', `there is no size ${options.size}`, 'Use small, medium or large');
  if (!Number.isFinite(spec.noise))
    throw wrong('--noise', `there is no noise level ${options.noise}`, 'Use none, low, medium or high');
  if (!Number.isSafeInteger(spec.seed) || spec.seed < 0)
    throw wrong('--seed', `${options.seed} is not a whole number from 0`);
  if (!Number.isSafeInteger(spec.scans) || spec.scans < 2 || spec.scans > 200)
    throw wrong('--scans', `${options.scans} is not a number from 2 to 200`);
  if (!(spec.voxelUm >= 0.1 && spec.voxelUm <= 20))
    throw wrong('--voxel-size', `${options.voxelSizeUm} µm is not from 0.1 to 20 µm`);
  for (const name of spec.variants) {
    const variant = Object.hasOwn(VARIANTS, name) ? VARIANTS[name] : undefined;
    if (!variant)
      throw wrong('--variant', `there is no variant ${name}`, `The variants are ${Object.keys(VARIANTS).join(', ')}`);
    variant.change(spec);
  }
  return spec;
}
