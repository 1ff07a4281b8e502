import { homedir } from 'node:os';
import { Failure } from '../core/failure.ts';
import { stateFolder } from '../core/state_folder.ts';
import { type Facts, Log, type ProcessName } from './log.ts';
import { latestReport, writeReport } from './reports.ts';

export type { Facts, ProcessName } from './log.ts';
export { type CrashReport, reportsFolder, withoutQuotes } from './reports.ts';

let log: Log | null = null;
let software = '';

/** Where this user's logs and crash reports lie. */
export function ownStateFolder(): string {
  return stateFolder(process.env, homedir(), process.platform);
}

/** Begins to write down what happens in this process; before that, and in tests of parts, nothing is. */
export function startLog(name: ProcessName, version: string, folder = ownStateFolder()): void {
  log = new Log(folder, name);
  software = version;
}

/** One line: what happened and its facts. No contents of files and no grey values. */
export function note(event: string, facts: Facts = {}): void {
  log?.write(event, facts);
}

/** Writes down an error that nobody foresaw, of this process or of one that it watches. Returns the file, null where there is none. */
export function reportCrash(error: unknown, facts: Facts = {}, of?: ProcessName): string | null {
  if (!log) return null;
  const { folder, recent } = log;
  const file = writeReport(folder, { process: of ?? log.process, version: software, recent }, error, facts);
  log.write('crash', { ...facts, of, report: file });
  return file;
}

/**
 * A failure that nobody foresaw, written down: it says where. Others are one line of the log, without what they say of a
 * file's contents. Each is written once, however many processes hand it on.
 */
export function reported(failure: Failure, facts: Facts = {}): Failure {
  if (!log) return failure;
  const { what, path, whatToDo = '' } = failure.fields;
  if (failure.code !== 'internal') {
    note('failed', { ...facts, code: failure.code, what, path });
    return failure;
  }
  if (whatToDo.includes(WRITTEN_DOWN)) return failure;
  const file = reportCrash(failure.cause ?? failure, { ...facts, what, path });
  if (file === null) return failure;
  const told = new Failure('internal', {
    ...failure.fields,
    whatToDo: [
      ...(whatToDo ? [whatToDo.replace(/\.$/, '')] : []),
      `${WRITTEN_DOWN} ${file}, on this machine only`,
    ].join('. '),
    cause: failure.cause,
  });
  if (failure.stack) told.stack = failure.stack;
  return told;
}
const WRITTEN_DOWN = 'What happened is written down in';

/** The report that a process of that kind left in the last `withinMs`; null where there is none. */
export function recentCrash(of: ProcessName, withinMs: number): string | null {
  return log && latestReport(log.folder, of, Date.now() - withinMs);
}
