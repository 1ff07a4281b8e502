import { resolve } from 'node:path';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'results',
  summary: 'Prints the numbers of a project',
  positionals: [{ name: 'PROJECT' }],
  options: {},
  async run(given, { cwd }) {
    const [{ openForReading }, { resultsOf }, { tableOf }] = await Promise.all([
      import('../reader.ts'),
      import('../../backend/project/project_results.ts'),
      import('../results_table.ts'),
    ]);
    const project = await openForReading(resolve(cwd, given.positional('PROJECT')), 'results');
    try {
      const results = await resultsOf(project);
      return { document: results, text: tableOf(results) };
    } finally {
      project.close();
    }
  },
};
