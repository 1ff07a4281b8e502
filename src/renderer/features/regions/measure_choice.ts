import { create } from 'zustand';
import type { ListedRegion } from './region_list.ts';

export type Scope = 'selected' | 'drawn' | 'all';

/** Which regions Measure takes, and over which scans. */
export const useMeasureChoice = create<{ scope: Scope; scans: 'this' | 'every' }>(() => ({
  scope: 'selected',
  scans: 'this',
}));

/** The regions of a scope; nothing selected stands for all that were drawn, and for all where none was. */
export function measuredRegions(
  regions: readonly ListedRegion[],
  scope: Scope,
  selected: ListedRegion | null,
): readonly ListedRegion[] {
  if (scope === 'selected' && selected) return [selected];
  const drawn = regions.filter((region) => region.drawn);
  return scope === 'all' || drawn.length === 0 ? regions : drawn;
}
