/**
 * The memory of a run on scans larger than it may take: `node bench/memory/main.ts [--times 2] [--memory 1GiB] [--threads N]`.
 * Two scans of a phantom of 256 × 512 × 512 voxels, made so many times larger along each axis, are analysed step by step; prints the
 * seconds of each step and the most memory that its processes held together, pages of mapped files left out, and fails where that
 * was more than allowed. Linux only. Writes 270 MB · times³ beside what the run itself stores, under the folder for temporary files.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { steps } from '../../src/analysis/index.ts';
import { parseBytes } from '../../src/core/units.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const SMALL = [256, 512, 512] as const;
const SCANS = 2;
const SAMPLE_MS = 20;
const MIB = 2 ** 20;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '2' },
    memory: { type: 'string', default: '1GiB' },
    threads: { type: 'string', default: '2' },
  },
});
const times = Number(values.times);
const allowed = parseBytes(values.memory, '--memory');
const [nz, ny, nx] = SMALL.map((edge) => edge * times) as [number, number, number];

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

/** Runs the program; the seconds it took and the most it held. */
async function tomolapse(...words: string[]): Promise<{ seconds: number; peak: number }> {
  const began = performance.now();
  const child = spawn(join(ROOT, 'bin/tomolapse'), words, { stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, held(child.pid!));
  }, SAMPLE_MS);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`tomolapse ${words[0]} ended with ${code}`);
  return { seconds: (performance.now() - began) / 1000, peak };
}

/** Writes a volume with every voxel `times` times along each axis, and noise of its own. */
function enlarge(from: string, to: string): void {
  const source = openSync(from, 'r');
  const target = openSync(to, 'w');
  const small = new Uint16Array(SMALL[1] * SMALL[2]);
  const plane = new Uint16Array(ny * nx);
  const noise = Float32Array.from({ length: 65521 }, (_, i) => 900 * normal(i));
  for (let z = 0, n = 0; z < nz; z++) {
    if (z % times === 0) readSync(source, small, 0, small.byteLength, (z / times) * small.byteLength);
    // Planes begin at different places of the noise, which is as long as a prime.
    for (let y = 0, i = 0; y < ny; y++)
      for (let k = 0, at = Math.floor(y / times) * SMALL[2]; k < SMALL[2]; k++, at++)
        for (let copy = 0; copy < times; copy++, i++, n = n === 65520 ? 0 : n + 1)
          plane[i] = Math.max(0, Math.min(65535, small[at]! + noise[n]!));
    n = (n * 7919 + z) % 65521;
    writeSync(target, plane);
  }
  closeSync(source);
  closeSync(target);
}

/** Numbers of a normal distribution, by index: the sum of twelve even ones (a hash of Weyl's sequence). */
function normal(index: number): number {
  let sum = -6;
  for (let k = 0; k < 12; k++) sum += (Math.sin(index * 12.9898 + k * 78.233) * 43758.5453 + 1e6) % 1;
  return sum;
}

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-memory-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

await tomolapse('phantom', join(folder, 'small'), '--size', 'large', '--scans', String(SCANS), '--format', 'raw');
const { scans, voxelSizeUm, electrodes } = JSON.parse(readFileSync(join(folder, 'small', 'truth.json'), 'utf8')) as {
  scans: { file: string }[];
  voxelSizeUm: number[];
  electrodes: { working: { areaMm2: number } };
};
const paths = scans.map(({ file }, i) => {
  const path = join(folder, `scan_${i}_${nx}x${ny}x${nz}_u16.raw`);
  enlarge(join(folder, 'small', file), path);
  return path;
});
const project = join(folder, 'large.tomolapse');
const area = `${electrodes.working.areaMm2 * times ** 2}mm2`;
const voxel = `${voxelSizeUm[0]}um`;
await tomolapse(
  'create',
  project,
  '--scans',
  ...paths,
  '--interval',
  '1h',
  '--voxel-size',
  voxel,
  '--working-area',
  area,
);

const scanBytes = nz * ny * nx * 2;
process.stdout.write(
  `scans of ${nz} × ${ny} × ${nx} voxels, ${Math.round(scanBytes / MIB)} MiB each; allowed ${Math.round(allowed / MIB)} MiB\n`,
);
process.stdout.write(`${'step'.padEnd(12)}${'seconds'.padStart(9)}${'most held, MiB'.padStart(16)}\n`);
let most = 0;
for (const { name } of steps) {
  const { seconds, peak } = await tomolapse(
    'run',
    project,
    '--until',
    name,
    '--memory',
    values.memory,
    '--threads',
    values.threads,
  );
  most = Math.max(most, peak);
  process.stdout.write(
    `${name.padEnd(12)}${seconds.toFixed(1).padStart(9)}${String(Math.round(peak / MIB)).padStart(16)}\n`,
  );
}
process.exitCode = most > allowed ? 1 : 0;
