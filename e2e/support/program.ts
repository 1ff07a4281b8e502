import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
const MAIN = join(ROOT, 'src', 'cli', 'main.ts');
const KEPT = join(ROOT, 'build', 'e2e', 'cell');

/** A new empty folder. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tomolapse-e2e-'));
}

function tomolapse(...args: string[]): void {
  execFileSync(join(ROOT, 'bin', 'tomolapse'), args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A small cell that plates and cracks: its scans, and a project of it that was analysed. Made once, some ten seconds. */
export function keptCell(): string {
  const done = join(KEPT, 'done');
  if (existsSync(done)) return KEPT;
  rmSync(KEPT, { recursive: true, force: true });
  const scans = join(KEPT, 'scans');
  mkdirSync(KEPT, { recursive: true });
  tomolapse('phantom', scans, '--size', 'small', '--seed', '3');
  tomolapse('run', created(KEPT));
  writeFileSync(done, '');
  return KEPT;
}

/** A project over the scans in a folder, before any analysis. */
function created(folder: string): string {
  const project = join(folder, 'cell.tomolapse');
  const scans = join(folder, 'scans');
  const beside = ['--times', join(scans, 'scans.csv'), '--cycling', join(scans, 'cycling.csv')];
  tomolapse('create', project, '--scans', scans, ...beside, '--voxel-size', '1.625um', '--working-area', '0.04mm2');
  return project;
}

/** Half of the scans, plated and cracked among them: enough where the work on them is what takes the time. */
export const HALF = [0, 2, 6, 7];

/** A project that was never analysed, and its scans (all unless told), in a folder of their own: it knows of no other place. */
export function newProjectIn(folder: string, wanted?: readonly number[]): string {
  scansIn(folder, wanted);
  return created(folder);
}

/** The scans alone (all unless told), with their tables, in a folder of their own. */
export function scansIn(folder: string, wanted?: readonly number[]): string {
  const scans = join(folder, 'scans');
  cpSync(join(keptCell(), 'scans'), scans, { recursive: true });
  for (const name of wanted ? readdirSync(scans) : []) {
    const scan = /^scan_(\d+)\.tif$/.exec(name)?.[1];
    if (scan !== undefined && !wanted!.includes(Number(scan))) rmSync(join(scans, name));
  }
  const times = join(scans, 'scans.csv');
  const rows = readFileSync(times, 'utf8').trimEnd().split('\n');
  writeFileSync(
    times,
    `${rows.filter((row, i) => i === 0 || existsSync(join(scans, row.split(',')[0]!))).join('\n')}\n`,
  );
  return scans;
}

/** The analysed project and its scans in a folder of their own. */
export function projectIn(folder: string): string {
  cpSync(keptCell(), folder, { recursive: true });
  return join(folder, 'cell.tomolapse');
}

/** The app as it is served, with settings of its own; killed and started again as a test wants. */
export class Served {
  readonly home: string;
  address = '';
  #child: ChildProcess | null = null;

  constructor(home: string) {
    this.home = home;
  }

  /** `port` is that of an earlier start where a window is to find its host again. */
  async start({ port, project }: { port?: string; project?: string } = {}): Promise<string> {
    const args = [MAIN, 'serve', ...(project ? [project] : []), ...(port ? ['--port', port] : [])];
    const child = spawn(NODE, args, {
      cwd: this.home,
      env: { ...process.env, HOME: this.home, XDG_CONFIG_HOME: join(this.home, '.config') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.address = await new Promise((resolve, reject) => {
      let told = '';
      child.stderr!.on('data', (text) => {
        told += text;
      });
      child.stdout!.on('data', (text) => {
        const address = /http:\/\/\S+/.exec(String(text))?.[0];
        if (address) resolve(address);
      });
      child.once('exit', (code) => reject(new Error(`The host ended with ${code}: ${told}`)));
    });
    return this.address;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  get port(): string {
    return new URL(this.address).port;
  }

  /** Ends it as a crash would, unless told otherwise. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
