import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { type Panel, plotter } from '../../../core/plot/plot.ts';
import { AXIS, FAINT_INK, FONT, INK, SIZE } from './style.ts';

export { type Axis, axisAround } from '../../../core/plot/axis.ts';
export type { Panel, Point } from '../../../core/plot/plot.ts';

/** The chart library rounds places to whole units: an eighth of a point is one, so that nothing is seen of it. */
const UNITS = 8;

use([LineChart, ScatterChart, CustomChart, GridComponent, SVGRenderer]);

const print = plotter({
  unit: UNITS,
  font: FONT,
  size: SIZE,
  ink: INK,
  faintInk: FAINT_INK,
  axis: AXIS,
  paper: '#ffffff',
});
export const { curve, marks, band, whiskers, spans, ticks, bars } = print;

/** Panels as the elements of a page of that size, in points. */
export function plotted(panels: readonly Panel[], width: number, height: number): string {
  if (panels.length === 0) return '';
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: width * UNITS, height: height * UNITS });
  chart.setOption(print.option(panels));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `<g transform="scale(${1 / UNITS})">${inside(svg)}</g>`;
}

/**
 * What stands between <svg> and </svg>. Names of clips count through the process there, here they begin anew; a text's
 * height is told in a way that every program understands.
 */
function inside(svg: string): string {
  const body = svg
    .slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'))
    .replace(/<rect[^>]*fill="none"[^>]*>(<\/rect>)?/, '');
  const names = new Map<string, string>();
  return body
    .replace(/zr\d+-c\d+/g, (name) => {
      if (!names.has(name)) names.set(name, `panel${names.size}`);
      return names.get(name)!;
    })
    .replaceAll('dominant-baseline="central"', 'dy="0.35em"')
    .replaceAll(' xml:space="preserve"', '')
    .replaceAll(/ class="[^"]*"| pointer-events="[^"]*"/g, '')
    .replace(/<style[\s\S]*?<\/style>/g, '');
}
