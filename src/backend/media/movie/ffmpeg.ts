import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { asFailure, Failure } from '../../../core/failure.ts';
import type { Form } from './forms.ts';

const TOLD_CHARACTERS = 4000;

/** ffmpeg as it was found: where, and what it calls itself. */
export interface Ffmpeg {
  path: string;
  version: string;
}

const WHAT = 'Cannot write the movie';

/** Looks whether an ffmpeg can encode a form, before anything is drawn for it. Throws a Failure `input` where it cannot. */
export async function checkFfmpeg(path: string | null, form: Form): Promise<Ffmpeg> {
  return (await askFfmpeg(path))(form);
}

/**
 * Asks an ffmpeg once what it can encode. What comes back says of a form which ffmpeg encodes it, and throws a Failure
 * `input` where this one cannot. Throws one where there is none, or it does not run.
 */
export async function askFfmpeg(path: string | null): Promise<(form: Form) => Ffmpeg> {
  if (!path)
    throw new Failure('input', {
      what: WHAT,
      why: 'ffmpeg is missing',
      whatToDo:
        'Install it (Debian: apt-get install ffmpeg; macOS: brew install ffmpeg), or write PNG frames: --out FOLDER',
    });
  let told: string;
  let version: string;
  try {
    [{ stdout: told }, { stdout: version }] = await Promise.all([
      promisify(execFile)(path, ['-hide_banner', '-encoders'], { maxBuffer: 2 ** 24 }),
      promisify(execFile)(path, ['-version'], { maxBuffer: 2 ** 20 }),
    ]);
  } catch (error) {
    throw new Failure('input', {
      what: WHAT,
      path,
      why: `ffmpeg does not run: ${(error as Error).message.split('\n')[0]}`,
      cause: error,
    });
  }
  const known = new Set(told.split('\n').map((line) => line.trim().split(/\s+/)[1]));
  return (form) => {
    const needed = [form.encoder, form.name === 'gif' ? 'ffv1' : null].filter((name) => name !== null);
    const missing = needed.find((name) => !known.has(name));
    if (missing === undefined) return { path, version: version.split('\n')[0]!.trim() };
    throw new Failure('input', {
      what: WHAT,
      path,
      why: `this ffmpeg cannot encode ${form.title} (${missing})`,
      whatToDo: 'Install one that can, or write another form',
    });
  };
}

/** One run of ffmpeg; `input` where it reads from what is written to it. */
export class Run {
  readonly #child: ChildProcessByStdio<Writable, null, Readable>;
  readonly #file: string;
  readonly #ended: Promise<Error | null>;
  #told = '';
  #stopped = false;

  constructor(ffmpeg: Ffmpeg, args: readonly string[], file: string) {
    this.#file = file;
    this.#child = spawn(ffmpeg.path, ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', ...args], {
      stdio: ['pipe', 'ignore', 'pipe'],
      // AV1's encoders chat beside the log.
      env: { ...process.env, SVT_LOG: '1' },
    });
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#told = `${this.#told}${text}`.slice(-TOLD_CHARACTERS);
    });
    // That it has ended is told below; writing to it then is no news.
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', resolve);
      this.#child.once('close', (code, signal) => resolve(code === 0 ? null : new Error(signal ?? `code ${code}`)));
    });
  }

  /** Resolves when it has taken them all. Throws the Failure with which it ended. */
  async write(bytes: Uint8Array): Promise<void> {
    const written = new Promise<boolean>((resolve) => {
      this.#child.stdin.write(bytes, (error) => resolve(!error));
    });
    if (!(await written)) await this.#check();
  }

  /** Waits until it has written everything. Throws a Failure: `resources` where the disk is full. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#check();
  }

  /** Ends it at once; what it has written is no whole file. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #check(): Promise<void> {
    const error = await this.#ended;
    if (!error || this.#stopped) return;
    if (/No space left on device|Disk quota exceeded/i.test(this.#told))
      throw asFailure(Object.assign(new Error(this.#told), { code: 'ENOSPC' }), WHAT, this.#file);
    const [last] = this.#told.trim().split('\n').slice(-1);
    throw new Failure('internal', {
      what: WHAT,
      path: this.#file,
      why: `ffmpeg ended: ${last || error.message}`,
      cause: error,
    });
  }
}

/** Runs ffmpeg to its end without input. Throws a Failure as `Run` does, or the signal's reason. */
export async function runFfmpeg(
  ffmpeg: Ffmpeg,
  args: readonly string[],
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const run = new Run(ffmpeg, args, file);
  const stop = () => void run.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    await run.end();
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
