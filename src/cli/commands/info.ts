import { resolve } from 'node:path';
import { printable } from '../../core/printable.ts';
import { shownVoxel } from '../../core/units.ts';
import type { Command } from '../command.ts';
import { hintsOf, rawOptions } from '../hints.ts';

export const command: Command = {
  name: 'info',
  summary: 'Tells what a file is; reads nothing larger than its headers',
  positionals: [{ name: 'FILE' }],
  options: rawOptions,
  async run(given, { cwd }) {
    const { describeFile } = await import('../../formats/describe.ts');
    const description = await describeFile(resolve(cwd, given.positional('FILE')), hintsOf(given));
    return { document: description, text: textOf(description) };
  },
};

type Description = Awaited<ReturnType<typeof import('../../formats/describe.ts')['describeFile']>>;

/** Where a size or a time came from. */
function origin(from: string | undefined): string {
  return from ? ` (${from})` : '';
}

/** A description for people. */
function textOf(description: Description): string {
  const lines = [`${description.path}: ${description.kind}, ${description.format}`];
  if (description.kind === 'cycling') {
    lines.push(
      `  ${description.points} points of ${description.columns.map(({ name, unit }) => (unit ? `${name} (${unit})` : name)).join(', ')}`,
    );
    return lines.join('\n');
  }
  for (const {
    name,
    shape,
    type,
    byteOrder,
    compression,
    mapped,
    voxelSizeUm,
    voxelSizeFrom,
    time,
    timeFrom,
    exposure,
    colour,
    refused,
  } of description.datasets) {
    const facts = [
      `${name}: ${shape.join(' × ')} of ${type}`,
      byteOrder === 'big' ? 'big endian' : '',
      compression === 'none' ? '' : compression,
      mapped ? 'mapped in place' : refused ? '' : 'to be brought in',
      voxelSizeUm ? `voxels of ${shownVoxel(voxelSizeUm)}${origin(voxelSizeFrom)}` : 'voxel size not told',
      time ? `${exposure ? exposure.join(' to ') : time}${origin(timeFrom)}` : '',
      colour ? `colour (${colour})` : '',
      refused ? `cannot be used: ${refused}` : '',
    ];
    lines.push(`  ${printable(facts.filter(Boolean).join(', '))}`);
  }
  for (const note of description.notes ?? []) lines.push(`  ${printable(note)}`);
  return lines.join('\n');
}
