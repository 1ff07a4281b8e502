import { AXES, type Box, type Region, type Triple } from './geometry.ts';

/** The smallest box of whole voxels around a region, half open. */
export function boundsOf(region: Region): Box {
  if (region.kind === 'box') return region;
  const axis = AXES.indexOf(region.axis);
  const min: Triple = [0, 0, 0];
  const max: Triple = [0, 0, 0];
  let plane = 0;
  for (let k = 0; k < 3; k++) {
    if (k === axis) [min[k], max[k]] = region.range;
    else {
      min[k] = Math.round(region.center[plane]! - region.radius);
      max[k] = Math.round(region.center[plane]! + region.radius) + 1;
      plane++;
    }
  }
  return { kind: 'box', min, max };
}

/**
 * The voxels of row (z, y) whose centres lie in a region, from the first x on, half open; [0, 0] where there are none. A
 * cylinder is straight here.
 */
export function rowOf(region: Region, z: number, y: number): [from: number, to: number] {
  if (region.kind === 'box') {
    const { min, max } = region;
    return z >= min[0] && z < max[0] && y >= min[1] && y < max[1] ? whole(min[2], max[2] - 1) : [0, 0];
  }
  const { axis, center, radius, range } = region;
  if (axis === 'x') {
    const away = (z - center[0]) ** 2 + (y - center[1]) ** 2;
    return away <= radius ** 2 ? whole(range[0], range[1] - 1) : [0, 0];
  }
  const [along, across] = axis === 'z' ? [z, y] : [y, z];
  const half = radius ** 2 - (across - center[0]) ** 2;
  if (along < range[0] || along >= range[1] || half < 0) return [0, 0];
  return whole(center[1] - Math.sqrt(half), center[1] + Math.sqrt(half));
}

/** Whole numbers from `low` to `high`, both inside. */
function whole(low: number, high: number): [number, number] {
  const [from, to] = [Math.ceil(low), Math.floor(high) + 1];
  return to > from ? [from, to] : [0, 0];
}
