import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProjectContents } from '../backend/project/project_results.ts';
import { Failure, type FailureCode, isFailure } from '../core/failure.ts';
import type { Recipe } from '../core/recipe.ts';
import type { Series } from '../core/series.ts';
import type { Json } from '../core/step.ts';
import type { HostEntry } from '../host/hosts.ts';
import { readHolder } from '../store/database.ts';
import { Objects } from '../store/objects.ts';
import { type PlannedResult, Project } from '../store/project.ts';

/** A project that is only read: opened, or asked for of the host that has it open. */
export interface Reader extends ProjectContents {
  /** Layouts of figures that the project keeps, by name. */
  figures(): Record<string, Json>;
  storyboards(): Record<string, Json>;
  verify(signal?: AbortSignal): ReturnType<Project['verify']>;
  close(): void;
}

/** Throws a Failure as `Project` does; `busy` where a program holds it that cannot be asked. */
export async function openForReading(folder: string, command: string): Promise<Reader> {
  try {
    return new Project(folder, { command, writes: false, evenDamaged: command === 'verify' });
  } catch (error) {
    if (!isFailure(error) || error.code !== 'busy' || !error.path) throw error;
    const directory = realpathSync(error.path);
    const host = await hostOf(directory);
    if (!host) throw error;
    return await heldProject(host, directory, error);
  }
}

/** Loaded when it is needed: a command that opens its project itself starts the quicker. */
async function hostOf(directory: string): Promise<HostEntry | null> {
  const holder = readHolder(directory);
  const [{ findHost }, { userFolder }] = await Promise.all([
    import('../host/hosts.ts'),
    import('../backend/app/config.ts'),
  ]);
  return holder?.command === 'serve' && holder.host === hostname() ? findHost(userFolder(), holder.pid) : null;
}

/** What is in the database as the host tells it; results are read from their files. */
async function heldProject(host: HostEntry, directory: string, busy: Failure): Promise<Reader> {
  const asked = await ask(host, 'snapshot', directory, busy);
  const { series, recipe, planned, figures, storyboards, origins } = asked as {
    series: Series;
    recipe: Recipe;
    planned: PlannedResult[];
    figures: Record<string, Json>;
    storyboards: Record<string, Json>;
    origins: ReturnType<Project['origins']>;
  };
  return {
    directory,
    objects: new Objects(directory),
    series: () => series,
    recipe: () => recipe,
    plannedResults: () => planned,
    figures: () => figures,
    storyboards: () => storyboards,
    origins: () => origins,
    verify: async (signal) =>
      (await ask(host, 'verify', directory, busy, signal)) as Awaited<ReturnType<Project['verify']>>,
    close: () => undefined,
  };
}

async function ask(host: HostEntry, what: string, path: string, busy: Failure, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${host.port}/api/held/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${host.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ path }),
    signal: signal ?? null,
  }).catch((error: unknown) => {
    throw signal?.aborted ? error : busy;
  });
  const document = (await response.json()) as { error?: { code: FailureCode; message: string } };
  if (response.ok) return document;
  const why = document.error?.message ?? `it answered ${response.status}`;
  throw new Failure(document.error?.code ?? 'internal', {
    what: 'The host that has the project open refused',
    path,
    why,
  });
}
