import { AXES, type AxisName, type Triple } from '../../core/geometry.ts';
import type { SliceFrame } from './props.ts';

/** How a slice lies on a canvas of CSS pixels. `down` and `along` are its axes (0 z, 1 y, 2 x). */
export interface SlicePlace {
  across: number;
  down: number;
  along: number;
  shape: Triple;
  voxelSizeUm: Triple;
  frame: SliceFrame;
  width: number;
  height: number;
}

/** Axes of a slice: the one across it, the one that runs down the screen, the one that runs along it. */
export function axesOf(axis: AxisName): [across: number, down: number, along: number] {
  const across = AXES.indexOf(axis);
  const [down, along] = [0, 1, 2].filter((k) => k !== across) as [number, number];
  return [across, down, along];
}

/** The whole slice with a margin. */
export function fittedFrame(place: Omit<SlicePlace, 'frame'>): SliceFrame {
  const { shape, voxelSizeUm, down, along, width, height } = place;
  const um = (k: number) => shape[k]! * voxelSizeUm[k]!;
  const pixelsPerUm = 0.94 * Math.min(width / um(along), height / um(down));
  return { centre: [(shape[down]! - 1) / 2, (shape[along]! - 1) / 2], pixelsPerUm: Math.max(1e-9, pixelsPerUm) };
}

/** CSS pixels that a voxel covers down and along. */
export function pixelsAVoxel({ frame, voxelSizeUm, down, along }: SlicePlace): [number, number] {
  return [voxelSizeUm[down]! * frame.pixelsPerUm, voxelSizeUm[along]! * frame.pixelsPerUm];
}

/** Place in voxels (down, along) of a point of the canvas. */
export function voxelAt(place: SlicePlace, x: number, y: number): [number, number] {
  const [high, wide] = pixelsAVoxel(place);
  const { centre } = place.frame;
  return [centre[0] + (y - place.height / 2) / high, centre[1] + (x - place.width / 2) / wide];
}

/** Point of the canvas (x, y) of a place in voxels. */
export function pointOf(place: SlicePlace, down: number, along: number): [number, number] {
  const [high, wide] = pixelsAVoxel(place);
  const { centre } = place.frame;
  return [place.width / 2 + (along - centre[1]) * wide, place.height / 2 + (down - centre[0]) * high];
}

/** Nearer by `factor`, keeping in place what lies at a point of the canvas. */
export function zoomedFrame(place: SlicePlace, factor: number, x: number, y: number): SliceFrame {
  const [down, along] = voxelAt(place, x, y);
  const { centre, pixelsPerUm } = place.frame;
  const keep = (at: number, held: number) => held + (at - held) / factor;
  return { centre: [keep(centre[0], down), keep(centre[1], along)], pixelsPerUm: pixelsPerUm * factor };
}

/** The level whose voxels come closest to a device pixel without being larger. */
export function sliceLevel(place: SlicePlace, pixelRatio: number, levels: number): number {
  const device = Math.min(...pixelsAVoxel(place)) * pixelRatio;
  return Math.max(0, Math.min(levels - 1, Math.floor(Math.log2(1 / device) + 1e-6)));
}
