import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asFailure } from '../../core/failure.ts';

/**
 * Makes sure that files can be put below `folder`, which may not be there yet, before anything is computed for it: its first
 * missing part, or a folder in it, is made and removed again. Throws a Failure naming the folder. (On file systems that
 * take no folders, Node's recursive mkdir never returns, or gives a wrong reason.)
 */
export async function checkFolder(folder: string, what: string): Promise<void> {
  try {
    let probe = join(folder, `.tomolapse-${process.pid}`);
    for (let at = folder; !(await isFolder(at)); at = dirname(at)) probe = at;
    await mkdir(probe);
    await rmdir(probe);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw asFailure(Object.assign(new Error(message, { cause: error }), { code }), what, folder);
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
