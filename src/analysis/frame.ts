import type { AxisName, Box, Cylinder, Matrix4, Orientation, Region, Triple } from '../core/geometry.ts';
import { AXES, fileToView, multiply, orientedShape, viewToFile } from '../core/geometry.ts';
import type { Scan } from '../core/series.ts';
import type { ColumnFrame } from '../engine/columns.ts';
import { openVolume, type View } from '../engine/volume.ts';

/** A region in view voxels (s, v, u); ranges and boxes half open. A cylinder stands along s. */
export type ViewRegion =
  | { kind: 'box'; min: Triple; max: Triple }
  | {
      kind: 'cylinder';
      center: [number, number];
      radius: number;
      range: [number, number];
      follow: 'surface' | 'plane' | 'none';
    };

/** The cell's own axes in one scan's file. */
export interface Frame {
  orientation: Orientation;
  /** Shape of the file, z, y, x. */
  shape: Triple;
}

export function viewShape({ orientation, shape }: Frame): Triple {
  return orientedShape(shape, orientation);
}

export function stackAxis({ orientation }: Frame): AxisName {
  return AXES[orientation.axis[0]]!;
}

/** Maps a scan's voxels, seen along the cell's axes. */
export function viewOf(scan: Scan, orientation: Orientation): View {
  return { volume: openVolume(scan.source), ...orientation };
}

/** From a motion between views (reference → moved) to the one between the files. */
export function matrixOfFiles(view: Matrix4, reference: Frame, moved: Frame): Matrix4 {
  return multiply(
    viewToFile(moved.shape, moved.orientation),
    multiply(view, fileToView(reference.shape, reference.orientation)),
  );
}

/** From a motion between files (reference → moved) to the one between the views. */
export function matrixOfViews(file: Matrix4, reference: Frame, moved: Frame): Matrix4 {
  return multiply(
    fileToView(moved.shape, moved.orientation),
    multiply(file, viewToFile(reference.shape, reference.orientation)),
  );
}

/** A recipe's region in view voxels; null for a cylinder that does not stand along the stack. */
export function toView(region: Region, frame: Frame): ViewRegion | null {
  const { axis, flip } = frame.orientation;
  const n = viewShape(frame);
  const span = (k: number, low: number, high: number): [number, number] =>
    flip[k] ? [n[k]! - high, n[k]! - low] : [low, high];
  if (region.kind === 'box') {
    const spans = [0, 1, 2].map((k) => span(k, region.min[axis[k]!]!, region.max[axis[k]!]!));
    return {
      kind: 'box',
      min: [spans[0]![0], spans[1]![0], spans[2]![0]],
      max: [spans[0]![1], spans[1]![1], spans[2]![1]],
    };
  }
  if (region.axis !== stackAxis(frame)) return null;
  return {
    kind: 'cylinder',
    center: [region.center[0], region.center[1]],
    radius: region.radius,
    range: span(0, region.range[0], region.range[1]),
    follow: region.follow,
  };
}

/** A region of the view as the recipe writes it. */
export function toFile(region: ViewRegion, frame: Frame): Box | Cylinder {
  const { axis, flip } = frame.orientation;
  const n = viewShape(frame);
  const span = (k: number, low: number, high: number): [number, number] =>
    flip[k] ? [n[k]! - high, n[k]! - low] : [low, high];
  if (region.kind === 'box') {
    const min: Triple = [0, 0, 0];
    const max: Triple = [0, 0, 0];
    for (let k = 0; k < 3; k++) [min[axis[k]!], max[axis[k]!]] = span(k, region.min[k]!, region.max[k]!);
    return { kind: 'box', min, max };
  }
  return {
    kind: 'cylinder',
    axis: stackAxis(frame),
    center: [region.center[0], region.center[1]],
    radius: region.radius,
    range: span(0, region.range[0], region.range[1]),
    follow: region.follow,
  };
}

/**
 * The slices of a region in one column, half open, or null outside it. `surface` is the interface's height in this column
 * and `plane` that of the plane through it; a region that follows is moved by their difference to `anchor`, the height at its centre.
 */
export function columnRange(
  region: ViewRegion,
  v: number,
  u: number,
  surface: number,
  plane: number,
  anchor: number,
): [number, number] | null {
  if (region.kind === 'box') {
    const inside = v >= region.min[1] && v < region.max[1] && u >= region.min[2] && u < region.max[2];
    return inside ? [region.min[0], region.max[0]] : null;
  }
  const dv = v - region.center[0];
  const du = u - region.center[1];
  if (dv * dv + du * du > region.radius * region.radius) return null;
  const followed = region.follow === 'surface' ? surface : region.follow === 'plane' ? plane : anchor;
  const shift = Math.round(followed - anchor);
  return [region.range[0] + shift, region.range[1] + shift];
}

/** A place of the view in voxels of the file. */
export function viewToFilePoint(point: Triple, { orientation, shape }: Frame): Triple {
  const file: Triple = [0, 0, 0];
  orientation.axis.forEach((axis, k) => {
    file[axis] = orientation.flip[k] ? shape[axis]! - 1 - point[k]! : point[k]!;
  });
  return file;
}

/** Where the view sees the voxel (z, y, x) of the file: slice and column (v · nu + u), and their change along z, y, x. */
export function blockInView(origin: Triple, frame: Frame): ColumnFrame {
  const { axis, flip } = frame.orientation;
  const [, nv, nu] = viewShape(frame);
  const sliceStep: Triple = [0, 0, 0];
  const columnStep: Triple = [0, 0, 0];
  let slice = 0;
  let column = 0;
  axis.forEach((file, k) => {
    const at = flip[k] ? frame.shape[file]! - 1 - origin[file]! : origin[file]!;
    const step = flip[k] ? -1 : 1;
    if (k === 0) {
      slice = at;
      sliceStep[file] = step;
    } else {
      const length = k === 1 ? nu : 1;
      column += at * length;
      columnStep[file] = step * length;
    }
  });
  return { slice, column, sliceStep, columnStep, columns: nv * nu };
}

/** A half-open box of the view in voxels of the file. */
export function viewToFileBox(
  box: { min: Triple; max: Triple },
  { orientation, shape }: Frame,
): { min: Triple; max: Triple } {
  const min: Triple = [0, 0, 0];
  const max: Triple = [0, 0, 0];
  orientation.axis.forEach((axis, k) => {
    const n = shape[axis]!;
    [min[axis], max[axis]] = orientation.flip[k] ? [n - box.max[k]!, n - box.min[k]!] : [box.min[k]!, box.max[k]!];
  });
  return { min, max };
}

/** A direction of the view along the file's axes. */
export function viewToFileVector(vector: Triple, { orientation }: Frame): Triple {
  const file: Triple = [0, 0, 0];
  orientation.axis.forEach((axis, k) => {
    file[axis] = orientation.flip[k] ? -vector[k]! : vector[k]!;
  });
  return file;
}
