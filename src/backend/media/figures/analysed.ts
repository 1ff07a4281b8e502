import { isAbsolute, join } from 'node:path';
import { orientationOf } from '../../../core/geometry.ts';
import type { ScanResults } from '../../../core/results.ts';
import { decodePlain } from '../../../formats/decode_plain.ts';
import { describeFile, volumeSource } from '../../../formats/describe.ts';
import type { Analysed } from '../analysed.ts';
import { fixed } from './style.ts';

/** Thickness of every column of the view, µm, NaN outside the region. */
export interface ThicknessMap {
  rows: number;
  columns: number;
  um: Float32Array;
}

/** Reads a map that results name. Throws an input failure when it is missing or damaged. */
export async function readThicknessMap({ directory }: Pick<Analysed, 'directory'>, map: string): Promise<ThicknessMap> {
  const source = volumeSource(await describeFile(isAbsolute(map) ? map : join(directory, map)));
  const [, rows, columns] = source.shape;
  const pieces: Uint8Array[] = [];
  for await (const piece of decodePlain(source)) pieces.push(piece);
  return { rows, columns, um: new Float32Array(new Uint8Array(Buffer.concat(pieces)).buffer) };
}

/** Lengths of a voxel along the axes of the view (s, v, u), µm. */
export function viewVoxelUm({ results }: Analysed): [number, number, number] {
  const { axis } = orientationOf(results.recipe.stack?.axis ?? 'z', results.recipe.stack?.collectorEnd ?? 'low');
  return axis.map((k) => results.voxelSizeUm[k]!) as [number, number, number];
}

/** "7.50 h" or the scan's name, and "1.875 mAh cm⁻²" or nothing. */
export function captionOf({ name, timeH, chargeMahCm2 }: ScanResults): [string, string] {
  return [
    timeH === null ? name : `${fixed(timeH, 2)} h`,
    chargeMahCm2 === null ? '' : `${fixed(chargeMahCm2, 3)} mAh cm⁻²`,
  ];
}

/** A value with its uncertainty in two significant digits: "8.360 ± 0.061". */
export function withUncertainty(value: number, uncertainty: number | null): string {
  if (uncertainty === null || !(uncertainty > 0)) return fixed(value, 2);
  const decimals = Math.max(0, Math.min(4, 1 - Math.floor(Math.log10(uncertainty))));
  return `${fixed(value, decimals)} ± ${fixed(uncertainty, decimals)}`;
}
