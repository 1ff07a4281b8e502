import { useMemo } from 'react';
import type { MovieProject } from '../../../core/movie/project.ts';
import { useSession } from '../../state/session.ts';

/** The open project as a movie shows it; null before its analysis. */
export function useMovieProject(): MovieProject | null {
  const project = useSession((session) => session.project);
  const results = useSession((session) => session.results);
  const key = project && `${project.path} ${project.revision}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the project is another one with every event, what is drawn of it seldom
  return useMemo(() => (project && results ? { state: project, results } : null), [key, results]);
}
