import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { checkFolder } from '../../backend/project/folders.ts';
import type { FigureForm } from '../../contract/figure.ts';
import { Failure } from '../../core/failure.ts';
import { JOURNALS, type JournalName } from '../../core/figure/journals.ts';
import { type ColumnWidth, FIGURES } from '../../core/figure/layout.ts';
import type { Command, Given } from '../command.ts';
import type { ExportOptions, Part } from '../export_project.ts';
import { parseCount } from '../quantities.ts';

/** A figure of 180 mm has 8500 pixels across then. */
const MOST_DPI = 1200;
const COLUMNS = ['single', 'one-and-half', 'double'] as const;
const VOLUMES = ['zarr', 'tiff'] as const;
const FIGURE_FORMS = ['svg', 'pdf', 'png', 'tiff'] as const;

export const command: Command = {
  name: 'export',
  summary: 'Writes the results of a project as files',
  positionals: [{ name: 'PROJECT' }],
  options: {
    out: { value: 'DIR', summary: 'folder to write into' },
    figures: { summary: 'figures for a paper: SVG, PDF, PNG, and their numbers as CSV' },
    tables: { summary: 'CSV tables: scans, cracks, histograms, profiles, cycles' },
    volumes: { summary: 'lithium and phase fractions of all scans, as series' },
    grey: { summary: 'with the volumes the scans too, laid over the reference' },
    events: { summary: 'births, splits and merging of cracks: CSV and JSON' },
    methods: { summary: 'the methods paragraph of a paper, from what was run: text and Markdown' },
    figure: {
      value: 'NAME|FILE',
      many: true,
      summary: 'these figures alone: names below, of layouts in the project, or files',
    },
    journal: {
      value: 'NAME',
      choices: Object.keys(JOURNALS),
      summary: 'whose widths, letters and resolution figures have',
    },
    width: { value: 'MM|COLUMNS', summary: 'of figures: mm, or single, one-and-half, double' },
    with: { value: 'PROJECT', many: true, summary: 'other cells to show beside this one in figures' },
    dpi: { value: 'N', summary: 'dots an inch of figures as pixels; what the journal asks for, or 300' },
    format: {
      value: 'FORMAT',
      summary: 'of figures: svg, pdf, png, tiff, several with commas; of volumes: zarr (unless told) or tiff',
    },
    threads: { value: 'N', summary: 'threads that read voxels for pictures in 3D; all cores unless told' },
  },
  notes: [
    'Without a choice everything is written. Figures and volumes have folders of their own in DIR.',
    `Figures: ${FIGURES.join(', ')}.`,
  ],
  async run(given, around) {
    const out = given.text('out');
    if (out === undefined) throw refused('--out is missing', 'Name a folder to write into');
    const asked = askedOf(given);
    const [{ openForReading }, { analysedOf }, { exportProject, foldersIn, PARTS }, { loadLayout }, { stillsFor }] =
      await Promise.all([
        import('../reader.ts'),
        import('../../backend/media/analysed.ts'),
        import('../export_project.ts'),
        import('../../backend/media/figures/layouts.ts'),
        import('../stills.ts'),
      ]);
    const chosen = PARTS.filter((part) => asked.parts.includes(part));
    const into = resolve(around.cwd, out);
    const folders = foldersIn(into, chosen.length > 0 ? chosen : PARTS);
    const projects = [];
    try {
      for (const folder of [given.positional('PROJECT'), ...given.list('with')])
        projects.push(await openForReading(resolve(around.cwd, folder), 'export'));
      const [first, ...others] = projects;
      const own = first!.figures();
      const figures =
        asked.figures.length > 0
          ? await Promise.all(asked.figures.map((name) => loadLayout(nameIn(name, around.cwd), own)))
          : undefined;
      await checkFolder(into, 'Cannot export');
      const analysed = [await analysedOf(first!), ...(await Promise.all(others.map(analysedOf)))] as const;
      const stills = folders.figures ? await stillsFor(projects, threadsOf(given), around) : null;
      const options = { ...asked.options, figures, stills };
      const files = await exportProject(
        analysed as [(typeof analysed)[0], ...typeof analysed],
        folders,
        around,
        options,
      );
      return { document: { project: first!.directory, files }, text: files.join('\n') };
    } finally {
      for (const project of projects) project.close();
    }
  },
};

function threadsOf(given: Given): number {
  const threads = given.text('threads');
  return threads === undefined ? availableParallelism() : parseCount(threads, '--threads');
}

/** Layouts are files, seen from where the command was called; figures of the program are names. */
function nameIn(name: string, cwd: string): string {
  return name.endsWith('.json') ? resolve(cwd, name) : name;
}

interface Asked {
  parts: Part[];
  figures: string[];
  options: ExportOptions;
}

/** The options, checked. Throws a Failure `usage`. */
function askedOf(given: Given): Asked {
  const figures = given.list('figure');
  const parts = (['tables', 'events', 'figures', 'volumes', 'methods'] as const).filter(
    (part) =>
      given.flag(part) || (part === 'figures' && figures.length > 0) || (part === 'volumes' && given.flag('grey')),
  );
  const dpi = given.text('dpi');
  const dotsPerInch = dpi === undefined ? undefined : parseCount(dpi, '--dpi');
  if (dotsPerInch !== undefined && dotsPerInch > MOST_DPI)
    throw refused(
      `${dotsPerInch} dots an inch are more than ${MOST_DPI}`,
      'For larger prints take the SVG or PDF',
      '--dpi',
    );
  const journal = given.text('journal') as JournalName | undefined;
  const { form, forms } = formsOf(given.text('format'), parts);
  return {
    parts,
    figures,
    options: { form, forms, grey: given.flag('grey'), dotsPerInch, journal, width: widthOf(given.text('width')) },
  };
}

function formsOf(text: string | undefined, parts: readonly Part[]): { form: 'zarr' | 'tiff'; forms?: FigureForm[] } {
  const names = text?.split(',').map((name) => name.trim()) ?? [];
  for (const name of names)
    if (![...VOLUMES, ...FIGURE_FORMS].includes(name as 'tiff'))
      throw refused(
        `"${name}" is not a format`,
        `Choose of ${FIGURE_FORMS.join(', ')} for figures, ${VOLUMES.join(' or ')} for volumes`,
        '--format',
      );
  const forms = FIGURE_FORMS.filter((name) => names.includes(name));
  // TIFF alone is of the volumes, unless figures are wanted and volumes are not.
  const ofFigures = forms.some((name) => name !== 'tiff') || (parts.includes('figures') && !parts.includes('volumes'));
  return { form: names.includes('tiff') ? 'tiff' : 'zarr', ...(forms.length > 0 && ofFigures ? { forms } : {}) };
}

function widthOf(text: string | undefined): ColumnWidth | number | undefined {
  if (text === undefined) return undefined;
  const column = COLUMNS.find((name) => name === text);
  if (column) return column;
  const mm = Number(text.replace(/\s*mm$/, ''));
  if (mm >= 20 && mm <= 1000) return mm;
  throw refused(`"${text}" is no width`, `Give mm from 20 to 1000, or one of ${COLUMNS.join(', ')}`, '--width');
}

function refused(why: string, whatToDo: string, at?: string): Failure {
  return new Failure('usage', { what: 'Cannot export', why, whatToDo, ...(at ? { at } : {}) });
}
