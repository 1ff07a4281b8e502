import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { badInput } from '../../core/failure.ts';
import type { Truth } from '../../phantom/truth.ts';
import type { Command } from '../command.ts';
import { resourceOptions, resourcesOf } from '../resources.ts';

/** What the demonstration leaves, and by which it is known again. */
const PARTS = ['scans', 'cell.tomolapse', 'tables'] as const;

export const command: Command = {
  name: 'demo',
  summary: 'The main job from nothing: writes a synthetic series, analyses it, compares with the truth',
  positionals: [{ name: 'DIR', optional: true }],
  options: {
    size: { value: 'SIZE', choices: ['small', 'medium', 'large'], summary: 'of the series; small unless told' },
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
    const [{ exportProject }, { compared, comparisonTable }] = await Promise.all([
      import('../export_project.ts'),
      import('../comparison.ts'),
    ]);
    const { cwd, signal, notice, progress } = around;
    const folder = resolve(cwd, given.optionalPositional('DIR') ?? 'tomolapse-demo');
    const [scans, cell, tables] = PARTS.map((name) => join(folder, name)) as [string, string, string];
    const seed = given.text('seed');
    const options = {
      size: (given.text('size') ?? 'small') as 'small' | 'medium' | 'large',
      seed: seed === undefined ? 1 : parseCount(seed, '--seed', 0),
    };
    await refuseOthers(folder);

    const truth =
      (await earlierTruth(scans, options)) ??
      (await writePhantom(
        scans,
        { ...options, threads: resources.threads },
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
      const { results, paths } = await exportProject(project, tables);
      const shown = relative(cwd, cell) || '.';
      return {
        document: { folder, project: cell, files: paths, results, truth: await compared(results, truth) },
        text: [
          await comparisonTable(results, truth),
          '',
          `Everything is in ${folder}: the scans, the project, the tables.`,
          `The numbers again: tomolapse results ${shown}`,
          `Checked for damage: tomolapse verify ${shown}`,
        ].join('\n'),
      };
    } finally {
      project.close();
    }
  },
};

/** The truth of a series that an earlier demonstration wrote whole with the same options, null where there is none. */
async function earlierTruth(folder: string, { size, seed }: { size: string; seed: number }): Promise<Truth | null> {
  const path = join(folder, 'truth.json');
  if (!existsSync(path)) return null;
  const truth = JSON.parse(await readFile(path, 'utf8')) as Truth;
  if (truth.size === size && truth.seed === seed) return { ...truth, directory: folder };
  throw badInput({
    what: 'Cannot run the demonstration',
    path: folder,
    why: `there is a series of another one in it (size ${truth.size}, seed ${truth.seed})`,
    whatToDo: 'Give another folder, or remove this one',
  });
}

async function refuseOthers(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const known = new Set<string>(PARTS);
  const other = (await readdir(folder)).find((name) => !known.has(name) && !name.startsWith('.'));
  if (other !== undefined)
    throw badInput({
      what: 'Cannot run the demonstration',
      path: folder,
      why: `there is something else in it (${other})`,
      whatToDo: 'Give a folder that is new or empty',
    });
}
