import { basename } from 'node:path';
import type { Results } from '../../core/results.ts';
import type { Series } from '../../core/series.ts';
import type { ResultRef, StepResult } from '../../core/step.ts';
import { type ProjectContents, resultsOf, storedResults } from '../project/project_results.ts';

/** What pictures, tables and movies of a project are made from: its numbers and what its steps left. */
export interface Analysed {
  /** The project's, without its ending. */
  name: string;
  results: Results;
  series: Series;
  /** A step's stored result, null where there is none. */
  stored: <R>(ref: ResultRef) => StepResult<R> | null;
  /** Keys of all that is stored of the last run, in order of step and scan. */
  keys: readonly { step: string; scan: number; key: string }[];
  /** The folder in which the results' paths lie. */
  directory: string;
}

/** The numbers of a project's last run and what its steps left. Throws a Failure where a result is damaged or gone. */
export async function analysedOf(project: ProjectContents): Promise<Analysed> {
  return {
    name: basename(project.directory).replace(/\.tomolapse$/, ''),
    results: await resultsOf(project),
    series: project.series(),
    stored: storedResults(project),
    keys: project
      .plannedResults()
      .filter(({ done }) => done)
      .map(({ step, scan, key }) => ({ step, scan, key })),
    directory: project.directory,
  };
}
