import type { DrawStills } from '../backend/media/figures/drawing.ts';
import { findBrowser } from '../backend/media/programs.ts';
import type { ProjectContents } from '../backend/project/project_results.ts';
import type { Surroundings } from './command.ts';

/** What draws cells in 3D with the system's browser, started at the first picture; null where there is none. */
export async function stillsFor(
  projects: readonly ProjectContents[],
  threads: number,
  around: Surroundings,
): Promise<DrawStills | null> {
  if (!(await findBrowser())) return null;
  return async (asked, signal) => {
    const [{ figureStills }, { withStage }] = await Promise.all([
      import('../backend/app/index.ts'),
      import('./stage.ts'),
    ]);
    const draw = figureStills(projects, around, (work) => withStage(around, threads, work), threads);
    return await draw(asked, signal);
  };
}
