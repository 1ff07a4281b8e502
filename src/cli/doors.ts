import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userFolder } from '../backend/app/index.ts';
import { findBrowser } from '../backend/media/programs.ts';
import { Failure } from '../core/failure.ts';
import { graphicsSwitches } from '../core/graphics.ts';
import type { Host } from '../host/index.ts';
import type { Answer, Surroundings } from './command.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Door =
  | { kind: 'desktop'; program: string }
  | { kind: 'browser'; program: string }
  /** `why` no window is opened. */
  | { kind: 'address'; why: string };

/** What there is to open a window with. */
export interface Means {
  platform: NodeJS.Platform;
  environment: Readonly<Record<string, string | undefined>>;
  electron: string | null;
  browser: string | null;
}

/** How the app opens here: as a desktop program, in a browser's own window, or, where there is no display, by its address. */
export async function doorOf(means?: Means): Promise<Door> {
  const { platform, environment, electron, browser } = means ?? {
    platform: process.platform,
    environment: process.env,
    electron: electronProgram(join(ROOT, 'node_modules/electron')),
    browser: await findBrowser(),
  };
  const display = platform !== 'linux' || environment['DISPLAY'] || environment['WAYLAND_DISPLAY'];
  if (!display) return { kind: 'address', why: 'There is no display to open a window on' };
  if (electron) return { kind: 'desktop', program: electron };
  if (browser) return { kind: 'browser', program: browser };
  return {
    kind: 'address',
    why: 'There is neither Electron (npx install-electron --no) nor Chromium or Chrome to open a window with',
  };
}

/** Electron's program, null where it has not come yet. Asking the package itself would start a download. */
export function electronProgram(folder: string): string | null {
  try {
    const program = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(program) ? program : null;
  } catch {
    return null;
  }
}

/** Runs the desktop app until its window is closed. */
export async function openDesktop(program: string, project: string | null, { signal }: Surroundings): Promise<Answer> {
  await finished(spawn('sh', [join(ROOT, 'scripts/build-app'), '--electron'], { stdio: ['ignore', 2, 2] }), 'build');
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  const child = spawn(program, [...asRoot(), ROOT, ...(project ? [project] : [])], { stdio: ['ignore', 2, 2], env });
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  await finished(child, 'start', signal);
  return { document: {}, text: '', told: true };
}

/** A browser that only hands the address to one that runs already ends this soon. */
const HANDED_OVER_MS = 3000;

/** Opens the browser's own window on the host; what is given ends with the window. */
export function openBrowser(program: string, host: Host, { notice, signal }: Surroundings): { ended: Promise<void> } {
  const profile = join(userFolder(), 'browser');
  // A window that was there before comes back where it was.
  const size = existsSync(profile) ? [] : ['--window-size=1440,900'];
  // Other users see the arguments of a process: the ticket in them is good for one visit, and soon for none.
  const args = [`--app=${host.ticket()}`, `--user-data-dir=${profile}`, '--no-first-run', '--no-default-browser-check'];
  const child = spawn(program, [...asRoot(), ...graphics(), ...size, ...args], { stdio: 'ignore' });
  const began = performance.now();
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  notice(
    'The window is open; it ends with this program (Ctrl-C), and this program with it. As a desktop program: npx install-electron --no.',
  );
  const ended = new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('exit', (code) => {
      if (code !== 0 || performance.now() - began > HANDED_OVER_MS) resolve();
    });
  });
  return { ended };
}

function graphics(): string[] {
  const file = join(userFolder(), 'app.json');
  const switches = graphicsSwitches(existsSync(file) ? readFileSync(file, 'utf8') : '');
  return switches.map(([name, value]) => (value === null ? `--${name}` : `--${name}=${value}`));
}

/** Chromium's sandbox refuses to run as root. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}

async function finished(child: ChildProcess, what: string, signal?: AbortSignal): Promise<void> {
  const [code, error] = await new Promise<[number | null, Error | null]>((resolve) => {
    child.on('error', (thrown) => resolve([null, thrown]));
    child.on('exit', (ended) => resolve([ended, null]));
  });
  if (code === 0 || signal?.aborted) return;
  throw new Failure('internal', {
    what: `Cannot ${what} the desktop app`,
    why: error?.message ?? `it ended with code ${code}`,
    whatToDo: 'Use tomolapse serve, and open the address in a browser',
  });
}
