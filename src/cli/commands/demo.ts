import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { badInput } from '../../core/failure.ts';
import type { PhantomSize } from '../../phantom/spec.ts';
import type { Truth } from '../../phantom/truth.ts';
import type { Command } from '../command.ts';
import { checkFolder } from '../folders.ts';
import { resourceOptions, resourcesOf } from '../resources.ts';

/** By this file a demonstration knows its own folder; it holds what was asked for. */
const MARK = 'demo.json';

interface Asked {
  size: PhantomSize;
  seed: number;
}

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
    const [{ parseCount }, { writePhantom }, { gatherSeries }, { createProject, Project }, { ANALYSIS, compute }] =
      await Promise.all([
        import('../quantities.ts'),
        import('../../phantom/write.ts'),
        import('../gather.ts'),
        import('../../store/project.ts'),
        import('../compute.ts'),
      ]);
    const [{ analysedOf, exportProject }, { compared, comparisonTable }] = await Promise.all([
      import('../export_project.ts'),
      import('../comparison.ts'),
    ]);
    const { cwd, signal, notice, progress } = around;
    const folder = resolve(cwd, given.optionalPositional('DIR') ?? 'tomolapse-demo');
    const [scans, cell, tables, figures] = ['scans', 'cell.tomolapse', 'tables', 'figures'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    const seed = given.text('seed');
    const asked: Asked = {
      size: (given.text('size') ?? 'medium') as PhantomSize,
      seed: seed === undefined ? 1 : parseCount(seed, '--seed', 0),
    };
    await checkFolder(folder, 'Cannot run the demonstration');
    await claim(folder, asked);

    const began = performance.now();
    const truth =
      (await wholeTruth(scans)) ??
      (await writePhantom(
        scans,
        { ...asked, threads: resources.threads },
        {
          signal,
          progress: (fraction) => progress({ fraction, title: 'Writing the series', secondsLeft: null }),
        },
      ));
    if (!existsSync(cell)) {
      const { working, counter } = truth.electrodes;
      await createProject(cell, (objects) =>
        gatherSeries(
          {
            paths: truth.scans.map(({ file }) => join(scans, file)),
            hints: { voxelSizeUm: truth.voxelSizeUm },
            timesPath: join(scans, 'scans.csv'),
            intervalH: null,
            cyclingPath: join(scans, 'cycling.csv'),
            platingSign: 'negative',
            workingAreaMm2: working.areaMm2,
            counterAreaMm2: counter.areaMm2,
          },
          objects,
          { signal, notice, progress },
        ),
      );
    }
    const project = new Project(cell, { command: 'demo', writes: true });
    try {
      await compute(project, { registry: ANALYSIS, recipePath: null, ...resources }, around);
      const analysed = await analysedOf(project);
      const files = await exportProject(analysed, { tables, events: tables, figures }, around);
      const { results } = analysed;
      const comparison = await compared(results, truth);
      const seconds = (performance.now() - began) / 1000;
      const near = relative(cwd, cell);
      const shown = near.startsWith('..') ? cell : near;
      return {
        document: { folder, project: cell, files, seconds, results, truth: comparison },
        text: [
          comparisonTable(comparison, results),
          '',
          `${truth.scans.length} scans of ${truth.shape.join(' × ')} voxels in ${Math.round(seconds)} s. In ${folder}:`,
          '  figures/         thickness maps, slices, thickness and cracks over time (PNG, SVG, PDF)',
          '  tables/          every number as CSV, and what happened to the cracks',
          '  cell.tomolapse/  the project',
          '  scans/           the series, with what is true of it in truth.json',
          '',
          `The numbers again      tomolapse results ${shown}`,
          `With another recipe    tomolapse run ${shown} --recipe recipe.json`,
          `As files elsewhere     tomolapse export ${shown} --out DIR`,
          `Checked for damage     tomolapse verify ${shown}`,
        ].join('\n'),
      };
    } finally {
      project.close();
    }
  },
};

/** The truth of a series that an earlier demonstration wrote whole, null where there is none. */
async function wholeTruth(folder: string): Promise<Truth | null> {
  if (!existsSync(join(folder, 'truth.json'))) return null;
  const { readTruth } = await import('../../phantom/truth.ts');
  return await readTruth(folder);
}

/**
 * Makes a new or empty folder the demonstration's own, or finds that it is. Throws a Failure `input` for a folder with anything
 * else in it, or with another demonstration.
 */
async function claim(folder: string, asked: Asked): Promise<void> {
  const what = 'Cannot run the demonstration';
  const mark = join(folder, MARK);
  if (existsSync(mark)) {
    const earlier = JSON.parse(await readFile(mark, 'utf8')) as Asked;
    if (earlier.size === asked.size && earlier.seed === asked.seed) return;
    throw badInput({
      what,
      path: folder,
      why: `there is another one in it (--size ${earlier.size} --seed ${earlier.seed})`,
      whatToDo: 'Ask for the same, give another folder, or remove this one',
    });
  }
  const [other] = existsSync(folder) ? await readdir(folder) : [];
  if (other !== undefined)
    throw badInput({
      what,
      path: folder,
      why: `there is something else in it (${other})`,
      whatToDo: 'Give a folder that is new or empty',
    });
  const [{ append, writtenBeside }, { asFailure }] = await Promise.all([
    import('../../formats/beside.ts'),
    import('../../core/failure.ts'),
  ]);
  try {
    await writtenBeside(mark, (file) => append(file, Buffer.from(`${JSON.stringify(asked)}\n`)));
  } catch (error) {
    throw asFailure(error, what, folder);
  }
}
