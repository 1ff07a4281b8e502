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

/** What is drawn. */
export type Drawing = Pick<Work, 'storyboard' | 'size' | 'fps' | 'samples' | 'waitS' | 'projects' | 'file'>;

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
  frames: readonly [number, number],
  drawing: Drawing,
  around: Surroundings,
  door: StageDoor,
): Promise<number> {
  const began = performance.now();
  const show = showing(taker, frames, drawing, around);
  for (let restarts = 0; taker.next !== null; restarts++) {
    const why = await page(taker, drawing, show, around.signal, door);
    if (why === null) break;
    if (restarts >= RESTARTS)
      throw new Failure('internal', {
        what: WHAT,
        at: `frame ${taker.next}`,
        why: `${why}, twice`,
        whatToDo:
          'Start it again to go on there; with less memory in use, or a smaller size, if it ends there once more',
      });
    around.notice(`warning: ${why}; it is opened again at frame ${taker.next}`);
  }
  return (performance.now() - began) / 1000;
}

/** What tells of each frame that was taken: how far it is, how long it will take, and now and then the frame itself. */
function showing(
  taker: FrameTaker,
  [first, end]: readonly [number, number],
  { size }: Drawing,
  around: Surroundings,
): (pixels: Uint8Array) => void {
  const [kept, all] = [taker.done, end - first];
  let firstAt: number | null = null;
  let shownAt = 0;
  const tell = (secondsLeft: number | null) =>
    around.progress({ fraction: taker.done / all, title: 'Drawing the movie', secondsLeft });
  tell(null);
  return (pixels) => {
    const now = performance.now();
    firstAt ??= now;
    // The first one waits for the browser and the voxels that all want.
    const timed = taker.done - kept - 1;
    tell(timed > 0 ? ((now - firstAt) / 1000 / timed) * (all - taker.done) : null);
    if (!around.preview || now - shownAt < PREVIEW_MS) return;
    shownAt = now;
    around.preview(small(pixels, size));
  };
}

/** Has one page draw. Null when all frames are there, else why the page is gone. */
async function page(
  taker: FrameTaker,
  drawing: Drawing,
  show: (pixels: Uint8Array) => void,
  signal: AbortSignal,
  door: StageDoor,
): Promise<string | null> {
  const outcome = Promise.withResolvers<string | null>();
  // Told while something else is waited for.
  outcome.promise.catch(() => undefined);
  let heard = performance.now();
  const { page, end } = door.works.begin({
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
      show(pixels);
      if (taker.next === null) outcome.resolve(null);
    },
  });
  const stop = () => outcome.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const limit = (drawing.waitS + SILENT_S) * 1000;
  const watch = setInterval(() => {
    if (performance.now() - heard > limit) outcome.resolve('the page draws no more');
  }, 1000);
  try {
    signal.throwIfAborted();
    const window = await door.windows.open(door.visit(page));
    try {
      return await Promise.race([outcome.promise, window.gone]);
    } finally {
      await window.close();
    }
  } finally {
    clearInterval(watch);
    end();
    signal.removeEventListener('abort', stop);
  }
}

function small(pixels: Uint8Array, size: readonly [number, number]): Preview {
  const picture = shrunk(pixels, size, PREVIEW_WIDTH);
  return { type: 'image/png', bytes: new Uint8Array(encodePng(picture, { level: 1 })) };
}
