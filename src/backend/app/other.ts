import { Project } from '../../store/project.ts';

/** The second project of a movie or figure, opened for reading; null for none. Throws a Failure as `Project` does. */
export function openOther(path: string | null): Project | null {
  return path === null ? null : new Project(path, { command: 'serve', writes: false });
}
