import { type ColourMapName, colourTable, TABLE_STEPS } from '../../../core/colour_maps.ts';
import { decimalsOf, floor125, roundAxis } from '../../../core/steps_1_2_5.ts';
import type { Picture } from '../png.ts';
import { AXIS, fixed, INK } from './style.ts';
import { image, line, rect, text } from './svg.ts';

/** How many voxels go together into a pixel so that at least so many pixels are left; 1 where the data have no more. */
export function shrinkEdge(voxels: number, pixels: number): number {
  return Math.max(1, Math.floor(voxels / Math.max(1, pixels)));
}

/** A picture with voxels put together as print would mix them anyway; `pixels` are enough across. */
export function shrunk({ width, height, channels, pixels }: Picture, enough: number): Picture {
  const edge = shrinkEdge(width, enough);
  if (edge === 1) return { width, height, channels, pixels };
  const small = { width: Math.ceil(width / edge), height: Math.ceil(height / edge) };
  const out = new Uint8Array(small.width * small.height * channels);
  for (let row = 0, to = 0; row < small.height; row++)
    for (let column = 0; column < small.width; column++)
      for (let c = 0; c < channels; c++, to++) {
        let sum = 0;
        let count = 0;
        for (let y = row * edge; y < Math.min(height, (row + 1) * edge); y++)
          for (let x = column * edge; x < Math.min(width, (column + 1) * edge); x++, count++)
            sum += pixels[(y * width + x) * channels + c]!;
        out[to] = Math.round(sum / count);
      }
  return { ...small, channels, pixels: out };
}

/** A bar of a round length, at most `most` points, ending at (x, y), its length above. */
export function scaleBar(x: number, y: number, pointsPerUm: number, most: number): string {
  const um = floor125(most / pointsPerUm);
  const length = um * pointsPerUm;
  const label = um >= 1000 ? `${um / 1000} mm` : `${um} µm`;
  return (
    rect(x - length, y - 1.5, length, 1.5, { fill: INK }) + text(x - length / 2, y - 3.5, label, { anchor: 'middle' })
  );
}

export interface ColourBar {
  map: ColourMapName;
  limits: readonly [number, number];
  name: string;
  /** Round steps; chosen unless told. */
  step?: number;
}

/** Upright, values growing upwards, ticks and name on its right; 40 points wide in all. */
export function colourBar(x: number, y: number, height: number, { map, limits, name, step }: ColourBar): string {
  const table = colourTable(map);
  const picture: Picture = { width: 1, height: TABLE_STEPS, channels: 3, pixels: new Uint8Array(TABLE_STEPS * 3) };
  for (let row = 0; row < TABLE_STEPS; row++)
    picture.pixels.set(table.subarray((TABLE_STEPS - 1 - row) * 3, (TABLE_STEPS - row) * 3), row * 3);
  const width = 7;
  const [low, high] = limits;
  const every = step ?? roundAxis(low, high, 5).step;
  const parts = [
    image(x, y, width, height, picture),
    rect(x, y, width, height, { stroke: AXIS, width: 0.5 }),
    text(x + width + 25, y + height / 2, name, { anchor: 'middle', rotate: -90 }),
  ];
  for (let k = Math.ceil(low / every - 1e-9); k * every <= high * (1 + 1e-9); k++) {
    const at = y + height - ((k * every - low) / (high - low)) * height;
    parts.push(line(x + width, at, x + width + 2.5, at, { stroke: AXIS, width: 0.5 }));
    parts.push(text(x + width + 4.5, at + 2.5, fixed(k * every, decimalsOf(every))));
  }
  return parts.join('');
}

/** Room that a colour bar needs on the right of the panels. */
export const BAR_ROOM = 46;

/** The value below which a share of the values lies; NaN left out. At most a hundred thousand of them are looked at. */
export function quantile(values: Iterable<number>, share: number): number {
  const kept: number[] = [];
  for (const value of values) if (!Number.isNaN(value)) kept.push(value);
  if (kept.length === 0) return 0;
  const every = Math.max(1, Math.floor(kept.length / 1e5));
  const sorted = Float64Array.from(kept.filter((_, i) => i % every === 0)).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
