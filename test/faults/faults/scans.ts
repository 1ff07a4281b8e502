import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Fault } from '../faults.ts';
import { copy, lastLine, notSaid, type Place } from '../place.ts';
import { childrenOf, ending } from '../trial.ts';

/** Begins a run, lets something happen to its last scan after a part of its time, and gives what came of it. */
async function during(
  place: Place,
  part: number,
  act: (scan: string, project: string) => void,
): Promise<{ project: string; scan: string; outcome: Awaited<ReturnType<typeof ending>> }> {
  const { project, scans } = await place.project({ own: true });
  const scan = scans.at(-1)!;
  const child = place.trial.begin(['run', project, '--json', '--threads', '1']);
  const ended = ending(child, { limitMs: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, part * place.seconds * 1000));
  if (child.exitCode === null) act(scan, project);
  return { project, scan, outcome: await ended };
}

const PARTS = [0.1, 0.3, 0.5];

/** A fault of a scan in the middle of a run: it is named, and once it is mended the run goes on. */
function ofScan(
  name: string,
  act: (scan: string) => void,
  mend: (scan: string, whole: string) => void,
  line: RegExp,
): Fault[] {
  return PARTS.map((part) => ({
    name: `${name} at ${part * 100} % of a run`,
    async happen(place) {
      const { project, scan, outcome } = await during(place, part, act);
      const wrong: string[] = [];
      if (outcome.status !== 0) {
        wrong.push(...notSaid(outcome, 3, line));
        if (!outcome.stderr.includes(basename(scan)) && !outcome.stderr.includes(dirname(scan)))
          wrong.push('the scan is not named');
      }
      mend(scan, place.plain.scans.at(-1)!);
      wrong.push(...(await place.goesOn(project)));
      return { said: outcome.status === 0 ? 'the run had all it needed' : lastLine(outcome.stderr), wrong };
    },
  }));
}

const giveBack = (scan: string, whole: string) => {
  rmSync(scan, { force: true });
  copy(whole, scan);
};

/** Other voxels in the middle, the size as it was. */
function overwrite(scan: string): void {
  const file = openSync(scan, 'r+');
  for (let at = 500_000; at < 3_000_000; at += 65_536) writeSync(file, Buffer.alloc(32_768, 0x7b), 0, 32_768, at);
  closeSync(file);
}

const changed: Fault[] = PARTS.map((part) => ({
  name: `scan is written over at ${part * 100} % of a run`,
  async happen(place) {
    const { project, scan, outcome } = await during(place, part, overwrite);
    const wrong = outcome.status === 0 ? [] : notSaid(outcome, 3, /chang/);
    // What the run took from the changed voxels must not pass for the scan as it was.
    giveBack(scan, place.plain.scans.at(-1)!);
    wrong.push(...(await place.goesOn(project)));
    return { said: lastLine(outcome.stderr), wrong };
  },
}));

const cutWhileMapped: Fault = {
  name: 'scan is cut short while a step reads it',
  async happen(place) {
    const { project, scans } = await place.project({ own: true });
    const child = place.trial.begin(['run', project, '--json', '--threads', '1']);
    const ended = ending(child, { limitMs: 60_000 });
    // The step is stopped in the middle of its reading, wherever that is.
    let mapped = false;
    while (!mapped && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      for (const pid of childrenOf(child.pid!)) {
        if (!mapsOf(pid).includes(scans[0]!)) continue;
        process.kill(pid, 'SIGSTOP');
        truncateSync(scans[0]!, 1000);
        process.kill(pid, 'SIGCONT');
        mapped = true;
      }
    }
    const outcome = await ended;
    const wrong = mapped ? notSaid(outcome, 3, /changed|shorter/) : ['it could not be done in time'];
    giveBack(scans[0]!, place.plain.scans[0]!);
    return { said: lastLine(outcome.stderr), wrong: [...wrong, ...(await place.goesOn(project))] };
  },
};

function mapsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8');
  } catch {
    return '';
  }
}

const changedBetween: Fault = {
  name: 'scan is written over between two runs',
  async happen(place) {
    const { project, scans } = await place.project({ own: true });
    await place.call(['run', project]);
    overwrite(scans[1]!);
    const outcome = await place.call(['run', project, '--json']);
    const wrong = outcome.status === 0 ? [] : notSaid(outcome, 3, /./);
    if (!/has changed since/.test(outcome.stderr)) wrong.push('nobody says that it changed');
    giveBack(scans[1]!, place.plain.scans[1]!);
    const again = await place.call(['run', project]);
    if (again.status !== 0) wrong.push(`with the scan given back: ${lastLine(again.stderr)}`);
    const { stdout } = await place.call(['results', project, '--json']);
    const thickness = (json: string) =>
      (JSON.parse(json) as { scans: { thickness: unknown }[] }).scans.map(({ thickness: each }) => each);
    if (JSON.stringify(thickness(stdout)) !== JSON.stringify(thickness(place.numbers)))
      wrong.push('the numbers are other');
    return { said: outcome.stderr.split('\n').find((line) => line.startsWith('warning')) ?? '', wrong };
  },
};

