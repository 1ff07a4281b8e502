import { AXES, type AxisName, type Triple } from '../geometry.ts';
import { mixed, mixedList } from './keys.ts';
import { crackOf, crackPlace, type MovieProject, shapeOf, stackOf, workingSide } from './project.ts';
import type { CameraPlace } from './storyboard.ts';

/** Half the vertical angle of the picture in 3D; the orthographic view shows the same height at the target. */
export const HALF_ANGLE = (15 * Math.PI) / 180;
/** Share of the picture that a target's ends reach. */
const FILL = 0.92;
/** The least radius that is shown around a crack, as a share of the cell's. */
const LEAST = 0.06;
/** The cell's radius as a multiple of that of the region analysed, which keeps off the wall. */
const BEYOND_ANALYSED = 1.2;
const TURNS = 48;

/** From where the cell is seen, µm, z, y, x: what `Camera` of the viewer has. */
export interface Sight {
  target: Triple;
  position: Triple;
  up: Triple;
  projection: 'perspective' | 'orthographic';
}

const add = (a: Triple, b: Triple, times = 1): Triple => [
  a[0] + times * b[0],
  a[1] + times * b[1],
  a[2] + times * b[2],
];
const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const scaled = (a: Triple, times: number): Triple => [a[0] * times, a[1] * times, a[2] * times];
const unit = (a: Triple): Triple => scaled(a, 1 / Math.hypot(...a));
/** Of z, y, x places, in the hand of x, y, z. */
const cross = ([az, ay, ax]: Triple, [bz, by, bx]: Triple): Triple => [
  ax * by - ay * bx,
  az * bx - ax * bz,
  ay * bz - az * by,
];

const ofAxis = (axis: AxisName): Triple => AXES.map((name) => (name === axis ? 1 : 0)) as Triple;

/** Up is away from the collector; `along` is where an azimuth of 0 looks from, and `across` one of 90. */
function frameOf(project: MovieProject): { up: Triple; along: Triple; across: Triple } {
  const { axis, collectorEnd } = stackOf(project);
  const up = scaled(ofAxis(axis), collectorEnd === 'low' ? 1 : -1);
  const along = ofAxis(axis === 'x' ? 'y' : 'x');
  return { up, along, across: cross(up, along) };
}

/** Middle of the cell, or of its working side, and its half height and radius about the stack, µm. */
function cellOf(project: MovieProject, part: 'cell' | 'working'): { middle: Triple; half: number; radius: number } {
  const { voxelSizeUm } = project.state;
  const { min, max } = part === 'working' ? workingSide(project) : { min: [0, 0, 0], max: shapeOf(project) };
  const stack = AXES.indexOf(stackOf(project).axis);
  const size = max.map((n, k) => (n - min[k]!) * voxelSizeUm[k]!) as Triple;
  const middle = max.map((n, k) => ((n + min[k]! - 1) / 2) * voxelSizeUm[k]!) as Triple;
  const across = size.filter((_, k) => k !== stack);
  const cell = { middle, half: size[stack]! / 2, radius: Math.hypot(...across) / 2 };
  const { analysis } = project.results.recipe.regions ?? {};
  if (part === 'cell' || analysis?.kind !== 'cylinder' || AXES.indexOf(analysis.axis) !== stack) return cell;
  // As large as what was analysed: corners of a field may be empty.
  const others = [0, 1, 2].filter((k) => k !== stack);
  others.forEach((k, i) => {
    middle[k] = analysis.center[i]! * voxelSizeUm[k]!;
  });
  const radius = BEYOND_ANALYSED * analysis.radius * Math.max(...others.map((k) => voxelSizeUm[k]!));
  return { ...cell, radius: Math.min(cell.radius, radius) };
}

/** How far from its middle a cylinder about `up` is seen whole, however it is turned: it must not breathe while it turns. */
function wholeAt(half: number, radius: number, elevation: number, aspect: number): number {
  const slope = Math.tan(HALF_ANGLE) * FILL;
  const [sin, cos] = [Math.sin(elevation), Math.cos(elevation)];
  let distance = 0;
  for (let turn = 0; turn < TURNS; turn++)
    for (const end of [-half, half]) {
      const angle = (2 * Math.PI * turn) / TURNS;
      const [toward, aside] = [radius * Math.cos(angle), radius * Math.sin(angle)];
      const near = toward * cos + end * sin;
      const above = end * cos - toward * sin;
      distance = Math.max(distance, near + Math.max(Math.abs(aside) / (slope * aspect), Math.abs(above) / slope));
    }
  return distance;
}

