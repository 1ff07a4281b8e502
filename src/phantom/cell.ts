import {
  fileToView,
  type Matrix4,
  multiply,
  type Orientation,
  orientationOf,
  type Triple,
  viewToFile,
} from '../core/geometry.ts';
import type {
  PhantomMaterial,
  PhantomOptics,
  PhantomScene,
  PhantomTexture,
  PhantomZone,
  PlaceOf,
  PlaneSpline,
} from '../engine/phantom.ts';
import { phantomCrackVoxels } from '../engine/phantom.ts';
import { type CrackPlan, type CrackSite, crackAt, planCracks } from './cracks.ts';
import { inverseRigid, jumpDirection, type Motion, motionsOf } from './motion.ts';
import { lithiumUm, type Program, programOf } from './program.ts';
import { random, seedOf } from './random.ts';
import type { PhantomSpec } from './spec.ts';
import { combine, knotsOver, mapSpline, noiseSpline, splineOf, valueAt } from './spline.ts';

/** Pairs of surfaces of the scene between which lithium and void lie. */
export const LAYERS = { working: [0, 1], void: [1, 2], counter: [3, 4] } as const satisfies Record<
  string,
  [number, number]
>;

/** A cell drawn from its plan: everything that does not change from scan to scan. */
export interface Cell {
  spec: PhantomSpec;
  program: Program;
  motions: Motion[];
  orientation: Orientation;
  /** Of the file: z, y, x. */
  shape: Triple;
  grey: Record<PhantomMaterial, number>;
  texture: PhantomTexture | null;
  /** A point (s, v, u) of the cylinder's axis, µm. */
  axisUm: Triple;
  lean: [number, number];
  radiusUm: number;
  wallRadiusUm: number;
  counterRadiusUm: number;
  electrodes: Electrodes;
  /** Heights before any charge, µm over (v, u) in µm. */
  surfaces: { workingFoil: PlaneSpline; working: PlaneSpline; counter: PlaneSpline; back: PlaneSpline };
  growth: Growth;
  cracks: CrackPlan[];
  site: CrackSite;
  blur: number;
  flawScan: number | null;
}

/** The discs of the electrodes, as far as they are seen, where their lithium changes, µm. */
type Electrodes = Record<'working' | 'counter', { centre: [number, number]; radiusUm: number }>;

/** Patterns of lithium over the plane; each has the mean 1 over its electrode. */
interface Growth {
  early: PlaneSpline;
  late: PlaneSpline;
  residue: PlaneSpline;
  again: PlaneSpline;
  voids: PlaneSpline;
  voidUm: number;
  counter: PlaneSpline;
}

/** The cell at one exposure. */
export interface CellState {
  scene: PhantomScene;
  chargeMahCm2: number;
  /** Mean lithium on the working electrode and void beside it, µm, as asked of the scene. */
  lithiumUm: number;
  voidUm: number;
  /** Index into `cracks` of the cell for each crack of the scene. */
  crackPlans: number[];
}

