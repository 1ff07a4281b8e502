import type { VoxelType } from '../core/series.ts';
import type { Hints } from '../formats/description.ts';
import type { Given, Option } from './command.ts';
import { parseCount, parseShape, parseVoxelSize } from './quantities.ts';

const TYPES = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64'] as const;

/** What can be told of files that do not say it themselves. */
export const rawOptions: Readonly<Record<string, Option>> = {
  dataset: { value: 'NAME', summary: 'the dataset in files that hold several' },
  'voxel-size': { value: '1.625um', summary: 'edge of a voxel, or ZxYxXum; wins over what files say' },
  shape: { value: 'ZxYxX', summary: 'of headerless files' },
  type: { value: 'TYPE', choices: TYPES, summary: 'of headerless files' },
  'byte-order': { value: 'ORDER', choices: ['little', 'big'], summary: 'of headerless files; little unless told' },
  offset: { value: 'BYTES', summary: 'bytes before the first voxel of headerless files' },
};

/** The hints that `rawOptions` give. Throws a Failure `usage` for values that are not understood. */
export function hintsOf(given: Given): Hints {
  const hints: Hints = {};
  const [shape, type, byteOrder, offset, dataset, voxelSize] = [
    'shape',
    'type',
    'byte-order',
    'offset',
    'dataset',
    'voxel-size',
  ].map((name) => given.text(name));
  if (shape !== undefined) hints.shape = parseShape(shape, '--shape');
  if (type !== undefined) hints.type = type as VoxelType;
  if (byteOrder !== undefined) hints.byteOrder = byteOrder as 'little' | 'big';
  if (offset !== undefined) hints.offset = parseCount(offset, '--offset', 0);
  if (dataset !== undefined) hints.dataset = dataset;
  if (voxelSize !== undefined) hints.voxelSizeUm = parseVoxelSize(voxelSize, '--voxel-size');
  return hints;
}
