import { Failure } from '../../core/failure.ts';
import type { Region, Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { labelRuns, runsBeyond } from '../../engine/electrolyte.ts';
import { type Cell, type Columns, cellOf, regionColumns } from '../cell.ts';
import { viewOf } from '../frame.ts';
import type { Intensity } from '../intensity/index.ts';
import type { Layers } from '../layers/index.ts';
import type { Normalisation } from '../normalise/index.ts';
import { matchOf, placed } from '../place.ts';
import { baseScan } from '../reference.ts';
import type { Registration } from '../register/index.ts';
import { type Bounds, boundsOfElectrolyte, PlatedRuns } from './bounds.ts';
import type { Box } from './box.ts';
import { ContactZone, type Side } from './contact.ts';
import { Electrolyte, LOCAL_REACH, leastBytes, tilesOf } from './fields.ts';
import { holdsMembers, joined, MEMBER_BYTES, type Members, measureCracks, membersOf } from './measure.ts';
import { NoiseSample } from './noise.ts';
import { type Grown, growRims, type Piece } from './rims.ts';
import { NO_VOXELS, writeCrackVoxels } from './voxels.ts';

export { plane } from './measure.ts';
export { type CrackColumns, type CrackVoxels, crackColumns, readCrackVoxels } from './voxels.ts';

export interface CracksParams {
  reference: number;
  /** Where cracks are sought when no layers were found. */
  analysis: Region | null;
  threshold: 'auto' | number;
  clearanceUm: number | null;
  minVoxels: number;
  gaussianSigma: number;
  voxelSizeUm: Triple;
}

/** A connected dark part of the electrolyte; positions in view voxels. */
export interface CrackPart {
  /** Sum of the crack fraction over the crack and its rim, voxels: its volume when filled with lithium. */
  volume: number;
  /** The same when it is empty; null where no empty grey value is known. */
  volumeIfVoid: number | null;
  /** Standard deviation of the volume, by noise and by what is not known of the grey value around it. */
  sigma: number;
  meanGrey: number;
  centroid: Triple;
  min: Triple;
  max: Triple;
  /** Unit normal of its plane. */
  normal: Triple;
  /** Least distance along the stack to the working and the counter interface, voxels; null where there is none. */
  toWorking: number | null;
  toCounter: number | null;
}

export interface Cracks {
  refused: string | null;
  threshold: number;
  clearance: number;
  parts: CrackPart[];
  notes: string[];
}

/** Distance from an interface within which plated lithium blurs into the electrolyte, voxels. */
const CLEARANCE = 4;
/** A voxel belongs to a crack beyond LOW standard deviations of the noise, a crack needs one beyond HIGH. */
const LOW = 4.5;
const HIGH = 8;
const LOW_FLOOR = 0.06;
const HIGH_FLOOR = 0.12;

/** Held a column of the view: both interfaces, the slices of three layers, and what is known of both contact zones. */
const BYTES_A_COLUMN = 8 + 3 * 4 + 2 * ContactZone.BYTES;
/** Held for each run of voxels beyond the threshold: its place, its peak and its label, twice while they are joined. */
const BYTES_A_RUN = 56;

export const cracks: StepDefinition<CracksParams, Cracks> = {
  name: 'cracks',
  version: 3,
  title: 'Finding cracks',
  scope: 'scan',
  params: (recipe, series) => ({
    reference: baseScan(recipe),
    analysis: recipe.regions?.analysis ?? null,
    threshold: recipe.phases?.crack?.threshold ?? 'auto',
    clearanceUm: recipe.phases?.crack?.clearanceUm ?? null,
    minVoxels: recipe.phases?.crack?.minVoxels ?? 50,
    gaussianSigma: recipe.denoise?.gaussianSigma ?? 1,
    voxelSizeUm: series.voxelSizeUm,
  }),
  needs: (_, __, scan) => ({
    layers: { step: 'layers' },
    normalise: { step: 'normalise' },
    register: { step: 'register', scan },
    intensity: { step: 'intensity', scan },
  }),
  reads: (recipe, _, scan) => [...new Set([baseScan(recipe), scan])],
  run: findCracks,
};

async function findCracks(context: StepContext<CracksParams>): Promise<Cracks> {
  const { params, series, scan, directory } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const levels = context.result<Normalisation>('normalise').value;
  const registration = context.result<Registration>('register').value;
  const greys = context.result<Intensity>('intensity').value;
  const along = params.voxelSizeUm[cell.frame.orientation.axis[0]]!;
  const clearance = params.clearanceUm === null ? CLEARANCE : params.clearanceUm / along;
  const empty: Cracks = { refused: null, threshold: 0, clearance, parts: [], notes: [] };
  const given = cell.working ? null : regionColumns(cell, params.analysis, null);
  const why =
    (given ? null : cell.layers.refused) ??
    registration.refused ??
    greys.refused ??
    (!levels.electrolyte || !levels.lithium ? 'electrolyte and lithium are not both known' : null);
  if (why || scan === params.reference || !(cell.working || given)) {
    await writeCrackVoxels(directory, NO_VOXELS);
    return { ...empty, refused: why };
  }
  const bounds: Bounds = given
    ? { inside: given, rim: given, reach: given, pure: given }
    : boundsOfElectrolyte(cell, clearance);
  const limits: Box = {
    min: bounds.reach.min,
    shape: bounds.reach.max.map((edge, axis) => edge - bounds.reach.min[axis]!) as Triple,
  };
  const spare = new Spare(context, cell, limits);
  const electrolyte = new Electrolyte(context, limits, {
    before: placed(series, cell, params.reference, null, null)!,
    after: placed(series, cell, scan, registration, matchOf(greys))!,
    reference: viewOf(series.scans[params.reference]!, cell.frame.orientation),
    pure: bounds.pure,
    width: cell.shape[2],
    electrolyte: levels.electrolyte!.mean,
    lithium: levels.lithium!.mean,
    sigma: params.gaussianSigma,
  });
  const work: Work = { context, cell, limits, electrolyte, spare, tiles: tilesOf(limits, spare.bytes / 2) };

  const { inside, noise } = await lookAtNoise(work, bounds.inside, clearance);
  const { threshold } = params;
  const low = threshold === 'auto' ? Math.max(LOW_FLOOR, LOW * noise) : threshold;
  const high = threshold === 'auto' ? Math.max(HIGH_FLOOR, HIGH * noise) : threshold;
  context.progress(0.4);

  const zones = isSymmetric(cell) ? [] : sidesOf(cell, levels).map((side) => new ContactZone(side, cell.shape, inside));
  const { pieces, noiseOfVoxel } = await seek(work, { inside, zones, low, high });
  context.progress(0.8);

  // Next to what is plated the rim ends at it, elsewhere before the tail of what is plated at an interface.
  const grown = grow(work, pieces, isSymmetric(cell) ? inside : bounds.rim, zones);
  for (const zone of zones) zone.settle();
  const found = await collect(work, grown, zones);
  const { parts, voxels } = measureCracks(cell, found, zones, {
    empty: levels.empty,
    lithium: levels.lithium!.mean,
    noise: noiseOfVoxel,
    leastVolume: 0.9 * params.minVoxels,
  });
  await writeCrackVoxels(directory, voxels);
  const notes =
    parts.length > 0 && levels.empty === null
      ? ['cracks: no air in the field; the volume of an empty crack is not known']
      : [];
  return { ...empty, threshold: low, parts, notes };
}

/** What the search for cracks has to do with. */
interface Work {
  context: StepContext<CracksParams>;
  cell: Cell;
  /** The box that holds the electrolyte, and the boxes, all its slices of some columns each, that are looked at one by one. */
  limits: Box;
  tiles: Box[];
  electrolyte: Electrolyte;
  spare: Spare;
}

/** The memory that is left beside what is held of every column: half of it is for a tile, half for what is found. */
class Spare {
  readonly bytes: number;
  readonly #context: StepContext<CracksParams>;

  /** Throws a Failure `resources` where not even a few columns fit in. */
  constructor(context: StepContext<CracksParams>, { shape: [, nv, nu] }: Cell, limits: Box) {
    this.#context = context;
    const columns = nv * nu * BYTES_A_COLUMN;
    this.bytes = context.memoryBytes - columns;
    if (this.bytes < 2 * leastBytes(limits))
      this.#tooLittle('a scan of this width takes', columns + 2 * leastBytes(limits));
  }

  /** Throws a Failure `resources` where so much does not fit in beside a tile. */
  hold(bytes: number): void {
    if (bytes > this.bytes / 2)
      this.#tooLittle('cracks as many as here take', this.#context.memoryBytes + 2 * bytes - this.bytes);
  }

  #tooLittle(what: string, bytes: number): never {
    const { memoryBytes, series, scan } = this.#context;
    const mib = (amount: number) => Math.floor(amount / 2 ** 20);
    throw new Failure('resources', {
      what: 'Cannot find cracks',
      path: series.scans[scan]!.path,
      why: `${what} ${mib(bytes) + 1} MiB of memory and ${mib(memoryBytes)} MiB are allowed`,
      whatToDo: 'Give more with --memory',
    });
  }
}