/** A camera's place in numbers that run from key to key. */
interface Stand {
  target: Triple;
  azimuth: number;
  elevation: number;
  /** Logarithm of the distance, µm: coming nearer looks even. */
  far: number;
  projection: 'perspective' | 'orthographic';
}

/** Where a key of a camera stands; `aspect` is the width of its picture over its height. */
export function standOf(place: CameraPlace, project: MovieProject, aspect: number): Stand {
  const { voxelSizeUm } = project.state;
  const elevation = (place.elevation * Math.PI) / 180;
  const cell = cellOf(project, place.target === 'working' ? 'working' : 'cell');
  let target = cell.middle;
  let whole = wholeAt(cell.half, cell.radius, elevation, aspect);
  if (typeof place.target === 'object' && 'um' in place.target) target = place.target.um;
  else if (typeof place.target === 'object') {
    const crack = crackOf(place.target.crack, project);
    const found = crack && crackPlace(crack);
    if (found) {
      target = found.centre.map((voxel, k) => voxel * voxelSizeUm[k]!) as Triple;
      const reach = Math.hypot(...found.size.map((voxels, k) => voxels * voxelSizeUm[k]!)) / 2;
      const radius = Math.max(reach, LEAST * Math.hypot(cell.half, cell.radius));
      whole = radius / Math.sin(HALF_ANGLE) / FILL / Math.min(1, aspect);
    }
  }
  const { projection = 'perspective' } = place;
  return {
    target,
    azimuth: (place.azimuth * Math.PI) / 180,
    elevation,
    far: Math.log(whole * place.distance),
    projection,
  };
}

export function mixedStands(a: Stand, b: Stand, share: number): Stand {
  return {
    target: mixedList(a.target, b.target, share),
    azimuth: mixed(a.azimuth, b.azimuth, share),
    elevation: mixed(a.elevation, b.elevation, share),
    far: mixed(a.far, b.far, share),
    projection: a.projection,
  };
}

export function sightOf({ target, azimuth, elevation, far, projection }: Stand, project: MovieProject): Sight {
  const { up, along, across } = frameOf(project);
  const out = add(scaled(along, Math.cos(azimuth)), across, Math.sin(azimuth));
  const way = add(scaled(out, Math.cos(elevation)), up, Math.sin(elevation));
  // Turned with the view, so that looking straight down has an up as well.
  const above = add(scaled(up, Math.cos(elevation)), out, -Math.sin(elevation));
  return { target, position: add(target, way, Math.exp(far)), up: above, projection };
}

/** Directions of the picture: to the right, up, and towards the eye. */
function axesOf({ target, position, up }: Sight): { right: Triple; above: Triple; back: Triple } {
  const back = unit(add(position, target, -1));
  const right = unit(cross(up, back));
  return { right, above: cross(back, right), back };
}

/** µm that a pixel covers at the target. */
export function umPerPixel({ target, position }: Sight, height: number): number {
  return (2 * Math.hypot(...add(position, target, -1)) * Math.tan(HALF_ANGLE)) / height;
}

/** Where a place, µm, is seen in a picture: pixels from its upper left, and how many pixels a µm has there; null behind the eye. */
export function seenAt(
  sight: Sight,
  um: Triple,
  width: number,
  height: number,
): { x: number; y: number; pixelsPerUm: number } | null {
  const { right, above, back } = axesOf(sight);
  const from = add(um, sight.position, -1);
  const depth =
    sight.projection === 'orthographic' ? Math.hypot(...add(sight.position, sight.target, -1)) : -dot(from, back);
  if (depth <= 0) return null;
  const pixelsPerUm = height / (2 * depth * Math.tan(HALF_ANGLE));
  return { x: width / 2 + dot(from, right) * pixelsPerUm, y: height / 2 - dot(from, above) * pixelsPerUm, pixelsPerUm };
}

/** How the axes lie in the picture: each a step to the right and down for a unit length. */
export function axesSeen(sight: Sight): { axis: AxisName; right: number; down: number }[] {
  const { right, above } = axesOf(sight);
  return (['x', 'y', 'z'] as const).map((axis) => ({
    axis,
    right: dot(ofAxis(axis), right),
    down: -dot(ofAxis(axis), above),
  }));
}
