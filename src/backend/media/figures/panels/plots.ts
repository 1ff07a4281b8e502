import { type Axis, axisAround } from '../../../../core/plot/axis.ts';
import type { PlotSymbol } from '../../../../core/plot/look.ts';
import type { Drawing, FigureCell, Label, Rect } from '../drawing.ts';
import { type LegendEntry, legendPlaces } from '../letters.ts';
import { line, moved, path, text } from '../svg.ts';
import { timeAxis } from '../times.ts';

/** Room around a plot for its axes, points. */
export const LEFT = 34;
export const RIGHT = 6;
const [BELOW, BARE] = [29, 7];

/** Where axes stand inside a panel's place. */
export function plotPlace({ left, top, width, height }: Rect, labelled = true): Rect {
  return { left: left + LEFT, top: top + 3, width: width - LEFT - RIGHT, height: height - 3 - below(labelled) };
}

/** Height of a panel whose plot suits its width. */
export function plotHeight(width: number, mm: number | undefined, labelled = true, rise = 0.62): number {
  const own = mm === undefined ? Math.max(64, Math.min(150, (width - LEFT - RIGHT) * rise)) : (mm / 25.4) * 72;
  return own + 3 + below(labelled);
}

function below(labelled: boolean): number {
  return labelled ? BELOW : BARE;
}

/** Whether all cells can be told in hours. */
export function inHours(cells: readonly FigureCell[]): boolean {
  return cells.every(({ analysed }) => timeAxis(analysed).inHours);
}

/** Steps that a number of points has room for. */
export function stepsFor(length: number, each: number): number {
  return Math.max(3, Math.floor(length / each));
}

export function axisFor(values: readonly (number | null)[], length: number, each: number, room?: number): Axis {
  return axisAround(values, stepsFor(length, each), room);
}

/** The axis of time, or of numbers of scans, which have no halves. */
export function alongAxis(name: string, values: readonly number[], length: number, room: number): Axis {
  const axis = axisFor(values, length, 26, room);
  return name === 'scan' ? { ...axis, step: Math.max(1, Math.round(axis.step)) } : axis;
}

/** A line, a mark, or both, as a legend shows them. */
export function sample(
  colour: string,
  width: number,
  dash: readonly number[],
  symbol?: PlotSymbol,
  open = false,
): string {
  const stroke = line(0, 0, 16, 0, { stroke: colour, width, ...(dash.length > 0 ? { dash: dash.join(' ') } : {}) });
  return (width > 0 ? stroke : '') + (symbol ? mark(8, 0, symbol, colour, open) : '');
}

function mark(x: number, y: number, symbol: PlotSymbol, colour: string, open: boolean): string {
  const r = 2.1;
  const shapes: Readonly<Record<PlotSymbol, string>> = {
    circle: `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
    rect: `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`,
    triangle: `M${x} ${y - r}L${x + r} ${y + r}L${x - r} ${y + r}Z`,
    diamond: `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`,
  };
  return path(shapes[symbol], { stroke: colour, width: 0.8, fill: open ? '#ffffff' : colour });
}

export function legendHeight(entries: readonly LegendEntry[], width: number): number {
  const { height } = legendPlaces(entries, width - LEFT - RIGHT);
  return height > 0 ? height + 2 : 0;
}

/** Entries above a panel's place, from the plot's left edge. */
export function legend(entries: readonly LegendEntry[], place: Rect, { headWidth, lift }: Label): string {
  const { places } = legendPlaces(entries, headWidth - LEFT - RIGHT);
  const top = place.top - lift - legendHeight(entries, headWidth);
  return entries
    .map(({ drawing, words }, k) => {
      const [x, y] = [place.left + LEFT + places[k]![0], top + places[k]![1]];
      return moved(x, y, drawing) + text(x + 20, y + 2.5, words);
    })
    .join('');
}

/** One line a cell, where there are several. */
export function cellEntries({ cells, several }: Drawing, width = 1): LegendEntry[] {
  return several
    ? cells.map(({ name, look }) => ({ drawing: sample(look.colour, width, look.dash, look.symbol), words: name }))
    : [];
}
