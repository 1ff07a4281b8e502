import { eased } from './keys.ts';
import { hoursOf, type MovieProject, type ShownScan, shownScans } from './project.ts';
import { chargePassed } from './readings.ts';
import type { Shot } from './storyboard.ts';

/** Seconds in which a scan fades into the next one. */
export const FADE_SECONDS = 0.4;
/** Halvings that find a moment to a millionth of a second within an hour-long shot. */
const HALVINGS = 32;

/** What of a series is seen: one scan, or two of them, `weight` of the second. */
export interface Seen {
  scan: number;
  next: number | null;
  weight: number;
  how: 'hold' | 'fade' | 'interpolate';
}

/** A moment of a project that a shot shows. */
export interface Instant {
  hours: number;
  seen: Seen;
}

/** The scan last taken at a time, the first one before it was. */
function lastBefore(scans: readonly ShownScan[], hours: number): number {
  const after = scans.findIndex(({ atH }) => atH > hours + 1e-9);
  return after < 0 ? scans.length - 1 : Math.max(0, after - 1);
}

/** Hours of the first project's clock at seconds of a shot. */
function hoursAt(shot: Shot, project: MovieProject): (seconds: number) => number {
  const { time, seconds: length, between = 'hold' } = shot;
  const at = (moment: Parameters<typeof hoursOf>[0]) => hoursOf(moment, project) ?? 0;
  if (time.kind === 'hold') {
    const hours = at(time.at);
    return () => hours;
  }
  const [from, to] = [at(time.from), at(time.to)];
  const share = (seconds: number) => Math.max(0, Math.min(1, seconds / length));
  if (time.kind === 'play') {
    const rate = time.hoursPerSecond ?? (to - from) / length;
    return (seconds) => Math.min(to, from + rate * Math.max(0, Math.min(length, seconds)));
  }
  const scans = shownScans(project);
  const [first, last] = [lastBefore(scans, from), lastBefore(scans, to)];
  const count = last - first + 1;
  if (between === 'interpolate')
    return (seconds) => {
      const place = first + share(seconds) * (count - 1);
      const below = Math.min(last, Math.floor(place));
      const above = Math.min(last, below + 1);
      return scans[below]!.atH + (place - below) * (scans[above]!.atH - scans[below]!.atH);
    };
  return (seconds) => scans[Math.min(last, first + Math.floor(share(seconds) * count + 1e-9))]!.atH;
}

/** The hours of a second project that stand beside those of the first: the same time, or the same charge passed since its reference. */
function beside(first: MovieProject, other: MovieProject, align: 'time' | 'charge'): (hours: number) => number {
  if (align === 'time' || first === other) return (hours) => hours;
  const [own, its] = [chargePassed(first), chargePassed(other)];
  if (!own || !its) return (hours) => hours;
  return (hours) => its.hoursAt(own.at(hours));
}

/** What a shot shows of a project at a time within it, seconds. The clock is the first project's. */
export function clockOf(
  shot: Shot,
  first: MovieProject,
  project: MovieProject,
  align: 'time' | 'charge' = 'time',
): (seconds: number) => Instant {
  const clock = hoursAt(shot, first);
  const aligned = beside(first, project, align);
  const hours = (seconds: number) => aligned(clock(seconds));
  const scans = shownScans(project);
  const { between = 'hold', seconds: length } = shot;
  const scanAt = (seconds: number) => lastBefore(scans, hours(seconds));

  /** When the scan after `scan` comes, at most until `late`. */
  const changesAt = (scan: number, from: number, late: number): number => {
    let [before, after] = [from, late];
    for (let k = 0; k < HALVINGS; k++) {
      const middle = (before + after) / 2;
      if (scanAt(middle) > scan) after = middle;
      else before = middle;
    }
    return after;
  };

  return (seconds) => {
    const now = hours(seconds);
    const at = lastBefore(scans, now);
    const { index: scan, atH } = scans[at]!;
    const hold: Instant = { hours: now, seen: { scan, next: null, weight: 0, how: 'hold' } };
    const following = scans[at + 1];
    if (!following || between === 'hold' || now < atH) return hold;
    if (between === 'interpolate') {
      const weight = (now - atH) / (following.atH - atH);
      return weight <= 0 ? hold : { hours: now, seen: { scan, next: following.index, weight, how: 'interpolate' } };
    }
    const late = Math.min(length, seconds + FADE_SECONDS);
    if (scanAt(late) === at) return hold;
    const weight = eased(1 - (changesAt(at, seconds, late) - seconds) / FADE_SECONDS);
    return weight <= 0 ? hold : { hours: now, seen: { scan, next: following.index, weight, how: 'fade' } };
  };
}
