import type { ColourMapName } from '../colour_maps.ts';
import type { AxisName, Triple } from '../geometry.ts';
import type { Sight } from './camera.ts';
import type { Seen } from './clock.ts';
import type { Corner, CurvePanel } from './storyboard.ts';

/** Whole pixels from the picture's upper left. */
export interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What is drawn of the layers. */
export interface LayerPlan {
  show: 'phases' | 'lvf' | 'grey';
  opacity: Record<'collector' | 'lithium' | 'crack' | 'electrolyte' | 'lvf' | 'grey', number>;
  map: ColourMapName;
  /** Null: the series' own. */
  window: [number, number] | null;
}

interface PanelPart {
  id: string;
  /** Index among the movie's projects. */
  project: number;
  area: Area;
}

export interface VolumePlan extends PanelPart {
  kind: 'volume';
  seen: Seen;
  sight: Sight;
  layers: LayerPlan;
  /** Voxels kept, half open; null for all. */
  clip: { min: Triple; max: Triple } | null;
  /** Planes shown, as voxels along their axes. */
  slices: Partial<Record<AxisName, number>>;
}

/** A part of a plane of the cell, and where it lies in the picture. */
export interface PlanePlan {
  /** Voxels of the plane's two axes in z, y, x order; from −½ for the edge of the first. */
  view: { min: [number, number]; max: [number, number] };
  /** Where that part lies. */
  image: Area;
  /** The second axis runs down the picture, not the first: where the stack lies along it. */
  turned: boolean;
  /** What runs down the picture runs up it: so that the collector lies below. */
  upward: boolean;
  pixelsPerUm: number;
}

export interface SlicePlan extends PanelPart, PlanePlan {
  kind: 'slice';
  seen: Seen;
  axis: AxisName;
  at: number;
  layers: LayerPlan;
}

export interface MapPlan extends PanelPart, PlanePlan {
  kind: 'map';
  seen: Seen;
  electrode: 'working' | 'counter';
  limits: [number, number];
  map: ColourMapName;
}

export interface CurvePlan extends PanelPart {
  kind: 'curve';
  of: CurvePanel['of'];
  over: 'time' | 'charge';
  /** Of the clock. */
  hours: number;
  /** The place of the cursor along the axis; null where it has none. */
  cursor: number | null;
  growing: boolean;
}

export interface HistogramPlan extends PanelPart {
  kind: 'histogram';
  scan: number;
}

export type PanelPlan = VolumePlan | SlicePlan | MapPlan | CurvePlan | HistogramPlan;

/** Something written or drawn over the picture, in an area of it. */
export type OverlayPlan = {
  area: Area;
  place: Corner;
  /** Height of its letters, pixels. */
  letters: number;
  opacity: number;
} & (
  | { kind: 'words'; weight: 'number' | 'title' | 'caption' | 'mark'; text: string }
  | { kind: 'scaleBar'; pixels: number; text: string }
  /** Unit steps of the axes to the right and down. */
  | { kind: 'axes'; axes: { axis: AxisName; right: number; down: number }[] }
  | { kind: 'colourBar'; map: ColourMapName; limits: [number, number] | null; name: string }
  | { kind: 'legend'; entries: { colour: string; text: string }[] }
  | { kind: 'logo'; file: string; pixels: number }
  | { kind: 'arrow'; x: number; y: number; text: string }
  | { kind: 'oval'; x: number; y: number; radius: number; colour: string }
);

/** What a shot shows at one moment. */
export interface ShotPlan {
  shot: number;
  panels: PanelPlan[];
  overlays: OverlayPlan[];
}

/** All that a frame depends on: of equal plans the pictures are equal. */
export interface FramePlan {
  frame: number;
  theme: 'dark' | 'light';
  /** The shots seen, the earlier one below, with how much of each is there; one alone has 1. */
  shots: { plan: ShotPlan; weight: number }[];
  /** Those of the movie, over all. */
  overlays: OverlayPlan[];
}
