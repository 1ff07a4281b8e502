import { colourTable, tableStep } from '../../../../core/colour_maps.ts';
import type { FigureMark, SlicesPanel } from '../../../../core/figure/layout.ts';
import { chosenScans, crackNamed, scanOf } from '../../../../core/figure/scans.ts';
import type { ScanResults } from '../../../../core/results.ts';
import type { Picture } from '../../png.ts';
import { captionOf, viewVoxelUm } from '../analysed.ts';
import { contour } from '../contours.ts';
import type { Drawing, FigureCell, Prepared } from '../drawing.ts';
import type { NumberRow } from '../numbers.ts';
import { BAR_ROOM, colourBar, quantile, scaleBar, shrunk } from '../parts.ts';
import { columnsFor, type GridAsk, groupNames, pictureGrid } from '../pictures.ts';
import { type Cut, chooseCut, choosePlane, type Section, sectionOf, spotOf, toView } from '../sections.ts';
import { AXIS, CRACK, FAINT_INK, UNSEEN } from '../style.ts';
import { clipped, ellipse, image, line, moved, num, path, rect, text } from '../svg.ts';

const CAPTION = 12;
const LEAST = 48;
const LABELS = 42;
const KEY_ROOM = 34;
/** A voxel lies in a crack from this crack fraction on. */
const CRACKED = 0.3;
/** Fraction of lithium on the published scale. */
const LIMITS = [0, 1] as const;
/** Around an interface: so far into the electrode and the electrolyte, µm, and so many times as wide as tall. */
const [INTO, UP, WIDEST] = [25, 55, 4];
const MARK = '#f2c230';

type Shown = NonNullable<SlicesPanel['show']>[number];

/** Rows and columns of a section that are shown, half open. */
interface Window {
  row: [number, number];
  column: [number, number];
}

interface Found {
  cell: FigureCell;
  cut: Cut;
  pictures: { scan: ScanResults; section: Section | null; show: Shown }[];
  window: Window;
  rowUm: number;
  columnUm: number;
  /** Black and white: what the first of the scans shows. */
  greys: [number, number];
}

/** Cuts through every chosen scan: grey values, lithium over them, cracks outlined. Null when the layers of no cell are known. */
export async function slicesPanel(panel: SlicesPanel, drawing: Drawing): Promise<Prepared | null> {
  const found: Found[] = [];
  for (const cell of drawing.cells) {
    const one = await cutOpen(panel, drawing, cell);
    if (one) found.push(one);
  }
  if (found.length === 0) return null;
  const sizeOf = ({ window, rowUm, columnUm }: Found) => ({
    widthUm: (window.column[1] - window.column[0]) * columnUm,
    heightUm: (window.row[1] - window.row[0]) * rowUm,
  });
  const widthUm = Math.max(...found.map((one) => sizeOf(one).widthUm));
  const heightUm = Math.max(...found.map((one) => sizeOf(one).heightUm));
  const coloured = (panel.show ?? ['lithium']).some((show) => show !== 'grey');
  const outlined = panel.outlines !== false && found.some(({ cell }) => cell.analysed.results.cracks.length > 0);
  const named = panel.plane === 'through' && (panel.view ?? 'whole') === 'whole';
  const ask = (width: number): GridAsk => ({
    counts: found.map(({ pictures }) => pictures.length),
    names: drawing.several ? found.map(({ cell }) => cell.name) : [],
    aspect: widthUm / heightUm,
    columns: panel.columns ?? columnsOf(width, named, Math.max(...found.map(({ pictures }) => pictures.length))),
    rises: found.map((one) => sizeOf(one).heightUm / heightUm),
    together: panel.show?.length ?? 1,
    caption: CAPTION,
    least: LEAST,
    left: named ? LABELS : 0,
    right: coloured ? BAR_ROOM : KEY_ROOM,
  });
  return {
    scales: {},
    stretches: false,
    head: () => 0,
    height: (width, most) => Math.max(pictureGrid(ask(width), width, most).total, coloured ? 118 : 30),
    draw: (place, _, { panel: letter, id }) => {
      const asked = ask(place.width);
      const grid = pictureGrid(asked, place.width, place.height + 0.01);
      const perUm = Math.min(grid.width / widthUm, grid.height / heightUm);
      const parts = [groupNames(grid, asked, place)];
      const rows: NumberRow[] = [];
      for (const [group, one] of found.entries()) {
        const { widthUm: w, heightUm: h } = sizeOf(one);
        for (const [i, picture] of one.pictures.entries()) {
          const at = grid.place(group, i);
          const tile = {
            left: place.left + at[0],
            top: place.top + at[1],
            width: w * perUm,
            height: h * perUm,
          };
          parts.push(pictured(one, picture, tile, panel, drawing, `${id}c${group}s${i}`));
          const [time, charge] = captionOf(picture.scan);
          const number = panel.numbered && letter ? `${letter}.${i + 1}  ` : '';
          const below = tile.top + tile.height + 9;
          const what = (panel.show?.length ?? 1) > 1 ? `, ${NAMES[picture.show]}` : '';
          parts.push(text(tile.left, below, `${number}${time}${what}`, { weight: 700 }));
          if (what === '' && tile.width > 92)
            parts.push(text(tile.left + tile.width, below, charge, { anchor: 'end' }));
          if (named && i % grid.columns === 0) parts.push(layerNames(one, tile));
          rows.push({
            panel: letter,
            cell: one.cell.name,
            quantity: `slice, ${NAMES[picture.show]}`,
            scan: picture.scan.index,
            timeH: picture.scan.timeH,
            chargeMahCm2: picture.scan.chargeMahCm2,
            ...(one.cut.kind === 'through' ? { offAxisUm: one.cut.offAxisUm } : { aboveInterfaceUm: one.cut.aboveUm }),
            blackGrey: one.greys[0],
            whiteGrey: one.greys[1],
            lithiumFrom: one.cell.analysed.results.recipe.phases?.lithiumLvf ?? 0.2,
          });
        }
      }
      const right = place.left + place.width - (coloured ? BAR_ROOM - 8 : KEY_ROOM - 6);
      let top = place.top + grid.place(0, 0)[1];
      if (coloured) {
        const tall = Math.max(60, Math.min(150, place.height - 60));
        const bar = { map: 'lvf', limits: [0, 100], name: 'lithium volume fraction (%)', step: 20 } as const;
        parts.push(colourBar(right, top, tall, bar));
        top += tall + 14;
      }
      if (outlined) {
        parts.push(path(`M${right} ${top}h9`, { stroke: CRACK, width: 1 }), text(right + 12, top + 2.5, 'crack'));
        top += 12;
      }
      parts.push(scaleBar(place.left + place.width - 2, top + 8, perUm, 34));
      return { body: parts.join('\n'), rows };
    },
  };
}

