import { type PointerEvent, useMemo, useRef, useState, type WheelEvent } from 'react';
import type { ProjectState } from '../../../contract/app.ts';
import { decimalsOf } from '../../../core/steps_1_2_5.ts';
import { digits, fixed } from '../../components/format.ts';
import { useSize } from '../../components/use_size.ts';
import { useSession } from '../../state/session.ts';
import { nearestScan, pause, scanTimes, showScan, timesKnown } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { linePath, moved, type Span, ticks, toTime, toX, valueAt, valueRange, wholeSpan, zoomed } from './scale.ts';

const GUTTER = 104;
const SCANS = 26;
const AXIS = 18;
/** Room that a crack's label takes. */
const LABEL = 64;

interface Strip {
  name: string;
  unit: string;
  colour: string;
  values: readonly number[];
}

/** Small currents in µA. */
function currentStrip(currentMa: readonly number[]): Strip {
  const small = currentMa.every((value) => Math.abs(value) < 0.1);
  return {
    name: 'Current',
    unit: small ? 'µA' : 'mA',
    colour: 'var(--ink-2)',
    values: small ? currentMa.map((value) => value * 1000) : currentMa,
  };
}

function stripsOf({ cycling }: ProjectState): Strip[] {
  if (!cycling) return [];
  const strips: Strip[] = [
    { name: 'Voltage', unit: 'V', colour: 'var(--accent)', values: cycling.voltageV },
    currentStrip(cycling.currentMa),
  ];
  if (cycling.chargeMahCm2)
    strips.push({ name: 'Charge', unit: 'mAh cm⁻²', colour: 'var(--charge)', values: cycling.chargeMahCm2 });
  return strips;
}

