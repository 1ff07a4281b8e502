export { gpuBudget } from './budget.ts';
export { along, firstCamera } from './camera.ts';
export { httpSource, ReadError } from './http_source.ts';
export { PHASE_COLOURS } from './march_uniforms.ts';
export { type MemoryScan, memorySource } from './memory_source.ts';
export type { Hover, SliceFrame, SliceViewProps, ViewHandle, VolumeViewProps } from './props.ts';
export { createVolumeRenderer, type RendererOptions, rendererName, type VolumeRenderer } from './renderer.ts';
export { SliceView } from './slice_view.tsx';
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
export { VolumeView } from './volume_view.tsx';
