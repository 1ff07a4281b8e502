import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../../../contract/errors.ts';
import { checkStoryboardAgainst } from '../../../contract/storyboard.ts';
import { frameCount } from '../../../core/movie/frames.ts';
import { MOVIE_FPS, MOVIE_SIZE, type Overlay, type Storyboard } from '../../../core/movie/storyboard.ts';
import { sha256OfFile } from '../../../store/checksum.ts';
import { analysedOf } from '../../media/analysed.ts';
import { type Made, type MadeFile, madeOf, writeMade } from '../../media/made.ts';
import { checkFfmpeg } from '../../media/movie/ffmpeg.ts';
import { checkFrames, type FormName, formOf } from '../../media/movie/forms.ts';
import { type MovieFile, MovieWriter } from '../../media/movie/writer.ts';
import { findFfmpeg } from '../../media/programs.ts';
import { checkFolder } from '../../project/folders.ts';
import type { ProjectContents } from '../../project/project_results.ts';
import type { Surroundings } from '../../project/surroundings.ts';
import { asItIs, Session } from '../session.ts';
import { type Drawing, drawFrames } from './draw.ts';
import type { StageDoor } from './window.ts';
import type { StageProject } from './works.ts';

/** A movie that is to be written. */
export interface MovieRequest {
  storyboard: Storyboard;
  /** What the storyboard is called: its file, or its name. */
  name: string;
  /** The folder in which its logos lie; null where it may have none. */
  logos: string | null;
  /** In the order in which the storyboard counts them. */
  projects: readonly ProjectContents[];
  /** Absolute; a folder for PNG frames. */
  file: string;
  /** The ending tells, unless told. */
  codec?: FormName | null;
  size?: readonly [number, number];
  fps?: number;
  /** Pictures averaged a frame; as many as change anything, unless told. */
  samples?: number | null;
  /** The first and the last frame; all unless told. */
  frames?: readonly [number, number];
  /** A file that lies there, made of the same and whole, is taken as it is. */
  unlessThere?: boolean;
  /** ffmpeg of the settings. */
  ffmpeg?: string | null;
  threads?: number;
}

/** A movie that was written. */
export interface MovieMade {
  file: string;
  /** What made it, and each frame's hash. */
  record: string;
  codec: FormName;
  size: readonly [number, number];
  fps: number;
  frames: number;
  /** Frames that an earlier export had left. */
  kept: number;
  bytes: number;
  sha256: string;
  /** Of the frames drawn now; null where all were there. */
  secondsPerFrame: number | null;
}

/** How long a frame may wait for its voxels. */
const WAIT_S = 60;
const WHAT = 'Cannot write the movie';

/**
 * Draws a movie and writes it, with `FILE.json` beside it. What was drawn before it was cancelled or killed is kept: the same request
 * goes on at the first missing frame, and ends with the same bytes. What cannot work is told before the first frame: Failures `usage`
 * (size, ending), `input` (storyboard, ffmpeg, browser, folder), `resources` (room on the disk), `busy` (the same file is being written).
 */
export async function exportMovie(request: MovieRequest, around: Surroundings, door: StageDoor): Promise<MovieMade> {
  const threads = request.threads ?? availableParallelism();
  const projects: StageProject[] = [];
  try {
    for (const project of request.projects) projects.push(await stageProject(project, threads));
    const plan = await planOf(request, projects, door);
    around.signal.throwIfAborted();
    const there = request.unlessThere ? await whole(plan) : null;
    return there ?? (await write(plan, around, door));
  } finally {
    for (const { session } of projects) session.close();
  }
}

/** A movie that nothing speaks against. */
interface Plan {
  movie: MovieFile;
  made: Made;
  drawing: Drawing;
}

async function planOf(request: MovieRequest, projects: readonly StageProject[], door: StageDoor): Promise<Plan> {
  const { storyboard, name, file, samples = null } = request;
  const size = request.size ?? storyboard.size ?? MOVIE_SIZE;
  const fps = request.fps ?? storyboard.fps ?? MOVIE_FPS;
  const form = formOf(file, request.codec ?? null);
  checkFrames(form, size, fps);
  const frames = rangeOf(request.frames, frameCount(storyboard, fps));
  const shown = projects.map(({ session, analysed: { results } }) => ({ state: session.state(), results }));
  checkStoryboardAgainst(storyboard, shown, name);
  const logos = await logosOf(storyboard, request.logos);
  await checkFolder(dirname(file), WHAT);
  const ffmpeg = form.encoder === null ? null : await checkFfmpeg(await findFfmpeg(request.ffmpeg), form);
  const by = { drawnBy: await door.windows.name(), encodedBy: ffmpeg?.version ?? null };
  const options = { size, fps, samples, codec: form.name, frames: [frames[0], frames[1] - 1], ...by };
  const analysed = projects.map((project) => project.analysed);
  const made = madeOf('movie', name, storyboard, options, analysed);
  const key = JSON.stringify({ made, page: door.page, logos: logos.hashes });
  const [record, title] = [JSON.stringify(made), storyboard.title ?? null];
  return {
    movie: { file, form, ffmpeg, size, fps, frames, key, record, title },
    made,
    drawing: { storyboard, size, fps, samples, waitS: WAIT_S, projects, file: logos.file },
  };
}

