import type { Triple } from './geometry.ts';

export type VoxelType = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'float32' | 'float64';

/** `rows` rows of x one after another in a file from byte `offset`; row r of a volume is (z, y) = (r div ny, r mod ny). */
export interface Segment {
  path: string;
  offset: number;
  rows: number;
}

/** Voxels that lie plainly in one or many files, and so can be mapped. */
export interface VolumeSource {
  segments: Segment[];
  shape: Triple;
  type: VoxelType;
  bigEndian: boolean;
}

/** One tomogram of a series. Times in hours from the log's zero; what is not known is null. */
export interface Scan {
  index: number;
  name: string;
  /** The file or folder as given, absolute. */
  path: string;
  /** Hash of size, head, tail and samples of the file: what tells this scan's voxels from others. */
  fingerprint: string;
  source: VolumeSource;
  startH: number | null;
  timeH: number | null;
  endH: number | null;
}

/** One row of a cycling log. Current negative when lithium plates on the working electrode. */
export interface CyclingLog {
  timeH: number[];
  voltageV: number[];
  currentMa: number[];
}

/** The tomograms of one cell in order of time, and its log. */
export interface Series {
  voxelSizeUm: Triple;
  scans: Scan[];
  cycling: CyclingLog | null;
  workingAreaMm2: number | null;
  counterAreaMm2: number | null;
}