function isSymmetric(cell: Cell): boolean {
  return cell.layers.cell === 'symmetric' && cell.working !== null;
}

/** The noise of the filtered fraction, and the slices in which cracks are sought, clear of what is plated. */
async function lookAtNoise(
  { context, cell, limits, tiles, electrolyte }: Work,
  inside: Columns,
  clearance: number,
): Promise<{ inside: Columns; noise: number }> {
  const sample = new NoiseSample(inside, cell.shape, limits.shape[0]);
  const plated = isSymmetric(cell) ? new PlatedRuns(cell, inside) : null;
  // A column takes those around for its electrolyte: where those that tell the noise lie far apart, they alone are looked at.
  const apart = tiles.length > 1 && !plated && sample.step > 2 * LOCAL_REACH;
  const columns = function* (): Generator<Box> {
    for (const [v, u] of sample.columns(limits)) yield { min: [limits.min[0], v, u], shape: [limits.shape[0], 1, 1] };
  };
  for (const box of apart ? columns() : tiles) {
    const fields = await electrolyte.fields(box);
    sample.add(fields.fraction, box);
    plated?.add(fields);
    context.progress((0.4 * (box.min[1] - limits.min[1])) / limits.shape[1]);
  }
  return { inside: plated ? plated.between(clearance) : inside, noise: sample.std };
}

