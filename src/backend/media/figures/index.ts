import { join } from 'node:path';
import { checkFigureAgainst, type FigureForm } from '../../../contract/figure.ts';
import { asFailure, Failure } from '../../../core/failure.ts';
import { FIGURES, type FigureLayout, type FigurePanel } from '../../../core/figure/layout.ts';
import { append, writtenBeside } from '../../../formats/beside.ts';
import type { Analysed } from '../analysed.ts';
import { type Made, type MadeFiles, madeOf, recordText, sha256 } from '../made.ts';
import { encodePng } from '../png.ts';
import { encodeTiff } from '../tiff.ts';
import { type Composed, compose } from './compose.ts';
import type { DrawStills } from './drawing.ts';
import { type NamedLayout, templateOf } from './layouts.ts';
import { numbersCsv } from './numbers.ts';
import { pdfOf } from './pdf.ts';
import { rasterised } from './print.ts';
import { svgFile } from './svg.ts';

/** The forms that are written unless others are asked for. */
export const FORMS: readonly FigureForm[] = ['svg', 'pdf', 'png'];

/** What of a layout is asked for otherwise than it says. */
export interface FigureChange {
  journal?: FigureLayout['journal'] | undefined;
  width?: FigureLayout['width'] | undefined;
}

export interface FigureOptions extends FigureChange {
  /** Every one that comes with the program unless told. */
  figures?: readonly NamedLayout[] | undefined;
  forms?: readonly FigureForm[] | undefined;
  /** Of what is made of pixels; what the journal asks for unless told. */
  dotsPerInch?: number | undefined;
  threads?: number;
  signal?: AbortSignal;
  /** Draws the cell in 3D. Null: there is nothing that could, which is said of each panel; undefined: figures in 3D are not wanted. */
  stills?: DrawStills | null | undefined;
  /** Says what was left out, one sentence. */
  notice?(line: string): void;
  /** `fraction` of the figures drawn, 0 to 1. */
  progress?(fraction: number): void;
}

/** A figure in its forms, by the ending of its file. */
export interface Printed {
  name: string;
  made: Made;
  files: Map<FigureForm | 'csv', Buffer>;
}

/** Every figure that comes with the program. */
export function everyFigure(): Promise<NamedLayout[]> {
  return Promise.all(FIGURES.map(templateOf));
}

/**
 * Draws figures of one or several cells into a folder: each in the forms asked for, `NAME.csv` with every number that it shows, and
 * `NAME.json` with what made it and the checksums of its files. Returns the paths. Throws a Failure: `input` for damaged results or a layout that names
 * what is not there, `resources` for a full disk; or the signal's reason.
 */
export async function writeFigures(
  projects: readonly Analysed[],
  folder: string,
  options: FigureOptions = {},
): Promise<string[]> {
  const figures =
    options.figures ??
    (await everyFigure()).filter(({ layout }) => options.stills !== undefined || !layout.rows.flat().some(inVolume));
  for (const { name, path } of figures)
    if (path === join(folder, `${name}.json`))
      throw new Failure('usage', {
        what: 'Cannot write the figure',
        path,
        why: 'what made the figure would be written over its layout',
        whatToDo: 'Give another folder, or the layout another name',
      });
  const paths: string[] = [];
  for (const [i, figure] of figures.entries()) {
    options.signal?.throwIfAborted();
    const printed = await printFigure(figure, projects, options);
    if (printed) paths.push(...(await writePrinted(printed, folder)));
    else if (options.figures) options.notice?.(`${figure.name} is left out: there is nothing to show`);
    options.progress?.((i + 1) / figures.length);
  }
  return paths;
}

function inVolume({ kind }: FigurePanel): boolean {
  return kind === 'volumes';
}

/** A layout with what is asked for otherwise. */
export function changed(layout: FigureLayout, { journal, width }: FigureChange): FigureLayout {
  return { ...layout, ...(journal === undefined ? {} : { journal }), ...(width === undefined ? {} : { width }) };
}

