import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { VoxelType } from '../core/series.ts';
import { decodePlain } from './decode_plain.ts';
import { describeFile, volumeSource } from './describe.ts';
import { writeHdf5 } from './hdf5_writer.ts';
import { ARRAYS, type Voxels } from './write_voxels.ts';

const folder = mkdtempSync(join(tmpdir(), 'hdf5-writer-'));
afterAll(() => rmSync(folder, { recursive: true }));

const h5py = (() => {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import h5py'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('an HDF5 file that we write', () => {
  it.each(Object.keys(ARRAYS) as VoxelType[])('comes back, %s, and h5py reads the same', async (type) => {
    const path = join(folder, `${type}.h5`);
    const values = Array.from({ length: 5 * 3 * 7 }, (_, i) => (type.startsWith('u') ? i : i - 50));
    const voxels = ARRAYS[type].from(values) as Voxels;
    await writeHdf5(path, { shape: [5, 3, 7], type, voxels, voxelSizeUm: [2, 0.65, 1.625] });
    const description = await describeFile(path);
    expect(description).toMatchObject({
      kind: 'volume',
      format: 'hdf5',
      datasets: [{ name: 'entry/data/data', shape: [5, 3, 7], type, mapped: true, voxelSizeUm: [2, 0.65, 1.625] }],
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of decodePlain(volumeSource(description))) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(voxels.buffer));
    if (!h5py) return;
    const script = `
import h5py, json, sys
with h5py.File(sys.argv[1]) as file:
    data = file['entry/data/data']
    print(json.dumps([str(data.dtype), list(data.shape), data[()].ravel().tolist(), file['entry/data/z'][()].tolist(),
        file['entry/data/z'].attrs['units'].decode(), [axis.decode() for axis in file['entry/data'].attrs['axes']],
        file['entry/definition'][()].decode(), file['entry'].attrs['NX_class'].decode()]))`;
    const read: unknown = JSON.parse(execFileSync('/usr/bin/python3', ['-c', script, path]).toString());
    const axes = ['z', 'y', 'x'];
    expect(read).toEqual([type, [5, 3, 7], Array.from(voxels), [0, 2, 4, 6, 8], 'um', axes, 'NXtomoproc', 'NXentry']);
  });
});
