import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { inBytes } from './description.ts';

/**
 * Writes a file under another name beside `path`, syncs it and renames it: `path` is whole or not there. What `write`
 * throws goes on, and nothing stays behind.
 */
export async function writtenBeside(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.part`);
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
