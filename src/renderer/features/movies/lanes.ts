import type { Storyboard } from '../../../core/movie/storyboard.ts';
import { type KeyPlace, keysOf, lengthOf, panelOf, startsOf, TRACKS, type Track } from './edit.ts';

/** A panel of the movie over all shots that have it, and what of it changes. */
export interface PanelLane {
  panel: string;
  kind: keyof typeof TRACKS;
  /** Shots that show it. */
  shots: number[];
  tracks: { track: Track; keys: KeyPlace[] }[];
}

/** Panels in the order in which they first appear; of their tracks those with keys, and all where `whole` names the panel. */
export function lanesOf(board: Storyboard, whole: string | null): PanelLane[] {
  const lanes = new Map<string, PanelLane>();
  for (const [shot, { panels }] of board.shots.entries())
    for (const { id, kind } of panels) {
      const lane = lanes.get(id);
      if (lane) lane.shots.push(shot);
      else lanes.set(id, { panel: id, kind, shots: [shot], tracks: [] });
    }
  for (const lane of lanes.values())
    lane.tracks = TRACKS[lane.kind]
      .map((track) => ({ track, keys: keysOfLane(board, lane, track) }))
      .filter(({ keys }) => keys.length > 0 || lane.panel === whole);
  return [...lanes.values()];
}

function keysOfLane(board: Storyboard, { panel, shots }: PanelLane, track: Track): KeyPlace[] {
  return shots.flatMap((shot) =>
    panelOf(board, shot, panel) === null
      ? []
      : keysOf(board, { shot, panel, track }).map((_, index) => ({ shot, panel, track, index })),
  );
}

/** Seconds of the movie at which something changes: cuts and keys, each once, in order. */
export function landmarks(board: Storyboard): number[] {
  const starts = startsOf(board);
  const keys = lanesOf(board, null).flatMap(({ tracks }) =>
    tracks.flatMap(({ keys }) => keys.map((place) => starts[place.shot]! + keysOf(board, place)[place.index]!.at)),
  );
  const all = [...starts, ...keys, lengthOf(board)].map((second) => Number(second.toFixed(6)));
  return [...new Set(all)].sort((a, b) => a - b);
}

/** The next landmark in a direction; the end where there is none. */
export function landmarkFrom(board: Storyboard, second: number, direction: 1 | -1): number {
  const marks = landmarks(board);
  const next =
    direction > 0 ? marks.find((mark) => mark > second + 1e-3) : marks.findLast((mark) => mark < second - 1e-3);
  return next ?? (direction > 0 ? lengthOf(board) : 0);
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300];

/** Seconds that the ruler names, `pixels` wide a second. */
export function rulerTicks(length: number, pixels: number): { step: number; ticks: number[] } {
  const step = STEPS.find((one) => one * pixels >= 72) ?? 600;
  return { step, ticks: Array.from({ length: Math.floor(length / step + 1e-9) + 1 }, (_, k) => k * step) };
}

/** The place of a dragged shot: before the first of the others whose middle lies later. */
export function dropPlace(board: Storyboard, dragged: number, second: number): number {
  const others = board.shots.filter((_, k) => k !== dragged);
  let start = 0;
  for (const [k, { seconds }] of others.entries()) {
    if (second < start + seconds / 2) return k;
    start += seconds;
  }
  return others.length;
}
