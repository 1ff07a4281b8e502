import { useMemo } from 'react';
import type { ProjectState } from '../../../contract/app.ts';
import { AXES, type Box, type Region, type Triple } from '../../../core/geometry.ts';
import { boundsOf } from '../../../core/regions.ts';
import type { Results } from '../../../core/results.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import type { RegionBox } from '../../viewer/index.ts';

export type AnalysisName = 'stable' | 'collector' | 'lithium' | 'inert' | 'analysis' | 'counter';

/** What the analysis samples and measures. */
export const ANALYSIS_REGIONS: Record<AnalysisName, { title: string; colour: string; words: string }> = {
  analysis: {
    title: 'Working electrode',
    colour: '#5aa2f5',
    words: 'Where lithium at the working electrode is measured',
  },
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
/** Of drawn regions, in the order of their names. */
const COLOURS = ['#ffd75e', '#5fd7e8', '#ff9d6b', '#a8e063', '#f58fc4', '#c3a6ff'] as const;
const DRAWN = 'drawn:';

/** A region as the list shows it. `id` names it among all: drawn ones may have any name. */
export interface ListedRegion {
  id: string;
  title: string;
  colour: string;
  words: string;
  region: Region;
  drawn: boolean;
  /** Set by hand rather than found. */
  told: boolean;
}

export function drawnId(name: string): string {
  return DRAWN + name;
}

/** The name of a drawn region; null for one of the analysis. */
export function drawnName(id: string): string | null {
  return id.startsWith(DRAWN) ? id.slice(DRAWN.length) : null;
}

const byName = new Intl.Collator('en', { numeric: true }).compare;

/** Regions drawn by hand, then those of the analysis as found and as told. */
export function listRegions(
  told: ProjectState['recipe'] | undefined,
  found: Results['recipe'] | undefined,
): ListedRegion[] {
  const drawn = Object.entries(told?.measure ?? {}).sort(([a], [b]) => byName(a, b));
  const regions = { ...found?.regions, ...told?.regions };
  return [
    ...drawn.map(([name, region], at) => ({
      id: drawnId(name),
      title: name,
      colour: COLOURS[at % COLOURS.length]!,
      words: 'Drawn to be measured; the analysis leaves it alone',
      region: region as Region,
      drawn: true,
      told: true,
    })),
    ...(Object.keys(ANALYSIS_REGIONS) as AnalysisName[]).flatMap((name) => {
      const region = regions[name];
      if (!region) return [];
      return [
        {
          id: name,
          ...ANALYSIS_REGIONS[name],
          region: region as Region,
          drawn: false,
          told: Boolean(told?.regions?.[name]),
        },
      ];
    }),
  ];
}

export function regionsNow(): ListedRegion[] {
  const { project, results } = useSession.getState();
  return listRegions(project?.recipe, results?.recipe);
}

export function useRegions(): ListedRegion[] {
  const found = useSession((session) => session.results?.recipe);
  const told = useSession((session) => session.project?.recipe);
  return useMemo(() => listRegions(told, found), [told, found]);
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
    radius: Math.max(0.5, (half(a) + half(b)) / 2),
    range: [Math.round(min[axis]!), Math.round(max[axis]!)],
  };
}

/** A box as a cylinder along an axis, a cylinder as a box; nothing else of it changes. */
export function withKind(region: Region, kind: 'box' | 'z' | 'y' | 'x'): Region {
  const bounds = boundsOf(region);
  if (kind === 'box') return { kind: 'box', min: [...bounds.min], max: [...bounds.max] };
  return withBounds({ kind: 'cylinder', axis: kind, center: [0, 0], radius: 1, range: [0, 1], follow: 'none' }, bounds);
}

const NONE: RegionBox[] = [];

/** What the views draw: nothing unless regions are shown. */
export function useRegionBoxes(): readonly RegionBox[] {
  const shown = useView((view) => view.showRegions);
  const analysis = useView((view) => view.showAnalysisRegions);
  const selection = useView((view) => view.selection);
  const dragged = useView((view) => view.dragged);
  const regions = useRegions();
  return useMemo(() => {
    if (!shown) return NONE;
    const chosen = selection?.kind === 'region' ? selection.region : null;
    return regions
      .filter(({ id, drawn }) => drawn || analysis || id === chosen)
      .map(({ id, region, colour }) => ({
        id,
        box: dragged?.id === id ? dragged.box : boundsOf(region),
        colour,
        selected: id === chosen,
        ...(region.kind === 'cylinder' ? { round: region.axis } : {}),
      }));
  }, [shown, analysis, regions, selection, dragged]);
}
