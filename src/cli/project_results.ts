import type { Results } from '../core/results.ts';
import type { ResultRef, StepResult } from '../core/step.ts';
import type { Project } from '../store/project.ts';

/** What gives a step's stored result of the last run, null where it has none. Throws a Failure where one is damaged. */
export function storedResults(project: Project): <R>(ref: ResultRef) => StepResult<R> | null {
  const keys = new Map(project.plannedResults().map(({ step, scan, key }) => [`${step} ${scan}`, key]));
  return <R>({ step, scan = -1 }: ResultRef) => {
    const key = keys.get(`${step} ${scan}`);
    return key === undefined ? null : project.objects.read<R>(key);
  };
}

/** The numbers of the last run of a project, with the program that computed them. */
export async function resultsOf(project: Project): Promise<Results> {
  const { assembleResults } = await import('../analysis/results.ts');
  const { version } = await import('./program.ts');
  const planned = project.plannedResults().find(({ done }) => done);
  const made = planned ? project.objects.provenance(planned.key) : null;
  return assembleResults(project.series(), project.recipe(), storedResults(project), {
    version: made?.software ?? version(),
    engine: made?.engine ?? '',
  });
}
