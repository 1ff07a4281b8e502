import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { pngTexts } from '../png.ts';
import { findFfmpeg } from '../programs.ts';
import { commentOf } from './gif.ts';

/** Name of the record among what a file tells of itself. */
const KEY = 'tomolapse';

/**
 * The record that a movie carries in itself, as text; null where it has none, or cannot be read: a file that is no movie, or one that
 * needs an ffmpeg which is not there.
 */
export async function embeddedRecord(path: string, ffmpeg: string | null = null): Promise<string | null> {
  try {
    if ((await stat(path)).isDirectory()) return await ofFrames(path);
    if (extname(path).toLowerCase() === '.gif') return commentOf(await readFile(path));
    const program = await findFfmpeg(ffmpeg);
    if (!program) return null;
    const args = ['-v', 'error', '-i', path, '-f', 'ffmetadata', '-'];
    const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 2 ** 26 });
    return tagOf(stdout);
  } catch {
    return null;
  }
}

async function ofFrames(folder: string): Promise<string | null> {
  const first = (await readdir(folder)).filter((name) => name.endsWith('.png')).sort()[0];
  return first === undefined ? null : (pngTexts(await readFile(join(folder, first)))[KEY] ?? null);
}

/** The value of a tag in ffmpeg's own notation: a backslash before what would end it. */
function tagOf(text: string): string | null {
  const found = new RegExp(`^${KEY}=((?:\\\\[\\s\\S]|[^\\\\\n])*)$`, 'im').exec(text);
  return found ? found[1]!.replace(/\\([\s\S])/g, '$1') : null;
}