/** All in one row where they are not too small for it. */
function columnsOf(width: number, whole: boolean, count: number): number {
  if (!whole && (width - BAR_ROOM) / count > 70) return count;
  return Math.max(2, columnsFor(width - BAR_ROOM, whole ? 150 : 125));
}

const NAMES: Readonly<Record<Shown, string>> = { grey: 'grey', lvf: 'LVF', lithium: 'lithium' };

async function cutOpen(panel: SlicesPanel, drawing: Drawing, cell: FigureCell): Promise<Found | null> {
  const { analysed } = cell;
  const cut = panel.plane === 'through' ? chooseCut(analysed, panel.atUm) : choosePlane(analysed, panel.atUm);
  if (!cut) {
    drawing.notice(`slices of ${cell.name} are left out: its layers are not known`);
    return null;
  }
  const [sUm, vUm, uUm] = viewVoxelUm(analysed);
  const rowUm = panel.plane === 'through' ? sUm : vUm;
  const scans = chosenScans(panel.scans, analysed.results);
  const pictures: Found['pictures'] = [];
  let greys: [number, number] | null = null;
  for (const scan of scans) {
    drawing.signal.throwIfAborted();
    const section = await sectionOf(analysed, cut, scan.index, drawing.threads);
    if (section) greys ??= [quantile(section.grey, 0.002), quantile(section.grey, 0.998)];
    for (const show of panel.show ?? ['lithium']) pictures.push({ scan, section, show });
  }
  const window = windowOf(panel, cut, cell, rowUm, uUm);
  return { cell, cut, pictures, window, rowUm, columnUm: uUm, greys: greys ?? [0, 1] };
}

