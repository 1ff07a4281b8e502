import { decimalsOf } from '../steps_1_2_5.ts';
import { type Axis, stepsOf } from './axis.ts';
import { fixed, type PlotLook, type PlotSymbol } from './look.ts';

/**
 * Plots as the chart library (ECharts) takes them: one look on paper, in the app and in movies. Needs its line, scatter and custom
 * charts and its grids, and nothing else.
 */

/** Axes of one panel on the page, in points, and what is drawn in it, last on top. */
export interface Panel {
  left: number;
  top: number;
  width: number;
  height: number;
  x: Axis;
  y: Axis;
  series: object[];
}

export type Point = readonly [x: number, y: number];

export interface Plotter {
  /** Panels of a page as one option of the library. */
  option(panels: readonly Panel[]): Record<string, unknown>;
  /** Points joined by straight lines. */
  curve(points: readonly Point[], colour: string, width?: number, dash?: readonly number[]): object;
  /** Marks, filled, or with paper inside. */
  marks(
    points: readonly Point[],
    colour: string,
    size?: number,
    open?: readonly boolean[],
    symbol?: PlotSymbol,
  ): object;
  /** The area between two lines over the same places. */
  band(xs: readonly number[], low: readonly number[], high: readonly number[], colour: string, opacity: number): object;
  /** Vertical lines from low to high, with short ends. */
  whiskers(bars: readonly { x: number; low: number; high: number }[], colour: string): object;
  /** Areas over the whole height between two places. */
  spans(places: readonly Point[], bottom: number, top: number, colour: string, opacity: number): object;
  /** Short lines that rise from the axis at `bottom`: where scans are. */
  ticks(places: readonly number[], bottom: number, colour: string, length?: number): object;
  /** Columns from `from` to `to` over [left, right]. */
  bars(
    columns: readonly { left: number; right: number; from: number; to: number }[],
    colour: string,
    opacity?: number,
  ): object;
}

export function plotter(look: PlotLook): Plotter {
  const pt = (points: number): number => points * look.unit;
  const letters = { fontFamily: look.font, fontSize: pt(look.size), color: look.ink };

  const axisOption = (axis: Axis, gridIndex: number, direction: 'x' | 'y') => {
    const { min, max, step, name, labels = true, words } = axis;
    const customValues = words?.map(({ at }) => at) ?? stepsOf(axis);
    const decimals = decimalsOf(step);
    const worded = new Map(words?.map(({ at, text }) => [at, text]));
    return {
      type: 'value',
      gridIndex,
      min,
      max,
      name,
      nameLocation: 'middle',
      nameGap: pt(direction === 'x' ? look.size + 10 : look.size + 15),
      nameTextStyle: letters,
      axisLine: { show: true, onZero: false, lineStyle: { color: look.axis, width: pt(0.6), cap: 'square' } },
      axisTick: {
        show: true,
        customValues,
        inside: false,
        length: pt(2.5),
        lineStyle: { color: look.axis, width: pt(0.6) },
      },
      axisLabel: {
        show: labels,
        customValues,
        margin: pt(4),
        ...letters,
        formatter: (value: number) => worded.get(value) ?? fixed(value, decimals),
      },
      splitLine: { show: false },
    };
  };

  return {
    option: (panels) => ({
      animation: false,
      textStyle: letters,
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
    }),

    curve: (points, colour, width = 1, dash = []) => ({
      type: 'line',
      data: points,
      symbol: 'none',
      clip: true,
      lineStyle: {
        color: colour,
        width: pt(width),
        cap: 'round',
        join: 'round',
        ...(dash.length > 0 ? { type: dash.map(pt) } : {}),
      },
    }),

    marks: (points, colour, size = 4, open = [], symbol = 'circle') => ({
      type: 'scatter',
      clip: false,
      data: points.map((value, i) => ({
        value,
        itemStyle: { opacity: 1, color: open[i] ? look.paper : colour, borderColor: colour, borderWidth: pt(0.8) },
      })),
      symbol,
      symbolSize: pt(size),
    }),

    band: (xs, low, high, colour, opacity) =>
      drawn([[0, 0]], (api) => ({
        type: 'polygon',
        shape: {
          points: [
            ...xs.map((x, i) => api.coord([x, high[i]!])),
            ...xs.map((x, i) => api.coord([x, low[i]!])).reverse(),
          ],
        },
        style: { fill: colour, fillOpacity: opacity, stroke: 'none' },
      })),

    whiskers: (bars, colour) =>
      drawn(
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
      ),

    spans: (places, bottom, top, colour, opacity) =>
      drawn(places, (api) => {
        const [x1, y1] = api.coord([api.value(0), top]);
        const [x2, y2] = api.coord([api.value(1), bottom]);
        return {
          type: 'rect',
          shape: { x: x1, y: y1, width: Math.max(pt(0.6), x2 - x1), height: y2 - y1 },
          style: { fill: colour, fillOpacity: opacity },
        };
      }),

    ticks: (places, bottom, colour, length = 4) =>
      drawn(
        places.map((x) => [x, bottom]),
        (api) => {
          const [x, y] = api.coord([api.value(0), bottom]);
          return {
            type: 'line',
            shape: { x1: x, y1: y, x2: x, y2: y - pt(length) },
            style: { stroke: colour, lineWidth: pt(0.8) },
          };
        },
      ),

    bars: (columns, colour, opacity = 1) =>
      drawn(
        columns.map(({ left, right, from, to }) => [left, right, from, to]),
        (api) => {
          const [x1, y1] = api.coord([api.value(0), api.value(3)]);
          const [x2, y2] = api.coord([api.value(1), api.value(2)]);
          return {
            type: 'rect',
            shape: { x: x1, y: Math.min(y1, y2), width: x2 - x1, height: Math.abs(y2 - y1) },
            style: { fill: colour, fillOpacity: opacity },
          };
        },
      ),
  };
}

interface Api {
  coord(place: readonly number[]): [number, number];
  value(dimension: number): number;
}

function drawn(data: readonly (readonly number[])[], renderItem: (api: Api) => object): object {
  return { type: 'custom', clip: true, data, renderItem: (_: unknown, api: Api) => renderItem(api) };
}
