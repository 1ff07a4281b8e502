import { create } from 'zustand';
import type { ProjectState } from '../../../contract/app.ts';
import { checkStoryboard } from '../../../contract/storyboard.ts';
import { MOVIE_FPS, type Storyboard } from '../../../core/movie/storyboard.ts';
import { call } from '../../host/call.ts';
import { attempt, takeProject } from '../../state/actions.ts';
import { tell, tellError } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import { useExport } from './choice.ts';
import { freeName, type KeyPlace, lengthOf, toFrame } from './edit.ts';

/** What of a storyboard is selected; nothing: the movie itself. */
export type MovieSelection =
  | { kind: 'shot'; shot: number }
  | { kind: 'panel'; shot: number; panel: string }
  | ({ kind: 'key' } & KeyPlace)
  | { kind: 'overlay'; shot: number | null; index: number };

export interface Template {
  name: string;
  plan: Storyboard;
}

export interface Movies {
  /** The project's storyboards by name. */
  own: Record<string, Storyboard>;
  templates: readonly Template[];
  /** Of which project, in which of its states, they are. */
  of: { path: string; plans: number } | null;
  /** The one that is edited. */
  open: string | null;
  /** As it is being dragged. */
  draft: Storyboard | null;
  selection: MovieSelection | null;
  /** Where the playhead stands, seconds of the movie. */
  second: number;
  playing: boolean;
  /** Pixels a second of the timeline; null: the whole movie fits. */
  scale: number | null;
}

export const useMovies = create<Movies>(() => ({
  own: {},
  templates: [],
  of: null,
  open: null,
  draft: null,
  selection: null,
  second: 0,
  playing: false,
  scale: null,
}));

/** The storyboard that is edited, as it is seen. */
export function useBoard(): Storyboard | null {
  return useMovies(boardOf);
}

export function boardOf({ open, own, draft }: Movies): Storyboard | null {
  return open === null ? null : (draft ?? own[open] ?? null);
}

export function fpsOf(board: Storyboard | null): number {
  return board?.fps ?? MOVIE_FPS;
}

/** Changes that are on their way to the host: until they are there, what it says is older. */
let onTheWay = 0;
let reading = 0;

/** Reads the storyboards of a project where they changed. */
async function follow(project: ProjectState | null): Promise<void> {
  const { of, open } = useMovies.getState();
  if (!project) {
    if (of)
      useMovies.setState({ own: {}, of: null, open: null, draft: null, selection: null, playing: false, second: 0 });
    return;
  }
  if (onTheWay > 0 || (of?.path === project.path && of.plans === project.plans)) return;
  const turn = ++reading;
  try {
    const { own, templates } = await call('storyboards', {});
    if (turn !== reading || onTheWay > 0) return;
    const boards = own as Record<string, Storyboard>;
    const same = of?.path === project.path;
    useMovies.setState({
      own: boards,
      templates: templates as Template[],
      of: { path: project.path, plans: project.plans },
      draft: null,
      ...(same && open !== null && boards[open] ? {} : { open: same ? null : firstOpen(boards), selection: null }),
    });
    holdInside();
  } catch (error) {
    tellError(error);
  }
}

/** The storyboard that was open when the window was left. */
let wanted: string | null = null;

function firstOpen(boards: Record<string, Storyboard>): string | null {
  return wanted !== null && boards[wanted] ? wanted : null;
}

/** What is kept of the window: which storyboard was open. */
export function keptMovies(): { open: string | null; other: string; logos: string | null } {
  const { other, logos } = useExport.getState();
  return { open: useMovies.getState().open, other, logos };
}

export function restoreMovies(kept: unknown): void {
  const { open, other, logos } = (typeof kept === 'object' && kept !== null ? kept : {}) as Record<string, unknown>;
  useExport.setState({
    other: typeof other === 'string' ? other : '',
    logos: typeof logos === 'string' ? logos : null,
  });
  wanted = typeof open === 'string' ? open : null;
  const { own } = useMovies.getState();
  if (wanted !== null && own[wanted]) useMovies.setState({ open: wanted });
}

/** Selection and playhead never lie outside what there is. */
function holdInside(): void {
  const state = useMovies.getState();
  const board = boardOf(state);
  if (!board) return;
  const { selection, second } = state;
  const shot = selection && 'shot' in selection ? selection.shot : null;
  useMovies.setState({
    second: Math.min(second, lengthOf(board)),
    ...(shot !== null && shot >= board.shots.length ? { selection: null } : {}),
  });
}

