import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findBrowser, findFfmpeg, onPath } from '../backend/media/programs.ts';
import { version } from '../backend/project/version.ts';
import { engineBuild } from '../engine/build.ts';
import { ownStateFolder, reportsFolder } from '../log/index.ts';

/** One thing that was looked at. `optional`: missing, and only some commands miss it. */
export interface Finding {
  name: string;
  state: 'ok' | 'missing' | 'optional';
  /** What was found, or what cannot be done without it. */
  found: string;
  howToGet?: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOW_DISK_BYTES = 5 * 2 ** 30;

/** Looks at everything that a command may need, on this machine and in this checkout; `folder` for its free disk. */
export async function examine(folder: string): Promise<Finding[]> {
  return [
    { name: 'tomolapse', state: 'ok', found: version() },
    {
      name: 'machine',
      state: 'ok',
      found: `${platform()} ${release()} on ${arch()}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ${inGiB(totalmem())} memory`,
    },
    { name: 'node', state: 'ok', found: `${process.versions.node} (${process.execPath})` },
    await engine(),
    database(),
    await ffmpeg(),
    await browser(),
    electron(),
    await graphics(),
    await freeDisk(folder),
    logs(),
  ];
}

async function engine(): Promise<Finding> {
  const howToGet = `Build it: sh ${join(ROOT, 'scripts', 'build-native')}`;
  try {
    const { instructions } = await import('../engine/instructions.ts');
    return { name: 'engine', state: 'ok', found: `build ${engineBuild()}, instruction set ${instructions()}` };
  } catch (error) {
    return { name: 'engine', state: 'missing', found: `cannot be loaded: ${(error as Error).message}`, howToGet };
  }
}

function database(): Finding {
  try {
    const { version: wrapper } = createRequire(import.meta.url)('better-sqlite3/package.json') as { version: string };
    return { name: 'database', state: 'ok', found: `better-sqlite3 ${wrapper}` };
  } catch {
    return {
      name: 'database',
      state: 'missing',
      found: 'better-sqlite3 is not installed',
      howToGet: `Run: npm ci (in ${ROOT})`,
    };
  }
}

async function ffmpeg(): Promise<Finding> {
  const { settingsOf } = await import('../backend/app/config.ts');
  const path = await findFfmpeg((await settingsOf()).ffmpeg ?? null);
  if (!path)
    return {
      name: 'ffmpeg',
      state: 'optional',
      found: 'not found; movies need it',
      howToGet: 'Debian: apt-get install ffmpeg; macOS: brew install ffmpeg; others: npm install ffmpeg-static',
    };
  return { name: 'ffmpeg', state: 'ok', found: `${(await firstLine(path, ['-version'])) ?? 'found'} (${path})` };
}

async function browser(): Promise<Finding> {
  const path = await findBrowser();
  if (!path)
    return {
      name: 'browser',
      state: 'optional',
      found: 'no Chromium found; pictures of volumes and the tests of the interface need it',
      howToGet: 'Debian: apt-get install chromium; or install Google Chrome',
    };
  return { name: 'browser', state: 'ok', found: `${(await firstLine(path, ['--version'])) ?? 'found'} (${path})` };
}

/** Electron's binary comes apart from its package; asking the package for it would start a download. */
function electron(): Finding {
  const folder = join(ROOT, 'node_modules', 'electron');
  const missing = (found: string, howToGet: string): Finding => ({
    name: 'electron',
    state: 'optional',
    found,
    howToGet,
  });
  if (!existsSync(join(folder, 'package.json')))
    return missing('not part of this version; the command line does not need it', 'Nothing to do');
  if (!existsSync(join(folder, 'path.txt')) || !existsSync(join(folder, 'dist')))
    return missing(
      'its program is not there yet; the desktop app needs it',
      `Run: npx install-electron --no (in ${ROOT})`,
    );
  const { version: found } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { name: 'electron', state: 'ok', found };
}

async function graphics(): Promise<Finding> {
  const nvidia = await onPath(['nvidia-smi']);
  const card = nvidia ? await firstLine(nvidia, ['--query-gpu=name,driver_version', '--format=csv,noheader']) : null;
  if (card) return { name: 'graphics', state: 'ok', found: card };
  if (platform() !== 'linux') return { name: 'graphics', state: 'ok', found: 'those of the system' };
  if (existsSync('/dev/dri')) return { name: 'graphics', state: 'ok', found: 'a card (/dev/dri)' };
  return {
    name: 'graphics',
    state: 'optional',
    found: 'no card; volumes are drawn by the processor, slowly',
    howToGet: 'Use a machine with a graphics card for rendering; computing needs none',
  };
}

async function freeDisk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const found = `${inGiB(free)} free in ${folder}`;
  return free > LOW_DISK_BYTES
    ? { name: 'disk', state: 'ok', found }
    : {
        name: 'disk',
        state: 'optional',
        found: `only ${found}`,
        howToGet: 'Make room, or keep the project on another disk',
      };
}

function logs(): Finding {
  const folder = ownStateFolder();
  const crashes = reportsFolder(folder);
  const count = existsSync(crashes) ? readdirSync(crashes).length : 0;
  const reports =
    count === 0 ? 'no crash reports' : `${count} crash ${count === 1 ? 'report' : 'reports'} in ${crashes}`;
  return { name: 'logs', state: 'ok', found: `${join(folder, 'logs')}, ${reports}` };
}

async function firstLine(program: string, args: string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 10_000 });
    return stdout.split('\n')[0]!.trim() || null;
  } catch {
    return null;
  }
}

function inGiB(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
