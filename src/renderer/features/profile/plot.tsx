import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { type EChartsType, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { digits, grouped } from '../../components/format.ts';
import { useTheme } from '../../style/theme.ts';

use([LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

export interface PlotLine {
  name: string;
  /** Name of a colour in tokens.css. */
  colour: string;
  x: readonly number[];
  y: readonly (number | null)[];
  /** Measured on an axis of its own. */
  right?: boolean;
}

function tickText(value: number): string {
  return grouped(Number(value.toPrecision(6))).replace('-', '−');
}

/** Lines over one axis, in the window's colours. */
export function Plot({ lines, xName, label }: { lines: readonly PlotLine[]; xName: string; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = box.current!;
    chart.current = init(element, null, { renderer: 'svg' });
    const observer = new ResizeObserver(() => chart.current?.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.current?.dispose();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides the colours that are read here
  useEffect(() => {
    if (lines.length === 0) {
      chart.current?.clear();
      return;
    }
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      axisLine: { lineStyle: { color: colour('--edge') } },
      axisLabel: { color: colour('--ink-2'), fontSize: 11 },
      splitLine: { lineStyle: { color: colour('--line') } },
      nameTextStyle: { color: colour('--ink-2'), fontSize: 11 },
    };
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { fontFamily: 'Inter Variable' },
        grid: { left: 8, right: 8, top: 32, bottom: 24, containLabel: true },
        legend: {
          top: 0,
          left: 0,
          itemWidth: 12,
          itemHeight: 2,
          textStyle: { color: colour('--ink-2'), fontSize: 11 },
        },
        tooltip: {
          trigger: 'axis',
          renderMode: 'richText',
          backgroundColor: colour('--raised'),
          borderColor: colour('--line'),
          textStyle: { color: colour('--ink'), fontSize: 11 },
          valueFormatter: (value: unknown) => digits(typeof value === 'number' ? value : null),
        },
        xAxis: {
          type: 'value',
          name: xName,
          nameLocation: 'middle',
          nameGap: 24,
          max: 'dataMax',
          ...axis,
          axisLabel: { ...axis.axisLabel, formatter: tickText, showMaxLabel: false },
        },
        yAxis: lines.map(({ right }) => ({
          type: 'value',
          scale: true,
          position: right ? 'right' : 'left',
          ...axis,
          axisLabel: { ...axis.axisLabel, formatter: tickText },
          ...(right && lines.length > 1 ? { splitLine: { show: false } } : {}),
        })),
        series: lines.map(({ name, colour: token, x, y }, index) => ({
          type: 'line',
          name,
          yAxisIndex: index,
          showSymbol: false,
          lineStyle: { width: 1.25, color: colour(token) },
          itemStyle: { color: colour(token) },
          data: x.map((distance, at) => [distance, y[at] ?? null]),
        })),
      },
      true,
    );
  }, [lines, xName, theme]);
  return <div className="plot" ref={box} role="img" aria-label={label} style={{ height: 240 }} />;
}
