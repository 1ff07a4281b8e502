import type { Axis } from '../../../../core/plot/axis.ts';
import type { Panel } from '../../../../core/plot/plot.ts';
import type { FigureCell, Rect } from '../drawing.ts';
import { text } from '../svg.ts';
import { plotPlace } from './plots.ts';

const GAP = 8;
/** Where a plot's own axis has its name, below it. */
const NAME = 23;

/** Plots of several cells beside each other with the same axes; the first has the words of the upright one. */
export function sideBySide(
  cells: readonly FigureCell[],
  place: Rect,
  axes: (inside: Rect) => { x: Axis; y: Axis },
  series: (cell: number) => object[],
  ink?: string,
): { plots: Panel[]; body: string } {
  const whole = plotPlace(place);
  const width = (whole.width - GAP * (cells.length - 1)) / cells.length;
  const { x, y } = axes({ ...whole, width });
  // One name for all: they are narrow.
  const { name: along, ...lying } = x;
  const parts: string[] = [];
  const plots = cells.map(({ name }, k): Panel => {
    const left = whole.left + k * (width + GAP);
    if (cells.length > 1)
      parts.push(
        ink
          ? text(left + 4, whole.top + 10, name, { fill: ink })
          : text(left + width - 3, whole.top + 9, name, { anchor: 'end' }),
      );
    const { name: words, ...bare } = y;
    const upright = k === 0 && words !== undefined ? { ...bare, name: words } : { ...bare, labels: k === 0 };
    return { ...whole, left, width, x: cells.length > 1 ? lying : x, y: upright, series: series(k) };
  });
  if (cells.length > 1 && along !== undefined)
    parts.push(text(whole.left + whole.width / 2, whole.top + whole.height + NAME, along, { anchor: 'middle' }));
  return { plots, body: parts.join('') };
}
