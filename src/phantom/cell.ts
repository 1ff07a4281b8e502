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
  PhantomScene,
  PhantomTexture,
  PhantomZone,
  PlaceOf,
  PlaneSpline,
} from '../engine/phantom.ts';
import { phantomCrackVoxels } from '../engine/phantom.ts';
import { type CrackPlan, type CrackSite, crackAt, planCracks } from './cracks.ts';
import { depleted, drawGrowth, type Electrodes, type Growth, layersAt } from './growth.ts';
import { inverseRigid, jumpDirection, type Motion, motionsOf } from './motion.ts';
import { lithiumUm, type Program, programOf } from './program.ts';
import { random, seedOf } from './random.ts';
import type { PhantomSpec } from './spec.ts';
import { combine, type Knots, knotsOver, mapSpline, noiseSpline, splineOf } from './spline.ts';

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

/** The cell at one exposure. */
export interface CellState {
  scene: PhantomScene;
  chargeMahCm2: number;
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
  knots: Knots,
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
  return { scene, chargeMahCm2, crackPlans };
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
