/** How the files of volumes are named, the longer endings first. The one list: what is none of these is left alone in folders. */
const VOLUME_ENDINGS = [
  '.nii.gz',
  '.npy.zip',
  '.tif',
  '.tiff',
  '.btf',
  '.raw',
  '.bin',
  '.vol',
  '.dat',
  '.img',
  '.rec',
  '.npy',
  '.npz',
  '.nrrd',
  '.nhdr',
  '.mha',
  '.mhd',
  '.nii',
  '.am',
  '.h5',
  '.hdf5',
  '.hdf',
  '.nxs',
  '.nexus',
  '.nx5',
  '.txm',
  '.txrm',
  '.xrm',
] as const;

/** A folder whose name ends so is one volume. */
const FOLDER_ENDINGS = ['.zarr'] as const;

/** Texts beside raw voxels, which may be given in their place. */
const SIDECARS = ['.vol.info', '.vol.xml', '.raw.json', '.hdr', '.vgi', '.pcr', '.bov'] as const;

/** Headers whose voxels lie in other files: those are no scans of their own. */
const DETACHED_HEADERS = ['.nhdr', '.mhd', '.dat'] as const;

/** Whether a file of this name in a folder of scans is taken for one. */
export function isVolumeName(name: string): boolean {
  return endsWith(name, VOLUME_ENDINGS) !== null;
}

/** Whether a file of this name tells of voxels that lie in other files. */
export function isHeaderName(name: string): boolean {
  return endsWith(name, DETACHED_HEADERS) !== null;
}

/** Whether a folder of this name is one volume. */
export function isVolumeFolderName(name: string): boolean {
  return endsWith(name, FOLDER_ENDINGS) !== null;
}

/** Whether a folder with these names in it is an array or group of Zarr. */
export function isZarrFolder(names: readonly string[]): boolean {
  return ['zarr.json', '.zarray', '.zgroup'].some((mark) => names.includes(mark));
}

/** A volume's name without its ending: "scan_1.5" of "scan_1.5.ome.tif"; other names as they are. */
export function volumeStem(name: string): string {
  const ending = endsWith(name, [...VOLUME_ENDINGS, ...FOLDER_ENDINGS, ...SIDECARS]);
  return ending === null ? name : name.slice(0, -ending.length).replace(/(?<=.)\.ome$/i, '');
}

function endsWith(name: string, endings: readonly string[]): string | null {
  const lower = name.toLowerCase();
  return endings.find((ending) => lower.length > ending.length && lower.endsWith(ending)) ?? null;
}