/** What of a cut is shown. */
function windowOf(panel: SlicesPanel, cut: Cut, { analysed }: FigureCell, rowUm: number, columnUm: number): Window {
  const [ns, nv, nu] = cut.cell.shape;
  const rows = cut.kind === 'through' ? ns : nv;
  const whole: Window = { row: [0, rows], column: [0, nu] };
  const { view = 'whole' } = panel;
  if (cut.kind === 'in-plane') {
    const pellet = cut.cell.layers.pellet;
    if (view !== 'whole' || !pellet) return whole;
    const around = (center: number, most: number): [number, number] => [
      Math.max(0, Math.floor(center - pellet.radius)),
      Math.min(most, Math.ceil(center + pellet.radius) + 1),
    ];
    return { row: around(pellet.center[0], nv), column: around(pellet.center[1], nu) };
  }
  if (view === 'whole') return whole;
  const inside = (low: number, high: number, most: number): [number, number] => [
    Math.max(0, Math.min(most - 1, Math.round(low))),
    Math.max(1, Math.min(most, Math.round(high))),
  ];
  const middle = cut.cell.layers.pellet?.center[1] ?? (nu - 1) / 2;
  if (typeof view === 'object') {
    const zero = cut.interfaces.working ?? 0;
    return {
      row: inside(zero + view.upUm[0] / rowUm, zero + view.upUm[1] / rowUm, rows),
      column: inside(middle + view.acrossUm[0] / columnUm, middle + view.acrossUm[1] / columnUm, nu),
    };
  }
  const at = cut.interfaces[view];
  if (at === null) return whole;
  const [low, high] = view === 'working' ? [at - INTO / rowUm, at + UP / rowUm] : [at - UP / rowUm, at + INTO / rowUm];
  const row = inside(low, high, rows);
  const half = Math.min(nu, (WIDEST * (row[1] - row[0]) * rowUm) / columnUm) / 2;
  const { results } = analysed;
  const spots = results.cracks.flatMap((crack) => spotOf(cut, crack, results.scans.length - 1) ?? []);
  const near = spots.filter((spot) => spot.row[1] > row[0] && spot.row[0] < row[1]);
  const [first] = near.toSorted((a, b) => b.column[1] - b.column[0] - (a.column[1] - a.column[0]) || a.id - b.id);
  const center = Math.max(half, Math.min(nu - half, first ? (first.column[0] + first.column[1]) / 2 : middle));
  return { row, column: inside(center - half, center + half, nu) };
}

interface Tile {
  left: number;
  top: number;
  width: number;
  height: number;
}

function pictured(
  found: Found,
  { scan, section, show }: Found['pictures'][number],
  tile: Tile,
  panel: SlicesPanel,
  drawing: Drawing,
  id: string,
): string {
  const { left, top, width, height } = tile;
  if (!section)
    return (
      rect(left, top, width, height, { fill: '#f4f4f5' }) +
      text(left + width / 2, top + height / 2, 'not registered', { anchor: 'middle', fill: FAINT_INK })
    );
  const { recipe } = found.cell.analysed.results;
  const part = cropped(section, found.window);
  const upright = found.cut.kind === 'through';
  const picture = painted(part, show, found.greys, recipe.phases?.lithiumLvf ?? 0.2, upright);
  const over: string[] = [];
  const [pixelWidth, pixelHeight] = [width / part.columns, height / part.rows];
  if (panel.outlines !== false) {
    const field = upright ? turned(part.cracks, part.rows, part.columns) : part.cracks;
    const outline = contour(field, part.rows, part.columns, CRACKED, pixelWidth, pixelHeight);
    if (outline !== '') over.push(moved(left, top, path(outline, { stroke: CRACK, width: 0.7 })));
  }
  for (const mark of panel.marks ?? []) over.push(...marked(mark, found, scan, tile));
  const drawn = image(left, top, width, height, shrunk(picture, (width / 72) * drawing.dotsPerInch));
  return over.length > 0 ? drawn + clipped(id, left, top, width, height, over.join('')) : drawn;
}

function cropped({ columns, grey, lvf, cracks }: Section, { row, column }: Window): Section {
  const size = { rows: row[1] - row[0], columns: column[1] - column[0] };
  const part = (field: Float32Array) => {
    const out = new Float32Array(size.rows * size.columns);
    for (let r = 0; r < size.rows; r++) {
      const from = (row[0] + r) * columns + column[0];
      out.set(field.subarray(from, from + size.columns), r * size.columns);
    }
    return out;
  };
  return { ...size, grey: part(grey), lvf: lvf && part(lvf), cracks: part(cracks) };
}

/** The picture of a section: grey, the colours of the fraction, or these where it is above the threshold. */
function painted(
  { rows, columns, grey, lvf }: Section,
  show: Shown,
  greys: readonly [number, number],
  threshold: number,
  upright: boolean,
): Picture {
  const pixels = new Uint8Array(rows * columns * 3);
  const table = colourTable('lvf');
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const from = row * columns + column;
      const to = ((upright ? rows - 1 - row : row) * columns + column) * 3;
      const fraction = lvf?.[from] ?? 0;
      if (Number.isNaN(grey[from]!)) pixels.set(UNSEEN, to);
      else if (lvf && (show === 'lvf' || (show === 'lithium' && fraction > threshold))) {
        const step = tableStep(fraction, LIMITS);
        pixels.set(table.subarray(step * 3, step * 3 + 3), to);
      } else pixels.fill(tableStep(grey[from]!, greys), to, to + 3);
    }
  return { width: columns, height: rows, channels: 3, pixels };
}

