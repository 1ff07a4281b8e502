import { type ColourMapName, colourTable, tableStep } from '../../../../core/colour_maps.ts';
import type { MapsPanel } from '../../../../core/figure/layout.ts';
import { chosenScans } from '../../../../core/figure/scans.ts';
import type { ScanResults } from '../../../../core/results.ts';
import { ceil125 } from '../../../../core/steps_1_2_5.ts';
import type { Picture } from '../../png.ts';
import { captionOf, readThicknessMap, type ThicknessMap, viewVoxelUm, withUncertainty } from '../analysed.ts';
import type { Drawing, FigureCell, Prepared } from '../drawing.ts';
import { widthOf } from '../letters.ts';
import { BAR_ROOM, colourBar, quantile, scaleBar, shrinkEdge } from '../parts.ts';
import { columnsFor, type GridAsk, groupNames, pictureGrid } from '../pictures.ts';
import { FAINT_INK, UNSEEN } from '../style.ts';
import { image, rect, text } from '../svg.ts';

const CAPTION = 28;
/** Losses beyond this part of the gains get colours of their own; noise stays below. */
const LOST = 0.4;
const [WISH, LEAST] = [128, 60];
/** Columns kept for each dot of print, as pictures may come out wider than was thought. */
const MORE = 1.5;

interface Found {
  cell: FigureCell;
  scans: ScanResults[];
  /** Of no more columns than print shows: sixty maps of a large detector would fill the memory. */
  maps: (ThicknessMap | null)[];
  /** What nearly all columns lie between, µm. */
  ends: [number, number];
  window: Window;
  /** Columns that any of the maps tells of. */
  region: Uint8Array;
  widthUm: number;
  heightUm: number;
}

/** Equivalent lithium thickness over the plane, a picture a scan. */
export async function mapsPanel(panel: MapsPanel, drawing: Drawing): Promise<Prepared | null> {
  const found: Found[] = [];
  for (const cell of drawing.cells) {
    const one = await mapsOf(cell, panel, drawing);
    if (one) found.push(one);
  }
  if (found.length === 0) return null;
  const ends = panel.limits ?? found.flatMap((one) => one.ends);
  // Cells of other sizes stand in pictures of one scale.
  const widthUm = Math.max(...found.map((one) => one.widthUm));
  const heightUm = Math.max(...found.map((one) => one.heightUm));
  const ask = (width: number): GridAsk => ({
    counts: found.map(({ scans }) => scans.length),
    names: drawing.several ? found.map(({ cell }) => cell.name) : [],
    aspect: widthUm / heightUm,
    columns: panel.columns ?? columnsFor(width - BAR_ROOM, WISH),
    rises: found.map((one) => one.heightUm / heightUm),
    caption: CAPTION,
    least: LEAST,
    left: 0,
    right: BAR_ROOM,
  });
  const scale = `thickness ${panel.electrode}`;
  return {
    scales: { [scale]: ends },
    stretches: false,
    head: () => 0,
    height: (width, most) => pictureGrid(ask(width), width, most).total,
    draw: (place, scales, { panel: letter }) => {
      const asked = ask(place.width);
      const grid = pictureGrid(asked, place.width, place.height + 0.01);
      const { limits, map } = panel.limits
        ? { limits: panel.limits, map: panel.map ?? 'batlow' }
        : scaleOf(scales(scale), panel.map);
      const perUm = grid.width / widthUm;
      const parts = [groupNames(grid, asked, place)];
      for (const [group, { scans, maps, region, window, ...own }] of found.entries())
        for (const [i, scan] of scans.entries()) {
          const [x, y] = [place.left + grid.place(group, i)[0], place.top + grid.place(group, i)[1]];
          const [w, h] = [own.widthUm * perUm, own.heightUm * perUm];
          const picture = maps[i]
            ? coloured(maps[i], region, window, limits, map, (w / 72) * drawing.dotsPerInch)
            : null;
          if (picture) parts.push(image(x, y, w, h, picture));
          else {
            parts.push(rect(x, y, w, h, { fill: '#f4f4f5' }));
            parts.push(text(x + w / 2, y + h / 2, 'not measured', { anchor: 'middle', fill: FAINT_INK }));
          }
          const [time, charge] = captionOf(scan);
          const number = panel.numbered && letter ? `${letter}.${i + 1}  ` : '';
          const numbers = scan.thickness?.[panel.electrode];
          const below = y + h;
          parts.push(text(x, below + 9, `${number}${time}`, { weight: 700 }));
          if (grid.width < LEAST - 8) continue;
          parts.push(text(x, below + 17, charge));
          if (numbers && numbers.meanUm !== null) {
            const reference = numbers.meanUm === 0 && numbers.uncertaintyUm === 0;
            const mean = reference ? 'reference' : `${withUncertainty(numbers.meanUm, numbers.uncertaintyUm)} µm`;
            parts.push(text(x, below + 25, mean, { fill: FAINT_INK }));
          }
        }
      const name = panel.electrode === 'working' ? 'lithium thickness (µm)' : 'lithium gained (µm)';
      const rows = Math.min(2, Math.ceil(asked.counts[0]! / grid.columns));
      const [, first] = grid.place(0, 0);
      const tall = Math.max(
        Math.min(place.height, widthOf(name)),
        Math.min(240, rows * grid.height + (rows - 1) * (CAPTION + 8)),
      );
      const right = place.left + place.width;
      parts.push(colourBar(right - BAR_ROOM + 8, place.top + first, tall, { map, limits, name }));
      const bar = place.top + first + tall + 22;
      parts.push(
        bar <= place.top + place.height
          ? scaleBar(right - 2, bar, perUm, BAR_ROOM - 10)
          : scaleBar(
              place.left + grid.place(0, 0)[0] + grid.width,
              place.top + first + grid.height + 10,
              perUm,
              grid.width * 0.35,
            ),
      );
      return {
        body: parts.join('\n'),
        rows: found.flatMap(({ cell, scans }) =>
          scans.map((scan) => {
            const numbers = scan.thickness?.[panel.electrode];
            return {
              panel: letter,
              cell: cell.name,
              quantity: `${panel.electrode} thickness map`,
              scan: scan.index,
              timeH: scan.timeH,
              chargeMahCm2: scan.chargeMahCm2,
              meanUm: numbers?.meanUm,
              uncertaintyUm: numbers?.uncertaintyUm,
              stdUm: numbers?.stdUm,
              colourFromUm: limits[0],
              colourToUm: limits[1],
            };
          }),
        ),
      };
    },
  };
}