/** Draws a cell from its plan: same plan, same cell. */
export function drawCell(spec: PhantomSpec): Cell {
  const { seed, field, voxelUm: voxel } = spec;
  const program = programOf(spec);
  const motions = motionsOf(spec);
  const orientation = orientationOf(spec.axis, spec.collectorEnd);
  const shape = [0, 0, 0] as Triple;
  orientation.axis.forEach((file, k) => {
    shape[file] = field[k]!;
  });

  const place = random(seed, 'place');
  const toward = spec.jump ? jumpDirection(spec) : [0, 0];
  const jumped = spec.jump ? spec.jump.voxels / 2 : 0;
  const offset = () => place.uniform(-2, 2);
  const heights = spec.interfaces.map((part) => part * field[0] * voxel + place.uniform(-1.5, 1.5) * voxel) as Triple;
  const axisUm: Triple = [
    heights[0],
    ((field[1] - 1) / 2 + offset() - toward[0]! * jumped) * voxel,
    ((field[2] - 1) / 2 + offset() - toward[1]! * jumped) * voxel,
  ];
  const radiusUm = spec.radius * place.uniform(0.97, 1) * voxel;
  const wallRadiusUm = radiusUm + spec.wall * voxel;
  const counterRadiusUm = radiusUm * spec.counterRadius;

  const margin = (spec.jump?.voxels ?? 0) + 3 * spec.shift + 0.06 * field[0] + 12;
  const knots = knotsOver(
    [-margin * voxel, -margin * voxel],
    [(field[1] + margin) * voxel, (field[2] + margin) * voxel],
    Math.min(2 * voxel, 3.4),
  );
  const surfaces = drawSurfaces(spec, knots, heights, axisUm, radiusUm);
  const leanAngle = (place.uniform(0, 0.3) * Math.PI) / 180;
  const leanTo = place.uniform(0, 2 * Math.PI);
  const lean: [number, number] = [Math.tan(leanAngle) * Math.cos(leanTo), Math.tan(leanAngle) * Math.sin(leanTo)];
  const onAxis = (s: number): [number, number] => [
    axisUm[1] + lean[0] * (s - axisUm[0]),
    axisUm[2] + lean[1] * (s - axisUm[0]),
  ];
  // Of a pellet wider than the field only what is seen can be given a mean.
  const seen = (Math.min(field[1], field[2]) / 2) * voxel;
  const electrodes = {
    working: { centre: onAxis(heights[0]), radiusUm: Math.min(radiusUm, seen) },
    counter: {
      centre: onAxis(spec.counterMoves === 'back' ? heights[2] : heights[1]),
      radiusUm: Math.min(counterRadiusUm, seen),
    },
  };
  const growth = drawGrowth(spec, knots, electrodes);

  const site: CrackSite = {
    centre: [axisUm[1], axisUm[2]],
    radius: Math.min(radiusUm, 0.84 * seen),
    counterRadius: Math.min(counterRadiusUm, 0.84 * seen),
    electrolyteUm: heights[1] - heights[0],
  };
  const replating = program.exposures.filter((e) => e.phase === 'replating').map((e) => e.progress);
  const flaw = random(seed, 'flaw');
  return {
    spec,
    program,
    motions,
    orientation,
    shape,
    grey: drawGreys(seed),
    texture: spec.texture > 0 ? drawTexture(spec) : null,
    axisUm,
    lean,
    radiusUm,
    wallRadiusUm,
    counterRadiusUm,
    electrodes,
    surfaces,
    growth,
    cracks: planCracks(spec, site, replating),
    site,
    blur: random(seed, 'blur').uniform(...spec.blur),
    flawScan: spec.flaw === null ? null : 1 + Math.floor(flaw.uniform(0, spec.scans - 1)),
  };
}

function drawGreys(seed: number): Record<PhantomMaterial, number> {
  const draw = random(seed, 'grey');
  const about = (grey: number) => grey * draw.uniform(0.9, 1.1);
  const collector = about(42000);
  const lithium = about(7000);
  return {
    collector,
    electrolyte: about(23000),
    lithium,
    void: lithium * draw.uniform(0.55, 0.8),
    copper: collector * draw.uniform(0.97, 1.01),
    wall: about(12500),
    air: about(1500),
  };
}

function drawTexture(spec: PhantomSpec): PhantomTexture {
  const draw = random(spec.seed, 'texture');
  // Coarser voxels see coarser powder, so that no grain falls through the sampling.
  const scale = Math.max(1, spec.voxelUm / 1.625);
  const contrast = (low: number, high: number) => spec.texture * draw.uniform(low, high);
  return {
    seed: seedOf(spec.seed, 'texture'),
    grainUm: scale * draw.uniform(14, 26),
    grainContrast: contrast(0.03, 0.05),
    grainEdgeUm: 0.5 * spec.voxelUm,
    particleUm: scale * draw.uniform(4.5, 6.5),
    particleContrast: contrast(0.01, 0.02),
    patchUm: scale * draw.uniform(45, 80),
    patchShare: draw.uniform(0.15, 0.35),
    patchContrast: contrast(0.04, 0.08),
    poreCellUm: scale * 13,
    poreShare: draw.uniform(0.03, 0.08),
    poreShareInPatch: draw.uniform(0.25, 0.45),
    poreRadiusUm: [scale * 1.4, scale * 4],
    poreContrast: contrast(0.4, 0.6),
    poreEdgeUm: 0.45 * spec.voxelUm,
    metalUm: scale * draw.uniform(7, 12),
    metalContrast: contrast(0.004, 0.01),
    wallUm: scale * 14,
    wallContrast: contrast(0.003, 0.008),
  };
}