function turned(field: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(field.length);
  for (let row = 0; row < rows; row++)
    out.set(field.subarray(row * columns, (row + 1) * columns), (rows - 1 - row) * columns);
  return out;
}

/** Arrows, ovals and boxes at what a mark names, where the cut meets it in this scan. */
function marked(mark: FigureMark, found: Found, scan: ScanResults, tile: Tile): string[] {
  const { cut, window, rowUm, columnUm, cell } = found;
  const { results } = cell.analysed;
  if (mark.scans && !mark.scans.some((moment) => scanOf(moment, results) === scan.index)) return [];
  const spots: { row: [number, number]; column: [number, number] }[] = [];
  if (mark.at === 'cracks') {
    for (const crack of results.cracks) {
      const spot = spotOf(cut, crack, scan.index);
      if (spot) spots.push(spot);
    }
  } else if ('crack' in mark.at) {
    const crack = crackNamed(mark.at.crack, results);
    const spot = crack && spotOf(cut, crack, scan.index);
    if (spot) spots.push(spot);
  } else {
    const [s, v, u] = toView(cut.cell, mark.at.voxel);
    const row = cut.kind === 'through' ? s : v;
    spots.push({ row: [row, row + 1], column: [u, u + 1] });
  }
  const [perRow, perColumn] = [
    tile.height / (window.row[1] - window.row[0]),
    tile.width / (window.column[1] - window.column[0]),
  ];
  const style = { stroke: mark.colour ?? MARK, width: 1 };
  return spots.map(({ row, column }) => {
    const middle = (row[0] + row[1]) / 2 - window.row[0];
    const x = tile.left + ((column[0] + column[1]) / 2 - window.column[0]) * perColumn;
    const y = tile.top + (cut.kind === 'through' ? tile.height - middle * perRow : middle * perRow);
    const radius = (span: [number, number], per: number, um: number) =>
      mark.radiusUm === undefined ? ((span[1] - span[0]) / 2) * per * 1.15 + 2.5 : (mark.radiusUm / um) * per;
    const [rx, ry] = [radius(column, perColumn, columnUm), radius(row, perRow, rowUm)];
    if (mark.kind === 'oval') return ellipse(x, y, rx, ry, { ...style, dash: '2.5 1.5' });
    if (mark.kind === 'box') return rect(x - rx, y - ry, 2 * rx, 2 * ry, style);
    // From above, or from below where there is no room above.
    const side = y - tile.top < ARROW_ROOM ? -1 : 1;
    return arrow(x - Math.min(rx, 4), y - side * Math.min(ry, 4), side, mark.colour ?? MARK);
  });
}

/** From the tip back along an arrow, and aside: head and shaft, points. */
const ARROW = [
  [0, 0],
  [5, 2.3],
  [5, 0.8],
  [11, 0.8],
  [11, -0.8],
  [5, -0.8],
  [5, -2.3],
] as const;

const ARROW_ROOM = 14;

/** An arrow whose tip is at a point, coming from the upper (or lower) left, dark about it so that it is seen on any grey. */
function arrow(x: number, y: number, side: 1 | -1, colour: string): string {
  const corners = ARROW.map(
    ([back, aside]) => `${num(x + (aside - back) / Math.SQRT2)} ${num(y - (side * (aside + back)) / Math.SQRT2)}`,
  );
  return path(`M${corners.join('L')}Z`, { fill: colour, stroke: '#1c1c1e', width: 0.5 });
}

function layerNames({ cut, window }: Found, { left, top, height }: Tile): string {
  if (cut.kind !== 'through') return '';
  const per = height / (window.row[1] - window.row[0]);
  const parts: string[] = [];
  for (const { name, from, to } of cut.layers) {
    const [low, high] = [top + height - to * per, top + height - from * per];
    if (high - low > 7) parts.push(text(left - 5, (low + high) / 2 + 2.5, name, { anchor: 'end', fill: FAINT_INK }));
    for (const at of [low, high])
      if (at > top + 1 && at < top + height - 1) parts.push(line(left - 3, at, left, at, { stroke: AXIS, width: 0.5 }));
  }
  return parts.join('');
}
