import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile, volumeSource } from './describe.ts';
import type { VolumeDescription } from './description.ts';
import { decodedBytesOf, voxelBytesOf } from './reference/stored_voxels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metaimage-'));
});
afterAll(() => rm(folder, { recursive: true }));

const save = async (name: string, ...parts: (string | Buffer)[]): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))));
  return path;
};

function header(data: string, fields: Record<string, string | number> = {}): string {
  const all = {
    ObjectType: 'Image',
    NDims: 3,
    BinaryData: 'True',
    DimSize: '4 3 2',
    ElementType: 'MET_USHORT',
    ...fields,
  };
  return [...Object.entries(all), ['ElementDataFile', data]].map(([key, value]) => `${key} = ${value}\n`).join('');
}

const described = async (path: string) => (await describeFile(path)) as VolumeDescription;
const voxels = Buffer.from(Uint16Array.from({ length: 24 }, (_, i) => i * 1000).buffer);

describe('a MetaImage volume', () => {
  it('is mapped where its voxels are: behind its header, beside it, or in a file for each slice', async () => {
    const local = await described(await save('local.mha', header('LOCAL', { ElementByteOrderMSB: 'False' }), voxels));
    expect(local).toMatchObject({
      kind: 'volume',
      format: 'metaimage',
      datasets: [{ shape: [2, 3, 4], type: 'uint16', byteOrder: 'little', compression: 'none', mapped: true }],
    });
    await save('beside.raw', Buffer.from(voxels).swap16());
    const beside = await described(await save('beside.mhd', header('beside.raw', { BinaryDataByteOrderMSB: 'True' })));
    expect(volumeSource(beside)).toMatchObject({ bigEndian: true });
    await save('with header.raw', 'hello', voxels);
    const skipped = await described(await save('skipped.mhd', header('with header.raw', { HeaderSize: 5 })));
    const last = await described(await save('last.mhd', header('with header.raw', { HeaderSize: -1 })));
    await save('s0.raw', voxels.subarray(0, 24));
    await save('s1.raw', voxels.subarray(24));
    const list = await described(await save('list.mhd', header('LIST', {}), 's0.raw\ns1.raw\n'));
    const pattern = await described(await save('pattern.mhd', header('s%d.raw 0 1 1')));
    for (const description of [local, beside, skipped, last, list, pattern]) {
      expect(description.datasets[0].mapped).toBe(true);
      expect((await voxelBytesOf(description)).equals(voxels)).toBe(true);
    }
    expect(volumeSource(list).segments).toHaveLength(2);
  });

  it('that is compressed is brought in', async () => {
    const zipped = deflateSync(voxels);
    const fields = { CompressedData: 'True', CompressedDataSize: zipped.length };
    const local = await described(await save('zipped.mha', header('LOCAL', fields), zipped));
    expect(local.datasets[0]).toMatchObject({ mapped: false, compression: 'zlib' });
    expect((await voxelBytesOf(local)).equals(voxels)).toBe(true);
    await save('beside.zraw', zipped);
    const beside = await described(await save('zipped.mhd', header('beside.zraw', fields)));
    expect((await decodedBytesOf(beside, undefined, 0, [1, 2])).equals(voxels.subarray(24))).toBe(true);
    const torn = await described(await save('torn.mha', header('LOCAL', fields), zipped.subarray(0, -9)));
    await expect(voxelBytesOf(torn)).rejects.toThrow(/zlib bytes end early/);
  });

  it.each<[string, Record<string, string>, number[] | null, string | undefined]>([
    ['as ITK writes it', { ElementSpacing: '0.001 0.002 0.003' }, [3, 2, 1], 'MetaImage ElementSpacing (mm)'],
    [
      'with a unit',
      { ElementSpacing: '0.65 0.65 1.3', DistanceUnits: 'um' },
      [1.3, 0.65, 0.65],
      'MetaImage ElementSpacing',
    ],
    ['as a size', { ElementSize: '0.001 0.002 0.003' }, [3, 2, 1], 'MetaImage ElementSize (mm)'],
    ['of nothing', { ElementSpacing: '0 0 0' }, null, undefined],
  ])('knows its voxel size %s', async (name, fields, um, from) => {
    const { datasets } = await described(await save(`${name}.mha`, header('LOCAL', fields), voxels));
    if (um)
      for (const [axis, expected] of um.entries()) expect(datasets[0].voxelSizeUm![axis]).toBeCloseTo(expected, 9);
    else expect(datasets[0].voxelSizeUm).toBeNull();
    expect(datasets[0].voxelSizeFrom).toBe(from);
  });

  it('knows when it was taken, where it says so', async () => {
    const path = await save('dated.mha', header('LOCAL', { AcquisitionDate: '2026-03-04 05:06:07' }), voxels);
    expect((await described(path)).datasets[0]).toMatchObject({
      time: '2026-03-04 05:06:07',
      timeFrom: 'MetaImage AcquisitionDate',
    });
  });

  it('of vectors is told and refused', async () => {
    const path = await save('rgb.mha', header('LOCAL', { ElementNumberOfChannels: '3' }), voxels, voxels, voxels);
    expect((await described(path)).datasets[0]).toMatchObject({ colour: 'rgb or vectors', shape: [2, 3, 4] });
  });

  it.each<[string, (string | Buffer)[], RegExp]>([
    ['cut short', [header('LOCAL'), voxels.subarray(1)], /its voxels need 48 bytes/],
    ['of other sizes than axes', [header('LOCAL', { NDims: 4 }), voxels], /3 sizes for 4 axes/],
    ['of no size', [header('LOCAL', { DimSize: '4 x 2' }), voxels], /cannot be/],
    ['larger than can be', [header('LOCAL', { DimSize: '4000000000 4000000000 2' }), voxels], /cannot be/],
    ['written as text', [header('LOCAL', { BinaryData: 'False' }), '1 2 3'], /written as text/],
    ['without its file', [header('gone.raw')], /file with its voxels is not there/],
    ['without its file, from its end', [header('gone.raw', { HeaderSize: -1 })], /file with its voxels is not there/],
    ['without a place of voxels', [header('x').replace(/ElementDataFile.*\n/, '')], /where its voxels are/],
    ['of too many files', [header('s%d.raw 0 99999999 1')], /100000000 files/],
  ])('%s is refused in one line', async (name, parts, why) => {
    await expect(described(await save(`${name}.mha`, ...parts))).rejects.toThrow(why);
  });
});
