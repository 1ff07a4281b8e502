import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RESOURCES = fileURLToPath(new URL('../../../resources/', import.meta.url));

/** Storyboards or layouts of figures that come with the program, by name. */
export async function templates(
  kind: 'storyboards' | 'figures',
  folder = join(RESOURCES, kind),
): Promise<{ name: string; plan: unknown }[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  return await Promise.all(
    names.map(async (name) => ({
      name: basename(name, '.json'),
      plan: JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown,
    })),
  );
}