/** Keeps storyboards as they are now, in one change; what is null goes. */
async function keep(changes: Record<string, Storyboard | null>): Promise<boolean> {
  const before = useMovies.getState().own;
  const own = Object.fromEntries(
    Object.entries({ ...before, ...changes }).filter((entry): entry is [string, Storyboard] => entry[1] !== null),
  );
  useMovies.setState({ own, draft: null });
  onTheWay++;
  const project = await attempt(() => call('setStoryboards', { changes }));
  onTheWay--;
  if (!project) useMovies.setState({ own: before, of: null });
  else if (onTheWay === 0) useMovies.setState({ of: { path: project.path, plans: project.plans } });
  if (project) await takeProject(project);
  else void follow(useSession.getState().project);
  holdInside();
  return project !== null;
}

/** Makes a change of the open storyboard part of the project; a change that cannot stand is told and not made. */
export async function commit(board: Storyboard, selection?: MovieSelection | null): Promise<void> {
  const { open, own } = useMovies.getState();
  if (open === null) return;
  if (own[open] === board) {
    useMovies.setState({ draft: null });
    return;
  }
  try {
    checkStoryboard(board, open);
  } catch (error) {
    useMovies.setState({ draft: null });
    tellError(error);
    return;
  }
  if (selection !== undefined) useMovies.setState({ selection });
  await keep({ [open]: board });
}

/** Whether a pointer is held down, and a change waits until it is let go: what is dragged is one change. */
let held = false;
let waiting = false;

/** Changes the open storyboard by a pure function; while a slider or number is dragged, the change is made when it is let go. */
export function edit(change: (board: Storyboard) => Storyboard, selection?: MovieSelection | null): void {
  const board = boardOf(useMovies.getState());
  if (!board) return;
  const next = change(board);
  if (!held) {
    void commit(next, selection);
    return;
  }
  waiting = true;
  useMovies.setState({ draft: next, ...(selection === undefined ? {} : { selection }) });
}

function letGo(): void {
  held = false;
  const { draft } = useMovies.getState();
  if (waiting && draft) void commit(draft);
  waiting = false;
}

if (typeof window !== 'undefined') {
  window.addEventListener('pointerdown', () => (held = true), true);
  for (const name of ['pointerup', 'pointercancel']) window.addEventListener(name, letGo, true);
  // Of the window itself: fields lose the focus while a pointer is held.
  window.addEventListener('blur', letGo);
}

/** Shows a change that is not made yet. */
export function sketch(board: Storyboard): void {
  useMovies.setState({ draft: board });
}

export function openBoard(name: string | null): void {
  useMovies.setState({ open: name, draft: null, selection: null, second: 0, playing: false });
}

/** A new storyboard under the next free name; it is opened. */
export async function addBoard(name: string, board: Storyboard): Promise<void> {
  try {
    checkStoryboard(board, name);
  } catch (error) {
    tellError(error);
    return;
  }
  const free = freeName(name, Object.keys(useMovies.getState().own));
  if (await keep({ [free]: board })) openBoard(free);
}

export async function removeBoard(name: string): Promise<void> {
  if (useMovies.getState().open === name) openBoard(null);
  if (await keep({ [name]: null })) tell('done', `${name} is deleted; undo brings it back`);
}

/** Why a storyboard cannot be called so; null where it can. */
export function boardNameFault(name: string, before: string): string | null {
  if (name === '') return 'A storyboard needs a name';
  if (name.length > 80) return 'A name has 80 letters at most';
  return name !== before && Object.hasOwn(useMovies.getState().own, name) ? 'Another storyboard has this name' : null;
}

export async function renameBoard(before: string, name: string): Promise<void> {
  const { own, open } = useMovies.getState();
  const board = own[before];
  if (!board || name === before || boardNameFault(name, before) !== null) return;
  if (open === before) useMovies.setState({ open: name });
  await keep({ [before]: null, [name]: board });
}

/** Puts the playhead somewhere, at the beginning of a frame. */
export function seek(second: number): void {
  const board = boardOf(useMovies.getState());
  if (!board) return;
  const fps = fpsOf(board);
  const last = Math.max(0, lengthOf(board) - 1 / fps);
  useMovies.setState({ second: Math.max(0, Math.min(last, toFrame(second, fps))) });
}

useSession.subscribe((now, before) => {
  if (now.project !== before.project) void follow(now.project);
});
