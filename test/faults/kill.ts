import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { random } from '../../src/phantom/random.ts';
import { type Cell, contentsOf, differences, resultsIn, writeCell } from './cell.ts';
import { type Outcome, Trial } from './trial.ts';

export const KILLED = ['create', 'run', 'tables', 'tiffs', 'figures', 'movie'] as const;
export type Killed = (typeof KILLED)[number];

export interface KillOptions {
  rounds: number;
  seed: number;
  /** Commands to kill; one is drawn each round, `run` most often. */
  commands: readonly Killed[];
  /** Of the series; 4 unless told. */
  scans?: number;
  /** Told of each round. */
  log?(line: string): void;
}

export interface KillReport {
  /** Rounds of each command, and how many of them were killed before they had ended by themselves. */
  rounds: Map<Killed, { count: number; killed: number }>;
  faults: string[];
}

const WEIGHT: Record<Killed, number> = { create: 4, run: 12, tables: 2, tiffs: 2, figures: 1, movie: 1 };
/** What the kinds of exports write. */
const EXPORTED = {
  tables: ['--tables', '--events', '--methods', '--volumes'],
  tiffs: ['--volumes', '--format', 'tiff'],
  figures: ['--figure', 'operation', '--format', 'svg,pdf,png'],
};
type Exported = keyof typeof EXPORTED;
const MOVIE = ['--storyboard', 'slices', '--size', '320x180', '--fps', '8'];

/** What every command writes where nothing disturbs it, and how long it takes. */
interface Undisturbed {
  trial: Trial;
  cell: Cell;
  /** A project that was created and not run, and one that was run. */
  fresh: string;
  done: string;
  numbers: string;
  results: Map<string, string>;
  created: Map<string, string>;
  /** What an export or a movie writes. */
  written: Partial<Record<Killed, Map<string, string>>>;
  seconds: Record<Killed, number>;
}

/** Kills whole process groups at random moments; what was killed must go on to the same bytes, and leave nothing. */
export async function killAtRandom({ rounds, seed, commands, scans = 4, log }: KillOptions): Promise<KillReport> {
  const trial = new Trial();
  try {
    const whole = await undisturbed(trial, commands, scans);
    const report: KillReport = { rounds: new Map(), faults: [] };
    const chance = random(seed, 'kills');
    const drawn = commands.flatMap((command) => Array<Killed>(WEIGHT[command]).fill(command));
    for (let round = 1; round <= rounds; round++) {
      const command = chance.pick(drawn);
      const killAfterMs = 1000 * whole.seconds[command] * chance.uniform(0, 1.05);
      const { killed, faults } = await ROUNDS[command](whole, killAfterMs);
      const counted = report.rounds.get(command) ?? { count: 0, killed: 0 };
      report.rounds.set(command, { count: counted.count + 1, killed: counted.killed + (killed ? 1 : 0) });
      const named = faults.map((fault) => `round ${round}, ${command} after ${Math.round(killAfterMs)} ms: ${fault}`);
      report.faults.push(...named);
      log?.(`${round}/${rounds} ${command} at ${Math.round(killAfterMs)} ms${named.map((line) => `\n  ✗ ${line}`)}`);
    }
    return report;
  } finally {
    trial.remove();
  }
}

async function undisturbed(trial: Trial, commands: readonly Killed[], scans: number): Promise<Undisturbed> {
  const cell = await writeCell(trial, { scans, packed: true });
  const [fresh, done] = [trial.at('fresh'), trial.at('done')];
  const seconds: Undisturbed['seconds'] = { create: 0, run: 0, tables: 0, tiffs: 0, figures: 0, movie: 0 };
  const take = async (command: Killed, args: readonly string[]) => {
    const outcome = await trial.call(args);
    if (outcome.status !== 0) throw new Error(`${command} ends with ${outcome.status}: ${outcome.stderr}`);
    seconds[command] = outcome.seconds;
  };
  await take('create', ['create', fresh, ...cell.sources]);
  const created = resultsIn(fresh);
  // The first run reads everything from the disk: the second tells how long one takes.
  for (const _ of ['cold', 'warm']) {
    rmSync(done, { recursive: true, force: true });
    copy(fresh, done);
    await take('run', ['run', done]);
  }
  const { stdout: numbers } = await trial.call(['results', done, '--json']);
  const results = resultsIn(done);
  const written: Undisturbed['written'] = {};
  for (const command of commands) {
    if (command === 'create' || command === 'run') continue;
    const out = trial.at(`${command}-whole`);
    await take(command, writing(command, done, out));
    written[command] = contentsOf(out);
  }
  return { trial, cell, fresh, done, numbers, results, created, written, seconds };
}

