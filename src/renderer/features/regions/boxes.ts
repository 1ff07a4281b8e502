import { useMemo } from 'react';
import type { Box, Region, Triple } from '../../../core/geometry.ts';
import { AXES } from '../../../core/geometry.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import type { RegionBox } from '../../viewer/index.ts';

export type RegionName = 'stable' | 'collector' | 'lithium' | 'inert' | 'analysis' | 'counter';

export const REGIONS: Record<RegionName, { title: string; colour: string; words: string }> = {
  analysis: { title: 'Analysis', colour: '#5aa2f5', words: 'Where lithium at the working electrode is measured' },
  counter: {
    title: 'Counter electrode',
    colour: '#55b8a6',
    words: 'Where lithium at the counter electrode is measured',
  },
  stable: { title: 'At rest', colour: '#d9b44a', words: 'What the registration holds still' },
  collector: { title: 'Collector', colour: '#b5b5b5', words: 'Where the grey value of the collector is sampled' },
  lithium: { title: 'Lithium', colour: '#ef625c', words: 'Where the grey value of lithium is sampled' },
  inert: { title: 'Inert', colour: '#a98fd6', words: 'Where nothing happens to the material' },
};

/** The box around a region, voxels, half open. */
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

/** The region of the same kind that fills a box: a cylinder keeps its axis and is as wide as the box's mean. */
export function withBounds(region: Region, { min, max }: Box): Region {
  const rounded = (place: Triple) => place.map(Math.round) as Triple;
  if (region.kind === 'box') return { kind: 'box', min: rounded(min), max: rounded(max) };
  const axis = AXES.indexOf(region.axis);
  const [a, b] = [0, 1, 2].filter((k) => k !== axis) as [0 | 1, 1 | 2];
  const half = (k: number) => (max[k]! - 1 - min[k]!) / 2;
  return {
    ...region,
    center: [min[a] + half(a), min[b] + half(b)],
    radius: Math.max(1, (half(a) + half(b)) / 2),
    range: [Math.round(min[axis]!), Math.round(max[axis]!)],
  };
}

/** Regions as found and as told, by name. */
export function useRegions(): [RegionName, Region][] {
  const found = useSession((session) => session.results?.recipe.regions);
  const told = useSession((session) => session.project?.recipe.regions);
  return useMemo(() => {
    const regions = { ...found, ...told };
    return (Object.keys(REGIONS) as RegionName[]).flatMap((name) => {
      const region = regions[name];
      return region ? [[name, region as Region]] : [];
    });
  }, [found, told]);
}

const NONE: RegionBox[] = [];

/** What the views draw: nothing unless regions are shown. */
export function useRegionBoxes(): readonly RegionBox[] {
  const shown = useView((view) => view.showRegions);
  const selection = useView((view) => view.selection);
  const dragged = useView((view) => view.dragged);
  const regions = useRegions();
  return useMemo(
    () =>
      shown
        ? regions.map(([name, region]) => ({
            id: name,
            box: dragged?.id === name ? dragged.box : boundsOf(region),
            colour: REGIONS[name].colour,
            selected: selection?.kind === 'region' && selection.region === name,
          }))
        : NONE,
    [shown, regions, selection, dragged],
  );
}
