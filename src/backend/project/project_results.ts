import { badInput } from '../../core/failure.ts';
import type { Results } from '../../core/results.ts';
import type { ResultRef, StepResult } from '../../core/step.ts';
import { Objects } from '../../store/objects.ts';
import type { Project } from '../../store/project.ts';
import { version } from './version.ts';

/** What of a project its results are told from. */
export type ProjectContents = Pick<Project, 'directory' | 'objects' | 'series' | 'recipe' | 'plannedResults'> &
  Partial<Pick<Project, 'origins'>>;

/** What gives a step's stored result of the last run, null where it has none. Throws a Failure where one is damaged or gone. */
export function storedResults(
  project: Pick<Project, 'objects' | 'plannedResults'>,
): <R>(ref: ResultRef) => StepResult<R> | null {
  const planned = new Map(project.plannedResults().map((result) => [`${result.step} ${result.scan}`, result]));
  return <R>({ step, scan = -1 }: ResultRef) => {
    const found = planned.get(`${step} ${scan}`);
    if (!found) return null;
    const stored = project.objects.read<R>(found.key);
    if (!stored && found.done)
      throw badInput({
        what: 'Cannot read a stored result',
        path: project.objects.directoryOf(found.key),
        why: `the result of ${step}${scan < 0 ? '' : ` of scan ${scan}`} is missing`,
        whatToDo: 'Run the project again: what is missing is computed again',
      });
    return stored;
  };
}

/** A project without the results that are damaged or gone: what is whole can still be shown. */
export function asFarAsWhole(project: ProjectContents): ProjectContents {
  const isWhole = (key: string) => {
    try {
      return project.objects.read(key) !== null;
    } catch {
      return false;
    }
  };
  const planned = project.plannedResults().map((result) => ({ ...result, done: result.done && isWhole(result.key) }));
  const whole = new Set(planned.filter(({ done }) => done).map(({ key }) => key));
  const { directory } = project;
  return {
    directory,
    objects: new WholeObjects(directory, whole),
    series: () => project.series(),
    recipe: () => project.recipe(),
    ...(project.origins ? { origins: () => project.origins!() } : {}),
    plannedResults: () => planned,
  };
}

/** Of the stored results those that are known to be whole. */
class WholeObjects extends Objects {
  readonly #whole: ReadonlySet<string>;

  constructor(project: string, whole: ReadonlySet<string>) {
    super(project);
    this.#whole = whole;
  }

  override read<R>(key: string): StepResult<R> | null {
    return this.#whole.has(key) ? super.read<R>(key) : null;
  }
}

/** The numbers of the last run of a project, with the program that computed them. */
export async function resultsOf(project: ProjectContents): Promise<Results> {
  const { assembleResults } = await import('../../analysis/results.ts');
  const planned = project.plannedResults().find(({ done }) => done);
  const made = planned ? project.objects.provenance(planned.key) : null;
  const results = assembleResults(project.series(), project.recipe(), storedResults(project), {
    version: made?.software ?? version(),
    engine: made?.engine ?? '',
  });
  const origins = project.origins?.() ?? [];
  return { ...results, inputs: results.inputs.map((input, i) => ({ ...input, ...origins[i] })) };
}
