import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { checkMade } from '../../contract/made.ts';
import { asFailure, badInput } from '../../core/failure.ts';
import type { Made, MadeFile, MadeFiles } from './made.ts';
import { embeddedRecord } from './movie/embedded.ts';
import { pngTexts } from './png.ts';
import { tiffDescription } from './tiff.ts';

/** A record that was found, and what it says of the file it was found with. */
export interface FoundMade {
  made: Made;
  /** Where it stood: in the file, or the path of the JSON. */
  where: string;
  /** What the file was when it was written; null where only the file itself tells what made it. */
  file: MadeFile['file'] | null;
  frames: MadeFile['frames'] | null;
  /** Files that were made with it, its own included. */
  files: MadeFile['file'][];
}

const WHAT = 'Cannot make the file again';

/**
 * What made a file: from the JSON beside it, where there is one (`FILE.json`, of a figure `NAME.json`), else from the file itself. Throws a
 * Failure `input` where nothing tells it, or what tells it is damaged.
 */
export async function readMade(path: string): Promise<FoundMade> {
  try {
    await stat(path);
  } catch (error) {
    throw asFailure(error, WHAT, path);
  }
  for (const beside of [`${path}.json`, join(dirname(path), `${basename(path, extname(path))}.json`), path]) {
    if (!beside.endsWith('.json') || !existsSync(beside)) continue;
    const found = await fromJson(beside, basename(path));
    if (found) return found;
  }
  // A file that only has the ending of its kind tells nothing.
  const text = await inFile(path).catch(() => null);
  const made = text === null ? null : parsed(text, path);
  if (made) return { made, where: path, file: null, frames: null, files: [] };
  throw badInput({
    what: WHAT,
    path,
    why: 'nothing in it or beside it tells what made it',
    whatToDo: 'Give a figure, table or movie that Tomolapse wrote, with its JSON beside it',
  });
}

/** The record of a JSON, where it is one of that file. */
async function fromJson(path: string, name: string): Promise<FoundMade | null> {
  const made = parsed(await readFile(path, 'utf8'), path);
  if (!made) return null;
  const { file, files, frames } = made as Partial<MadeFile & MadeFiles> & Made;
  const all = files ?? (file ? [file] : []);
  // The JSON of a figure names its files; given itself, the first of them is meant.
  const own = basename(path) === name ? all[0] : all.find((one) => one.name === name);
  return { made, where: path, file: own ?? null, frames: frames ?? null, files: all };
}

async function inFile(path: string): Promise<string | null> {
  const ending = extname(path).toLowerCase();
  if (ending === '.png') return pngTexts(await readFile(path))['tomolapse'] ?? null;
  if (ending === '.svg') return svgRecord(await readFile(path, 'utf8'));
  if (ending === '.pdf') return pdfNote(await readFile(path), 'Tomolapse');
  if (ending === '.tiff' || ending === '.tif') return tiffDescription(await readFile(path));
  return await embeddedRecord(path);
}

/** The record in a text; null where it is none. Throws a Failure `input` where it is one that is damaged. */
function parsed(text: string, path: string): Made | null {
  let document: Partial<Made> | null;
  try {
    document = JSON.parse(text) as Partial<Made> | null;
  } catch {
    return null;
  }
  if (document?.record !== 1 || !Array.isArray(document.projects)) return null;
  checkMade(document, path);
  return document as Made;
}

function svgRecord(svg: string): string | null {
  const found = /<metadata>\s*<tomolapse[^>]*>([^<]*)<\/tomolapse>/.exec(svg);
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&', apos: "'" };
  return found ? found[1]!.replace(/&(lt|gt|quot|amp|apos);/g, (_, name: string) => named[name]!) : null;
}

/** A text of a PDF's information; null where it has none of that name, or another program wrote it anew. */
export function pdfNote(pdf: Buffer, name: string): string | null {
  const text = pdf.toString('latin1');
  const entry = new RegExp(`/${name}\\s*(?:\\(|(\\d+) 0 R)`).exec(text);
  if (!entry) return null;
  // The text stands there, or in an object of its own.
  const object = entry[1] === undefined ? entry : new RegExp(`\\n${entry[1]} 0 obj\\s*\\(`).exec(text);
  if (!object) return null;
  let out = '';
  let depth = 0;
  for (let i = object.index + object[0].length; i < text.length; i++) {
    const letter = text[i]!;
    if (letter === '\\') {
      const next = text[++i]!;
      out += { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }[next] ?? next;
      continue;
    }
    if (letter === '(') depth++;
    if (letter === ')' && depth-- === 0) return out;
    out += letter;
  }
  return null;
}
