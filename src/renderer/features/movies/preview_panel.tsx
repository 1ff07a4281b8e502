import { Camera, LayoutPanelLeft, Pause, Play, Rotate3d } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { MOVIE_SIZE, type Storyboard } from '../../../core/movie/storyboard.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Empty, IconButton } from '../../components/controls.tsx';
import { useSize } from '../../components/use_size.ts';
import { useSeries } from '../views/series.ts';
import { isArranged, showPanel, subscribeDock } from '../workspace/dock.ts';
import { step, togglePlay } from './act.ts';
import { boardOf, fpsOf, seek, useBoard, useMovies } from './boards.ts';
import { isOfTwo, useCells } from './cells.ts';
import { lengthOf } from './edit.ts';
import { PanelFrames } from './panel_frames.tsx';
import { useStage } from './preview.ts';
import { useMovieProject } from './project.ts';
import './preview.css';

/** Larger pictures cost more than they tell while a movie is made. */
const MOST_WIDTH = 1280;

/** The open storyboard as it will look, at the playhead. */
export function MoviePreview() {
  const board = useBoard();
  const project = useMovieProject();
  if (!board)
    return (
      <Empty title="No storyboard is open">
        <Button onClick={() => showPanel('movies')}>Show the movies</Button>
      </Empty>
    );
  if (!project)
    return (
      <Empty title="Nothing to show yet">
        A movie is made of the results: run the analysis first.
        <Button onClick={() => runCommand('analysis.run')}>Run the analysis</Button>
      </Empty>
    );
  return <Preview board={board} />;
}

function Preview({ board }: { board: Storyboard }) {
  const box = useRef<HTMLDivElement>(null);
  const [canvas, setCanvas] = useState<HTMLCanvasElement | null>(null);
  const { width, height } = useSize(box);
  const project = useMovieProject();
  const series = useSeries();
  const second = useMovies((movies) => movies.second);
  const playing = useMovies((movies) => movies.playing);
  const name = useMovies((movies) => movies.open) ?? '';
  usePlaying();
  const arranged = useSyncExternalStore(subscribeDock, isArranged);
  const shown = fitted(board.size ?? MOVIE_SIZE, [width, height]);
  const cells = useCells(board);
  const { fine, problem } = useStage(canvas, {
    board,
    project,
    source: series?.source ?? null,
    name,
    size: shown && pixelsOf(shown),
    frame: Math.round(second * fpsOf(board)),
    playing,
    cells,
  });
  const missing = isOfTwo(board) && cells.second === null;
  return (
    <section
      className="movie-preview"
      aria-label="Movie"
      onKeyDown={(event) => {
        const run = { ' ': togglePlay, ArrowLeft: () => step(-1), ArrowRight: () => step(1) }[event.key];
        if (!run || (event.target as Element).closest('button')) return;
        event.preventDefault();
        event.stopPropagation();
        run();
      }}
    >
      <div className="movie-picture" ref={box}>
        {shown && (
          <div className="movie-sheet" style={{ width: shown[0], height: shown[1] }}>
            <canvas
              ref={setCanvas}
              key={`${shown[0]} ${shown[1]}`}
              role="img"
              aria-label={`The movie at ${second.toFixed(2)} seconds`}
              data-fine={fine}
              style={{ width: shown[0], height: shown[1] }}
            />
            <PanelFrames board={board} width={shown[0]} height={shown[1]} />
          </div>
        )}
        {problem && (
          <p className="movie-problem" role="status">
            {problem}
          </p>
        )}
      </div>
      <div className="movie-under">
        <IconButton
          label={playing ? 'Pause the movie' : 'Play the movie'}
          icon={playing ? Pause : Play}
          keys={keysOf('movie.play')}
          side="top"
          onClick={togglePlay}
        />
        <input
          type="range"
          className="movie-scrub"
          aria-label="Place in the movie"
          min={0}
          max={lengthOf(board)}
          step={1 / fpsOf(board)}
          value={second}
          onChange={(event) => {
            useMovies.setState({ playing: false });
            seek(Number(event.target.value));
          }}
        />
        <span className="label movie-seconds">
          {second.toFixed(2)} / {lengthOf(board).toFixed(2)} s
        </span>
        <span className="label movie-quality">{problem ? '' : fine ? 'as in the movie' : 'draft'}</span>
        {missing && <span className="tag warning">second cell: none chosen, this one is shown twice</span>}
        <IconButton
          label="Look from here in 3D"
          icon={Rotate3d}
          keys={keysOf('movie.toView')}
          side="top"
          onClick={() => runCommand('movie.toView')}
        />
        <IconButton label="Save this frame" icon={Camera} side="top" onClick={() => runCommand('movie.still')} />
        <IconButton
          label={arranged ? 'Arrange the panels as before' : 'Arrange the panels for the movie'}
          icon={LayoutPanelLeft}
          pressed={arranged}
          side="top"
          onClick={() => runCommand('movie.arrange')}
        />
      </div>
    </section>
  );
}

/** The largest size of a movie's shape within a box, CSS pixels; null where there is no room. */
export function fitted(
  [width, height]: readonly [number, number],
  [most, high]: readonly [number, number],
): [number, number] | null {
  const scale = Math.min((most - 16) / width, (high - 16) / height);
  const size: [number, number] = [Math.floor(width * scale), Math.floor(height * scale)];
  return size[0] >= 64 && size[1] >= 36 ? size : null;
}

function pixelsOf([width, height]: readonly [number, number]): [number, number] {
  const scale = Math.min(window.devicePixelRatio, MOST_WIDTH / width);
  return [Math.round(width * scale), Math.round(height * scale)];
}

/** Moves the playhead with the clock while the movie plays; at the end it stops. */
function usePlaying(): void {
  const playing = useMovies((movies) => movies.playing);
  useEffect(() => {
    if (!playing) return;
    let before = performance.now();
    let exact = useMovies.getState().second;
    let request = 0;
    const go = (now: number) => {
      const state = useMovies.getState();
      const board = boardOf(state);
      if (!board) return;
      // What a person moved meanwhile counts.
      if (Math.abs(state.second - exact) > 0.25) exact = state.second;
      exact += (now - before) / 1000;
      before = now;
      seek(exact);
      if (exact >= lengthOf(board)) useMovies.setState({ playing: false });
      else request = requestAnimationFrame(go);
    };
    request = requestAnimationFrame(go);
    return () => cancelAnimationFrame(request);
  }, [playing]);
}
