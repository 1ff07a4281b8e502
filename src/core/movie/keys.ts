import type { Ease, Key } from './storyboard.ts';

/** How far a change has come, 0 to 1, at a share of its time. */
export function eased(share: number, ease: Ease = 'smooth'): number {
  const t = Math.max(0, Math.min(1, share));
  if (ease === 'linear') return t;
  if (ease === 'in') return t * t;
  if (ease === 'out') return t * (2 - t);
  if (ease === 'hold') return t < 1 ? 0 : 1;
  return t * t * (3 - 2 * t);
}

/** Between two values; `share` from 0 to 1. */
export type Mix<T> = (a: T, b: T, share: number) => T;

export const mixed: Mix<number> = (a, b, share) => a + (b - a) * share;
export const mixedList = <T extends readonly number[]>(a: T, b: T, share: number): T =>
  a.map((value, k) => mixed(value, b[k]!, share)) as unknown as T;

/** The value at a time, seconds: keys in order of time, standing still before the first and after the last. */
export function valueAt<T>(keys: readonly Key<T>[], seconds: number, mix: Mix<T>): T {
  const after = keys.findIndex(({ at }) => at > seconds);
  if (after === 0) return keys[0]!.value;
  if (after < 0) return keys.at(-1)!.value;
  const [from, to] = [keys[after - 1]!, keys[after]!];
  const share = eased((seconds - from.at) / (to.at - from.at), from.ease);
  return share === 0 ? from.value : mix(from.value, to.value, share);
}
