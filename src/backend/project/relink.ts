import { type Dirent, existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join, sep } from 'node:path';
import { canonicalJson } from '../../core/canonical.ts';
import type { Scan } from '../../core/series.ts';
import { naturalOrder } from '../../formats/natural_order.ts';
import type { MissingFile, Project } from '../../store/project.ts';

/** How deep below a folder is looked, and at how many files at most. */
const DEPTH = 4;
const MOST_FILES = 200_000;
/** Files of the right size under other names that are read to see whether they are a scan. */
const MOST_CANDIDATES = 500;

export interface Relinked {
  /** Names of the scans that were found. */
  found: string[];
  /** Names of those that were not. */
  missing: string[];
  /** Scans whose file was there by name and size, but with other voxels. */
  others: string[];
}

/** Where the files of a scan may be: from where they are sought to a place of the same size. */
type Moved = ReadonlyMap<string, string>;

/**
 * Looks below a folder for the files of scans that are missing; where voxels are the same, the project looks for them there
 * from now on. Files of the same name and size come first, names of folders tell between them; after those files of any name
 * whose size and ending fit: a scan is known by its voxels.
 */
export async function relinkScans(project: Project, folder: string, depth = DEPTH): Promise<Relinked> {
  const missing = Map.groupBy(project.missingFiles(), ({ scan }) => scan);
  const outcome: Relinked = { found: [], missing: [], others: [] };
  if (missing.size === 0) return outcome;
  const endings = new Set([...missing.values()].flat().map(({ path }) => endingOf(path)));
  const there = await filesBelow(folder, endings, depth);
  const scans = project.series().scans;
  const taken = new Set(scans.flatMap(({ source }) => source.segments.map(({ path }) => path)));
  const fingerprints = new Fingerprints(project);
  for (const scan of scans) {
    const files = missing.get(scan.index);
    if (!files) continue;
    const named = namedAlike(files, there);
    const isFree = (moved: Moved) => [...moved.values()].every((place) => !taken.has(place));
    const candidates = [...named, ...shapedAlike(files, there).filter(isFree).slice(0, MOST_CANDIDATES)];
    const place = await firstSame(candidates, (moved) => fingerprints.areThoseOf(scan, moved));
    if (place && (await project.relink(scan, place)) === null) {
      outcome.found.push(scan.name);
      for (const path of place.values()) taken.add(path);
    } else if (named.length > 0) outcome.others.push(scan.name);
    else outcome.missing.push(scan.name);
  }
  return outcome;
}

/**
 * Looks for missing scans where nobody needs to be asked: in the folders in which they are sought, for files that were
 * renamed, and beside the project. Returns the names of those that were found.
 */
export async function relinkNearby(project: Project): Promise<string[]> {
  const found: string[] = [];
  const parent = dirname(project.directory);
  const folders = new Set(project.missingFiles().map(({ path }) => nearestFolder(path)));
  for (const folder of [...folders, parent]) {
    if (project.missingFiles().length === 0) break;
    found.push(...(await relinkScans(project, folder, folder === parent ? 2 : 1)).found);
  }
  return found;
}

/** The folder of a path, or of the folder above where that is gone, which may have been renamed itself. */
function nearestFolder(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) ? folder : dirname(folder);
}

async function firstSame(candidates: readonly Moved[], isSame: (moved: Moved) => Promise<boolean>) {
  for (const moved of candidates) if (await isSame(moved)) return moved;
  return null;
}

/** Fingerprints of files taken for those of scans: scans of one shape are told from each other by reading each file once. */
class Fingerprints {
  readonly #project: Project;
  readonly #known = new Map<string, string[]>();

  constructor(project: Project) {
    this.#project = project;
  }

  async areThoseOf(scan: Scan, moved: Moved): Promise<boolean> {
    const { segments, ...geometry } = scan.source;
    const rows = segments.map(({ offset, rows }) => [offset, rows]);
    const hints = this.#project.hints(scan.index);
    const key = canonicalJson({ ...geometry, rows, hints, places: [...moved.values()] });
    const known = this.#known.get(key) ?? (await this.#project.fingerprintsAt(scan, moved).catch(() => []));
    this.#known.set(key, known);
    return known.includes(scan.fingerprint);
  }
}

interface Found {
  path: string;
  bytes: number;
}

/** Files of wanted endings below a folder. */
async function filesBelow(folder: string, endings: ReadonlySet<string>, depth: number): Promise<Found[]> {
  const found: Found[] = [];
  let looked = 0;
  let level = [folder];
  for (let deep = 0; deep <= depth && level.length > 0; deep++) {
    const next: string[] = [];
    for (const at of level) {
      const entries = await readdir(at, { withFileTypes: true }).catch((): Dirent[] => []);
      for (const entry of entries) {
        const path = join(at, entry.name);
        if (entry.isDirectory() && !entry.name.startsWith('.') && !/\.tomolapse$/i.test(entry.name)) next.push(path);
        else if (endings.has(endingOf(entry.name))) {
          const size = statSync(path, { throwIfNoEntry: false });
          if (size?.isFile()) found.push({ path, bytes: size.size });
        }
      }
      looked += entries.length;
      if (looked > MOST_FILES) return found;
    }
    level = next;
  }
  return found;
}

function endingOf(path: string): string {
  return extname(path).toLowerCase();
}

/** Places with the names and sizes of a scan's files; of a scan of one file every one, those whose folders are called most alike first. */
function namedAlike(files: readonly MissingFile[], there: readonly Found[]): Moved[] {
  const places = files.map((file) =>
    there
      .filter(({ path, bytes }) => bytes === file.bytes && basename(path) === basename(file.path))
      .map(({ path }) => path)
      .sort((a, b) => alike(b, file.path) - alike(a, file.path)),
  );
  if (places.some((of) => of.length === 0)) return [];
  if (files.length === 1) return places[0]!.map((place) => new Map([[files[0]!.path, place]]));
  return [new Map(files.map(({ path }, i) => [path, places[i]![0]!]))];
}

/** Places of the right sizes whatever their names: files, or folders with as many files of the same sizes in their order. */
function shapedAlike(files: readonly MissingFile[], there: readonly Found[]): Moved[] {
  const [first, ...more] = files;
  const ofEnding = there.filter(({ path }) => endingOf(path) === endingOf(first!.path));
  if (more.length === 0)
    return ofEnding
      .filter(({ path, bytes }) => bytes === first!.bytes && basename(path) !== basename(first!.path))
      .map(({ path }) => new Map([[first!.path, path]]));
  const sorted = files.toSorted((a, b) => naturalOrder(a.path, b.path));
  const folders = Map.groupBy(ofEnding, ({ path }) => dirname(path));
  return [...folders.values()]
    .filter((inside) => inside.length === files.length)
    .map((inside) => inside.sort((a, b) => naturalOrder(a.path, b.path)))
    .filter((inside) => inside.every(({ bytes }, i) => bytes === sorted[i]!.bytes))
    .map((inside) => new Map(inside.map(({ path }, i) => [sorted[i]!.path, path])));
}

/** How many parts of two paths are the same, from their ends. */
function alike(place: string, path: string): number {
  const wanted = path.split(sep).reverse();
  const parts = place.split(sep).reverse();
  const differs = wanted.findIndex((part, k) => part !== parts[k]);
  return differs < 0 ? wanted.length : differs;
}