function drawSurfaces(
  spec: PhantomSpec,
  knots: Parameters<typeof splineOf>[0],
  heights: Triple,
  axisUm: Triple,
  radiusUm: number,
): Cell['surfaces'] {
  const draw = random(spec.seed, 'surfaces');
  const half = (Math.min(spec.field[1], spec.field[2]) / 2) * spec.voxelUm;
  const span = Math.min(radiusUm, half);
  const tilt = (spec.tiltDeg * draw.uniform(0.2, 1) * Math.PI) / 180;
  const direction = draw.uniform(0, 2 * Math.PI);
  const dome = spec.domeUm * draw.uniform(0.2, 1) * draw.pick([-1, 1]);
  const rms = draw.uniform(...spec.roughnessUm);
  const length = draw.uniform(10, 30);
  const rough = (name: string, amount: number, correlation: number) =>
    combine([amount, noiseSpline(knots, random(spec.seed, `roughness/${name}`), correlation)]);
  const shaped = (height: number, tilted: number, turned: number, domed: number) =>
    splineOf(knots, (v, u) => {
      const dv = v - axisUm[1];
      const du = u - axisUm[2];
      const slope = Math.tan(tilted) * (dv * Math.cos(turned) + du * Math.sin(turned));
      return height + slope + domed * (0.5 - (dv * dv + du * du) / (span * span));
    });
  const milli = (0.25 * Math.PI) / 180;
  const working = combine(
    [1, shaped(heights[0], tilt, direction, dome)],
    [1, rough('working', rms, length)],
    [0.3, rough('working-long', rms, 3 * length)],
  );
  const counterShape = shaped(
    heights[1],
    tilt + milli * draw.uniform(-1, 1),
    direction + draw.uniform(-0.1, 0.1),
    dome * draw.uniform(0.4, 0.9),
  );
  const counter = combine([1, counterShape], [1, rough('counter', 0.7 * rms, draw.uniform(10, 30))]);
  const back = combine(
    [1, counterShape],
    [1, splineOf(knots, () => heights[2] - heights[1])],
    [1, rough('back', 0.6, 40)],
  );
  const workingFoil = combine(
    [1, shaped(heights[0] - spec.workingFoil * spec.voxelUm, tilt, direction, dome)],
    [1, rough('foil', 0.6, 40)],
  );
  return { workingFoil, working, counter, back };
}

function drawGrowth(
  spec: PhantomSpec,
  knots: Parameters<typeof splineOf>[0],
  { working, counter }: Electrodes,
): Growth {
  const draw = random(spec.seed, 'growth');
  const reach = working.radiusUm;
  const pattern = spec.pattern === 'any' ? draw.pick(['edge', 'centre', 'islands'] as const) : spec.pattern;
  const radial = (r: number): number => {
    const t = Math.min(r / reach, 1) ** 3;
    if (pattern === 'edge') return 0.45 + 1.1 * t;
    if (pattern === 'centre') return 1.5 - 1.1 * t;
    return 1;
  };
  const field = (name: string, length: number) => noiseSpline(knots, random(spec.seed, `growth/${name}`), length);
  const short = draw.uniform(25, 45);
  const bumpy = pattern === 'islands' ? 0.8 : 0.55;
  // What a pattern is made of: a floor, noise about it, how far it follows the radial trend, and what it never passes.
  const on = (
    electrode: Electrodes['working'],
    noise: PlaneSpline,
    floor: number,
    amount: number,
    trend: number,
    most: number,
  ) =>
    normalised(
      mapSpline(noise, (c, v, u) => {
        const r = Math.hypot(v - electrode.centre[0], u - electrode.centre[1]);
        return Math.min(most, Math.max(0, floor + amount * c)) * (1 + trend * (radial(r) - 1));
      }),
      electrode,
      spec.voxelUm,
    );
  const die = spec.collectorMoves === 'die';
  const even = splineOf(knots, () => 1);
  return {
    early: die ? even : on(working, field('early', short), 0.7, bumpy, 1, 2.6),
    late: die ? even : on(working, field('late', 2 * short), 1, 0.25, 0.5, 2),
    residue: die ? even : on(working, field('residue', short), 0.2, 0.8, 1, 2.6),
    again: die ? even : on(working, field('again', short), 0.6, bumpy, 1, 2.6),
    voids: normalised(spots(field('voids', 0.7 * short), working), working, spec.voxelUm),
    voidUm: die ? 0 : spec.plating * draw.uniform(...spec.voidUm),
    counter: spec.depletion
      ? on(counter, field('counter', 1.2 * short), 0.5, 0.9, 0, 4)
      : on(counter, field('counter', 2 * short), 1, 0.3, 0, 1.9),
  };
}

