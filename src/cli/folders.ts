import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asFailure } from '../core/failure.ts';

/**
 * Makes sure that files can be put below `folder`, which may not be there yet, before anything is computed for it: its first
 * missing part is made and removed again. Throws a Failure `input` naming the part that cannot be made. (Where a file
 * system takes no folders at all, such as /proc, Node's recursive mkdir never returns.)
 */
export async function checkFolder(folder: string, what: string): Promise<void> {
  try {
    let missing: string | null = null;
    for (let at = folder; !(await isFolder(at)); at = dirname(at)) missing = at;
    if (missing === null) return;
    await mkdir(missing);
    await rmdir(missing);
  } catch (error) {
    throw asFailure(error, what, folder);
  }
}

/** False where nothing is there. */
async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
    throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR', path });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
