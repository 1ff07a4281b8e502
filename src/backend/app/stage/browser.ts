import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { asFailure, Failure } from '../../../contract/errors.ts';
import { PAGE_APART } from '../../../core/graphics.ts';
import { findBrowser } from '../../media/programs.ts';
import type { StageWindow, StageWindows } from './window.ts';

const PROFILE = /^tomolapse-stage-(\d+)-/;
/** Chromium's shared memory needs more than containers give at times. */
const LEAST_SHARED_BYTES = 2 ** 29;
const CLOSE_MS = 3000;
/** Chromium has a socket in its temporary folder, and paths of sockets end at 107 letters. */
const LONGEST_PROFILE = 107 - '/org.chromium.Chromium.abcdef/SingletonSocket'.length;
const OPEN_MS = 60_000;

/** Windows of the system's Chromium, without a screen. */
export const browserWindows: StageWindows = {
  async name() {
    const path = await found();
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 20_000 }).catch((error: Error) => {
      throw new Failure('input', {
        what: WHAT,
        path,
        why: `the browser does not run: ${error.message.split('\n')[0]}`,
      });
    });
    return `${stdout.trim()}, ${hasGpu() ? 'with a GPU' : 'in software'}`;
  },
  open: async (address) => await Browser.open(await found(), address),
};

const WHAT = 'Cannot draw';

async function found(): Promise<string> {
  const path = await findBrowser();
  if (path) return path;
  throw new Failure('input', {
    what: WHAT,
    why: 'there is no Chromium or Chrome, which draws the frames',
    whatToDo: 'Install one (Debian: apt-get install chromium)',
  });
}

/** Whether this machine has a graphics card that a browser can use. */
function hasGpu(): boolean {
  return process.platform !== 'linux' || existsSync('/dev/dri') || existsSync('/dev/nvidiactl');
}

async function switches(profile: string): Promise<string[]> {
  const { bavail, bsize } = await statfs('/dev/shm').catch(() => ({ bavail: Infinity, bsize: 1 }));
  const software = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', ...PAGE_APART.map((name) => `--${name}`)];
  return [
    '--headless=new',
    `--user-data-dir=${profile}`,
    '--remote-debugging-pipe',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--mute-audio',
    '--hide-scrollbars',
    // A page that nobody sees is slowed down else.
    '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows',
    '--disable-renderer-backgrounding',
    // Colours are those that were written, on every screen's machine.
    '--force-color-profile=srgb',
    ...(hasGpu() ? ['--ignore-gpu-blocklist', '--enable-unsafe-swiftshader'] : software),
    ...(bavail * bsize < LEAST_SHARED_BYTES ? ['--disable-dev-shm-usage'] : []),
    // Its sandbox refuses to run as root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

interface Told {
  id?: number;
  method?: string;
  params?: { targetInfo?: { type: string; targetId: string }; targetId?: string; status?: string };
  result?: { targetId?: string };
  error?: { message: string };
}

/**
 * A browser that hears through a pipe and ends when the pipe does: also where this process is killed, nothing of it stays but its
 * profile, which the next one sweeps.
 */
class Browser implements StageWindow {
  readonly gone: Promise<string>;
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #ended: Promise<void>;
  readonly #asked = new Map<number, (told: Told) => void>();
  #lost: (why: string) => void = () => undefined;
  #page: string | null = null;
  #closing = false;
  #next = 1;

  static async open(path: string, address: string): Promise<Browser> {
    const profile = await profileFolder();
    const browser = new Browser(path, await switches(profile), profile);
    const late = setTimeout(() => browser.#lost('the browser does not answer'), OPEN_MS);
    try {
      // A crash of the page is told to who looks for pages.
      await browser.#orGone(browser.#ask('Target.setDiscoverTargets', { discover: true }));
      const { result, error } = await browser.#orGone(browser.#ask('Target.createTarget', { url: address }));
      if (!result?.targetId) throw new Error(error?.message ?? 'no page opens');
      browser.#page = result.targetId;
      return browser;
    } catch (error) {
      await browser.close();
      throw new Failure('internal', { what: WHAT, path, why: (error as Error).message, cause: error });
    } finally {
      clearTimeout(late);
    }
  }

  private constructor(path: string, args: readonly string[], profile: string) {
    this.#profile = profile;
    // What it writes into temporary folders goes with its profile, also where it is killed.
    const env = profile.length > LONGEST_PROFILE ? process.env : { ...process.env, TMPDIR: profile };
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const;
    this.#child = spawn(path, [...args, 'about:blank'], { stdio: [...stdio], env });
    this.gone = new Promise((resolve) => {
      this.#lost = (why) => !this.#closing && resolve(why);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#lost(`the browser does not start: ${error.message}`);
        resolve();
      });
      this.#child.once('exit', (code, signal) => {
        this.#lost(`the browser ended (${signal ?? `code ${code}`})`);
        resolve();
      });
    });
    const [to, from] = [this.#child.stdio[3] as Writable, this.#child.stdio[4] as Readable];
    to.on('error', () => undefined);
    from.on('error', () => undefined);
    let text = '';
    from.setEncoding('utf8').on('data', (part: string) => {
      const messages = `${text}${part}`.split('\0');
      text = messages.pop()!;
      for (const message of messages) this.#hear(JSON.parse(message) as Told);
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    void this.#ask('Browser.close', {});
    const late = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_MS);
    await this.#ended;
    clearTimeout(late);
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #ask(method: string, params: object): Promise<Told> {
    const id = this.#next++;
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params })}\0`);
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  async #orGone<T>(asked: Promise<T>): Promise<T> {
    const gone = this.gone.then((why) => {
      throw new Error(why);
    });
    return await Promise.race([asked, gone]);
  }

  #hear(told: Told): void {
    if (told.id !== undefined) {
      this.#asked.get(told.id)?.(told);
      this.#asked.delete(told.id);
    }
    if (told.method === 'Target.targetCrashed' && told.params?.targetId === this.#page)
      this.#lost(`the page crashed (${told.params?.status ?? 'it does not say why'})`);
  }
}

async function profileFolder(): Promise<string> {
  try {
    sweepProfiles();
    return await mkdtemp(join(tmpdir(), `tomolapse-stage-${process.pid}-`));
  } catch (error) {
    const { code, fields } = asFailure(error, WHAT, tmpdir());
    throw new Failure(code, {
      ...fields,
      path: tmpdir(),
      whatToDo: 'Name a folder for temporary files: TMPDIR',
      cause: error,
    });
  }
}

/** Takes away the profiles of browsers whose owner was killed. */
function sweepProfiles(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(PROFILE.exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
