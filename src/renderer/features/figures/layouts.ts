import { useMemo } from 'react';
import { create } from 'zustand';
import type { ProjectState } from '../../../contract/app.ts';
import { checkFigure } from '../../../contract/figure.ts';
import { FIGURES, type FigureLayout } from '../../../core/figure/layout.ts';
import { call } from '../../host/call.ts';
import { attempt, takeProject } from '../../state/actions.ts';
import { tell, tellError } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import type { PanelPlace } from './edit.ts';

/** A figure that comes with the program, the project's own form of it, or one of its own. */
export interface Figure {
  name: string;
  layout: FigureLayout;
  /** Changed in this project, or made in it. */
  own: boolean;
  /** Comes with the program. */
  template: boolean;
}

export interface Figures {
  own: Record<string, FigureLayout>;
  templates: readonly { name: string; plan: FigureLayout }[];
  of: { path: string; plans: number } | null;
  open: string | null;
  selection: PanelPlace | null;
}

export const useFigures = create<Figures>(() => ({
  own: {},
  templates: [],
  of: null,
  open: null,
  selection: null,
}));

/** Those of the program in their order, the project's own form where it has one; then the project's others. */
export function listed({ own, templates }: Pick<Figures, 'own' | 'templates'>): Figure[] {
  const place = (name: string) => (FIGURES as readonly string[]).indexOf(name);
  const inOrder = templates.toSorted((a, b) => place(a.name) - place(b.name));
  const shipped = inOrder.map(({ name, plan }) => ({
    name,
    layout: own[name] ?? plan,
    own: name in own,
    template: true,
  }));
  const others = Object.entries(own)
    .filter(([name]) => !templates.some((template) => template.name === name))
    .map(([name, layout]) => ({ name, layout, own: true, template: false }));
  return [...shipped, ...others];
}

export function openFigure(state: Figures): Figure | null {
  return listed(state).find(({ name }) => name === state.open) ?? null;
}

export function useOpenFigure(): Figure | null {
  const own = useFigures((state) => state.own);
  const templates = useFigures((state) => state.templates);
  const open = useFigures((state) => state.open);
  return useMemo(() => listed({ own, templates }).find(({ name }) => name === open) ?? null, [own, templates, open]);
}

let onTheWay = 0;
let reading = 0;

async function follow(project: ProjectState | null): Promise<void> {
  const { of, open } = useFigures.getState();
  if (!project) {
    if (of) useFigures.setState({ own: {}, of: null, open: null, selection: null });
    return;
  }
  if (onTheWay > 0 || (of?.path === project.path && of.plans === project.plans)) return;
  const turn = ++reading;
  try {
    const { own, templates } = await call('figures', {});
    if (turn !== reading || onTheWay > 0) return;
    const next = {
      own: own as Record<string, FigureLayout>,
      templates: templates as Figures['templates'],
      of: { path: project.path, plans: project.plans },
    };
    const name = of?.path === project.path ? open : wanted;
    const there = listed(next).some((figure) => figure.name === name);
    useFigures.setState({ ...next, ...(there ? { open: name } : { open: null, selection: null }) });
    holdInside();
  } catch (error) {
    tellError(error);
  }
}

/** The figure that was open when the window was left. */
let wanted: string | null = null;

export function keptFigures(): { open: string | null } {
  return { open: useFigures.getState().open };
}

export function restoreFigures(kept: unknown): void {
  const { open } = (typeof kept === 'object' && kept !== null ? kept : {}) as { open?: unknown };
  wanted = typeof open === 'string' ? open : null;
  if (listed(useFigures.getState()).some(({ name }) => name === wanted)) useFigures.setState({ open: wanted });
}

function holdInside(): void {
  const state = useFigures.getState();
  const { selection } = state;
  const layout = openFigure(state)?.layout;
  if (selection && !layout?.rows[selection.row]?.[selection.at]) useFigures.setState({ selection: null });
}

async function keep(changes: Record<string, FigureLayout | null>): Promise<boolean> {
  const before = useFigures.getState().own;
  const own = Object.fromEntries(
    Object.entries({ ...before, ...changes }).filter((entry): entry is [string, FigureLayout] => entry[1] !== null),
  );
  useFigures.setState({ own });
  onTheWay++;
  const project = await attempt(() => call('setFigures', { changes }));
  onTheWay--;
  if (!project) useFigures.setState({ own: before, of: null });
  else if (onTheWay === 0) useFigures.setState({ of: { path: project.path, plans: project.plans } });
  if (project) await takeProject(project);
  else void follow(useSession.getState().project);
  holdInside();
  return project !== null;
}

/** Changes the open figure; one of the program becomes the project's own form of it. What cannot stand is told and not made. */
export function editFigure(change: (layout: FigureLayout) => FigureLayout, selection?: PanelPlace | null): void {
  const figure = openFigure(useFigures.getState());
  if (!figure) return;
  const next = change(figure.layout);
  if (next === figure.layout) return;
  try {
    checkFigure(next, figure.name);
  } catch (error) {
    tellError(error);
    return;
  }
  if (selection !== undefined) useFigures.setState({ selection });
  void keep({ [figure.name]: next });
}

export function showFigure(name: string): void {
  useFigures.setState({ open: name, selection: null });
}

/** A figure under the next free name; it is opened. */
export async function addFigure(wish: string, layout: FigureLayout): Promise<void> {
  const taken = new Set(listed(useFigures.getState()).map(({ name }) => name));
  let number = 1;
  const named = () => (number === 1 ? wish : `${wish}_${number}`);
  while (taken.has(named())) number++;
  const name = named();
  try {
    checkFigure(layout, name);
  } catch (error) {
    tellError(error);
    return;
  }
  if (await keep({ [name]: layout })) showFigure(name);
}

/** Takes the project's own figure away; of one that comes with the program its own form is left. */
export async function dropFigure({ name, template }: Figure): Promise<void> {
  if (!(await keep({ [name]: null }))) return;
  tell(
    'done',
    template ? `${name} is as it came; undo brings the changes back` : `${name} is deleted; undo brings it back`,
  );
}

useSession.subscribe((now, before) => {
  if (now.project !== before.project) void follow(now.project);
});
