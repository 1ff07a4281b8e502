import type { MadeProject } from '../../backend/media/made.ts';
import { projectId } from '../../backend/media/made.ts';
import type { ProjectContents } from '../../backend/project/project_results.ts';
import type { PlannedResult } from '../../store/project.ts';

/**
 * A project with the results that made a file in place of those of its last run; null where they are the same, not all of them are stored
 * any more, or its scans are others.
 */
export function asMade(project: ProjectContents, made: MadeProject): ProjectContents | null {
  const keys = Object.values(made.results).flat();
  const now = new Set(project.plannedResults().flatMap(({ key, done }) => (done ? [key] : [])));
  if (keys.length === 0 || (keys.length === now.size && keys.every((key) => now.has(key)))) return null;
  if (projectId(project.series().scans) !== made.id) return null;
  const planned: PlannedResult[] = [];
  for (const key of keys) {
    const provenance = project.objects.has(key) ? project.objects.provenance(key) : null;
    if (!provenance) return null;
    planned.push({ step: provenance.step, scan: provenance.scan, key, done: true });
  }
  planned.sort((a, b) => (a.step < b.step ? -1 : a.step > b.step ? 1 : a.scan - b.scan));
  const { directory, objects } = project;
  return {
    directory,
    objects,
    series: () => project.series(),
    recipe: () => made.asked,
    plannedResults: () => planned,
  };
}
