import { resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'export',
  summary: 'Writes the results of a project as files',
  positionals: [{ name: 'PROJECT' }],
  options: {
    out: { value: 'DIR', summary: 'folder to write into' },
    tables: { summary: 'CSV tables: scans, cracks, histograms, profiles, cycles' },
  },
  notes: ['Without a choice everything is written.'],
  async run(given, { cwd }) {
    const out = given.text('out');
    if (out === undefined)
      throw new Failure('usage', {
        what: 'Cannot export',
        why: '--out is missing',
        whatToDo: 'Name a folder to write into',
      });
    const [{ Project }, { exportProject }] = await Promise.all([
      import('../../store/project.ts'),
      import('../export_project.ts'),
    ]);
    const folder = resolve(cwd, given.positional('PROJECT'));
    const project = new Project(folder, { command: 'export', writes: false });
    try {
      const { paths } = await exportProject(project, resolve(cwd, out));
      return { document: { project: project.directory, files: paths }, text: paths.join('\n') };
    } finally {
      project.close();
    }
  },
};
