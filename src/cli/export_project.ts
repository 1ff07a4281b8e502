import { writeTables } from '../backend/media/tables.ts';
import type { Results } from '../core/results.ts';
import type { Project } from '../store/project.ts';
import { resultsOf } from './project_results.ts';

/** Writes what a project's last run found into a folder; gives the results too. */
export async function exportProject(project: Project, folder: string): Promise<{ results: Results; paths: string[] }> {
  const results = await resultsOf(project);
  return { results, paths: await writeTables(results, folder) };
}