/** Both interfaces as what cracks touch; none where its materials are not known. */
function sidesOf(cell: Cell, { collector, lithium, factor }: Normalisation): Side[] {
  const sides: Side[] = [];
  if (cell.working && collector)
    sides.push({ direction: 1, heights: cell.working.heights, other: collector.mean, factor });
  if (cell.counter && lithium)
    sides.push({ direction: -1, heights: cell.counter.heights, other: lithium.mean, factor });
  return sides;
}

/**
 * The connected voxels beyond `low`, of those parts that are large enough and go beyond `high`, and the noise of the unfiltered
 * fraction. Tells the zones what every column holds.
 */
async function seek(
  { context, cell, limits, tiles, electrolyte, spare }: Work,
  { inside, zones, low, high }: { inside: Columns; zones: ContactZone[]; low: number; high: number },
): Promise<{ pieces: Piece[]; noiseOfVoxel: number }> {
  const { params, threads } = context;
  const sample = new NoiseSample(inside, cell.shape, limits.shape[0]);
  const layer = { from: inside.from, to: inside.to, width: cell.shape[2] };
  const found: { runs: Int32Array; peaks: Float32Array }[] = [];
  let count = 0;
  for (const [i, box] of tiles.entries()) {
    const fields = await electrolyte.fields(box);
    found.push(await runsBeyond(fields.fraction, box, layer, low, threads));
    sample.add(fields.raw, box);
    for (const zone of zones) zone.add(fields);
    count += found.at(-1)!.peaks.length;
    spare.hold(count * BYTES_A_RUN);
    context.progress(0.4 + (0.4 * (i + 1)) / tiles.length);
  }
  const all = new Int32Array(4 * count);
  let at = 0;
  for (const { runs } of found) {
    all.set(runs, 4 * at);
    at += runs.length / 4;
  }
  const { labels, parts } = await labelRuns(all, Math.max(4, Math.floor(params.minVoxels / 4)));
  const seeds = new Uint8Array(parts);
  const pieces: Piece[] = [];
  at = 0;
  for (const [i, { runs, peaks }] of found.entries()) {
    const crack = labels.subarray(at, at + peaks.length).map((label) => label - 1);
    crack.forEach((part, run) => {
      if (part >= 0 && peaks[run]! > high) seeds[part] = 1;
    });
    pieces.push({ box: tiles[i]!, runs, crack });
    at += peaks.length;
  }
  for (const { crack } of pieces) for (const [run, part] of crack.entries()) if (!seeds[part]) crack[run] = -1;
  return { pieces, noiseOfVoxel: sample.std };
}

/** What cracks and their rims take of every tile; the zones are told. */
function grow(
  { context, cell, limits, tiles, spare }: Work,
  pieces: readonly Piece[],
  rim: Columns,
  zones: ContactZone[],
): Grown[] {
  const [, , nu] = cell.shape;
  let count = 0;
  return tiles.map((box) => {
    context.signal.throwIfAborted();
    const grown = growRims(box, limits, pieces, rim, nu);
    const [, height, width] = box.shape;
    grown.index.forEach((i, k) => {
      const column = ((Math.floor(i / width) % height) + box.min[1]) * nu + (i % width) + box.min[2];
      for (const zone of zones) zone.mark(column, Math.floor(i / (height * width)) + box.min[0], grown.crack[k]!);
    });
    count += grown.index.length;
    spare.hold(count * MEMBER_BYTES);
    return grown;
  });
}

/** The voxels of all cracks with what is measured there. */
async function collect(
  { cell, tiles, electrolyte, spare }: Work,
  grown: Grown[],
  zones: ContactZone[],
): Promise<Members> {
  const parts: Members[] = [];
  let count = 0;
  for (const [i, box] of tiles.entries()) {
    if (!holdsMembers(box, grown[i]!, zones, cell.shape[2])) continue;
    const part = membersOf(await electrolyte.fields(box), grown[i]!, zones, cell.shape);
    count += part.index.length;
    spare.hold(count * MEMBER_BYTES);
    parts.push(part);
  }
  electrolyte.release();
  return joined(parts);
}
