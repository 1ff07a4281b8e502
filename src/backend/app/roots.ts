import { lstatSync, realpathSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, resolve, sep } from 'node:path';
import type { Entry } from '../../contract/app.ts';
import { badInput, Failure } from '../../core/failure.ts';
import { isVolumeFolderName, isVolumeName } from '../../formats/names.ts';
import { naturalOrder } from '../../formats/natural_order.ts';
import { Refusal } from './reply.ts';

const TABLES = new Set(['.csv', '.txt', '.tsv']);
/** A folder with more is told by its first ones: nobody scrolls through them. */
const MOST_ENTRIES = 10_000;

/** The folders that may be looked into; links are followed, but not out of them. */
export class Roots {
  readonly #folders: string[] = [];
  readonly #quiet: string[] = [];

  /** Opens folders, and the folders of files; those that are not there are left out. */
  grant(paths: readonly string[]): void {
    for (const path of paths) {
      const real = realOf(resolve(path));
      if (real === null) continue;
      const folder = statSync(real).isDirectory() ? real : dirname(real);
      if (!this.#folders.includes(folder)) this.#folders.push(folder);
    }
  }

  /** Lets a folder be opened without showing it among the roots: a project that was open before. */
  allow(path: string): void {
    const real = realOf(resolve(path));
    if (real !== null && !this.#quiet.includes(real)) this.#quiet.push(real);
  }

  list(): { name: string; path: string }[] {
    return this.#folders.map((path) => ({ name: basename(path) || path, path }));
  }

  /**
   * The real place of a path that is there, or of one that is to be made. Throws a Refusal: 403 where it lies outside the roots,
   * also by a link; 400 where it is not absolute.
   */
  within(path: string): string {
    if (!isAbsolute(path) || path.includes('\0'))
      throw new Refusal(
        400,
        new Failure('usage', { what: 'Cannot look there', path, why: 'the path is not an absolute one' }),
      );
    const whole = resolve(path);
    let there = whole;
    let real = realOf(there);
    // What is to be made is where its nearest folder is. A link that leads nowhere is not followed.
    while (real === null) {
      if (isLink(there) || dirname(there) === there) throw outside(path);
      there = dirname(there);
      real = realOf(there);
    }
    const place = join(real, whole.slice(there.length));
    if (
      ![...this.#folders, ...this.#quiet].some(
        (root) => place === root || place.startsWith(root.endsWith(sep) ? root : root + sep),
      )
    )
      throw outside(path);
    return place;
  }

  /** `within` for what a scan's path stands for: the file, or the files and folders in a folder and in those. */
  async withinWhole(path: string): Promise<string> {
    const place = this.within(path);
    if (!(await stat(place)).isDirectory()) return place;
    for (const entry of await readdir(place, { withFileTypes: true })) {
      this.within(join(place, entry.name));
      if (!entry.isDirectory()) continue;
      for (const name of await readdir(join(place, entry.name))) this.within(join(place, entry.name, name));
    }
    return place;
  }

  /** What a folder shows: folders first, hidden ones and links that lead out left away. */
  async entries(path: string): Promise<{ path: string; parent: string | null; entries: Entry[] }> {
    const folder = this.within(path);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw badInput({ what: 'Cannot list the folder', path, why: 'there is no such folder' });
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort(naturalOrder);
    const entries = await Promise.all(names.slice(0, MOST_ENTRIES).map((name) => this.#entry(join(folder, name))));
    const shown = entries.filter((entry) => entry !== null);
    const isOpen = (entry: Entry) => entry.kind === 'folder' || entry.kind === 'project';
    return {
      path: folder,
      parent: this.#allows(dirname(folder)) && dirname(folder) !== folder ? dirname(folder) : null,
      entries: [...shown.filter(isOpen), ...shown.filter((entry) => !isOpen(entry))],
    };
  }

  #allows(path: string): boolean {
    try {
      this.within(path);
      return true;
    } catch {
      return false;
    }
  }

  async #entry(path: string): Promise<Entry | null> {
    if (!this.#allows(path)) return null;
    try {
      const status = await stat(path);
      const name = basename(path);
      if (status.isDirectory()) return { name, path, kind: folderKind(name), bytes: null };
      if (!status.isFile()) return null;
      const kind = isVolumeName(name) ? 'volume' : TABLES.has(extname(name).toLowerCase()) ? 'table' : 'other';
      return { name, path, kind, bytes: status.size };
    } catch {
      return null;
    }
  }
}

function folderKind(name: string): Entry['kind'] {
  if (isVolumeFolderName(name)) return 'volume';
  return /\.tomolapse$/i.test(name) ? 'project' : 'folder';
}

function outside(path: string): Refusal {
  return new Refusal(
    403,
    new Failure('input', {
      what: 'Cannot look there',
      path,
      why: 'it is outside the folders that were opened',
      whatToDo: 'Open its folder first',
    }),
  );
}

function realOf(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    // Nothing there, or nothing that may be seen; which of them is not told.
    return false;
  }
}
