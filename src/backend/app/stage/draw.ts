import { Failure } from '../../../contract/errors.ts';
import { encodePng } from '../../media/png.ts';
import type { Preview, Surroundings } from '../../project/surroundings.ts';
import { shrunk } from './shrink.ts';
import type { StageDoor } from './window.ts';
import type { Work } from './works.ts';

/** What takes frames one after the other. */
export interface FrameTaker {
  /** The first frame that is not there; null: all are. */
  readonly next: number | null;
  readonly done: number;
  /** Resolves when the pixels are needed no more. */
  take(frame: number, pixels: Uint8Array, samples: number): Promise<void>;
}

/** A page that asks for nothing so much longer than a frame may wait has died. */
const SILENT_S = 60;
/** How often a page that died is opened anew. */
const RESTARTS = 1;
const PREVIEW_MS = 2000;
const PREVIEW_WIDTH = 480;
const WHAT = 'Cannot draw the movie';

/**
 * Has a page draw every frame that is not there. One that dies is opened again once, at the first missing frame. Returns seconds taken.
 * Throws a Failure where a page gives up or dies again, or a frame cannot be written; the signal's reason where it is stopped.
 */
export async function drawFrames(
  taker: FrameTaker,
  [first, end]: readonly [number, number],
  drawing: Pick<Work, 'storyboard' | 'size' | 'fps' | 'samples' | 'waitS' | 'projects' | 'file'>,
  around: Surroundings,
  door: StageDoor,
): Promise<number> {
  const began = performance.now();
  if (taker.next === null) return 0;
  const kept = taker.done;
  const all = end - first;
  let firstAt: number | null = null;
  let shownAt = 0;
  const tell = () => {
    const now = performance.now();
    firstAt ??= now;
    const timed = taker.done - kept - 1;
    const secondsLeft = timed > 0 ? ((now - firstAt) / 1000 / timed) * (all - taker.done) : null;
    around.progress({ fraction: taker.done / all, title: 'Drawing the movie', secondsLeft });
  };
  around.progress({ fraction: taker.done / all, title: 'Drawing the movie', secondsLeft: null });

  for (let restarts = 0; ; restarts++) {
    const outcome = Promise.withResolvers<string | null>();
    // Told while something else is waited for.
    outcome.promise.catch(() => undefined);
    let heard = performance.now();
    const work: Work = {
      ...drawing,
      next: () => taker.next,
      heard: () => {
        heard = performance.now();
      },
      failed: (message) => outcome.reject(new Failure('internal', { what: WHAT, why: message })),
      async take(frame, pixels, samples) {
        try {
          await taker.take(frame, pixels, samples);
        } catch (error) {
          outcome.reject(error);
          throw error;
        }
        tell();
        if (around.preview && performance.now() - shownAt > PREVIEW_MS) {
          shownAt = performance.now();
          around.preview(small(pixels, drawing.size));
        }
        if (taker.next === null) outcome.resolve(null);
      },
    };
    const stop = () => outcome.reject(around.signal.reason);
    around.signal.addEventListener('abort', stop, { once: true });
    if (around.signal.aborted) stop();
    const { page, end: endWork } = door.works.begin(work);
    const limit = (drawing.waitS + SILENT_S) * 1000;
    const watch = setInterval(() => {
      if (performance.now() - heard > limit) outcome.resolve('the page draws no more');
    }, 1000);
    try {
      const window = await door.windows.open(door.visit(page));
      try {
        const why = await Promise.race([outcome.promise, window.gone]);
        if (why === null) return (performance.now() - began) / 1000;
        if (restarts >= RESTARTS)
          throw new Failure('internal', {
            what: WHAT,
            at: `frame ${taker.next}`,
            why: `${why}, twice`,
            whatToDo:
              'Start it again to go on there; with less memory in use, or a smaller size, if it ends there once more',
          });
        around.notice(`warning: ${why}; it is opened again at frame ${taker.next}`);
      } finally {
        await window.close();
      }
    } finally {
      clearInterval(watch);
      endWork();
      around.signal.removeEventListener('abort', stop);
    }
  }
}

function small(pixels: Uint8Array, size: readonly [number, number]): Preview {
  const picture = shrunk(pixels, size, PREVIEW_WIDTH);
  return { type: 'image/png', bytes: new Uint8Array(encodePng(picture, { level: 1 })) };
}
