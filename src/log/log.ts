import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a line says besides its event: numbers, names and paths; never what stands in a file. */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Which of the program's processes writes. */
export type ProcessName = 'command' | 'host' | 'runner' | 'main' | 'window';

/** A file of this size gives way to a new one. */
const MOST_BYTES = 2 ** 20;
/** Files that are kept, the one that is written included. */
const MOST_FILES = 5;
const MOST_LETTERS = 400;
/** Lines that a crash report repeats. */
const RECENT = 40;

/**
 * Lines of what happened, `TIME PROCESS PID EVENT NAME=VALUE …`, in `folder`/logs/tomolapse.log; older ones in tomolapse.1.log
 * and so on. All processes write to the same files. A log that cannot be written is none: nothing else suffers.
 */
export class Log {
  readonly folder: string;
  readonly process: ProcessName;
  readonly #file: string;
  readonly #recent: string[] = [];

  constructor(folder: string, process: ProcessName) {
    this.folder = folder;
    this.process = process;
    this.#file = join(folder, 'logs', 'tomolapse.log');
  }

  /** The last lines that this process wrote, oldest first. */
  get recent(): readonly string[] {
    return this.#recent;
  }

  write(event: string, facts: Facts = {}): void {
    const line = lineOf(this.process, event, facts);
    this.#recent.push(line);
    if (this.#recent.length > RECENT) this.#recent.shift();
    try {
      this.#rotate(line.length + 1);
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#begin(line);
    }
  }

  /** The first line on this machine. */
  #begin(line: string): void {
    try {
      mkdirSync(join(this.folder, 'logs'), { recursive: true, mode: 0o700 });
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
    } catch {}
  }

  #rotate(more: number): void {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    if (size + more <= MOST_BYTES) return;
    const older = (n: number) => join(this.folder, 'logs', `tomolapse.${n}.log`);
    for (let n = MOST_FILES - 2; n >= 1; n--)
      if (statSync(older(n), { throwIfNoEntry: false })) renameSync(older(n), older(n + 1));
    renameSync(this.#file, older(1));
  }
}

function lineOf(process: ProcessName, event: string, facts: Facts): string {
  const told = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [`${name}=${shown(value)}`],
  );
  return [new Date().toISOString(), process, globalThis.process.pid, event, ...told].join(' ');
}

function shown(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  const text = value.length > MOST_LETTERS ? `${value.slice(0, MOST_LETTERS)}…` : value;
  return /^[\w./:+-]+$/.test(text) ? text : JSON.stringify(text);
}
