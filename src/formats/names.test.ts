import { describe, expect, it } from 'vitest';
import { isHeaderName, isVolumeName, volumeStem } from './names.ts';

describe('the name of a volume', () => {
  it.each([
    ['scan_1.5.ome.tif', 'scan_1.5'],
    ['brain.nii.gz', 'brain'],
    ['Grains.NPY.zip', 'Grains'],
    ['a.b.ome.zarr', 'a.b'],
    ['rec.vol.info', 'rec'],
    ['rec.hdr', 'rec'],
    ['.nrrd', '.nrrd'],
    ['.ome.tif', '.ome'],
    ['notes.gz', 'notes.gz'],
    ['scan 0.5h', 'scan 0.5h'],
  ])('%s without its ending is %s', (name, stem) => expect(volumeStem(name)).toBe(stem));

  it('is told from others', () => {
    expect(['a.tif', 'a.NII.GZ', 'a.npy.zip', 'a.npz', 'a.nhdr', 'a.h5'].filter((name) => !isVolumeName(name))).toEqual(
      [],
    );
    expect(['a.zip', 'a.gz', 'a.csv', 'a.zarr', 'tif'].filter(isVolumeName)).toEqual([]);
    expect(['a.nhdr', 'a.MHD', 'a.nrrd'].filter(isHeaderName)).toEqual(['a.nhdr', 'a.MHD']);
  });
});
