import type { Random } from './random.ts';

/** What a case starts from: files in a folder of their own, and which of them the program is given. */
export interface Specimen {
  name: string;
  files: readonly { path: string; bytes: Buffer }[];
  /** The file or folder that is opened, relative to the folder; "." is the folder. */
  open: string;
}

/** A case laid out on disk. */
export interface Attempt {
  /** Absolute; what is opened. */
  path: string;
  /** Where files may be written; whatever is left there fails the case. */
  scratch: string;
  random: Random;
  /** Of the case. */
  number: number;
}

/** One door that strange bytes come in by. */
export interface Target {
  name: string;
  /** Sound files to begin with; none where what they need is missing on this machine. */
  specimens(): Promise<readonly Specimen[]>;
  /** Reads the damaged files as the program would. Throws what it throws: anything but a Failure of the user's is a finding. */
  attempt(attempt: Attempt): Promise<void>;
  /** Seconds that a case may take; 20 unless told. */
  seconds?: number;
  /** Cases of the bounded run in the tests. */
  cases: number;
}

/** A case that breaks a rule, though nothing was thrown that should not be. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export interface Finding {
  target: string;
  seed: number;
  case: number;
  specimen: string;
  what: string;
}
