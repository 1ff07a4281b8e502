import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bzip2Error, bunzip2 } from './bzip2.ts';

/** "tomolapse\n", then 1000 zeros, as bzip2 writes them. */
const SMALL = Buffer.from('QlpoOTFBWSZTWeBXmlUAAAzBgcAQIgbMAACAAAggACEpNGGiEDQNDWdwb0Ky8Wag+LuSKcKEhwK80qg=', 'base64');

async function unfold(stored: Buffer, piece = 1000): Promise<Buffer> {
  async function* pieces() {
    for (let at = 0; at < stored.length; at += piece) yield stored.subarray(at, at + piece);
  }
  const out: Buffer[] = [];
  for await (const bytes of bunzip2(pieces())) out.push(bytes);
  return Buffer.concat(out);
}

const python = '/usr/bin/python3';
function folded(bytes: Buffer, level: number): Buffer {
  const program = `import bz2, sys; sys.stdout.buffer.write(bz2.compress(sys.stdin.buffer.read(), ${level}))`;
  return execFileSync(python, ['-c', program], { input: bytes, maxBuffer: 2 ** 28 });
}

/** Numbers that look like noise, the same every time. */
function noise(length: number): Buffer {
  let state = 1;
  return Buffer.from(
    Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24),
  );
}

describe('bzip2', () => {
  it('unfolds, in pieces of whatever size', async () => {
    const expected = Buffer.concat([Buffer.from('tomolapse\n'), Buffer.alloc(1000)]);
    for (const piece of [1, 7, 1000]) expect((await unfold(SMALL, piece)).equals(expected)).toBe(true);
    expect((await unfold(Buffer.concat([SMALL, SMALL, Buffer.from('signed')]))).length).toBe(2020);
  });

  it('is refused where it ends, wherever it is cut, and where a bit is turned', async () => {
    for (let length = 1; length < SMALL.length; length++)
      await expect(unfold(SMALL.subarray(0, length))).rejects.toThrow(Bzip2Error);
    for (let bit = 0; bit < SMALL.length * 8 - 40; bit++) {
      const torn = Buffer.from(SMALL);
      torn[bit >> 3] ^= 1 << (bit & 7);
      await unfold(torn).then(
        // The level of a block and what is kept for nothing may change without harm.
        (bytes) => expect(bytes.length).toBe(1010),
        (error) => expect(error).toBeInstanceOf(Bzip2Error),
      );
    }
  });

  it.skipIf(!existsSync(python))('unfolds what Python folds: noise, runs, and many blocks', async () => {
    const mixed = Buffer.concat([
      noise(250_000),
      Buffer.alloc(3_000_000, 7),
      Buffer.from('ab'.repeat(100_000)),
      noise(5),
    ]);
    for (const level of [1, 9]) expect((await unfold(folded(mixed, level), 65_536)).equals(mixed)).toBe(true);
    for (const length of [1, 3, 4, 5, 259, 260]) {
      const run = Buffer.alloc(length, 9);
      expect((await unfold(folded(run, 1))).equals(run)).toBe(true);
    }
  });
});
