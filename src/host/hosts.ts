import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from '../backend/app/config.ts';
import { newToken } from './token.ts';

/** How other programs of the same user reach a host: kept in a file that only they can read. */
export interface HostEntry {
  pid: number;
  port: number;
  token: string;
}

const KEY = /^[\w-]{43}$/;

const folderOf = (config: string) => join(config, 'hosts');
const fileOf = (config: string, pid: number) => join(folderOf(config), `${pid}.json`);

/** Tells others of this host; what hosts that were killed left is swept. */
export async function enterHost(config: string, entry: HostEntry): Promise<void> {
  for (const pid of pidsIn(config)) if (!isAlive(pid)) rmSync(fileOf(config, pid), { force: true });
  await writePrivate(fileOf(config, entry.pid), JSON.stringify(entry));
}

export function leaveHost(config: string, pid: number): void {
  rmSync(fileOf(config, pid), { force: true });
}

/** The host of a process number, or null where there is none that this user may ask. */
export function findHost(config: string, pid: number): HostEntry | null {
  try {
    const entry = JSON.parse(readFileSync(fileOf(config, pid), 'utf8')) as HostEntry;
    return entry.pid === pid && isAlive(pid) ? entry : null;
  } catch {
    return null;
  }
}

/** A secret that all hosts of this user have in common, made once: what windows show that they were known. */
export async function userKey(config: string): Promise<string> {
  const file = join(config, 'windows.key');
  const kept = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (!KEY.test(kept())) await writePrivate(file, newToken());
  // Of two hosts that start at once the last one's counts.
  return kept();
}

function pidsIn(config: string): number[] {
  try {
    return readdirSync(folderOf(config)).flatMap((name) =>
      /^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : [],
    );
  } catch {
    return [];
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
