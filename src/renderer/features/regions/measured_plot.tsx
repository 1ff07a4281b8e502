import { useEffect, useRef, useState } from 'react';
import { roundAxis } from '../../../core/steps_1_2_5.ts';
import { Choice } from '../../components/controls.tsx';
import { digits, fixed, grouped } from '../../components/format.ts';
import { useProject } from '../../state/session.ts';
import { scanTimes, showScan, timesKnown } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { ticks, toX, wholeSpan } from '../timeline/scale.ts';
import { linesOf, QUANTITIES, type QuantityName } from './measured_lines.ts';
import type { Measurement } from './measurements.ts';
import { useRegions } from './region_list.ts';

const LEFT = 64;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 22;

/** What was measured against time, a line a region; the scan shown is marked, and a point shows its scan. */
export function MeasuredPlot({ rows }: { rows: readonly Measurement[] }) {
  const project = useProject()!;
  const scan = useView((view) => view.scan);
  const colours = new Map(useRegions().map(({ id, colour }) => [id, colour]));
  const [quantity, setQuantity] = useState<QuantityName>('lithium');
  const [size, box] = useSize();
  const known = QUANTITIES.filter(({ of }) => rows.some((row) => of(row) !== null));
  const chosen = known.find(({ name }) => name === quantity) ?? known[0];
  if (!chosen) return null;
  const times = scanTimes(project.scans);
  const lines = linesOf(rows, chosen);
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const { min, max, step } = roundAxis(Math.min(...values), Math.max(...values), 4);
  const span = wholeSpan(times);
  const [width, height] = [Math.max(0, size.width - LEFT - RIGHT), Math.max(0, size.height - TOP - BOTTOM)];
  const x = (at: number) => LEFT + toX(times[at] ?? 0, span, width);
  const y = (value: number) => TOP + height * (1 - (value - min) / (max - min || 1));
  const levels = Array.from({ length: Math.round((max - min) / (step || 1)) + 1 }, (_, n) => min + n * step);
  const name = timesKnown(project.scans) ? 'h' : 'scan';
  return (
    <div className="measured-plot">
      <Choice
        label="What is plotted"
        value={chosen.name}
        options={known.map(({ name: value, title }) => [value, title] as const)}
        onChange={setQuantity}
      />
      <div ref={box}>
        <svg width={size.width} height={size.height} role="img" aria-label={`${chosen.title} over time`}>
          {levels.map((level) => (
            <g key={level}>
              <line className="plot-level" x1={LEFT} x2={size.width - RIGHT} y1={y(level)} y2={y(level)} />
              <text className="plot-text" x={LEFT - 6} y={y(level) + 4} textAnchor="end">
                {grouped(Number(level.toPrecision(6))).replace('-', '−')}
              </text>
            </g>
          ))}
          {ticks(span, Math.max(2, width / 64)).times.map((time) => (
            <text
              key={time}
              className="plot-text"
              x={LEFT + toX(time, span, width)}
              y={size.height - 6}
              textAnchor="middle"
            >
              {time} {name}
            </text>
          ))}
          <line className="plot-now" x1={x(scan)} x2={x(scan)} y1={TOP} y2={size.height - BOTTOM} />
          {lines.map(({ id, name: region, points }) => (
            <g key={id} className="plot-region" style={{ ['--region' as string]: colours.get(id) ?? 'var(--ink-3)' }}>
              <polyline
                className="plot-line"
                points={points.map((one) => `${x(one.scan)},${y(one.value)}`).join(' ')}
              />
              {points.map((one) => (
                <circle
                  key={one.scan}
                  className="plot-point"
                  cx={x(one.scan)}
                  cy={y(one.value)}
                  r={one.scan === scan ? 4 : 3}
                  onPointerDown={() => showScan(one.scan)}
                >
                  <title>{`${region}, ${fixed(times[one.scan], 2)} ${name}: ${digits(one.value, 4)}`}</title>
                </circle>
              ))}
            </g>
          ))}
        </svg>
      </div>
    </div>
  );
}

function useSize() {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [size, box] as const;
}
