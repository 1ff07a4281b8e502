import { roundAxis } from '../../../core/steps_1_2_5.ts';

/** Hours shown, and the pixels they are shown in. */
export interface Span {
  from: number;
  to: number;
}

export function toX(timeH: number, { from, to }: Span, width: number): number {
  return ((timeH - from) / (to - from)) * width;
}

export function toTime(x: number, { from, to }: Span, width: number): number {
  return from + (x / width) * (to - from);
}

/** All that is to be seen, with a little room at either end. */
export function wholeSpan(times: readonly number[]): Span {
  if (times.length === 0) return { from: 0, to: 1 };
  let [low, high] = [times[0]!, times[0]!];
  for (const time of times) {
    if (time < low) low = time;
    if (time > high) high = time;
  }
  const room = (high - low || 1) * 0.015;
  return { from: low - room, to: high + room };
}

/** Closer (factor below 1) or further around a time, never beyond the whole. */
export function zoomed(span: Span, whole: Span, aroundH: number, factor: number): Span {
  const length = Math.min(
    whole.to - whole.from,
    Math.max((whole.to - whole.from) / 500, (span.to - span.from) * factor),
  );
  const share = (aroundH - span.from) / (span.to - span.from);
  return held({ from: aroundH - share * length, to: aroundH + (1 - share) * length }, whole);
}

export function moved(span: Span, whole: Span, byH: number): Span {
  return held({ from: span.from + byH, to: span.to + byH }, whole);
}

function held(span: Span, whole: Span): Span {
  const length = span.to - span.from;
  const from = Math.max(whole.from, Math.min(whole.to - length, span.from));
  return { from, to: from + length };
}

/** Round times inside a span, and the step between them. */
export function ticks({ from, to }: Span, most: number): { times: number[]; step: number } {
  const { min, max, step } = roundAxis(from, to, Math.max(2, most));
  const times: number[] = [];
  for (let n = 0; min + n * step <= max + step / 2; n++) {
    const time = Number((min + n * step).toPrecision(12));
    if (time >= from && time <= to) times.push(time);
  }
  return { times, step };
}

/**
 * Lowest and highest of the values inside a span, with room; steady values get a band around them, and what is seldom
 * reached is left to run out of the lane.
 */
export function valueRange(timeH: readonly number[], values: readonly number[], { from, to }: Span): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (timeH[i]! < from || timeH[i]! > to) continue;
    if (values[i]! < low) low = values[i]!;
    if (values[i]! > high) high = values[i]!;
  }
  if (!(high >= low)) return [0, 1];
  const inner = innerRange(timeH, values, { from, to });
  if (inner && inner[1] - inner[0] < (high - low) * MOSTLY) [low, high] = inner;
  const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

/** Where values keep within less than this part of their whole range for nearly all the time, that part is shown large. */
const MOSTLY = 0.3;
/** Of the time, at either end. */
const SELDOM = 0.03;

/** The range in which the values are but for a small part of the time; null for few values or steady ones. */
function innerRange(timeH: readonly number[], values: readonly number[], { from, to }: Span): [number, number] | null {
  const seen: { value: number; hours: number }[] = [];
  let hours = 0;
  for (let i = 0; i + 1 < values.length; i++) {
    if (timeH[i]! < from || timeH[i + 1]! > to) continue;
    const lasts = timeH[i + 1]! - timeH[i]!;
    seen.push({ value: values[i]!, hours: lasts });
    hours += lasts;
  }
  if (seen.length < 20) return null;
  seen.sort((a, b) => a.value - b.value);
  const reach = (order: typeof seen): number => {
    let passed = 0;
    return order.find(({ hours: lasts }) => (passed += lasts) > hours * SELDOM)!.value;
  };
  const [low, high] = [reach(seen), reach(seen.toReversed())];
  return high > low ? [low - (high - low) * 0.25, high + (high - low) * 0.25] : null;
}

/** A line through values as an SVG path; of many values in one pixel the ends and extremes are kept, so spikes stay. */
export function linePath(
  timeH: readonly number[],
  values: readonly number[],
  span: Span,
  [low, high]: readonly [number, number],
  width: number,
  height: number,
): string {
  const y = (value: number) => ((high - value) / (high - low)) * height;
  const parts: string[] = [];
  let column = Number.NaN;
  let lowest = 0;
  let highest = 0;
  let last = 0;
  const flush = () => {
    if (Number.isNaN(column)) return;
    for (const value of lowest === highest ? [last] : [lowest, highest, last])
      parts.push(`${parts.length === 0 ? 'M' : 'L'}${column} ${y(value).toFixed(1)}`);
  };
  for (let i = 0; i < values.length; i++) {
    const outside =
      (timeH[i]! < span.from && (timeH[i + 1] ?? 0) < span.from) ||
      (timeH[i]! > span.to && (timeH[i - 1] ?? 0) > span.to);
    if (outside) continue;
    const x = Math.round(toX(timeH[i]!, span, width) * 2) / 2;
    if (x === column) {
      lowest = Math.min(lowest, values[i]!);
      highest = Math.max(highest, values[i]!);
      last = values[i]!;
      continue;
    }
    flush();
    column = x;
    lowest = highest = last = values[i]!;
  }
  flush();
  return parts.join('');
}

/** The value at a time, straight between rows; null outside. */
export function valueAt(timeH: readonly number[], values: readonly number[], at: number): number | null {
  if (timeH.length === 0 || at < timeH[0]! || at > timeH[timeH.length - 1]!) return null;
  let low = 0;
  let high = timeH.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (timeH[middle]! <= at) low = middle;
    else high = middle;
  }
  const gap = timeH[high]! - timeH[low]!;
  return gap === 0 ? values[high]! : values[low]! + ((at - timeH[low]!) / gap) * (values[high]! - values[low]!);
}
