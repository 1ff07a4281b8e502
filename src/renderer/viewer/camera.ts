import { Matrix4, Quaternion, Vector3, Vector4 } from 'three';
import type { AxisName, Triple } from '../../core/geometry.ts';
import type { Camera } from './view.ts';
import type { Sight } from './wanted.ts';

/** Half the vertical angle of the perspective; the orthographic view shows the same height at the target. */
const HALF_ANGLE = (15 * Math.PI) / 180;
/** Share of the picture that a volume's corners reach. */
const FILL = 0.92;
const AXIS: Record<AxisName, Triple> = { z: [1, 0, 0], y: [0, 1, 0], x: [0, 0, 1] };

/** x, y, z from z, y, x and back. */
export const vector = ([z, y, x]: Triple): Vector3 => new Vector3(x, y, z);
export const triple = ({ x, y, z }: Vector3): Triple => [z, y, x];

/** Half the diagonal of a volume, and its middle, µm. */
export function extentOf(shape: Triple, voxelSizeUm: Triple): { middle: Triple; radius: number } {
  const size = shape.map((n, axis) => n * voxelSizeUm[axis]!) as Triple;
  return {
    middle: size.map((um, axis) => um / 2 - voxelSizeUm[axis]! / 2) as Triple,
    radius: Math.hypot(...size) / 2,
  };
}

/** A camera that sees a whole volume obliquely from above; `aspect` is the width of the picture over its height. */
export function firstCamera(
  shape: Triple,
  voxelSizeUm: Triple,
  { axis, end }: { axis: AxisName; end: 'low' | 'high' } = { axis: 'z', end: 'high' },
  aspect = 1,
): Camera {
  const { middle } = extentOf(shape, voxelSizeUm);
  const up = vector(AXIS[axis]).multiplyScalar(end === 'high' ? 1 : -1);
  const side = vector(AXIS[axis === 'x' ? 'y' : 'x']);
  const front = new Vector3().crossVectors(side, up);
  const way = side.multiplyScalar(0.62).add(front.multiplyScalar(-0.95)).addScaledVector(up, 0.62).normalize();
  const distance = fittingDistance(way, up, shape, voxelSizeUm, aspect);
  const position = vector(middle).addScaledVector(way, distance);
  return { target: middle, position: triple(position), up: triple(up), projection: 'perspective' };
}

/** How far along `way` from its middle a volume is seen whole. */
function fittingDistance(way: Vector3, up: Vector3, shape: Triple, voxelSizeUm: Triple, aspect: number): number {
  const right = new Vector3().crossVectors(up, way).normalize();
  const above = new Vector3().crossVectors(way, right);
  const half = vector(shape.map((n, axis) => (n * voxelSizeUm[axis]!) / 2) as Triple);
  const slope = Math.tan(HALF_ANGLE) * FILL;
  let distance = 0;
  for (let bits = 0; bits < 8; bits++) {
    const corner = half.clone().multiply(new Vector3(bits & 1 ? 1 : -1, bits & 2 ? 1 : -1, bits & 4 ? 1 : -1));
    const wide = Math.abs(corner.dot(right)) / (slope * aspect);
    const high = Math.abs(corner.dot(above)) / slope;
    distance = Math.max(distance, corner.dot(way) + Math.max(wide, high));
  }
  return distance;
}

/** What takes µm to clip space in two steps: `view` is where the eye stands and how it is turned. */
export interface SightMatrices {
  projection: Matrix4;
  view: Matrix4;
}

/** Matrices of a camera for a picture `width` by `height`; `shift` moves the picture by parts of a pixel. */
export function sightOf(
  camera: Camera,
  shape: Triple,
  voxelSizeUm: Triple,
  width: number,
  height: number,
  shift: readonly [number, number] = [0, 0],
): Sight & SightMatrices & { fromClip: Matrix4; key: Vector3 } {
  const eye = vector(camera.position);
  const target = vector(camera.target);
  const { middle, radius } = extentOf(shape, voxelSizeUm);
  const view = new Matrix4().lookAt(eye, target, vector(camera.up)).setPosition(eye);
  const distance = Math.max(eye.distanceTo(target), radius * 1e-6);
  const away = eye.distanceTo(vector(middle));
  const far = away + radius * 1.5;
  const orthographic = camera.projection === 'orthographic';
  const projection = new Matrix4();
  if (orthographic) {
    const half = distance * Math.tan(HALF_ANGLE);
    const wide = (half * width) / height;
    projection.makeOrthographic(-wide, wide, half, -half, away - radius * 1.5, far);
  } else {
    const near = Math.max(away - radius * 1.5, radius * 1e-3);
    const half = near * Math.tan(HALF_ANGLE);
    const wide = (half * width) / height;
    projection.makePerspective(-wide, wide, half, -half, near, far);
  }
  projection.premultiply(new Matrix4().makeTranslation((2 * shift[0]) / width, (2 * shift[1]) / height, 0));
  const toClip = projection.clone().multiply(new Matrix4().copy(view).invert());
  const key = new Vector3(-0.45, 0.75, 0.6).normalize().transformDirection(view);
  const pixelUm = (2 * Math.tan(HALF_ANGLE) * (orthographic ? distance : 1)) / height;
  return { projection, view, toClip, fromClip: toClip.clone().invert(), eye, pixelUm, orthographic, key };
}

