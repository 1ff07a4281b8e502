import { mixedStands, sightOf, standOf } from '../../../core/movie/camera.ts';
import { clockOf } from '../../../core/movie/clock.ts';
import { valueAt as standAt } from '../../../core/movie/keys.ts';
import { type MovieProject, shapeOf } from '../../../core/movie/project.ts';
import type { CameraPlace, Key, Panel, Shot, Storyboard, VolumePanel } from '../../../core/movie/storyboard.ts';
import { tell } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { showPanel } from '../workspace/dock.ts';
import { boardOf, edit, fpsOf, type MovieSelection, seek, useMovies } from './boards.ts';
import {
  duplicated,
  inserted,
  keysOf,
  lengthOf,
  overlaysOf,
  removed,
  removedKey,
  removedPanel,
  shotAt,
  split,
  startsOf,
  valueAt,
  withKey,
  withOverlays,
} from './edit.ts';
import { aspectOf, cameraPlace, clipChoice, layerChoice } from './from_view.ts';

/** What is done to the open storyboard where the playhead and the selection are. */

export const openBoardNow = (): Storyboard | null => boardOf(useMovies.getState());

/** The open project as a movie shows it; null before its analysis. */
export function movieProject(): MovieProject | null {
  const { project, results } = useSession.getState();
  return project && results ? { state: project, results } : null;
}

/** The shot that is worked on: the selected one, else that under the playhead. */
export function shotNow(): number {
  const { selection, second } = useMovies.getState();
  const board = openBoardNow()!;
  const chosen = selection && 'shot' in selection ? selection.shot : null;
  return chosen ?? shotAt(board, second).shot;
}

export function togglePlay(): void {
  const { playing, second } = useMovies.getState();
  const board = openBoardNow();
  if (!board) return;
  if (!playing && second >= lengthOf(board) - 1.5 / fpsOf(board)) seek(0);
  useMovies.setState({ playing: !playing });
}

export function step(frames: number): void {
  const { second } = useMovies.getState();
  useMovies.setState({ playing: false });
  seek(second + frames / fpsOf(openBoardNow()));
}

/** A shot like the one worked on, after it: still, from where that ends. */
export function addShot(): void {
  const board = openBoardNow()!;
  const at = shotNow();
  const before = board.shots[at]!;
  const project = movieProject();
  const hours = project ? clockOf(before, project, project)(before.seconds).hours : null;
  const panels = before.panels.map((panel) => standing(panel, before.seconds));
  const hold = hours === null ? ('end' as const) : { hours: Number(hours.toFixed(4)) };
  const shot: Shot = { seconds: 3, time: { kind: 'hold', at: hold }, panels };
  if (before.overlays) shot.overlays = structuredClone(before.overlays);
  edit((one) => inserted(one, at + 1, shot), { kind: 'shot', shot: at + 1 });
}

/** A panel as it stands at a second of its shot. */
function standing(panel: Panel, second: number): Panel {
  const still = Object.entries(panel).map(([name, value]) =>
    Array.isArray(value) && typeof value[0] === 'object'
      ? [name, [{ at: 0, value: valueAt(value as Key<unknown>[], second) }]]
      : [name, value],
  );
  return Object.fromEntries(still) as Panel;
}

export function duplicate(): void {
  const at = shotNow();
  edit((board) => duplicated(board, at), { kind: 'shot', shot: at + 1 });
}

/** Cuts the shot under the playhead in two. */
export function splitHere(): void {
  const board = openBoardNow()!;
  const { shot, at } = shotAt(board, useMovies.getState().second);
  const project = movieProject();
  const hoursAt = (one: Shot, second: number) => (project ? clockOf(one, project, project)(second).hours : null);
  const next = split(board, shot, at, hoursAt);
  if (next === board) {
    tell('warning', 'Nothing to split here: put the playhead inside a shot');
    return;
  }
  edit(() => next, { kind: 'shot', shot: shot + 1 });
}

export function deleteSelected(): void {
  const { selection } = useMovies.getState();
  const board = openBoardNow();
  if (!selection || !board) return;
  const next = without(board, selection);
  if (next === board) {
    tell('warning', 'That cannot be deleted: a movie has a shot, a shot a panel, a camera a key at least');
    return;
  }
  const after: MovieSelection | null =
    selection.kind === 'key' || selection.kind === 'panel'
      ? selection.kind === 'key'
        ? { kind: 'panel', shot: selection.shot, panel: selection.panel }
        : { kind: 'shot', shot: selection.shot }
      : null;
  edit(() => next, after);
}

