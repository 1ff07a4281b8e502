import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Finding, Target } from './target.ts';

export interface Campaign {
  target: Target;
  seed: number;
  /** The first case, and how many. */
  first?: number;
  cases: number;
  /** Ends before `cases` are done. */
  until?: number;
  /** Damaged files of findings are kept here. */
  keep?: string;
}

export interface Outcome {
  target: string;
  /** Sound files that were begun with; 0 where the target cannot be tried on this machine. */
  specimens: number;
  executions: number;
  /** Cases that were read in spite of the damage; the others were refused. */
  read: number;
  seconds: number;
  findings: Finding[];
}

/** Of a trial: more is a finding. Its own heap, and everything it may write to. */
const HEAP_MB = 768;
const DATA_MB = 3000;
const BATCH = 4000;
const STARTING_MS = 30_000;

/** Runs the cases of one target in processes of their own, and tells what went wrong. */
export async function campaign({
  target,
  seed,
  first = 0,
  cases,
  until = Number.POSITIVE_INFINITY,
  keep,
}: Campaign): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), `tomolapse-fuzz-${target.name}-`));
  const began = performance.now();
  const outcome: Outcome = { target: target.name, specimens: 0, executions: 0, read: 0, seconds: 0, findings: [] };
  try {
    for (let next = first; next < first + cases && Date.now() < until; ) {
      const { after, specimens, read, findings } = await trial(
        target,
        seed,
        next,
        Math.min(BATCH, first + cases - next),
        folder,
        until,
        keep,
      );
      outcome.specimens = Math.max(specimens, outcome.specimens);
      outcome.findings.push(...findings);
      if (specimens === 0) break;
      outcome.executions += after - next;
      outcome.read += read;
      next = after;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  outcome.seconds = (performance.now() - began) / 1000;
  return outcome;
}

/** What a process needs that loads an addon under sanitizers: their libraries before all others. Leaks are node's own. */
function sanitized(): Record<string, string> | null {
  const libraries = process.env['TOMOLAPSE_FUZZ_PRELOAD'];
  if (!libraries) return null;
  return {
    LD_PRELOAD: libraries,
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1:abort_on_error=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  };
}

interface Tried {
  /** The case to go on with. */
  after: number;
  specimens: number;
  read: number;
  findings: Finding[];
}

async function trial(
  target: Target,
  seed: number,
  first: number,
  count: number,
  folder: string,
  until: number,
  keep?: string,
): Promise<Tried> {
  const command = [
    process.execPath,
    `--max-old-space-size=${HEAP_MB}`,
    '--no-warnings',
    join(import.meta.dirname, 'trial.ts'),
    target.name,
    seed,
    first,
    count,
    folder,
    ...(keep ? [keep] : []),
  ];
  // The shadow memory of a sanitizer is larger than any limit.
  const limit = sanitized() ? '' : `ulimit -d ${DATA_MB * 1024} 2>/dev/null; `;
  const shell = `${limit}ulimit -c 0; exec ${command.map((word) => `'${word}'`).join(' ')}`;
  const child = spawn('sh', ['-c', shell], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...sanitized() },
  });
  const findings: Finding[] = [];
  let specimens = 0;
  let read = 0;
  let done = false;
  const last: string[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line);
      if (last.length > 60) last.shift();
    });
  // -1 until the specimens are read and the first case begins.
  const caseNow = () =>
    Number((existsSync(join(folder, 'case')) && readFileSync(join(folder, 'case'), 'latin1')) || -1);
  rmSync(join(folder, 'case'), { force: true });
  const found = (finding: Finding) => {
    findings.push(finding);
    if (!keep || !existsSync(join(folder, 'in'))) return;
    mkdirSync(keep, { recursive: true });
    cpSync(join(folder, 'in'), join(keep, `${target.name}-${seed}-${finding.case}`), { recursive: true });
  };
  child.on('message', (message: { finding?: Finding; done?: boolean; specimens?: number; read?: number }) => {
    if (message.finding) findings.push(message.finding);
    done ||= message.done === true;
    specimens = message.specimens ?? specimens;
    read = message.read ?? read;
  });
  const stopped = await watched(child, caseNow, (target.seconds ?? 20) * 1000, until);
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  if (done) return { after: first + count, specimens, read, findings };
  // Before the first case there are only the specimens to fail.
  const began = caseNow() >= 0;
  const at = Math.max(first, caseNow());
  const own = { target: target.name, seed, case: at, specimen: '' };
  // What it was about when the time was up is no fault of its own.
  if (stopped.why === 'until') return { after: at + 1, specimens: Math.max(1, specimens), read, findings };
  if (stopped.why === 'stuck') found({ ...own, what: `it took longer than ${target.seconds ?? 20} s` });
  else found({ ...own, what: `the process ended (${stopped.ended})\n${last.join('\n')}` });
  return { after: at + 1, specimens: Math.max(began ? 1 : 0, specimens), read, findings };
}

/** Waits for the end of a process, and ends it where a case takes too long or the time is up. */
function watched(
  child: ChildProcess,
  caseNow: () => number,
  milliseconds: number,
  until: number,
): Promise<{ why: 'ended' | 'stuck' | 'until'; ended: string }> {
  return new Promise((resolve) => {
    let [seen, since] = [-1, Date.now()];
    let why: 'ended' | 'stuck' | 'until' = 'ended';
    const stop = (because: 'stuck' | 'until') => {
      why = because;
      child.kill('SIGKILL');
    };
    const watch = setInterval(() => {
      const now = caseNow();
      if (now !== seen) [seen, since] = [now, Date.now()];
      // The first case waits for the specimens.
      else if (Date.now() - since > milliseconds + (seen < 0 ? STARTING_MS : 0)) stop('stuck');
      if (Date.now() > until) stop('until');
    }, 50);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      resolve({ why, ended: signal ?? `exit code ${code}` });
    });
  });
}
