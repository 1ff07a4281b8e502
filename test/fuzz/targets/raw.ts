import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Hints } from '../../../src/formats/description.ts';
import type { Random } from '../random.ts';
import { single } from '../specimens.ts';
import type { Target } from '../target.ts';
import { readVolumes } from './volumes.ts';

const SIZES = [0, 1, 2, 3, 4, 16, 64, 65_535, 2 ** 31, 2 ** 53, -1, 1.5, Number.NaN];

/** Voxels without a header: what strange is told of them, in their name or with the command. */
export const raw: Target = {
  name: 'raw',
  specimens: async () => [single('voxels.raw', Buffer.alloc(4096, 7)), single('voxels.dat', Buffer.alloc(4097, 200))],
  attempt: async (attempt) => {
    const { path, random } = attempt;
    const named = join(dirname(path), strangeName(random));
    await rename(path, named);
    await readVolumes({ ...attempt, path: named }, random.chance(0.5) ? strangeHints(random) : {});
  },
  cases: 120,
};

function strangeName(random: Random): string {
  const size = () => String(random.pick([0, 1, 2, 4, 8, 16, 17, 64, 999_999, '0016', '1000000000', '']));
  const words = [
    '',
    '_u8',
    '_16bit',
    '_uint16_be',
    '_float',
    '_1bit',
    '_0bits',
    '_float64',
    '_constructor',
    '_x',
    '_\u202e',
    '_\u001b[2J',
  ];
  const by = random.pick(['x', 'x', 'x', '×', 'X', ' x ', '-', 'xx']);
  return `scan${random.pick(words)}_${[size(), size(), size()].join(by)}${random.pick(words)}${random.pick(['.raw', '.vol', '.bin', '', '.tif'])}`;
}

/** As they come from a project's database, too. */
function strangeHints(random: Random): Hints {
  const size = () => random.pick(SIZES);
  return {
    ...(random.chance(0.7) ? { shape: [size(), size(), size()] } : {}),
    ...(random.chance(0.7) ? { type: random.pick(['uint8', 'int8', 'uint16', 'float32', 'float64'] as const) } : {}),
    ...(random.chance(0.3) ? { byteOrder: random.pick(['little', 'big'] as const) } : {}),
    ...(random.chance(0.3) ? { offset: size() } : {}),
    ...(random.chance(0.1) ? { dataset: random.pick(['', 'volume', '__proto__', 'x'.repeat(5000)]) } : {}),
    ...(random.chance(0.1) ? { voxelSizeUm: [1, 1, 1] as const } : {}),
  };
}
