/**
 * Each operator of the engine, then registration and the whole chain, beside other programs in the same run: `npm run bench:engine
 * [-- --size 512] [--rounds 3] [--only median] [--json FILE]`. A round times ours and then each peer, so that all see the same machine;
 * the table shows medians over rounds. Peers take the threads they take by themselves: scipy and scikit-image one, ITK, ImageJ
 * and elastix all. What is not installed is named and left out. `--only` leaves the chain out; `npm run bench:register`, `bench:pair` and
 * `bench:run` tell more of it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { IDENTITY, type Matrix4, type Triple } from '../../src/core/geometry.ts';
import { bin } from '../../src/engine/bin.ts';
import { crc32c } from '../../src/engine/crc32c.ts';
import { differenceBlock, type PlacedScan } from '../../src/engine/difference.ts';
import { distance } from '../../src/engine/distance.ts';
import { gaussian } from '../../src/engine/gaussian.ts';
import { histogram16, otsu16 } from '../../src/engine/histogram.ts';
import { instructions } from '../../src/engine/instructions.ts';
import { dilate, label } from '../../src/engine/label.ts';
import { median } from '../../src/engine/median.ts';
import { resampleBlock } from '../../src/engine/resample.ts';
import { openVolume, type View } from '../../src/engine/volume.ts';
import { type Race, racePair, raceRun } from '../peer/race.ts';
import { imagej, itk, type Peer, scipy } from './peers.ts';
import { raceRegistration } from './registration.ts';
import { greyValues, made } from './scan.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '512' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const size = Number(values.size);
const rounds = Number(values.rounds);
if (!(size >= 64 && size <= 1024 && rounds >= 1)) {
  process.stderr.write('error: bench: --size is 64 to 1024 and --rounds at least 1\n');
  process.exit(2);
}
const shape: Triple = [size, size, size];
const count = size ** 3;

const directory = mkdtempSync(join(tmpdir(), 'tomolapse-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

/** A volume in a file, as scans come. */
function viewOf(name: string, voxels: Uint16Array): View & { path: string } {
  const path = join(directory, name);
  writeFileSync(path, new Uint8Array(voxels.buffer));
  const segments = [{ path, offset: 0, rows: size * size }];
  return {
    path,
    volume: openVolume({ segments, shape, type: 'uint16', bigEndian: false }),
    axis: [0, 1, 2],
    flip: [false, false, false],
  };
}

const grey = await greyValues(shape, 2463534242);
const view = viewOf('grey', grey);
const other = viewOf('other', await greyValues(shape, 88172645));
const real = made(Float32Array, grey, (value) => value);
const fraction = made(Int16Array, grey, (value) => value - 30_000);
const mask = made(Uint8Array, grey, (value) => Number(value > 33_000));
const copy = new Uint16Array(count);
const placed = (of: View): PlacedScan => ({ ...of, matrix: IDENTITY, gain: 1, offset: 0, fieldRadius: 0 });
const [c, s] = [Math.cos((0.5 * Math.PI) / 180), Math.sin((0.5 * Math.PI) / 180)];
const motion: Matrix4 = [1, 0, 0, 0.3, 0, c, -s, 0.6, 0, s, c, 0.1, 0, 0, 0, 1];

interface Row {
  name: string;
  /** The operator's name among the peers. */
  peer?: string;
  /** Bytes a voxel that must come from memory or go there, at least. */
  bytes: number;
  /** Times the speed of the first peer that has it that it is to reach. */
  goal?: number;
  run: () => unknown;
}
const rows: Row[] = [
  { name: 'memcpy of 16-bit, one thread', bytes: 4, run: () => copy.set(grey) },
  { name: 'Gaussian σ 1', peer: 'gaussian', bytes: 8, goal: 35, run: () => gaussian(real, shape, 1) },
  {
    name: 'Gaussian of a difference',
    peer: 'difference',
    bytes: 8,
    run: () => differenceBlock(placed(view), placed(other), [0, 0, 0], shape, 1),
  },
  {
    name: 'median, ball r 3 (123 voxels)',
    peer: 'median ball 3',
    bytes: 4,
    goal: 50,
    run: () => median(fraction, shape, { shape: 'ball', radius: 3 }),
  },
  {
    name: 'median, cube 7³',
    peer: 'median cube 7',
    bytes: 4,
    run: () => median(fraction, shape, { shape: 'cube', radius: 3 }, 'reflect'),
  },
  {
    name: 'label, 26-connected, ≥ 50 voxels',
    peer: 'label 26',
    bytes: 5,
    goal: 20,
    run: () => label(mask, shape, 50),
  },
  { name: 'dilate, ball r 3', peer: 'dilate ball 3', bytes: 2, run: () => dilate(mask, shape, 3) },
  {
    name: 'histogram and Otsu, 16-bit',
    peer: 'otsu 16-bit',
    bytes: 2,
    goal: 8,
    run: async () => otsu16(await histogram16(grey)),
  },
  { name: '2×2×2 mean, 16-bit', peer: 'bin 2x2x2', bytes: 2.25, goal: 50, run: () => bin(grey, shape) },
  { name: 'distance transform', peer: 'distance', bytes: 5, goal: 12, run: () => distance(mask, shape) },
  {
    name: 'resample, rigid, cubic B-spline',
    peer: 'resample',
    bytes: 6,
    goal: 15,
    run: () => resampleBlock(view, motion, [0, 0, 0], shape, 'spline'),
  },
  {
    name: "resample, rigid, Keys' cubic",
    peer: 'resample',
    bytes: 6,
    run: () => resampleBlock(view, motion, [0, 0, 0], shape, 'keys'),
  },
  { name: 'CRC-32C, one thread', bytes: 2, run: () => crc32c(new Uint8Array(grey.buffer)) },
].filter(({ name }) => name.startsWith('memcpy') || name.toLowerCase().includes(values.only.toLowerCase()));

