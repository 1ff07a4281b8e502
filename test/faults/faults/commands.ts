import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { contentsOf } from '../cell.ts';
import type { Fault } from '../faults.ts';
import { copy, lastLine, notSaid, type Place } from '../place.ts';
import { childrenOf, ending } from '../trial.ts';

const SLICES = ['--storyboard', 'slices', '--size', '320x180', '--fps', '8'];

/** Commands that write, other than `run`, and what they have to leave once they were stopped. */
const WRITING: Record<string, (place: Place, out: string) => string[]> = {
  create: (place, out) => ['create', join(out, 'cell.tomolapse'), ...place.packed.sources],
  'an export of volumes': (place, out) => ['export', place.done, '--volumes', '--out', out],
  'an export of TIFF': (place, out) => ['export', place.done, '--volumes', '--format', 'tiff', '--out', out],
  phantom: (_, out) => ['phantom', out, '--scans', '3'],
};

function stopped(name: string, signal: NodeJS.Signals): Fault {
  return {
    name: `${signal} to ${name}`,
    async happen(place) {
      const wrong: string[] = [];
      let said = '';
      const whole = await place.call(WRITING[name]!(place, join(place.folder(), 'out')));
      for (const part of [0.3, 0.5, 0.7, 0.9]) {
        const out = join(place.folder(), 'out');
        const outcome = await place.call([...WRITING[name]!(place, out), '--json'], {
          killAfterMs: part * whole.seconds * 1000,
          signal,
        });
        if (outcome.status === 0) continue;
        if (outcome.status !== signal) {
          wrong.push(...notSaid(outcome, 4, /asked to stop/));
          said = lastLine(outcome.stderr);
        }
        wrong.push(...hidden(out));
      }
      wrong.push(...place.trial.leaked().map((path) => `${path} is left behind`));
      return { said, wrong };
    },
  };
}

/** Files that are not whole: all have names that are not shown. */
function hidden(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => basename(path).startsWith('.') || path.endsWith('.new'))
    .map((path) => `${path} is left behind`);
}

/** Something happens to the processes that draw and write a movie. */
function movieLoses(name: string, command: RegExp): Fault {
  return {
    name: `${name} of a movie is killed`,
    lacking: () => (has('ffmpeg') && has('chromium') ? null : 'ffmpeg or Chromium is missing'),
    async happen(place) {
      const out = join(place.folder(), 'film', 'slices.mp4');
      const args = ['movie', place.done, ...SLICES, '--out', out];
      const child = place.trial.begin([...args, '--json']);
      const ended = ending(child, { limitMs: 120_000 });
      let killed = false;
      while (!killed && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (const pid of childrenOf(child.pid!, command)) {
          process.kill(pid, 'SIGKILL');
          killed = true;
        }
      }
      const outcome = await ended;
      const wrong = killed ? [] : ['it could not be killed'];
      if (outcome.status !== 0) wrong.push(...notSaid(outcome, Number(outcome.status), /Cannot|movie/));
      const again = await place.call(args, { limitMs: 120_000 });
      if (again.status !== 0) wrong.push(`the next one ends with ${again.status}: ${lastLine(again.stderr)}`);
      wrong.push(...hidden(dirname(out)), ...place.trial.leaked().map((path) => `${path} is left behind`));
      return {
        said: outcome.status === 0 ? 'it is started again, and the movie is written' : lastLine(outcome.stderr),
        wrong,
      };
    },
  };
}

const movieOnFullDisk: Fault = {
  name: 'disk full in a movie, 40 KiB',
  lacking: () =>
    process.getuid?.() === 0 && has('ffmpeg') && has('chromium') ? null : 'it needs root, ffmpeg and Chromium',
  async happen(place) {
    const disk = place.disk(40 * 1024);
    const args = ['movie', place.done, ...SLICES, '--out', join(disk, 'slices.mp4')];
    const outcome = await place.call([...args, '--json'], { limitMs: 120_000 });
    const wrong = notSaid(outcome, 5, /disk is full|left/);
    place.resize(disk, 64 * 2 ** 20);
    const again = await place.call(args, { limitMs: 120_000 });
    if (again.status !== 0) wrong.push(`the next one ends with ${again.status}: ${lastLine(again.stderr)}`);
    wrong.push(...hidden(disk));
    return { said: lastLine(outcome.stderr), wrong };
  },
};

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** Folders of the user and for temporary files that are not there or cannot be written. */
const noHome: Fault = {
  name: 'neither HOME nor the temporary folder can be written',
  async happen(place) {
    const { project } = await place.project();
    const env = { HOME: '/nonexistent', XDG_CONFIG_HOME: '', XDG_STATE_HOME: '', TMPDIR: '/nonexistent/tmp' };
    const wrong = await place.goesOn(project, { env });
    const out = join(place.folder(), 'out');
    for (const args of [
      ['results', project],
      ['verify', project],
      ['export', project, '--tables', '--volumes', '--figure', 'operation', '--out', out],
      ['doctor'],
    ]) {
      const { status, stderr } = await place.call(args, { env });
      if (status !== 0) wrong.push(`${args[0]} ends with ${status}: ${lastLine(stderr)}`);
    }
    const movie = ['movie', project, ...SLICES, '--out', join(out, 'a.mp4'), '--json'];
    const drawn = await place.call(movie, { env, limitMs: 120_000 });
    if (drawn.status !== 0) wrong.push(...notSaid(drawn, 3, /nonexistent/));
    return { said: drawn.status === 0 ? 'all as ever' : lastLine(drawn.stderr), wrong };
  },
};

