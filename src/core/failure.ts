import { printable } from './printable.ts';

/** What went wrong, in one word; `src/contract/errors.ts` gives each its exit code. */
export type FailureCode = 'usage' | 'input' | 'cancelled' | 'resources' | 'busy' | 'internal';

export interface FailureFields {
  /** What could not be done: "Cannot read the scan". */
  what: string;
  /** The file, folder or project it is about. */
  path?: string;
  /** The place inside it: a field of the recipe, a page, a line. */
  at?: string;
  /** The reason: "the file ends after 812 of 1024 bytes". */
  why: string;
  /** What helps: "Copy the file again". */
  whatToDo?: string;
  cause?: unknown;
}

/** An error told to the user on one line: `WHAT (WHERE): WHY. WHAT TO DO`. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly fields: Omit<FailureFields, 'cause'>;

  constructor(code: FailureCode, { cause, ...fields }: FailureFields) {
    const where = [fields.path, fields.at && shortened(fields.at)].filter(Boolean).join(', ');
    const sentence = `${fields.what}${where ? ` (${where})` : ''}: ${closed(fields.why)}${
      fields.whatToDo ? ` ${closed(fields.whatToDo)}` : ''
    }`;
    super(oneLine(sentence), cause === undefined ? undefined : { cause });
    this.code = code;
    this.fields = fields;
  }

  get path(): string | null {
    return this.fields.path ?? null;
  }
}

export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && error.name === 'Failure' && 'code' in error && 'fields' in error;
}

/** Bad input: a file, project or recipe that cannot be used as it is. */
export function badInput(fields: FailureFields): Failure {
  return new Failure('input', fields);
}

const OUT_OF_ROOM = new Set([
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'ENOMEM',
  'EAGAIN',
  'EMFILE',
  'ENFILE',
  'SQLITE_FULL',
  'SQLITE_NOMEM',
]);
const BAD_FILE = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'EROFS', 'EIO', 'ELOOP', 'ENAMETOOLONG']);
const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOMEM: 'there is not enough memory',
  EFBIG: 'the file is larger than files may be here',
  EAGAIN: 'no more processes can be started',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  SQLITE_FULL: 'the disk is full',
  SQLITE_NOMEM: 'there is not enough memory',
  ENOENT: 'there is no such file or folder',
  EACCES: 'reading or writing it is not allowed',
  EPERM: 'it is not allowed',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EROFS: 'the disk is read-only',
  ELOOP: 'it is a link that leads to itself',
  ENAMETOOLONG: 'its name is too long',
  EIO: 'the disk reports an error',
};

const REMEDIES: Record<string, string> = {
  ENOMEM: 'Lower --memory or close other programs',
  SQLITE_NOMEM: 'Lower --memory or close other programs',
  EFBIG: 'Use another disk, or allow larger files (ulimit -f)',
  EAGAIN: 'Close other programs, or allow more processes (ulimit -u), and run it again',
  EMFILE: 'Allow more open files (ulimit -n) and run it again',
  ENFILE: 'Close other programs and run it again',
};

/** What the engine passes on of the operating system's own words. */
const SAID: Readonly<Record<string, string>> = {
  'No such file or directory': 'ENOENT',
  'Permission denied': 'EACCES',
  'Is a directory': 'EISDIR',
  'Not a directory': 'ENOTDIR',
  'Input/output error': 'EIO',
  'Too many open files': 'EMFILE',
  'Cannot allocate memory': 'ENOMEM',
};

/**
 * Any thrown value as a Failure. `what` and `path` are said of errors that do not say it themselves: operating system
 * errors become `resources` (disk, memory) or `input` (missing, forbidden), read errors of the engine `input`, memory
 * that could not be had `resources`, what was stopped `cancelled`, everything else `internal`. The original is the cause.
 */
export function asFailure(error: unknown, what: string, path?: string): Failure {
  if (isFailure(error)) return error;
  const thrown = error instanceof Error ? error : new Error(String(error));
  const { code = SAID[thrown.message], path: own } = thrown as Error & { code?: string; path?: string };
  const where = own ?? path;
  const fields = { what, ...(where === undefined ? {} : { path: where }), cause: error };
  // What an aborted signal throws.
  if (thrown.name === 'AbortError') return new Failure('cancelled', { ...fields, why: 'it was asked to stop' });
  if (code !== undefined && OUT_OF_ROOM.has(code))
    return new Failure('resources', {
      ...fields,
      why: REASONS[code]!,
      whatToDo: REMEDIES[code] ?? 'Make room and run it again',
    });
  if (/not enough memory|allocation failed|Invalid array buffer length|bad_alloc/i.test(thrown.message))
    return new Failure('resources', {
      ...fields,
      why: 'there is not enough memory',
      whatToDo: 'Lower --memory or close other programs',
    });
  if (code !== undefined && BAD_FILE.has(code))
    return new Failure('input', { ...fields, why: REASONS[code] ?? thrown.message });
  if (code !== undefined && /^SQLITE_(CORRUPT|NOTADB|READONLY|CANTOPEN|IOERR)/.test(code))
    return new Failure('input', { ...fields, why: `the database cannot be read: ${thrown.message}` });
  if (own !== undefined) return new Failure('input', { ...fields, why: thrown.message });
  return new Failure('internal', { ...fields, why: thrown.message });
}

/** More of a name or an entry that a message quotes is not read by anybody. */
const LONGEST = 400;

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}

function closed(sentence: string): string {
  const text = shortened(oneLine(sentence));
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
