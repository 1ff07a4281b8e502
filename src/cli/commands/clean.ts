import { resolve } from 'node:path';
import { shownBytes } from '../../core/units.ts';
import type { Command } from '../command.ts';

/** The command over the steps of a module, or of the analysis. */
export const cleanWith = (registry?: string): Command => ({
  name: 'clean',
  summary: 'Removes stored results that nothing in the project refers to any more',
  positionals: [{ name: 'PROJECT' }],
  options: { 'dry-run': { summary: 'only tell what would be removed' } },
  notes: [
    'What the last run, undo and redo, and records of exported files refer to stays. What is removed and needed again',
    'is computed again.',
  ],
  async run(given, around) {
    const [{ Project }, { ANALYSIS }, { removeResults, usageOf }] = await Promise.all([
      import('../../store/project.ts'),
      import('../../backend/project/compute.ts'),
      import('../../backend/project/clean.ts'),
    ]);
    const dryRun = given.flag('dry-run');
    const folder = resolve(around.cwd, given.positional('PROJECT'));
    const project = new Project(folder, { command: 'clean', writes: !dryRun });
    try {
      const { unused, kept } = await usageOf(project, registry ?? ANALYSIS, around.signal);
      const total = unused.reduce((sum, { bytes }) => sum + bytes, 0);
      if (!dryRun) await removeResults(project, unused, around);
      const results = (count: number) => `${count} ${count === 1 ? 'result' : 'results'}`;
      const removed = `${results(unused.length)} (${shownBytes(total)})`;
      return {
        document: {
          project: project.directory,
          dryRun,
          removed: { results: unused.length, bytes: total },
          kept,
          unused,
        },
        text:
          unused.length === 0
            ? `Nothing to remove: all ${results(kept.results)} (${shownBytes(kept.bytes)}) are referred to.`
            : `${dryRun ? 'Would remove' : 'Removed'} ${removed}; ${results(kept.results)} (${shownBytes(kept.bytes)}) ${dryRun ? 'would stay' : 'stay'}.`,
      };
    } finally {
      project.close();
    }
  },
});

export const command = cleanWith();