/** Another user, who may not read a scan, and who may not write the project. */
const otherUser: Fault = {
  name: 'scans and project belong to another user',
  lacking: () => (process.getuid?.() === 0 && has('setpriv') ? null : 'it needs root and setpriv'),
  async happen(place) {
    const { project, scans } = await place.project({ own: true });
    const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    spawnSync('chmod', ['-R', 'a+rX', place.trial.folder]);
    spawnSync('chmod', ['a+rwx', place.trial.folder]);
    const wrong: string[] = [];
    const run = await place.call(['run', project, '--json'], { through });
    wrong.push(...notSaid(run, 3, /cannot be written/));
    for (const command of ['results', 'verify']) {
      const { status, stderr } = await place.call([command, project], { through });
      if (status !== 0) wrong.push(`${command} ends with ${status}: ${lastLine(stderr)}`);
    }
    spawnSync('chmod', ['0', scans[1]!]);
    wrong.push(...notSaid(await place.call(['info', scans[1]!, '--json'], { through }), 3, /not allowed/));
    spawnSync('chown', ['-R', '65534', project]);
    const other = await place.call(['run', project, '--json'], { through });
    wrong.push(...notSaid(other, 3, /scan_001.*not allowed/));
    spawnSync('chmod', ['644', scans[1]!]);
    spawnSync('chown', ['-R', '0', project]);
    wrong.push(...(await place.goesOn(project)));
    return { said: `${lastLine(run.stderr)} | ${lastLine(other.stderr)}`, wrong };
  },
};

/** Names that shells, URLs and terminals stumble over. */
const names: Fault = {
  name: 'names with spaces, quotes, line breaks, percent signs and other scripts',
  async happen(place) {
    const wrong: string[] = [];
    let said = '';
    for (const name of [
      'a b',
      "it's",
      'two\nlines',
      '100%',
      '#1?x=y&z',
      '-dash',
      'Zelle µ 電池',
      'u\u0308',
      '$(touch x)',
      'back\\slash',
      'esc\u001b[31m',
    ]) {
      const folder = join(place.folder(), name);
      mkdirSync(folder);
      const scan = join(folder, `${name}.tif`);
      copy(place.packed.scans[0]!, scan);
      const project = join(folder, `${name}.tomolapse`);
      const sources = ['--scans', scan, '--voxel-size', '1um'];
      const shown = JSON.stringify(name);
      const made = await place.call(['create', project, ...sources]);
      if (made.status !== 0) wrong.push(`${shown}: ${lastLine(made.stderr)}`);
      const checked = await place.call(['verify', project]);
      if (checked.status !== 0) wrong.push(`${shown}: ${lastLine(checked.stderr)}`);
      rmSync(scan);
      const failed = await place.call(['run', project, '--json']);
      wrong.push(...notSaid(failed, 3, /no such file/).map((each) => `${shown}: ${each}`));
      if (failed.stderr.includes('\u001b')) wrong.push(`${shown}: the name drives the terminal`);
      said = lastLine(failed.stderr);
    }
    return { said, wrong };
  },
};

/** A disk as in cameras and sticks: no links, times of two seconds, one case. */
const stick: Fault = {
  name: 'project and scans on a FAT disk',
  lacking: () =>
    process.getuid?.() === 0 && has('mkfs.vfat') && /\tvfat\n/.test(readFileSync('/proc/filesystems', 'utf8'))
      ? null
      : 'it needs root, mkfs.vfat and a system that knows FAT',
  async happen(place) {
    const image = join(place.folder(), 'disk.img');
    writeFileSync(image, '');
    spawnSync('truncate', ['-s', '256M', image]);
    spawnSync('mkfs.vfat', ['-F', '32', image]);
    const disk = place.mount(['-o', 'loop', image]);
    const data = join(disk, 'plain');
    mkdirSync(data);
    for (const [name] of contentsOf(place.trial.at('plain')))
      if (!name.includes('/')) spawnSync('cp', [place.trial.at('plain', name), data]);
    const project = join(disk, 'cell.tomolapse');
    const made = await place.call([
      'create',
      project,
      ...place.plain.sources.map((each) => each.replace(place.trial.at('plain'), data)),
    ]);
    const wrong = made.status === 0 ? [] : [`create: ${lastLine(made.stderr)}`];
    const killed = await place.call(['run', project], { killAfterMs: 0.5 * place.seconds * 1000 });
    wrong.push(...(await place.goesOn(project)));
    return { said: `killed with ${killed.status}, and gone on as ever`, wrong };
  },
};

const noFilesLeft: Fault = {
  name: 'disk that can take no more files',
  lacking: () => (process.getuid?.() === 0 ? null : 'mounting a disk needs root'),
  async happen(place) {
    const { project: fresh } = await place.project();
    const disk = place.mount(['-t', 'tmpfs', '-o', 'size=256m,nr_inodes=60', 'tmpfs']);
    const project = join(disk, 'cell.tomolapse');
    copy(fresh, project);
    const outcome = await place.call(['run', project, '--json']);
    const wrong = notSaid(outcome, 5, /disk is full/);
    spawnSync('mount', ['-o', 'remount,nr_inodes=9999', disk]);
    wrong.push(...(await place.goesOn(project)));
    return { said: lastLine(outcome.stderr), wrong };
  },
};

export const commands: Fault[] = [
  ...Object.keys(WRITING).flatMap((name) => [stopped(name, 'SIGTERM'), stopped(name, 'SIGINT')]),
  movieLoses('the browser', /--remote-debugging-pipe/),
  movieLoses('ffmpeg', /rawvideo/),
  movieOnFullDisk,
  noHome,
  otherUser,
  names,
  stick,
  noFilesLeft,
];
