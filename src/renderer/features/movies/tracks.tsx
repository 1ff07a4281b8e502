import { type KeyboardEvent, memo, type PointerEvent, useMemo } from 'react';
import { clockOf } from '../../../core/movie/clock.ts';
import { readingAt } from '../../../core/movie/readings.ts';
import type { Key, Storyboard } from '../../../core/movie/storyboard.ts';
import { decimalsOf } from '../../../core/steps_1_2_5.ts';
import { digits, fixed } from '../../components/format.ts';
import { boardOf, commit, edit, fpsOf, type MovieSelection, seek, sketch, useMovies } from './boards.ts';
import { drag } from './drag.ts';
import { cutFront, type KeyPlace, keysOf, lengthOf, moved, movedKey, resized, startsOf, toFrame } from './edit.ts';
import { dropPlace, lanesOf, type PanelLane, rulerTicks } from './lanes.ts';
import { useMovieProject } from './project.ts';
import { momentWords, PANEL_WORDS, secondsText, shotName, TRACK_WORDS } from './words.ts';

/** Width of the names beside the lanes. */
export const GUTTER = 148;
const TIME_LANE = 44;
/** Room before the first second, so that its keys are seen whole. */
const INSET = 10;
/** Keys and edges catch at the playhead from so many pixels. */
const CATCH = 6;

const select = (selection: MovieSelection | null) => useMovies.setState({ selection });

/** All lanes on one axis of seconds, `pixels` wide each, and the playhead over them. */
export function Tracks({ board, pixels, width }: { board: Storyboard; pixels: number; width: number }) {
  const selection = useMovies((movies) => movies.selection);
  const whole = selection && 'panel' in selection ? selection.panel : null;
  const lanes = useMemo(() => lanesOf(board, whole), [board, whole]);
  const full = Math.max(width - GUTTER - INSET, lengthOf(board) * pixels + 16);
  return (
    <div className="lanes" style={{ width: GUTTER + INSET + full }}>
      <Ruler board={board} pixels={pixels} width={full} />
      <Shots board={board} pixels={pixels} />
      <TimeLane board={board} pixels={pixels} width={full} />
      {lanes.map((lane) => (
        <Lanes key={lane.panel} lane={lane} board={board} pixels={pixels} />
      ))}
      <Playhead pixels={pixels} />
    </div>
  );
}

function Name({ children, sub = false }: { children: React.ReactNode; sub?: boolean }) {
  return <div className={`lane-title${sub ? ' sub' : ''}`}>{children}</div>;
}

/** Seconds; a press or a drag puts the playhead there. */
function Ruler({ board, pixels, width }: { board: Storyboard; pixels: number; width: number }) {
  const second = useMovies((movies) => movies.second);
  const { step, ticks } = rulerTicks(width / pixels, pixels);
  const scrub = (event: PointerEvent<HTMLElement>) =>
    seek((event.clientX - event.currentTarget.getBoundingClientRect().left) / pixels);
  return (
    <div className="lane ruler">
      <Name>Seconds</Name>
      <div
        className="lane-body"
        role="slider"
        tabIndex={0}
        aria-label="Playhead"
        aria-valuemin={0}
        aria-valuemax={lengthOf(board)}
        aria-valuenow={second}
        aria-valuetext={`${secondsText(second)} seconds`}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          useMovies.setState({ playing: false });
          scrub(event);
        }}
        onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && scrub(event)}
      >
        {ticks.map((tick) => (
          <span key={tick} className="tick" style={{ left: tick * pixels }}>
            {fixed(tick, decimalsOf(step))}
          </span>
        ))}
      </div>
    </div>
  );
}

function Playhead({ pixels }: { pixels: number }) {
  const second = useMovies((movies) => movies.second);
  return (
    <div
      className="movie-playhead"
      style={{ transform: `translateX(${GUTTER + INSET + second * pixels}px)` }}
      aria-hidden
    >
      <svg width="11" height="9" viewBox="0 0 11 9" aria-hidden="true">
        <path d="M.5.5h10v3.500l-5 5-5-5z" />
      </svg>
    </div>
  );
}

