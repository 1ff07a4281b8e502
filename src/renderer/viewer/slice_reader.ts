import type { LayerInfo } from '../../contract/app.ts';
import type { AxisName } from '../../core/geometry.ts';
import type { ShownPlane } from './slice_paint.ts';
import type { LayerName, VoxelSource } from './source.ts';

/** Bytes of slices kept for stepping back and forth. */
const KEPT_BYTES = 96 * 2 ** 20;

/** Reads slices of a source and keeps the last ones; what is known comes at once. */
export class SliceReader {
  readonly #source: VoxelSource;
  readonly #infos = new Map<string, LayerInfo>();
  readonly #planes = new Map<string, ShownPlane>();
  #bytes = 0;

  constructor(source: VoxelSource) {
    this.#source = source;
  }

  async info(scan: number, layer: LayerName, signal: AbortSignal): Promise<LayerInfo> {
    const key = `${scan}/${layer}`;
    const held = this.#infos.get(key);
    if (held) return held;
    const info = await this.#source.info(scan, layer, signal);
    this.#infos.set(key, info);
    return info;
  }

  async plane(
    scan: number,
    layer: LayerName,
    level: number,
    axis: AxisName,
    index: number,
    signal: AbortSignal,
  ): Promise<ShownPlane> {
    const key = `${scan}/${layer}/${level}/${axis}/${index}`;
    const held = this.#planes.get(key);
    if (held) {
      this.#planes.delete(key);
      this.#planes.set(key, held);
      return held;
    }
    const [info, plane] = await Promise.all([
      this.info(scan, layer, signal),
      this.#source.slice(scan, layer, level, axis, index, signal),
    ]);
    const shown = { info, plane };
    this.#planes.set(key, shown);
    this.#bytes += plane.voxels.byteLength;
    for (const [oldest, { plane: old }] of this.#planes) {
      if (this.#bytes <= KEPT_BYTES || oldest === key) break;
      this.#planes.delete(oldest);
      this.#bytes -= old.voxels.byteLength;
    }
    return shown;
  }
}
