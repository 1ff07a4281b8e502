import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { filterNames, unfiltered, unknownFilter } from './hdf5_filters.ts';

/** Bit b of byte j of all elements together, as bitshuffle orders them; slow and simple. */
function bitsTogether(bytes: Buffer, width: number): Buffer {
  const count = bytes.length / width;
  const out = Buffer.alloc(bytes.length);
  for (let byte = 0; byte < width; byte++)
    for (let bit = 0; bit < 8; bit++)
      for (let i = 0; i < count; i++) {
        const to = (byte * 8 + bit) * count + i;
        if (bytes[i * width + byte] & (1 << bit)) out[to >> 3] |= 1 << (to & 7);
      }
  return out;
}

/** Bitshuffle's frame: bytes in all, bytes of a block, then each block's length and bytes. */
function framed(total: number, blockBytes: number, blocks: Buffer[], rest: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64BE(BigInt(total));
  head.writeUInt32BE(blockBytes, 8);
  const parts = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([head, ...parts, rest]);
}

describe('the filters of HDF5', () => {
  it('undo bitshuffle with Zstandard, where the last elements are left as they are', async () => {
    const width = 2;
    const bytes = Buffer.from(Array.from({ length: width * 300 }, (_, i) => (i * 89 + (i >> 3)) & 255));
    // Blocks of 128 elements, then 40 in whole eights, then 4 that no block takes.
    const blocks = [0, 128, 256].map((from) =>
      zstdCompressSync(bitsTogether(bytes.subarray(from * width, Math.min(from + 128, 296) * width), width)),
    );
    const stored = framed(bytes.length, 128 * width, blocks, bytes.subarray(296 * width));
    const filter = { id: 32008, name: 'bitshuffle', values: [0, 4, width, 128, 3] };
    expect(Buffer.from(await unfiltered(stored, [filter], 0, bytes.length))).toEqual(bytes);
    await expect(unfiltered(stored.subarray(0, -3), [filter], 0, bytes.length)).rejects.toThrow('it is too short');
    stored.writeUInt32BE(5, 12);
    await expect(unfiltered(stored, [filter], 0, bytes.length)).rejects.toThrow('it cannot be unpacked');
  });

  it('leave out those that a chunk was stored without', async () => {
    const shuffle = { id: 2, name: 'shuffle', values: [2] };
    const stored = Buffer.from([1, 3, 5, 2, 4, 6]);
    expect([...(await unfiltered(stored, [shuffle], 0, 6))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await unfiltered(stored, [shuffle], 1, 6))]).toEqual([1, 3, 5, 2, 4, 6]);
    await expect(unfiltered(stored, [shuffle], 0, 8)).rejects.toThrow('it holds 6 of 8 bytes');
  });

  it('are named, known or not', () => {
    const of = (...ids: number[]) => ids.map((id) => ({ id, name: id === 40000 ? 'own filter' : '', values: [] }));
    expect(filterNames(of())).toBe('none');
    expect(filterNames(of(2, 1, 40000, 40001))).toBe('shuffle, deflate, own filter, filter 40001');
    expect([unknownFilter(of(2, 1, 3)), unknownFilter(of(2, 4)), unknownFilter(of(40001))]).toEqual([
      null,
      'szip',
      'filter 40001',
    ]);
    expect(unknownFilter([{ id: 32001, name: 'blosc', values: [2, 2, 2, 0, 5, 1, 3] }])).toBe('blosc (snappy)');
  });
});
