import { isAbsolute, resolve } from 'node:path';

/** The project that a start of the program names, absolute; null where it names none. Options are for Electron. */
export function projectIn(args: readonly string[], cwd: string): string | null {
  const named = args.find((arg) => !arg.startsWith('-') && arg !== '.');
  if (named === undefined) return null;
  const path = isAbsolute(named) ? named : resolve(cwd, named);
  // A project is a folder; the system may name what lies in it.
  return /[\\/]project\.db$/.test(path) ? resolve(path, '..') : path;
}

/** The arguments that people gave: Electron's own program and, started from a checkout, the checkout come first. */
export function givenArguments(argv: readonly string[], isPackaged: boolean): string[] {
  return argv.slice(isPackaged ? 1 : 2);
}
