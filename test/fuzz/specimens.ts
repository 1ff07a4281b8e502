import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sharedData } from '../../src/formats/reference/shared_data.ts';
import type { Specimen } from './target.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const LARGEST = 512 * 1024;

/** One file as a specimen. */
export function single(name: string, bytes: Buffer): Specimen {
  return { name, files: [{ path: basename(name), bytes }], open: basename(name) };
}

/** Real files whose names end so, each a specimen; small ones, in the order of their names. */
export function realFiles(ending: RegExp, largest = LARGEST): Specimen[] {
  const shared = sharedData();
  if (!shared) return [];
  return readdirSync(shared, { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path))
    .sort()
    .filter((path) => statSync(join(shared, path)).isFile() && statSync(join(shared, path)).size <= largest)
    .map((path) => single(path, readFileSync(join(shared, path))));
}

/** Real headers with the files of their folder beside them. */
export function realWithNeighbours(ending: RegExp): Specimen[] {
  const shared = sharedData();
  if (!shared) return [];
  return realFiles(ending).map(({ name, open }) => ({ name, open, files: filesIn(join(shared, dirname(name)), open) }));
}

/** A folder with all that is in it as a specimen. */
export function folderSpecimen(path: string, open = '.'): Specimen {
  return { name: path, files: filesIn(path), open };
}

/**
 * What a script of Debian's Python writes into a folder, each file a specimen: kept in build/ from one time to the next. None where
 * its packages are missing.
 */
export function writtenBy(script: string, largest = LARGEST): Specimen[] {
  const folder = join(ROOT, 'build', 'fuzz-corpus', basename(script, '.py'));
  if (!existsSync(folder)) {
    const beside = `${folder}.${process.pid}.part`;
    mkdirSync(beside, { recursive: true });
    try {
      execFileSync('/usr/bin/python3', [join(ROOT, script), beside], {
        stdio: ['ignore', 'ignore', 'ignore'],
        timeout: 25_000,
      });
      renameSync(beside, folder);
    } catch {
      rmSync(beside, { recursive: true, force: true });
      return [];
    }
  }
  return readdirSync(folder)
    .sort()
    .filter((name) => statSync(join(folder, name)).isFile() && statSync(join(folder, name)).size <= largest)
    .map((name) => single(name, readFileSync(join(folder, name))));
}

function filesIn(folder: string, first?: string): { path: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile() && statSync(join(folder, path)).size <= LARGEST)
    .sort((a, b) => Number(b === first) - Number(a === first) || (a < b ? -1 : 1))
    .map((path) => ({ path, bytes: readFileSync(join(folder, path)) }));
}
