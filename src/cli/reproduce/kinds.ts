import { readFile, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import type { Analysed } from '../../backend/media/analysed.ts';
import { type Difference, frameDifferences, pictureDifferences } from '../../backend/media/differences.ts';
import { eventsTable } from '../../backend/media/events.ts';
import type { DrawStills } from '../../backend/media/figures/drawing.ts';
import { printFigure } from '../../backend/media/figures/index.ts';
import { type Made, type MadeFile, type MadeKind, madeOf, sha256, writeMade } from '../../backend/media/made.ts';
import { methodsFiles } from '../../backend/media/methods.ts';
import { decodePng } from '../../backend/media/png.ts';
import type { FoundMade } from '../../backend/media/read_made.ts';
import { csv, tablesOf } from '../../backend/media/tables.ts';
import type { ProjectContents } from '../../backend/project/project_results.ts';
import { checkFigure, type FigureForm } from '../../contract/figure.ts';
import { checkStoryboard } from '../../contract/storyboard.ts';
import { badInput } from '../../core/failure.ts';
import type { FigureLayout } from '../../core/figure/layout.ts';
import { append, writtenBeside } from '../../formats/beside.ts';
import type { Surroundings } from '../command.ts';

/** What is made again from. */
export interface Asked {
  /** The file that was given. */
  path: string;
  found: FoundMade;
  contents: readonly ProjectContents[];
  analysed: readonly Analysed[];
  /** Where it goes. */
  out: string;
  stills: DrawStills | null;
  threads: number;
  around: Surroundings;
}

/** What came out. */
export interface Again {
  made: Made;
  files: string[];
  sha256: string;
  /** Numbers that it shows, as CSV; null where it is not known what these were. */
  numbers: string | null;
  /** What its kind alone can tell. */
  differences: Difference[];
}

/** How each kind of file is made again, one line each. */
export const KINDS: Readonly<Record<MadeKind, (asked: Asked) => Promise<Again>>> = {
  figure: figureAgain,
  table: tableAgain,
  methods: methodsAgain,
  movie: movieAgain,
};

async function figureAgain({ path, found: { made }, analysed, out, stills, threads, around }: Asked): Promise<Again> {
  const layout: FigureLayout = checkFigure(made.source, path);
  const ending = extname(path).slice(1).toLowerCase();
  const form = (ending === 'tif' ? 'tiff' : ending === 'json' ? 'svg' : ending) as FigureForm | 'csv';
  const { dotsPerInch } = made.options as { dotsPerInch?: number };
  const notices: string[] = [];
  const printed = await printFigure({ name: made.name, layout, path }, analysed, {
    dotsPerInch,
    forms: form === 'csv' ? [] : [form],
    threads,
    signal: around.signal,
    stills,
    notice: (line) => notices.push(line),
  });
  for (const line of notices) around.notice(`warning: ${line}`);
  if (!printed)
    throw badInput({
      what: 'Cannot make the figure again',
      path,
      why: 'nothing that it shows was measured in the project',
    });
  const bytes = printed.files.get(form)!;
  const numbers = printed.files.get('csv')!.toString('utf8');
  const files = await written(out, bytes, printed.made);
  const differences = form === 'png' ? await pixelsApart(path, bytes) : [];
  return { made: printed.made, files, sha256: sha256(bytes), numbers, differences };
}

/** What differs in pixels from a picture as it stands; nothing where that is no picture any more. */
async function pixelsApart(path: string, bytes: Buffer): Promise<Difference[]> {
  try {
    return pictureDifferences(decodePng(await readFile(path)), decodePng(bytes));
  } catch {
    return [];
  }
}

async function tableAgain({ path, found: { made }, analysed, out }: Asked): Promise<Again> {
  const [first] = analysed;
  const table = [...tablesOf(first!.results), eventsTable(first!.results)].find(
    ({ name }) => name === `${made.name}.csv`,
  );
  if (!table) throw badInput({ what: 'Cannot make the table again', path, why: `there is no table ${made.name}` });
  const numbers = [...csv(table)].join('');
  const bytes = Buffer.from(numbers, 'utf8');
  const again = madeOf('table', made.name, null, {}, analysed);
  return { made: again, files: await written(out, bytes, again), sha256: sha256(bytes), numbers, differences: [] };
}

async function methodsAgain({ path, analysed, out }: Asked): Promise<Again> {
  const { made, files } = methodsFiles(analysed[0]!);
  const text = files[path.endsWith('.txt') ? 'methods.txt' : 'methods.md']!;
  const bytes = Buffer.from(text, 'utf8');
  const was = await readFile(path, 'utf8');
  const sentences = (of: string) => new Set(of.split(/(?<=\.)\s+/));
  const [old, now] = [sentences(was), sentences(text)];
  const lost = [...old].filter((sentence) => !now.has(sentence));
  const gained = [...now].filter((sentence) => !old.has(sentence));
  const differences = Array.from({ length: Math.max(lost.length, gained.length) }, (_, k) => ({
    what: 'sentence',
    was: lost[k] ?? 'none',
    is: gained[k] ?? 'none',
  }));
  return { made, files: await written(out, bytes, made), sha256: sha256(bytes), numbers: null, differences };
}

async function movieAgain({ path, found: { made, frames }, contents, out, threads, around }: Asked): Promise<Again> {
  const [{ asItIs, exportMovie, settingsOf }, { withStage }] = await Promise.all([
    import('../../backend/app/index.ts'),
    import('../stage.ts'),
  ]);
  const options = made.options as {
    size: [number, number];
    fps: number;
    samples: number | null;
    codec: 'h264';
    frames: [number, number];
  };
  const request = {
    name: made.name,
    storyboard: checkStoryboard(made.source, path),
    logos: dirname(path),
    projects: contents.map(asItIs),
    file: out,
    codec: options.codec,
    size: options.size,
    fps: options.fps,
    samples: options.samples,
    frames: options.frames,
    threads,
    ffmpeg: (await settingsOf()).ffmpeg ?? null,
  };
  const { file, record, sha256: hash } = await withStage(around, threads, (door) => exportMovie(request, around, door));
  const again = JSON.parse(await readFile(record, 'utf8')) as MadeFile;
  return {
    made: again,
    files: [file, record],
    sha256: hash,
    numbers: null,
    differences: frames && again.frames ? frameDifferences(frames, again.frames) : [],
  };
}

/** Writes a file and what made it. */
async function written(path: string, bytes: Buffer, made: Made): Promise<string[]> {
  await writtenBeside(path, (file) => append(file, bytes));
  const { size } = await stat(path);
  return [path, await writeMade(path, made, { bytes: size, sha256: sha256(bytes) })];
}
