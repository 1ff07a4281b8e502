import { join } from 'node:path';
import { asItIs, exportMovie, settingsOf } from '../backend/app/index.ts';
import type { ProjectContents } from '../backend/project/project_results.ts';
import { isFailure } from '../core/failure.ts';
import type { Surroundings } from './command.ts';
import { withStage } from './stage.ts';
import { readStoryboard } from './storyboards.ts';

/** Small enough to be drawn within a minute where there is no graphics card. */
const SIZE = [960, 540] as const;
const FPS = 8;
const SAMPLES = 2;

/**
 * Writes the movie of the paper into a folder, where there is something to draw and to encode with; else says what is missing. Returns the
 * paths of what was written. One that is there already is left as it is.
 */
export async function demoMovie(
  project: ProjectContents,
  folder: string,
  threads: number,
  around: Surroundings,
): Promise<string[]> {
  try {
    const { name, storyboard, folder: logos } = await readStoryboard('paper', around.cwd);
    const { ffmpeg = null } = await settingsOf();
    const form = { size: SIZE, fps: FPS, samples: SAMPLES, file: join(folder, 'paper.mp4'), unlessThere: true };
    const request = { name, storyboard, logos, projects: [asItIs(project)], ...form, ffmpeg, threads };
    const { file, record } = await withStage(around, threads, (door) => exportMovie(request, around, door));
    return [file, record];
  } catch (error) {
    around.signal.throwIfAborted();
    // Everything else is there; a machine without a browser is no failure of the demonstration.
    if (!isFailure(error)) throw error;
    around.notice(`warning: ${error.message}`);
    return [];
  }
}
