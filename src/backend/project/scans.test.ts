import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeFile } from '../../formats/describe.ts';
import { decodedBytesOf } from '../../formats/reference/stored_voxels.ts';
import { createZarr } from '../../store/zarr/index.ts';
import { findScans } from './scans.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scans-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('the voxels that a header names are no scans of their own, in a folder of scans', async () => {
  const header = (data: string) => `NDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\nElementDataFile = ${data}\n`;
  for (const name of ['day 0.5', 'day 1']) {
    await writeFile(join(folder, `${name}.mhd`), header(`${name}.raw`));
    await writeFile(join(folder, `${name}.raw`), Buffer.alloc(24));
  }
  await writeFile(join(folder, 'alone_4x3x2_u8.raw'), Buffer.alloc(24));
  await writeFile(join(folder, 'notes.txt'), 'none');
  const found = await findScans([folder], {});
  expect(found.map(({ name }) => name)).toEqual(['alone_4x3x2_u8', 'day 0.5', 'day 1']);
  expect(found.map(({ description }) => description.kind !== 'cycling' && description.format)).toEqual([
    'raw',
    'metaimage',
    'metaimage',
  ]);
});

it('a header and its voxels are one scan, whichever and however they are given', async () => {
  const pairs = join(folder, 'pairs');
  await mkdir(pairs);
  const paths: string[] = [];
  for (const name of ['scan_1', 'scan_2']) {
    await writeFile(join(pairs, `${name}.vol`), Buffer.alloc(48));
    await writeFile(join(pairs, `${name}.hdr`), 'ENVI\nsamples = 4\nlines = 3\nbands = 2\ndata type = 12\n');
    paths.push(join(pairs, `${name}.hdr`), join(pairs, `${name}.vol`));
  }
  await writeFile(
    join(pairs, 'scan_3.mhd'),
    'NDims = 3\nDimSize = 4 3 4\nElementType = MET_UCHAR\nElementDataFile = scan_3.raw\n',
  );
  await writeFile(join(pairs, 'scan_3.raw'), Buffer.alloc(48));
  paths.push(join(pairs, 'scan_3.mhd'), join(pairs, 'scan_3.raw'));
  for (const given of [[pairs], paths, paths.toReversed()])
    expect((await findScans(given, {})).map(({ name }) => name).sort()).toEqual(['scan_1', 'scan_2', 'scan_3']);
  const both = await findScans([join(pairs, 'scan_1.vol')], {});
  expect(both).toMatchObject([{ path: join(pairs, 'scan_1.vol') }]);
});

it('a folder of Zarr is a scan, alone and among others', async () => {
  const inside = join(folder, 'series');
  for (const name of ['b.ome.zarr', 'a', 'd.zarr']) {
    const path = join(inside, name);
    await mkdir(path, { recursive: true });
    const array = { zarr_format: 2, shape: [2, 3, 4], chunks: [2, 3, 4], dtype: '|u1', order: 'C', fill_value: 0 };
    await writeFile(join(path, '.zarray'), JSON.stringify({ ...array, compressor: null, filters: null }));
    await writeFile(join(path, '0.0.0'), Buffer.alloc(24));
  }
  await writeFile(join(inside, 'c_4x3x2_u8.raw'), Buffer.alloc(24));
  expect((await findScans([inside], {})).map(({ name }) => name)).toEqual(['b', 'c_4x3x2_u8', 'd', 'a']);
  const [alone] = await findScans([join(inside, 'b.ome.zarr')], {});
  expect(alone).toMatchObject({ name: 'b', frame: 0, description: { kind: 'zarr', datasets: [{ mapped: true }] } });
});

it('what the program stores is read like what others store', async () => {
  const path = join(folder, 'stored.zarr');
  const shape = [20, 30, 40] as const;
  const writer = await createZarr(path, {
    name: 'fractions',
    type: 'uint8',
    shape: [...shape],
    voxelSizeUm: [1.5, 0.65, 0.65],
    channels: ['lithium', 'crack'].map((label) => ({ label, color: 'FF0000', window: [0, 255] as [number, number] })),
    chunk: 8,
    shard: 16,
  });
  // The channels of a voxel lie together.
  const voxels = Uint8Array.from({ length: 2 * 20 * 30 * 40 }, (_, i) => (i % 2 === 0 ? (i >> 1) % 251 : 7));
  await writer.writeSlab(0, voxels);
  await writer.close();
  const description = await describeFile(path);
  expect(description).toMatchObject({
    kind: 'zarr',
    datasets: ['lithium', 'crack'].map((name) => ({
      name,
      shape: [...shape],
      type: 'uint8',
      voxelSizeUm: [1.5, 0.65, 0.65],
      voxelSizeFrom: 'OME-Zarr scale',
    })),
  });
  const own = await decodedBytesOf(description, 'lithium');
  expect(own.equals(Buffer.from(voxels.filter((_, i) => i % 2 === 0)))).toBe(true);
  expect(new Set(await decodedBytesOf(description, 'crack'))).toEqual(new Set([7]));
});

const h5py = (() => {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import h5py'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

it.runIf(h5py)('files of HDF5 that another one links to are no scans of their own', async () => {
  const inside = join(folder, 'linked');
  await mkdir(inside);
  const script = `
import h5py, numpy, os, sys
os.chdir(sys.argv[1])
for scan in ('a', 'b'):
    with h5py.File(scan + '_voxels.h5', 'w') as file:
        file['data'] = numpy.zeros((2, 3, 4), 'u1')
    with h5py.File(scan + '.nxs', 'w') as file:
        file['entry/data'] = h5py.ExternalLink(scan + '_voxels.h5', '/data')
with h5py.File('c.h5', 'w') as file:
    file['data'] = numpy.zeros((2, 3, 4), 'u1')
with h5py.File('a_projections.h5', 'w') as file:
    file['exchange/data'] = numpy.zeros((2, 3, 4), 'u1')
    file['exchange/theta'] = numpy.zeros(2)
with h5py.File('two.nxs', 'w') as file:
    file['entry/0/data'] = h5py.ExternalLink('c.h5', '/data')
    file['entry/1/data'] = h5py.ExternalLink('c.h5', '/data')
`;
  execFileSync('/usr/bin/python3', ['-c', script, inside]);
  expect((await findScans([inside], {})).map(({ name }) => name)).toEqual(['a', 'b', 'two']);
  // Projections are left alone beside volumes, and told where there is nothing else.
  await mkdir(join(folder, 'projections'));
  await copyFile(join(inside, 'a_projections.h5'), join(folder, 'projections/a.h5'));
  await expect(findScans([join(folder, 'projections')], {})).rejects.toThrow(
    /they are projections, not a reconstructed/,
  );
});
