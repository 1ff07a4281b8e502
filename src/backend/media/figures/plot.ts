import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { ceil125, decimalsOf } from '../../../core/steps_1_2_5.ts';
import { AXIS, FONT, fixed, INK, SIZE } from './style.ts';

/** The chart library rounds places to whole units: an eighth of a point is one, so that nothing is seen of it. */
const UNITS = 8;
const pt = (points: number): number => points * UNITS;

use([LineChart, ScatterChart, CustomChart, GridComponent, SVGRenderer]);

/** Axes of one panel on the page, and what is drawn in it, last on top. */
export interface Panel {
  left: number;
  top: number;
  width: number;
  height: number;
  x: Axis;
  y: Axis;
  series: object[];
}

export interface Axis {
  min: number;
  max: number;
  step: number;
  /** Left out where another panel's axis stands for this one. */
  name?: string;
  labels?: boolean;
}

/**
 * An axis around values with room at its ends, ticks at most `most` round steps apart; nulls do not count. The room does not
 * reach beyond zero.
 */
export function axisAround(values: readonly (number | null)[], most: number, room = 0.04): Axis {
  const known = values.filter((value) => value !== null);
  const [low, high] = known.length > 0 ? [Math.min(...known), Math.max(...known)] : [0, 1];
  const span = high > low ? high - low : Math.abs(high) || 1;
  const min = low >= 0 ? Math.max(0, low - room * span) : low - room * span;
  const max = low < 0 && high <= 0 ? Math.min(0, high + room * span) : low + span * (1 + room);
  return { min, max, step: ceil125((max - min) / most) };
}

/** Multiples of the step on the axis. */
function stepsOf({ min, max, step }: Axis): number[] {
  const [first, last] = [Math.ceil(min / step - 1e-9), Math.floor(max / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** Panels as the elements of a page of that size. */
export function plotted(panels: readonly Panel[], width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: pt(width), height: pt(height) });
  const option: EChartsCoreOption = {
    animation: false,
    textStyle: { fontFamily: FONT, fontSize: pt(SIZE), color: INK },
    grid: panels.map(({ left, top, width, height }) => ({
      left: pt(left),
      top: pt(top),
      width: pt(width),
      height: pt(height),
    })),
    xAxis: panels.map(({ x }, gridIndex) => axisOption(x, gridIndex, 'x')),
    yAxis: panels.map(({ y }, gridIndex) => axisOption(y, gridIndex, 'y')),
    series: panels.flatMap(({ series }, index) =>
      series.map((one) => ({ silent: true, xAxisIndex: index, yAxisIndex: index, ...one })),
    ),
  };
  chart.setOption(option);
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

function axisOption(axis: Axis, gridIndex: number, direction: 'x' | 'y') {
  const { min, max, step, name, labels = true } = axis;
  const customValues = stepsOf(axis);
  const decimals = decimalsOf(step);
  return {
    type: 'value',
    gridIndex,
    min,
    max,
    name,
    nameLocation: 'middle',
    nameGap: pt(direction === 'x' ? 17 : 22),
    nameTextStyle: { fontFamily: FONT, fontSize: pt(SIZE), color: INK },
    axisLine: { show: true, onZero: false, lineStyle: { color: AXIS, width: pt(0.6), cap: 'square' } },
    axisTick: { show: true, customValues, inside: false, length: pt(2.5), lineStyle: { color: AXIS, width: pt(0.6) } },
    axisLabel: {
      show: labels,
      customValues,
      margin: pt(4),
      fontFamily: FONT,
      fontSize: pt(SIZE),
      color: INK,
      formatter: (value: number) => fixed(value, decimals),
    },
    splitLine: { show: false },
  };
}

export type Point = [x: number, y: number];

/** Points joined by straight lines. */
export function curve(points: readonly Point[], colour: string, width = 1, dash?: number[]): object {
  const lineStyle = {
    color: colour,
    width: pt(width),
    cap: 'round',
    join: 'round',
    ...(dash ? { type: dash.map(pt) } : {}),
  };
  return { type: 'line', data: points, symbol: 'none', clip: true, lineStyle };
}

/** Round marks, filled, or white inside. */
export function marks(points: readonly Point[], colour: string, size = 4, open: readonly boolean[] = []): object {
  return {
    type: 'scatter',
    clip: false,
    data: points.map((value, i) => ({
      value,
      itemStyle: { opacity: 1, color: open[i] ? '#ffffff' : colour, borderColor: colour, borderWidth: pt(0.8) },
    })),
    symbol: 'circle',
    symbolSize: pt(size),
  };
}

/** The area between two lines over the same places. */
export function band(
  xs: readonly number[],
  low: readonly number[],
  high: readonly number[],
  colour: string,
  opacity: number,
): object {
  return drawn([[0, 0]], (api) => ({
    type: 'polygon',
    shape: {
      points: [...xs.map((x, i) => api.coord([x, high[i]!])), ...xs.map((x, i) => api.coord([x, low[i]!])).reverse()],
    },
    style: { fill: colour, fillOpacity: opacity, stroke: 'none' },
  }));
}

/** Vertical lines from low to high, with short ends. */
export function whiskers(bars: readonly { x: number; low: number; high: number }[], colour: string): object {
  return drawn(
    bars.map(({ x, low, high }) => [x, low, high]),
    (api) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const high = api.coord([api.value(0), api.value(2)])[1];
      const bar = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style: { stroke: colour, lineWidth: pt(0.8) },
      });
      return {
        type: 'group',
        children: [
          bar(x, low, x, high),
          bar(x - pt(1.6), low, x + pt(1.6), low),
          bar(x - pt(1.6), high, x + pt(1.6), high),
        ],
      };
    },
  );
}

/** Areas over the whole height between two places. */
export function spans(places: readonly Point[], bottom: number, top: number, colour: string, opacity: number): object {
  return drawn(places, (api) => {
    const [x1, y1] = api.coord([api.value(0), top]);
    const [x2, y2] = api.coord([api.value(1), bottom]);
    return {
      type: 'rect',
      shape: { x: x1, y: y1, width: Math.max(pt(0.6), x2 - x1), height: y2 - y1 },
      style: { fill: colour, fillOpacity: opacity },
    };
  });
}

/** Short lines that rise from the axis at `bottom`: where scans are. */
export function ticks(places: readonly number[], bottom: number, colour: string, length = 4): object {
  return drawn(
    places.map((x) => [x, bottom]),
    (api) => {
      const [x, y] = api.coord([api.value(0), bottom]);
      return {
        type: 'line',
        shape: { x1: x, y1: y, x2: x, y2: y - pt(length) },
        style: { stroke: colour, lineWidth: pt(0.8) },
      };
    },
  );
}

interface Api {
  coord(place: readonly number[]): [number, number];
  value(dimension: number): number;
}

function drawn(data: readonly (readonly number[])[], renderItem: (api: Api) => object): object {
  return { type: 'custom', clip: true, data, renderItem: (_: unknown, api: Api) => renderItem(api) };
}
