import type { Surroundings as Basics, ProgressLine } from '../backend/project/surroundings.ts';

export type { ProgressLine };

/** An option of a command as `--help` shows it; without `value` it is a switch. */
export interface Option {
  /** What stands for the value: "FILE", "30min". */
  value?: string;
  /** Takes all values up to the next option. */
  many?: boolean;
  choices?: readonly string[];
  summary: string;
}

export interface Positional {
  name: string;
  optional?: boolean;
}

/** The values of a call, checked against the command's description. */
export interface Given {
  /** Positional values by name. */
  positional(name: string): string;
  optionalPositional(name: string): string | undefined;
  text(option: string): string | undefined;
  list(option: string): string[];
  flag(option: string): boolean;
}

/** What a command may use of the world; notices and progress go to stderr, results are returned, never printed. */
export interface Surroundings extends Basics {
  /** Directory against which relative paths count. */
  cwd: string;
  /** Writes to stdout at once, for commands that go on running. */
  announce(line: string): void;
  json: boolean;
  debug: boolean;
}

/** What a command prints: the document with --json, the text without. */
export interface Answer {
  document: object;
  text: string;
  /** It has been announced already: nothing more is printed. */
  told?: boolean;
  /** Other than 0 where the answer itself is bad news, with the line for stderr. */
  failed?: { exitCode: number; message: string };
}

/** A command as data; the list of all is in `commands.ts`. */
export interface Command {
  name: string;
  summary: string;
  /** Not shown in the list of commands. */
  hidden?: boolean;
  positionals: readonly Positional[];
  options: Readonly<Record<string, Option>>;
  /** Lines shown below the options. */
  notes?: readonly string[];
  run(given: Given, around: Surroundings): Promise<Answer>;
}
