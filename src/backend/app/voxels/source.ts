import type { LayerInfo } from '../../../contract/app.ts';
import type { Triple } from '../../../core/geometry.ts';

export type LayerName = 'grey' | 'lvf' | 'phases';
export type Voxels = Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** One layer of one scan as the window draws it, level by level; made anew when what it is read from changes. */
export interface LayerSource {
  /** Tells these voxels from any other. */
  key: string;
  shape: Triple;
  levels: number;
  voxels: LayerInfo['voxels'];
  /** value = offset + scale × count */
  scale: number;
  offset: number;
  /** The box [origin, origin + extent), inside the level, z, y, x, channels together. */
  read(level: number, origin: Triple, extent: Triple): Promise<Voxels>;
  /** The finest level, from `level` on, that a box of this extent at `level` can be read from without reading far too much; `level` unless told. */
  levelFor?(level: number, extent: Triple): number;
  /** Says that it is gone through from front to back now, or that this has ended; for files that are read here and there else. */
  readThrough?(begins: boolean): void;
  /** Range and histogram of the voxels, of a sample where there are many. */
  survey(): Promise<Pick<LayerInfo, 'range' | 'histogram'>>;
}

/** Levels are halved until no axis is longer than this, or until one voxel stands for 64. */
const COARSEST = 64;
export const MOST_LEVELS = 7;

/** How many levels a volume of this shape has. */
export function levelsOf(shape: Triple): number {
  let levels = 2;
  while (Math.max(...shape) / 2 ** (levels - 1) > COARSEST && levels < MOST_LEVELS) levels++;
  return levels;
}

export function levelShape(shape: Triple, level: number): Triple {
  return shape.map((size) => Math.ceil(size / 2 ** level)) as Triple;
}

export function channelsOf({ voxels }: Pick<LayerSource, 'voxels'>): number {
  return voxels === 'rgba8' ? 4 : 1;
}

export function volumeOf([z, y, x]: Triple): number {
  return z * y * x;
}

const surveys = new WeakMap<LayerSource, ReturnType<LayerSource['survey']>>();

/** The survey of a layer, made once. */
export function surveyed(layer: LayerSource): ReturnType<LayerSource['survey']> {
  let survey = surveys.get(layer);
  if (!survey) {
    survey = layer.survey();
    surveys.set(layer, survey);
    survey.catch(() => surveys.delete(layer));
  }
  return survey;
}

/** How a layer is stored, and what its voxels hold. */
export async function layerInfo(source: LayerSource): Promise<LayerInfo> {
  const { shape, levels, voxels, scale, offset } = source;
  return { shape, levels, brick: 64, voxels, scale, offset, ...(await surveyed(source)) };
}
