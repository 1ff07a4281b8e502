export type { Hover, SliceFrame, SliceViewProps, ViewHandle, VolumeViewProps } from './props.ts';
export type { Block, LayerName, Maxima, Plane, VoxelSource, Voxels } from './source.ts';
export {
  type Camera,
  type Clip,
  type ClipPlane,
  DEFAULT_DISPLAYS,
  type GpuUse,
  type GreyDisplay,
  type LayerDisplays,
  type Loaded,
  type LvfDisplay,
  PHASES,
  type PhaseDisplay,
  type PhaseName,
  type Pick,
  type RegionBox,
  type ViewScan,
} from './view.ts';
