import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Fault } from '../faults.ts';
import { lastLine, notSaid, type Place } from '../place.ts';
import { childrenOf, ending, killGroup } from '../trial.ts';

const has = (program: string) =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? null : `${program} is missing`;

/** A run under limits of the operating system: it ends as ever or says which limit it met, and goes on without. */
function limited(name: string, limits: readonly string[], line: RegExp, codes: readonly number[]): Fault {
  return {
    name,
    lacking: () => has('prlimit'),
    async happen(place) {
      const { project } = await place.project();
      const outcome = await place.call(['run', project, '--json'], { through: ['prlimit', ...limits] });
      const wrong =
        outcome.status === 0
          ? []
          : notSaid(outcome, codes.includes(Number(outcome.status)) ? Number(outcome.status) : codes[0]!, line);
      wrong.push(...(await place.goesOn(project)));
      return { said: outcome.status === 0 ? 'the run ends as ever' : lastLine(outcome.stderr), wrong };
    },
  };
}

const CGROUP = '/sys/fs/cgroup/memory';

/** A run in a group of processes that may have so much memory; where it is used up the system kills one of them. */
function grouped(mib: number): Fault {
  return {
    name: `memory of all processes ends at ${mib} MiB`,
    lacking: () =>
      existsSync(join(CGROUP, 'memory.limit_in_bytes')) && process.getuid?.() === 0
        ? null
        : 'there is no memory control group to make',
    async happen(place) {
      const { project } = await place.project();
      const group = join(CGROUP, `tomolapse-${process.pid}-${mib}`);
      mkdirSync(group);
      try {
        writeFileSync(join(group, 'memory.limit_in_bytes'), String(mib * 2 ** 20));
        const through = ['sh', '-c', `echo $$ >${group}/cgroup.procs; exec "$@"`, 'sh'];
        const outcome = await place.call(['run', project, '--json'], { through });
        // Who is killed says nothing: the system may choose the program itself.
        const wrong = outcome.status === 0 || outcome.status === 'SIGKILL' ? [] : notSaid(outcome, 5, /memory/);
        wrong.push(...(await place.goesOn(project)));
        return {
          said: outcome.status === 0 ? 'the run ends as ever' : `${outcome.status}: ${lastLine(outcome.stderr)}`,
          wrong,
        };
      } finally {
        await place.trial.processes();
        rmdirSync(group);
      }
    },
  };
}

const PIDS = '/sys/fs/cgroup/pids';

/** A run where so many threads and processes may be. */
function crowded(most: number): Fault {
  return {
    name: `no more than ${most} threads may be`,
    lacking: () =>
      existsSync(join(PIDS, 'cgroup.procs')) && process.getuid?.() === 0
        ? null
        : 'there is no control group of processes to make',
    async happen(place) {
      const { project } = await place.project();
      const group = join(PIDS, `tomolapse-${process.pid}-${most}`);
      mkdirSync(group);
      try {
        writeFileSync(join(group, 'pids.max'), String(most));
        const through = ['sh', '-c', `echo $$ >${group}/cgroup.procs; exec "$@"`, 'sh'];
        const outcome = await place.call(['run', project, '--json'], { through });
        const wrong = outcome.status === 0 ? [] : notSaid(outcome, outcome.status === 1 ? 1 : 5, /process|memory/);
        wrong.push(...(await place.goesOn(project)));
        return { said: outcome.status === 0 ? 'the run ends as ever' : lastLine(outcome.stderr), wrong };
      } finally {
        await place.trial.processes();
        rmdirSync(group);
      }
    },
  };
}

const allowance: Fault = {
  name: '--memory is less than any run takes',
  async happen(place) {
    const { project } = await place.project();
    const outcome = await place.call(['run', project, '--memory', '100MiB', '--json']);
    return {
      said: lastLine(outcome.stderr),
      wrong: [...notSaid(outcome, 5, /memory/), ...(await place.goesOn(project))],
    };
  },
};

const little: Fault = {
  name: '--memory is the least that a run takes',
  async happen(place) {
    const { project } = await place.project();
    const wrong = await place.goesOn(project);
    const second = await place.project();
    const outcome = await place.call(['run', second.project, '--memory', '288MiB', '--json']);
    if (outcome.status !== 0) wrong.push(...notSaid(outcome, 5, /memory/), ...(await place.goesOn(second.project)));
    return { said: outcome.status === 0 ? 'the run ends as ever' : lastLine(outcome.stderr), wrong };
  },
};

