import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contentsOf } from '../cell.ts';
import type { Fault } from '../faults.ts';
import { copy, lastLine, notSaid, type Place } from '../place.ts';

const MIB = 2 ** 20;
const notRoot = () =>
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'mounting a disk needs Linux and root';
const FULL = /disk is full|the disk has .* free/;

function used(disk: string): number {
  const { blocks, bfree, bsize } = statfsSync(disk);
  return (blocks - bfree) * bsize;
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(folder, path)))
    .reduce((sum, stat) => sum + (stat.isFile() ? Math.ceil(stat.size / 4096) * 4096 : 4096), 0);
}

/** A run on a disk with so much room beside the project. */
function fullInRun(room: number, shown: string): Fault {
  return {
    name: `disk full in a run, ${shown} free`,
    lacking: notRoot,
    async happen(place) {
      const { project: fresh } = await place.project();
      const disk = place.disk(bytesBelow(fresh) + 64 * 1024 + room);
      const project = join(disk, 'cell.tomolapse');
      copy(fresh, project);
      const outcome = await place.call(['run', project, '--json']);
      const wrong = notSaid(outcome, 5, FULL);
      const results = await place.call(['results', project, '--json']);
      if (results.status !== 0) wrong.push(`results cannot be read: ${lastLine(results.stderr)}`);
      place.resize(disk, 512 * MIB);
      wrong.push(...(await place.goesOn(project)));
      return { said: lastLine(outcome.stderr), wrong };
    },
  };
}

function fullInCreate(size: number, shown: string): Fault {
  return {
    name: `disk full in create, ${shown}`,
    lacking: notRoot,
    async happen(place) {
      const disk = place.disk(size);
      const outcome = await place.call(['create', join(disk, 'cell.tomolapse'), ...place.packed.sources, '--json']);
      const wrong = notSaid(outcome, 5, FULL);
      wrong.push(...readdirSync(disk).map((name) => `${name} is left behind`));
      return { said: lastLine(outcome.stderr), wrong };
    },
  };
}

function fullInExport(what: string, options: readonly string[], size: number): Fault {
  return {
    name: `disk full in an export of ${what}, ${size / 1024} KiB`,
    lacking: notRoot,
    async happen(place) {
      const disk = place.disk(size);
      const outcome = await place.call(['export', place.done, ...options, '--out', disk, '--json']);
      const wrong = notSaid(outcome, 5, FULL);
      const whole = join(place.folder(), 'out');
      await place.call(['export', place.done, ...options, '--out', whole]);
      const expected = contentsOf(whole);
      for (const [path, hash] of contentsOf(disk))
        if (expected.get(path) !== hash) wrong.push(`${path} is left half written`);
      place.resize(disk, 512 * MIB);
      const again = await place.call(['export', place.done, ...options, '--out', disk]);
      if (again.status !== 0) wrong.push(`the next one ends with ${again.status}: ${lastLine(again.stderr)}`);
      if (JSON.stringify([...contentsOf(disk)]) !== JSON.stringify([...expected])) wrong.push('the next one is other');
      wrong.push(...(await place.isWhole(place.done)), ...place.tidy(place.done));
      return { said: lastLine(outcome.stderr), wrong };
    },
  };
}

/** What reads goes on in a project that cannot be written, what writes says so. */
const readOnlyProject: Fault = {
  name: 'project folder is read-only',
  lacking: notRoot,
  async happen(place) {
    const project = join(place.folder(), 'cell.tomolapse');
    copy(place.done, project);
    place.freeze(project);
    try {
      const wrong: string[] = [];
      const out = join(place.folder(), 'out');
      for (const args of [
        ['results', project],
        ['verify', project],
        ['export', project, '--tables', '--out', out],
      ]) {
        const { status, stderr } = await place.call(args);
        if (status !== 0) wrong.push(`${args[0]} ends with ${status}: ${lastLine(stderr)}`);
      }
      const run = await place.call(['run', project, '--json']);
      wrong.push(...notSaid(run, 3, /cannot be written|read-only/));
      const inside = await place.call(['export', project, '--tables', '--out', join(project, 'exports'), '--json']);
      wrong.push(...notSaid(inside, 3, /read-only/));
      return { said: lastLine(run.stderr), wrong };
    } finally {
      place.thaw(project);
    }
  },
};

const readOnlyScans: Fault = {
  name: 'scans are read-only',
  lacking: notRoot,
  async happen(place) {
    const { project, scans } = await place.project({ own: true });
    const folder = join(scans[0]!, '..');
    place.freeze(folder);
    try {
      return { said: 'the run ends as ever', wrong: await place.goesOn(project) };
    } finally {
      place.thaw(folder);
    }
  },
};

const fullAtEnd: Fault = {
  name: 'disk full when the database is closed',
  lacking: notRoot,
  async happen(place: Place) {
    const disk = place.disk(512 * MIB);
    const project = join(disk, 'cell.tomolapse');
    copy(place.done, project);
    place.resize(disk, used(disk) + 4096);
    const outcome = await place.call(['run', project, '--json']);
    const wrong = outcome.status === 0 ? [] : notSaid(outcome, 5, FULL);
    place.resize(disk, 512 * MIB);
    wrong.push(...(await place.goesOn(project)));
    if (!existsSync(join(project, 'project.db'))) wrong.push('the database is gone');
    return { said: `${outcome.status}: ${lastLine(outcome.stderr)}`, wrong };
  },
};

export const disks: Fault[] = [
  fullInRun(0, 'nothing'),
  fullInRun(64 * 1024, '64 KiB'),
  fullInRun(300 * 1024, '300 KiB'),
  fullInRun(2 * MIB, '2 MiB'),
  fullInRun(8 * MIB, '8 MiB'),
  fullInRun(20 * MIB, '20 MiB'),
  fullAtEnd,
  fullInCreate(16 * 1024, '16 KiB'),
  fullInCreate(100 * 1024, '100 KiB'),
  fullInCreate(6 * MIB, '6 MiB'),
  fullInCreate(10 * MIB, '10 MiB'),
  fullInExport('tables', ['--tables', '--events', '--methods'], 16 * 1024),
  fullInExport('volumes', ['--volumes'], 3 * MIB),
  fullInExport('TIFF', ['--volumes', '--format', 'tiff'], 9 * MIB),
  fullInExport('figures', ['--figure', 'operation'], 64 * 1024),
  readOnlyProject,
  readOnlyScans,
];
