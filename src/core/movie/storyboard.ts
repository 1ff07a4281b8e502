import type { ColourMapName } from '../colour_maps.ts';
import type { AxisName, Triple } from '../geometry.ts';

/**
 * A movie as it is written down: shots after one another, each with its panels, what time they show, how the camera moves, and
 * what is written over them. Seconds are those of the movie, hours those of the experiment; places are fractions of the picture
 * (x, y from the upper left), lengths in the cell µm, voxels z, y, x.
 */
export interface Storyboard {
  version: 1;
  title?: string;
  /** Pixels; 1920 × 1080 unless told. */
  size?: [width: number, height: number];
  /** Frames a second; 30 unless told. */
  fps?: number;
  theme?: 'dark' | 'light';
  /** How a second project is put beside the first: scans of the same time or of the same charge; time unless told. */
  align?: 'time' | 'charge';
  shots: Shot[];
  /** Over every shot. */
  overlays?: Overlay[];
}

export interface Shot {
  name?: string;
  /** How long it lasts. */
  seconds: number;
  /** How it follows the one before; a cut unless told. */
  transition?: { kind: 'fade'; seconds: number };
  time: TimeMapping;
  /** What is shown of volumes, slices and maps between two scans; hold unless told. What is interpolated is marked on the screen. */
  between?: 'hold' | 'fade' | 'interpolate';
  panels: Panel[];
  overlays?: Overlay[];
}

/** A moment of the experiment. */
export type Moment =
  | 'start'
  | 'end'
  | { scan: number }
  | { hours: number }
  /** mAh cm⁻² passed; the first time it is reached. */
  | { charge: number }
  /** The first scan that shows a crack, by its number; `first` and `largest` choose one. */
  | { crack: number | 'first' | 'largest' };

/** The moment that a time within the shot shows. */
export type TimeMapping =
  | { kind: 'hold'; at: Moment }
  /** The clock runs evenly; scans come at their true times. Without `hoursPerSecond` it fills the shot. */
  | { kind: 'play'; from: Moment; to: Moment; hoursPerSecond?: number }
  /** Every scan is seen equally long. */
  | { kind: 'scans'; from: Moment; to: Moment };

/** A value that changes within a shot: `at` seconds from its beginning; before the first and after the last it stands still. */
export interface Key<T> {
  at: number;
  value: T;
  /** How it goes on to the next; smooth unless told. */
  ease?: Ease;
}
export type Ease = 'linear' | 'smooth' | 'in' | 'out' | 'hold';

interface PanelPlace {
  /** Named by overlays. */
  id: string;
  rect: [x: number, y: number, width: number, height: number];
  /** Of the movie's projects; the first unless told. */
  project?: number;
  /** Written above it; `{name}` is the project's. */
  caption?: string;
}

export type Panel = VolumePanel | SlicePanel | MapPanel | CurvePanel | HistogramPanel;
export type PanelKind = Panel['kind'];

/** The cell in 3D. */
export interface VolumePanel extends PanelPlace {
  kind: 'volume';
  camera: Key<CameraPlace>[];
  layers?: Key<LayerChoice>[];
  clip?: Key<ClipChoice | 'working'>[];
  /** Planes shown in the volume, as voxels along their axes. */
  slices?: Key<Partial<Record<AxisName, number>>>[];
}

/**
 * Where the camera stands: around a target, at a distance that is a multiple of what shows it whole. `working` is the cell without its
 * counter electrode: from the working electrode's collector to the end of what was analysed, or as far as cracks reach.
 */
export interface CameraPlace {
  target: 'cell' | 'working' | { crack: number | 'first' | 'largest' } | { um: Triple };
  /** Degrees around the stack, counted from the x axis (a stack along z). */
  azimuth: number;
  /** Degrees above the collector's plane. */
  elevation: number;
  /** 1 shows the target whole. */
  distance: number;
  projection?: 'perspective' | 'orthographic';
}

