import { join } from 'node:path';
import { asFailure } from '../../../core/failure.ts';
import { append, writtenBeside } from '../../../formats/beside.ts';
import type { Analysed } from '../analysed.ts';
import { madeOf } from '../made.ts';
import { encodePng } from '../png.ts';
import { crackCurve } from './crack_curve.ts';
import { pdfOf } from './pdf.ts';
import { outlined, rasterised } from './print.ts';
import { sliceMontage } from './slice_montage.ts';
import { type Page, svgFile } from './svg.ts';
import { thicknessCurve } from './thickness_curve.ts';
import { thicknessMaps } from './thickness_maps.ts';

export const DOTS_PER_INCH = 300;

interface Figure {
  name: string;
  title: string;
  /** Null where there is nothing to draw. */
  draw(analysed: Analysed, threads: number): Promise<Page | null> | Page | null;
}

/** Every figure, one line each. */
export const FIGURES: readonly Figure[] = [
  {
    name: 'thickness_maps',
    title: 'Lithium thickness over the working electrode',
    draw: (a) => thicknessMaps(a, 'working'),
  },
  { name: 'counter_maps', title: 'Lithium gained at the counter electrode', draw: (a) => thicknessMaps(a, 'counter') },
  { name: 'slice_montage', title: 'The cell cut open', draw: sliceMontage },
  { name: 'thickness_curve', title: 'Lithium thickness against time and charge', draw: thicknessCurve },
  { name: 'crack_curve', title: 'Crack volumes and voltage', draw: crackCurve },
];

export interface FigureOptions {
  /** Of the PNG. */
  dotsPerInch?: number;
  threads?: number;
  signal?: AbortSignal;
  /** `fraction` of the figures drawn, 0 to 1. */
  progress?(fraction: number): void;
}

/**
 * Draws every figure that the results have something for into a folder, as SVG, PDF and PNG. Each carries
 * the recipe, the program and the fingerprints of the scans that made it. Returns the paths. Throws a Failure: `input` for damaged
 * results, `resources` for a full disk; or the signal's reason.
 */
export async function writeFigures(analysed: Analysed, folder: string, options: FigureOptions = {}): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, { name, title, draw }] of FIGURES.entries()) {
    options.signal?.throwIfAborted();
    const page = await draw(analysed, options.threads ?? 0);
    if (page)
      for (const [ending, bytes] of await printed(
        page,
        title,
        madeOf('figure', name, null, {}, [analysed]),
        options.dotsPerInch ?? DOTS_PER_INCH,
      )) {
        const path = join(folder, `${name}.${ending}`);
        try {
          await writtenBeside(path, (file) => append(file, bytes));
        } catch (error) {
          throw asFailure(error, 'Cannot write the figure', path);
        }
        paths.push(path);
      }
    options.progress?.((i + 1) / FIGURES.length);
  }
  return paths;
}

/** A page in every form, by the ending of its file. */
async function printed(
  page: Page,
  title: string,
  made: object,
  dotsPerInch: number,
): Promise<[ending: string, bytes: Buffer][]> {
  const recipe = JSON.stringify(made);
  const picture = await rasterised(page, dotsPerInch);
  const texts = { Title: title, Software: 'Tomolapse', tomolapse: recipe };
  return [
    ['svg', Buffer.from(svgFile(page, title, made))],
    [
      'pdf',
      pdfOf(await outlined(page), page.width, page.height, { Title: title, Creator: 'Tomolapse', Tomolapse: recipe }),
    ],
    ['png', encodePng(picture, { texts, dotsPerInch })],
  ];
}
