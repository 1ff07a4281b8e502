import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react';
import { hoursOf, shownScans } from '../../../core/movie/project.ts';
import type { Moment, Shot } from '../../../core/movie/storyboard.ts';
import { digits } from '../../components/format.ts';
import { useSize } from '../../components/use_size.ts';
import { linePath, toTime, toX, valueRange, wholeSpan } from '../timeline/scale.ts';
import { useMovieProject } from './project.ts';

const HEIGHT = 56;
/** A dragged end catches at a scan from so many pixels. */
const CATCH = 5;

/** The voltage of the whole series, scans below, and the part that the shot shows between two ends to be dragged. */
export function RangeOfTime({
  shot: { time },
  onChange,
}: {
  shot: Shot;
  onChange: (ends: { from?: Moment; to?: Moment }) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const project = useMovieProject();
  const cycling = project?.state.cycling ?? null;
  const scans = useMemo(() => (project ? shownScans(project) : []), [project]);
  const span = useMemo(
    () => wholeSpan([...scans.map(({ atH }) => atH), ...(cycling ? [cycling.timeH[0]!, cycling.timeH.at(-1)!] : [])]),
    [scans, cycling],
  );
  const path = useMemo(() => {
    if (!cycling || width === 0) return '';
    const range = valueRange(cycling.timeH, cycling.voltageV, span);
    return linePath(cycling.timeH, cycling.voltageV, span, range, width, HEIGHT - 12);
  }, [cycling, span, width]);
  if (!project || scans.length === 0) return null;
  const hold = time.kind === 'hold';
  const from = hoursOf(hold ? time.at : time.from, project) ?? scans[0]!.atH;
  const to = hold ? from : (hoursOf(time.to, project) ?? scans.at(-1)!.atH);

  const momentAt = (hours: number): Moment => {
    const near = scans.find(({ atH }) => Math.abs(toX(atH, span, width) - toX(hours, span, width)) < CATCH);
    return near ? { scan: near.index } : { hours: Number(hours.toFixed(3)) };
  };
  const take = (end: 'from' | 'to', hours: number) => {
    const kept = end === 'from' ? Math.min(hours, hold ? span.to : to) : Math.max(hours, from);
    onChange({ [end]: momentAt(kept) });
  };
  const pull = (end: 'from' | 'to') => (press: PointerEvent<HTMLElement>) => {
    const target = press.currentTarget;
    target.setPointerCapture(press.pointerId);
    let last: number | null = null;
    const onMove = (event: globalThis.PointerEvent) => {
      last = toTime(event.clientX - box.current!.getBoundingClientRect().left, span, width);
      target.style.left = `${toX(last, span, width)}px`;
    };
    const onEnd = () => {
      target.removeEventListener('pointermove', onMove);
      if (last !== null) take(end, Math.max(span.from, Math.min(span.to, last)));
    };
    target.addEventListener('pointermove', onMove);
    target.addEventListener('pointerup', onEnd, { once: true });
    target.addEventListener('pointercancel', onEnd, { once: true });
  };
  const onKey = (end: 'from' | 'to') => (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const now = end === 'from' ? from : to;
    const times = scans.map(({ atH }) => atH);
    const next = by > 0 ? times.find((at) => at > now + 1e-6) : times.findLast((at) => at < now - 1e-6);
    if (next !== undefined) take(end, next);
  };
  const end = (name: 'from' | 'to', words: string, hours: number) => (
    <button
      type="button"
      className="movie-range-end"
      role="slider"
      aria-label={words}
      aria-valuemin={span.from}
      aria-valuemax={span.to}
      aria-valuenow={hours}
      aria-valuetext={`${digits(hours)} hours`}
      style={{ left: toX(hours, span, width) }}
      onPointerDown={pull(name)}
      onKeyDown={onKey(name)}
    />
  );
  return (
    <div className="movie-range" ref={box}>
      {width > 0 && (
        <>
          <svg width={width} height={HEIGHT} aria-hidden="true">
            <path d={path} />
            {scans.map(({ index, atH }) => (
              <line
                key={index}
                className="scan-tick"
                x1={toX(atH, span, width)}
                x2={toX(atH, span, width)}
                y1={HEIGHT - 9}
                y2={HEIGHT - 2}
              />
            ))}
            {!hold && (
              <>
                <rect className="outside" x={0} y={0} width={Math.max(0, toX(from, span, width))} height={HEIGHT} />
                <rect
                  className="outside"
                  x={toX(to, span, width)}
                  y={0}
                  width={Math.max(0, width - toX(to, span, width))}
                  height={HEIGHT}
                />
              </>
            )}
          </svg>
          {end('from', hold ? 'The moment shown' : 'Shown from', from)}
          {!hold && end('to', 'Shown until', to)}
        </>
      )}
    </div>
  );
}
