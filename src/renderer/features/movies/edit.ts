import { valueAt as keyed } from '../../../core/movie/keys.ts';
import type { Key, Overlay, Panel, PanelKind, Shot, Storyboard, TimeMapping } from '../../../core/movie/storyboard.ts';

/** Changes of a storyboard as pure functions; seconds of the movie, or of a shot where it says `at`. */

/** What of a panel changes from key to key. */
export type Track = 'camera' | 'clip' | 'layers' | 'slices' | 'at' | 'view';

export const TRACKS: Readonly<Record<PanelKind, readonly Track[]>> = {
  volume: ['camera', 'clip', 'layers', 'slices'],
  slice: ['at', 'view', 'layers'],
  map: [],
  curve: [],
  histogram: [],
};

/** A key by its place. */
export interface KeyPlace {
  shot: number;
  panel: string;
  track: Track;
  index: number;
}

/** No shot is shorter. */
export const SHORTEST = 0.1;

export function startsOf({ shots }: Storyboard): number[] {
  let start = 0;
  return shots.map(({ seconds }) => (start += seconds) - seconds);
}

export function lengthOf({ shots }: Storyboard): number {
  return shots.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** The shot that a second of the movie belongs to, and where in it; the ends of the movie beyond them. */
export function shotAt(board: Storyboard, second: number): { shot: number; at: number } {
  const starts = startsOf(board);
  const shot = Math.max(
    0,
    starts.findLastIndex((start) => start <= second),
  );
  return { shot, at: Math.max(0, Math.min(board.shots[shot]!.seconds, second - starts[shot]!)) };
}

/** The nearest beginning of a frame. */
export function toFrame(second: number, fps: number): number {
  return tidy(Math.round(second * fps) / fps);
}

function tidy(second: number): number {
  return Number(second.toFixed(6));
}

function withShot(board: Storyboard, at: number, change: (shot: Shot) => Shot): Storyboard {
  return { ...board, shots: board.shots.map((shot, k) => (k === at ? change(shot) : shot)) };
}

export function changedShot(board: Storyboard, at: number, change: Partial<Shot>): Storyboard {
  return withShot(board, at, (shot) => clean<Shot>({ ...shot, ...change }));
}

/** What is undefined is left out: a storyboard has no empty fields. */
function clean<T>(written: object): T {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)) as T;
}

/** A shot made longer or shorter; its keys are stretched with it, or stay at their seconds. */
export function resized(board: Storyboard, at: number, seconds: number, keys: 'stretch' | 'stay'): Storyboard {
  return withShot(board, at, (shot) => {
    const next = tidy(Math.max(SHORTEST, seconds));
    const factor = next / shot.seconds;
    const timed = (second: number) => tidy(keys === 'stretch' ? second * factor : second);
    return withTransition({ ...retimed(shot, timed), seconds: next });
  });
}

/** A shot cut at its beginning, or begun earlier: what was seen stays at its place of the cell's time only where it holds. */
export function cutFront(board: Storyboard, at: number, by: number): Storyboard {
  return withShot(board, at, (shot) => {
    const cut = Math.min(by, shot.seconds - SHORTEST);
    const timed = (second: number) => tidy(Math.max(0, second - cut));
    return withTransition({ ...retimed(shot, timed), seconds: tidy(shot.seconds - cut) });
  });
}

/** A fade is never longer than its shot. */
function withTransition(shot: Shot): Shot {
  if (!shot.transition || shot.transition.seconds <= shot.seconds) return shot;
  return { ...shot, transition: { ...shot.transition, seconds: shot.seconds } };
}

function retimed(shot: Shot, timed: (second: number) => number): Shot {
  const overlays = shot.overlays?.map((overlay) =>
    clean({
      ...overlay,
      from: overlay.from === undefined ? undefined : timed(overlay.from),
      to: overlay.to === undefined ? undefined : timed(overlay.to),
    }),
  ) as Overlay[] | undefined;
  return clean({
    ...shot,
    panels: shot.panels.map((panel) => eachTrack(panel, (keys) => inOrder(keys, timed))),
    overlays,
  });
}

