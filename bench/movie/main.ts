/**
 * `npm run bench:movie [-- --project PATH] [--frames N] [--rounds N]`: 1080p frames of a turning cell, by `tomolapse movie` and by
 * ParaView's pvbatch (volume rendering, SaveScreenshot; Debian's paraview under xvfb), in turns in one run. Of ours the seconds a frame are
 * those by which a longer movie takes longer, encoding included; of ParaView's the median of its frames. Prints both, their ratio, and the
 * memory of all of our processes half way and at the end of the longest movie. Without a project it makes one (`tomolapse demo`'s cell).
 * Debian's python3-paraview takes the place of python3-vtk9, which `bench:render` needs: have the one back before the other runs.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PHASES_VOLUME } from '../../src/analysis/pyramid/index.ts';
import { storedResults } from '../../src/backend/project/project_results.ts';
import { sightOf, standOf } from '../../src/core/movie/camera.ts';
import type { MovieProject } from '../../src/core/movie/project.ts';
import type { CameraPlace, LayerChoice, Storyboard } from '../../src/core/movie/storyboard.ts';
import { Project } from '../../src/store/project.ts';
import { openZarr } from '../../src/store/zarr/index.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const [WIDTH, HEIGHT] = [1920, 1080];
const FPS = 30;
/** Frames of a whole turn, as in the script for ParaView. */
const TURN = 240;
const CAMERA: CameraPlace = { target: 'cell', azimuth: -60, elevation: 30, distance: 0.8 };

const { values } = parseArgs({
  options: {
    project: { type: 'string' },
    frames: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
  },
});
const scratch = mkdtempSync(join(tmpdir(), 'bench-movie-'));
const frames = Number(values.frames);

function storyboardOf(count: number, layers: LayerChoice): Storyboard {
  const seconds = count / FPS;
  const end = { ...CAMERA, azimuth: CAMERA.azimuth + (360 * count) / TURN };
  return {
    version: 1,
    size: [WIDTH, HEIGHT],
    fps: FPS,
    shots: [
      {
        seconds,
        time: { kind: 'hold', at: 'end' },
        panels: [
          {
            id: 'cell',
            kind: 'volume',
            rect: [0, 0, 1, 1],
            camera: [
              { at: 0, value: CAMERA, ease: 'linear' },
              { at: seconds, value: end },
            ],
            layers: [{ at: 0, value: layers }],
          },
        ],
      },
    ],
  };
}

/** Proportional set size of a process and all below it, MiB: shared pages count once. */
function resident(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    parents.set(Number(name), numberIn(`/proc/${name}/status`, /^PPid:\s+(\d+)/m));
  const below = (pid: number): boolean => {
    for (let p = pid; p > 1; p = parents.get(p) ?? 0) if (p === root) return true;
    return false;
  };
  return [...parents.keys()]
    .filter(below)
    .reduce((sum, pid) => sum + numberIn(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m) / 1024, 0);
}

