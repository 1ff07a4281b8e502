/**
 * Each operator against scipy or scikit-image in the same run: node bench/engine/main.ts [--size 256] [--rounds 3].
 * A round times ours and then the peer's, so that both see the same machine; the table shows medians over rounds. Peers
 * use one thread, as they do by themselves, ours as many as there are cores.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Matrix4, Triple } from '../../src/core/geometry.ts';
import { bin } from '../../src/engine/bin.ts';
import { crc32c } from '../../src/engine/crc32c.ts';
import { distance } from '../../src/engine/distance.ts';
import { gaussian } from '../../src/engine/gaussian.ts';
import { histogram16, otsu16 } from '../../src/engine/histogram.ts';
import { instructions } from '../../src/engine/instructions.ts';
import { dilate, label } from '../../src/engine/label.ts';
import { median } from '../../src/engine/median.ts';
import { resampleBlock } from '../../src/engine/resample.ts';
import { openVolume, type View } from '../../src/engine/volume.ts';

const { values } = parseArgs({
  options: { size: { type: 'string', default: '256' }, rounds: { type: 'string', default: '3' } },
});
const size = Number(values.size);
const rounds = Number(values.rounds);
if (!(size >= 32 && size <= 1024 && rounds >= 1)) {
  process.stderr.write('error: bench: --size is 32 to 1024 and --rounds at least 1\n');
  process.exit(2);
}
const shape: Triple = [size, size, size];
const count = size ** 3;

/** Smooth grey values about 30 000 with noise, as after reconstruction; a xorshift generator with a fixed seed. */
async function greyValues(): Promise<Uint16Array> {
  const noise = new Float32Array(count);
  let state = 2463534242;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    noise[i] = (state >>> 0) / 2 ** 32 - 0.5;
  }
  const smooth = await gaussian(noise, shape, 1.5);
  return Uint16Array.from(smooth, (value, i) => 30000 + 50000 * value + 1000 * noise[i]!);
}

const directory = mkdtempSync(join(tmpdir(), 'tomolapse-bench-'));
const path = join(directory, 'grey');
const grey = await greyValues();
writeFileSync(path, new Uint8Array(grey.buffer));
const real = Float32Array.from(grey);
const fraction = Int16Array.from(grey, (value) => value - 30000);
const mask = Uint8Array.from(grey, (value) => Number(value > 33000));
const bytes = new Uint8Array(grey.buffer);
const copy = new Uint16Array(count);
const view: View = {
  volume: openVolume({
    segments: [{ path, offset: 0, rows: size * size }],
    shape,
    type: 'uint16',
    bigEndian: false,
  }),
  axis: [0, 1, 2],
  flip: [false, false, false],
};
const angle = (0.5 * Math.PI) / 180;
const [c, s] = [Math.cos(angle), Math.sin(angle)];
const motion: Matrix4 = [1, 0, 0, 0.3, 0, c, -s, 0.6, 0, s, c, 0.1, 0, 0, 0, 1];

interface Row {
  name: string;
  /** The peer's name in peers.py. */
  peer?: string;
  run: () => unknown;
}
const rows: Row[] = [
  { name: 'memcpy of 16-bit, one thread', run: () => copy.set(grey) },
  { name: 'gaussian σ 1', peer: 'gaussian', run: () => gaussian(real, shape, 1) },
  {
    name: 'median, ball r 3 (123 voxels)',
    peer: 'median ball 3',
    run: () => median(fraction, shape, { shape: 'ball', radius: 3 }),
  },
  {
    name: 'median, cube 7³',
    peer: 'median cube 7',
    run: () => median(fraction, shape, { shape: 'cube', radius: 3 }, 'reflect'),
  },
  { name: 'label, 26-connected, ≥ 50 voxels', peer: 'label 26', run: () => label(mask, shape, 50) },
  { name: 'dilate, ball r 3', peer: 'dilate ball 3', run: () => dilate(mask, shape, 3) },
  { name: 'Otsu, 16-bit', peer: 'otsu 16-bit', run: async () => otsu16(await histogram16(grey)) },
  { name: '2×2×2 mean, 16-bit', peer: 'bin 2x2x2', run: () => bin(grey, shape) },
  { name: '2×2×2 mean, float', peer: 'bin 2x2x2', run: () => bin(real, shape) },
  { name: 'distance transform', peer: 'distance', run: () => distance(mask, shape) },
  {
    name: 'resample, B-spline',
    peer: 'resample',
    run: () => resampleBlock(view, motion, [0, 0, 0], shape, 'spline'),
  },
  { name: 'resample, Keys', peer: 'resample', run: () => resampleBlock(view, motion, [0, 0, 0], shape, 'keys') },
  { name: 'CRC-32C, one thread', run: () => crc32c(bytes) },
];

function middle(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Peers by name, or null where Python or its packages are missing. */
async function startPeers() {
  const child = spawn('python3', [join(import.meta.dirname, 'peers.py'), path, String(size)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, PATH: `/usr/bin:${process.env['PATH']}` },
  });
  const failed = new Promise<null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', () => resolve(null));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = () => Promise.race([lines.next().then((line) => (line.done ? null : line.value)), failed]);
  if ((await next()) !== 'ready') return null;
  return {
    /** Mvoxel/s of one run. */
    async speed(name: string): Promise<number> {
      child.stdin.write(`${name}\n`);
      const answer = await next();
      if (answer === null) throw new Error(`the peer for ${name} ended`);
      const { seconds, voxels } = JSON.parse(answer) as { seconds: number; voxels: number };
      return voxels / seconds / 1e6;
    },
    end: () => child.stdin.end(),
  };
}

const peers = await startPeers();
process.stdout.write(`${size}³ voxels, ${rounds} rounds, ${availableParallelism()} cores, ${instructions()}\n`);
if (!peers) process.stdout.write('no peers: python3 with scipy and scikit-image is missing\n');
const columns = [34, 10, 10, 8, 10] as const;
const print = (cells: string[]) =>
  process.stdout.write(
    `${cells.map((cell, i) => (i ? cell.padStart(columns[i]!) : cell.padEnd(columns[0]))).join('')}\n`,
  );
print(['operator', 'Mvoxel/s', 'peer', 'ratio', 'memcpy']);
let memcpy = 0;
try {
  for (const { name, peer, run } of rows) {
    const ours: number[] = [];
    const theirs: number[] = [];
    await run();
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      await run();
      ours.push(count / (performance.now() - start) / 1e3);
      if (peer && peers) theirs.push(await peers.speed(peer));
    }
    const speed = middle(ours);
    memcpy ||= speed;
    const ratio = theirs.length ? middle(ours.map((mine, i) => mine / theirs[i]!)) : null;
    print([
      name,
      speed.toFixed(0),
      theirs.length ? middle(theirs).toPrecision(3) : '–',
      ratio === null ? '–' : `${ratio.toPrecision(3)}×`,
      (speed / memcpy).toPrecision(2),
    ]);
  }
} finally {
  peers?.end();
  rmSync(directory, { recursive: true, force: true });
}
