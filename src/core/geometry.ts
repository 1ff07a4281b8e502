/** Axes, boxes and cylinders of a volume. Arrays are indexed z, y, x; the centre of the first voxel is (0, 0, 0). */

export type Triple = [number, number, number];
export type AxisName = 'z' | 'y' | 'x';
export const AXES: readonly AxisName[] = ['z', 'y', 'x'];

/** Half open: `min` is inside, `max` outside. */
export interface Box {
  kind: 'box';
  min: Triple;
  max: Triple;
}

/** `center` in the two in-plane axes in z, y, x order; `range` is half open along the axis. */
export interface Cylinder {
  kind: 'cylinder';
  axis: AxisName;
  center: [number, number];
  radius: number;
  range: [number, number];
  follow: 'surface' | 'plane' | 'none';
}

export type Region = Box | Cylinder;

/**
 * How the analysis sees a file's voxels: as (s, v, u), s from the working to the counter electrode. View axis k is file
 * axis `axis[k]`, backwards where `flip[k]`.
 */
export interface Orientation {
  axis: Triple;
  flip: [boolean, boolean, boolean];
}

/** The orientation of a cell whose stack runs along `stack`, the working electrode at its low or high end. */
export function orientationOf(stack: AxisName, workingEnd: 'low' | 'high'): Orientation {
  const first = AXES.indexOf(stack);
  const others = [0, 1, 2].filter((axis) => axis !== first);
  return { axis: [first, others[0]!, others[1]!], flip: [workingEnd === 'high', false, false] };
}

/** Shape of a volume seen through an orientation. */
export function orientedShape(shape: Triple, { axis }: Orientation): Triple {
  return [shape[axis[0]]!, shape[axis[1]]!, shape[axis[2]]!];
}

/** A 4×4 row-major homogeneous matrix acting on (z, y, x, 1). */
export type Matrix4 = number[];
export const IDENTITY: Matrix4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

export function multiply(a: Matrix4, b: Matrix4): Matrix4 {
  const product = new Array<number>(16).fill(0);
  for (let row = 0; row < 4; row++)
    for (let column = 0; column < 4; column++)
      for (let k = 0; k < 4; k++) product[row * 4 + column]! += a[row * 4 + k]! * b[k * 4 + column]!;
  return product;
}

/** Angle by which a motion turns, degrees; a change of scale is left out. */
export function rotationOf(m: Matrix4): number {
  const scale = Math.cbrt(
    m[0]! * (m[5]! * m[10]! - m[6]! * m[9]!) -
      m[1]! * (m[4]! * m[10]! - m[6]! * m[8]!) +
      m[2]! * (m[4]! * m[9]! - m[5]! * m[8]!),
  );
  const skew = Math.hypot(m[9]! - m[6]!, m[2]! - m[8]!, m[4]! - m[1]!) / (2 * scale);
  const trace = (m[0]! + m[5]! + m[10]!) / scale - 1;
  return (Math.atan2(skew, trace / 2) * 180) / Math.PI;
}

/** File coordinates from view coordinates of a volume of the given file shape. */
export function viewToFile(shape: Triple, { axis, flip }: Orientation): Matrix4 {
  const matrix = new Array<number>(16).fill(0);
  for (let k = 0; k < 3; k++) {
    const file = axis[k]!;
    matrix[file * 4 + k] = flip[k] ? -1 : 1;
    matrix[file * 4 + 3] = flip[k] ? shape[file]! - 1 : 0;
  }
  matrix[15] = 1;
  return matrix;
}

/** View coordinates from file coordinates. */
export function fileToView(shape: Triple, { axis, flip }: Orientation): Matrix4 {
  const matrix = new Array<number>(16).fill(0);
  for (let k = 0; k < 3; k++) {
    const file = axis[k]!;
    matrix[k * 4 + file] = flip[k] ? -1 : 1;
    matrix[k * 4 + 3] = flip[k] ? shape[file]! - 1 : 0;
  }
  matrix[15] = 1;
  return matrix;
}

/** Voxels of a volume whose cells are still the narrow ones. */
const NARROW_CELLS_UP_TO = 2 ** 25;

/**
 * Edge of the cells, in voxels, for which the largest values of a volume are kept: the narrower, the more of what is empty between
 * full ones is left out, where a map of them still takes little to make.
 */
export function cellEdge(shape: Triple): number {
  return shape[0] * shape[1] * shape[2] <= NARROW_CELLS_UP_TO ? 4 : 8;
}

/**
 * The least counts (of 255) of collector, lithium, crack and electrolyte that a picture shows: the collector has its surface at one half;
 * of the others noise of the segmentation must not become fog.
 */
export const LEAST_SHOWN_PHASES = [128, 13, 13, 13] as const;
