import { resolve } from 'node:path';
import { checkFolder } from '../../backend/project/folders.ts';
import { Failure } from '../../core/failure.ts';
import type { AxisName } from '../../core/geometry.ts';
import {
  FIELDS,
  NOISE,
  type NoiseLevel,
  type PhantomFormat,
  type PhantomOptions,
  type PhantomSize,
} from '../../phantom/spec.ts';
import type { TruthScan } from '../../phantom/truth.ts';
import { VARIANTS } from '../../phantom/variants.ts';
import type { Command, Given } from '../command.ts';
import { parseCount, parseVoxelSize } from '../quantities.ts';

const shapes = Object.entries(FIELDS).map(([size, field]) => `${size} ${field.join(' × ')}`);

export const command: Command = {
  name: 'phantom',
  summary: 'Writes a synthetic operando series with exact ground truth',
  positionals: [{ name: 'DIR' }],
  options: {
    size: { value: 'SIZE', choices: Object.keys(FIELDS), summary: `voxels: ${shapes.join(', ')}; small unless told` },
    seed: { value: 'N', summary: 'another seed, another cell; 1 unless told' },
    format: { value: 'FORMAT', choices: ['tiff', 'hdf5', 'raw'], summary: 'of the scans; tiff unless told' },
    variant: { value: 'NAME', summary: 'an artefact or another cell, see below; several with commas' },
    noise: { value: 'LEVEL', choices: Object.keys(NOISE), summary: 'medium unless told: 900 of 65535' },
    scans: { value: 'N', summary: '8 unless told' },
    axis: { value: 'AXIS', choices: ['z', 'y', 'x'], summary: 'axis of the file along the stack; z unless told' },
    'collector-end': {
      value: 'END',
      choices: ['low', 'high'],
      summary: 'where the collector lies on it; low unless told',
    },
    'voxel-size': { value: '1.625um', summary: 'edge of a voxel' },
    threads: { value: 'N', summary: 'all cores unless told; the files are the same' },
  },
  notes: ['Variants:', ...Object.entries(VARIANTS).map(([name, { summary }]) => `  ${name.padEnd(18)} ${summary}`)],
  async run(given, { cwd, signal, progress }) {
    const { writePhantom } = await import('../../phantom/write.ts');
    const directory = resolve(cwd, given.positional('DIR'));
    await checkFolder(directory, 'Cannot write the phantom');
    const title = 'Writing the phantom';
    progress({ fraction: 0, title, secondsLeft: null });
    const truth = await writePhantom(directory, optionsOf(given), {
      signal,
      progress: (fraction) => progress({ fraction, title, secondsLeft: null }),
    });
    progress(null);
    const { working, counter } = truth.electrodes;
    const create =
      `tomolapse create PROJECT --scans ${directory}/scan_* --times ${directory}/scans.csv --cycling ${directory}/cycling.csv ` +
      `--voxel-size ${truth.voxelSizeUm[0]}um --working-area ${working.areaMm2.toPrecision(8)}mm2 --counter-area ${counter.areaMm2.toPrecision(8)}mm2`;
    return {
      document: { directory, create, truth },
      text: [
        `Wrote ${truth.scans.length} scans of ${truth.shape.join(' × ')} voxels to ${directory}`,
        ...truth.scans.map(lineOf),
        `${truth.cracks.length} ${truth.cracks.length === 1 ? 'crack' : 'cracks'}; all of it in truth.json. To make a project of it:`,
        create,
      ].join('\n'),
    };
  },
};

function lineOf({ name, timeH, step, thickness, cracks }: TruthScan): string {
  const { meanUm } = thickness.working;
  return `${name}  ${timeH.toFixed(2).padStart(6)} h  ${step.padEnd(9)}  ${meanUm.toFixed(3).padStart(7)} µm of lithium, ${cracks.count} cracks`;
}

function optionsOf(given: Given): PhantomOptions {
  const voxelSize = given.text('voxel-size');
  const count = (option: string) => {
    const text = given.text(option);
    return text === undefined ? undefined : parseCount(text, `--${option}`, 0);
  };
  const edges = voxelSize === undefined ? undefined : parseVoxelSize(voxelSize, '--voxel-size');
  if (edges && (edges[0] !== edges[1] || edges[0] !== edges[2]))
    throw new Failure('usage', {
      what: 'Cannot make the phantom',
      at: '--voxel-size',
      why: 'its voxels are cubes',
      whatToDo: 'Give one length',
    });
  const asked = {
    size: given.text('size') as PhantomSize | undefined,
    seed: count('seed'),
    format: given.text('format') as PhantomFormat | undefined,
    variants: given
      .text('variant')
      ?.split(',')
      .map((name) => name.trim()),
    noise: given.text('noise') as NoiseLevel | undefined,
    scans: count('scans'),
    axis: given.text('axis') as AxisName | undefined,
    collectorEnd: given.text('collector-end') as 'low' | 'high' | undefined,
    voxelSizeUm: edges?.[0],
    threads: count('threads'),
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as PhantomOptions;
}
