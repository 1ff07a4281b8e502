import type { Ref } from 'react';
import type { AxisName, Triple } from '../../core/geometry.ts';
import type { VoxelSource } from './source.ts';
import type { Camera, Clip, GpuUse, LayerDisplays, Loaded, Pick, RegionBox, ViewScan } from './view.ts';

/** What the window can ask of a view that is on the screen. */
export interface ViewHandle {
  /** The picture as PNG, with its scale bar. */
  snapshot(): Promise<Blob>;
  /** Brings the whole volume into view. */
  fit(): void;
}

interface SeriesProps {
  source: VoxelSource;
  scans: readonly ViewScan[];
  /** Index of the scan shown. */
  scan: number;
  voxelSizeUm: Triple;
  layers: LayerDisplays;
  /** Voxels; null for none. */
  crosshair: Triple | null;
  onCrosshair?: (voxel: Triple) => void;
  regions?: readonly RegionBox[];
  /** A region was moved or resized by its edges or faces. */
  onRegion?: (region: RegionBox) => void;
  /** A read or the graphics failed; told once, in words for people. */
  onError?: (error: Error) => void;
  ref?: Ref<ViewHandle>;
}

export interface VolumeViewProps extends SeriesProps {
  /** Which planes through the crosshair are drawn in the volume. */
  slices?: Readonly<Record<AxisName, boolean>>;
  clip?: Clip;
  /** A face of the clip box was pulled. */
  onClip?: (clip: Clip) => void;
  /** Absent: the view keeps its own, starting so that all is seen. */
  camera?: Camera | undefined;
  onCamera?: (camera: Camera) => void;
  /** Axis that points up at first, and its end; default z, high. */
  up?: { axis: AxisName; end: 'low' | 'high' };
  onPick?: (pick: Pick | null) => void;
  onLoaded?: (loaded: Loaded) => void;
  onGpu?: (use: GpuUse) => void;
  /** Direction of play; what comes next is fetched before it is asked for. */
  playing?: -1 | 0 | 1;
  /** The GPU's share in MiB, for all views together. */
  gpuMiB?: number;
  theme?: 'dark' | 'light';
}

/** What the pointer is over in a slice. */
export interface Hover {
  /** Place in voxels. */
  voxel: Triple;
  /** What is shown there, in the layers' own units; null where a layer is absent. LVF is a fraction. */
  grey: number | null;
  lvf: number | null;
  /** Collector, lithium, crack, electrolyte as fractions. */
  phases: [number, number, number, number] | null;
}

/** Centre in voxels along the two axes of the slice (z, y, x order), and CSS pixels a µm; 0 for what fits. */
export interface SliceFrame {
  centre: [number, number];
  pixelsPerUm: number;
}

export interface SliceViewProps extends SeriesProps {
  /** The axis across the slice: 'z' shows the xy plane. */
  axis: AxisName;
  /** Index along the axis; absent: the crosshair's, else the middle. */
  index?: number;
  onIndex?: (index: number) => void;
  frame?: SliceFrame | undefined;
  onFrame?: (frame: SliceFrame) => void;
  onHover?: (hover: Hover | null) => void;
  /** A drag with the right button changes the grey window. */
  onWindow?: (window: [number, number]) => void;
  theme?: 'dark' | 'light';
}
