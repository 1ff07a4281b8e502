import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { canonicalJson } from '../core/canonical.ts';
import { Failure } from '../core/failure.ts';
import type { Json, StepResult } from '../core/step.ts';
import { sha256, sha256OfFile } from './checksum.ts';
import { syncFolder, syncTree } from './durable.ts';

const RESULT = 'result.json';
const MANIFEST = 'manifest.json';
/** Where results are written before they are whole; on the same file system, so that a rename moves them. */
const INCOMING = '.incoming';
/** Names of results in which `verify` found damage. */
const DISTRUSTED = '.damaged';

/** What made a result; told, never hashed. */
export interface Provenance {
  step: string;
  version: number;
  /** Index of the scan, -1 for a step of the series. */
  scan: number;
  engine: string;
  software: string;
  params: Json;
  /** Fingerprints of the scans that were read, by index. */
  scans: Record<string, string>;
  /** Keys of the results that were used. */
  needs: Record<string, string | string[]>;
  finishedAt: string;
  seconds: number;
}

interface Manifest {
  key: string;
  provenance: Provenance;
  /** Bytes and SHA-256 of every file but this one, by path with /. */
  files: Record<string, { bytes: number; sha256: string }>;
}

/** A result being written; `commit` or `discard` ends it. */
export interface Draft {
  key: string;
  directory: string;
}

/**
 * Results by key: `objects/ab/abcdef…/` with `result.json`, the files of the step and `manifest.json` with the checksum
 * of each. Written beside, synced, then renamed: a result is there whole or not at all.
 */
export class Objects {
  readonly root: string;

  constructor(project: string) {
    this.root = join(project, 'objects');
  }

  directoryOf(key: string): string {
    return join(this.root, key.slice(0, 2), key);
  }