/** Where an edge or key that is dragged to a second comes to stand: at the playhead where that is near, else at a frame. */
function caught(second: number, pixels: number, fps: number): number {
  const playhead = useMovies.getState().second;
  return Math.abs(second - playhead) * pixels < CATCH ? playhead : toFrame(second, fps);
}

function commitDraft(): void {
  const { draft } = useMovies.getState();
  if (draft) void commit(draft);
}

/** Shots one after another: dragged elsewhere, made longer or shorter by their edges. */
function Shots({ board, pixels }: { board: Storyboard; pixels: number }) {
  const selection = useMovies((movies) => movies.selection);
  const starts = startsOf(board);
  return (
    <div className="lane shots">
      <Name>Shots</Name>
      <div className="lane-body">
        {board.shots.map((shot, at) => {
          const chosen = selection !== null && 'shot' in selection && selection.shot === at;
          return (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: shots have no other name, and keep no state
              key={at}
              className={`shot${chosen ? ' chosen' : ''}`}
              style={{ left: starts[at]! * pixels, width: shot.seconds * pixels }}
            >
              {shot.transition && (
                <span
                  className="fade"
                  title={`Fades in over ${secondsText(shot.transition.seconds)} s`}
                  style={{ width: shot.transition.seconds * pixels }}
                />
              )}
              <button
                type="button"
                className="shot-body"
                aria-pressed={chosen}
                aria-label={`${shotName(shot, at)}, ${secondsText(shot.seconds)} seconds`}
                onFocus={() => !chosen && select({ kind: 'shot', shot: at })}
                onClick={() => select({ kind: 'shot', shot: at })}
                onPointerDown={(event) => dragShot(event, at, pixels)}
                onKeyDown={(event) => onShotKey(event, at)}
              >
                <span className="ellipsis">{shotName(shot, at)}</span>
                <span className="shot-length">{fixed(shot.seconds, 1)} s</span>
              </button>
              <span
                className="edge left"
                title="Drag: cut the beginning. Keys stay where they are"
                onPointerDown={(event) => dragFront(event, at, pixels)}
              />
              <span
                className="edge right"
                title="Drag: longer or shorter, keys are stretched. With Alt they stay"
                onPointerDown={(event) => dragEnd(event, at, pixels)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function dragShot(event: PointerEvent<HTMLElement>, at: number, pixels: number): void {
  const board = boardOf(useMovies.getState())!;
  const middle = startsOf(board)[at]! + board.shots[at]!.seconds / 2;
  let to = at;
  drag(
    event,
    (by) => {
      const next = dropPlace(board, at, middle + by / pixels);
      if (next === to) return;
      to = next;
      sketch(moved(board, at, to));
      select({ kind: 'shot', shot: to });
    },
    (went) => {
      if (went && to !== at) commitDraft();
      else useMovies.setState({ draft: null });
    },
  );
}

function dragEnd(event: PointerEvent<HTMLElement>, at: number, pixels: number): void {
  const board = boardOf(useMovies.getState())!;
  const start = startsOf(board)[at]!;
  const keys = event.altKey ? 'stay' : 'stretch';
  const end = start + board.shots[at]!.seconds;
  select({ kind: 'shot', shot: at });
  drag(
    event,
    (by) => sketch(resized(board, at, caught(end + by / pixels, pixels, fpsOf(board)) - start, keys)),
    commitDraft,
  );
}

function dragFront(event: PointerEvent<HTMLElement>, at: number, pixels: number): void {
  const board = boardOf(useMovies.getState())!;
  select({ kind: 'shot', shot: at });
  drag(event, (by) => sketch(cutFront(board, at, toFrame(by / pixels, fpsOf(board)))), commitDraft);
}

/** Alt and an arrow put a shot before its neighbour. */
function onShotKey(event: KeyboardEvent, at: number): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const board = boardOf(useMovies.getState())!;
  if (!event.altKey || by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const to = at + by;
  if (to < 0 || to >= board.shots.length) return;
  edit((one) => moved(one, at, to), { kind: 'shot', shot: to });
}

/** What time of the cell each second shows, over the voltage that is then. */
const TimeLane = memo(function TimeLane({
  board,
  pixels,
  width,
}: {
  board: Storyboard;
  pixels: number;
  width: number;
}) {
  const project = useMovieProject();
  const selection = useMovies((movies) => movies.selection);
  const starts = startsOf(board);
  const path = useMemo(() => (project ? voltagePath(board, project, pixels) : ''), [board, project, pixels]);
  return (
    <div className="lane time-lane" style={{ height: TIME_LANE }}>
      <Name>
        Time of the cell
        <span className="label">voltage</span>
      </Name>
      <div className="lane-body">
        <svg width={width} height={TIME_LANE} aria-hidden="true">
          <path d={path} />
        </svg>
        {board.shots.map(({ time, seconds }, at) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: shots have no other name, and keep no state
            key={at}
            type="button"
            className="mapping"
            tabIndex={-1}
            aria-pressed={selection?.kind === 'shot' && selection.shot === at}
            style={{ left: starts[at]! * pixels, width: seconds * pixels }}
            onClick={() => select({ kind: 'shot', shot: at })}
          >
            {time.kind === 'hold' ? (
              <span className="ellipsis">holds {momentWords(time.at)}</span>
            ) : (
              <>
                <span className="ellipsis">{momentWords(time.from)}</span>
                <span className="ellipsis">
                  {time.kind === 'scans'
                    ? 'scan by scan'
                    : time.hoursPerSecond
                      ? `${digits(time.hoursPerSecond)} h/s`
                      : 'even'}
                </span>
                <span className="ellipsis">{momentWords(time.to)}</span>
              </>
            )}
          </button>
        ))}
      </div>
    </div>
  );
});

function voltagePath(board: Storyboard, project: Parameters<typeof clockOf>[1], pixels: number): string {
  const starts = startsOf(board);
  const points: { x: number; volts: number }[] = [];
  for (const [at, shot] of board.shots.entries()) {
    const clock = clockOf(shot, project, project);
    for (let x = 0; x <= shot.seconds * pixels; x += 2) {
      const { voltageV } = readingAt(project, clock(x / pixels).hours);
      if (voltageV !== null) points.push({ x: starts[at]! * pixels + x, volts: voltageV });
    }
  }
  // A rest far from all else would flatten the rest: the middle of the values fills the lane.
  const sorted = points.map(({ volts }) => volts).sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor(sorted.length * 0.02)] ?? 0, sorted[Math.floor(sorted.length * 0.98)] ?? 1];
  const room = high - low || 1;
  const y = (volts: number) =>
    Math.max(1, Math.min(TIME_LANE - 1, TIME_LANE - 5 - ((volts - low) / room) * (TIME_LANE - 22)));
  return points.map(({ x, volts }, k) => `${k === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y(volts).toFixed(1)}`).join('');
}

/** A panel where its shots show it, and below the tracks of its keys. */
function Lanes({ lane, board, pixels }: { lane: PanelLane; board: Storyboard; pixels: number }) {
  const selection = useMovies((movies) => movies.selection);
  const starts = startsOf(board);
  const { panel, kind, shots, tracks } = lane;
  return (
    <>
      <div className="lane panel-lane">
        <Name>
          <span className="ellipsis">{panel === kind ? PANEL_WORDS[kind] : panel}</span>
          <span className="label">{panel === kind ? '' : PANEL_WORDS[kind]}</span>
        </Name>
        <div className="lane-body">
          {shots.map((shot) => (
            <button
              key={shot}
              type="button"
              className="panel-bar"
              aria-label={`${panel} in ${shotName(board.shots[shot]!, shot)}`}
              aria-pressed={selection?.kind === 'panel' && selection.shot === shot && selection.panel === panel}
              style={{ left: starts[shot]! * pixels, width: board.shots[shot]!.seconds * pixels }}
              onFocus={() => select({ kind: 'panel', shot, panel })}
              onClick={() => select({ kind: 'panel', shot, panel })}
            />
          ))}
        </div>
      </div>
      {tracks.map(({ track, keys }) => (
        <div className="lane track" key={track}>
          <Name sub>{TRACK_WORDS[track]}</Name>
          <div className="lane-body">
            <Ways board={board} keys={keys} pixels={pixels} />
            {keys.map((place) => (
              <KeyMark
                key={`${place.shot} ${place.index}`}
                place={place}
                at={keysOf(board, place)[place.index]!}
                start={starts[place.shot]!}
                pixels={pixels}
              />
            ))}
          </div>
        </div>
      ))}
    </>
  );
}

/** Lines from key to key: what lies between changes. */
function Ways({ board, keys, pixels }: { board: Storyboard; keys: readonly KeyPlace[]; pixels: number }) {
  const starts = startsOf(board);
  return keys.map((place, k) => {
    const next = keys[k + 1];
    if (!next || next.shot !== place.shot) return null;
    const [from, to] = [keysOf(board, place)[place.index]!, keysOf(board, place)[next.index]!];
    const still = JSON.stringify(from.value) === JSON.stringify(to.value) || from.ease === 'hold';
    const left = (starts[place.shot]! + from.at) * pixels;
    return (
      <span
        key={`${place.shot} ${place.index}`}
        className={`way${still ? ' still' : ''}`}
        style={{ left, width: (to.at - from.at) * pixels }}
      />
    );
  });
}

function KeyMark({ place, at, start, pixels }: { place: KeyPlace; at: Key<unknown>; start: number; pixels: number }) {
  const chosen = useMovies(
    ({ selection }) =>
      selection?.kind === 'key' &&
      selection.shot === place.shot &&
      selection.panel === place.panel &&
      selection.track === place.track &&
      selection.index === place.index,
  );
  const choose = () => select({ kind: 'key', ...place });
  return (
    <button
      type="button"
      className={`key ${at.ease === 'hold' ? 'hold' : ''}`}
      aria-pressed={chosen}
      aria-label={`${TRACK_WORDS[place.track]} key of ${place.panel} at ${secondsText(start + at.at)} seconds`}
      title={`${TRACK_WORDS[place.track]} at ${secondsText(start + at.at)} s`}
      style={{ left: (start + at.at) * pixels }}
      onFocus={() => !chosen && choose()}
      onClick={choose}
      onDoubleClick={() => seek(start + at.at)}
      onPointerDown={(event) => {
        choose();
        dragKey(event, place, pixels);
      }}
      onKeyDown={(event) => onKeyOfKey(event, place, start + at.at)}
    >
      <svg width="11" height="11" viewBox="0 0 11 11" aria-hidden="true">
        <path d="M5.500.5l5 5-5 5-5-5z" />
      </svg>
    </button>
  );
}

function dragKey(event: PointerEvent<HTMLElement>, place: KeyPlace, pixels: number): void {
  const board = boardOf(useMovies.getState())!;
  const start = startsOf(board)[place.shot]!;
  const from = start + keysOf(board, place)[place.index]!.at;
  const fps = fpsOf(board);
  drag(
    event,
    (by) => sketch(movedKey(board, place, caught(from + by / pixels, pixels, fps) - start, fps)),
    commitDraft,
  );
}

/** Arrows move a key by frames, Enter puts the playhead on it. */
function onKeyOfKey(event: KeyboardEvent, place: KeyPlace, second: number): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (event.key !== 'Enter' && by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (by === undefined) {
    seek(second);
    return;
  }
  const board = boardOf(useMovies.getState())!;
  const fps = fpsOf(board);
  const at = keysOf(board, place)[place.index]!.at + (by * (event.shiftKey ? 10 : 1)) / fps;
  edit((one) => movedKey(one, place, toFrame(at, fps), fps));
}
