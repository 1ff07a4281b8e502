import { MAPS } from '../../../contract/app.ts';
import { createStage, httpMaps } from '../../stage/index.ts';
import { tell, tellError } from '../../state/notices.ts';
import { httpSource } from '../../viewer/index.ts';
import { movieProject } from './act.ts';
import { boardOf, fpsOf, useMovies } from './boards.ts';
import { cellsOf, isOfTwo, logosOf } from './cells.ts';
import { useExport } from './choice.ts';
import { previewProjects, problemOf } from './preview.ts';

/** The frame at the playhead as the movie will have it, as a PNG of the movie's size. */
export async function saveStill(): Promise<void> {
  const state = useMovies.getState();
  const [board, project] = [boardOf(state), movieProject()];
  if (!board || !project || state.open === null) return;
  const canvas = document.createElement('canvas');
  const frame = Math.round(state.second * fpsOf(board));
  const { other, logos } = useExport.getState();
  try {
    const cells = await cellsOf(
      isOfTwo(board) && other !== '' ? other : null,
      logosOf(board).length > 0 ? logos : null,
    );
    const own = { ...project, source: httpSource(), map: httpMaps(MAPS) };
    const projects = previewProjects(board, own, cells.second);
    const problem = problemOf(board, projects, state.open);
    if (problem !== null) throw new Error(problem);
    const stage = await createStage(canvas, { storyboard: board, projects, logo: cells.logo });
    await stage.draw(frame);
    const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    stage.dispose();
    if (!picture) throw new Error('Cannot save the frame: the browser made no picture of it.');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(picture);
    link.download = `${state.open}_frame_${String(frame).padStart(5, '0')}.png`.replace(/[^\w.-]+/g, '-');
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    tell('done', `Frame saved: ${link.download}`);
  } catch (error) {
    tellError(error);
  }
}
