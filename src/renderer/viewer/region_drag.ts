import type { Triple } from '../../core/geometry.ts';
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
    const [left, top, right, bottom] = regionRectangle(place, region);
    if (x < left - NEAR || x > right + NEAR || y < top - NEAR || y > bottom + NEAR) continue;
    const end = (at: number, low: number, high: number) =>
      Math.abs(at - low) <= NEAR ? -1 : Math.abs(at - high) <= NEAR ? 1 : 0;
    const [down, along] = [end(y, top, bottom), end(x, left, right)] as const;
    if (down !== 0 || along !== 0) return { region, down, along, start };
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
    if (held === -1) min[axis] = Math.max(0, Math.min(max[axis]! - 1, min[axis]! + by));
    if (held === 1) max[axis] = Math.min(most, Math.max(min[axis]! + 1, max[axis]! + by));
    if (held !== 'both') continue;
    const kept = Math.max(-min[axis]!, Math.min(most - max[axis]!, by));
    min[axis]! += kept;
    max[axis]! += kept;
  }
  return { ...hold.region, box: { kind: 'box', min, max } };
}

export function cursorOf(hold: RegionHold | null): string {
  if (!hold) return 'crosshair';
  if (hold.down === 'both') return 'move';
  if (hold.down === 0) return 'ew-resize';
  if (hold.along === 0) return 'ns-resize';
  return hold.down === hold.along ? 'nwse-resize' : 'nesw-resize';
}
