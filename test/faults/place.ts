import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cell, differences, resultsIn, writeCell } from './cell.ts';
import { type CallOptions, type Outcome, Trial } from './trial.ts';

/** What belongs into the folder of a project that nobody has open. */
const IN_PROJECT = ['exports', 'objects', 'project.db', 'project.db.copy', 'project.db.sha256'];

/** A small series with its project and the results it should have, for faults to happen to. */
export class Place {
  readonly trial: Trial;
  /** Uncompressed scans, mapped where they lie, and deflated ones, which are brought in. */
  readonly plain: Cell;
  readonly packed: Cell;
  readonly #fresh: string;
  readonly done: string;
  readonly numbers: string;
  readonly results: Map<string, string>;
  /** How long an undisturbed run takes. */
  readonly seconds: number;
  #count = 0;

  private constructor(trial: Trial, plain: Cell, packed: Cell, fresh: string, whole: Whole) {
    this.trial = trial;
    this.plain = plain;
    this.packed = packed;
    this.#fresh = fresh;
    this.done = whole.done;
    this.numbers = whole.numbers;
    this.results = whole.results;
    this.seconds = whole.seconds;
  }

  static async prepare(scans = 3): Promise<Place> {
    const trial = new Trial();
    try {
      const plain = await writeCell(trial, { scans });
      const packed = await writeCell(trial, { scans, packed: true });
      const [fresh, done] = [trial.at('fresh'), trial.at('done')];
      expectDone(await trial.call(['create', fresh, ...plain.sources]));
      copy(fresh, done);
      const { seconds } = expectDone(await trial.call(['run', done]));
      const { stdout: numbers } = await trial.call(['results', done, '--json']);
      return new Place(trial, plain, packed, fresh, { done, numbers, seconds, results: resultsIn(done) });
    } catch (error) {
      trial.remove();
      throw error;
    }
  }

  remove(): void {
    this.trial.remove();
  }

  /** A folder of its own for a fault. */
  folder(): string {
    const path = this.trial.at(`f${++this.#count}`);
    mkdirSync(path);
    return path;
  }

  /** A project that was not run, in a folder of its own, over the scans of `plain`, or over copies beside it. */
  async project({ own = false } = {}): Promise<{ project: string; scans: string[] }> {
    const folder = this.folder();
    const project = join(folder, 'cell.tomolapse');
    if (!own) {
      copy(this.#fresh, project);
      return { project, scans: this.plain.scans };
    }
    const data = join(folder, 'plain');
    copy(this.trial.at('plain'), data);
    const sources = this.plain.sources.map((each) => each.replace(this.trial.at('plain'), data));
    expectDone(await this.trial.call(['create', project, ...sources]));
    return { project, scans: this.plain.scans.map((path) => path.replace(this.trial.at('plain'), data)) };
  }

  /** A disk of `bytes` in memory. */
  disk(bytes: number): string {
    return this.mount(['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs']);
  }

  /** A disk as `mount` is told of it. */
  mount(args: readonly string[]): string {
    const path = this.folder();
    mounted([...args, path]);
    this.trial.mounts.push(path);
    return path;
  }

  resize(disk: string, bytes: number): void {
    mounted(['-o', `remount,size=${bytes}`, disk]);
  }

  /** A folder that can be read only, whoever tries; given back by `thaw`. */
  freeze(path: string): void {
    mounted(['--bind', path, path]);
    mounted(['-o', 'remount,ro,bind', path]);
    this.trial.mounts.push(path);
  }

  thaw(path: string): void {
    spawnSync('umount', [path]);
    this.trial.mounts.splice(this.trial.mounts.indexOf(path), 1);
  }

  call(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
    return this.trial.call(args, { limitMs: 60_000, ...options });
  }

  /** What is wrong with the next run of a project, the results it comes to, and what is left beside them. */
  async goesOn(project: string, options: CallOptions = {}): Promise<string[]> {
    const { status, stderr } = await this.call(['run', project], options);
    if (status !== 0) return [`the next run ends with ${status}: ${lastLine(stderr)}`];
    return [...(await this.isWhole(project)), ...this.tidy(project)];
  }

  /** What is wrong with the stored results of a project that was run. */
  async isWhole(project: string): Promise<string[]> {
    const { stdout } = await this.call(['results', project, '--json']);
    const verified = await this.call(['verify', project]);
    return [
      ...(this.#sameNumbers(stdout) ? [] : ['the numbers are other']),
      ...differences(resultsIn(project), this.results),
      ...(verified.status === 0 ? [] : [`verify ends with ${verified.status}: ${lastLine(verified.stderr)}`]),
    ];
  }

  /** What was left behind in a project, outside of it, or alive. */
  tidy(project: string): string[] {
    return [
      ...readdirSync(project).filter((name) => !IN_PROJECT.includes(name)),
      ...['.incoming', '.damaged'].filter((name) => existsSync(join(project, 'objects', name))),
      ...this.trial.leaked(),
    ].map((path) => `${path} is left behind`);
  }

  /** The same but for the place of the scans. */
  #sameNumbers(text: string): boolean {
    const without = (json: string) => {
      const document = JSON.parse(json) as { inputs: { path: string }[] };
      for (const input of document.inputs) input.path = '';
      return JSON.stringify(document);
    };
    try {
      return without(text) === without(this.numbers);
    } catch {
      return false;
    }
  }
}

interface Whole {
  done: string;
  numbers: string;
  seconds: number;
  results: Map<string, string>;
}

/** Copies with times of change, so that a scan is not taken for a changed one. */
export function copy(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function mounted(args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`);
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function expectDone(outcome: Outcome): Outcome {
  if (outcome.status !== 0) throw new Error(`it ends with ${outcome.status}: ${outcome.stderr}`);
  return outcome;
}

/** What is wrong with how a call failed: the exit code, one line `error: ` that says `line`, and with --json the same as JSON. */
export function notSaid(outcome: Outcome, status: number, line: RegExp, json = true): string[] {
  const lines = outcome.stderr.split('\n').filter((each) => /error: /.test(each));
  const faults: string[] = [];
  if (outcome.status !== status) faults.push(`it ends with ${outcome.status}, not ${status}`);
  if (lines.length !== 1 || !lines[0]!.startsWith('error: ')) faults.push(`${lines.length} lines of errors`);
  if (!line.test(lines[0] ?? '')) faults.push(`it says: ${lines[0] ?? lastLine(outcome.stderr)}`);
  if (/\n\s+at /.test(outcome.stderr)) faults.push('it shows a stack');
  if (!json) return faults;
  try {
    const { error } = JSON.parse(outcome.stdout) as { error: { message: string; code: string } };
    if (`error: ${error.message}` !== lines[0]) faults.push(`its JSON says: ${error.message}`);
  } catch {
    faults.push(`its JSON is "${outcome.stdout.slice(0, 80)}"`);
  }
  return faults;
}
