import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Triple } from '../../src/core/geometry.ts';
import { gaussian } from '../../src/engine/gaussian.ts';
import { median } from '../../src/engine/median.ts';

/** Debian's imagej; it is run without a window. */
const JAR = '/usr/share/java/ij.jar';

function present(): boolean {
  if (!existsSync(JAR)) return false;
  try {
    // The program beside is compiled as it is started: a development kit is needed.
    execFileSync('javac', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

// Smaller than the footprint along z, so that it is cut off on both sides at once there.
const shape: Triple = [6, 19, 23];
const count = 6 * 19 * 23;
const OFFSET = 32768;
/** The whole range of 16 bits, with steps and equal values. */
const grey = Int16Array.from({ length: count }, (_, i) => {
  const noise = (i * 7919 * (1 + (i % 13))) % 65536;
  return i % 5 === 0 ? (i % 23 < 11 ? -300 : 9001) : noise - OFFSET;
});

describe.skipIf(!present())('operators agree with ImageJ (Debian: imagej)', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tomolapse-imagej-'));
    writeFileSync(
      join(directory, 'grey.raw'),
      Uint16Array.from(grey, (value) => value + OFFSET),
    );
    writeFileSync(join(directory, 'real.raw'), Float32Array.from(grey));
    const program = join(import.meta.dirname, 'ImageJ.java');
    execFileSync(
      'java',
      ['-Djava.awt.headless=true', '-cp', JAR, program, directory, ...shape.toReversed().map(String)],
      {
        timeout: 60_000,
        stdio: 'ignore',
        env: { ...process.env, HOME: directory },
      },
    );
  }, 70_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** ImageJ writes in the order it has read. */
  const written = (name: string) => {
    const bytes = readFileSync(join(directory, `${name}.raw`));
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };

  test('Median 3D, radius 3: exact, borders included', async () => {
    const found = await median(grey, shape, { shape: 'ball', radius: 3 }, 'fiji');
    const theirs = written('median');
    expect(theirs.byteLength).toBe(2 * count);
    expect(found).toEqual(Int16Array.from(found, (_, i) => theirs.getUint16(2 * i, true) - OFFSET));
  });

  test('Gaussian Blur 3D, σ 1: the edge repeats', async () => {
    const found = await gaussian(Float32Array.from(grey), shape, 1, 'nearest');
    const theirs = written('gaussian');
    let most = 0;
    for (let i = 0; i < count; i++) most = Math.max(most, Math.abs(found[i]! - theirs.getFloat32(4 * i, true)));
    // Its kernel ends at 3.5 σ with a polynomial.
    expect(most / 65536).toBeLessThan(1e-3);
  });
});
