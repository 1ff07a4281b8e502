import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userFolder } from '../backend/app/index.ts';
import { type Host, startHost } from '../host/index.ts';
import type { Surroundings } from './command.ts';
import { parseCount } from './quantities.ts';
import { buildRenderer } from './renderer.ts';

const RENDERER = fileURLToPath(new URL('../../out/renderer', import.meta.url));

export interface Asked {
  project: string | null;
  /** Folders that may be looked into besides the user's own. */
  roots: readonly string[];
  port?: string | undefined;
  threads?: string | undefined;
}

/**
 * Serves the app until the signal, or until the window that `opened` gives has ended; a project is opened first. Throws a Failure as
 * `startHost` does, and where the project cannot be opened.
 */
export async function runHost(
  { project, roots, port, threads }: Asked,
  { signal, notice }: Pick<Surroundings, 'signal' | 'notice'>,
  opened: (host: Host) => { ended: Promise<void> } | null,
): Promise<void> {
  await buildRenderer(notice, signal);
  const host = await startHost({
    config: userFolder(),
    roots: [...roots, homedir()],
    renderer: RENDERER,
    ...(port === undefined ? {} : { port: parseCount(port, '--port') }),
    ...(threads === undefined ? {} : { threads: parseCount(threads, '--threads') }),
  });
  try {
    if (project !== null) await host.app.open(placeOf(project));
    const window = opened(host);
    const stopped = new Promise<void>((done) => {
      if (signal.aborted) done();
      signal.addEventListener('abort', () => done(), { once: true });
    });
    await Promise.race(window ? [stopped, window.ended] : [stopped]);
  } finally {
    await host.close();
  }
}

/** A project may be given without its ending. */
function placeOf(path: string): string {
  const whole = resolve(path);
  return !existsSync(whole) && existsSync(`${whole}.tomolapse`) ? `${whole}.tomolapse` : whole;
}
