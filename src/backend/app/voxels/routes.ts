import { Hono } from 'hono';
import { VOXELS } from '../../../contract/app.ts';
import { Failure, isFailure } from '../../../contract/errors.ts';
import type { AxisName, Triple } from '../../../core/geometry.ts';
import type { CellRanges } from '../../../engine/cells.ts';
import { sha256 } from '../../../store/checksum.ts';
import { Refusal } from '../reply.ts';
import type { ReadProject, Session } from '../session.ts';
import { floorLevel, readBrick, readFloor, readSlice, type Sent } from './brick.ts';
import { cellsOf, readCells } from './cells.ts';
import { Kept } from './kept.ts';
import { Queue } from './queue.ts';
import type { LayerName, LayerSource } from './source.ts';

const KEPT_BYTES = 256 * 2 ** 20;
const KEPT_CELLS_BYTES = 64 * 2 ** 20;
/** Reads at the same time; each uses several threads of the engine. */
const AT_ONCE = 3;

const NUMBER = '(0|[1-9][0-9]{0,8})';
const LAYER = ':layer{grey|lvf|phases}';

/** Bytes of the open project's voxels; `session` gives it or throws the answer that there is none. */
export function voxelRoutes(session: () => Session<ReadProject>, threads: number): Hono {
  const floors = new Kept<Sent>(KEPT_BYTES, ({ voxels }) => voxels.byteLength);
  const ranges = new Kept<CellRanges>(KEPT_CELLS_BYTES, (cells) => cells.ranges.byteLength);
  const queue = new Queue(AT_ONCE);
  const routes = new Hono();

  const layerOf = (scan: string, name: string) => session().layer(Number(scan), name as LayerName);

  routes.get(`${VOXELS}/:scan{${NUMBER}}/phases/maxima`, async ({ req }) => {
    const open = session();
    const tag = tagOf('maxima', open.result('pyramid', Number(req.param('scan')))?.key ?? '');
    if (req.header('if-none-match') === tag) return unchanged(tag);
    const { shape, bytes, cell, key } = await queue.run(req.raw.signal, () => open.maxima(Number(req.param('scan'))));
    return sent({ voxels: bytes as Uint8Array<ArrayBuffer>, shape, level: 0, cell }, tag, key);
  });

  routes.get(`${VOXELS}/:scan{${NUMBER}}/${LAYER}/floor`, async ({ req }) => {
    const layer = await layerOf(req.param('scan'), req.param('layer'));
    const tag = tagOf(layer.key, 'floor');
    if (req.header('if-none-match') === tag) return unchanged(tag);
    return sent(await floorOf(layer), tag, layer.key);
  });

  // Read to its end also when nobody waits any more: who comes next finds it.
  const never = new AbortController().signal;
  const floorOf = (layer: LayerSource) => floors.get(layer.key, () => queue.run(never, () => readFloor(layer)));

  const cellsIn = async (layer: LayerSource, level: number, signal: AbortSignal): Promise<CellRanges> => {
    for (;;)
      try {
        return await ranges.get(`${layer.key} ${level}`, async () => {
          if (level !== floorLevel(layer))
            return await readCells(layer, level, threads, (slab) => queue.run(signal, slab));
          const { voxels, shape } = await floorOf(layer);
          return await cellsOf(voxels as Uint16Array, shape as Triple, threads);
        });
      } catch (error) {
        // Another asker who began it went away.
        if (signal.aborted || !isFailure(error) || error.code !== 'cancelled') throw error;
      }
  };

  routes.get(`${VOXELS}/:scan{${NUMBER}}/:layer{grey|lvf}/:level{[0-9]}/cells`, async ({ req }) => {
    const layer = await layerOf(req.param('scan'), req.param('layer'));
    const level = Number(req.param('level'));
    if (level >= layer.levels) throw nowhere(`the layer has ${layer.levels} levels`);
    const tag = tagOf(layer.key, `${level}/cells`);
    if (req.header('if-none-match') === tag) return unchanged(tag);
    const { ranges: voxels, cells: shape, cell } = await cellsIn(layer, level, req.raw.signal);
    return sent({ voxels, shape, level, cell }, tag, layer.key);
  });

  const read = async (
    request: Request,
    layer: LayerSource,
    level: number,
    place: string,
    reader: () => Promise<Sent | null>,
  ): Promise<Response> => {
    if (level >= layer.levels) throw nowhere(`the layer has ${layer.levels} levels`);
    const tag = tagOf(layer.key, `${level}/${place}`);
    if (request.headers.get('if-none-match') === tag) return unchanged(tag);
    const found = await queue.run(request.signal, reader);
    if (!found) throw nowhere('it lies outside the volume');
    return sent(found, tag, layer.key);
  };

  routes.get(
    `${VOXELS}/:scan{${NUMBER}}/${LAYER}/:level{[0-9]}/:brick{${NUMBER}\\.${NUMBER}\\.${NUMBER}}`,
    async ({ req }) => {
      const layer = await layerOf(req.param('scan'), req.param('layer'));
      const level = Number(req.param('level'));
      const brick = req.param('brick').split('.').map(Number) as Triple;
      return await read(req.raw, layer, level, brick.join('.'), () => readBrick(layer, level, brick));
    },
  );

  routes.get(
    `${VOXELS}/:scan{${NUMBER}}/${LAYER}/:level{[0-9]}/slice/:axis{[zyx]}/:index{${NUMBER}}`,
    async ({ req }) => {
      const layer = await layerOf(req.param('scan'), req.param('layer'));
      const level = Number(req.param('level'));
      const axis = req.param('axis') as AxisName;
      const index = Number(req.param('index'));
      return await read(req.raw, layer, level, `${axis}${index}`, () => readSlice(layer, level, axis, index));
    },
  );
  return routes;
}

function nowhere(why: string): Refusal {
  return new Refusal(404, new Failure('usage', { what: 'Cannot read the voxels', why }));
}

function revisionOf(key: string): string {
  return sha256(key).slice(0, 16);
}

function tagOf(key: string, place: string): string {
  return `"${revisionOf(key)}-${place}"`;
}

function unchanged(tag: string): Response {
  return new Response(null, { status: 304, headers: { etag: tag, 'cache-control': 'private, no-cache' } });
}

function sent({ voxels, shape, level, cell }: Sent, tag: string, key: string): Response {
  return new Response(new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength), {
    headers: {
      'content-type': 'application/octet-stream',
      'cache-control': 'private, no-cache',
      etag: tag,
      'x-shape': shape.join(','),
      'x-level': String(level),
      ...(cell !== undefined && { 'x-cell': String(cell) }),
      'x-revision': revisionOf(key),
    },
  });
}
