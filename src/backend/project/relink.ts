import { type Dirent, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import type { MissingFile, Project } from '../../store/project.ts';

/** How deep below a folder is looked, and at how many files at most. */
const DEPTH = 4;
const MOST_FILES = 200_000;

export interface Relinked {
  /** Names of the scans that were found. */
  found: string[];
  /** Names of those that were not. */
  missing: string[];
  /** Scans whose file was there by name and size, but with other voxels. */
  others: string[];
}

/**
 * Looks below a folder for the files of scans that are missing, by name and size; where their voxels are the same, the
 * project looks for them there from now on. Names of folders tell between files of the same name.
 */
export async function relinkScans(project: Project, folder: string): Promise<Relinked> {
  const missing = Map.groupBy(project.missingFiles(), ({ scan }) => scan);
  const outcome: Relinked = { found: [], missing: [], others: [] };
  if (missing.size === 0) return outcome;
  const there = await filesBelow(folder, new Set([...missing.values()].flat().map(({ path }) => basename(path))));
  for (const scan of project.series().scans) {
    const files = missing.get(scan.index);
    if (!files) continue;
    const moved = new Map<string, string>();
    for (const file of files) {
      const place = nearest(file, there.get(basename(file.path)) ?? []);
      if (place) moved.set(file.path, place);
    }
    if (moved.size < files.length) outcome.missing.push(scan.name);
    else if ((await project.relink(scan, moved)) === null) outcome.found.push(scan.name);
    else outcome.others.push(scan.name);
  }
  return outcome;
}

/** Files of wanted names below a folder, by name. */
async function filesBelow(folder: string, wanted: ReadonlySet<string>): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  let looked = 0;
  let level = [folder];
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const at of level) {
      const entries = await readdir(at, { withFileTypes: true }).catch((): Dirent[] => []);
      for (const entry of entries) {
        if (entry.isDirectory() && !entry.name.startsWith('.')) next.push(join(at, entry.name));
        else if (wanted.has(entry.name))
          found.set(entry.name, [...(found.get(entry.name) ?? []), join(at, entry.name)]);
      }
      looked += entries.length;
      if (looked > MOST_FILES) return found;
    }
    level = next;
  }
  return found;
}

/** Of the places with the right size the one whose folders are called most alike. */
function nearest({ path, bytes }: MissingFile, places: readonly string[]): string | null {
  const wanted = path.split(sep).reverse();
  const alike = (place: string) => {
    const parts = place.split(sep).reverse();
    const differs = wanted.findIndex((part, k) => part !== parts[k]);
    return differs < 0 ? wanted.length : differs;
  };
  const sized = places.filter((place) => statSync(place, { throwIfNoEntry: false })?.size === bytes);
  return sized.sort((a, b) => alike(b) - alike(a))[0] ?? null;
}
