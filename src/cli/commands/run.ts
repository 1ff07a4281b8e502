import { resolve } from 'node:path';
import type { Command } from '../command.ts';
import { resourceOptions, resourcesOf } from '../resources.ts';

/** The command over the steps of a module, or of the analysis. */
export const runWith = (registry?: string): Command => ({
  name: 'run',
  summary: "Runs a project's recipe; only what changed is computed again",
  positionals: [{ name: 'PROJECT' }],
  options: {
    recipe: { value: 'FILE', summary: 'use this recipe from now on' },
    until: { value: 'STEP', summary: 'stop after this step' },
    executor: { value: 'local', choices: ['local'], summary: 'where steps run' },
    ...resourceOptions,
  },
  notes: ['It can be stopped at any moment; the next run continues.'],
  async run(given, around) {
    const resources = resourcesOf(given);
    const [{ Project }, { ANALYSIS, compute }, { resultsOf }, { matters }] = await Promise.all([
      import('../../store/project.ts'),
      import('../../backend/project/compute.ts'),
      import('../../backend/project/project_results.ts'),
      import('../results_table.ts'),
    ]);
    const [recipe, until] = [given.text('recipe'), given.text('until')];
    const options = {
      registry: registry ?? ANALYSIS,
      recipePath: recipe === undefined ? null : resolve(around.cwd, recipe),
      ...(until === undefined ? {} : { until }),
      ...resources,
    };
    const folder = resolve(around.cwd, given.positional('PROJECT'));
    const project = new Project(folder, { command: 'run', writes: true });
    try {
      const summary = await compute(project, options, around);
      // What the whole series could not be told should not wait until someone asks for the results.
      for (const note of (await resultsOf(project)).notes.filter(matters)) around.notice(`note: ${note}`);
      const steps = (count: number) => `${count} ${count === 1 ? 'step' : 'steps'}`;
      const text =
        summary.computed === 0
          ? `Nothing to do: all ${steps(summary.stored)} are stored.`
          : `Computed ${steps(summary.computed)}; ${summary.stored} were stored already.`;
      return { document: { project: project.directory, ...summary }, text };
    } finally {
      project.close();
    }
  },
});

export const command = runWith();