/** 0 where the process has ended meanwhile. */
function numberIn(path: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

interface Run {
  seconds: number;
  /** MiB, looked at every three seconds. */
  memory: number[];
}

/** One movie from start to end. */
async function ours(project: string, count: number, layers: LayerChoice, samples: string | null): Promise<Run> {
  const storyboard = join(scratch, 'turn.json');
  writeFileSync(storyboard, JSON.stringify(storyboardOf(count, layers)));
  const out = join(scratch, `ours-${count}.mp4`);
  rmSync(out, { force: true });
  const words = [
    'movie',
    project,
    '--storyboard',
    storyboard,
    '--out',
    out,
    ...(samples ? ['--samples', samples] : []),
  ];
  const begun = performance.now();
  const child = spawn(join(ROOT, 'bin/tomolapse'), words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  const memory: number[] = [];
  const look = setInterval(() => memory.push(resident(child.pid!)), 3000);
  const code = await ended(child);
  clearInterval(look);
  if (code !== 0) throw new Error(`tomolapse movie ended with ${code}: ${complaint}`);
  return { seconds: (performance.now() - begun) / 1000, memory };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
}

interface Peer {
  raw: string;
  shape: readonly number[];
  voxelUm: number;
  camera: string;
}

/** The last scan as one grey for each phase, and the camera of the first frame. */
async function peerOf(path: string): Promise<Peer> {
  const project = new Project(path, { command: 'bench', writes: false });
  try {
    const { resultsOf } = await import('../../src/backend/project/project_results.ts');
    const series = project.series();
    const last = series.scans.length - 1;
    const phases = storedResults(project)<object>({ step: 'phases', scan: last })!;
    const volume = await openZarr(join(phases.directory, PHASES_VOLUME));
    const { shape } = volume.spec;
    const voxels = await volume.readBlock([0, 0, 0], shape);
    const greys = new Uint8Array(voxels.length / 4);
    for (let i = 0; i < greys.length; i++)
      greys[i] = (voxels[4 * i]! * 230 + voxels[4 * i + 1]! * 120 + voxels[4 * i + 2]! * 60) / 255;
    const raw = join(scratch, 'phases.raw');
    writeFileSync(raw, greys);
    const state = { voxelSizeUm: series.voxelSizeUm, reference: 0, scans: series.scans.map(() => ({ shape })) };
    const movie = { state, results: await resultsOf(project) } as unknown as MovieProject;
    const { position, target, up } = sightOf(standOf(CAMERA, movie, WIDTH / HEIGHT), movie);
    const camera = [position, target, up].flatMap(([z, y, x]) => [x, y, z]).join();
    return { raw, shape, voxelUm: series.voxelSizeUm[0], camera };
  } finally {
    project.close();
  }
}

/** Seconds of each of ParaView's frames; its first, which loads, is left out. */
function paraview({ raw, shape, voxelUm, camera }: Peer, count: number): number[] {
  const folder = join(scratch, 'paraview');
  mkdirSync(folder, { recursive: true });
  const script = join(import.meta.dirname, 'paraview_frames.py');
  const words = [raw, ...shape, voxelUm, count + 1, WIDTH, HEIGHT, camera, folder].map(String);
  const told = execFileSync('xvfb-run', ['-a', 'pvbatch', script, ...words], {
    encoding: 'utf8',
    env: { ...process.env, LIBGL_ALWAYS_SOFTWARE: '1', GALLIUM_DRIVER: 'llvmpipe' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return told.trim().split('\n').slice(1).map(Number);
}

const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;

function projectPath(): string {
  if (values.project) return resolve(values.project);
  execFileSync(join(ROOT, 'bin/tomolapse'), ['demo', join(scratch, 'demo')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(scratch, 'demo', 'cell.tomolapse');
}

const project = projectPath();
const peer = await peerOf(project);
const opaque: LayerChoice = { show: 'phases', opacity: { electrolyte: 0 } };
const kinds: { name: string; layers: LayerChoice; samples: string | null }[] = [
  { name: 'Tomolapse, one sample as ParaView', layers: opaque, samples: '1' },
  { name: 'Tomolapse, as many as are seen', layers: opaque, samples: null },
  { name: 'the same with the electrolyte', layers: { show: 'phases' }, samples: null },
];
const perFrame = kinds.map((): number[] => []);
const theirs: number[] = [];
let longest: Run = { seconds: 0, memory: [] };
for (let round = 0; round < Number(values.rounds); round++) {
  theirs.push(...paraview(peer, 5));
  for (const [i, { layers, samples }] of kinds.entries()) {
    const short = await ours(project, 10, layers, samples);
    const long = await ours(project, 10 + frames, layers, samples);
    perFrame[i]!.push((long.seconds - short.seconds) / frames);
    if (long.seconds > longest.seconds) longest = long;
  }
}
const peerSeconds = median(theirs);
console.log(`${WIDTH} × ${HEIGHT}, ${peer.shape.join(' × ')} voxels, ${values.rounds} rounds`);
const line = (name: string, seconds: number) =>
  console.log(`${name.padEnd(34)} ${seconds.toFixed(3)} s a frame   ${(peerSeconds / seconds).toFixed(1)} ×`);
line("ParaView's pvbatch", peerSeconds);
for (const [i, { name }] of kinds.entries()) line(name, median(perFrame[i]!));
const { memory } = longest;
const around = (share: number) =>
  memory.slice(Math.max(0, Math.floor(memory.length * share) - 2), Math.floor(memory.length * share) + 1);
console.log(
  `memory of all our processes: ${median(around(0.4)).toFixed(0)} MiB at 40 % of the longest movie, ${median(around(0.9)).toFixed(0)} MiB at 90 %, at most ${Math.max(...memory).toFixed(0)} MiB`,
);
if (!values.keep) rmSync(scratch, { recursive: true });
