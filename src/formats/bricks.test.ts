import { describe, expect, it } from 'vitest';
import type { Triple } from '../core/geometry.ts';
import { type Bricks, brickPieces } from './bricks.ts';
import { widened } from './widen.ts';

/** A volume whose voxel is its own place, cut into bricks; those of `missing` are not stored. */
function cut(shape: Triple, brick: Triple, missing = new Set<string>()) {
  const volume = Uint16Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => i % 65_521);
  const bricks: Bricks = {
    shape,
    brick,
    voxelBytes: 2,
    fill: Uint8Array.of(7, 0),
    read: async ([cz, cy, cx]) => {
      await new Promise((resolve) => setTimeout(resolve, (cz + cy + cx) % 3));
      if (missing.has([cz, cy, cx].join())) return null;
      const voxels = new Uint16Array(brick[0] * brick[1] * brick[2]).fill(0xeeee);
      for (let z = 0; z < brick[0]; z++)
        for (let y = 0; y < brick[1]; y++)
          for (let x = 0; x < brick[2]; x++) {
            const at = [cz * brick[0] + z, cy * brick[1] + y, cx * brick[2] + x];
            if (at.some((n, axis) => n >= shape[axis])) continue;
            voxels[(z * brick[1] + y) * brick[2] + x] = volume[(at[0] * shape[1] + at[1]) * shape[2] + at[2]];
          }
      return new Uint8Array(voxels.buffer);
    },
  };
  return { volume, bricks };
}

async function assembled(bricks: Bricks, first: number, end: number, bandBytes?: number) {
  const out = Buffer.alloc((end - first) * bricks.shape[1] * bricks.shape[2] * 2, 0xcc);
  let bytes = 0;
  let pieces = 0;
  for await (const piece of brickPieces(bricks, { first, end }, undefined, bandBytes)) {
    out.set(piece.bytes, piece.at);
    bytes += piece.bytes.length;
    pieces++;
  }
  expect(bytes).toBe(out.length);
  return { voxels: new Uint16Array(out.buffer, out.byteOffset, out.length / 2), pieces };
}

describe('bricks', () => {
  it.each<[Triple, Triple, number, number]>([
    [[7, 9, 11], [3, 4, 5], 0, 7],
    [[7, 9, 11], [3, 4, 5], 2, 5],
    [[7, 9, 11], [3, 4, 5], 4, 5],
    [[5, 6, 8], [2, 3, 8], 1, 5],
    [[5, 6, 8], [2, 6, 8], 1, 5],
    [[5, 6, 8], [1, 6, 16], 0, 5],
    [[5, 6, 8], [8, 8, 8], 0, 5],
  ])('of %o in %o give the planes %i to %i', async (shape, brick, first, end) => {
    const { volume, bricks } = cut(shape, brick);
    const plane = shape[1] * shape[2];
    expect((await assembled(bricks, first, end)).voxels).toEqual(volume.subarray(first * plane, end * plane));
  });

  it('are put together in parts of rows where a whole row of them is too large', async () => {
    const { volume, bricks } = cut([6, 8, 30], [4, 4, 10]);
    const { voxels, pieces } = await assembled(bricks, 0, 6, 2 * 4 * 4 * 20);
    expect(voxels).toEqual(volume);
    expect(pieces).toBe(4 * 8 * 2 + 2 * 2);
  });

  it('that are not stored are filled', async () => {
    const { volume, bricks } = cut([4, 4, 4], [2, 2, 2], new Set(['0,1,1', '1,0,0']));
    const expected = volume.map((value, i) => {
      const brick = [Math.floor(i / 32), Math.floor(i / 8) % 2, Math.floor(i / 2) % 2].join();
      return brick === '0,1,1' || brick === '1,0,0' ? 7 : value;
    });
    expect((await assembled(bricks, 0, 4)).voxels).toEqual(expected);
  });

  it('of another size than said, and those that cannot be read, end it', async () => {
    const { bricks } = cut([4, 4, 4], [2, 2, 2]);
    const short = { ...bricks, read: async () => new Uint8Array(15) };
    await expect(assembled(short, 0, 4)).rejects.toThrow('a brick has 15 bytes and should have 16');
    const torn = { ...bricks, read: () => Promise.reject(new Error('torn')) };
    await expect(assembled(torn, 0, 4)).rejects.toThrow('torn');
  });
});

describe('voxels that are widened', () => {
  it('keep their values', () => {
    const halves = Buffer.from(Uint16Array.of(0x3c00, 0xc500, 0x0001, 0x7bff, 0x7c00, 0x8000).buffer);
    const floats = widened(halves, 'float16');
    expect([...new Float32Array(floats.buffer, floats.byteOffset, 6)]).toEqual([1, -5, 2 ** -24, 65504, Infinity, -0]);
    const long = widened(Buffer.from(BigInt64Array.of(-3n, 2n ** 53n).buffer), 'int64');
    expect([long.readDoubleLE(0), long.readDoubleLE(8)]).toEqual([-3, 2 ** 53]);
    expect(widened(Buffer.from(BigUint64Array.of(2n ** 63n).buffer), 'uint64').readDoubleLE(0)).toBe(2 ** 63);
  });
});