async function write({ movie, made, drawing }: Plan, around: Surroundings, door: StageDoor): Promise<MovieMade> {
  const { file, form, size, fps, frames } = movie;
  const writer = await MovieWriter.open(movie);
  try {
    const kept = writer.done;
    const seconds = await drawFrames(writer, frames, drawing, around, door);
    around.progress({ fraction: 1, title: 'Writing the movie', secondsLeft: null });
    const { frames: drawn, ...written } = await writer.finish(around.signal);
    const record = await writeMade(file, made, written, drawn);
    await writer.forget();
    const now = drawn.length - kept;
    const secondsPerFrame = now > 0 ? seconds / now : null;
    return { file, record, codec: form.name, size, fps, frames: drawn.length, kept, ...written, secondsPerFrame };
  } catch (error) {
    if (!around.signal.aborted) throw error;
    throw await stopped(writer, file, frames[1] - frames[0]);
  } finally {
    await writer.leave();
    around.progress(null);
  }
}

/** A project to be drawn as it is now. */
export async function stageProject(project: ProjectContents, threads: number): Promise<StageProject> {
  const still = asItIs(project);
  return { session: new Session(still, threads), analysed: await analysedOf(still) };
}

/** A movie that lies there, made of the same, as it was written; null for another. */
async function whole({ movie: { file, form, size, fps }, made }: Plan): Promise<MovieMade | null> {
  const record = `${file}.json`;
  try {
    const { frames = [], file: written, ...its } = JSON.parse(await readFile(record, 'utf8')) as MadeFile;
    const { bytes, sha256 } = written;
    if (!isDeepStrictEqual(its, JSON.parse(JSON.stringify(made))) || (await sha256OfFile(file)) !== sha256) return null;
    const count = { frames: frames.length, kept: frames.length };
    return { file, record, codec: form.name, size, fps, ...count, bytes, sha256, secondsPerFrame: null };
  } catch {
    return null;
  }
}

async function stopped(writer: MovieWriter, path: string, count: number): Promise<Failure> {
  const kept = await writer.keep();
  const why = `${kept} of ${count} frames are kept`;
  return new Failure('cancelled', {
    what: 'Stopped',
    path,
    why,
    ...(kept > 0 && { whatToDo: 'Start it again to go on' }),
  });
}

function rangeOf(asked: readonly [number, number] | undefined, count: number): readonly [number, number] {
  if (!asked) return [0, count];
  const [first, last] = asked;
  if (first >= 0 && first <= last && last < count) return [first, last + 1];
  throw new Failure('usage', {
    what: WHAT,
    at: `frames ${first}-${last}`,
    why: `the movie has the frames 0 to ${count - 1}`,
    whatToDo: 'Choose among them',
  });
}

/** The pictures that a storyboard names. Throws a Failure `input` where one is not there. */
async function logosOf(storyboard: Storyboard, folder: string | null) {
  const overlays: Overlay[] = [
    ...(storyboard.overlays ?? []),
    ...storyboard.shots.flatMap((shot) => shot.overlays ?? []),
  ];
  const hashes: Record<string, string> = {};
  for (const overlay of overlays) {
    if (overlay.kind !== 'logo') continue;
    const { file } = overlay;
    const wrong = (why: string, whatToDo: string) => new Failure('input', { what: WHAT, path: file, why, whatToDo });
    if (file !== basename(file) || !folder)
      throw wrong('a logo lies beside its storyboard', 'Put it there, and name it without a folder');
    const path = join(folder, file);
    if (!(await stat(path).catch(() => null))?.isFile()) throw wrong('the logo is not there', `Put it into ${folder}`);
    hashes[file] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return { hashes, file: (name: string) => (Object.hasOwn(hashes, name) ? join(folder!, name) : null) };
}
