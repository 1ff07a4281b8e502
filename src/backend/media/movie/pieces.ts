import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { asFailure, Failure } from '../../../core/failure.ts';
import { sha256OfFile } from '../../../store/checksum.ts';
import { syncFolder, writeSynced } from '../../../store/durable.ts';
import { holdFile } from '../../../store/lock.ts';

/** One frame as it was drawn. */
export interface DrawnFrame {
  /** SHA-256 of its pixels: rows from the top, three bytes each. */
  sha256: string;
  /** Pictures averaged. */
  samples: number;
}

/** Frames that lie encoded on the disk, whole. */
interface Piece {
  first: number;
  frames: DrawnFrame[];
  file: string;
  bytes: number;
  sha256: string;
}

const LOCK = 'lock';
const NOTE = 'key';
/** What was left longer ago than this nobody comes back for. */
const OLD_MS = 14 * 24 * 3600 * 1000;
const isOld = (name: string) => name.startsWith('piece_');

/**
 * The folder beside a movie's file in which its frames gather, a piece of about a second after the other, so that an export that was
 * killed goes on where it stopped. `key` tells what makes the frames and how they are encoded: pieces of another key are of no use.
 */
export class Pieces {
  readonly folder: string;
  readonly #ending: string;
  readonly #lock: { release(): void };
  readonly #pieces = new Map<number, Piece>();

  private constructor(folder: string, ending: string, lock: { release(): void }) {
    this.folder = folder;
    this.#ending = ending;
    this.#lock = lock;
  }

  /**
   * Opens the folder of a movie and takes what an earlier export left of the same movie. Throws a Failure: `busy` while another export
   * writes the same file, `input` where the folder cannot be written.
   */
  static async open(file: string, key: string, ending: string): Promise<Pieces> {
    const folder = join(dirname(file), `.${basename(file)}.frames`);
    const what = 'Cannot write the movie';
    try {
      await mkdir(folder, { recursive: true });
      sweep(dirname(file), folder);
      const lock = holdFile(join(folder, LOCK));
      if (!lock)
        throw new Failure('busy', {
          what,
          path: file,
          why: 'it is being written',
          whatToDo: 'Wait until it is there, or name another file',
        });
      const pieces = new Pieces(folder, ending, lock);
      try {
        await pieces.#recall(key);
        return pieces;
      } catch (error) {
        lock.release();
        throw error;
      }
    } catch (error) {
      throw asFailure(error, what, file);
    }
  }

  /** Frames of a piece that begins at `first`, null where there is none. */
  framesFrom(first: number): DrawnFrame[] | null {
    return this.#pieces.get(first)?.frames ?? null;
  }

  /** Where the piece that begins at `first` is to be written; it counts once `keep` was told of it. */
  draftOf(first: number): string {
    return join(this.folder, `draft_${this.#name(first)}`);
  }

  /** A piece was written whole: it is put on the disk, then told of. */
  async keep(first: number, frames: DrawnFrame[]): Promise<void> {
    const [draft, file] = [this.draftOf(first), join(this.folder, `piece_${this.#name(first)}`)];
    const handle = await open(draft, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    const piece = {
      first,
      frames,
      file: basename(file),
      bytes: statSync(draft).size,
      sha256: await sha256OfFile(draft),
    };
    await rename(draft, file);
    syncFolder(this.folder);
    writeSynced(`${file}.json`, JSON.stringify(piece));
    this.#pieces.set(first, piece);
  }

  /** All pieces in order of their frames. */
  list(): { path: string; first: number; frames: DrawnFrame[] }[] {
    const inOrder = [...this.#pieces.values()].sort((a, b) => a.first - b.first);
    return inOrder.map(({ file, first, frames }) => ({ path: join(this.folder, file), first, frames }));
  }

  /** Lets others have the folder; pieces stay. One that holds none is taken away. */
  async close(): Promise<void> {
    const empty = this.#pieces.size === 0;
    // Nobody else may begin in a folder that is being taken away; where the system keeps what is open, the lock goes first.
    if (!empty || process.platform === 'win32') this.#lock.release();
    if (empty) await rm(this.folder, { recursive: true, force: true });
    this.#lock.release();
  }

  /** The movie is there: nothing is needed any more. */
  async remove(): Promise<void> {
    this.#pieces.clear();
    await this.close();
  }

  #name(first: number): string {
    return `${String(first).padStart(6, '0')}${this.#ending}`;
  }

  async #recall(key: string): Promise<void> {
    const note = join(this.folder, NOTE);
    const same = existsSync(note) && readFileSync(note, 'utf8') === key;
    for (const name of readdirSync(this.folder)) {
      if (name.startsWith(LOCK) || (same && name === NOTE)) continue;
      const piece = same && isOld(name) && name.endsWith('.json') ? await this.#whole(name) : null;
      if (piece) this.#pieces.set(piece.first, piece);
    }
    const kept = new Set([...this.#pieces.values()].flatMap(({ file }) => [file, `${file}.json`]));
    for (const name of readdirSync(this.folder))
      if (!name.startsWith(LOCK) && name !== NOTE && !kept.has(name))
        rmSync(join(this.folder, name), { recursive: true });
    if (!same) writeSynced(note, key);
  }

  /** A piece whose bytes are those that were told of; null for one that the power took. */
  async #whole(note: string): Promise<Piece | null> {
    try {
      const piece = JSON.parse(readFileSync(join(this.folder, note), 'utf8')) as Piece;
      const path = join(this.folder, piece.file);
      return statSync(path).size === piece.bytes && (await sha256OfFile(path)) === piece.sha256 ? piece : null;
    } catch {
      return null;
    }
  }
}

/** Takes away what exports left in a folder that nobody went on with for long. */
function sweep(parent: string, own: string): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    const note = statSync(join(folder, NOTE), { throwIfNoEntry: false });
    if (!/^\..+\.frames$/.test(name) || folder === own || !note || Date.now() - note.mtimeMs < OLD_MS) continue;
    const lock = holdFile(join(folder, LOCK));
    if (!lock) continue;
    lock.release();
    rmSync(folder, { recursive: true, force: true });
  }
}
