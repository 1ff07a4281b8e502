import type { Target } from './target.ts';
import { addon } from './targets/addon.ts';
import { cli } from './targets/cli.ts';
import { metaimage, nifti, npy, nrrd } from './targets/formats.ts';
import { hdf5 } from './targets/hdf5.ts';
import { host } from './targets/host.ts';
import { raw } from './targets/raw.ts';
import { records } from './targets/records.ts';
import { sidecars } from './targets/sidecars.ts';
import { slices } from './targets/slices.ts';
import { project, stored } from './targets/stores.ts';
import { cycling, documents, times } from './targets/text.ts';
import { tiff } from './targets/tiff.ts';
import { zarr } from './targets/zarr.ts';
import { zeiss } from './targets/zeiss.ts';

/** Every door that strange bytes come in by, one line a door. */
export const targets: readonly Target[] = [
  tiff,
  hdf5,
  zeiss,
  nrrd,
  metaimage,
  nifti,
  npy,
  zarr,
  sidecars,
  slices,
  raw,
  times,
  cycling,
  documents,
  records,
  stored,
  project,
  host,
  addon,
  cli,
];
