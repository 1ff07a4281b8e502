import { APRON, BRICK, VOXELS } from '../../contract/app.ts';
import type { AxisName, Triple } from '../../core/geometry.ts';
import type { LayerName, VoxelSource, Voxels } from '../viewer/index.ts';
import { call, HostError, request } from './call.ts';

const SIDE = BRICK + 2 * APRON;

/** The voxels of the open project, read from the host. `revision` makes a new source of a project that changed. */
export function hostVoxels(): VoxelSource {
  return {
    info: (scan, layer, signal) => call('layer', { scan, layer }, signal),
    async floor(scan, layer, signal) {
      const { bytes, shape } = await read(`${scan}/${layer}/floor`, signal);
      return { shape: tripleOf(shape), voxels: voxelsOf(layer, bytes) };
    },
    async brick(scan, layer, level, place, signal) {
      const { bytes } = await read(`${scan}/${layer}/${level}/${place.join('.')}`, signal);
      const voxels = voxelsOf(layer, bytes);
      if (voxels.length !== SIDE ** 3 * (layer === 'phases' ? 4 : 1))
        throw new HostError(
          'internal',
          `Cannot read a brick (${scan}/${layer}/${level}): it has another size than agreed.`,
        );
      return voxels;
    },
    async slice(scan, layer, level, axis: AxisName, index, signal) {
      const { bytes, shape } = await read(`${scan}/${layer}/${level}/slice/${axis}/${index}`, signal);
      return { shape: [shape[0] ?? 0, shape[1] ?? 0], voxels: voxelsOf(layer, bytes) };
    },
    async maxima(scan, signal) {
      const { bytes, shape } = await read(`${scan}/phases/maxima`, signal);
      return { shape: tripleOf(shape), cells: new Uint8Array(bytes) };
    },
  };
}

async function read(path: string, signal: AbortSignal): Promise<{ bytes: ArrayBuffer; shape: number[] }> {
  const response = await request(`${VOXELS}/${path}`, { signal });
  const shape = (response.headers.get('x-shape') ?? '').split(',').map(Number);
  return { bytes: await response.arrayBuffer(), shape };
}

function voxelsOf(layer: LayerName, bytes: ArrayBuffer): Voxels {
  return layer === 'phases' ? new Uint8Array(bytes) : new Uint16Array(bytes);
}

function tripleOf(shape: number[]): Triple {
  return [shape[0] ?? 0, shape[1] ?? 0, shape[2] ?? 0];
}
