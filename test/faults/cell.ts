import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { tiffBytes } from '../../src/formats/reference/tiff_bytes.ts';
import { writePhantom } from '../../src/phantom/write.ts';
import type { Trial } from './trial.ts';

/** A series on the disk and the call that makes a project of it. */
export interface Cell {
  scans: string[];
  /** What follows `create PROJECT`. */
  sources: string[];
}

/** Writes a small phantom below `trial`; with `packed`, as deflated TIFF, which is copied once by `create`. */
export async function writeCell(trial: Trial, { scans = 4, packed = false, seed = 1 } = {}): Promise<Cell> {
  const folder = trial.at(packed ? 'packed' : 'plain');
  const truth = await writePhantom(folder, { scans, seed, format: 'raw', threads: 1 });
  const [nz, ny, nx] = truth.shape as [number, number, number];
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith('.raw'))
    .sort()
    .map((name) => join(folder, name));
  const files = paths.map((path) => {
    if (!packed) return path;
    const tiff = path.replace(/_\d+x\d+x\d+_u16\.raw$/, '.tif');
    writeFileSync(tiff, deflatedTiff(readFileSync(path), [nz, ny, nx]));
    return tiff;
  });
  const { working, counter } = truth.electrodes;
  return {
    scans: files,
    sources: [
      '--scans',
      ...files,
      '--times',
      timesOf(join(folder, 'scans.csv'), packed),
      '--cycling',
      join(folder, 'cycling.csv'),
      '--voxel-size',
      `${truth.voxelSizeUm[0]}um`,
      '--working-area',
      `${working.areaMm2}mm2`,
      '--counter-area',
      `${counter.areaMm2}mm2`,
    ],
  };
}

/** The table of times, with the names of packed scans. */
function timesOf(path: string, packed: boolean): string {
  if (!packed) return path;
  writeFileSync(path, readFileSync(path, 'utf8').replace(/_\d+x\d+x\d+_u16\.raw/g, '.tif'));
  return path;
}

/** Little-endian uint16 voxels as a TIFF of one deflated strip a page. */
function deflatedTiff(voxels: Buffer, [nz, ny, nx]: readonly [number, number, number]): Buffer {
  const page = ny * nx * 2;
  const tags = { 256: [nx], 257: [ny], 258: [16], 259: [8], 262: [1], 277: [1], 278: [ny] };
  const strip = (z: number) => deflateSync(voxels.subarray(z * page, (z + 1) * page), { level: 1 });
  return tiffBytes({ pages: Array.from({ length: nz }, (_, z) => ({ tags, chunks: [strip(z)] })) });
}

/** Bytes of every file below a folder, as a hash, by path. Absent folders hold none. */
export function contentsOf(folder: string, leaveOut: (path: string) => boolean = () => false): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !leaveOut(path) && statSync(join(folder, path)).isFile())
    .sort();
  return new Map(
    paths.map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ]),
  );
}

/** What the results of a project are, byte for byte; manifests and the database tell when they were made. */
export function resultsIn(project: string): Map<string, string> {
  return contentsOf(project, (path) => /(^|\/)(manifest\.json|project\.db.*)$/.test(path));
}

/** One line for each file that is in one and not in the other, or is not the same. */
export function differences(found: Map<string, string>, expected: Map<string, string>): string[] {
  return [
    ...[...expected.keys()].filter((path) => !found.has(path)).map((path) => `${path} is missing`),
    ...[...found.keys()].filter((path) => !expected.has(path)).map((path) => `${path} is too much`),
    ...[...found].filter(([path, hash]) => (expected.get(path) ?? hash) !== hash).map(([path]) => `${path} is other`),
  ];
}
