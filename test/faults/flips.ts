import { closeSync, openSync, readdirSync, readSync, statSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isFailure } from '../../src/core/failure.ts';
import { random } from '../../src/phantom/random.ts';
import { closeDatabase, damagedDatabase, openDatabase } from '../../src/store/database.ts';
import { Objects } from '../../src/store/objects.ts';
import { writeCell } from './cell.ts';
import { Trial } from './trial.ts';

export interface FlipOptions {
  /** Bits that are flipped in each file, one at a time; the first and the last one are among them. */
  bits: number;
  /** Flips after which the program itself verifies, runs and tells its numbers. */
  rounds: number;
  seed: number;
  log?(line: string): void;
}

export interface FlipReport {
  files: number;
  flips: number;
  /** Flips that were found, the file named. */
  found: number;
  rounds: number;
  /** Why a round failed, and flips that were not found. */
  faults: string[];
}

/**
 * Flips single bits of every file of an analysed project, without a trace in its times. Each flip must be found and its file named;
 * after some, `verify` ends with 3, the next `run` computes what it needs again, and the numbers are what they were, byte for byte.
 */
export async function flipBits({ bits, rounds, seed, log }: FlipOptions): Promise<FlipReport> {
  const trial = new Trial();
  const report: FlipReport = { files: 0, flips: 0, found: 0, rounds: 0, faults: [] };
  try {
    const { sources } = await writeCell(trial, { packed: true });
    const project = trial.at('cell.tomolapse');
    for (const args of [
      ['create', project, ...sources],
      ['run', project],
    ]) {
      const { status, stderr } = await trial.call(args);
      if (status !== 0) throw new Error(stderr);
    }
    const numbers = (await trial.call(['results', project, '--json'])).stdout;
    const files = readdirSync(project, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(project, path)).isFile() && statSync(join(project, path)).size > 0)
      .sort();
    const chance = random(seed, 'flips');
    report.files = files.length;
    for (const path of files) {
      const last = statSync(join(project, path)).size * 8 - 1;
      const places = [0, last, ...Array.from({ length: bits - 2 }, () => Math.floor(chance.uniform(0, last + 1)))];
      for (const bit of places) {
        const putBack = flip(join(project, path), bit);
        report.flips++;
        if ((await namedDamage(project, path)).includes(join(project, path))) report.found++;
        else report.faults.push(`bit ${bit} of ${path} is not found`);
        putBack();
      }
    }
    log?.(`${report.found} of ${report.flips} flips in ${report.files} files found`);
    for (; report.rounds < rounds; report.rounds++) {
      const path = chance.pick(files);
      const bit = Math.floor(chance.uniform(0, statSync(join(project, path)).size * 8));
      const faults = await flipped(trial, project, path, bit, numbers);
      report.faults.push(...faults.map((fault) => `bit ${bit} of ${path}: ${fault}`));
      log?.(`${report.rounds + 1}/${rounds} bit ${bit} of ${path}${faults.map((fault) => `\n  ✗ ${fault}`).join('')}`);
    }
    return report;
  } finally {
    trial.remove();
  }
}

/** What the program makes of one flipped bit. */
async function flipped(trial: Trial, project: string, path: string, bit: number, numbers: string): Promise<string[]> {
  flip(join(project, path), bit);
  const faults: string[] = [];
  const verified = await trial.call(['verify', project, '--json']);
  const { damage = [], error } = JSON.parse(verified.stdout) as {
    damage?: { path: string }[];
    error?: { path: string };
  };
  if (verified.status !== 3) faults.push(`verify ends with ${verified.status}`);
  if (![...damage.map((each) => each.path), error?.path].includes(join(project, path)))
    faults.push(`verify does not name it: ${verified.stderr.trim()}`);
  const again = await trial.call(['run', project]);
  if (again.status !== 0) faults.push(`run ends with ${again.status}: ${again.stderr.trim().split('\n').at(-1)}`);
  if ((await trial.call(['results', project, '--json'])).stdout !== numbers) faults.push('the numbers are others');
  const whole = await trial.call(['verify', project]);
  if (whole.status !== 0) faults.push(`it is still damaged: ${whole.stderr.trim()}`);
  return faults;
}

/** The files in which damage is found: of a result, looked at alone, or of the database. */
async function namedDamage(project: string, path: string): Promise<string[]> {
  const [folder, , key] = path.split('/');
  if (folder === 'objects') return (await new Objects(project).verify(key!)).map((each) => each.path);
  const access = { command: 'verify', writes: false, evenDamaged: true };
  try {
    const db = openDatabase(project, access);
    const found = damagedDatabase(db, project);
    closeDatabase(db, project, access);
    return found.map((each) => each.path);
  } catch (error) {
    if (isFailure(error) && error.code === 'input') return [error.path ?? ''];
    throw error;
  }
}

/** Flips a bit and leaves the times as they were; returns what flips it back. */
function flip(path: string, bit: number): () => void {
  const { atime, mtime } = statSync(path);
  const turn = () => {
    const file = openSync(path, 'r+');
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, Math.floor(bit / 8));
    byte[0]! ^= 1 << (bit % 8);
    writeSync(file, byte, 0, 1, Math.floor(bit / 8));
    closeSync(file);
    utimesSync(path, atime, mtime);
  };
  turn();
  return turn;
}
