import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asFailure } from '../../core/failure.ts';
import { parseBytes } from '../../core/units.ts';
import type { Command } from '../command.ts';
import { parseCount } from '../quantities.ts';

/** The command over the steps that the module `registry` (a URL) exports. */
export const runWith = (registry: string): Command => ({
  name: 'run',
  summary: "Runs a project's recipe; only what changed is computed again",
  positionals: [{ name: 'PROJECT' }],
  options: {
    recipe: { value: 'FILE', summary: 'use this recipe from now on' },
    until: { value: 'STEP', summary: 'stop after this step' },
    executor: { value: 'local', choices: ['local'], summary: 'where steps run' },
    threads: { value: 'N', summary: 'threads to compute with; all cores unless told' },
    memory: { value: '2GiB', summary: 'memory to stay under; half of the machine unless told' },
  },
  notes: ['It can be stopped at any moment; the next run continues.'],
  async run(given, { signal, cwd, notice, progress }) {
    const threads = parseCount(given.text('threads') ?? String(availableParallelism()), '--threads');
    const memory = given.text('memory');
    const memoryBytes = memory === undefined ? Math.floor(totalmem() / 2) : parseBytes(memory, '--memory');
    const [{ Project }, { runProject }, { checkAgainst, parseRecipe }, { engineBuild }, { version }, { reopen }] =
      await Promise.all([
        import('../../store/project.ts'),
        import('../../backend/jobs/run.ts'),
        import('../../contract/recipe.ts'),
        import('../../engine/build.ts'),
        import('../program.ts'),
        import('../scans.ts'),
      ]);
    const recipePath = given.text('recipe') === undefined ? null : resolve(cwd, given.text('recipe')!);
    const asked = recipePath === null ? null : parseRecipe(await readText(recipePath), recipePath);
    const project = new Project(resolve(cwd, given.positional('PROJECT')), { command: 'run', writes: true });
    try {
      for (const name of await project.refreshScans(reopen)) notice(`warning: ${name} has changed since it came in`);
      const recipe = asked ?? project.recipe();
      checkAgainst(recipe, project.series(), recipePath ?? project.directory);
      if (asked) project.setRecipe(asked);
      const until = given.text('until');
      const summary = await runProject(project, recipe, {
        registry,
        runner: { script: fileURLToPath(new URL('../main.ts', import.meta.url)), args: ['run-step'] },
        engine: engineBuild(),
        software: version(),
        threads,
        memoryBytes,
        ...(until === undefined ? {} : { until }),
        signal,
        onProgress: progress,
        onNotice: (line) => notice(`warning: ${line}`),
      });
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

export const command = runWith(new URL('../../analysis/index.ts', import.meta.url).href);

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw asFailure(error, 'Cannot read the recipe', path);
  }
}
