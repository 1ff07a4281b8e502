import { type PointerEvent, useMemo, useRef } from 'react';
import type { LayerInfo } from '../../../contract/app.ts';

const WIDTH = 256;
const HEIGHT = 48;

/** Grey values of the scan, square-root counts; the ends of the window are dragged, or the window between them. */
export function Histogram({
  info,
  window: [low, high],
  onWindow,
}: {
  info: LayerInfo | null;
  window: [number, number];
  onWindow: (window: [number, number]) => void;
}) {
  const grabbed = useRef<{ what: 'low' | 'high' | 'both'; at: number; from: [number, number] } | null>(null);
  const path = useMemo(() => (info ? outline(info.histogram.counts) : ''), [info]);
  if (!info) return <div className="histogram" aria-hidden />;
  const [first, last] = info.histogram.range;
  const toX = (value: number) => ((value - first) / (last - first)) * WIDTH;
  const valueAt = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return first + ((event.clientX - left) / width) * (last - first);
  };
  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = valueAt(event);
    const near = ((last - first) / WIDTH) * 8;
    const what = Math.abs(at - low) < near ? 'low' : Math.abs(at - high) < near ? 'high' : 'both';
    grabbed.current = { what, at, from: [low, high] };
  };
  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    if (!grabbed.current) return;
    const { what, at, from } = grabbed.current;
    const by = valueAt(event) - at;
    if (what === 'low') onWindow([Math.min(from[0] + by, high), high]);
    else if (what === 'high') onWindow([low, Math.max(from[1] + by, low)]);
    else onWindow([from[0] + by, from[1] + by]);
  };
  return (
    <svg
      className="histogram"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label="Histogram of grey values; the numbers below set the same window"
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        grabbed.current = null;
      }}
    >
      <path className="histogram-counts" d={path} />
      <rect className="histogram-window" x={toX(low)} y={0} width={Math.max(0, toX(high) - toX(low))} height={HEIGHT} />
      <line className="histogram-end" x1={toX(low)} x2={toX(low)} y1={0} y2={HEIGHT} />
      <line className="histogram-end" x1={toX(high)} x2={toX(high)} y1={0} y2={HEIGHT} />
    </svg>
  );
}

function outline(counts: readonly number[]): string {
  const most = Math.sqrt(Math.max(1, ...counts));
  const width = WIDTH / counts.length;
  const tops = counts.map((count, index) => {
    const y = (HEIGHT * (1 - (0.96 * Math.sqrt(count)) / most)).toFixed(1);
    return `L${(index * width).toFixed(2)} ${y}L${((index + 1) * width).toFixed(2)} ${y}`;
  });
  return `M0 ${HEIGHT}${tops.join('')}L${WIDTH} ${HEIGHT}Z`;
}
