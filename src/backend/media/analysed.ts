import { basename } from 'node:path';
import type { Recipe } from '../../core/recipe.ts';
import type { Results } from '../../core/results.ts';
import type { Series } from '../../core/series.ts';
import type { ResultRef, StepResult } from '../../core/step.ts';
import type { Provenance } from '../../store/objects.ts';
import { type ProjectContents, resultsOf, storedResults } from '../project/project_results.ts';

/** What pictures, tables and movies of a project are made from: its numbers and what its steps left. */
export interface Analysed {
  /** The project's, without its ending. */
  name: string;
  results: Results;
  series: Series;
  /** A step's stored result, null where there is none. */
  stored: <R>(ref: ResultRef) => StepResult<R> | null;
  /** The recipe as it was asked for, automatic fields left out. */
  asked: Recipe;
  /** All that is stored of the last run, in order of step and scan, and what made it. */
  keys: readonly { step: string; scan: number; key: string; made?: Pick<Provenance, 'version' | 'params'> | null }[];
  /** The folder in which the results' paths lie. */
  directory: string;
}

/** The numbers of a project's last run and what its steps left. Throws a Failure where a result is damaged or gone. */
export async function analysedOf(project: ProjectContents): Promise<Analysed> {
  return {
    name: basename(project.directory).replace(/\.tomolapse$/, ''),
    results: await resultsOf(project),
    asked: project.recipe(),
    series: project.series(),
    stored: storedResults(project),
    keys: project
      .plannedResults()
      .filter(({ done }) => done)
      .map(({ step, scan, key }) => ({ step, scan, key, made: project.objects.provenance(key) })),
    directory: project.directory,
  };
}
