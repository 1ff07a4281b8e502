import { resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { parseArea, parseDuration } from '../../core/units.ts';
import type { Command } from '../command.ts';
import { parseCount, parseShape, parseVoxelSize } from '../quantities.ts';

const TYPES = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64'] as const;

export const command: Command = {
  name: 'create',
  summary: 'Makes a project over existing volumes',
  positionals: [{ name: 'PROJECT' }],
  options: {
    scans: { value: 'PATH', many: true, summary: 'files, folders of slices, or folders of those' },
    dataset: { value: 'NAME', summary: 'the dataset in files that hold several' },
    times: { value: 'FILE', summary: 'CSV: file, and start_h,end_h or time_h or start/end/time (ISO 8601)' },
    interval: { value: '30min', summary: 'time from one scan to the next, where there is no table' },
    'voxel-size': { value: '1.625um', summary: 'edge of a voxel, or z x y x x; wins over what files say' },
    cycling: { value: 'FILE', summary: 'CSV: time_h, voltage_V, current_mA' },
    'plating-sign': {
      value: 'SIGN',
      choices: ['negative', 'positive'],
      summary: 'sign of the current that plates the working electrode; negative unless told',
    },
    'working-area': { value: '7.07mm2', summary: 'area of the working electrode' },
    'counter-area': { value: '3.14mm2', summary: 'area of the counter electrode' },
    shape: { value: 'ZxYxX', summary: 'of headerless files' },
    type: { value: 'TYPE', choices: TYPES, summary: 'of headerless files' },
    'byte-order': { value: 'ORDER', choices: ['little', 'big'], summary: 'of headerless files; little unless told' },
    offset: { value: 'BYTES', summary: 'bytes before the first voxel of headerless files' },
  },
  notes: [
    'Scans stay where they are; only compressed ones are copied, once. Their order is that of the times, or of the names.',
  ],
  async run(given, { signal, cwd, notice, progress }) {
    const paths = given.list('scans').map((path) => resolve(cwd, path));
    if (paths.length === 0)
      throw new Failure('usage', {
        what: 'Cannot create the project',
        why: '--scans is missing',
        whatToDo: 'Name the scans',
      });
    const text = (name: string) => given.text(name);
    const parsed = <T>(name: string, parse: (value: string, option: string) => T): T | undefined => {
      const value = text(name);
      return value === undefined ? undefined : parse(value, `--${name}`);
    };
    const hints = {
      ...optional('shape', parsed('shape', parseShape)),
      ...optional('type', text('type') as (typeof TYPES)[number] | undefined),
      ...optional('byteOrder', text('byte-order') as 'little' | 'big' | undefined),
      ...optional(
        'offset',
        parsed('offset', (value, option) => parseCount(value, option, 0)),
      ),
      ...optional('dataset', text('dataset')),
      ...optional('voxelSizeUm', parsed('voxel-size', parseVoxelSize)),
    };
    if (text('times') !== undefined && text('interval') !== undefined)
      throw new Failure('usage', {
        what: 'Cannot create the project',
        why: '--times and --interval exclude each other',
        whatToDo: 'Give one of them',
      });
    const { gatherSeries } = await import('../gather.ts');
    const { createProject } = await import('../../store/project.ts');
    const project = resolve(cwd, given.positional('PROJECT'));
    const series = await createProject(project, (objects) =>
      gatherSeries(
        {
          paths,
          hints,
          timesPath: text('times') === undefined ? null : resolve(cwd, text('times')!),
          intervalH: parsed('interval', parseDuration) ?? null,
          cyclingPath: text('cycling') === undefined ? null : resolve(cwd, text('cycling')!),
          platingSign: text('plating-sign') === 'positive' ? 'positive' : 'negative',
          workingAreaMm2: parsed('working-area', parseArea) ?? null,
          counterAreaMm2: parsed('counter-area', parseArea) ?? null,
        },
        objects,
        { signal, notice, progress },
      ),
    );
    const scans = series.scans.map(({ index, name, path, fingerprint, source, timeH }) => ({
      index,
      name,
      path,
      fingerprint,
      shape: source.shape,
      type: source.type,
      timeH,
    }));
    const shape = series.scans[0]!.source.shape.join(' × ');
    return {
      document: { project, voxelSizeUm: series.voxelSizeUm, scans },
      text: `Created ${project}: ${scans.length} ${scans.length === 1 ? 'scan' : 'scans'} of ${shape} voxels of ${series.voxelSizeUm.join(' × ')} µm.`,
    };
  },
};

function optional<Name extends string, T>(name: Name, value: T | undefined): { [K in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: T };
}
