import { resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Command } from '../command.ts';

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
    const [{ Project }, { analysedOf, exportProject, foldersIn, PARTS }] = await Promise.all([
      import('../../store/project.ts'),
      import('../export_project.ts'),
    ]);
    const chosen = PARTS.filter((part) => given.flag(part));
    const folders = foldersIn(resolve(around.cwd, out), chosen.length > 0 ? chosen : PARTS);
    const folder = resolve(around.cwd, given.positional('PROJECT'));
    const project = new Project(folder, { command: 'export', writes: false });
    try {
      const form = given.text('format') === 'tiff' ? 'tiff' : 'zarr';
      const files = await exportProject(await analysedOf(project), folders, around, form);
      return { document: { project: project.directory, files }, text: files.join('\n') };
    } finally {
      project.close();
    }
  },
};