/** What of a field lies above its upper quartile over a disc. */
function spots(field: PlaneSpline, { centre, radiusUm }: Electrodes['working']): PlaneSpline {
  const inside: number[] = [];
  mapSpline(field, (c, v, u) => {
    if (Math.hypot(v - centre[0], u - centre[1]) <= radiusUm) inside.push(c);
    return c;
  });
  const quartile = inside.sort((a, b) => a - b)[Math.floor(0.75 * inside.length)]!;
  return mapSpline(field, (c) => Math.max(0, c - quartile));
}

/** Visits rings of points that share a disc's area, about half a voxel apart; `area` is the part of the disc of each. */
function overDisc(
  { centre, radiusUm }: Electrodes['working'],
  voxelUm: number,
  visit: (v: number, u: number, area: number) => void,
): void {
  const rings = Math.min(400, Math.ceil((2 * radiusUm) / voxelUm));
  for (let k = 0; k < rings; k++) {
    const r = ((k + 0.5) / rings) * radiusUm;
    const points = Math.max(8, Math.ceil(2 * Math.PI * (k + 0.5)));
    const area = (2 * k + 1) / rings ** 2 / points;
    for (let n = 0; n < points; n++) {
      const phi = (2 * Math.PI * (n + 0.5 * (k % 2))) / points;
      visit(centre[0] + r * Math.cos(phi), centre[1] + r * Math.sin(phi), area);
    }
  }
}

/** A map scaled to the mean 1 over a disc. */
function normalised(map: PlaneSpline, disc: Electrodes['working'], voxelUm: number): PlaneSpline {
  let mean = 0;
  overDisc(disc, voxelUm, (v, u, area) => {
    mean += area * valueAt(map, v, u);
  });
  return combine([1 / mean, map]);
}

/** The cell in the middle of an exposure. */
export async function cellAt(cell: Cell, scan: number): Promise<CellState> {
  const { spec, program, growth, surfaces } = cell;
  const exposure = program.exposures[scan]!;
  const chargeMahCm2 =
    program.chargeAt((exposure.startH + exposure.endH) / 2) -
    program.chargeAt((program.exposures[0]!.startH + program.exposures[0]!.endH) / 2);
  const replated = exposure.phase === 'replating' ? exposure.progress : 0;
  const crackPlans: number[] = [];
  const cracks = cell.cracks.flatMap((plan, index) => {
    const crack =
      exposure.phase === 'replating'
        ? crackAt(plan, replated, { working: surfaces.working, counter: surfaces.counter }, cell.site, spec)
        : null;
    if (crack) crackPlans.push(index);
    return crack ? [crack] : [];
  });
  const scene: PhantomScene = {
    voxelUm: spec.voxelUm,
    axisUm: cell.axisUm,
    lean: cell.lean,
    surfaces: [surfaces.working, surfaces.working, surfaces.working, surfaces.counter, surfaces.back],
    zones: [],
    cracks,
    grey: cell.grey,
    texture: cell.texture,
    collectorShiftUm: 0,
    collectorShade: shadeOf(cell, scan),
  };
  if (spec.cell === 'symmetric') scene.surfaces[0] = surfaces.workingFoil;
  scene.zones = zonesOf(cell, scene);

  // Lithium in cracks has been plated too: what the charge made is shared between cracks and electrode.
  const inCracks = { working: 0, counter: 0 };
  if (spec.crackFill === 'lithium' && cracks.length > 0) {
    const voxels = await phantomCrackVoxels(scene);
    for (let i = 0; i < voxels.part.length; i++)
      inCracks[cell.cracks[crackPlans[voxels.crack[i]!]!]!.electrode] += voxels.part[i]! * spec.voxelUm ** 3;
  }
  const workingArea = Math.PI * cell.radiusUm ** 2;
  const counterArea = Math.PI * cell.counterRadiusUm ** 2;
  const meanUm = Math.max(0, lithiumUm(chargeMahCm2) - inCracks.working / workingArea);
  const lostUm = (lithiumUm(chargeMahCm2) * workingArea + inCracks.counter) / counterArea;

  const { film, voids } = layersAt(cell, scan, meanUm);
  const voidUm = voidAt(cell, scan);
  const gone = combine([depleted(cell, lostUm), growth.counter]);
  if (spec.cell === 'symmetric') {
    scene.surfaces[1] = combine([1, surfaces.working], [1, film]);
    scene.surfaces[2] = combine([1, surfaces.working], [1, film], [1, voids]);
  } else {
    scene.surfaces[0] = combine([1, surfaces.working], [-1, voids], [-1, film]);
    scene.surfaces[1] = combine([1, surfaces.working], [-1, voids]);
  }
  if (spec.counterMoves === 'back') scene.surfaces[4] = combine([1, surfaces.back], [-1, gone]);
  else scene.surfaces[3] = combine([1, surfaces.counter], [1, gone]);
  if (spec.collectorMoves === 'die') scene.collectorShiftUm = -meanUm;
  return { scene, chargeMahCm2, lithiumUm: meanUm, voidUm, crackPlans };
}

