import { join, relative, resolve } from 'node:path';
import type { PhantomSize } from '../../phantom/spec.ts';
import type { Command } from '../command.ts';
import { resourceOptions, resourcesOf } from '../resources.ts';

export const command: Command = {
  name: 'demo',
  summary: 'The main job from nothing: writes a synthetic series, analyses it, compares with the truth',
  positionals: [{ name: 'DIR', optional: true }],
  options: {
    size: { value: 'SIZE', choices: ['small', 'medium', 'large'], summary: 'of the series; medium unless told' },
    seed: { value: 'N', summary: 'another seed, another cell; 1 unless told' },
    ...resourceOptions,
  },
  notes: ['DIR is tomolapse-demo unless told. Started again in the same folder, it goes on where it stopped.'],
  async run(given, around) {
    const resources = resourcesOf(given);
    const [{ parseCount }, { Project }, { ANALYSIS, compute }, { demoPlaces, demoSeries }] = await Promise.all([
      import('../quantities.ts'),
      import('../../store/project.ts'),
      import('../../backend/project/compute.ts'),
      import('../../backend/project/demo.ts'),
    ]);
    const [{ analysedOf }, { exportProject }, { compared, comparisonTable }, { demoMovie }] = await Promise.all([
      import('../../backend/media/analysed.ts'),
      import('../export_project.ts'),
      import('../comparison.ts'),
      import('../demo_movie.ts'),
    ]);
    const folder = resolve(around.cwd, given.optionalPositional('DIR') ?? 'tomolapse-demo');
    const [tables, figures, movies] = [join(folder, 'tables'), join(folder, 'figures'), join(folder, 'movies')];
    const { project: cell } = demoPlaces(folder);
    const seed = given.text('seed');
    const asked = {
      size: (given.text('size') ?? 'medium') as PhantomSize,
      seed: seed === undefined ? 1 : parseCount(seed, '--seed', 0),
    };
    const began = performance.now();
    const truth = await demoSeries(folder, asked, resources.threads, around);
    const project = new Project(cell, { command: 'demo', writes: true });
    try {
      await compute(project, { registry: ANALYSIS, recipePath: null, ...resources }, around);
      const analysed = await analysedOf(project);
      const files = await exportProject([analysed], { tables, events: tables, figures }, around);
      const { results } = analysed;
      const comparison = await compared(results, truth);
      const seconds = (performance.now() - began) / 1000;
      files.push(...(await demoMovie(project, movies, resources.threads, around)));
      const near = relative(around.cwd, cell);
      const shown = near.startsWith('..') ? cell : near;
      return {
        document: { folder, project: cell, files, seconds, results, truth: comparison },
        text: [
          comparisonTable(comparison, results),
          '',
          `${truth.scans.length} scans of ${truth.shape.join(' × ')} voxels in ${Math.round(seconds)} s. In ${folder}:`,
          '  figures/         thickness maps, slices, thickness and cracks over time (PNG, SVG, PDF)',
          ...(files.some((file) => file.startsWith(movies))
            ? ['  movies/          the cell over time, over its voltage (MP4)']
            : []),
          '  tables/          every number as CSV, and what happened to the cracks',
          '  cell.tomolapse/  the project',
          '  scans/           the series, with what is true of it in truth.json',
          '',
          `The numbers again      tomolapse results ${shown}`,
          `With another recipe    tomolapse run ${shown} --recipe recipe.json`,
          `As files elsewhere     tomolapse export ${shown} --out DIR`,
          `A movie, full size     tomolapse movie ${shown} --storyboard paper --out cell.mp4`,
          `Checked for damage     tomolapse verify ${shown}`,
        ].join('\n'),
      };
    } finally {
      project.close();
    }
  },
};