  /** Begins a result in a folder of its own. */
  async begin(key: string): Promise<Draft> {
    const directory = join(await this.#made(INCOMING), `${key}.${randomUUID()}`);
    await mkdir(directory);
    return { key, directory };
  }

  async discard(draft: Draft): Promise<void> {
    await rm(draft.directory, { recursive: true, force: true });
  }

  /** Puts a result in its place. Where another was quicker with the same key, that one stays. */
  async commit(draft: Draft, value: Json, provenance: Provenance): Promise<void> {
    await writeFile(join(draft.directory, RESULT), JSON.stringify(value));
    const manifest: Manifest = { key: draft.key, provenance, files: {} };
    for (const path of (await filesBelow(draft.directory)).sort()) {
      const file = join(draft.directory, path);
      manifest.files[path] = { bytes: (await stat(file)).size, sha256: await sha256OfFile(file) };
    }
    await writeFile(join(draft.directory, MANIFEST), sealed(manifest));
    await syncTree(draft.directory);
    const directory = this.directoryOf(draft.key);
    await this.#made(basename(dirname(directory)));
    try {
      await rename(draft.directory, directory);
    } catch (error) {
      if (!existsSync(directory)) throw error;
      await this.discard(draft);
    }
    syncFolder(dirname(directory));
    syncFolder(this.root);
  }

  /** Whether a result is stored and no damage of it is known: its manifest, its JSON, and every file at its size. */
  has(key: string): boolean {
    try {
      if (existsSync(join(this.root, DISTRUSTED, key))) return false;
      const directory = this.directoryOf(key);
      const manifest = unsealed(readFileSync(join(directory, MANIFEST), 'utf8'));
      return (
        manifest?.key === key &&
        Object.entries(manifest.files).every(([path, { bytes }]) => statSync(join(directory, path)).size === bytes) &&
        sha256(readFileSync(join(directory, RESULT))) === manifest.files[RESULT]?.sha256
      );
    } catch {
      return false;
    }
  }

  /** A stored result, or null. Throws a Failure `input` when its JSON does not match its checksum. */
  read<R>(key: string): StepResult<R> | null {
    const directory = this.directoryOf(key);
    if (!existsSync(directory)) return null;
    const damaged = (why: string) =>
      new Failure('input', {
        what: 'Cannot read a stored result',
        path: directory,
        why,
        whatToDo: 'Run the project again: what is damaged is computed again',
      });
    let text: string;
    let manifest: Manifest | null;
    try {
      text = readFileSync(join(directory, RESULT), 'utf8');
      manifest = unsealed(readFileSync(join(directory, MANIFEST), 'utf8'));
    } catch {
      throw damaged('a part of it is missing');
    }
    if (manifest?.files[RESULT]?.sha256 !== sha256(text)) throw damaged('it does not match its checksum');
    return { key, value: JSON.parse(text) as R, directory };
  }

  /** What made a stored result, or null where there is none. */
  provenance(key: string): Provenance | null {
    try {
      return unsealed(readFileSync(join(this.directoryOf(key), MANIFEST), 'utf8'))?.provenance ?? null;
    } catch {
      return null;
    }
  }

  /** Remembers that a result is damaged, so that it is computed again; where nothing can be written, nothing is remembered. */
  distrust(key: string): void {
    try {
      if (!existsSync(join(this.root, DISTRUSTED))) mkdirSync(join(this.root, DISTRUSTED));
      writeFileSync(join(this.root, DISTRUSTED, key), '');
    } catch {}
  }

  /** Takes a result away, so that it is computed again. */
  async remove(key: string): Promise<void> {
    const directory = this.directoryOf(key);
    if (existsSync(directory)) await this.#take(key, directory);
    this.trust(key);
  }

  /** Keys of results in which damage was found, and that were not computed again since. */
  distrusted(): ReadonlySet<string> {
    try {
      return new Set(readdirSync(join(this.root, DISTRUSTED)));
    } catch {
      return new Set();
    }
  }

  /** Forgets that a result was damaged. */
  trust(key: string): void {
    rmSync(join(this.root, DISTRUSTED, key), { force: true });
  }

  /** The key of the result that a file belongs to, null for a file outside. */
  keyOf(path: string): string | null {
    const [first, key] = relative(this.root, path).split(sep);
    return key !== undefined && /^[0-9a-f]{64}$/.test(key) && key.startsWith(first!) ? key : null;
  }

  /** A folder of this name; never the project's own, which may have been renamed in the middle of a run. */
  async #made(name: string): Promise<string> {
    const folder = join(this.root, name);
    for (const path of [this.root, folder])
      await mkdir(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    return folder;
  }

  async #take(key: string, directory: string): Promise<void> {
    const beside = join(await this.#made(INCOMING), `${key}.${randomUUID()}`);
    await rename(directory, beside);
    await rm(beside, { recursive: true, force: true });
  }

  /** Removes what killed runs left half written. */
  async sweep(): Promise<void> {
    await rm(join(this.root, INCOMING), { recursive: true, force: true });
  }

  /** Keys of all stored results. */
  keys(): string[] {
    if (!existsSync(this.root)) return [];
    return readdirSync(this.root)
      .filter((name) => name !== INCOMING && name !== DISTRUSTED)
      .sort()
      .flatMap((name) => {
        const folder = join(this.root, name);
        return statSync(folder).isDirectory() ? readdirSync(folder).sort() : [name];
      });
  }

  /** Bytes that a result takes. */
  async bytesOf(key: string): Promise<number> {
    const directory = this.directoryOf(key);
    if (!existsSync(directory)) return 0;
    let bytes = 0;
    for (const path of await filesBelow(directory)) bytes += (await stat(join(directory, path))).size;
    return bytes;
  }

  /**
   * `verify`, but only of a result with files that were changed after it was written or last checked here: what is used on
   * every run may be hundreds of gigabytes. Bytes that change without a trace are for `verify`.
   */
  async recheck(key: string, signal?: AbortSignal): Promise<{ path: string; why: string }[]> {
    const directory = this.directoryOf(key);
    const manifest = join(directory, MANIFEST);
    const written = statSync(manifest, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? 0n;
    const paths = written === 0n ? [] : await filesBelow(directory);
    const isNewer = (path: string) =>
      path !== MANIFEST && statSync(join(directory, path), { bigint: true }).mtimeNs >= written;
    if (written !== 0n && !paths.some(isNewer)) return [];
    const damage = await this.verify(key, signal);
    if (damage.length === 0) {
      try {
        const now = new Date();
        utimesSync(manifest, now, now);
      } catch {
        // What cannot be written is checked again the next time.
      }
    }
    return damage;
  }

  /** Reads every byte of a result; one entry for each file that is damaged, missing or too many. */
  async verify(key: string, signal?: AbortSignal): Promise<{ path: string; why: string }[]> {
    const directory = this.directoryOf(key);
    if (!/^[0-9a-f]{64}$/.test(key) || !existsSync(directory))
      return [{ path: join(this.root, key), why: 'it is not a result of this program' }];
    let manifest: Manifest | null = null;
    try {
      manifest = unsealed(readFileSync(join(directory, MANIFEST), 'utf8'));
    } catch {
      return [{ path: join(directory, MANIFEST), why: 'it is missing' }];
    }
    if (!manifest || manifest.key !== key)
      return [{ path: join(directory, MANIFEST), why: 'it does not match its own checksum' }];
    const found: { path: string; why: string }[] = [];
    const present = new Set(await filesBelow(directory));
    present.delete(MANIFEST);
    for (const [name, { bytes, sha256: expected }] of Object.entries(manifest.files)) {
      const path = join(directory, name);
      if (!present.delete(name)) found.push({ path, why: 'it is missing' });
      else if ((await stat(path)).size !== bytes) found.push({ path, why: `it does not have its ${bytes} bytes` });
      else if ((await sha256OfFile(path, signal)) !== expected)
        found.push({ path, why: 'it does not match its checksum' });
    }
    for (const name of present) found.push({ path: join(directory, name), why: 'it does not belong to the result' });
    return found;
  }
}

/** A manifest as text whose last line is the checksum of the rest. */
function sealed(manifest: Manifest): string {
  const text = `${canonicalJson(manifest)}\n`;
  return `${text}${createHash('sha256').update(text).digest('hex')}\n`;
}

/** The manifest in a sealed text, null where the text is not as it was written. */
function unsealed(text: string): Manifest | null {
  const end = text.indexOf('\n') + 1;
  if (text.slice(end) !== `${sha256(text.slice(0, end))}\n`) return null;
  return JSON.parse(text.slice(0, end)) as Manifest;
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
