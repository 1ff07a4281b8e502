import { resolve } from 'node:path';
import { checkFolder } from '../../backend/project/folders.ts';
import { Failure } from '../../core/failure.ts';
import type { Command } from '../command.ts';
import { parseCount } from '../quantities.ts';

/** A figure of 180 mm has 8500 pixels across then. */
const MOST_DPI = 1200;

export const command: Command = {
  name: 'export',
  summary: 'Writes the results of a project as files',
  positionals: [{ name: 'PROJECT' }],
  options: {
    out: { value: 'DIR', summary: 'folder to write into' },
    figures: { summary: 'thickness maps, slices, thickness and cracks over time: PNG, SVG, PDF' },
    tables: { summary: 'CSV tables: scans, cracks, histograms, profiles, cycles' },
    volumes: { summary: 'lithium and phase fractions of every scan' },
    events: { summary: 'births, splits and merging of cracks: CSV and JSON' },
    dpi: { value: 'N', summary: 'dots an inch of the PNG figures; 300 unless told' },
    format: { value: 'FORMAT', choices: ['zarr', 'tiff'], summary: 'of the volumes; OME-Zarr unless told' },
  },
  notes: ['Without a choice everything is written. Figures and volumes have folders of their own in DIR.'],
  async run(given, around) {
    const out = given.text('out');
    if (out === undefined)
      throw new Failure('usage', {
        what: 'Cannot export',
        why: '--out is missing',
        whatToDo: 'Name a folder to write into',
      });
    const [{ openForReading }, { analysedOf }, { exportProject, foldersIn, PARTS }] = await Promise.all([
      import('../reader.ts'),
      import('../../backend/media/analysed.ts'),
      import('../export_project.ts'),
    ]);
    const dpi = given.text('dpi');
    const dotsPerInch = dpi === undefined ? undefined : parseCount(dpi, '--dpi');
    if (dotsPerInch !== undefined && dotsPerInch > MOST_DPI)
      throw new Failure('usage', {
        what: 'Cannot export',
        at: '--dpi',
        why: `${dotsPerInch} dots an inch are more than ${MOST_DPI}`,
        whatToDo: 'For larger prints take the SVG or PDF',
      });
    const options = {
      form: given.text('format') === 'tiff' ? ('tiff' as const) : ('zarr' as const),
      ...(dotsPerInch === undefined ? {} : { dotsPerInch }),
    };
    const chosen = PARTS.filter((part) => given.flag(part));
    const into = resolve(around.cwd, out);
    const folders = foldersIn(into, chosen.length > 0 ? chosen : PARTS);
    const folder = resolve(around.cwd, given.positional('PROJECT'));
    const project = await openForReading(folder, 'export');
    try {
      await checkFolder(into, 'Cannot export');
      const files = await exportProject(await analysedOf(project), folders, around, options);
      return { document: { project: project.directory, files }, text: files.join('\n') };
    } finally {
      project.close();
    }
  },
};
