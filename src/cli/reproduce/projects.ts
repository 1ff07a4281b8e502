import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Made, MadeProject } from '../../backend/media/made.ts';
import { projectId } from '../../backend/media/made.ts';
import { badInput, isFailure } from '../../core/failure.ts';
import { openForReading, type Reader } from '../reader.ts';

/** How far above a file its project is sought. */
const ABOVE = 4;

/**
 * The projects that a file was made from: those given first, the others by the scans they have, beside the file, above it, and among those opened
 * last. Throws a Failure `input` naming one that is not found.
 */
export async function projectsOf(made: Made, path: string, given: readonly string[]): Promise<Reader[]> {
  const open: Reader[] = [];
  try {
    for (const folder of given.slice(0, made.projects.length)) open.push(await openForReading(folder, 'reproduce'));
    for (const project of made.projects.slice(open.length)) open.push(await sought(project, path));
    return open;
  } catch (error) {
    for (const project of open) project.close();
    throw error;
  }
}

async function sought({ id, name }: MadeProject, path: string): Promise<Reader> {
  const { recentProjects } = await import('../../backend/app/index.ts');
  const tried = new Set<string>();
  for (const folder of [...near(path), ...(await recentProjects())]) {
    if (tried.has(folder)) continue;
    tried.add(folder);
    try {
      const project = await openForReading(folder, 'reproduce');
      if (projectId(project.series().scans) === id) return project;
      project.close();
    } catch (error) {
      // A folder that is no project, or one of another version, is not the one.
      if (!isFailure(error)) throw error;
    }
  }
  throw badInput({
    what: 'Cannot make the file again',
    path,
    why: `its project ${name} is not found beside it or among those opened last`,
    whatToDo: 'Name it with --project',
  });
}

/** Project folders beside a file and in the folders above it. */
function* near(path: string): Generator<string> {
  let folder = dirname(resolve(path));
  for (let k = 0; k < ABOVE; k++) {
    if (folder.endsWith('.tomolapse')) yield folder;
    for (const entry of entriesOf(folder)) if (entry.endsWith('.tomolapse')) yield join(folder, entry);
    if (dirname(folder) === folder) return;
    folder = dirname(folder);
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
