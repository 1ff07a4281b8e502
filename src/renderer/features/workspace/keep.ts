import { call } from '../../host/call.ts';
import { tellError } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import { broughtBack, keptView, restoredView, useView } from '../../state/view.ts';
import { keptFigures, restoreFigures } from '../figures/layouts.ts';
import { keptMovies, restoreMovies } from '../movies/boards.ts';
import { keptMeasured, restoreMeasured } from '../regions/measurements.ts';
import { autoContrast } from '../views/contrast.ts';
import { centreOf, clamped } from '../views/place.ts';
import { layoutNow } from './dock.ts';

/** What is kept of a project's window: where panels stand, what was looked at, what was measured. */
interface Kept {
  layout?: unknown;
  view?: unknown;
  measured?: unknown;
  /** The storyboard and the figure that were open. */
  movies?: unknown;
  figures?: unknown;
}

const CALM_MS = 600;
let timer = 0;
let last = '';

/** The kept window of the open project; its view is taken at once, its layout returned. */
export async function restoreWindow(): Promise<unknown> {
  const before = useView.getState();
  const { state } = await call('workspace', {});
  const kept = (typeof state === 'object' && state !== null ? state : {}) as Kept;
  const back = restoredView(kept.view, useSession.getState().project?.scans.length ?? 0);
  useView.setState(broughtBack(back, before, useView.getState()));
  restoreMeasured(kept.measured);
  restoreMovies(kept.movies);
  restoreFigures(kept.figures);
  last = JSON.stringify(kept);
  lookAround();
  return kept.layout ?? null;
}

/** A project that is seen for the first time: crosshair in the middle, contrast from the scan shown. */
function lookAround(): void {
  const project = useSession.getState().project;
  const shape = project?.scans[project.reference]?.shape;
  if (!shape) return;
  const { crosshair, windowSet } = useView.getState();
  useView.setState({ crosshair: crosshair ? clamped(crosshair, shape) : centreOf(shape) });
  if (!windowSet) void autoContrast().catch(tellError);
}

/** Keeps the window some time after the last change; while playing it waits. */
export function keepWindow(): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void keepNow(), CALM_MS);
}

export async function keepNow(): Promise<void> {
  window.clearTimeout(timer);
  const layout = layoutNow();
  const view = useView.getState();
  if (!layout || !useSession.getState().project || view.playing) return;
  const state = {
    layout,
    view: keptView(view),
    measured: keptMeasured(),
    movies: keptMovies(),
    figures: keptFigures(),
  };
  const text = JSON.stringify(state);
  if (text === last) return;
  last = text;
  await call('setWorkspace', { state }).catch((error) => {
    last = '';
    if (useSession.getState().live) tellError(error);
  });
}
