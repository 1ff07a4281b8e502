/** The process that cases run in: it may be killed, run out of memory or crash. `trial.ts TARGET SEED FIRST COUNT FOLDER [KEEP]`. */
import { cpSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asFailure, isFailure } from '../../src/core/failure.ts';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import { Broken, type Finding, type Specimen } from './target.ts';
import { suspects } from './targets/suspects.ts';
import { targets } from './targets.ts';

/** Beyond the size of its files. */
const LARGEST_GROWTH = 256 * 2 ** 20;

const [name, seedText, firstText, countText, folder, keep] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string | undefined,
];
const [seed, first, count] = [seedText, firstText, countText].map(Number) as [number, number, number];
const target = [...targets, suspects].find((one) => one.name === name)!;
const specimens = await target.specimens();
const place = openSync(join(folder, 'case'), 'w');
const inputs = join(folder, 'in');
const scratch = join(folder, 'out');
mkdirSync(scratch, { recursive: true });

const told = (message: object) => void process.send!(message);

process.on('unhandledRejection', (error) => {
  told({ finding: finding(current, 'a promise was rejected and nobody listened', error) });
});

let current = first;
let specimen = '';
const filesBefore = openFiles();
let leaked = 0;
/** Cases that were read to their end, damage and all. */
let read = 0;
for (; current < first + count && specimens.length > 0; current++) {
  writeSync(place, String(current).padEnd(12), 0);
  const found = await run(current);
  // For when the time is up before the end.
  if (current % 32 === 0) told({ specimens: specimens.length, read });
  if (found) told({ finding: found });
  const files = openFiles();
  if (files > filesBefore + 8 + leaked) {
    told({ finding: finding(current, `${files} files are open, at the beginning there were ${filesBefore}`) });
    leaked = files - filesBefore;
  }
}
told({ done: true, specimens: specimens.length, read });
process.disconnect();

async function run(index: number): Promise<Finding | null> {
  const random = new Random(target.name, seed, index);
  const chosen = random.pick(specimens);
  specimen = chosen.name;
  const bytes = layOut(chosen, random);
  resetPeak();
  const before = memory('VmRSS');
  let thrown: unknown = null;
  try {
    await target.attempt({ path: join(inputs, chosen.open), scratch, random, number: index });
  } catch (error) {
    thrown = error ?? new Error('nothing was thrown, as an error');
  }
  const growth = memory('VmHWM') - before - bytes;
  if (growth > LARGEST_GROWTH)
    return finding(index, `it took ${Math.round(growth / 2 ** 20)} MB beyond the size of its files`, thrown);
  const left = readdirSync(scratch);
  if (left.length > 0) {
    rmSync(scratch, { recursive: true });
    mkdirSync(scratch);
    return finding(index, `it left ${left.join(', ')}`, thrown);
  }
  if (thrown === null) {
    read++;
    return null;
  }
  const wrong = wrongWith(thrown);
  return wrong ? finding(index, wrong, thrown) : null;
}

/** Why a thrown value is not what a user should be told, or null. */
function wrongWith(thrown: unknown): string | null {
  if (thrown instanceof Broken) return thrown.message;
  const failure = asFailure(thrown, 'Cannot read the file', inputs);
  if (failure.code !== 'input' && failure.code !== 'resources')
    return `${isFailure(thrown) ? 'a failure' : 'an error'} of code ${failure.code}`;
  if (failure.code === 'resources' && /memory/.test(failure.message)) return 'it asked for memory that is not there';
  if (/\p{Cc}/u.test(failure.message)) return 'its message has control characters';
  if (failure.message.length > 2000) return `its message has ${failure.message.length} letters`;
  return null;
}

/** Writes a specimen with one of its files damaged; its bytes together. */
function layOut({ files }: Specimen, random: Random): number {
  rmSync(inputs, { recursive: true, force: true });
  const victim = random.skewed(files.length);
  const others = specimens.flatMap((one) => one.files.map(({ bytes }) => bytes));
  let total = 0;
  for (const [index, { path, bytes }] of files.entries()) {
    const own = index === victim ? mutated(bytes, random, others) : bytes;
    mkdirSync(dirname(join(inputs, path)), { recursive: true });
    writeFileSync(join(inputs, path), own);
    total += own.length;
  }
  return total;
}

function finding(index: number, what: string, error?: unknown): Finding {
  if (keep) cpSync(inputs, join(keep, `${target.name}-${seed}-${index}`), { recursive: true });
  const stack =
    error instanceof Error ? `\n${error.stack}${error.cause instanceof Error ? `\n${error.cause.stack}` : ''}` : '';
  return {
    target: target.name,
    seed,
    case: index,
    specimen,
    what: `${what}${error ? stack || ` ${String(error)}` : ''}`,
  };
}

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

/** Bytes of `VmRSS` or `VmHWM`, its peak; 0 where the system does not say. */
function memory(name: 'VmRSS' | 'VmHWM'): number {
  try {
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Only Linux knows the peak.
  }
}
