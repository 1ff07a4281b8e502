import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asFailure, Failure } from '../../../core/failure.ts';
import { sha256OfFile } from '../../../store/checksum.ts';
import { syncFolder } from '../../../store/durable.ts';
import { encodePng } from '../png.ts';
import { type Ffmpeg, Run, runFfmpeg } from './ffmpeg.ts';
import { type Form, roomFor } from './forms.ts';
import { withComment } from './gif.ts';
import { type DrawnFrame, Pieces } from './pieces.ts';

export interface MovieFile {
  /** Absolute; a folder for PNG frames. */
  file: string;
  form: Form;
  /** Null where the form needs none. */
  ffmpeg: Ffmpeg | null;
  size: readonly [number, number];
  fps: number;
  /** Half open. */
  frames: readonly [number, number];
  /** Tells what makes the frames; what encodes them is added. */
  key: string;
  /** Written into the file, under `tomolapse`. */
  record: string;
  title: string | null;
}

const WHAT = 'Cannot write the movie';
/** Pieces that are encoded to their end while the next is begun. */
const CLOSING = 2;
const FRAME_NAME = /^frame_\d{5,}\.png$/;

/** Name of a frame among PNG frames. */
export const frameName = (frame: number) => `frame_${String(frame).padStart(5, '0')}.png`;

/** What takes the frames of one piece. */
interface Encoder {
  write(pixels: Uint8Array): Promise<void>;
  end(): Promise<void>;
  stop(): Promise<void>;
}

interface Open {
  first: number;
  encoder: Encoder;
  frames: DrawnFrame[];
}

/** Takes the frames of a movie one after the other, keeps them encoded, and puts the file together. */
export class MovieWriter {
  readonly #movie: MovieFile;
  readonly #pieces: Pieces;
  /** Frames a piece. */
  readonly #length: number;
  #open: Open | null = null;
  readonly #closing = new Set<Promise<void>>();
  #failure: unknown = null;
  #turn: Promise<void> = Promise.resolve();
  #next: number;
  #done: number;

  private constructor(movie: MovieFile, pieces: Pieces) {
    this.#movie = movie;
    this.#pieces = pieces;
    this.#length = movie.form.name === 'png' ? 1 : Math.max(1, Math.round(movie.fps));
    this.#next = movie.frames[0];
    this.#done = pieces.list().reduce((sum, { frames }) => sum + frames.length, 0);
    this.#skip();
  }

  /**
   * Opens the place that the frames gather in; those of an earlier export of the same movie are there. Throws a Failure: `input` where
   * nothing can be written, `resources` where the disk has too little room, `busy` while the same file is written.
   */
  static async open(movie: MovieFile): Promise<MovieWriter> {
    if (movie.form.name === 'png') checkFrameFolder(movie.file);
    else if ((await stat(movie.file).catch(() => null))?.isDirectory())
      throw new Failure('input', { what: WHAT, path: movie.file, why: 'it is a folder', whatToDo: 'Name a file' });
    const { form, ffmpeg, size, fps, frames } = movie;
    const key = JSON.stringify({
      made: movie.key,
      form,
      ffmpeg: ffmpeg?.version ?? null,
      size,
      fps,
      frames,
      record: form.name === 'png' ? movie.record : null,
    });
    const pieces = await Pieces.open(movie.file, createHash('sha256').update(key).digest('hex'), form.pieceEnding);
    const writer = new MovieWriter(movie, pieces);
    try {
      await writer.#checkRoom();
      return writer;
    } catch (error) {
      await pieces.close();
      throw error;
    }
  }

  /** The first frame that is not there; null: all are. */
  get next(): number | null {
    return this.#next < this.#movie.frames[1] ? this.#next : null;
  }

  /** How many frames are there. */
  get done(): number {
    return this.#done;
  }