/** Keys at their new times; of those that fall together the last one counts. */
function inOrder(keys: Key<unknown>[], timed: (second: number) => number): Key<unknown>[] {
  const moved = keys.map((key) => ({ ...key, at: timed(key.at) })).sort((a, b) => a.at - b.at);
  return moved.filter((key, k) => k === moved.length - 1 || moved[k + 1]!.at > key.at);
}

function eachTrack(panel: Panel, change: (keys: Key<unknown>[], track: Track) => Key<unknown>[]): Panel {
  const next = { ...panel } as Record<string, unknown>;
  for (const track of TRACKS[panel.kind]) if (next[track]) next[track] = change(next[track] as Key<unknown>[], track);
  return next as unknown as Panel;
}

export function moved(board: Storyboard, from: number, to: number): Storyboard {
  const shots = [...board.shots];
  const [shot] = shots.splice(from, 1);
  shots.splice(to, 0, shot!);
  return { ...board, shots };
}

export function inserted(board: Storyboard, at: number, shot: Shot): Storyboard {
  return { ...board, shots: board.shots.toSpliced(at, 0, shot) };
}

export function duplicated(board: Storyboard, at: number): Storyboard {
  return inserted(board, at + 1, structuredClone(board.shots[at]!));
}

/** Without a shot; a movie has one at least. */
export function removed(board: Storyboard, at: number): Storyboard {
  return board.shots.length === 1 ? board : { ...board, shots: board.shots.toSpliced(at, 1) };
}

/**
 * A shot in two, so that the movie stays the same: keys at the cut hold what was seen there. `hoursAt` tells the time of the cell at a
 * second of the shot; where it tells none, both parts keep the mapping. Nothing happens too near to an end.
 */
export function split(
  board: Storyboard,
  at: number,
  second: number,
  hoursAt: (shot: Shot, second: number) => number | null,
): Storyboard {
  const shot = board.shots[at]!;
  if (second < SHORTEST || shot.seconds - second < SHORTEST) return board;
  const cut = tidy(second);
  const [first, last] = splitTime(shot.time, hoursAt(shot, cut));
  const { transition: _, ...follows } = shot;
  const before: Shot = {
    ...shot,
    seconds: cut,
    time: first,
    panels: shot.panels.map((panel) => eachTrack(panel, (keys) => keysUntil(keys, cut))),
  };
  const after: Shot = {
    ...follows,
    seconds: tidy(shot.seconds - cut),
    time: last,
    panels: shot.panels.map((panel) => eachTrack(panel, (keys) => keysFrom(keys, cut))),
  };
  const [shown, later] = splitOverlays(shot.overlays, cut);
  const parts = [clean<Shot>({ ...before, overlays: shown }), clean<Shot>({ ...after, overlays: later })];
  return { ...board, shots: board.shots.toSpliced(at, 1, ...parts) };
}

function splitTime(time: TimeMapping, hours: number | null): [TimeMapping, TimeMapping] {
  if (time.kind === 'hold' || hours === null) return [time, time];
  const at = { hours: Number(hours.toFixed(4)) };
  return [
    { ...time, to: at },
    { ...time, from: at },
  ];
}

function splitOverlays(overlays: Overlay[] | undefined, cut: number): [Overlay[]?, Overlay[]?] {
  if (!overlays) return [];
  const before = overlays.filter(({ from }) => (from ?? 0) < cut).map((one) => bounded(one, (s) => s < cut, 0));
  const after = overlays
    .filter(({ to }) => to === undefined || to > cut)
    .map((one) => bounded(one, (s) => s > cut, cut));
  return [before, after];
}