/** A figure in the forms asked for; null where there is nothing to draw. Throws as `writeFigures`. */
export async function printFigure(
  figure: NamedLayout,
  projects: readonly Analysed[],
  options: FigureOptions = {},
): Promise<Printed | null> {
  const layout = changed(figure.layout, options);
  const composed = await composedOf(figure, layout, projects, options);
  if (!composed) return null;
  const { page, journal } = composed;
  const dotsPerInch = options.dotsPerInch ?? journal.dotsPerInch;
  const made = madeOf('figure', figure.name, layout, { dotsPerInch }, projects);
  const title = layout.title ?? figure.name;
  const recipe = recordText(made);
  const forms = options.forms ?? FORMS;
  const files: Printed['files'] = new Map();
  const picture = forms.some((form) => form === 'png' || form === 'tiff') ? await rasterised(page, dotsPerInch) : null;
  for (const form of forms) {
    if (form === 'svg') files.set(form, Buffer.from(await svgFile(page, title, made)));
    if (form === 'pdf')
      files.set(
        form,
        await pdfOf(page, { Title: title, Creator: 'Tomolapse', Producer: 'Tomolapse', Tomolapse: recipe }),
      );
    if (form === 'png')
      files.set(
        form,
        encodePng(picture!, { texts: { Title: title, Software: 'Tomolapse', tomolapse: recipe }, dotsPerInch }),
      );
    if (form === 'tiff')
      files.set(form, encodeTiff(picture!, { description: recipe, software: 'Tomolapse', dotsPerInch }));
  }
  files.set('csv', Buffer.from(numbersCsv(composed.rows)));
  return { name: figure.name, made, files };
}

/** A figure as a page of SVG, for a screen: its size in mm, and what was left out. Null where there is nothing to draw. */
export async function previewFigure(
  figure: NamedLayout,
  projects: readonly Analysed[],
  options: FigureOptions = {},
): Promise<{ svg: string; widthMm: number; heightMm: number; notices: string[] } | null> {
  const notices: string[] = [];
  const layout = changed(figure.layout, options);
  const composed = await composedOf(figure, layout, projects, { ...options, notice: (line) => notices.push(line) });
  if (!composed) return null;
  const { page } = composed;
  const mm = (points: number) => (points / 72) * 25.4;
  const svg = await svgFile(page, layout.title ?? figure.name, {});
  return { svg, widthMm: mm(page.width), heightMm: mm(page.height), notices };
}

function composedOf(
  figure: NamedLayout,
  layout: FigureLayout,
  projects: readonly Analysed[],
  { dotsPerInch, threads, signal, stills, notice }: FigureOptions,
): Promise<Composed | null> {
  checkFigureAgainst(layout, projects, figure.path);
  return compose(layout, projects, {
    dotsPerInch,
    threads,
    signal: signal ?? new AbortController().signal,
    stills,
    notice: notice && ((line) => notice(`${figure.name}: ${line}`)),
  });
}

/** Writes a figure's files and `NAME.json`. Returns the paths. */
export async function writePrinted({ name, made, files }: Printed, folder: string): Promise<string[]> {
  const paths: string[] = [];
  const write = async (file: string, bytes: Buffer): Promise<void> => {
    const path = join(folder, file);
    try {
      await writtenBeside(path, (handle) => append(handle, bytes));
    } catch (error) {
      throw asFailure(error, 'Cannot write the figure', path);
    }
    paths.push(path);
  };
  const written: MadeFiles['files'] = [];
  for (const [form, bytes] of files) {
    await write(`${name}.${form}`, bytes);
    written.push({ name: `${name}.${form}`, bytes: bytes.length, sha256: sha256(bytes) });
  }
  const document: MadeFiles = { ...made, files: written };
  await write(`${name}.json`, Buffer.from(`${JSON.stringify(document, null, 2)}\n`));
  return paths;
}
