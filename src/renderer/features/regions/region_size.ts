import type { Region, Triple } from '../../../core/geometry.ts';
import { boundsOf } from '../../../core/regions.ts';
import { digits } from '../../components/format.ts';

/** Lengths x × y × z in µm; a cylinder's diameter and height. */
export function extentUm(region: Region, voxelSizeUm: Triple): string {
  const { min, max } = boundsOf(region);
  return [2, 1, 0].map((k) => digits((max[k]! - min[k]!) * voxelSizeUm[k]!)).join(' × ');
}