async function afterPart(place: Place, part: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, part * place.seconds * 1000));
}

function signalled(signal: NodeJS.Signals, whole: boolean): Fault {
  return {
    name: `${signal} to ${whole ? 'all processes' : 'the program'} in a run`,
    async happen(place) {
      const wrong: string[] = [];
      let said = '';
      for (const part of [0.05, 0.3, 0.6]) {
        const { project } = await place.project();
        const child = place.trial.begin(['run', project, '--json']);
        const ended = ending(child, { limitMs: 60_000 });
        await afterPart(place, part);
        if (whole) killGroup(child, signal);
        else child.kill(signal);
        const outcome = await ended;
        // In its first moments the program does not listen yet: then it ends as any does.
        if (outcome.status !== 0 && outcome.status !== signal) wrong.push(...notSaid(outcome, 4, /asked to stop/));
        said = lastLine(outcome.stderr);
        wrong.push(...(await place.goesOn(project)));
      }
      return { said, wrong };
    },
  };
}

/** The runner of a run is ended by someone else: it is started again. */
function runnerEnded(signal: NodeJS.Signals, times: number): Fault {
  return {
    name: `the process of a step ends ${times === 1 ? 'once' : 'again and again'} with ${signal}`,
    async happen(place) {
      const { project } = await place.project();
      const child = place.trial.begin(['run', project, '--json', '--threads', '1']);
      const ended = ending(child, { limitMs: 60_000 });
      let killed = 0;
      while (killed < times && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        const [runner] = childrenOf(child.pid!);
        if (runner === undefined) continue;
        process.kill(runner, signal);
        killed++;
      }
      const outcome = await ended;
      const wrong: string[] = [];
      if (outcome.status === 0) {
        if (!/started once more/.test(outcome.stderr)) wrong.push('nobody says that it was started again');
        wrong.push(...(await place.isWhole(project)));
      } else wrong.push(...notSaid(outcome, signal === 'SIGKILL' ? 5 : 1, /process/), ...(await place.goesOn(project)));
      if (times === 1 && outcome.status !== 0) wrong.push('it was not started again');
      return { said: outcome.stderr.split('\n').find((line) => /^error|started once more/.test(line)) ?? '', wrong };
    },
  };
}

const stopped: Fault = {
  name: 'the processes of steps stand still for seconds',
  async happen(place) {
    const { project } = await place.project();
    const child = place.trial.begin(['run', project]);
    const ended = ending(child, { limitMs: 60_000 });
    await afterPart(place, 0.4);
    const runners = childrenOf(child.pid!);
    for (const pid of runners) process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    for (const pid of runners) process.kill(pid, 'SIGCONT');
    const outcome = await ended;
    return {
      said: 'the run ends as ever',
      wrong: outcome.status === 0 ? await place.isWhole(project) : [lastLine(outcome.stderr)],
    };
  },
};

const stoppedAndCancelled: Fault = {
  name: 'a run is stopped whose step stands still',
  async happen(place) {
    const { project } = await place.project();
    const child = place.trial.begin(['run', project, '--json']);
    const ended = ending(child, { limitMs: 30_000 });
    await afterPart(place, 0.4);
    for (const pid of childrenOf(child.pid!)) process.kill(pid, 'SIGSTOP');
    child.kill('SIGTERM');
    const outcome = await ended;
    return {
      said: lastLine(outcome.stderr),
      wrong: [...notSaid(outcome, 4, /asked to stop/), ...(await place.goesOn(project))],
    };
  },
};

const renamed: Fault[] = [0.1, 0.3, 0.6].map((part) => ({
  name: `project folder is renamed at ${part * 100} % of a run`,
  async happen(place) {
    const { project } = await place.project();
    const child = place.trial.begin(['run', project, '--json']);
    const ended = ending(child, { limitMs: 60_000 });
    await afterPart(place, part);
    const there = join(dirname(project), 'other.tomolapse');
    renameSync(project, there);
    const outcome = await ended;
    const wrong = outcome.status === 0 ? [] : notSaid(outcome, 3, /renamed|moved|no such file/);
    if (existsSync(project))
      wrong.push(`${basename(project)} is there again, with ${readdirSync(project).join(', ')} in it`);
    wrong.push(...(await place.goesOn(there)));
    return { said: outcome.status === 0 ? 'the run ends as ever' : lastLine(outcome.stderr), wrong };
  },
}));

