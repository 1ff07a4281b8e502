import { tiffBytes } from '../../../src/formats/reference/tiff_bytes.ts';
import type { Target } from '../target.ts';
import { readVolumes } from './volumes.ts';

/** A folder with a TIFF file for each slice. */
export const slices: Target = {
  name: 'slices',
  specimens: async () =>
    [1, 5].map((compression) => ({
      name: `compression ${compression}`,
      open: '.',
      files: Array.from({ length: 4 }, (_, z) => ({ path: `slice_${z}.tif`, bytes: slice(z, compression) })),
    })),
  attempt: (attempt) => readVolumes(attempt),
  cases: 120,
};

/** 8 × 8 voxels of 8 bits; LZW as codes that each stand for themselves. */
function slice(z: number, compression: number): Buffer {
  const voxels = Buffer.alloc(64, z * 20);
  const tags = { 256: [8], 257: [8], 258: [8], 259: [compression], 262: [1], 277: [1], 278: [8] };
  return tiffBytes({ pages: [{ tags, chunks: [compression === 5 ? lzw(voxels) : voxels] }] });
}

function lzw(bytes: Buffer): Buffer {
  const codes = [256, ...bytes, 257];
  const out = Buffer.alloc(Math.ceil((codes.length * 9) / 8));
  for (const [i, code] of codes.entries())
    for (let bit = 0; bit < 9; bit++) if (code & (256 >> bit)) out[(i * 9 + bit) >> 3]! |= 128 >> ((i * 9 + bit) & 7);
  return out;
}
