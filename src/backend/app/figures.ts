import type { ExportRequest, Input, Output } from '../../contract/app.ts';
import { checkFigure } from '../../contract/figure.ts';
import type { Project } from '../../store/project.ts';
import { type Analysed, analysedOf } from '../media/analysed.ts';
import { type FigureOptions, previewFigure, writeFigures } from '../media/figures/index.ts';
import type { Surroundings } from '../project/surroundings.ts';
import { openOther } from './other.ts';
import { figureStills } from './stage/figure_stills.ts';
import type { StageDoor } from './stage/window.ts';

export type FiguresExport = Extract<ExportRequest, { kind: 'figures' }>;

/** What pictures inside a figure have on a screen. */
const SCREEN_DPI = 160;

interface Places {
  /** The second project; null for none. */
  other: string | null;
  threads: number;
  /** Where the cell is drawn in 3D; such panels are left out without. */
  door: (() => StageDoor) | null;
}

/** Nobody watches a preview. */
const unwatched = (signal: AbortSignal): Surroundings => ({
  signal,
  notice: () => undefined,
  progress: () => undefined,
});

/** A figure as it will look, for a screen; null where there is nothing to show. */
export async function showFigure(
  { name, layout }: Pick<Input<'figurePreview'>, 'name' | 'layout'>,
  project: Project,
  places: Places,
  signal: AbortSignal,
): Promise<Output<'figurePreview'>> {
  const named = { name, path: name, layout: checkFigure(layout, name) };
  return await withAnalysed(project, places, unwatched(signal), async (projects, options) => ({
    page: await previewFigure(named, projects, { ...options, dotsPerInch: SCREEN_DPI }),
  }));
}

/** Writes the figures that were asked for into a folder. */
export async function exportFigures(
  { figures, forms, dotsPerInch }: FiguresExport,
  project: Project,
  folder: string,
  places: Places,
  around: Surroundings,
): Promise<string[]> {
  const named = figures.map(({ name, layout }) => ({ name, path: name, layout: checkFigure(layout, name) }));
  return await withAnalysed(project, places, around, (projects, options) =>
    writeFigures(projects, folder, {
      ...options,
      figures: named,
      forms,
      notice: around.notice,
      ...(dotsPerInch === null ? {} : { dotsPerInch }),
      progress: (fraction) => around.progress({ fraction, title: 'Drawing figures', secondsLeft: null }),
    }),
  );
}

async function withAnalysed<T>(
  project: Project,
  { other: path, threads, door }: Places,
  around: Surroundings,
  work: (projects: Analysed[], options: Pick<FigureOptions, 'threads' | 'signal' | 'stills'>) => Promise<T>,
): Promise<T> {
  const other = openOther(path);
  try {
    const contents = other ? [project, other] : [project];
    const stills = door && figureStills(contents, around, (draw) => draw(door()), threads);
    return await work(await Promise.all(contents.map(analysedOf)), { threads, signal: around.signal, stills });
  } finally {
    other?.close();
  }
}
