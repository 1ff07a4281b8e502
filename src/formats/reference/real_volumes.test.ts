import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeFile } from '../describe.ts';
import type { VolumeDescription } from '../description.ts';
import { sharedData } from './shared_data.ts';
import { decodedBytesOf, sha256, voxelBytesOf } from './stored_voxels.ts';
import listing from './volumes.json' with { type: 'json' };

interface Told {
  reader: string;
  shape: number[];
  dtype: string;
  sha256: string;
  /** z, y, x, in the file's own unit: millimetres in all of these. */
  spacing?: number[];
}

/** Refused for a reason that other readers do not see. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  // Four bytes are to be behind the voxels, and the file has none.
  'mhe_pynrrd/BallBinary30x30x30_byteskip_minus_five.nhdr':
    /need 54000 bytes before the last 4 \(byte skip -5\), and the file has 54000/,
};

const FORMATS = /\.(nrrd|nhdr|mha|mhd|nii|nii\.gz|npy|npy\.zip|npz)$/;
const ZARR = /zarr\.zr\/|\.zarr\//;
const data = sharedData();
const files = Object.entries(listing as Record<string, Told>).filter(([name]) => FORMATS.test(name));

describe.skipIf(!data)('real arrays of Zarr against zarr-python', () => {
  it.each(Object.entries(listing as Record<string, Told>).filter(([name]) => ZARR.test(name)))(
    '%s',
    async (name, told) => {
      const description = (await describeFile(join(data!, name))) as VolumeDescription;
      expect(description).toMatchObject({ kind: 'zarr', format: 'zarr' });
      const pieces: Buffer[] = [];
      for (const dataset of description.datasets) {
        expect(dataset.type).toBe(told.dtype);
        pieces.push(await voxelBytesOf(description, dataset.name));
      }
      // Channels are datasets of their own, and come before z in all of these.
      expect(sha256(Buffer.concat(pieces))).toBe(told.sha256);
    },
  );

  it('of OME-Zarr 0.5 hold the voxels of the same image in 0.4', async () => {
    const [old, recent] = await Promise.all(
      ['04', '05'].map((version) =>
        describeFile(join(data!, `hms-dbmi_viv/ome-zarr/blobs_image_v${version}.ome.zarr`)),
      ),
    );
    for (const channel of ['0', '1', '2'])
      expect((await voxelBytesOf(recent, channel)).equals(await voxelBytesOf(old, channel))).toBe(true);
  });
});

describe.skipIf(!data)('real volumes against nibabel, VTK, NumPy and Python', () => {
  it.each(files)('%s', async (name, told) => {
    const path = join(data!, name);
    if (REFUSED[name]) {
      await expect(describeFile(path)).rejects.toThrow(REFUSED[name]);
      return;
    }
    const description = (await describeFile(path)) as VolumeDescription;
    const [dataset] = description.datasets;
    expect(description.datasets).toHaveLength(1);
    expect(dataset.type).toBe(told.dtype);
    if (told.shape.length === 1) {
      expect(dataset).toMatchObject({ shape: told.shape, refused: 'it has 1 axes, not 3 or 4' });
      return;
    }
    expect(dataset.shape).toEqual(told.shape.length === 2 ? [1, ...told.shape] : told.shape);
    if (told.spacing && dataset.shape[0] > 1) {
      expect(dataset.voxelSizeUm).toHaveLength(3);
      for (const [axis, um] of dataset.voxelSizeUm!.entries()) expect(um).toBeCloseTo(told.spacing[axis] * 1000, 6);
    }
    const voxels = await voxelBytesOf(description);
    expect(sha256(voxels)).toBe(told.sha256);
    if (voxels.length > 2 ** 26) return;
    const [slices] = dataset.shape.slice(-3);
    const [first, end] = [Math.floor(slices / 3), Math.floor(slices / 3) + 1];
    const plane = voxels.length / slices;
    const some = await decodedBytesOf(description, undefined, 0, [first, end]);
    expect(some.equals(voxels.subarray(first * plane, end * plane))).toBe(true);
  });
});
