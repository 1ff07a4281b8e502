/**
 * The race against the published analysis as a script: `node bench/peer/main.ts [--pairs N] [--extent whole|slab]`.
 * Both analyse the same eight scans of 128 × 256 × 256, start-up included, one after the other, N times; prints the seconds, the
 * ratio and both thicknesses beside the truth. Needs Debian's python3 with scipy, scikit-image and tifffile.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = new URL('../../', import.meta.url).pathname;
const PYTHON = '/usr/bin/python3';

interface Truth {
  scans: { name: string; thickness: { working: { meanUm: number } } }[];
}
interface Peer {
  seconds: number;
  parts: Record<string, number>;
  scans: { name: string; meanUm: number }[];
}
interface Found {
  scans: {
    index: number;
    thickness: { working: { meanUm: number | null; publishedMeanUm: number | null } | null } | null;
  }[];
}

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '1' },
    extent: { type: 'string', default: 'whole' },
    series: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

function call(program: string, words: string[]): { seconds: number; stdout: string } {
  const start = performance.now();
  const stdout = execFileSync(program, words, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { seconds: (performance.now() - start) / 1000, stdout };
}

const tomolapse = (...words: string[]) => call(join(ROOT, 'bin/tomolapse'), words);

/** The script's regions, read off the first scan of the series by eye as its user would. */
const PEER_REGIONS = '--stable 48:90 --collector 8:25 --lithium 107:112 --roi 12:52 --radius 100'.split(' ');

function peer(series: string): { seconds: number; answer: Peer } {
  const script = join(ROOT, 'bench/peer/scipy_chain.py');
  const options = ['--voxel', '1.625', ...PEER_REGIONS, '--extent', values.extent, '--json'];
  const { seconds, stdout } = call(PYTHON, [script, join(series, 'scans'), ...options]);
  return { seconds, answer: JSON.parse(stdout) as Peer };
}

function ours(series: string, scratch: string): { seconds: number; create: number; answer: Found } {
  const project = join(scratch, 'race.tomolapse');
  rmSync(project, { recursive: true, force: true });
  const scans = readFileSync(join(series, 'scan_order.txt'), 'utf8').trim().split('\n');
  const given = [
    '--times',
    join(series, 'times.csv'),
    '--cycling',
    join(series, 'cycling.csv'),
    '--voxel-size',
    '1.625um',
  ];
  const create = tomolapse('create', project, '--scans', ...scans.map((name) => join(series, name)), ...given);
  const run = tomolapse('run', project);
  const answer = JSON.parse(tomolapse('results', project, '--json').stdout) as Found;
  return { seconds: run.seconds, create: create.seconds, answer };
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const um = (value: number | null | undefined) => (value ?? Number.NaN).toFixed(3).padStart(9);

const scratch = mkdtempSync(join(tmpdir(), 'tomolapse-peer-'));
try {
  const series = values.series ?? join(scratch, 'eight-s1');
  if (!existsSync(join(series, 'truth.json')))
    call(PYTHON, [join(ROOT, 'bench/accuracy/other_cells.py'), scratch, 'eight']);
  const truth = JSON.parse(readFileSync(join(series, 'truth.json'), 'utf8')) as Truth;
  tomolapse('--version'); // builds what is missing before the clock runs
  const races = [];
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    const a = peer(series);
    const b = ours(series, scratch);
    races.push({ peer: a, ours: b, ratio: a.seconds / b.seconds });
    console.log(
      `script ${a.seconds.toFixed(1)} s   tomolapse run ${b.seconds.toFixed(1)} s (create ${b.create.toFixed(1)} s)   ratio ${(a.seconds / b.seconds).toFixed(1)}`,
    );
  }
  const last = races.at(-1)!;
  const missing = last.ours.answer.scans.filter((scan) => scan.thickness?.working?.meanUm == null);
  if (missing.length > 0) throw new Error(`no race: tomolapse measured no thickness in ${missing.length} scans`);
  const parts = Object.entries(last.peer.answer.parts).map(([part, seconds]) => `${part} ${seconds.toFixed(1)}`);
  console.log(`script by part, s: ${parts.join(', ')}`);
  console.log('scan   true µm    script  published  unbiased');
  for (const [index, scan] of truth.scans.entries()) {
    if (index === 0) continue;
    const working = last.ours.answer.scans.find((found) => found.index === index)?.thickness?.working;
    const script = last.peer.answer.scans.find((found) => found.name === scan.name)?.meanUm;
    console.log(
      `${String(index).padStart(4)} ${um(scan.thickness.working.meanUm)} ${um(script)}  ${um(working?.publishedMeanUm)} ${um(working?.meanUm)}`,
    );
  }
  const ratio = median(races.map((race) => race.ratio));
  console.log(`ratio (median of ${races.length}): ${ratio.toFixed(1)}`);
  process.exitCode = ratio >= 5 ? 0 : 1;
} finally {
  if (!values.keep) rmSync(scratch, { recursive: true, force: true });
}
