/** The races against the published analysis as a script on scipy; both need Debian's python3 with scipy, scikit-image and tifffile. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Objects } from '../../src/store/objects.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const PYTHON = '/usr/bin/python3';

/** What both found in a scan beside what is true. */
export interface Found {
  scan: number;
  trueUm: number;
  scriptUm: number;
  publishedUm: number;
  unbiasedUm: number;
  cracks: { true: CrackSum; script: CrackSum; ours: CrackSum } | null;
}

export interface CrackSum {
  count: number;
  volumeVoxels: number;
}

/** Seconds are medians over the rounds, `ratio` that of the rounds' own ratios. */
export interface Race {
  rounds: { script: number; ours: number; ratio: number }[];
  script: number;
  ours: number;
  ratio: number;
  /** Seconds of the last round by part of the script, and by step of ours as its results tell them. */
  scriptParts: Record<string, number>;
  stepSeconds: Record<string, number>;
  found: Found[];
}

export interface RaceOptions {
  extent?: 'whole' | 'slab';
  /** A folder with the scans, kept; else they are made. */
  series?: string;
  onRound?(round: Race['rounds'][number]): void;
}

interface ScriptAnswer {
  parts: Record<string, number>;
  scans: { name: string; meanUm: number; cracks?: CrackSum }[];
}

interface Answer {
  scans: {
    index: number;
    thickness: { working: { meanUm: number | null; publishedMeanUm: number | null } | null } | null;
    cracks: CrackSum | null;
  }[];
}

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

const runScript = (scans: string, options: string[]) => {
  const { seconds, stdout } = call(PYTHON, [join(ROOT, 'bench/peer/scipy_chain.py'), scans, ...options, '--json']);
  return { seconds, answer: JSON.parse(stdout) as ScriptAnswer };
};

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

function summary(rounds: Race['rounds']): Pick<Race, 'rounds' | 'script' | 'ours' | 'ratio'> {
  const of = (part: 'script' | 'ours' | 'ratio') => median(rounds.map((round) => round[part]));
  return { rounds, script: of('script'), ours: of('ours'), ratio: of('ratio') };
}

/** Seconds that a project's stored results took, by step; those of `before` left out. */
function stepSeconds(project: string, before: ReadonlySet<string> = new Set()): Record<string, number> {
  const objects = new Objects(project);
  const seconds: Record<string, number> = {};
  for (const key of objects.keys()) {
    const made = before.has(key) ? null : objects.provenance(key);
    if (made) seconds[made.step] = (seconds[made.step] ?? 0) + made.seconds;
  }
  return seconds;
}