function middle(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const asked = [await scipy(view.path, size), await itk(view.path, size), await imagej(view.path, size)];
const peers = asked.filter((peer): peer is Peer => 'speed' in peer);
const say = (line: string) => process.stdout.write(`${line}\n`);
const gib = Math.round(totalmem() / 2 ** 30);
say(`${size}³ voxels, ${rounds} rounds`);
say(`${cpus()[0]!.model.trim()}, ${availableParallelism()} cores, ${gib} GiB, ${instructions()}`);
for (const peer of asked) if ('missing' in peer) say(`no ${peer.name}: ${peer.missing} is missing`);

const WIDTHS = [34, 10, 8, 9, ...peers.map(() => 20), 8];
const print = (cells: string[]) =>
  say(cells.map((cell, i) => (i ? cell.padStart(WIDTHS[i]!) : cell.padEnd(WIDTHS[0]!))).join(''));
print(['operator', 'Mvoxel/s', 'GB/s', '× memcpy', ...peers.map(({ name }) => name), 'goal']);
let memcpy = 0;
const measured = [];
try {
  for (const { name, peer, bytes, goal, run } of rows) {
    const ours: number[] = [];
    const theirs = peers.map((): number[] => []);
    await run();
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      await run();
      ours.push(count / (performance.now() - start) / 1e3);
      if (!peer) continue;
      for (const [i, { speed }] of peers.entries()) {
        const their = await speed(peer);
        if (their !== null) theirs[i]!.push(their);
      }
    }
    const speed = middle(ours);
    memcpy ||= speed;
    const ratios = theirs.map((their) => (their.length ? middle(ours.map((mine, i) => mine / their[i]!)) : null));
    print([
      name,
      speed.toFixed(0),
      ((speed * bytes) / 1e3).toFixed(1),
      (speed / memcpy).toPrecision(2),
      ...theirs.map((their, i) => (their.length ? `${middle(their).toPrecision(3)}  ${times(ratios[i]!)}` : '–')),
      goal ? times(goal) : '',
    ]);
    const others = peers.map((one, i) => ({
      name: one.name,
      speed: theirs[i]!.length ? middle(theirs[i]!) : null,
      ratio: ratios[i],
    }));
    measured.push({ name, speed, bytes, memcpy: speed / memcpy, peers: others, goal: goal ?? null });
  }
} finally {
  for (const peer of peers) peer.end();
}

/** What takes a chain of operators, in seconds. */
interface Chain {
  name: string;
  peer: string;
  goal: number;
  run(): Promise<{ seconds: number; peer: number | null; ratio: number | null }>;
}
const ofRace = ({ ours, script, ratio }: Race) => ({ seconds: ours, peer: script, ratio });
const chains: Chain[] = [
  {
    name: 'rigid registration, 256³',
    peer: 'elastix',
    goal: 20,
    run: async () => {
      const { seconds, peer, ratio } = await raceRegistration(256, rounds);
      return { seconds, peer: peer?.seconds ?? null, ratio };
    },
  },
  {
    name: 'a pair of 256 × 512 × 512, from registration to cracks',
    peer: 'a script on scipy',
    goal: 30,
    run: async () => ofRace(racePair(rounds)),
  },
  {
    name: 'run of 8 scans of 128 × 256 × 256, start-up included',
    peer: 'a script on scipy',
    goal: 10,
    run: async () => ofRace(raceRun(rounds)),
  },
];
const timed = [];
if (values.only === '') {
  say('');
  const line = (cells: string[]) => say(cells.map((cell, i) => (i ? cell.padStart(20) : cell.padEnd(56))).join(''));
  line(['chain', 'seconds', 'peer', 'ratio', 'goal']);
  for (const { name, peer, goal, run } of chains) {
    if (peer !== 'elastix' && peers[0]?.name !== asked[0]!.name) continue;
    const found = await run();
    const their = found.peer === null ? `${peer} is missing` : `${peer} ${found.peer.toPrecision(3)} s`;
    line([name, found.seconds.toPrecision(3), their, found.ratio === null ? '–' : times(found.ratio), times(goal)]);
    timed.push({ name, goal, ...found });
  }
}
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ size, rounds, operators: measured, chains: timed }, null, 2)}\n`);

function times(ratio: number): string {
  return `${ratio.toPrecision(3)} ×`;
}
