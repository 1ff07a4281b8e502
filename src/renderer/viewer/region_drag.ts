import { AXES, type Box, type Triple } from '../../core/geometry.ts';
import { pointOf, type SlicePlace, voxelAt } from './slice_frame.ts';
import type { RegionBox } from './view.ts';

/** Edges of a region that a pointer holds: along each slice axis the low end, the high end, both (it moves) or neither. */
export interface RegionHold {
  region: RegionBox;
  down: -1 | 0 | 1 | 'both';
  along: -1 | 0 | 1 | 'both';
  /** Where it was taken, voxels down and along. */
  start: [number, number];
}

/** How near an edge must be, CSS pixels. */
const NEAR = 6;

/** Corner points of a region on the canvas: left, top, right, bottom. */
export function regionRectangle(place: SlicePlace, { box }: RegionBox): [number, number, number, number] {
  const { down, along } = place;
  const [left, top] = pointOf(place, box.min[down]! - 0.5, box.min[along]! - 0.5);
  const [right, bottom] = pointOf(place, box.max[down]! - 0.5, box.max[along]! - 0.5);
  return [left, top, right, bottom];
}

/** Whether a region is seen as a circle in a slice. */
export function isCircle({ across }: SlicePlace, { round }: RegionBox): boolean {
  return round !== undefined && AXES.indexOf(round) === across;
}

/** The end of a circle that lies nearest to a point on its line; null away from it. */
function circleHold(
  [left, top, right, bottom]: readonly [number, number, number, number],
  x: number,
  y: number,
): Pick<RegionHold, 'down' | 'along'> | null {
  const [a, b] = [(right - left) / 2, (bottom - top) / 2];
  const [dx, dy] = [(x - (left + right) / 2) / a, (y - (top + bottom) / 2) / b];
  if (Math.abs(Math.hypot(dx, dy) - 1) * Math.min(a, b) > NEAR) return null;
  const sideways = Math.abs(dx) > Math.abs(dy);
  return { down: sideways ? 0 : dy < 0 ? -1 : 1, along: sideways ? (dx < 0 ? -1 : 1) : 0 };
}

/** The region whose edge or corner lies under a point, or, with `inside`, the selected one around it. */
export function holdAt(
  place: SlicePlace,
  regions: readonly RegionBox[],
  x: number,
  y: number,
  inside: boolean,
): RegionHold | null {
  const start = voxelAt(place, x, y);
  for (const region of [...regions].sort((a, b) => Number(b.selected) - Number(a.selected))) {
    const rectangle = regionRectangle(place, region);
    const [left, top, right, bottom] = rectangle;
    if (x < left - NEAR || x > right + NEAR || y < top - NEAR || y > bottom + NEAR) continue;
    const end = (at: number, low: number, high: number) =>
      Math.abs(at - low) <= NEAR ? -1 : Math.abs(at - high) <= NEAR ? 1 : 0;
    const edge = isCircle(place, region)
      ? circleHold(rectangle, x, y)
      : { down: end(y, top, bottom), along: end(x, left, right) };
    if (edge && (edge.down !== 0 || edge.along !== 0)) return { region, ...edge, start } as RegionHold;
    if (inside) return { region, down: 'both', along: 'both', start };
  }
  return null;
}

/** The region as the pointer has pulled it, on whole voxels, inside the volume and never thinner than a voxel. */
export function pulledRegion(place: SlicePlace, hold: RegionHold, x: number, y: number): RegionBox {
  const now = voxelAt(place, x, y);
  const [min, max] = [hold.region.box.min.slice(), hold.region.box.max.slice()] as [Triple, Triple];
  for (const [axis, held, shift] of [
    [place.down, hold.down, now[0] - hold.start[0]],
    [place.along, hold.along, now[1] - hold.start[1]],
  ] as const) {
    const most = place.shape[axis]!;
    const by = Math.round(shift);
    const { round } = hold.region;
    if (round && AXES.indexOf(round) !== axis && (held === -1 || held === 1)) {
      widen(min, max, AXES.indexOf(round), held * by);
      continue;
    }
    if (held === -1) min[axis] = Math.max(0, Math.min(max[axis]! - 1, min[axis]! + by));
    if (held === 1) max[axis] = Math.min(most, Math.max(min[axis]! + 1, max[axis]! + by));
    if (held !== 'both') continue;
    const kept = Math.max(-min[axis]!, Math.min(most - max[axis]!, by));
    min[axis]! += kept;
    max[axis]! += kept;
  }
  return { ...hold.region, box: { kind: 'box', min, max } };
}

/** A region with one face moved to a voxel, inside the volume and never thinner than a voxel; a cylinder's wall moves all around. */
export function movedFace({ box, round }: RegionFace, axis: number, end: number, to: number, shape: Triple): Box {
  const [min, max] = [[...box.min], [...box.max]] as [Triple, Triple];
  if (round && AXES.indexOf(round) !== axis)
    widen(min, max, AXES.indexOf(round), end ? to - max[axis]! : min[axis]! - to);
  else if (end === 0) min[axis] = Math.max(0, Math.min(max[axis]! - 1, to));
  else max[axis] = Math.min(shape[axis]!, Math.max(min[axis]! + 1, to));
  return { kind: 'box', min, max };
}
type RegionFace = Pick<RegionBox, 'box' | 'round'>;

/** A cylinder whose wall is pulled grows to all sides alike. */
function widen(min: Triple, max: Triple, axis: number, by: number): void {
  const across = [0, 1, 2].filter((k) => k !== axis);
  const least = Math.min(...across.map((k) => Math.floor((max[k]! - 1 - min[k]!) / 2)));
  for (const k of across) {
    min[k]! -= Math.max(by, 1 - least);
    max[k]! += Math.max(by, 1 - least);
  }
}

export function cursorOf(hold: RegionHold | null): string {
  if (!hold) return 'crosshair';
  if (hold.down === 'both') return 'move';
  if (hold.down === 0) return 'ew-resize';
  if (hold.along === 0) return 'ns-resize';
  return hold.down === hold.along ? 'nwse-resize' : 'nesw-resize';
}
