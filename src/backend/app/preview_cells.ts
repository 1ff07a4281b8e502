import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ProjectContents } from '../project/project_results.ts';
import { openOther } from './other.ts';
import { stageProject } from './stage/export.ts';
import type { Works } from './stage/works.ts';

/** Answers of a drawing page for the window's own preview: the cells of a movie of two, and its logos. */
export interface PreviewCells {
  /** Under `/api/stage/ID`. */
  id: string;
  end(): void;
}

/** Begins to answer for a project, a second one and a folder of logos, each as it is now. Throws a Failure as `Project` does. */
export async function previewCells(
  works: Works,
  project: ProjectContents,
  { other: path, logos }: { other: string | null; logos: string | null },
  threads: number,
): Promise<PreviewCells> {
  const other = openOther(path);
  try {
    const contents = other ? [project, other] : [project];
    const projects = await Promise.all(contents.map((one) => stageProject(one, threads)));
    const { id, end } = works.begin({
      // The window draws its own storyboard, as it is being changed.
      storyboard: null,
      size: [1, 1],
      fps: 1,
      samples: 1,
      waitS: 60,
      projects,
      file: (name) => fileIn(logos, name),
      next: () => null,
      take: () => Promise.resolve(),
      failed: () => undefined,
      heard: () => undefined,
    });
    const close = () => {
      end();
      for (const { session } of projects) session.close();
    };
    return { id, end: close };
  } finally {
    other?.close();
  }
}

function fileIn(folder: string | null, name: string): string | null {
  if (folder === null || name !== basename(name)) return null;
  const path = join(folder, name);
  return existsSync(path) ? path : null;
}
