import {
  ChevronFirst,
  ChevronLeft,
  ChevronRight,
  Copy,
  Diamond,
  Maximize2,
  Pause,
  Play,
  Plus,
  Scissors,
  Trash2,
  ZoomIn,
  ZoomOut,
} from 'lucide-react';
import { type KeyboardEvent, type RefObject, useEffect, useRef, type WheelEvent } from 'react';
import type { Storyboard } from '../../../core/movie/storyboard.ts';
import { runCommand, keysOf as shortcutOf } from '../../commands/registry.ts';
import { Button, Choice, Empty, IconButton } from '../../components/controls.tsx';
import { useSize } from '../../components/use_size.ts';
import { showPanel } from '../workspace/dock.ts';
import { addShot, deleteSelected, duplicate, splitHere, step, togglePlay } from './act.ts';
import { edit, fpsOf, type MovieSelection, seek, useBoard, useMovies } from './boards.ts';
import { changedKey, keysOf, lengthOf } from './edit.ts';
import { landmarkFrom } from './lanes.ts';
import { GUTTER, Tracks } from './tracks.tsx';
import { EASE_WORDS, secondsText } from './words.ts';
import './timeline.css';

const CLOSEST = 600;

/** The open storyboard over the movie's time: shots, what time of the cell they show, and what changes from key to key. */
export function StoryboardPanel() {
  const board = useBoard();
  if (!board)
    return (
      <Empty title="No storyboard is open">
        A movie is shots after one another: what each shows, when of the experiment, from where. Start from a template.
        <Button onClick={() => showPanel('movies')}>Show the movies</Button>
      </Empty>
    );
  return <Editor board={board} />;
}

function Editor({ board }: { board: Storyboard }) {
  const root = useRef<HTMLElement>(null);
  const lanes = useRef<HTMLDivElement>(null);
  const { width } = useSize(lanes);
  const scale = useMovies((movies) => movies.scale);
  const length = lengthOf(board);
  const fitting = Math.max(4, (width - GUTTER - 28) / length);
  const pixels = scale === null ? fitting : Math.max(fitting, scale);
  const zoom = (factor: number) => {
    const next = pixels * factor;
    useMovies.setState({ scale: next <= fitting * 1.01 ? null : Math.min(CLOSEST, next) });
  };
  const onWheel = (event: WheelEvent) => {
    if (event.ctrlKey || event.metaKey) zoom(event.deltaY > 0 ? 1 / 1.2 : 1.2);
  };
  useNoPageZoom(lanes);
  return (
    <section
      className="movie-timeline"
      aria-label="Storyboard"
      ref={root}
      tabIndex={-1}
      onKeyDown={(event) => onKeys(event, board)}
      onClick={(event) => {
        // A press with the pointer leaves the keys to the timeline, not to the button.
        if (event.detail > 0 && !isField(event.target)) root.current?.focus({ preventScroll: true });
      }}
    >
      <Toolbar board={board} zoom={zoom} fits={scale === null} />
      <div className="movie-lanes" ref={lanes} onWheel={onWheel}>
        {width > 0 && <Tracks board={board} pixels={pixels} width={width} />}
      </div>
    </section>
  );
}

/** React listens passively to the wheel: the browser would zoom the page as well. */
function useNoPageZoom(ref: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = ref.current;
    const keep = (event: globalThis.WheelEvent) => (event.ctrlKey || event.metaKey) && event.preventDefault();
    element?.addEventListener('wheel', keep, { passive: false });
    return () => element?.removeEventListener('wheel', keep);
  }, [ref]);
}

function isField(target: EventTarget): boolean {
  return target instanceof Element && target.closest('input, select, textarea') !== null;
}

