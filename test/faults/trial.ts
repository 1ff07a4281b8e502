import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** By what the processes of a trial are known: their children have it too. */
const MARK = 'TOMOLAPSE_TRIAL';

/** Trials that are not removed yet: also where they are stopped, they leave nothing. */
const open = new Set<Trial>();
process.on('exit', () => {
  for (const trial of open) trial.remove();
});

/** How a call of the program ended. */
export interface Outcome {
  /** Exit code, or the signal that ended it. */
  status: number | string;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface CallOptions {
  /** What runs the program in place of its Node: `['prlimit', '--nofile=64']`. */
  through?: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Ends the whole group after so many milliseconds. */
  killAfterMs?: number;
  signal?: NodeJS.Signals;
  /** A call that takes longer hangs. */
  limitMs?: number;
}

/** A folder in which the real program runs, with a home and a temporary folder of its own. */
export class Trial {
  readonly folder: string;
  readonly temporary: string;
  readonly #mark = randomUUID();
  readonly #shared = sharedMemory();

  constructor(below = tmpdir()) {
    this.folder = mkdtempSync(join(below, 'tomolapse-trial-'));
    open.add(this);
    this.temporary = join(this.folder, 'tmp');
    mkdirSync(this.temporary);
  }

  at(...path: string[]): string {
    return join(this.folder, ...path);
  }

  /** Begins a call; the program leads a process group of its own. */
  begin(args: readonly string[], { through = [], env = {}, cwd = this.folder }: CallOptions = {}): ChildProcess {
    const [program, ...rest] = [...through, process.execPath, MAIN, ...args];
    return spawn(program!, rest, {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NO_COLOR: '1',
        [MARK]: this.#mark,
        HOME: this.at('home'),
        XDG_CONFIG_HOME: this.at('home', 'config'),
        XDG_STATE_HOME: this.at('home', 'state'),
        TMPDIR: this.temporary,
        ...env,
      },
    });
  }

  async call(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
    return await ending(this.begin(args, options), options);
  }

  /** Processes of this trial that are still there; a dying one is given time. */
  async processes(patienceMs = 3000): Promise<number[]> {
    for (const giveUp = Date.now() + patienceMs; ; ) {
      const found = marked(`${MARK}=${this.#mark}`);
      if (found.length === 0 || Date.now() > giveUp) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What the program left outside of its project: temporary files and shared memory. It is told of once. */
  leaked(): string[] {
    const shared = sharedMemory().filter((name) => !this.#shared.includes(name) && /tomolapse/i.test(name));
    this.#shared.push(...shared);
    // Node keeps compiled modules there, whoever runs it.
    const temporary = readdirSync(this.temporary).filter((name) => name !== 'node-compile-cache');
    for (const name of temporary) rmSync(join(this.temporary, name), { recursive: true, force: true });
    return [...temporary.map((name) => `tmp/${name}`), ...shared.map((name) => `/dev/shm/${name}`)];
  }

  /** Disks that were mounted below the folder. */
  readonly mounts: string[] = [];

  remove(): void {
    open.delete(this);
    for (const path of this.mounts.reverse()) spawnSync('umount', ['-l', path]);
    for (const pid of marked(`${MARK}=${this.#mark}`)) tryTo(() => process.kill(pid, 'SIGKILL'));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits for the end of a call that was begun with `begin`. */
export async function ending(
  child: ChildProcess,
  { killAfterMs, signal = 'SIGKILL', limitMs = 300_000 }: CallOptions = {},
): Promise<Outcome> {
  const began = performance.now();
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (part: Buffer) => {
    stdout += part;
  });
  child.stderr?.on('data', (part: Buffer) => {
    stderr += part;
  });
  let hung = false;
  const timers = [
    setTimeout(() => {
      hung = true;
      killGroup(child, 'SIGKILL');
    }, limitMs),
  ];
  if (killAfterMs !== undefined) timers.push(setTimeout(() => killGroup(child, signal), killAfterMs));
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => resolve(by ?? code ?? -1));
  });
  for (const timer of timers) clearTimeout(timer);
  return { status: hung ? 'hung' : status, stdout, stderr, seconds: (performance.now() - began) / 1000 };
}

/** Sends a signal to a program and all that it started. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  tryTo(() => process.kill(-child.pid!, signal));
}

/** Processes that another began, those whose call matches. */
export function childrenOf(pid: number, call = /./): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const [, parent] = /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))!;
        return (
          parent === String(pid) && call.test(readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0').join(' '))
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

function marked(mark: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        // A process that has ended but was not waited for has nothing left to read.
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
      } catch {
        return false;
      }
    });
}

function sharedMemory(): string[] {
  return existsSync('/dev/shm') ? readdirSync('/dev/shm') : [];
}

function tryTo(act: () => void): void {
  try {
    act();
  } catch {}
}