/** Streams that are closed when the program begins. */
function closed(name: string, redirect: string): Fault {
  return {
    name,
    async happen(place) {
      const { project } = await place.project();
      const through = ['sh', '-c', `exec "$@" ${redirect}`, 'sh'];
      const outcome = await place.call(['run', project, '--json'], { through });
      const wrong =
        outcome.status === 0
          ? await place.isWhole(project)
          : [`it ends with ${outcome.status}: ${lastLine(outcome.stderr)}`];
      const failing = await place.call(['run', join(dirname(project), 'none'), '--json'], { through });
      if (failing.status !== 3) wrong.push(`a failing call ends with ${failing.status}, not 3`);
      return { said: 'the run ends as ever', wrong };
    },
  };
}

const noFolder: Fault = {
  name: 'the working folder was removed',
  async happen(place) {
    const { project } = await place.project();
    const through = [
      'sh',
      '-c',
      `mkdir ${dirname(project)}/gone && cd ${dirname(project)}/gone && rmdir ../gone && exec "$@"`,
      'sh',
    ];
    const outcome = await place.call(['run', project, '--json'], { through });
    const wrong = outcome.status === 0 ? await place.isWhole(project) : notSaid(outcome, 3, /working folder|current/);
    return { said: outcome.status === 0 ? 'the run ends as ever' : lastLine(outcome.stderr), wrong };
  },
};

const FAKETIME = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
].find(existsSync);

/** The clock of the machine is set while a run goes on. */
function clock(name: string, before: string, after: string): Fault {
  return {
    name: `clock jumps ${name} in a run`,
    lacking: () => (FAKETIME ? null : 'faketime is missing'),
    async happen(place) {
      const { project } = await place.project();
      const file = join(dirname(project), 'clock');
      writeFileSync(file, before);
      const env = {
        LD_PRELOAD: FAKETIME!,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      };
      const child = place.trial.begin(['run', project], { env });
      const ended = ending(child, { limitMs: 90_000 });
      await afterPart(place, 0.4);
      writeFileSync(file, after);
      const outcome = await ended;
      const wrong =
        outcome.status === 0
          ? [...(await place.isWhole(project)), ...place.tidy(project)]
          : [`${outcome.status}: ${lastLine(outcome.stderr)}`];
      const again = await place.call(['run', project, '--json'], { env });
      if (again.status !== 0 || (JSON.parse(again.stdout) as { computed: number }).computed !== 0)
        wrong.push('it was computed again');
      return { said: 'the run ends as ever', wrong };
    },
  };
}

export const machine: Fault[] = [
  allowance,
  little,
  ...[120, 180, 260, 400, 700].map(grouped),
  ...[14, 24, 40].map(crowded),
  ...[64, 40, 28].map((n) => limited(`no more than ${n} files may be open`, [`--nofile=${n}`], /open|files/, [5])),
  limited('no file may be larger than 1 MiB', ['--fsize=1048576'], /large|full/, [5]),
  ...[2, 4].map((gib) => limited(`address space ends at ${gib} GiB`, [`--as=${gib * 2 ** 30}`], /memory/, [5])),
  ...(['SIGINT', 'SIGTERM', 'SIGHUP'] as const).flatMap((signal) => [
    signalled(signal, false),
    signalled(signal, true),
  ]),
  runnerEnded('SIGKILL', 1),
  runnerEnded('SIGSEGV', 1),
  runnerEnded('SIGKILL', 20),
  runnerEnded('SIGSEGV', 20),
  stopped,
  stoppedAndCancelled,
  ...renamed,
  closed('stdout is closed', '>&-'),
  closed('stderr is closed', '2>&-'),
  closed('stdin, stdout and stderr are closed', '<&- >&- 2>&-'),
  noFolder,
  clock('back a day', '+0', '-1d'),
  clock('forward ten years', '+0', '+3650d'),
  clock('to before 1970', '+0', '@1969-01-01 00:00:00'),
];
