import { basename, isAbsolute, join } from 'node:path';
import type { ExportRequest, Output } from '../../contract/app.ts';
import { asFailure, Failure } from '../../contract/errors.ts';
import { checkStoryboard } from '../../contract/storyboard.ts';
import type { Project } from '../../store/project.ts';
import { askFfmpeg } from '../media/movie/ffmpeg.ts';
import { checkFrames, formOf, forms } from '../media/movie/forms.ts';
import { findFfmpeg } from '../media/programs.ts';
import type { Surroundings } from '../project/surroundings.ts';
import { exportsOf } from './exports.ts';
import { openOther } from './other.ts';
import type { Roots } from './roots.ts';
import { exportMovie } from './stage/export.ts';
import type { StageDoor } from './stage/window.ts';

export type MovieExport = Extract<ExportRequest, { kind: 'movie' }>;

/** Where an export is written: a name in the project's folder of exports, or a path in a granted folder. */
export function placeOf(project: string, file: string, roots: Roots): string {
  if (isAbsolute(file)) return roots.within(file);
  if (file === basename(file) && !file.startsWith('.')) return join(exportsOf(project), file);
  throw new Failure('usage', {
    what: 'Cannot export',
    at: file,
    why: 'it is neither a name nor an absolute path',
    whatToDo: 'Give the name of a file',
  });
}

/** Throws a Failure where a movie cannot be asked for so: storyboard, size, rate or ending. */
export function checkMovie({ storyboard, name, file, codec, size, fps }: MovieExport): void {
  const board = checkStoryboard(storyboard, name);
  checkFrames(formOf(file, codec), size ?? board.size ?? [1920, 1080], fps ?? board.fps ?? 30);
}

/** Writes the movie that was asked for; the file, once it is there. */
export async function writeMovie(
  asked: MovieExport,
  project: Project,
  places: { file: string; other: string | null; logos: string | null; ffmpeg: string | null; threads: number },
  around: Surroundings,
  door: StageDoor,
): Promise<string> {
  const other = openOther(places.other);
  try {
    const { file } = await exportMovie(
      {
        storyboard: checkStoryboard(asked.storyboard, asked.name),
        name: asked.name,
        logos: places.logos,
        projects: other ? [project, other] : [project],
        file: places.file,
        codec: asked.codec,
        ...(asked.size ? { size: asked.size } : {}),
        ...(asked.fps ? { fps: asked.fps } : {}),
        samples: asked.samples,
        ffmpeg: places.ffmpeg,
        threads: places.threads,
      },
      around,
      door,
    );
    return file;
  } finally {
    other?.close();
  }
}

/** Forms of movies, and why one cannot be written on this machine. */
export async function movieForms(setting: string | null): Promise<Output<'movieForms'>> {
  const asked = askFfmpeg(await findFfmpeg(setting));
  const found = await Promise.all(
    Object.values(forms).map(async (form) => ({
      name: form.name,
      title: form.title,
      ending: form.ending,
      problem: form.encoder === null ? null : await problemOf(asked.then((encodes) => encodes(form))),
    })),
  );
  return { forms: found };
}

async function problemOf(check: Promise<unknown>): Promise<string | null> {
  try {
    await check;
    return null;
  } catch (error) {
    return asFailure(error, 'Cannot write the movie').message;
  }
}