/** What of the layers differs from the default; opacities run from key to key. */
export interface LayerChoice {
  show: 'phases' | 'lvf' | 'grey';
  opacity?: Partial<Record<'collector' | 'lithium' | 'crack' | 'electrolyte' | 'lvf' | 'grey', number>>;
  map?: ColourMapName;
  /** Grey values shown black and white; the series' own unless told. */
  window?: [number, number];
}

/** Voxels kept, as fractions of the axes 0 to 1, half open. In place of it `working` keeps what the camera's target of that name is. */
export interface ClipChoice {
  min: Triple;
  max: Triple;
}

/** A plane of the cell, grey values with lithium over them. */
export interface SlicePanel extends PanelPlace {
  kind: 'slice';
  /** The axis across it: of the file, `stack` along the stack, or `side`, from which the layers are seen one over the other. */
  axis: AxisName | 'stack' | 'side';
  /** Voxel along the axis; unless told through a crack (`through`, or the largest), or where lithium grows, or the middle. */
  at?: Key<number>[];
  through?: { crack: number | 'first' | 'largest' };
  /** Part of the plane shown, in voxels of its two axes; all unless told. */
  view?: Key<{ min: [number, number]; max: [number, number] }>[];
  layers?: Key<LayerChoice>[];
}

/** Lithium thickness over an electrode. */
export interface MapPanel extends PanelPlace {
  kind: 'map';
  electrode: 'working' | 'counter';
  /** µm; one scale for all scans unless told. */
  limits?: [number, number];
  map?: ColourMapName;
}

/** A curve over the whole series, with a cursor at the moment shown. */
export interface CurvePanel extends PanelPlace {
  kind: 'curve';
  of: 'voltage' | 'current' | 'charge' | 'thickness' | 'crackVolume';
  over?: 'time' | 'charge';
  /** Drawn up to the cursor only, as if it were being recorded. */
  growing?: boolean;
}

/** How thickness is spread over the working electrode. */
export interface HistogramPanel extends PanelPlace {
  kind: 'histogram';
}

/** Corners and edges of the picture, or of a panel where one is named. */
export type Corner =
  | 'top-left'
  | 'top'
  | 'top-right'
  | 'left'
  | 'middle'
  | 'right'
  | 'bottom-left'
  | 'bottom'
  | 'bottom-right';

interface OverlayPlace {
  /** Of the panel of that name; of the whole picture unless told. */
  panel?: string;
  place?: Corner;
  /** Height of its letters as a share of the picture's height; .026 unless told. */
  size?: number;
  /** Seconds of the shot (of the movie, where it belongs to the movie) between which it is seen; fades in and out in 0.3 s. */
  from?: number;
  to?: number;
}

export type Overlay =
  | (OverlayPlace & { kind: 'time' | 'charge' | 'current' | 'voltage' | 'scan' })
  /** Of a panel with a length. */
  | (OverlayPlace & { kind: 'scaleBar' | 'axes' })
  /** Of a panel with a colour scale, or what its colours mean. */
  | (OverlayPlace & { kind: 'colourBar' | 'legend' })
  | (OverlayPlace & { kind: 'title' | 'caption'; text: string })
  /** `file` beside the storyboard, PNG or SVG; `height` as a share of the picture's. */
  | (OverlayPlace & { kind: 'logo'; file: string; height: number })
  /** Points to a place of the cell that a panel shows, and follows it. */
  | (OverlayPlace & { kind: 'arrow'; panel: string; at: CellPlace; text?: string })
  /** An ellipse around a place in the cell, `radiusUm` wide. */
  | (OverlayPlace & { kind: 'oval'; panel: string; around: CellPlace; radiusUm: number; colour?: string });

/** A place in the cell. */
export type CellPlace = { crack: number | 'first' | 'largest' } | { voxel: Triple };

export const MOVIE_SIZE: [number, number] = [1920, 1080];
export const MOVIE_FPS = 30;

/** Storyboards that come with the program, in `resources/storyboards/NAME.json`. */
export const STORYBOARDS = ['paper', 'slices', 'two-cells', 'crack-birth', 'thickness'] as const;