async function mapsOf(
  cell: FigureCell,
  { electrode, scans: choice, columns }: MapsPanel,
  { width, dotsPerInch, signal }: Drawing,
): Promise<Found | null> {
  const scans = chosenScans(choice, cell.analysed.results);
  const across = Math.max(1, Math.min(scans.length, columns ?? columnsFor(width - BAR_ROOM, WISH)));
  const enough = (MORE * (width / 72) * dotsPerInch) / across;
  const maps: (ThicknessMap | null)[] = [];
  const ends: [number, number] = [Infinity, -Infinity];
  let edge = 1;
  for (const { thickness } of scans) {
    signal.throwIfAborted();
    const map = thickness?.[electrode]?.map;
    const read = map ? await readThicknessMap(cell.analysed, map) : null;
    if (read) {
      ends[0] = Math.min(ends[0], quantile(read.um, 0.002));
      ends[1] = Math.max(ends[1], quantile(read.um, 0.998));
      edge = shrinkEdge(read.columns, enough);
    }
    maps.push(read && together(read, edge));
  }
  const known = maps.filter((map) => map !== null);
  const window = windowOf(known);
  if (!window) return null;
  const [, vUm, uUm] = viewVoxelUm(cell.analysed).map((um) => um * edge) as [number, number, number];
  const [widthUm, heightUm] = [(window.right - window.left) * uUm, (window.bottom - window.top) * vUm];
  return { cell, scans, maps, ends, window, region: regionOf(known), widthUm, heightUm };
}

/** A map of means over `edge` × `edge` columns; NaN where none of them was measured. */
function together(map: ThicknessMap, edge: number): ThicknessMap {
  if (edge === 1) return map;
  const [rows, columns] = [Math.ceil(map.rows / edge), Math.ceil(map.columns / edge)];
  const [sums, counts] = [new Float64Array(rows * columns), new Uint32Array(rows * columns)];
  for (let v = 0; v < map.rows; v++)
    for (let u = 0; u < map.columns; u++) {
      const um = map.um[v * map.columns + u]!;
      if (Number.isNaN(um)) continue;
      const to = Math.floor(v / edge) * columns + Math.floor(u / edge);
      sums[to]! += um;
      counts[to]!++;
    }
  return { rows, columns, um: Float32Array.from(sums, (sum, i) => (counts[i]! > 0 ? sum / counts[i]! : Number.NaN)) };
}

interface Window {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** The rectangle around all columns that any map tells of. */
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

function regionOf(maps: readonly ThicknessMap[]): Uint8Array {
  const region = new Uint8Array(maps[0]?.um.length ?? 0);
  for (const { um } of maps) for (let i = 0; i < region.length; i++) if (!Number.isNaN(um[i]!)) region[i] = 1;
  return region;
}

/** From zero where lithium grows; even about zero where a good part of it is lost. */
function scaleOf(
  values: readonly number[],
  asked: ColourMapName | undefined,
): { limits: [number, number]; map: ColourMapName } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low > -LOST * high) return { limits: [0, roundUp(Math.max(high, 0.5))], map: asked ?? 'batlow' };
  const end = roundUp(Math.max(Math.abs(low), Math.abs(high), 0.5));
  return { limits: [-end, end], map: asked ?? 'vik' };
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
  dots: number,
): Picture {
  const table = colourTable(map);
  const edge = shrinkEdge(right - left, dots);
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
