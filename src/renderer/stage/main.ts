import '@fontsource-variable/inter/wght.css';
import { type StageWork, stageWorkSchema } from '../../contract/stage.ts';
import { checkStoryboard } from '../../contract/storyboard.ts';
import type { MovieProject } from '../../core/movie/project.ts';
import { httpSource } from '../viewer/http_source.ts';
import { httpMaps } from './http_maps.ts';
import { readLogo } from './logo.ts';
import { createStage, type Stage } from './stage.ts';

/** A page without a window: asks for its work, draws one frame after the other and hands each over (`src/contract/stage.ts`). */
const id = new URLSearchParams(location.search).get('work') ?? '';
const at = `/api/stage/${encodeURIComponent(id)}`;

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw new Error(`the host answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
}

async function stageOf(work: StageWork): Promise<Stage> {
  const storyboard = checkStoryboard(work.storyboard, 'storyboard');
  return createStage(document.createElement('canvas'), {
    storyboard,
    projects: work.projects.map((project, k) => ({
      ...(project as MovieProject),
      source: httpSource('', `${at}/projects/${k}`),
      map: httpMaps(`${at}/projects/${k}/map`),
    })),
    size: work.size,
    fps: work.fps,
    samples: work.samples,
    waitS: work.waitS,
    logo: async (file) => {
      const response = await answered(await fetch(`${at}/files/${encodeURIComponent(file)}`));
      return readLogo(await response.blob());
    },
  });
}

/** Hands a frame over; the answer comes when it is taken. */
async function handed(frame: number, samples: number, pixels: Uint8Array<ArrayBuffer>): Promise<number | null> {
  const response = await fetch(`${at}/frames/${frame}?samples=${samples}`, { method: 'POST', body: pixels });
  const { next } = (await (await answered(response)).json()) as { next: number | null };
  return next;
}

async function work(): Promise<void> {
  const told = stageWorkSchema.parse(await (await answered(await fetch(at))).json());
  if (told.next === null) return;
  const stage = await stageOf(told);
  let pixels: Uint8Array<ArrayBuffer> = new Uint8Array();
  let next: number | null = told.next;
  let drawing = stage.draw(next);
  while (next !== null) {
    const { frame, samples, same } = await drawing;
    if (!same) pixels = stage.pixels();
    const posting = handed(frame, samples, pixels);
    // The next one is drawn while this one is on its way.
    const ahead = frame + 1 < stage.frames.count ? stage.draw(frame + 1) : null;
    ahead?.catch(() => undefined);
    next = await posting;
    if (next === null) break;
    drawing = next === frame + 1 && ahead ? ahead : stage.draw(next);
  }
  stage.dispose();
}

work().catch(async (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  await fetch(`${at}/failed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message }),
  }).catch(() => undefined);
});
