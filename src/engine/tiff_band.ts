import { native } from './native.ts';

/** Rows of one TIFF page that are decoded together: whole strips, or whole rows of tiles. */
export interface TiffBand {
  width: number;
  rows: number;
  /** Of a tile, or of a strip: then as wide as the page, and the last one with what rows are left. */
  chunkWidth: number;
  chunkRows: number;
  tiled: boolean;
  /** Samples of a pixel that lie together, and the one that is wanted. */
  samples: number;
  sample: number;
  /** Of a sample: 1 to 32, or 64. */
  bits: number;
  bigEndian: boolean;
  /** 1 none, 2 differences, 3 of floats. */
  predictor: number;
}

const decodeNative = native['decodeTiffBand'] as unknown as (
  options: TiffBand & { code: string; stored: Uint8Array; counts: readonly number[]; out: Uint8Array },
) => Promise<void>;

/** Bytes of a voxel that holds `bits` bits. */
export function tiffVoxelBytes(bits: number): number {
  return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
}

/**
 * The band's voxels (rows × width, least significant byte first, in 1, 2, 4 or 8 bytes) from the chunks that lie one after
 * another in `stored`, `counts` bytes each. Throws an Error when they are damaged or too short, a RangeError when they are
 * not those of the band. TIFF 6.0, sections 9, 13, 14, and Adobe's technical note 3.
 */
export async function decodeTiffBand(
  band: TiffBand,
  code: 'none' | 'lzw' | 'packbits',
  stored: Uint8Array,
  counts: readonly number[],
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(band.rows * band.width * tiffVoxelBytes(band.bits));
  await decodeNative({ ...band, code, stored, counts, out });
  return out;
}
