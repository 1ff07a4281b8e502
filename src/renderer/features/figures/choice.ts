import { create } from 'zustand';
import type { Input } from '../../../contract/app.ts';
import { call } from '../../host/call.ts';
import { attempt, takeJob } from '../../state/actions.ts';
import { tell } from '../../state/notices.ts';
import { type Figure, openFigure, useFigures } from './layouts.ts';

type FiguresExport = Extract<Input<'export'>, { kind: 'figures' }>;
export type Form = FiguresExport['forms'][number];
export const FORMS: readonly (readonly [Form, string])[] = [
  ['pdf', 'PDF'],
  ['svg', 'SVG'],
  ['png', 'PNG'],
  ['tiff', 'TIFF'],
];

/** How figures are written and seen. */
export interface FigureChoice {
  forms: Form[];
  /** What the journal asks for where null. */
  dotsPerInch: number | null;
  /** A second project beside this one; empty for none. */
  other: string;
  /** Panels in 3D are drawn in the preview too. */
  stills: boolean;
  /** 1: as large as on paper; null: as wide as the panel. */
  zoom: number | null;
}

export const useFigureChoice = create<FigureChoice>(() => ({
  forms: ['pdf', 'svg', 'png'],
  dotsPerInch: null,
  other: '',
  stills: false,
  zoom: null,
}));

/** What is asked of the host for figures and a choice. */
export function requestOf(figures: readonly Figure[], { forms, dotsPerInch, other }: FigureChoice): FiguresExport {
  return {
    kind: 'figures',
    figures: figures.map(({ name, layout }) => ({ name, layout })),
    forms: [...forms],
    dotsPerInch,
    other: other === '' ? null : other,
    folder: null,
  };
}

async function ask(figures: readonly Figure[]): Promise<void> {
  const choice = useFigureChoice.getState();
  if (figures.length === 0 || choice.forms.length === 0) return;
  const job = await attempt(() => call('export', requestOf(figures, choice)));
  if (!job) return;
  takeJob(job);
  if (job.state === 'waiting') tell('done', `${job.title} waits for its turn`);
}

/** Writes the open figure. */
export async function exportFigure(): Promise<void> {
  const figure = openFigure(useFigures.getState());
  if (figure) await ask([figure]);
}

export async function exportFigures(figures: readonly Figure[]): Promise<void> {
  await ask(figures);
}