/** The call that writes an export or a movie into the folder `out`. */
function writing(command: Exported | 'movie', project: string, out: string): string[] {
  if (command === 'movie') return ['movie', project, ...MOVIE, '--out', join(out, 'slices.mp4')];
  return ['export', project, ...EXPORTED[command], '--out', out];
}

type Round = (whole: Undisturbed, killAfterMs: number) => Promise<{ killed: boolean; faults: string[] }>;

const ROUNDS: Record<Killed, Round> = {
  async create({ trial, cell, created }, killAfterMs) {
    const parent = trial.at('made');
    const project = join(parent, 'cell.tomolapse');
    const faults: string[] = [];
    const first = await trial.call(['create', project, ...cell.sources], { killAfterMs });
    faults.push(...(await stillThere(trial)));
    // A project that is there is whole.
    if (!existsSync(project)) expectDone(faults, await trial.call(['create', project, ...cell.sources]));
    faults.push(...differences(resultsIn(project), created));
    faults.push(...strangers(parent, ['cell.tomolapse']), ...(await kept(trial, project)));
    rmSync(parent, { recursive: true });
    return { killed: first.status === 'SIGKILL', faults };
  },

  async run({ trial, fresh, numbers, results }, killAfterMs) {
    const project = trial.at('cell');
    copy(fresh, project);
    const faults: string[] = [];
    const first = await trial.call(['run', project], { killAfterMs });
    faults.push(...(await stillThere(trial)), ...(await kept(trial, project, 'after the kill')));
    expectDone(faults, await trial.call(['run', project]));
    const { stdout } = await trial.call(['results', project, '--json']);
    if (stdout !== numbers) faults.push('the numbers are other');
    faults.push(...differences(resultsIn(project), results), ...(await kept(trial, project)));
    rmSync(project, { recursive: true });
    return { killed: first.status === 'SIGKILL', faults };
  },

  tables: (...given) => killedWriting('tables', ...given),
  tiffs: (...given) => killedWriting('tiffs', ...given),
  figures: (...given) => killedWriting('figures', ...given),
  movie: (...given) => killedWriting('movie', ...given),
};

async function killedWriting(command: Exported | 'movie', { trial, done, written }: Undisturbed, killAfterMs: number) {
  const out = trial.at('again');
  const expected = written[command]!;
  const args = writing(command, done, out);
  const faults: string[] = [];
  const first = await trial.call(args, { killAfterMs });
  faults.push(...(await stillThere(trial)));
  // What has its name already is whole.
  for (const [path, hash] of contentsOf(out, (path) => /(^|\/)\./.test(path)))
    if (expected.get(path) !== hash) faults.push(`${path} is half written`);
  expectDone(faults, await trial.call(args));
  faults.push(...differences(contentsOf(out), expected), ...(await kept(trial, done)));
  rmSync(out, { recursive: true });
  return { killed: first.status === 'SIGKILL', faults };
}

/** Copies a project with its times of change, so that its scans are not taken for changed. */
function copy(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function expectDone(faults: string[], { status, stderr }: Outcome): void {
  if (status !== 0) faults.push(`it does not go on: ${status}, ${stderr.trim().split('\n').at(-1)}`);
}

async function stillThere(trial: Trial): Promise<string[]> {
  const processes = await trial.processes();
  return processes.length === 0 ? [] : [`processes ${processes.join(', ')} live on`];
}

function strangers(folder: string, expected: readonly string[]): string[] {
  const found = existsSync(folder) ? readdirSync(folder) : [];
  return found.filter((name) => !expected.includes(name)).map((name) => `${name} is left behind`);
}

/** What is wrong with a project and what it left behind; a killed one may not be tidy, but what is stored is whole. */
async function kept(trial: Trial, project: string, when = ''): Promise<string[]> {
  const verified = await trial.call(['verify', project]);
  const damage = verified.status === 0 ? [] : [`verify${when && ` ${when}`}: ${verified.stdout}${verified.stderr}`];
  if (when) return damage;
  return [
    ...damage,
    ...strangers(project, ['exports', 'objects', 'project.db', 'project.db.copy', 'project.db.sha256']),
    ...(existsSync(join(project, 'objects', '.incoming')) ? ['objects/.incoming is left behind'] : []),
    ...trial.leaked().map((path) => `${path} is left behind`),
    ...(await stillThere(trial)),
  ];
}
