import { type LayerInfo, layerInfoSchema } from '../../contract/app.ts';
import type { AxisName, Triple } from '../../core/geometry.ts';
import type { Block, LayerName, Maxima, Plane, VoxelSource, Voxels } from './source.ts';

/** A read that the host refused; its message is for people. */
export class ReadError extends Error {
  override readonly name = 'ReadError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const told = await response.text();
  throw new ReadError(response.status, messageIn(told) ?? `The host answered ${response.status}`);
}

/** The sentence of an error document, wherever it keeps it. */
function messageIn(text: string): string | null {
  try {
    const document = JSON.parse(text) as { message?: unknown; error?: { message?: unknown } };
    const message = document.error?.message ?? document.message;
    return typeof message === 'string' ? message : null;
  } catch {
    return null;
  }
}

function shapeOf(response: Response): number[] | null {
  return response.headers.get('x-shape')?.match(/\d+/g)?.map(Number) ?? null;
}

function voxelsIn(bytes: ArrayBuffer, layer: LayerName): Voxels {
  return layer === 'phases' ? new Uint8Array(bytes) : new Uint16Array(bytes);
}

/** Maxima and eighths of phases, which lie together for each cell. */
function phaseCells(bytes: Uint8Array<ArrayBuffer>, shape: Triple): Pick<Maxima, 'counts' | 'eighths'> {
  const cells = shape[0] * shape[1] * shape[2];
  // A project that an earlier version analysed knows no eighths.
  if (bytes.length === 4 * cells) return { counts: bytes, eighths: null };
  const words = new Uint32Array(bytes.buffer);
  const [counts, eighths] = [new Uint32Array(cells), new Uint32Array(cells)];
  for (let i = 0; i < cells; i++) {
    counts[i] = words[2 * i]!;
    eighths[i] = words[2 * i + 1]!;
  }
  return { counts: new Uint8Array(counts.buffer), eighths: new Uint8Array(eighths.buffer) };
}

/** The voxels that the host serves at `origin` ('' for where the page came from) below `api`, as `src/contract/app.ts` tells. */
export function httpSource(origin = '', api = '/api'): VoxelSource {
  const read = async (path: string, signal: AbortSignal) =>
    answered(await fetch(`${origin}${api}/voxels/${path}`, { signal, credentials: 'same-origin' }));

  async function info(scan: number, layer: LayerName, signal: AbortSignal): Promise<LayerInfo> {
    const response = await fetch(`${origin}${api}/layer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scan, layer }),
      credentials: 'same-origin',
      signal,
    });
    return layerInfoSchema.parse(await (await answered(response)).json());
  }

  return {
    info,
    async floor(scan: number, layer: LayerName, signal: AbortSignal): Promise<Block> {
      const response = await read(`${scan}/${layer}/floor`, signal);
      return { shape: shapeOf(response) as Triple, voxels: voxelsIn(await response.arrayBuffer(), layer) };
    },
    async brick(scan: number, layer: LayerName, level: number, place: Triple, signal: AbortSignal): Promise<Voxels> {
      const response = await read(`${scan}/${layer}/${level}/${place.join('.')}`, signal);
      return voxelsIn(await response.arrayBuffer(), layer);
    },
    async slice(scan, layer, level: number, axis: AxisName, index: number, signal): Promise<Plane> {
      const response = await read(`${scan}/${layer}/${level}/slice/${axis}/${index}`, signal);
      return { shape: shapeOf(response) as [number, number], voxels: voxelsIn(await response.arrayBuffer(), layer) };
    },
    async maxima(scan: number, layer: LayerName, level: number, signal: AbortSignal): Promise<Maxima> {
      const response = await read(`${scan}/${layer}/${layer === 'phases' ? 'maxima' : `${level}/cells`}`, signal);
      const shape = shapeOf(response)!.slice(0, 3) as Triple;
      const cell = Number(response.headers.get('x-cell'));
      const bytes = await response.arrayBuffer();
      if (layer === 'phases') return { shape, level: 0, cell, ...phaseCells(new Uint8Array(bytes), shape) };
      // Least and most of each cell; what shows is decided by the most.
      const ranges = new Uint16Array(bytes);
      const counts = Uint16Array.from({ length: ranges.length / 2 }, (_, i) => ranges[2 * i + 1]!);
      return { shape, level, cell, counts, eighths: null };
    },
  };
}
