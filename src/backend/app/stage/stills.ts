import { availableParallelism } from 'node:os';
import { checkStoryboard, checkStoryboardAgainst } from '../../../contract/storyboard.ts';
import type { Shot, Storyboard } from '../../../core/movie/storyboard.ts';
import type { Picture } from '../../media/png.ts';
import type { ProjectContents } from '../../project/project_results.ts';
import type { Surroundings } from '../../project/surroundings.ts';
import { drawFrames } from './draw.ts';
import { stageProject } from './export.ts';
import type { StageDoor } from './window.ts';

export interface StillsAsked {
  /** Of every picture. */
  size: readonly [number, number];
  /** Light unless told: what is printed. */
  theme?: Storyboard['theme'];
  /** Pictures averaged; as many as change anything, unless told. */
  samples?: number | null;
  align?: Storyboard['align'];
  threads?: number;
}

/** As movies do: a brick may come late. */
const WAIT_S = 60;
const NAME = 'stills';

/**
 * The first picture of each shot, in their order, as a movie would show it; how long a shot lasts says nothing. Throws a Failure: `input`
 * where a shot is wrong or there is no browser, `internal` where one cannot be drawn.
 */
export async function drawStills(
  contents: readonly ProjectContents[],
  shots: readonly Shot[],
  { size, theme = 'light', samples = null, align, threads = availableParallelism() }: StillsAsked,
  around: Surroundings,
  door: StageDoor,
): Promise<Picture[]> {
  if (shots.length === 0) return [];
  const still = shots.map(({ transition: _, ...shot }): Shot => ({ ...shot, seconds: 1 }));
  // One frame a second: each shot's first.
  const fps = 1;
  const storyboard = checkStoryboard({ version: 1, theme, ...(align && { align }), shots: still }, NAME);
  const projects = await Promise.all(contents.map((project) => stageProject(project, threads)));
  const pictures: Picture[] = [];
  const taker = {
    get next() {
      return pictures.length < shots.length ? pictures.length : null;
    },
    get done() {
      return pictures.length;
    },
    async take(_: number, pixels: Uint8Array) {
      pictures.push({ width: size[0], height: size[1], channels: 3, pixels: Uint8Array.from(pixels) });
    },
  };
  try {
    const shown = projects.map(({ session, analysed: { results } }) => ({ state: session.state(), results }));
    checkStoryboardAgainst(storyboard, shown, NAME);
    const drawing = { storyboard, size, fps, samples, waitS: WAIT_S, projects, file: () => null };
    await drawFrames(taker, [0, shots.length], drawing, around, door);
    return pictures;
  } finally {
    for (const { session } of projects) session.close();
  }
}