const movedTogether: Fault = {
  name: 'project and scans are moved together',
  async happen(place) {
    const { project } = await place.project({ own: true });
    await place.call(['run', project]);
    const there = `${dirname(project)}-moved`;
    renameSync(dirname(project), there);
    const moved = join(there, basename(project));
    const outcome = await place.call(['run', moved, '--json']);
    const wrong = await place.isWhole(moved);
    if (outcome.status !== 0) wrong.push(lastLine(outcome.stderr));
    else if ((JSON.parse(outcome.stdout) as { computed: number }).computed > 0) wrong.push('it was computed again');
    return { said: 'nothing is computed again', wrong };
  },
};

const movedAway: Fault = {
  name: 'scans are moved away between two runs',
  async happen(place) {
    const { project, scans } = await place.project({ own: true });
    const data = dirname(scans[0]!);
    renameSync(data, `${data}-elsewhere`);
    const outcome = await place.call(['run', project, '--json']);
    const wrong = outcome.status === 0 ? [] : notSaid(outcome, 3, new RegExp(basename(scans[0]!)));
    const results = await place.call(['results', project]);
    if (results.status !== 0) wrong.push(`results cannot be read: ${lastLine(results.stderr)}`);
    if (outcome.status !== 0) renameSync(`${data}-elsewhere`, data);
    wrong.push(...(await place.goesOn(project)));
    return { said: lastLine(outcome.stderr), wrong };
  },
};

const links: Fault = {
  name: 'project and scans are reached through symbolic links',
  async happen(place) {
    const folder = place.folder();
    symlinkSync(dirname(place.plain.scans[0]!), join(folder, 'data'));
    const sources = place.plain.sources.map((each) => each.replace(place.trial.at('plain'), join(folder, 'data')));
    const project = join(folder, 'cell.tomolapse');
    const made = await place.call(['create', project, ...sources]);
    symlinkSync(project, join(folder, 'link.tomolapse'));
    const wrong = made.status === 0 ? await place.goesOn(join(folder, 'link.tomolapse')) : [lastLine(made.stderr)];
    return { said: 'all as ever', wrong };
  },
};

/** A path that is no file with voxels. */
function strange(what: string, make: (path: string) => void, line: RegExp): Fault {
  return {
    name: `scan is ${what}`,
    async happen(place) {
      const folder = place.folder();
      const path = join(folder, 'scan_4x5x6_u16.raw');
      make(path);
      const wrong: string[] = [];
      const asked = await place.call(['info', path, '--json'], { limitMs: 8000 });
      wrong.push(...notSaid(asked, 3, line));
      const project = join(folder, 'p');
      const created = await place.call(['create', project, '--scans', path, '--voxel-size', '1um', '--json'], {
        limitMs: 8000,
      });
      wrong.push(...notSaid(created, 3, line));
      return { said: lastLine(asked.stderr), wrong };
    },
  };
}

export const scans: Fault[] = [
  ...ofScan('scan vanishes', (scan) => rmSync(scan), giveBack, /no such file/),
  ...ofScan('scan is cut short', (scan) => truncateSync(scan, 100_000), giveBack, /shorter|changed/),
  ...ofScan('scan is emptied', (scan) => truncateSync(scan, 0), giveBack, /shorter|changed|empty/),
  ...ofScan(
    'folder of scans is renamed',
    (scan) => renameSync(dirname(scan), `${dirname(scan)}-elsewhere`),
    (scan) => renameSync(`${dirname(scan)}-elsewhere`, dirname(scan)),
    /no such file/,
  ),
  cutWhileMapped,
  ...changed,
  changedBetween,
  movedTogether,
  movedAway,
  links,
  strange('a pipe that nobody writes', (path) => spawnSync('mkfifo', [path]), /neither a file/),
  strange('an endless device', (path) => symlinkSync('/dev/zero', path), /neither a file/),
  strange('a link to nowhere', (path) => symlinkSync('nowhere', path), /no such file/),
  strange('a link to itself', (path) => symlinkSync(path, path), /link/),
];