/** An overlay with those of its ends that lie in its part of the shot. */
function bounded(overlay: Overlay, inside: (second: number) => boolean, shift: number): Overlay {
  const end = (second: number | undefined) =>
    second !== undefined && inside(second) ? tidy(second - shift) : undefined;
  return clean({ ...overlay, from: end(overlay.from), to: end(overlay.to) });
}

function keysUntil(keys: Key<unknown>[], cut: number): Key<unknown>[] {
  const before = keys.filter(({ at }) => at < cut - 1e-9);
  return [...before, { at: cut, value: valueAt(keys, cut) }];
}

function keysFrom(keys: Key<unknown>[], cut: number): Key<unknown>[] {
  const after = keys.filter(({ at }) => at > cut + 1e-9).map((key) => ({ ...key, at: tidy(key.at - cut) }));
  const { ease } = keys.findLast(({ at }) => at <= cut + 1e-9) ?? {};
  return [{ at: 0, value: valueAt(keys, cut), ...(ease ? { ease } : {}) }, ...after];
}

/** What keys hold at a second: numbers run from key to key, what is no number changes with its key. */
export function valueAt<T>(keys: readonly Key<T>[], second: number): T {
  return keyed(keys, second, (from, to, share) => mixed(from, to, share) as T);
}

function mixed(from: unknown, to: unknown, share: number): unknown {
  if (typeof from === 'number' && typeof to === 'number') return Number((from + (to - from) * share).toPrecision(12));
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return from.map((one, k) => mixed(one, to[k], share));
  if (isRecord(from) && isRecord(to))
    return Object.fromEntries(
      Object.entries(from).map(([name, one]) => [name, name in to ? mixed(one, to[name], share) : one]),
    );
  return from;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function panelOf(board: Storyboard, shot: number, panel: string): Panel | null {
  return board.shots[shot]?.panels.find(({ id }) => id === panel) ?? null;
}

export function keysOf(board: Storyboard, { shot, panel, track }: Omit<KeyPlace, 'index'>): Key<unknown>[] {
  const found = panelOf(board, shot, panel) as unknown as Record<string, Key<unknown>[] | undefined> | null;
  return found?.[track] ?? [];
}

function withKeys(
  board: Storyboard,
  { shot, panel, track }: Omit<KeyPlace, 'index'>,
  keys: Key<unknown>[] | undefined,
): Storyboard {
  return changedPanel(board, shot, panel, { [track]: keys?.length ? keys : undefined } as Partial<Panel>);
}

/** A key set at a second: one that is there already, nearer than half a frame, gets the value. Tells its place. */
export function withKey(
  board: Storyboard,
  place: Omit<KeyPlace, 'index'>,
  at: number,
  value: unknown,
  fps: number,
): { board: Storyboard; index: number } {
  const keys = keysOf(board, place);
  const there = keys.findIndex((key) => Math.abs(key.at - at) < 0.5 / fps);
  if (there >= 0) return { board: withKeys(board, place, keys.with(there, { ...keys[there]!, value })), index: there };
  const later = keys.findIndex((key) => key.at > at);
  const index = later < 0 ? keys.length : later;
  return { board: withKeys(board, place, keys.toSpliced(index, 0, { at: tidy(at), value })), index };
}

/** A key moved in time, between its neighbours and within the shot, a frame from each at least. */
export function movedKey(board: Storyboard, place: KeyPlace, at: number, fps: number): Storyboard {
  const keys = keysOf(board, place);
  const low = place.index === 0 ? 0 : keys[place.index - 1]!.at + 1 / fps;
  const high = keys[place.index + 1] ? keys[place.index + 1]!.at - 1 / fps : board.shots[place.shot]!.seconds;
  const next = tidy(Math.max(low, Math.min(high, at)));
  return changedKey(board, place, { at: next });
}

export function changedKey(board: Storyboard, place: KeyPlace, change: Partial<Key<unknown>>): Storyboard {
  const keys = keysOf(board, place);
  const key = keys[place.index];
  return key ? withKeys(board, place, keys.with(place.index, clean({ ...key, ...change }))) : board;
}

/** Without a key; a camera keeps one. */
export function removedKey(board: Storyboard, place: KeyPlace): Storyboard {
  const keys = keysOf(board, place);
  if (place.track === 'camera' && keys.length === 1) return board;
  return withKeys(board, place, keys.toSpliced(place.index, 1));
}

export function changedPanel(board: Storyboard, shot: number, panel: string, change: Partial<Panel>): Storyboard {
  return withShot(board, shot, (one) => ({
    ...one,
    panels: one.panels.map((found) => (found.id === panel ? (clean({ ...found, ...change }) as Panel) : found)),
  }));
}

/** A panel under another name; overlays of its shot follow. */
export function renamedPanel(board: Storyboard, shot: number, panel: string, id: string): Storyboard {
  const renamed = changedPanel(board, shot, panel, { id });
  const follow = (overlays: Overlay[] | undefined) =>
    overlays?.map((one) => (one.panel === panel ? { ...one, panel: id } : one)) as Overlay[] | undefined;
  const others = board.shots.some((one, k) => k !== shot && one.panels.some(({ id: other }) => other === panel));
  const next = withShot(renamed, shot, (one) => clean({ ...one, overlays: follow(one.overlays) }));
  return others ? next : clean({ ...next, overlays: follow(next.overlays) });
}

export function addedPanel(board: Storyboard, shot: number, panel: Panel): Storyboard {
  return withShot(board, shot, (one) => ({ ...one, panels: [...one.panels, panel] }));
}

/** Without a panel and what points to it; a shot has one panel at least. */
export function removedPanel(board: Storyboard, shot: number, panel: string): Storyboard {
  if (board.shots[shot]!.panels.length === 1) return board;
  const next = withShot(board, shot, (one) =>
    clean({
      ...one,
      panels: one.panels.filter(({ id }) => id !== panel),
      overlays: nonEmpty(one.overlays?.filter((overlay) => overlay.panel !== panel)),
    }),
  );
  const left = new Set(next.shots.flatMap(({ panels }) => panels.map(({ id }) => id)));
  const overlays = next.overlays?.filter(({ panel: of }) => of === undefined || left.has(of));
  return clean({ ...next, overlays: nonEmpty(overlays) });
}

function nonEmpty<T>(list: T[] | undefined): T[] | undefined {
  return list && list.length > 0 ? list : undefined;
}

/** The first name of a kind that no panel of the shot has. */
export function freePanelId(board: Storyboard, shot: number, kind: PanelKind): string {
  const taken = new Set(board.shots[shot]?.panels.map(({ id }) => id));
  let number = 1;
  while (taken.has(number === 1 ? kind : `${kind} ${number}`)) number++;
  return number === 1 ? kind : `${kind} ${number}`;
}

/** Overlays of a shot, or of the movie where `shot` is null. */
export function overlaysOf(board: Storyboard, shot: number | null): Overlay[] {
  return (shot === null ? board.overlays : board.shots[shot]?.overlays) ?? [];
}

export function withOverlays(board: Storyboard, shot: number | null, overlays: Overlay[]): Storyboard {
  const next = nonEmpty(overlays);
  return shot === null
    ? clean({ ...board, overlays: next })
    : withShot(board, shot, (one) => clean({ ...one, overlays: next }));
}

export function changedOverlay(
  board: Storyboard,
  shot: number | null,
  index: number,
  change: Partial<Overlay>,
): Storyboard {
  const overlays = overlaysOf(board, shot);
  return withOverlays(board, shot, overlays.with(index, clean({ ...overlays[index]!, ...change }) as Overlay));
}

/** The first name of a list that none of `taken` has: "paper", "paper 2", … */
export function freeName(wish: string, taken: readonly string[]): string {
  let number = 1;
  const named = () => (number === 1 ? wish : `${wish} ${number}`);
  while (taken.includes(named())) number++;
  return named();
}