/** Curves of the log over one axis of time; a press or drag shows the nearest scan, the wheel zooms, a double click shows all. */
export function Strips({ project }: { project: ProjectState }) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const scan = useView((view) => view.scan);
  const [zoom, setZoom] = useState<Span | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const scrubbing = useRef(false);
  const times = useMemo(() => scanTimes(project.scans), [project.scans]);
  const strips = useMemo(() => stripsOf(project), [project]);
  const timeH = project.cycling?.timeH ?? [];
  const whole = useMemo(
    () => wholeSpan([...times, ...(timeH.length > 0 ? [timeH[0]!, timeH[timeH.length - 1]!] : [])]),
    [times, timeH],
  );
  const span = zoom ?? whole;
  const plot = Math.max(1, width - GUTTER);
  const lanes = Math.max(1, height - SCANS - AXIS);
  const lane = strips.length > 0 ? lanes / strips.length : 0;

  const timeAt = (event: { clientX: number }) =>
    toTime(event.clientX - box.current!.getBoundingClientRect().left - GUTTER, span, plot);
  const scrub = (event: PointerEvent) => showScan(nearestScan(times, timeAt(event)));
  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    scrubbing.current = true;
    pause();
    scrub(event);
  };
  const onPointerMove = (event: PointerEvent) => {
    const inside = event.clientX - box.current!.getBoundingClientRect().left >= GUTTER;
    setOver(inside ? timeAt(event) : null);
    if (scrubbing.current) scrub(event);
  };
  const onWheel = (event: WheelEvent) => {
    const next =
      event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)
        ? moved(span, whole, ((event.deltaX || event.deltaY) / plot) * (span.to - span.from))
        : zoomed(span, whole, timeAt(event), event.deltaY > 0 ? 1.2 : 1 / 1.2);
    setZoom(next.to - next.from >= (whole.to - whole.from) * 0.999 ? null : next);
  };
  const playhead = toX(times[scan] ?? 0, span, plot);
  const shownH = over ?? times[scan] ?? 0;

  return (
    <div
      className="strips"
      ref={box}
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-valuemin={1}
      aria-valuemax={project.scans.length}
      aria-valuenow={scan + 1}
      aria-valuetext={`scan ${scan + 1}${timesKnown(project.scans) ? `, ${fixed(times[scan], 2)} hours` : ''}`}
      onKeyDown={(event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1, Home: -project.scans.length, End: project.scans.length }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        showScan(Math.max(0, scan + by * (event.shiftKey ? 10 : 1)));
      }}
    >
      {width > 0 && (
        <svg
          width={width}
          height={height}
          aria-hidden="true"
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerUp={() => {
            scrubbing.current = false;
          }}
          onPointerLeave={() => setOver(null)}
          onDoubleClick={() => setZoom(null)}
          onWheel={onWheel}
        >
          <clipPath id="timeline-plot">
            <rect x={0} y={0} width={plot} height={height} />
          </clipPath>
          {strips.map((strip, index) => (
            <Lane
              key={strip.name}
              strip={strip}
              {...{ timeH, span, shownH, top: index * lane, height: lane, width: plot, full: width }}
            />
          ))}
          {strips.length === 0 && (
            <text className="timeline-hint" x={GUTTER + plot / 2} y={lanes / 2}>
              No cycling log: attach one when a project is created, and voltage, current and charge stand here.
            </text>
          )}
          <g transform={`translate(${GUTTER} 0)`} clipPath="url(#timeline-plot)">
            <Scans {...{ project, times, span, plot, scan }} top={lanes} />
            <TimeAxis span={span} width={plot} top={lanes + SCANS} lanes={lanes} />
            <CrackMarks span={span} width={plot} lanes={lanes} times={times} />
            {over !== null && (
              <line className="over" x1={toX(over, span, plot)} x2={toX(over, span, plot)} y1={0} y2={lanes + SCANS} />
            )}
            <line className="playhead" x1={playhead} x2={playhead} y1={0} y2={lanes + SCANS} />
            <path className="playhead-grip" d={`M${playhead - 5} 0h10v4l-5 5-5-5z`} />
          </g>
          <text className="lane-name" x={12} y={lanes + SCANS / 2 + 4}>
            Scans
          </text>
          <text className="timeline-axis-name" x={12} y={lanes + SCANS + 13}>
            {timesKnown(project.scans) ? 'Time / h' : 'Order of scans'}
          </text>
        </svg>
      )}
    </div>
  );
}

function Lane({
  strip: { name, unit, colour, values },
  timeH,
  span,
  shownH,
  top,
  height,
  width,
  full,
}: {
  strip: Strip;
  timeH: readonly number[];
  span: Span;
  shownH: number;
  top: number;
  height: number;
  width: number;
  full: number;
}) {
  const range = useMemo(() => valueRange(timeH, values, span), [timeH, values, span]);
  const path = useMemo(
    () => linePath(timeH, values, span, range, width, height - 4),
    [timeH, values, span, range, width, height],
  );
  const zero = range[0] < 0 && range[1] > 0 ? (range[1] / (range[1] - range[0])) * (height - 4) : null;
  const value = valueAt(timeH, values, shownH);
  return (
    <g transform={`translate(0 ${top})`}>
      <line className="lane-edge" x1={0} x2={full} y1={height - 0.5} y2={height - 0.5} />
      <text className="lane-name" x={12} y={14}>
        {name}
      </text>
      <text className="lane-value" x={12} y={28} fill={colour}>
        {value === null ? '–' : digits(value)} <tspan className="lane-unit">{unit}</tspan>
      </text>
      <svg x={GUTTER} y={2} width={width} height={Math.max(0, height - 4)} aria-hidden="true">
        {zero !== null && <line className="zero" x1={0} x2={width} y1={zero} y2={zero} />}
        <path d={path} fill="none" stroke={colour} strokeWidth={1.25} strokeLinejoin="round" />
      </svg>
    </g>
  );
}

