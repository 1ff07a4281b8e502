import { dirname, resolve } from 'node:path';
import { checkFolder } from '../../backend/project/folders.ts';
import { Failure } from '../../core/failure.ts';
import { parseArea, parseDuration, shownVoxel } from '../../core/units.ts';
import type { Command } from '../command.ts';
import { hintsOf, rawOptions } from '../hints.ts';

export const command: Command = {
  name: 'create',
  summary: 'Makes a project over existing volumes',
  positionals: [{ name: 'PROJECT' }],
  options: {
    scans: { value: 'PATH', many: true, summary: 'files, folders of slices, or folders of those' },
    times: { value: 'FILE', summary: 'CSV: file, and start_h,end_h or time_h or start/end/time (ISO 8601)' },
    interval: { value: '30min', summary: 'time from one scan to the next, where there is no table' },
    cycling: { value: 'FILE', summary: 'CSV: time_h, voltage_V, current_mA' },
    'plating-sign': {
      value: 'SIGN',
      choices: ['negative', 'positive'],
      summary: 'sign of the current that plates the working electrode; negative unless told',
    },
    'working-area': { value: '7.07mm2', summary: 'area of the working electrode' },
    'counter-area': { value: '3.14mm2', summary: 'area of the counter electrode' },
    ...rawOptions,
  },
  notes: [
    'Scans stay where they are; only compressed ones are copied, once. Their order is that of the times, or of the names.',
  ],
  async run(given, { signal, cwd, notice, progress }) {
    const refuse = (why: string, whatToDo: string) =>
      new Failure('usage', { what: 'Cannot create the project', why, whatToDo });
    const paths = given.list('scans').map((path) => resolve(cwd, path));
    if (paths.length === 0) throw refuse('--scans is missing', 'Name the scans');
    if (given.flag('times') && given.flag('interval'))
      throw refuse('--times and --interval exclude each other', 'Give one of them');
    const file = (name: string) => (given.text(name) === undefined ? null : resolve(cwd, given.text(name)!));
    const measure = (name: string, parse: (text: string, option: string) => number) =>
      given.text(name) === undefined ? null : parse(given.text(name)!, `--${name}`);
    const sources = {
      paths,
      hints: hintsOf(given),
      timesPath: file('times'),
      intervalH: measure('interval', parseDuration),
      cyclingPath: file('cycling'),
      platingSign: given.text('plating-sign') === 'positive' ? ('positive' as const) : ('negative' as const),
      workingAreaMm2: measure('working-area', parseArea),
      counterAreaMm2: measure('counter-area', parseArea),
    };
    const [{ gatherSeries }, { createProject }] = await Promise.all([
      import('../../backend/project/gather.ts'),
      import('../../store/create_project.ts'),
    ]);
    const project = resolve(cwd, given.positional('PROJECT'));
    await checkFolder(dirname(project), 'Cannot create the project');
    const series = await createProject(project, (objects) =>
      gatherSeries(sources, objects, { signal, notice, progress }),
    );
    const { voxelSizeUm } = series;
    const scans = series.scans.map(({ index, name, path, fingerprint, source, startH, timeH, endH }) => ({
      index,
      name,
      path,
      fingerprint,
      shape: source.shape,
      type: source.type,
      startH,
      timeH,
      endH,
    }));
    const count = `${scans.length} ${scans.length === 1 ? 'scan' : 'scans'}`;
    return {
      document: { project, voxelSizeUm, scans },
      text: `Created ${project}: ${count} of ${scans[0]!.shape.join(' × ')} voxels of ${shownVoxel(voxelSizeUm)}.`,
    };
  },
};
