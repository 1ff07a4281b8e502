import { Failure } from '../../contract/errors.ts';
import type { Analysed } from '../media/analysed.ts';
import { readThicknessMap } from '../media/figures/analysed.ts';
import { Refusal } from './reply.ts';

/** Lithium thickness over an electrode as a window reads it: float32 µm, NaN outside, `x-shape` "rows,columns". Throws a Refusal 404. */
export async function thicknessMap(
  analysed: Pick<Analysed, 'results' | 'directory'>,
  scan: string,
  electrode: string,
): Promise<Response> {
  const map = analysed.results.scans[Number(scan)]?.thickness?.[electrode as 'working' | 'counter']?.map;
  if (!map)
    throw new Refusal(404, new Failure('usage', { what: 'Cannot show the map', why: `there is none of scan ${scan}` }));
  const { rows, columns, um } = await readThicknessMap(analysed, map);
  return new Response(new Uint8Array(um.buffer as ArrayBuffer, um.byteOffset, um.byteLength), {
    headers: {
      'content-type': 'application/octet-stream',
      'cache-control': 'no-store',
      'x-shape': `${rows},${columns}`,
    },
  });
}