function zonesOf(cell: Cell, scene: PhantomScene): PhantomZone[] {
  const symmetric = cell.spec.cell === 'symmetric';
  const low: PhantomMaterial[] = symmetric ? ['copper', 'lithium', 'void'] : ['collector', 'lithium', 'void'];
  const zones: PhantomZone[] = [
    {
      radiusUm: cell.counterRadiusUm,
      surfaces: [0, 1, 2, 3, 4],
      materials: [...low, 'electrolyte', 'lithium', 'copper'],
    },
  ];
  if (cell.counterRadiusUm < cell.radiusUm) {
    scene.surfaces.push(cell.surfaces.back);
    zones.push({ radiusUm: cell.radiusUm, surfaces: [0, 1, 2, 5], materials: [...low, 'electrolyte', 'copper'] });
  }
  zones.push(
    { radiusUm: cell.wallRadiusUm, surfaces: [], materials: ['wall'] },
    { radiusUm: 0, surfaces: [], materials: ['air'] },
  );
  return zones;
}

/** Lithium and void at the working electrode as maps: uneven where it is young, evener as it grows. */
function layersAt(cell: Cell, scan: number, meanUm: number): { film: PlaneSpline; voids: PlaneSpline } {
  const { growth, program } = cell;
  const { phase, progress } = program.exposures[scan]!;
  const voids = combine([voidAt(cell, scan), growth.voids]);
  const plated = lithiumUm(program.plated);
  const left = lithiumUm(program.left);
  const mixed = (early: PlaneSpline, mean: number, evenness: number): [number, PlaneSpline][] => [
    [mean * (1 - evenness), early],
    [mean * evenness, growth.late],
  ];
  const evenAt = (mean: number) => (plated > 0 ? 0.6 * Math.min(1, mean / plated) : 0);
  if (phase === 'stripping') {
    const kept = Math.min(meanUm, left * progress);
    return { film: combine([kept, growth.residue], ...mixed(growth.early, meanUm - kept, evenAt(plated))), voids };
  }
  if (phase === 'replating') {
    const kept = Math.min(meanUm, left);
    const more = meanUm - kept;
    return { film: combine([kept, growth.residue], ...mixed(growth.again, more, evenAt(more))), voids };
  }
  return { film: combine(...mixed(growth.early, meanUm, evenAt(meanUm))), voids };
}

/** Mean void: stripping opens it, plating closes two thirds of it again. */
function voidAt(cell: Cell, scan: number): number {
  const { phase, progress } = cell.program.exposures[scan]!;
  if (phase === 'stripping') return cell.growth.voidUm * progress ** 2;
  if (phase === 'replating') return cell.growth.voidUm * (1 - (2 / 3) * progress);
  return 0;
}