/** Pixels that a box of voxels covers at most, half open from the lower left; all where a corner lies behind the eye. */
export function pixelsOf(
  toClip: Matrix4,
  low: Triple,
  high: Triple,
  voxelSizeUm: Triple,
  width: number,
  height: number,
) {
  let [left, bottom, right, top] = [1, 1, -1, -1];
  for (let corner = 0; corner < 8; corner++) {
    const um = [0, 1, 2].map((k) => (((corner >> k) & 1 ? high[k]! : low[k]!) - 0.5) * voxelSizeUm[k]!) as Triple;
    const at = new Vector4(um[2], um[1], um[0], 1).applyMatrix4(toClip);
    if (at.w <= 0) return { left: 0, bottom: 0, right: width, top: height };
    [left, bottom] = [Math.min(left, at.x / at.w), Math.min(bottom, at.y / at.w)];
    [right, top] = [Math.max(right, at.x / at.w), Math.max(top, at.y / at.w)];
  }
  const pixel = (at: number, size: number, round: (n: number) => number) =>
    Math.max(0, Math.min(size, round(((at + 1) / 2) * size)));
  return {
    left: pixel(left, width, (n) => Math.floor(n) - 1),
    bottom: pixel(bottom, height, (n) => Math.floor(n) - 1),
    right: pixel(right, width, (n) => Math.ceil(n) + 1),
    top: pixel(top, height, (n) => Math.ceil(n) + 1),
  };
}

/** µm that a CSS pixel covers at the target. */
export function umPerPixel({ position, target }: Camera, height: number): number {
  return (2 * vector(position).distanceTo(vector(target)) * Math.tan(HALF_ANGLE)) / height;
}

function axes({ position, target, up }: Camera): { right: Vector3; above: Vector3; back: Vector3 } {
  const back = vector(position).sub(vector(target)).normalize();
  const right = new Vector3().crossVectors(vector(up), back).normalize();
  return { right, above: new Vector3().crossVectors(back, right), back };
}

/** Turned around its target by angles to the right and down, radians; the poles are no obstacle. */
export function turned(camera: Camera, right: number, down: number): Camera {
  const own = axes(camera);
  const turn = new Quaternion()
    .setFromAxisAngle(own.above, -right)
    .multiply(new Quaternion().setFromAxisAngle(own.right, -down));
  const offset = vector(camera.position).sub(vector(camera.target)).applyQuaternion(turn);
  return {
    ...camera,
    position: triple(offset.add(vector(camera.target))),
    up: triple(own.above.applyQuaternion(turn)),
  };
}

/** Moved across the view, so that what is seen follows the pointer; CSS pixels. */
export function panned(camera: Camera, right: number, down: number, height: number): Camera {
  const { right: x, above: y } = axes(camera);
  const um = umPerPixel(camera, height);
  const shift = x.multiplyScalar(-right * um).addScaledVector(y, down * um);
  return {
    ...camera,
    target: triple(vector(camera.target).add(shift)),
    position: triple(vector(camera.position).add(shift)),
  };
}

/** Nearer by `factor` (above 1) or farther, keeping in place what lies `right`, `down` CSS pixels from the middle. */
export function zoomed(camera: Camera, factor: number, right = 0, down = 0, height = 1): Camera {
  const moved =
    right === 0 && down === 0 ? camera : panned(camera, -right * (1 - 1 / factor), -down * (1 - 1 / factor), height);
  const target = vector(moved.target);
  const offset = vector(moved.position).sub(target).divideScalar(factor);
  return { ...moved, position: triple(offset.add(target)) };
}

/** Looking along an axis, from its low or high end, as far away as before. */
export function along(camera: Camera, axis: AxisName, end: 'low' | 'high'): Camera {
  const distance = vector(camera.position).distanceTo(vector(camera.target));
  const way = vector(AXIS[axis]).multiplyScalar(end === 'high' ? 1 : -1);
  const up = axis === 'z' ? new Vector3(0, -1, 0) : new Vector3(0, 0, 1);
  return { ...camera, position: triple(vector(camera.target).addScaledVector(way, distance)), up: triple(up) };
}
