import { fileURLToPath } from 'node:url';
import { browserWindows, builtPage, type StageDoor, staticFile, Works } from '../backend/app/index.ts';
import { Failure } from '../core/failure.ts';
import { serveAnywhere } from '../host/index.ts';
import type { Surroundings } from './command.ts';
import { buildRenderer } from './renderer.ts';

export const RENDERER = fileURLToPath(new URL('../../out/renderer', import.meta.url));

/**
 * Serves what draws frames on 127.0.0.1 while `work` goes on. Throws a Failure `internal` where the page that draws cannot be built, and
 * what `work` throws.
 */
export async function withStage<T>(
  { notice, signal }: Pick<Surroundings, 'notice' | 'signal'>,
  threads: number,
  work: (door: StageDoor) => Promise<T>,
): Promise<T> {
  await buildRenderer(notice, signal);
  return await withStageOf(RENDERER, threads, work);
}

/** `withStage` for a window that was built into `folder`. */
export async function withStageOf<T>(
  folder: string,
  threads: number,
  work: (door: StageDoor) => Promise<T>,
): Promise<T> {
  const page = pageIn(folder);
  const works = new Works(threads);
  const served = await serveAnywhere(async (request, bindings) => {
    const { pathname } = new URL(request.url);
    return pathname.startsWith('/api/')
      ? await works.routes.fetch(request, bindings)
      : await staticFile(folder, pathname);
  });
  try {
    return await work({ works, visit: served.ticket, windows: browserWindows, page });
  } finally {
    await served.close();
  }
}

function pageIn(folder: string): string {
  try {
    return builtPage(folder);
  } catch (error) {
    throw new Failure('internal', {
      what: 'Cannot draw',
      path: folder,
      why: 'the page that draws is not built',
      whatToDo: 'Build it: npm run build:app',
      cause: error,
    });
  }
}
