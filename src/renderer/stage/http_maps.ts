import type { ReadMap } from './planes.ts';

/** Thickness maps that the host serves below `base`, as `src/contract/stage.ts` tells: `BASE/SCAN/ELECTRODE`. */
export function httpMaps(base: string): ReadMap {
  return async (scan, electrode, signal) => {
    const response = await fetch(`${base}/${scan}/${electrode}`, { signal, credentials: 'same-origin' });
    if (!response.ok)
      throw new Error(`The thickness of scan ${scan} cannot be read: the host answered ${response.status}`);
    const [rows, columns] = (response.headers.get('x-shape') ?? '').split(',').map(Number) as [number, number];
    return { rows, columns, um: new Float32Array(await response.arrayBuffer()) };
  };
}
