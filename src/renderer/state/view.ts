import { create } from 'zustand';
import type { Output } from '../../contract/app.ts';
import type { AxisName, Triple } from '../../core/geometry.ts';
import {
  type Camera,
  DEFAULT_DISPLAYS,
  type LayerDisplays,
  type Loaded,
  type PhaseName,
  type RegionBox,
} from '../viewer/index.ts';

export type ViewName = 'volume' | AxisName;
export type LayerKey = 'grey' | 'lvf' | PhaseName;
export type Selection =
  | { kind: 'scan'; scan: number }
  | { kind: 'layer'; layer: LayerKey }
  | { kind: 'crack'; crack: number }
  | { kind: 'region'; region: string };

/** Voxels, both ends in the plane in which it was drawn. */
export interface ProfileLine {
  axis: AxisName;
  from: Triple;
  to: Triple;
}

/** What the person looks at. Comes back with the project, but for what is marked. */
export interface View {
  /** Index of the scan shown. */
  scan: number;
  loop: boolean;
  /** Scans a second. */
  speed: number;
  crosshair: Triple | null;
  activeView: ViewName;
  activeLayer: LayerKey;
  layers: LayerDisplays;
  /** Whether the grey window was chosen, by hand or from the first scan seen. */
  windowSet: boolean;
  /** The grey window is the same for every scan; else each scan gets its own. */
  contrastLocked: boolean;
  selection: Selection | null;
  camera: Camera | undefined;
  profile: ProfileLine | null;
  showRegions: boolean;
  /** Those of the analysis among them; the selected one is shown in any case. */
  showAnalysisRegions: boolean;
  /** Voxels of the volume that 3D shows, half open; null for all. */
  clip: { min: Triple; max: Triple } | null;
  /** Planes through the crosshair that are drawn in 3D. */
  slicesIn3D: Record<AxisName, boolean>;

  /** Not kept: */
  playing: boolean;
  tool: 'none' | 'profile' | 'box' | 'cylinder';
  loaded: Loaded;
  gpu: { used: number; budget: number } | null;
  /** A region as it is being dragged. */
  dragged: RegionBox | null;
  /** The region whose name is being typed. */
  renaming: string | null;
}

export const FIRST_VIEW: View = {
  scan: 0,
  loop: true,
  speed: 2,
  crosshair: null,
  activeView: 'z',
  activeLayer: 'grey',
  layers: DEFAULT_DISPLAYS,
  windowSet: false,
  contrastLocked: true,
  selection: null,
  camera: undefined,
  profile: null,
  showRegions: false,
  showAnalysisRegions: true,
  clip: null,
  slicesIn3D: { z: false, y: false, x: false },
  playing: false,
  tool: 'none',
  loaded: { coarse: [], fine: [] },
  gpu: null,
  dragged: null,
  renaming: null,
};

export const useView = create<View>(() => FIRST_VIEW);

const KEPT = [
  'scan',
  'loop',
  'speed',
  'crosshair',
  'activeView',
  'activeLayer',
  'layers',
  'windowSet',
  'contrastLocked',
  'selection',
  'camera',
  'profile',
  'showRegions',
  'showAnalysisRegions',
  'clip',
  'slicesIn3D',
] as const satisfies readonly (keyof View)[];

/** What is kept with the project. */
export function keptView(view: View): Partial<View> {
  return Object.fromEntries(KEPT.map((key) => [key, view[key]]));
}

/** A kept view put onto a project that may have changed since. */
export function restoredView(kept: unknown, scans: number): View {
  const stored = typeof kept === 'object' && kept !== null ? (kept as Partial<View>) : {};
  const view: View = { ...FIRST_VIEW };
  for (const key of KEPT)
    if (
      stored[key] !== undefined &&
      typeof stored[key] === (view[key] === null ? typeof stored[key] : typeof view[key])
    )
      Object.assign(view, { [key]: stored[key] });
  view.layers = { ...FIRST_VIEW.layers, ...view.layers };
  view.scan = Math.max(0, Math.min(scans - 1, Math.round(Number(view.scan)) || 0));
  return view;
}

/** A view that comes back, but for what was changed (`before` to `now`) while it was asked for. */
export function broughtBack(back: View, before: View, now: View): Partial<View> {
  return Object.fromEntries(
    Object.entries(back).filter(([key]) => now[key as keyof View] === before[key as keyof View]),
  );
}

/** What the pointer is over; apart from the rest, as it changes with every move. `exact` is what the host says of the place. */
export interface Probe {
  voxel: Triple;
  grey: number | null;
  lvf: number | null;
}
export const useProbe = create<{ probe: Probe | null; exact: Output<'pick'> | null }>(() => ({
  probe: null,
  exact: null,
}));

export function setLayer(key: LayerKey, change: Partial<LayerDisplays['grey']>): void {
  useView.setState(({ layers }) => {
    if (key === 'grey') return { layers: { ...layers, grey: { ...layers.grey, ...change } } };
    if (key === 'lvf') return { layers: { ...layers, lvf: { ...layers.lvf, ...change } } };
    const phase = { ...layers.phases[key], ...change };
    return { layers: { ...layers, phases: { ...layers.phases, [key]: phase } } };
  });
}
