import { ceil125 } from '../steps_1_2_5.ts';

export interface Axis {
  min: number;
  max: number;
  step: number;
  /** Left out where another panel's axis stands for this one. */
  name?: string;
  labels?: boolean;
  /** Words at places, in place of numbers at steps. */
  words?: readonly { at: number; text: string }[];
}

/**
 * An axis around values with room at its ends, ticks at most `most` round steps apart; nulls do not count. The room does not
 * reach beyond zero.
 */
export function axisAround(values: Iterable<number | null>, most: number, room = 0.04): Axis {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  const span = high > low ? high - low : Math.abs(high) || 1;
  const min = low >= 0 ? Math.max(0, low - room * span) : low - room * span;
  const max = low < 0 && high <= 0 ? Math.min(0, high + room * span) : low + span * (1 + room);
  return { min, max, step: ceil125((max - min) / most) };
}

/** Multiples of the step on the axis. */
export function stepsOf({ min, max, step }: Axis): number[] {
  const [first, last] = [Math.ceil(min / step - 1e-9), Math.floor(max / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}
