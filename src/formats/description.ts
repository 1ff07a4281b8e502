import type { Triple } from '../core/geometry.ts';
import type { VolumeSource, VoxelType } from '../core/series.ts';

export type ByteOrder = 'little' | 'big';

/** What is known of a file from elsewhere: the command line, or a project. Only headerless files need the first four. */
export interface Hints {
  /** z, y, x. */
  shape?: Triple;
  type?: VoxelType;
  byteOrder?: ByteOrder;
  /** Bytes before the first voxel. */
  offset?: number;
  /** The dataset to use where a file holds several. */
  dataset?: string;
  /** z, y, x; wins over what the file says. */
  voxelSizeUm?: Triple;
}

/** The planes [first, end) along z of one time point. */
export interface Planes {
  frame: number;
  first: number;
  end: number;
}

/** Some of the voxels of `Planes`: `bytes`, least significant byte first, from byte `at` of the first plane on. */
export interface Piece {
  at: number;
  bytes: Uint8Array;
}

/** How the reason ends why projections are no scan: a folder may hold them beside the volumes made of them. */
export const NOT_RECONSTRUCTED = 'not a reconstructed volume';

/** How a dataset's voxels are reached. Never printed. */
export interface VoxelAccess {
  /** Type of the voxels that `plain` and `decode` give; other than the dataset's where that is widened (float16). */
  type: VoxelType;
  /** Where time point `frame` lies plainly in files; absent where voxels are compressed or scattered. */
  plain?(frame: number): VolumeSource;
  /** All voxels of the planes, each once, in any order of pieces; memory does not grow with their number. */
  decode(planes: Planes, signal?: AbortSignal): AsyncGenerator<Piece>;
  /** The files that the voxels come from, absolute, where those are others than the described one or its slices. */
  files?: readonly string[];
}

/** Key of what stays inside the program: JSON leaves it out. */
export const access: unique symbol = Symbol('access');

export interface Dataset {
  name: string;
  /** z, y, x, or t, z, y, x for a series in one file. */
  shape: number[];
  /** The stored type: a VoxelType, or another such as "float16" or "uint12". */
  type: string;
  byteOrder: ByteOrder;
  /** "none", "deflate", … as the format calls it. */
  compression: string;
  /** Voxels lie plainly in the file and can be mapped in place. */
  mapped: boolean;
  voxelSizeUm: Triple | null;
  /** Where the voxel size came from, as one would look it up: "OME PhysicalSize", "Zeiss PixelSize". Absent without one. */
  voxelSizeFrom?: string;
  /** When it was taken (the middle of the exposure where both ends are known), ISO 8601, where the file says so. */
  time: string | null;
  /** Where the time came from: "TIFF DateTime", "entry1/start_time". Absent without one. */
  timeFrom?: string;
  /** Beginning and end of the exposure, ISO 8601, where the file tells both. */
  exposure?: readonly [start: string, end: string];
  /** When each time point of a series was taken, where the file says so. */
  frameTimes?: readonly (string | null)[];
  /** "rgb", "palette", … of a picture that is not a volume of grey values. */
  colour?: string;
  /** Samples of each pixel, where there is more than one. */
  samples?: number;
  /** Why the voxels cannot be used; absent where they can. */
  refused?: string;
  [access]?: VoxelAccess;
}

export interface VolumeDescription {
  path: string;
  kind: 'volume' | 'image' | 'projections' | 'zarr';
  format: string;
  datasets: Dataset[];
  /** The dataset to use where none is chosen, where the file itself names one. */
  default?: string;
  /** What a reader had to assume, one sentence each. */
  notes?: string[];
}

export interface LogDescription {
  path: string;
  kind: 'cycling';
  format: string;
  points: number;
  columns: { name: string; unit: string | null }[];
}

export type Description = VolumeDescription | LogDescription;

/** A file or folder as the formats see it before they are asked: the start of its bytes is enough to recognise it. */
export interface Candidate {
  /** Absolute. */
  path: string;
  isFolder: boolean;
  /** Bytes in the file; 0 for a folder. */
  size: number;
  /** Names in the folder; empty for a file. */
  names: readonly string[];
  /** The first 64 KiB, or all of a shorter file; empty for a folder. */
  head: Buffer;
  hints: Hints;
}

/** One kind of file. To add one, write it in a file of its own and name it in `describe.ts`. */
export interface Format {
  name: string;
  /** What the formats are tried by: content before names, so that a mislabelled file is still recognised. */
  recognises(candidate: Candidate): boolean;
  /** Reads headers only. Throws an input failure when the file is damaged or does not fit the hints. */
  describe(candidate: Candidate): Promise<Description>;
}

export const VOXEL_BYTES: Readonly<Record<VoxelType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  float64: 8,
};

export function isVoxelType(type: string): type is VoxelType {
  return Object.hasOwn(VOXEL_BYTES, type);
}

/** "812 bytes", grouped by thousands so that long counts can be compared by eye. */
export function inBytes(count: number): string {
  return `${count.toLocaleString('en')} bytes`;
}
