export { httpMaps } from './http_maps.ts';
export { readLogo } from './logo.ts';
export {
  createStage,
  type DrawnFrame,
  type DrawOptions,
  type Stage,
  type StageOptions,
  type StageProject,
} from './stage.ts';
