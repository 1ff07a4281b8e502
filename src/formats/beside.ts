import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { inBytes } from './description.ts';

/** Which machine a part belongs to: others on the same network drive cannot know whether its process lives. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
const PART = /^\..*\.([0-9a-f]{6})-(\d+)-[0-9a-f]{8}\.part$/;
/** What another machine has not touched for so long was left behind. */
const OLD_MS = 24 * 3600 * 1000;
/** How often a folder is looked through at most. */
const SWEEP_MS = 10_000;
const swept = new Map<string, number>();

/**
 * Writes a file under another name beside `path`, syncs it and renames it: `path` is whole or not there. What `write`
 * throws goes on, and nothing stays behind; what a killed process left in the folder is taken away.
 */
export async function writtenBeside(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await sweepParts(folder);
  const own = `${MACHINE}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const beside = join(folder, `.${basename(path).slice(0, 200)}.${own}.part`);
  const file = await open(beside, 'wx');
  try {
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Below this, asking another thread to write takes longer than writing. */
const SMALL = 2 ** 15;

/** Takes away what processes that are no more have left half written. */
async function sweepParts(folder: string): Promise<void> {
  const now = performance.now();
  if (now - (swept.get(folder) ?? -Infinity) < SWEEP_MS) return;
  swept.set(folder, now);
  // A folder that may be written but not listed is left as it is.
  for (const name of await readdir(folder).catch(() => [])) {
    const [, machine, pid] = PART.exec(name) ?? [];
    if (machine === undefined) continue;
    const part = join(folder, name);
    const left =
      machine === MACHINE
        ? !isAlive(Number(pid))
        : Date.now() - (await stat(part).catch(() => ({ mtimeMs: Infinity }))).mtimeMs > OLD_MS;
    if (left) await rm(part, { force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** All of `bytes` from byte `at` on. */
export async function placed(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let written = 0;
  if (bytes.length <= SMALL) written = writeSync(file.fd, bytes, 0, bytes.length, at);
  while (written < bytes.length)
    written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
}

/** All of `bytes` at the end of what was written before. */
export async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
}

/** Throws a resources failure when the disk of `path` cannot take `bytes` more. */
export async function checkRoom(path: string, bytes: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const disk = await statfs(dirname(path));
  const free = disk.bavail * disk.bsize;
  if (bytes > free)
    throw new Failure('resources', {
      what: 'Cannot write the file',
      path,
      why: `it needs ${inBytes(bytes)} and the disk has ${inBytes(free)} free`,
      whatToDo: 'Make room and run it again',
    });
}
