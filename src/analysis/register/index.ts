import { IDENTITY, type Matrix4, type Region, rotationOf, type Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { findRings, type RegisterResult } from '../../engine/register.ts';
import { type Cell, type Columns, cellOf, columnsOf, columnsWhere, type Mask, maskOf, regionColumns } from '../cell.ts';
import { matrixOfFiles, matrixOfViews, viewOf, viewShape } from '../frame.ts';
import { emptyBeyond, meanSlices } from '../layers/field.ts';
import { heightAt } from '../layers/height.ts';
import type { Layers } from '../layers/index.ts';
import type { Quality } from '../quality/index.ts';
import { baseScan } from '../reference.ts';
import { type AlignOptions, align, refine } from './align.ts';

export interface RegisterParams {
  model: 'rigid' | 'similarity';
  stable: Region | null;
  /** A matrix given by the recipe is measured, not changed. */
  given: Matrix4 | null;
  reference: number;
  voxelSizeUm: Triple;
}

/** How a scan lies over the reference. */
export interface Registration {
  /** Why the scan could not be registered; then the matrix is null. */
  refused: string | null;
  /** Reference → scan, in voxels of the views and of the files. */
  view: Matrix4 | null;
  matrix: Matrix4 | null;
  /** 7 × 7, see RegisterResult, about `center` (view voxels). */
  covariance: number[] | null;
  center: Triple;
  gain: number;
  offset: number;
  correlationBefore: number | null;
  correlation: number | null;
  /** Root mean square displacement left among parts of the region, µm, what noise alone would leave taken off. */
  residualUm: number | null;
  /** Displacement along the stack left in the electrolyte next to the working interface, µm, and its standard deviation. */
  interfaceResidualUm: number | null;
  interfaceSigmaUm: number | null;
  /** Shift of the middle of the region, and angle. */
  driftUm: number | null;
  rotationDeg: number | null;
  /** Radius about the field's middle that the scan's reconstruction filled; null for all of it. */
  fieldRadius: number | null;
  /** Whether the foil's face was part of what rests. */
  face: boolean;
  notes: string[];
}

/** Below this correlation over what rests, the two scans do not show the same thing. */
const LEAST_CORRELATION = 0.3;
/** Standard deviation along the stack, voxels, beyond which the foil's face is called in. */
const FAINT = 0.008;
const EDGE = 3;
/** Standard deviations from where the electrolyte says it should lie beyond which the face has moved. */
const FACE_SIGMAS = 4.5;
/** Power of rings over chance from which they are taken off. */
const RINGS = 2.5;
/** Slices of nothing but electrolyte that it takes to tell rings. */
const LEAST_SLICES = 8;

export const register: StepDefinition<RegisterParams, Registration> = {
  name: 'register',
  version: 5,
  title: 'Registering',
  scope: 'scan',
  params: (recipe, series, scan) => ({
    model: recipe.registration?.model ?? 'rigid',
    stable: recipe.regions?.stable ?? null,
    given: recipe.scans?.[String(scan)]?.matrix ?? null,
    reference: baseScan(recipe),
    voxelSizeUm: series.voxelSizeUm,
  }),
  needs: (recipe, _, scan) => ({
    layers: { step: 'layers' },
    quality: [...new Set([baseScan(recipe), scan])].map((each) => ({ step: 'quality', scan: each })),
  }),
  reads: (recipe, _, scan) => [...new Set([baseScan(recipe), scan])],
  run: registerScan,
};

async function registerScan(context: StepContext<RegisterParams>): Promise<Registration> {
  const { params, series, scan, threads, memoryBytes, signal } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const { shape, frame } = cell;
  const rest = restColumns(cell, params.stable);
  const mask = rest ? maskOf(shape, [rest]) : null;
  const center = mask?.middle ?? (shape.map((edge) => (edge - 1) / 2) as Triple);
  if (scan === params.reference) return unmoved(center, cell.layers.fieldRadius);

  const movedFrame = { orientation: frame.orientation, shape: series.scans[scan]!.source.shape };
  // Round things in a sample look like rings too: both the scan's own voxels and the pair must tell of them.
  const ringed = context.results<Quality>('quality').some(({ value }) => value.flags.includes('rings'));
  const options: AlignOptions = {
    reference: viewOf(series.scans[params.reference]!, frame.orientation),
    moved: viewOf(series.scans[scan]!, frame.orientation),
    shape,
    movedShape: viewShape(movedFrame),
    mask,
    texture: textureMask(cell, rest, 2 * EDGE),
    rings: null,
    findRings: async (matrix) => (ringed ? ringsOf(options, cell, rest, matrix) : null),
    center,
    model: params.model,
    threads,
    memoryBytes,
    signal,
  };
  const middle = Math.floor(options.movedShape[0] / 2);
  const fieldRadius = emptyBeyond(await meanSlices(options.moved, options.movedShape, middle, 1, threads));
  const notes: string[] = [];
  let found: RegisterResult;
  try {
    found = params.given
      ? await refine(options, matrixOfViews(params.given, frame, movedFrame), params.model, 0)
      : await align(options);
  } catch (error) {
    signal.throwIfAborted();
    return {
      ...unmoved(center, fieldRadius),
      refused: (error as Error).message,
      view: null,
      matrix: null,
      covariance: null,
    };
  }
  if (!params.given && found.correlation < LEAST_CORRELATION)
    return {
      ...unmoved(center, fieldRadius),
      refused: `the scan does not show the reference's texture (correlation ${found.correlation.toFixed(2)})`,
      view: null,
      matrix: null,
      covariance: null,
      correlation: found.correlation,
    };
  context.progress(0.8);
  if (options.rings) notes.push('register: rings about the rotation axis were taken off; the wall is left out');

  let face = false;
  const faint = !params.given && Math.sqrt(found.covariance[0]!) > FAINT;
  if (faint && options.texture) found = await alongStack(options, found);
  if (faint && cell.counter && rest) {
    const withFace = await callInFace(options, cell, rest, found);
    if (withFace) {
      found = withFace;
      face = true;
      notes.push(
        'register: the electrolyte holds little texture; the face of the foil, at rest in this scan, was taken in',
      );
    }
  }

  const along = params.voxelSizeUm[frame.orientation.axis[0]]!;
  const near = cell.working ? await besideInterface(options, cell, found) : null;
  const drift = displacement(found.matrix, center);
  const um = drift.map((d, k) => d * params.voxelSizeUm[frame.orientation.axis[k]!]!);
  return {
    refused: null,
    view: found.matrix,
    matrix: matrixOfFiles(found.matrix, frame, movedFrame),
    covariance: found.covariance,
    center,
    gain: found.gain,
    offset: found.offset,
    correlationBefore: Number.isFinite(found.correlationBefore) ? found.correlationBefore : null,
    correlation: found.correlation,
    residualUm: residualOf(found, along),
    interfaceResidualUm: near ? Math.abs(near.shift) * along : null,
    interfaceSigmaUm: near ? near.sigma * along : null,
    driftUm: Math.hypot(...um),
    rotationDeg: rotationOf(found.matrix),
    fieldRadius,
    face,
    notes,
  };
}

/** Rings of both scans within the electrolyte, when they are more than chance; what moves with the sample must not follow them. */
async function ringsOf(
  { reference, moved, threads }: AlignOptions,
  cell: Cell,
  rest: Columns | null,
  matrix: Matrix4,
): Promise<{ rings: AlignOptions['rings']; mask: Mask | null } | null> {
  const { pellet, fieldRadius } = cell.layers;
  if (!rest || !cell.working) return null;
  const [ns, nv, nu] = cell.shape;
  const field = fieldRadius ?? Math.min(nv, nu) / 2;
  const center = pellet ? pellet.center : ([(nv - 1) / 2, (nu - 1) / 2] as [number, number]);
  const radius = (pellet ? Math.min(pellet.radius, field) : field) - EDGE - 2;
  // Whole slices of electrolyte: however the interfaces are tilted and domed, neither cuts into them.
  let low = 0;
  let high = ns;
  for (let k = 0; k < 360; k += 10)
    for (const r of [0, radius / 2, radius]) {
      const v = Math.max(0, Math.min(nv - 1, Math.round(center[0] + r * Math.sin((k * Math.PI) / 180))));
      const u = Math.max(0, Math.min(nu - 1, Math.round(center[1] + r * Math.cos((k * Math.PI) / 180))));
      low = Math.max(low, heightAt(cell.working.smooth, v, u) + 2 * EDGE);
      if (cell.counter) high = Math.min(high, heightAt(cell.counter.smooth, v, u) - 2 * EDGE);
    }
  if (radius < 20 || high - low < LEAST_SLICES) return null;
  const drift = displacement(matrix, [(low + high) / 2, ...center]);
  const disc = (shift: Triple) => ({
    center: [center[0] + shift[1], center[1] + shift[2]] as [number, number],
    radius,
    from: Math.floor(low + shift[0]) - 1,
    to: Math.ceil(high + shift[0]) + 1,
  });
  const [a, b] = await Promise.all([
    findRings(reference, disc([0, 0, 0]), threads),
    findRings(moved, disc(drift), threads),
  ]);
  if (Math.max(a.strength, b.strength) < RINGS) return null;
  const clear = columnsWhere(cell.shape, (v, u) => {
    if (Math.hypot(v - center[0], u - center[1]) > radius - EDGE) return null;
    const i = v * nu + u;
    return [Math.max(rest.from[i]!, Math.ceil(low) + 1), Math.min(rest.to[i]!, Math.floor(high) - 1)];
  });
  return { rings: { referenceRings: a.table, movedRings: b.table }, mask: maskOf(cell.shape, [clear]) };
}

function unmoved(center: Triple, fieldRadius: number | null): Registration {
  return {
    refused: null,
    view: IDENTITY,
    matrix: IDENTITY,
    covariance: new Array<number>(49).fill(0),
    center,
    gain: 1,
    offset: 0,
    correlationBefore: 1,
    correlation: 1,
    residualUm: 0,
    interfaceResidualUm: 0,
    interfaceSigmaUm: 0,
    driftUm: 0,
    rotationDeg: 0,
    fieldRadius,
    face: false,
    notes: [],
  };
}

/** What rests: the recipe's region, or the electrolyte with the wall; null (everything) when nothing is known of the cell. */
function restColumns(cell: Cell, given: Region | null): Columns | null {
  if (given) return regionColumns(cell, given, cell.working);
  return regionColumns(cell, cell.layers.regions.stable, cell.working);
}

/** What rests within the pellet, clear of its edge. */
function textureMask(cell: Cell, rest: Columns | null, margin: number): Mask | null {
  const pellet = cell.layers.pellet;
  if (!rest || !pellet) return null;
  const radius = pellet.radius - margin;
  const nu = cell.shape[2];
  const inner = columnsWhere(cell.shape, (v, u) => {
    const i = v * nu + u;
    return Math.hypot(v - pellet.center[0], u - pellet.center[1]) < radius ? [rest.from[i]!, rest.to[i]!] : null;
  });
  return maskOf(cell.shape, [inner]);
}

/**
 * The shift along the stack anew from the electrolyte alone. The wall tells nothing of it, but a gain that is a thousandth off
 * sets wall and electrolyte apart, and a faint electrolyte that grows darker along the stack takes that for a shift.
 */
async function alongStack(options: AlignOptions, found: RegisterResult): Promise<RegisterResult> {
  const alone = await refine({ ...options, mask: options.texture }, found.matrix, 'shift', 10).catch(() => null);
  if (!alone) return found;
  const [along] = shiftBetween(found.matrix, alone.matrix);
  const matrix = found.matrix.map((value, i) => (i % 4 === 3 && i < 12 ? value + found.matrix[i - 3]! * along : value));
  const covariance = [...found.covariance];
  covariance[0] = Math.max(covariance[0]!, alone.covariance[0]!);
  return { ...found, matrix, covariance };
}

/**
 * Takes in the face between electrolyte and foil when it lies where the electrolyte says it should: an electrolyte
 * without texture leaves the shift along the stack to chance, a face that lithium has left would pull it along.
 */
async function callInFace(
  options: AlignOptions,
  cell: Cell,
  rest: Columns,
  found: RegisterResult,
): Promise<RegisterResult | null> {
  const disc = regionColumns(cell, cell.layers.regions.counter, cell.counter);
  if (!disc) return null;
  const nu = cell.shape[2];
  const heights = cell.counter!.heights;
  const face = columnsWhere(cell.shape, (v, u) => {
    const i = v * nu + u;
    if (disc.to[i]! <= disc.from[i]!) return null;
    const h = Math.round(heights[i]!);
    return [h - EDGE, h + EDGE + 1];
  });
  const faceMask = maskOf(cell.shape, [face]);
  const alone = await refine({ ...options, mask: faceMask }, found.matrix, 'shift', 10).catch(() => null);
  if (!alone) return null;
  const apart = shiftBetween(found.matrix, alone.matrix)[0];
  const sigma = Math.sqrt(found.covariance[0]! + alone.covariance[0]!);
  if (Math.abs(apart) > FACE_SIGMAS * sigma || alone.covariance[0]! > found.covariance[0]!) return null;
  return refine({ ...options, mask: maskOf(cell.shape, [rest, face]) }, found.matrix, options.model).catch(() => null);
}

/** Displacement along the stack of the electrolyte within a dozen voxels of the working interface, view voxels. */
async function besideInterface(
  options: AlignOptions,
  cell: Cell,
  found: RegisterResult,
): Promise<{ shift: number; sigma: number } | null> {
  const region = cell.layers.regions.analysis;
  if (region?.kind !== 'cylinder') return null;
  const h = cell.working!.smooth;
  const anchor = h.coefficients[0]!;
  const columns = columnsOf(
    cell,
    {
      kind: 'cylinder',
      center: region.center,
      radius: region.radius,
      range: [anchor + 2 * EDGE, anchor + 2 * EDGE + 12],
      follow: 'surface',
    },
    cell.working,
  );
  const near = await refine({ ...options, mask: maskOf(cell.shape, [columns]) }, found.matrix, 'shift', 6).catch(
    () => null,
  );
  if (!near) return null;
  return { shift: shiftBetween(found.matrix, near.matrix)[0], sigma: Math.sqrt(near.covariance[0]!) };
}

/** How far `to` moves material beyond `from`, in the reference's frame: from⁻¹ · to of a pure shift. */
function shiftBetween(from: Matrix4, to: Matrix4): Triple {
  const d = [to[3]! - from[3]!, to[7]! - from[7]!, to[11]! - from[11]!];
  return [0, 1, 2].map((k) => from[k]! * d[0]! + from[4 + k]! * d[1]! + from[8 + k]! * d[2]!) as Triple;
}

function displacement(m: Matrix4, [s, v, u]: Triple): Triple {
  return [0, 1, 2].map(
    (i) => m[i * 4]! * s + m[i * 4 + 1]! * v + m[i * 4 + 2]! * u + m[i * 4 + 3]! - [s, v, u][i]!,
  ) as Triple;
}

/** Displacements along the stack of the parts of the region, root mean square, less what their own noise makes. */
function residualOf(found: RegisterResult, along: number): number | null {
  let sum = 0;
  let weight = 0;
  for (const part of found.local) {
    sum += part.weight * (part.shift[0] ** 2 - part.sigma ** 2);
    weight += part.weight;
  }
  return weight > 0 ? Math.sqrt(Math.max(0, sum / weight)) * along : null;
}
