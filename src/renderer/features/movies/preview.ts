import { useEffect, useMemo, useRef, useState } from 'react';
import { MAPS } from '../../../contract/app.ts';
import { checkStoryboardAgainst } from '../../../contract/storyboard.ts';
import type { MovieProject } from '../../../core/movie/project.ts';
import type { Storyboard } from '../../../core/movie/storyboard.ts';
import { createStage, httpMaps, type Stage } from '../../stage/index.ts';
import { gpuBudget, type VoxelSource } from '../../viewer/index.ts';
import { type Cells, isOfTwo, logosOf } from './cells.ts';

/** After so long without a change a frame is drawn as the movie will have it. */
const CALM_MS = 220;
/** Pictures averaged in a frame that stands still in the window. */
const STILL_SAMPLES = 4;

/** What the preview's canvas shows. */
export interface PreviewState {
  /** As in the movie, but for its size; else a draft. */
  fine: boolean;
  /** Why nothing can be drawn; null where it can. */
  problem: string | null;
}

const NOTHING: PreviewState = { fine: false, problem: null };

/** The projects of a storyboard as far as the window has them: a second cell that was not chosen is shown by the first. */
export function previewProjects<P extends MovieProject>(board: Storyboard, own: P, second: P | null): P[] {
  const most = Math.max(0, ...board.shots.flatMap(({ panels }) => panels.map((panel) => panel.project ?? 0)));
  return Array.from({ length: most + 1 }, (_, k) => (k === 1 && second ? second : own));
}

/** The first sentence of why a storyboard cannot be shown with its projects; null where it can. */
export function problemOf(board: Storyboard, projects: readonly MovieProject[], name: string): string | null {
  try {
    checkStoryboardAgainst(board, projects, name);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Asked {
  board: Storyboard;
  project: MovieProject | null;
  source: VoxelSource | null;
  name: string;
  /** Pixels of the canvas. */
  size: readonly [number, number] | null;
  frame: number;
  playing: boolean;
  cells: Cells;
}

/** Draws a frame of a storyboard on a canvas, coarse at once and fine when still. */
export function useStage(canvas: HTMLCanvasElement | null, asked: Asked): PreviewState {
  const { board, project, source, name, size, frame, playing, cells } = asked;
  const { second } = cells;
  const problem = useMemo(
    () => (project ? problemOf(board, previewProjects(board, project, second), name) : null),
    [board, project, second, name],
  );
  const [stage, setStage] = useState<Stage | null>(null);
  const [state, setState] = useState<PreviewState>(NOTHING);
  const latest = useRef(board);
  latest.current = board;
  const [width, height] = size ?? [0, 0];
  const logos = logosOf(board).join('\n');
  const projects = isOfTwo(board) ? 2 : 1;
  const shows = problem === null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed storyboard is given to the stage that is there
  useEffect(() => {
    if (!canvas || !project || !source || width < 16 || height < 16 || !shows) return;
    let gone = false;
    let made: Stage | null = null;
    const own = { ...project, source, map: httpMaps(MAPS) };
    createStage(canvas, {
      storyboard: latest.current,
      projects: previewProjects(latest.current, own, second),
      logo: cells.logo,
      size: [width, height],
      samples: STILL_SAMPLES,
      budget: gpuBudget,
    })
      .then((next) => {
        made = next;
        if (gone) next.dispose();
        else setStage(next);
      })
      .catch((error: Error) => !gone && setState({ fine: false, problem: error.message }));
    return () => {
      gone = true;
      made?.dispose();
      setStage(null);
    };
  }, [canvas, project, source, width, height, projects, shows, cells, logos]);

  useEffect(() => {
    if (!stage || !shows) return;
    stage.change(board);
    const stop = new AbortController();
    const at = Math.max(0, Math.min(stage.frames.count - 1, frame));
    let timer = 0;
    const failed = (error: Error) => {
      if (!stop.signal.aborted && error.name !== 'AbortError') setState({ fine: false, problem: error.message });
    };
    const fine = () => {
      stage
        .draw(at, { quality: 'full', signal: stop.signal })
        .then(() => !stop.signal.aborted && setState({ fine: true, problem: null }))
        .catch(failed);
    };
    stage
      .draw(at, { quality: 'draft', signal: stop.signal })
      .then(() => {
        if (stop.signal.aborted) return;
        setState(NOTHING);
        if (!playing) timer = window.setTimeout(fine, CALM_MS);
      })
      .catch(failed);
    return () => {
      window.clearTimeout(timer);
      stop.abort(new DOMException('Another frame is wanted', 'AbortError'));
    };
  }, [stage, board, frame, playing, shows]);

  return problem === null ? state : { fine: false, problem };
}
