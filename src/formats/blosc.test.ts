import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { BlockError, decodeBlosc, decodeLz4 } from './blosc.ts';

const python = '/usr/bin/python3';
const there = (() => {
  try {
    execFileSync(python, ['-c', 'import numcodecs'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Chunks that numcodecs wrote of `voxels` for each choice of codec, shuffle, bytes of a voxel and size of blocks. */
function folded(voxels: Buffer, choices: readonly (readonly [string, number, number, number, number])[]): Buffer[] {
  const program = `
import sys, json, numpy, numcodecs
voxels = sys.stdin.buffer.read()
for codec, level, shuffle, size, block in json.loads(sys.argv[1]):
    array = numpy.frombuffer(voxels[:len(voxels) // size * size], dtype='u%d' % size)
    chunk = numcodecs.Blosc(cname=codec, clevel=level, shuffle=shuffle, blocksize=block).encode(array)
    sys.stdout.buffer.write(len(chunk).to_bytes(4, 'little') + chunk)`;
  const out = execFileSync(python, ['-c', program, JSON.stringify(choices)], { input: voxels, maxBuffer: 2 ** 28 });
  const chunks: Buffer[] = [];
  for (let at = 0; at < out.length; ) {
    const length = out.readUInt32LE(at);
    chunks.push(out.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return chunks;
}

/** Waves with noise, runs, and noise alone: short and long distances, literals and matches. */
function mixed(count: number): Buffer {
  let state = 7;
  const noise = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const values = Uint16Array.from({ length: count }, (_, i) => {
    if (i % 9000 < 3000) return 500;
    if (i % 9000 < 4000) return noise() * 256 + noise();
    return 30000 + Math.round(20000 * Math.sin(i / 50)) + (noise() & 3);
  });
  return Buffer.from(values.buffer);
}

describe('a chunk of Blosc', () => {
  const choices = ['blosclz', 'lz4', 'lz4hc', 'zlib', 'zstd'].flatMap((codec) =>
    [0, 1, 2].flatMap((shuffle) =>
      (
        [
          [2, 0],
          [2, 4096],
          [1, 0],
          [4, 10_000],
          [8, 0],
        ] as const
      ).map(([size, block]) => [codec, 5, shuffle, size, block] as const),
    ),
  );

  it.skipIf(!there)('of every codec, shuffle and size gives what numcodecs folded', () => {
    const voxels = mixed(50_003);
    const all = [...choices, ['lz4', 0, 1, 2, 0], ['blosclz', 9, 0, 1, 0]] as const;
    for (const [i, chunk] of folded(voxels, all).entries()) {
      const size = all[i][3];
      const expected = voxels.subarray(0, voxels.length - (voxels.length % size));
      expect(decodeBlosc(chunk, expected.length).equals(expected), all[i].join(' ')).toBe(true);
    }
  });

  it.skipIf(!there)('that is damaged is refused or gives as many bytes, whatever the bit', () => {
    const voxels = mixed(600);
    const cases = (['blosclz', 'lz4', 'zlib', 'zstd'] as const).map((codec) => [codec, 5, 1, 2, 0] as const);
    for (const chunk of folded(voxels, cases)) {
      for (let length = 0; length < chunk.length; length += 7)
        expect(() => decodeBlosc(chunk.subarray(0, length), voxels.length)).toThrow(BlockError);
      for (let bit = 0; bit < chunk.length * 8; bit++) {
        const torn = Buffer.from(chunk);
        torn[bit >> 3] ^= 1 << (bit & 7);
        try {
          expect(decodeBlosc(torn, voxels.length)).toHaveLength(voxels.length);
        } catch (error) {
          expect(error).toBeInstanceOf(BlockError);
        }
      }
    }
  });

  it('that says it is larger than wanted asks for no memory', () => {
    const header = Buffer.alloc(32);
    header.set([2, 1, 0x21, 2]);
    header.writeUInt32LE(0xfffffff0, 4);
    expect(() => decodeBlosc(header, 100)).toThrow('said to give 4294967280 of 100 bytes');
  });
});

describe('a block of LZ4', () => {
  it('repeats what it is still writing', () => {
    const to = new Uint8Array(15);
    decodeLz4(Uint8Array.of(0x26, 1, 2, 2, 0, 0x30, 3, 3, 3), to);
    expect([...to]).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 3, 3, 3]);
  });
});