/** A bar as long as the exposure at the scan's true time; its fill tells how far it is loaded. */
function Scans({
  project,
  times,
  span,
  plot,
  scan,
  top,
}: {
  project: ProjectState;
  times: readonly number[];
  span: Span;
  plot: number;
  scan: number;
  top: number;
}) {
  const loaded = useView((view) => view.loaded);
  const results = useSession((session) => session.results);
  const coarse = new Set(loaded.coarse);
  const fine = new Set(loaded.fine);
  return (
    <g transform={`translate(0 ${top})`}>
      {project.scans.map(({ index, name, startH, endH, excluded }, at) => {
        const middle = toX(times[at]!, span, plot);
        const exposed = startH !== null && endH !== null ? toX(endH, span, plot) - toX(startH, span, plot) : 0;
        const width = Math.max(3, exposed);
        const state = fine.has(index) ? 'fine' : coarse.has(index) ? 'coarse' : 'unread';
        const flagged = (results?.scans[at]?.quality?.flags.length ?? 0) > 0;
        return (
          <g key={index} className={`scan-mark ${state}${at === scan ? ' shown' : ''}${excluded ? ' excluded' : ''}`}>
            <title>
              {`${name}${excluded ? `, left out: ${excluded}` : ''}${flagged ? `, ${results!.scans[at]!.quality!.flags.join(', ')}` : ''}`}
            </title>
            <rect x={middle - width / 2} y={6} width={width} height={14} rx={1} />
            {flagged && <path className="scan-flag" d={`M${middle - 3} 3h6l-3 4z`} />}
          </g>
        );
      })}
    </g>
  );
}

function TimeAxis({ span, width, top, lanes }: { span: Span; width: number; top: number; lanes: number }) {
  const { times, step } = ticks(span, Math.floor(width / 80));
  return (
    <g className="time-axis">
      <line className="lane-edge" x1={0} x2={width} y1={top + 0.5} y2={top + 0.5} />
      {times.map((time) => {
        const x = toX(time, span, width);
        return (
          <g key={time}>
            <line className="time-grid" x1={x} x2={x} y1={0} y2={lanes} />
            <line className="time-tick" x1={x} x2={x} y1={top} y2={top + 4} />
            <text x={x} y={top + 14}>
              {fixed(time, decimalsOf(step))}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** When a crack began: the interval between the scans before and with it. */
function CrackMarks({
  span,
  width,
  lanes,
  times,
}: {
  span: Span;
  width: number;
  lanes: number;
  times: readonly number[];
}) {
  const results = useSession((session) => session.results);
  const onsets = useMemo(() => {
    const byScan = new Map<number, { from: number; to: number; ids: number[] }>();
    for (const { id, onsetScan, onsetIntervalH } of results?.cracks ?? []) {
      const to = onsetIntervalH?.[1] ?? times[onsetScan] ?? 0;
      const from = onsetIntervalH?.[0] ?? to;
      const there = byScan.get(onsetScan);
      if (there) there.ids.push(id);
      else byScan.set(onsetScan, { from, to, ids: [id] });
    }
    return [...byScan.values()].sort((a, b) => a.to - b.to);
  }, [results, times]);
  return (
    <g className="crack-marks">
      {onsets.map(({ from, to, ids }, at) => {
        const [left, right] = [toX(from, span, width), toX(to, span, width)];
        const next = onsets[at + 1] ? toX(onsets[at + 1]!.to, span, width) : width;
        const words = `${ids.length > 1 ? `${ids.length} cracks began` : `Crack ${ids[0]} began`} between ${digits(from)} and ${digits(to)} h`;
        return (
          <g key={ids[0]}>
            <title>{words}</title>
            <rect x={left} y={0} width={Math.max(1, right - left)} height={lanes} />
            <path d={`M${right - 4} ${lanes}h8l-4-7z`} />
            {next - right > LABEL && (
              <text x={right + 6} y={lanes - 2}>
                {ids.length > 1 ? `${ids.length} cracks` : `crack ${ids[0]}`}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}
