import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userFolder } from '../backend/app/index.ts';
import { isFailure } from '../contract/errors.ts';
import { type Host, type HostOptions, startHost } from '../host/index.ts';
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
  const options: HostOptions = {
    config: userFolder(),
    roots: [...roots, homedir()],
    renderer: RENDERER,
    ...(threads === undefined ? {} : { threads: parseCount(threads, '--threads') }),
  };
  const place = project === null ? null : placeOf(project);
  const host = await (port === undefined
    ? startSomewhere(options, place)
    : startHost({ ...options, port: parseCount(port, '--port') }));
  try {
    if (place !== null) await host.app.open(place);
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

/** A host at the project's own port, or at any where that is taken. */
async function startSomewhere(options: HostOptions, project: string | null): Promise<Host> {
  if (project === null) return await startHost(options);
  try {
    return await startHost({ ...options, port: portOf(project) });
  } catch (error) {
    if (isFailure(error) && error.code === 'busy') return await startHost(options);
    throw error;
  }
}

/**
 * Each project is served at a port of its own, where it is free: a window, or a tunnel from another machine, finds it again after
 * a restart. Above those that systems give to outgoing connections.
 */
export function portOf(project: string): number {
  const [first, count] = [61_000, 4_500];
  const digest = createHash('sha256').update(resolve(project)).digest();
  return first + (digest.readUInt32LE() % count);
}

/** A project may be given without its ending. */
function placeOf(path: string): string {
  const whole = resolve(path);
  return !existsSync(whole) && existsSync(`${whole}.tomolapse`) ? `${whole}.tomolapse` : whole;
}
