/**
 * The memory and time of a run on scans larger than it may take:
 * `node bench/memory/main.ts [--shape 2160x2560x2560] [--memory 1GiB] [--threads N] [--until STEP] [--folder DIR]`.
 * Makes a pair of scans of this shape (bench/memory/pair.ts tells of what), analyses it step by step and prints of each step the seconds, the
 * processor's seconds, the most memory that its processes held together, and the bytes it stored. `held` leaves pages of mapped
 * files out: the system takes them back whenever it likes. Fails where more was held than allowed. Linux only. The pair takes 6 GB in full size, what the run stores comes on top; all of it is deleted at the end.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { steps } from '../../src/analysis/index.ts';
import type { Triple } from '../../src/core/geometry.ts';
import { parseBytes } from '../../src/core/units.ts';
import { makePair } from './pair.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const SAMPLE_MS = 20;
const MIB = 2 ** 20;
/** What has to be there before the region about the interface can be looked at. */
const REGION_UNTIL = 'lvf';

const { values } = parseArgs({
  options: {
    shape: { type: 'string', default: '2160x2560x2560' },
    memory: { type: 'string', default: '1GiB' },
    threads: { type: 'string', default: '2' },
    until: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const shape = values.shape.split('x').map(Number) as Triple;
const allowed = parseBytes(values.memory, '--memory');

/** Bytes that a process and its children hold, without pages of files; 0 once it is gone. */
function held(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = ['RssAnon', 'RssShmem'].map((name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0));
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return (
      kib.reduce((sum, part) => sum + 1024 * part, 0) + children.reduce((sum, child) => sum + held(Number(child)), 0)
    );
  } catch {
    return 0;
  }
}

/** Runs the program; the seconds it took, those of processors, and the most it held. */
async function tomolapse(...words: string[]): Promise<{ seconds: number; busy: number; peak: number }> {
  const began = performance.now();
  const child = spawn('/bin/sh', ['-c', '"$@" && times >&3', 'sh', join(ROOT, 'bin/tomolapse'), ...words], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  let times = '';
  child.stdio[3]!.on('data', (part: Buffer) => {
    times += part.toString();
  });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, held(child.pid!));
  }, SAMPLE_MS);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`tomolapse ${words.join(' ')} ended with ${code}`);
  // The second line is of the shell's children: minutes and seconds in the program and in the system.
  const busy = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return {
    seconds: (performance.now() - began) / 1000,
    busy: busy.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0),
    peak,
  };
}

/** Bytes that the files of a folder take on the disk. */
function stored(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + 512 * statSync(join(parentPath, name)).blocks, 0);
}

const folder = mkdtempSync(join(values.folder, 'tomolapse-memory-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

const pair = await makePair(folder, shape);
const project = join(folder, 'pair.tomolapse');
const words = [
  '--interval',
  '1h',
  '--voxel-size',
  `${pair.voxelSizeUm}um`,
  '--working-area',
  `${pair.workingAreaMm2}mm2`,
];
const { seconds: opening } = await tomolapse('create', project, '--scans', ...pair.paths, ...words);

const print = (line: string) => process.stdout.write(`${line}\n`);
const mib = (bytes: number) => String(Math.round(bytes / MIB));
const voxels = shape[0] * shape[1] * shape[2];
print(
  `two scans of ${shape.join(' × ')} voxels, ${mib(2 * voxels)} MiB each, in ${mib(pair.bytesOnDisk)} MiB of files: ` +
    `${pair.distinct} slices of each are their own, the others links to them`,
);
print(`allowed ${mib(allowed)} MiB, ${values.threads} threads; the project was made in ${opening.toFixed(1)} s`);
print(
  `${'step'.padEnd(12)}${'seconds'.padStart(9)}${'busy'.padStart(9)}${'held, MiB'.padStart(11)}${'stored, MiB'.padStart(13)}`,
);
let most = 0;
let all = 0;
let before = stored(project);
for (const { name } of steps) {
  const limits = ['--memory', values.memory, '--threads', values.threads];
  const { seconds, busy, peak } = await tomolapse('run', project, '--until', name, ...limits);
  most = Math.max(most, peak);
  all += seconds;
  const now = stored(project);
  print(
    `${name.padEnd(12)}${seconds.toFixed(1).padStart(9)}${busy.toFixed(1).padStart(9)}${mib(peak).padStart(11)}${mib(now - before).padStart(13)}`,
  );
  before = now;
  if (name === REGION_UNTIL) print(`the region about the interface after ${all.toFixed(1)} s`);
  if (name === values.until) break;
}
print(`all of it ${all.toFixed(1)} s, at most ${mib(most)} MiB held`);
process.exitCode = most > allowed ? 1 : 0;
