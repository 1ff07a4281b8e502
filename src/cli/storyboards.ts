import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkStoryboard, parseStoryboard } from '../contract/storyboard.ts';
import { asFailure, Failure } from '../core/failure.ts';
import { STORYBOARDS, type Storyboard } from '../core/movie/storyboard.ts';
import { nearest } from '../core/spelling.ts';
import type { Json } from '../core/step.ts';

const SHIPPED = fileURLToPath(new URL('../../resources/storyboards', import.meta.url));

/** A storyboard, and where it comes from. */
export interface NamedStoryboard {
  name: string;
  storyboard: Storyboard;
  /** The folder in which its logos lie. */
  folder: string;
}

/**
 * The storyboard in a file, one of the project's `own` by its name, or one that comes with the program. Throws a Failure `input` where
 * there is none, or it is wrong.
 */
export async function readStoryboard(
  asked: string,
  cwd: string,
  own: Readonly<Record<string, Json>> = {},
): Promise<NamedStoryboard> {
  if (Object.hasOwn(own, asked) && !existsSync(resolve(cwd, asked)))
    return { name: asked, storyboard: checkStoryboard(own[asked], asked), folder: cwd };
  const shipped = (STORYBOARDS as readonly string[]).includes(asked) && !existsSync(resolve(cwd, asked));
  const path = shipped ? resolve(SHIPPED, `${asked}.json`) : resolve(cwd, asked);
  if (!existsSync(path)) {
    const names = [...Object.keys(own), ...STORYBOARDS];
    const meant = nearest(asked, names);
    throw new Failure('input', {
      what: 'Cannot read the storyboard',
      path,
      why: 'there is no such file',
      whatToDo: meant ? `Did you mean ${meant}?` : `Name a file, or one of: ${[...new Set(names)].join(', ')}`,
    });
  }
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw asFailure(error, 'Cannot read the storyboard', path);
  });
  return { name: basename(path, '.json'), storyboard: parseStoryboard(text, path), folder: dirname(path) };
}
