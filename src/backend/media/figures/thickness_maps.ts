import { type ColourMapName, colourTable, tableStep } from '../../../core/colour_maps.ts';
import { ceil125 } from '../../../core/steps_1_2_5.ts';
import type { Analysed } from '../analysed.ts';
import type { Picture } from '../png.ts';
import { captionOf, readThicknessMap, type ThicknessMap, viewVoxelUm, withUncertainty } from './analysed.ts';
import { BAR_ROOM, colourBar, MOST_PIXELS, panelGrid, quantile, scaleBar } from './parts.ts';
import { FAINT_INK, MARGIN, PAGE_WIDTH, UNSEEN } from './style.ts';
import { image, type Page, rect, text } from './svg.ts';

const CAPTION = 28;
/** Losses beyond this part of the gains get colours of their own; noise stays below. */
const LOST = 0.4;

/** Equivalent lithium thickness over the plane, one panel a scan, one scale for all. Null when no scan has a map. */
export async function thicknessMaps(analysed: Analysed, electrode: 'working' | 'counter'): Promise<Page | null> {
  const { scans } = analysed.results;
  const maps: (ThicknessMap | null)[] = [];
  for (const { thickness } of scans) {
    const map = thickness?.[electrode]?.map;
    maps.push(map ? await readThicknessMap(analysed, map) : null);
  }
  const known = maps.filter((map) => map !== null);
  const window = windowOf(known);
  const region = regionOf(known);
  if (!window) return null;
  const { limits, map } = scaleOf(known);

  const [, vUm, uUm] = viewVoxelUm(analysed);
  const [widthUm, heightUm] = [(window.right - window.left) * uUm, (window.bottom - window.top) * vUm];
  const grid = panelGrid(scans.length, {
    aspect: widthUm / heightUm,
    columns: Math.max(3, Math.min(4, scans.length)),
    captionHeight: CAPTION,
    right: BAR_ROOM,
  });
  const parts: string[] = [];
  for (const [i, scan] of scans.entries()) {
    const [x, y] = grid.place(i);
    const found = maps[i];
    if (found) parts.push(image(x, y, grid.width, grid.height, coloured(found, region, window, limits, map)));
    else {
      parts.push(rect(x, y, grid.width, grid.height, { fill: '#f4f4f5' }));
      parts.push(text(x + grid.width / 2, y + grid.height / 2, 'not measured', { anchor: 'middle', fill: FAINT_INK }));
    }
    const [time, charge] = captionOf(scan);
    const numbers = scan.thickness?.[electrode];
    const below = y + grid.height;
    parts.push(text(x, below + 9, time, { weight: 700 }), text(x, below + 17, charge));
    if (numbers && numbers.meanUm !== null) {
      const reference = numbers.meanUm === 0 && numbers.uncertaintyUm === 0;
      const mean = reference ? 'reference' : `${withUncertainty(numbers.meanUm, numbers.uncertaintyUm)} µm`;
      parts.push(text(x, below + 25, mean, { fill: FAINT_INK }));
    }
    if (i === 0) parts.push(scaleBar(x + grid.width, below + 10, grid.width / widthUm, grid.width * 0.4));
  }
  const bottom = grid.place(Math.min(scans.length - 1, grid.columns))[1] + grid.height;
  const name = electrode === 'working' ? 'lithium thickness (µm)' : 'lithium gained (µm)';
  parts.push(colourBar(PAGE_WIDTH - BAR_ROOM + 8, MARGIN, Math.min(bottom - MARGIN, 240), { map, limits, name }));
  return { width: PAGE_WIDTH, height: grid.pageHeight, body: parts.join('\n') };
}

interface Window {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** The rectangle around all columns that any map tells of, with a little room. */
function windowOf(maps: readonly ThicknessMap[]): Window | null {
  const around = { top: Infinity, bottom: 0, left: Infinity, right: 0 };
  for (const { rows, columns, um } of maps)
    for (let v = 0; v < rows; v++)
      for (let u = 0; u < columns; u++) {
        if (Number.isNaN(um[v * columns + u]!)) continue;
        around.top = Math.min(around.top, v);
        around.bottom = Math.max(around.bottom, v + 1);
        around.left = Math.min(around.left, u);
        around.right = Math.max(around.right, u + 1);
      }
  return around.bottom > 0 ? around : null;
}

/** Columns that any map tells of. */
function regionOf(maps: readonly ThicknessMap[]): Uint8Array {
  const region = new Uint8Array(maps[0]?.um.length ?? 0);
  for (const { um } of maps) for (let i = 0; i < region.length; i++) if (!Number.isNaN(um[i]!)) region[i] = 1;
  return region;
}

/** From zero where lithium grows; even about zero where a good part of it is lost. */
function scaleOf(maps: readonly ThicknessMap[]): { limits: [number, number]; map: ColourMapName } {
  const high = Math.max(...maps.map(({ um }) => quantile(um, 0.998)));
  const low = Math.min(...maps.map(({ um }) => quantile(um, 0.002)));
  if (low > -LOST * high) return { limits: [0, roundUp(Math.max(high, 0.5))], map: 'batlow' };
  const end = roundUp(Math.max(Math.abs(low), Math.abs(high), 0.5));
  return { limits: [-end, end], map: 'vik' };
}

/** The next value in steps of a fifth to a half of itself. */
function roundUp(value: number): number {
  const step = ceil125(value / 5);
  return Number((Math.ceil(value / step - 1e-9) * step).toPrecision(12));
}

/** The map inside the window, where others have something and it has not in grey; as many columns together as print would mix anyway. */
function coloured(
  { columns, um }: ThicknessMap,
  region: Uint8Array,
  { top, bottom, left, right }: Window,
  limits: readonly [number, number],
  map: ColourMapName,
): Picture {
  const table = colourTable(map);
  const edge = Math.max(1, Math.ceil(Math.max(bottom - top, right - left) / MOST_PIXELS));
  const [width, height] = [Math.ceil((right - left) / edge), Math.ceil((bottom - top) / edge)];
  const pixels = new Uint8Array(width * height * 3).fill(255);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      let sum = 0;
      let count = 0;
      let inside = 0;
      for (let v = top + row * edge; v < Math.min(bottom, top + (row + 1) * edge); v++)
        for (let u = left + column * edge; u < Math.min(right, left + (column + 1) * edge); u++) {
          const value = um[v * columns + u]!;
          inside |= region[v * columns + u]!;
          if (Number.isNaN(value)) continue;
          sum += value;
          count++;
        }
      if (count === 0) {
        if (inside) pixels.set(UNSEEN, (row * width + column) * 3);
        continue;
      }
      const step = tableStep(sum / count, limits);
      pixels.set(table.subarray(step * 3, step * 3 + 3), (row * width + column) * 3);
    }
  return { width, height, channels: 3, pixels };
}