/** Keys of the timeline, wherever in it the focus is; those of the program stand for the rest. */
function onKeys(event: KeyboardEvent<HTMLElement>, board: Storyboard): void {
  if (isField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const { second } = useMovies.getState();
  const frames = event.shiftKey ? Math.round(fpsOf(board)) : 1;
  const inToolbar = event.target instanceof Element && event.target.closest('.movie-tools') !== null;
  const run = {
    ' ': inToolbar ? null : togglePlay,
    ArrowLeft: () => step(-frames),
    ArrowRight: () => step(frames),
    ArrowUp: () => seek(landmarkFrom(board, second, -1)),
    ArrowDown: () => seek(landmarkFrom(board, second, 1)),
    Home: () => seek(0),
    End: () => seek(lengthOf(board)),
    Delete: deleteSelected,
    Backspace: deleteSelected,
    Escape: () => useMovies.setState({ selection: null }),
  }[event.key];
  if (!run) return;
  event.preventDefault();
  event.stopPropagation();
  run();
}

function Toolbar({ board, zoom, fits }: { board: Storyboard; zoom: (factor: number) => void; fits: boolean }) {
  const playing = useMovies((movies) => movies.playing);
  const selection = useMovies((movies) => movies.selection);
  return (
    <div className="movie-tools" role="toolbar" aria-label="Edit the storyboard">
      <IconButton label="To the beginning" icon={ChevronFirst} side="top" onClick={() => seek(0)} />
      <IconButton label="A frame back" icon={ChevronLeft} side="top" onClick={() => step(-1)} />
      <IconButton
        label={playing ? 'Pause the movie' : 'Play the movie'}
        icon={playing ? Pause : Play}
        keys={shortcutOf('movie.play')}
        side="top"
        onClick={togglePlay}
      />
      <IconButton label="A frame on" icon={ChevronRight} side="top" onClick={() => step(1)} />
      <Clock board={board} />
      <span className="movie-tools-line" />
      <Button
        icon={Diamond}
        title="Takes camera, layers and clip of the 3D view (I)"
        onClick={() => runCommand('movie.keyFromView')}
      >
        Key from the 3D view
      </Button>
      <span className="movie-tools-line" />
      <IconButton label="Add a shot" icon={Plus} side="top" onClick={addShot} />
      <IconButton
        label="Split the shot here"
        icon={Scissors}
        keys={shortcutOf('movie.split')}
        side="top"
        onClick={splitHere}
      />
      <IconButton
        label="Duplicate the shot"
        icon={Copy}
        keys={shortcutOf('movie.duplicate')}
        side="top"
        onClick={duplicate}
      />
      <IconButton
        label="Delete what is selected"
        icon={Trash2}
        keys="Delete"
        side="top"
        disabled={selection === null}
        onClick={deleteSelected}
      />
      {selection?.kind === 'key' && <EaseChoice board={board} selection={selection} />}
      <span className="gap" />
      <IconButton label="Show less of the movie" icon={ZoomIn} side="top" onClick={() => zoom(1.5)} />
      <IconButton label="Show more of the movie" icon={ZoomOut} side="top" onClick={() => zoom(1 / 1.5)} />
      <IconButton
        label="Show the whole movie"
        icon={Maximize2}
        side="top"
        pressed={fits}
        onClick={() => useMovies.setState({ scale: null })}
      />
    </div>
  );
}

function Clock({ board }: { board: Storyboard }) {
  const second = useMovies((movies) => movies.second);
  return (
    <output className="movie-clock" aria-label="Playhead">
      {secondsText(second)} <span className="label">/ {secondsText(lengthOf(board))} s</span>
      <span className="label movie-frame">frame {Math.round(second * fpsOf(board))}</span>
    </output>
  );
}

/** How the selected key goes on to the next. */
function EaseChoice({ board, selection }: { board: Storyboard; selection: MovieSelection & { kind: 'key' } }) {
  const key = keysOf(board, selection)[selection.index];
  if (!key) return null;
  return (
    <Choice
      label="How the key goes on to the next"
      value={key.ease ?? 'smooth'}
      options={EASE_WORDS}
      onChange={(ease) =>
        edit((one) => changedKey(one, selection, { ease: ease === 'smooth' ? undefined : ease } as object))
      }
    />
  );
}
