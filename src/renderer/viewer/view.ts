import type { ColourMapName } from '../../core/colour_maps.ts';
import type { AxisName, Box, Triple } from '../../core/geometry.ts';
import type { LayerName } from './source.ts';

/** Lengths in µm and voxels are z, y, x; the centre of the first voxel is (0, 0, 0) of both. */

/** A scan of the series as a view needs it; the order is that of the series. */
export interface ViewScan {
  index: number;
  layers: readonly LayerName[];
}

export interface GreyDisplay {
  visible: boolean;
  /** 0 to 1. */
  opacity: number;
  /** Grey values shown black and white, in the layer's own unit; the same for every scan. */
  window: [number, number];
  map: ColourMapName;
}

/** The fraction is always shown from 0 to 100 %. */
export interface LvfDisplay {
  visible: boolean;
  opacity: number;
  map: ColourMapName;
}

export type PhaseName = 'collector' | 'lithium' | 'crack' | 'electrolyte';
/** In the order of the channels of a phase volume. */
export const PHASES: readonly PhaseName[] = ['collector', 'lithium', 'crack', 'electrolyte'];

export interface PhaseDisplay {
  visible: boolean;
  opacity: number;
}

export interface LayerDisplays {
  grey: GreyDisplay;
  lvf: LvfDisplay;
  phases: Record<PhaseName, PhaseDisplay>;
}

export const DEFAULT_DISPLAYS: LayerDisplays = {
  grey: { visible: true, opacity: 1, window: [0, 65535], map: 'grey' },
  lvf: { visible: false, opacity: 0.7, map: 'lvf' },
  phases: {
    collector: { visible: true, opacity: 1 },
    lithium: { visible: true, opacity: 0.9 },
    crack: { visible: true, opacity: 0.9 },
    electrolyte: { visible: true, opacity: 0.04 },
  },
};

/** Keeps what lies at normal · place ≥ offset, µm. */
export interface ClipPlane {
  normal: Triple;
  offset: number;
}

export interface Clip {
  /** Voxels kept, half open; null for all. */
  box: Box | null;
  planes: readonly ClipPlane[];
}

export interface RegionBox {
  id: string;
  /** Voxels, half open. */
  box: Box;
  /** sRGB, '#rrggbb'. */
  colour: string;
  selected: boolean;
  /** The axis of a cylinder that the box stands for: across it a circle is seen. */
  round?: AxisName;
}

/** From where the cell is seen, µm. The height seen at the target is the same in both projections. */
export interface Camera {
  target: Triple;
  position: Triple;
  up: Triple;
  projection: 'perspective' | 'orthographic';
}

/** Scans whose coarse form, and whose wanted bricks, are on the GPU; for the transport bar. */
export interface Loaded {
  coarse: readonly number[];
  fine: readonly number[];
}

/** What a click found. */
export interface Pick {
  scan: number;
  /** Place in voxels; the voxel hit is its rounded value. */
  voxel: Triple;
  what: PhaseName | 'grey' | 'lvf' | 'slice';
}

/** How full the GPU's share is, bytes. */
export interface GpuUse {
  used: number;
  budget: number;
}

/** All that a picture of the series depends on. */
export interface ViewState {
  scans: readonly ViewScan[];
  scan: number;
  layers: LayerDisplays;
  /** Null: chosen when the first volume is there, so that all is seen. */
  camera: Camera | null;
  up: { axis: AxisName; end: 'low' | 'high' };
  clip: Clip;
  crosshair: Triple | null;
  slices: Readonly<Record<AxisName, boolean>>;
  regions: readonly RegionBox[];
  playing: -1 | 0 | 1;
  theme: 'dark' | 'light';
}
