import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Facts, ProcessName } from './log.ts';

/** What is written down of a process that failed in a way that nobody foresaw. It stays on this machine. */
export interface CrashReport {
  at: string;
  process: ProcessName;
  version: string;
  node: string;
  system: string;
  memoryMiB: number;
  /** The kind of error, or how the process ended. */
  what: string;
  message: string;
  /** Places in the program, innermost first. */
  stack: string[];
  facts: Facts;
  /** The last lines of the log of the process that writes this. */
  recent: readonly string[];
}

const MOST_REPORTS = 20;
const MOST_FRAMES = 40;

export function reportsFolder(folder: string): string {
  return join(folder, 'crashes');
}

/** Writes a report beside the others, of which the latest are kept; null where it cannot be written. */
export function writeReport(
  folder: string,
  { process, version, recent }: Pick<CrashReport, 'process' | 'version' | 'recent'>,
  error: unknown,
  facts: Facts,
): string | null {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const report: CrashReport = {
    at: new Date().toISOString(),
    process,
    version,
    node: globalThis.process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    what: thrown.name,
    message: withoutQuotes(thrown.message),
    stack: placesIn(thrown.stack ?? ''),
    facts,
    recent,
  };
  const at = reportsFolder(folder);
  const file = join(at, `${report.at.replaceAll(':', '-')}-${process}-${globalThis.process.pid}.json`);
  try {
    mkdirSync(at, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    for (const old of reportNames(at).slice(0, -MOST_REPORTS)) rmSync(join(at, old), { force: true });
    return file;
  } catch {
    return null;
  }
}

/** The latest report of a process written after `since` (milliseconds since 1970); null where there is none. */
export function latestReport(folder: string, process: ProcessName, since: number): string | null {
  const at = reportsFolder(folder);
  for (const name of reportNames(at).reverse())
    try {
      const report = JSON.parse(readFileSync(join(at, name), 'utf8')) as CrashReport;
      if (report.process === process) return Date.parse(report.at) >= since ? join(at, name) : null;
    } catch {
      // One that was cut short tells nothing.
    }
  return null;
}

/** Oldest first. */
function reportNames(at: string): string[] {
  try {
    return readdirSync(at)
      .filter((name) => /^\d{4}-.*\.json$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** What a message quotes may come from a file. */
export function withoutQuotes(message: string): string {
  return message.replace(/"[^"\n]*"?|'[^'\n]*'?|`[^`\n]*`?|“[^”\n]*”?/g, '"…"').slice(0, 1000);
}

function placesIn(stack: string): string[] {
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^at |^[\w.<>/]*@/.test(line))
    .slice(0, MOST_FRAMES);
}
