import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type Settings, settingsSchema } from '../../contract/app.ts';
import { configFolder } from '../../core/config_folder.ts';

const MOST_RECENT = 20;

const keptSchema = z.object({
  recent: z.array(z.object({ path: z.string(), opened: z.string() })).default([]),
  roots: z.array(z.string()).default([]),
  settings: settingsSchema.partial().default({}),
  /** The layout of the start page. */
  workspace: z.unknown().optional(),
});
type Kept = z.infer<typeof keptSchema>;

/** The user's folder of this program on this machine. */
export function userFolder(): string {
  return configFolder(process.env, homedir(), process.platform);
}

/** What the app keeps for its user between two starts, readable by nobody else. A file that cannot be understood is begun anew. */
export class Config {
  readonly #file: string;
  #kept: Kept;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, kept: Kept) {
    this.#file = file;
    this.#kept = kept;
  }

  static async read(folder: string): Promise<Config> {
    const file = join(folder, 'app.json');
    const text = await readFile(file, 'utf8').catch(() => '{}');
    return new Config(file, parsed(text));
  }

  get settings(): Settings {
    const unless = {
      theme: 'dark',
      graphics: 'default',
      memoryMiB: Math.floor(totalmem() / 2 ** 21),
      gpuMiB: 512,
    };
    return { ...unless, ...this.#kept.settings } as Settings;
  }

  recent(): { path: string; name: string; opened: string; exists: boolean }[] {
    return this.#kept.recent.map(({ path, opened }) => ({
      path,
      name: basename(path).replace(/\.tomolapse$/i, ''),
      opened,
      exists: existsSync(join(path, 'project.db')),
    }));
  }

  roots(): string[] {
    return this.#kept.roots;
  }

  workspace(): unknown {
    return this.#kept.workspace ?? null;
  }

  async setSettings(change: Kept['settings']): Promise<Settings> {
    await this.#keep({ settings: { ...this.#kept.settings, ...change } });
    return this.settings;
  }

  async addRecent(path: string): Promise<void> {
    const others = this.#kept.recent.filter((entry) => entry.path !== path);
    await this.#keep({ recent: [{ path, opened: new Date().toISOString() }, ...others].slice(0, MOST_RECENT) });
  }

  async addRoots(paths: readonly string[]): Promise<void> {
    await this.#keep({ roots: [...new Set([...this.#kept.roots, ...paths])] });
  }

  async setWorkspace(state: unknown): Promise<void> {
    await this.#keep({ workspace: state });
  }

  async #keep(change: Partial<Kept>): Promise<void> {
    this.#kept = { ...this.#kept, ...change };
    const turn = this.#writing.then(() => writePrivate(this.#file, JSON.stringify(this.#kept)));
    this.#writing = turn.catch(() => undefined);
    await turn;
  }
}

/** Writes a file that only its owner can read, beside and renamed. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}.new`;
  await writeFile(beside, text, { mode: 0o600 });
  // The mode of a file that was there already would stay.
  await chmod(beside, 0o600);
  await rename(beside, file);
}

function parsed(text: string): Kept {
  try {
    return keptSchema.parse(JSON.parse(text));
  } catch {
    return keptSchema.parse({});
  }
}

/** Projects that the user opened last, those that are still there. */
export async function recentProjects(folder = userFolder()): Promise<string[]> {
  return (await Config.read(folder))
    .recent()
    .filter(({ exists }) => exists)
    .map(({ path }) => path);
}

/** The user's settings of this machine. */
export async function settingsOf(folder = userFolder()): Promise<Settings> {
  return (await Config.read(folder)).settings;
}