  /**
   * Takes the frame `next`, another is left; resolves when it wants one more, and the pixels are needed no longer. Throws a Failure where
   * an earlier one could not be written.
   */
  take(frame: number, pixels: Uint8Array, samples: number): Promise<void> {
    // A page that was given up and the one after it may both have sent the frame.
    const taken = this.#turn.then(() => (frame === this.#next ? this.#take(frame, pixels, samples) : undefined));
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  async #take(frame: number, pixels: Uint8Array, samples: number): Promise<void> {
    this.#throwFailure();
    this.#open ??= this.#begin(frame);
    const { first, encoder, frames } = this.#open;
    const sha256 = createHash('sha256').update(pixels).digest('hex');
    await encoder.write(pixels);
    // It was left meanwhile.
    if (!this.#open) return;
    frames.push({ sha256, samples });
    this.#done++;
    this.#next = frame + 1;
    if (this.#next === Math.min(first + this.#length, this.#movie.frames[1])) {
      this.#close();
      this.#skip();
    }
    while (this.#closing.size >= CLOSING) await Promise.race(this.#closing);
    this.#throwFailure();
  }

  /** Puts the file together from its frames, all of which are there. */
  async finish(signal: AbortSignal): Promise<{ frames: DrawnFrame[]; bytes: number; sha256: string }> {
    await Promise.all(this.#closing);
    this.#throwFailure();
    const { form, file } = this.#movie;
    const pieces = this.#pieces.list();
    try {
      const joined = join(this.#pieces.folder, `whole${form.ending}`);
      if (form.name === 'png') await this.#gather(joined);
      else if (form.name === 'gif') await this.#joinGif(joined, signal);
      else await this.#join(joined, signal);
      signal.throwIfAborted();
      const written = await measured(joined);
      await put(joined, file, form.name === 'png');
      return { frames: pieces.flatMap(({ frames }) => frames), ...written };
    } catch (error) {
      if (signal.aborted) throw error;
      throw asFailure(error, WHAT, file);
    }
  }

  /** The file is where it belongs and all was told of it: its pieces go. */
  async forget(): Promise<void> {
    await this.#pieces.remove();
  }

  /** Ends what is being encoded; whole pieces stay. Returns how many frames they hold. */
  async keep(): Promise<number> {
    const open = this.#open;
    this.#open = null;
    await open?.encoder.stop();
    await Promise.allSettled(this.#closing);
    return this.#pieces.list().reduce((sum, { frames }) => sum + frames.length, 0);
  }

  /** Lets go of the file; what was kept is there for the next time. */
  async leave(): Promise<void> {
    await this.keep();
    await this.#pieces.close();
  }

  #begin(first: number): Open {
    const { form, ffmpeg, size, fps, record } = this.#movie;
    const path = this.#pieces.draftOf(first);
    if (form.name === 'png') return { first, encoder: pngEncoder(path, size, record), frames: [] };
    const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', size.join('x'), '-r', String(fps), '-i', 'pipe:0'];
    const encoder = new Run(ffmpeg!, [...raw, ...form.encode, '-map_metadata', '-1', path], this.#movie.file);
    return { first, encoder, frames: [] };
  }

  /** Goes on behind pieces that are there. */
  #skip(): void {
    for (let there = this.#pieces.framesFrom(this.#next); there; there = this.#pieces.framesFrom(this.#next))
      this.#next += there.length;
  }

  #close(): void {
    const { first, encoder, frames } = this.#open!;
    this.#open = null;
    const closed = (async () => {
      try {
        await encoder.end();
        await this.#pieces.keep(first, frames);
      } catch (error) {
        this.#failure ??= asFailure(error, WHAT, this.#movie.file);
      }
    })();
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }

  async #checkRoom(): Promise<void> {
    const { file, form, size, frames } = this.#movie;
    const missing = frames[1] - frames[0] - this.done;
    const { bavail, bsize } = await statfs(this.#pieces.folder);
    const needed = roomFor(form, size, missing);
    if (bavail * bsize >= needed) return;
    const inMiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 23 ? 2 : 0)} MiB`;
    throw new Failure('resources', {
      what: WHAT,
      path: file,
      why: `the disk has ${inMiB(bavail * bsize)} left, and ${missing} frames may take ${inMiB(needed)}`,
      whatToDo: 'Make room, or write elsewhere',
    });
  }

  /** The pieces one after the other, as they are. */
  async #join(joined: string, signal: AbortSignal): Promise<void> {
    const { form, ffmpeg, record, title } = this.#movie;
    const list = await this.#list();
    const tags = ['-metadata', `tomolapse=${record}`, ...(title === null ? [] : ['-metadata', `title=${title}`])];
    const args = [
      '-f',
      'concat',
      '-safe',
      '0',
      '-i',
      list,
      '-map',
      '0:v',
      '-c',
      'copy',
      '-map_metadata',
      '-1',
      ...tags,
    ];
    await runFfmpeg(ffmpeg!, [...args, '-fflags', '+bitexact', ...form.container, joined], this.#movie.file, signal);
  }

  /** One palette for all frames, so that still parts stay still. */
  async #joinGif(joined: string, signal: AbortSignal): Promise<void> {
    const { ffmpeg, file, fps, record } = this.#movie;
    const list = ['-f', 'concat', '-safe', '0', '-i', await this.#list()];
    const palette = join(this.#pieces.folder, 'palette.png');
    const even = `setpts=N/(${fps}*TB)`;
    await runFfmpeg(
      ffmpeg!,
      [...list, '-vf', `${even},palettegen=stats_mode=full`, '-frames:v', '1', '-update', '1', palette],
      file,
      signal,
    );
    const drawn = `[0:v]${even}[v];[v][1:v]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle`;
    const args = [
      ...list,
      '-i',
      palette,
      '-lavfi',
      drawn,
      '-r',
      String(fps),
      '-fflags',
      '+bitexact',
      '-flags:v',
      '+bitexact',
      joined,
    ];
    await runFfmpeg(ffmpeg!, args, file, signal);
    await withComment(joined, record);
  }

  async #gather(joined: string): Promise<void> {
    await rm(joined, { recursive: true, force: true });
    await mkdir(joined);
    for (const { path, first } of this.#pieces.list()) await linked(path, join(joined, frameName(first)));
  }

  async #list(): Promise<string> {
    const list = join(this.#pieces.folder, 'list.txt');
    const lines = this.#pieces.list().map(({ path }) => `file '${path.replaceAll("'", "'\\''")}'`);
    await writeFile(list, `${lines.join('\n')}\n`);
    return list;
  }
}

/** A folder that frames may take the place of: none, an empty one, or one of frames. Throws a Failure `input` for others. */
function checkFrameFolder(folder: string): void {
  if (!existsSync(folder)) return;
  let other: string | undefined;
  try {
    other = readdirSync(folder).find((name) => !FRAME_NAME.test(name));
  } catch (error) {
    throw asFailure(error, WHAT, folder);
  }
  if (other !== undefined)
    throw new Failure('input', {
      what: WHAT,
      path: folder,
      why: `there is something else in it (${other})`,
      whatToDo: 'Name another folder',
    });
}

function pngEncoder(path: string, [width, height]: readonly [number, number], record: string): Encoder {
  return {
    write: (pixels) =>
      writeFile(path, encodePng({ width, height, channels: 3, pixels }, { texts: { tomolapse: record }, level: 4 })),
    end: async () => undefined,
    stop: async () => undefined,
  };
}

/** The same bytes under another name: a killed export finds its pieces where they were. */
async function linked(from: string, to: string): Promise<void> {
  // File systems without links have copies.
  await link(from, to).catch(() => copyFile(from, to));
}

/** Bytes and SHA-256 of a file; of a folder those of its files, one line each. */
async function measured(path: string): Promise<{ bytes: number; sha256: string }> {
  const status = await stat(path);
  if (status.isFile()) return { bytes: status.size, sha256: await sha256OfFile(path) };
  let bytes = 0;
  const lines: string[] = [];
  for (const name of (await readdir(path)).sort()) {
    bytes += (await stat(join(path, name))).size;
    lines.push(`${await sha256OfFile(join(path, name))}  ${name}\n`);
  }
  return { bytes, sha256: createHash('sha256').update(lines.join('')).digest('hex') };
}

/** Puts a file in its place, whole; a folder of frames takes the place of another. */
async function put(from: string, to: string, isFolder: boolean): Promise<void> {
  const handle = await open(from, 'r');
  await handle.sync();
  await handle.close();
  if (isFolder) await rm(to, { recursive: true, force: true });
  await rename(from, to);
  syncFolder(dirname(to));
}