function without(board: Storyboard, selection: MovieSelection): Storyboard {
  if (selection.kind === 'shot') return removed(board, selection.shot);
  if (selection.kind === 'panel') return removedPanel(board, selection.shot, selection.panel);
  if (selection.kind === 'key') return removedKey(board, selection);
  const overlays = overlaysOf(board, selection.shot).toSpliced(selection.index, 1);
  return withOverlays(board, selection.shot, overlays);
}

/** The volume that keys are set in: the selected one, else the first of the shot under the playhead. */
function volumeHere(): { shot: number; at: number; panel: VolumePanel } | null {
  const board = openBoardNow();
  if (!board) return null;
  const { selection, second } = useMovies.getState();
  const { shot, at } = shotAt(board, second);
  const volumes = board.shots[shot]!.panels.filter((panel): panel is VolumePanel => panel.kind === 'volume');
  const wish = selection && 'panel' in selection ? selection.panel : null;
  const panel = volumes.find(({ id }) => id === wish) ?? volumes[0];
  return panel ? { shot, at, panel } : null;
}

export function canTakeView(): boolean {
  return openBoardNow() !== null && movieProject() !== null && volumeHere() !== null;
}

/**
 * The 3D view as it is seen becomes a key where the playhead stands: the camera, and layers, clip and slices where the panel has keys
 * of them or the view differs from what it shows.
 */
export function keyFromView(): void {
  const [board, project, here] = [openBoardNow(), movieProject(), volumeHere()];
  if (!board || !project || !here) return;
  const { camera, clip, layers, slicesIn3D, crosshair } = useView.getState();
  if (!camera) {
    tell('warning', 'The 3D view has not been seen yet: show it, turn it, and take the key again');
    return;
  }
  const { shot, at, panel } = here;
  const fps = fpsOf(board);
  const near = valueAt(panel.camera, at).azimuth;
  const place = { shot, panel: panel.id };
  const taken = withKey(
    board,
    { ...place, track: 'camera' },
    at,
    cameraPlace(camera, project, aspectOf(board, panel), near) satisfies CameraPlace,
    fps,
  );
  let next = taken.board;
  const shape = shapeOf(project);
  const planes = Object.fromEntries(
    (['z', 'y', 'x'] as const).flatMap((axis, k) =>
      slicesIn3D[axis] && crosshair ? [[axis, Math.round(crosshair[k]!)]] : [],
    ),
  );
  next = withKey(next, { ...place, track: 'layers' }, at, layerChoice(layers), fps).board;
  if (clip || panel.clip) next = withKey(next, { ...place, track: 'clip' }, at, clipChoice(clip, shape), fps).board;
  if (panel.slices || Object.keys(planes).length > 0)
    next = withKey(next, { ...place, track: 'slices' }, at, planes, fps).board;
  edit(() => next, { kind: 'key', ...place, track: 'camera', index: taken.index });
  tell('done', `Keyframe set at ${(startsOf(board)[shot]! + at).toFixed(2)} s`);
}

/** The 3D view looks from where the movie's camera stands at the playhead. */
export function viewFromMovie(): void {
  const [board, project, here] = [openBoardNow(), movieProject(), volumeHere()];
  if (!board || !project || !here) return;
  const aspect = aspectOf(board, here.panel);
  const stands = here.panel.camera.map((key) => ({ ...key, value: standOf(key.value, project, aspect) }));
  const stand = standAt(stands, here.at, mixedStands);
  showPanel('volume');
  useView.setState({ camera: sightOf(stand, project) });
}

/** A key where the playhead stands, with what the panel shows there; `first` where it has none yet. */
export function keyHere(shot: number, panel: string, track: MovieTrack, first: unknown): void {
  const board = openBoardNow()!;
  const { shot: under, at } = shotAt(board, useMovies.getState().second);
  const keys = keysOf(board, { shot, panel, track });
  const second = under === shot ? at : 0;
  const value = keys.length > 0 ? valueAt(keys, second) : first;
  const { board: next, index } = withKey(board, { shot, panel, track }, second, value, fpsOf(board));
  edit(() => next, { kind: 'key', shot, panel, track, index });
}
type MovieTrack = Parameters<typeof keysOf>[1]['track'];