function inScratch<T>(work: (scratch: string) => T): T {
  const scratch = mkdtempSync(join(tmpdir(), 'tomolapse-race-'));
  try {
    tomolapse('--version'); // builds what is missing before the clock runs
    return work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function measured(answer: Answer, scan: number): { publishedUm: number; unbiasedUm: number; cracks: CrackSum | null } {
  const found = answer.scans.find(({ index }) => index === scan);
  const working = found?.thickness?.working;
  if (working?.meanUm == null || working.publishedMeanUm == null)
    throw new Error(`no race: tomolapse measured no thickness in scan ${scan}`);
  return { publishedUm: working.publishedMeanUm, unbiasedUm: working.meanUm, cracks: found?.cracks ?? null };
}

/** The script's regions, read off the first scan of the series by eye as its user would. */
const RUN_REGIONS = '--stable 48:90 --collector 8:25 --lithium 107:112 --roi 12:52 --radius 100'.split(' ');

/** Whole runs of the same eight scans of 128 × 256 × 256, start-up included, the script and `tomolapse run` in turns. */
export function raceRun(rounds: number, { extent = 'whole', series, onRound }: RaceOptions = {}): Race {
  return inScratch((scratch) => {
    const folder = series ?? join(scratch, 'eight-s1');
    if (!existsSync(join(folder, 'truth.json')))
      call(PYTHON, [join(ROOT, 'bench/accuracy/other_cells.py'), scratch, 'eight']);
    const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as {
      scans: { name: string; thickness: { working: { meanUm: number } } }[];
    };
    const scans = readFileSync(join(folder, 'scan_order.txt'), 'utf8').trim().split('\n');
    const project = join(scratch, 'race.tomolapse');
    const given = ['--times', join(folder, 'times.csv'), '--cycling', join(folder, 'cycling.csv')];
    const words = [...scans.map((name) => join(folder, name)), ...given, '--voxel-size', '1.625um'];
    const done: Race['rounds'] = [];
    let script: ScriptAnswer | undefined;
    for (let round = 0; round < rounds; round++) {
      const a = runScript(join(folder, 'scans'), ['--voxel', '1.625', ...RUN_REGIONS, '--extent', extent]);
      rmSync(project, { recursive: true, force: true });
      tomolapse('create', project, '--scans', ...words);
      const ours = tomolapse('run', project).seconds;
      script = a.answer;
      done.push({ script: a.seconds, ours, ratio: a.seconds / ours });
      onRound?.(done.at(-1)!);
    }
    const answer = JSON.parse(tomolapse('results', project, '--json').stdout) as Answer;
    const found = truth.scans.slice(1).map(({ name, thickness }, i): Found => {
      const scriptUm = script!.scans.find((scan) => scan.name === name)!.meanUm;
      return { scan: i + 1, trueUm: thickness.working.meanUm, scriptUm, ...measured(answer, i + 1), cracks: null };
    });
    return { ...summary(done), scriptParts: script!.parts, stepSeconds: stepSeconds(project), found };
  });
}

interface PhantomTruth {
  cylinder: { radius: number };
  interfaces: Record<'working' | 'counter' | 'back', { mean: number }>;
  scans: { file: string; thickness: { working: { meanUm: number } }; cracks: CrackSum }[];
}

/** The first scan of a phantom, and the one in which cracks take most. */
function makePair(folder: string, size: string): { scans: [string, string]; scan: number; truth: PhantomTruth } {
  if (!existsSync(join(folder, 'truth.json'))) tomolapse('phantom', folder, '--size', size);
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as PhantomTruth;
  const volumes = truth.scans.map(({ cracks }) => cracks.volumeVoxels);
  const scan = volumes.indexOf(Math.max(...volumes));
  return { scans: [join(folder, truth.scans[0]!.file), join(folder, truth.scans[scan]!.file)], scan, truth };
}

/** Slices of a phantom that its user would give the script, and the radius: a little inside each layer. */
function regionsOf({ cylinder, interfaces }: PhantomTruth): string[] {
  const [working, counter, back] = [interfaces.working.mean, interfaces.counter.mean, interfaces.back.mean];
  const span = (from: number, to: number) => `${Math.round(from)}:${Math.round(to)}`;
  return [
    ...['--stable', span(working + 6, counter - 4)],
    ...['--collector', span(0.2 * working, 0.6 * working)],
    ...['--lithium', span(counter + 0.6 * (back - counter), back - 3)],
    ...['--roi', span(0.3 * working, working + 8)],
    ...['--radius', String(Math.floor(0.9 * cylinder.radius))],
  ];
}

/**
 * One pair of 16-bit scans from registration to thickness and cracks: the script's chain, and `tomolapse run` of one more
 * scan, start-up included, in a project whose reference was judged and whose layers were found before.
 */
export function racePair(
  rounds: number,
  { size = 'large', series, onRound }: RaceOptions & { size?: string } = {},
): Race {
  return inScratch((scratch) => {
    const { scans, scan, truth } = makePair(series ?? join(scratch, 'phantom'), size);
    const pair = join(scratch, 'pair');
    mkdirSync(pair);
    scans.forEach((path, i) => symlinkSync(path, join(pair, `scan_${i}.tif`)));
    const ready = join(scratch, 'ready.tomolapse');
    tomolapse('create', ready, '--scans', ...scans, '--voxel-size', '1.625um');
    for (const step of ['quality', 'normalise']) tomolapse('run', ready, '--until', step);
    const before = new Set(new Objects(ready).keys());
    const project = join(scratch, 'race.tomolapse');
    const done: Race['rounds'] = [];
    let script: ScriptAnswer | undefined;
    for (let round = 0; round < rounds; round++) {
      const a = runScript(pair, ['--voxel', '1.625', ...regionsOf(truth), '--cracks']);
      rmSync(project, { recursive: true, force: true });
      call('cp', ['-r', ready, project]);
      const ours = tomolapse('run', project, '--until', 'thickness').seconds;
      script = a.answer;
      done.push({ script: a.seconds, ours, ratio: a.seconds / ours });
      onRound?.(done.at(-1)!);
    }
    const answer = JSON.parse(tomolapse('results', project, '--json').stdout) as Answer;
    const { meanUm, cracks } = script!.scans[0]!;
    const { cracks: own, ...greys } = measured(answer, 1);
    const { thickness, cracks: real } = truth.scans[scan]!;
    const found: Found = {
      ...{ scan: 1, trueUm: thickness.working.meanUm, scriptUm: meanUm, ...greys },
      cracks: own && cracks ? { true: real, script: cracks, ours: own } : null,
    };
    return { ...summary(done), scriptParts: script!.parts, stepSeconds: stepSeconds(project, before), found: [found] };
  });
}
