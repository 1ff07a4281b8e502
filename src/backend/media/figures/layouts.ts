import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkFigure, parseFigure } from '../../../contract/figure.ts';
import { asFailure, Failure } from '../../../core/failure.ts';
import { FIGURES, type FigureLayout } from '../../../core/figure/layout.ts';
import { nearest } from '../../../core/spelling.ts';

/** A layout and the name of what it makes. */
export interface NamedLayout {
  name: string;
  layout: FigureLayout;
  /** Where its file lies, as errors name it. */
  path: string;
}

/** A layout that comes with the program. */
export async function templateOf(name: (typeof FIGURES)[number]): Promise<NamedLayout> {
  const file = new URL(`../../../../resources/figures/${name}.json`, import.meta.url);
  const path = `${name}.json`;
  return { name, path, layout: parseFigure(await readFile(file, 'utf8'), path) };
}

/**
 * A layout by its name, of those that a project keeps (`own`) or that come with the program, or by its file. Throws a Failure: `usage`,
 * `input`.
 */
export async function loadLayout(
  nameOrPath: string,
  own: Readonly<Record<string, unknown>> = {},
): Promise<NamedLayout> {
  if (Object.hasOwn(own, nameOrPath))
    return { name: nameOrPath, path: nameOrPath, layout: checkFigure(own[nameOrPath], nameOrPath) };
  const known = FIGURES.find((name) => name === nameOrPath);
  if (known) return await templateOf(known);
  if (!nameOrPath.endsWith('.json')) {
    const names = [...Object.keys(own), ...FIGURES];
    const meant = nearest(nameOrPath, names);
    throw new Failure('usage', {
      what: 'Cannot draw the figure',
      at: nameOrPath,
      why: 'no figure of that name is in the project or comes with the program',
      whatToDo: meant ? `Did you mean ${meant}?` : `Choose one of ${names.join(', ')}, or give the file of a layout`,
    });
  }
  let text: string;
  try {
    text = await readFile(nameOrPath, 'utf8');
  } catch (error) {
    throw asFailure(error, 'Cannot read the layout', nameOrPath);
  }
  const name = basename(nameOrPath, '.json');
  return { name, path: nameOrPath, layout: parseFigure(text, nameOrPath) };
}