/** The factor on the counter electrode's pattern at which the foil, no thicker than it is, has lost `lostUm` in the mean. */
function depleted(cell: Cell, lostUm: number): number {
  const { growth, surfaces } = cell;
  const pattern: number[] = [];
  const foil: number[] = [];
  const areas: number[] = [];
  overDisc(cell.electrodes.counter, cell.spec.voxelUm, (v, u, area) => {
    areas.push(area);
    pattern.push(valueAt(growth.counter, v, u));
    foil.push(valueAt(surfaces.back, v, u) - valueAt(surfaces.counter, v, u));
  });
  const lostAt = (factor: number) => pattern.reduce((sum, p, i) => sum + areas[i]! * Math.min(factor * p, foil[i]!), 0);
  if (Math.abs(lostAt(lostUm) - lostUm) <= 1e-9 * Math.abs(lostUm)) return lostUm;
  let [low, high] = [lostUm, 100 * lostUm];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (lostAt(middle) < lostUm) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function shadeOf(cell: Cell, scan: number): PlaneSpline | null {
  const { spec } = cell;
  if (spec.shading === 0) return null;
  const wide = (0.6 * Math.min(spec.field[1], spec.field[2]) * spec.voxelUm) / 2;
  const noise = noiseSpline(cell.surfaces.working, random(spec.seed, `shading/${scan}`), wide);
  return mapSpline(noise, (c) => spec.shading * Math.tanh(c));
}

/** Where the reference's voxels have gone in a scan: 4×4 in the file's z, y, x. */
export function registrationOf(cell: Cell, scan: number): Matrix4 {
  const { shape, orientation, motions } = cell;
  return multiply(viewToFile(shape, orientation), multiply(motions[scan]!.matrix, fileToView(shape, orientation)));
}

/** The place in the cell of each voxel of a scan's file. */
export function placeOf(cell: Cell, scan: number): PlaceOf {
  const toView = multiply(fileToView(cell.shape, cell.orientation), inverseRigid(registrationOf(cell, scan)));
  return toView.slice(0, 12).map((c) => c * cell.spec.voxelUm);
}

/** What the beamline does to a scan. */
export function opticsOf(cell: Cell, scan: number): PhantomOptics {
  const { spec, orientation } = cell;
  const draw = random(spec.seed, `optics/${scan}`);
  const gain = spec.brightness * (1 + spec.gain * draw.uniform(-1, 1));
  const offset = spec.offset * draw.uniform(-1, 1);
  const halo = spec.halo * (1 + 0.1 * draw.uniform(-1, 1));
  const black = draw.uniform(0, 3000);
  const white = spec.brightness * draw.uniform(50000, 60000);
  const where = random(spec.seed, 'flaw where');
  const flaw = cell.flawScan === scan ? spec.flaw : null;
  const slices = (share: number): [number, number] => {
    const count = Math.round(share * spec.field[0]);
    const first = Math.floor(where.uniform(0.15, 0.85 - share) * spec.field[0]);
    return orientation.flip[0] ? [spec.field[0] - first - count, spec.field[0] - first] : [first, first + count];
  };
  const turn = where.uniform(0, 2 * Math.PI);
  const moved = flaw === 'motion' ? 4 : 0;
  return {
    shape: cell.shape,
    stackAxis: orientation.axis[0],
    blur: cell.blur,
    fringe: spec.fringe,
    fringeWidth: 2,
    halo,
    haloWidth: 22,
    haloLevel: cell.grey.electrolyte,
    cupping: spec.cupping,
    cuppingRadiusUm: cell.wallRadiusUm,
    rings: spec.rings,
    ringsSeed: seedOf(spec.seed, 'rings'),
    drift: [moved * Math.cos(turn), moved * Math.sin(turn)],
    centreError: flaw === 'wrong-centre' ? 3 : 0,
    turned: flaw === 'missing-wedge' ? 2 / 3 : 1,
    noise: spec.noise,
    noiseWidth: spec.noiseWidth,
    burst: flaw === 'noise-burst' ? slices(0.33) : [0, 0],
    burstNoise: flaw === 'noise-burst' ? Math.max(5000, 4 * spec.noise) : 0,
    lost: flaw === 'lost-slices' ? slices(0.08) : [0, 0],
    noiseSeed: seedOf(spec.seed, `noise/${scan}`),
    gain,
    offset,
    type: spec.type,
    black,
    white,
  };
}
