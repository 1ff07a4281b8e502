import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Triple } from '../../core/geometry.ts';
import type { StepResult } from '../../core/step.ts';
import type { Cracks } from './index.ts';

/** Voxels of the cracks of one scan. */
export interface CrackVoxels {
  /** Place in the view. */
  index: Float64Array;
  part: Uint16Array;
  /** Whether in the crack itself or its rim. */
  core: Uint8Array;
  fraction: Float32Array;
  /** Grey values of the voxel's difference that belong to what is plated at the interface. */
  plated: Float32Array;
}

/** The voxels that `cracks` left beside its result. */
export function readCrackVoxels({ directory }: StepResult<Cracks>): CrackVoxels {
  const bytes = (name: string) => {
    const file = readFileSync(join(directory, name));
    return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  };
  return {
    index: new Float64Array(bytes('index.f64')),
    part: new Uint16Array(bytes('part.u16')),
    core: new Uint8Array(bytes('core.u8')),
    fraction: new Float32Array(bytes('fraction.f32')),
    plated: new Float32Array(bytes('plated.f32')),
  };
}

/** Crack voxels by column: those of column i = v · nu + u are first[i] to first[i + 1]. */
export interface CrackColumns {
  first: Uint32Array;
  s: Uint16Array;
  fraction: Float32Array;
  plated: Float32Array;
}

export function crackColumns({ index, fraction, plated }: CrackVoxels, [, nv, nu]: Triple): CrackColumns {
  const plane = nv * nu;
  const first = new Uint32Array(plane + 1);
  for (const i of index) first[(i % plane) + 1]!++;
  for (let i = 0; i < plane; i++) first[i + 1]! += first[i]!;
  const next = first.slice();
  const columns: CrackColumns = {
    first,
    s: new Uint16Array(index.length),
    fraction: new Float32Array(index.length),
    plated: new Float32Array(index.length),
  };
  index.forEach((i, k) => {
    const at = next[i % plane]!++;
    columns.s[at] = Math.floor(i / plane);
    columns.fraction[at] = fraction[k]!;
    columns.plated[at] = plated[k]!;
  });
  return columns;
}

export async function writeCrackVoxels(directory: string, voxels: CrackVoxels): Promise<void> {
  const write = (name: string, array: ArrayBufferView) =>
    writeFile(join(directory, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  await write('index.f64', voxels.index);
  await write('part.u16', voxels.part);
  await write('core.u8', voxels.core);
  await write('fraction.f32', voxels.fraction);
  await write('plated.f32', voxels.plated);
}

/** Of a scan without cracks. */
export const NO_VOXELS: CrackVoxels = {
  index: new Float64Array(0),
  part: new Uint16Array(0),
  core: new Uint8Array(0),
  fraction: new Float32Array(0),
  plated: new Float32Array(0),
};
