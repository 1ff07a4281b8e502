import type { LayerInfo } from '../../contract/app.ts';
import type { AxisName, Triple } from '../../core/geometry.ts';

export type LayerName = 'grey' | 'lvf' | 'phases';
/** uint16 counts, or four bytes a voxel together: collector, lithium, crack, electrolyte. */
export type Voxels = Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Voxels of a box, axes z, y, x. */
export interface Block {
  shape: Triple;
  voxels: Voxels;
}

/** Voxels of one plane: `shape` are the two other axes in z, y, x order. */
export interface Plane {
  shape: [number, number];
  voxels: Voxels;
}

/**
 * The largest counts in cells of `cell` voxels of a level and one voxel around them; axes z, y, x, for each cell one count, or those
 * of the four phases.
 */
export interface Maxima {
  shape: Triple;
  level: number;
  cell: number;
  counts: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  /** For each count the eighths of the cell where its phase can be seen: bit 4·(z half) + 2·(y half) + (x half); null: not known. */
  eighths: Uint8Array<ArrayBuffer> | null;
}

/**
 * Where the voxels of a series come from. Every read can be cancelled: it then rejects with the signal's reason. Level k has
 * ceil(shape / 2^k) voxels an axis; what a layer's counts mean is in its `info`.
 */
export interface VoxelSource {
  info(scan: number, layer: LayerName, signal: AbortSignal): Promise<LayerInfo>;
  /** The whole volume at the finest level of at most 128 voxels an axis. */
  floor(scan: number, layer: LayerName, signal: AbortSignal): Promise<Block>;
  /** 66³ voxels from 64·place − 1 of a level, edges repeated beyond the volume. */
  brick(scan: number, layer: LayerName, level: number, place: Triple, signal: AbortSignal): Promise<Voxels>;
  slice(
    scan: number,
    layer: LayerName,
    level: number,
    axis: AxisName,
    index: number,
    signal: AbortSignal,
  ): Promise<Plane>;
  /** Of phases only at level 0. Those of a level hold for it and for all coarser ones. */
  maxima(scan: number, layer: LayerName, level: number, signal: AbortSignal): Promise<Maxima>;
}
