import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
const MAIN = join(ROOT, 'src', 'cli', 'main.ts');
/** Made once, copied for each test that writes. */
const KEPT = join(ROOT, 'build', 'e2e', 'phantom');

/** A new empty folder. */
export function emptyFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `tomolapse-${name}-`));
}

export function tomolapse(...args: string[]): void {
  execFileSync(NODE, [MAIN, ...args], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A small series of a cell that plates and cracks, with its cycling log: a folder of its own. */
export function phantomScans(into: string): string {
  if (!existsSync(join(KEPT, 'done'))) {
    mkdirSync(join(KEPT, '..'), { recursive: true });
    tomolapse('phantom', KEPT, '--size', 'small', '--seed', '3');
    mkdirSync(join(KEPT, 'done'));
  }
  const folder = join(into, 'scans');
  cpSync(KEPT, folder, { recursive: true, filter: (path) => !path.endsWith('done') });
  return folder;
}

/** The app as it is served, with settings of its own; killed and started again as the test wants. */
export class Served {
  readonly folder: string;
  address = '';
  #child: ChildProcess | null = null;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** `port` is that of an earlier start where a window is to find its host again. */
  async start(port?: string): Promise<string> {
    const args = [MAIN, 'serve', '--root', this.folder, ...(port ? ['--port', port] : [])];
    const child = spawn(NODE, args, {
      cwd: this.folder,
      env: { ...process.env, HOME: this.folder, XDG_CONFIG_HOME: join(this.folder, 'config') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.address = await new Promise((resolve, reject) => {
      let told = '';
      child.stdout!.on('data', (text) => {
        told += text;
        const address = /http:\/\/\S+/.exec(told)?.[0];
        if (address) resolve(address);
      });
      child.once('exit', (code) => reject(new Error(`The host ended with ${code}`)));
    });
    return this.address;
  }

  get port(): string {
    return new URL(this.address).port;
  }

  /** Ends it as a crash would. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
