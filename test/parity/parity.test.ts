import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Matrix4, Triple } from '../../src/core/geometry.ts';
import { bin } from '../../src/engine/bin.ts';
import { distance } from '../../src/engine/distance.ts';
import { gaussian } from '../../src/engine/gaussian.ts';
import { histogram, histogram16, otsu, otsu16, valueRange } from '../../src/engine/histogram.ts';
import { dilate, erode, label } from '../../src/engine/label.ts';
import { median } from '../../src/engine/median.ts';
import { resampleBlock } from '../../src/engine/resample.ts';
import { openVolume, type View } from '../../src/engine/volume.ts';

/** Bounds on the difference from scipy and scikit-image; docs/parity.md tells them to users. */
const bounds = {
  /** Of the largest grey value. */
  gaussian: 1e-6,
  /** Of the distance. */
  distance: 1e-6,
  bin: 1e-6,
  /** B-spline against scipy's, of the largest grey value: single precision, and a prefilter cut off at 12 voxels. */
  spline: 2e-6,
  /** Against the true function, wavelengths of 6 voxels and more, of its amplitude: worst voxel. */
  splineWaves: 0.005,
  keysWaves: 0.03,
};

const python = ['/usr/bin/python3', 'python3'].find((command) => {
  try {
    execFileSync(command, ['-c', 'import scipy.ndimage, skimage.filters, skimage.transform'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

const types = {
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;
type Types = typeof types;

describe.skipIf(!python)('operators agree with scipy and scikit-image', () => {
  let directory: string;
  let reference: {
    arrays: Record<string, { type: keyof Types; shape: number[] }>;
    numbers: { 'otsu-16': number; 'otsu-float': number; resample: number[][] };
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tomolapse-parity-'));
    execFileSync(python!, [join(import.meta.dirname, 'make_reference.py'), directory]);
    reference = JSON.parse(readFileSync(join(directory, 'reference.json'), 'utf8'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function array<T extends keyof Types>(name: string, type: T): InstanceType<Types[T]> {
    expect(reference.arrays[name]?.type, name).toBe(type);
    const bytes = readFileSync(join(directory, name));
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    return new types[type](buffer) as InstanceType<Types[T]>;
  }
  const shapeOf = (name: string) => reference.arrays[name]!.shape as Triple;

  function worst(found: ArrayLike<number>, truth: ArrayLike<number>, within?: Uint8Array): number {
    expect(found.length).toBe(truth.length);
    let most = 0;
    for (let i = 0; i < found.length; i++) {
      if (within && !within[i]) continue;
      const difference = Math.abs(found[i]! - truth[i]!);
      if (!(difference <= most)) most = difference;
    }
    return most;
  }

  function differences(found: ArrayLike<number>, truth: ArrayLike<number>): number {
    expect(found.length).toBe(truth.length);
    let count = 0;
    for (let i = 0; i < found.length; i++) if (found[i] !== truth[i]) count++;
    return count;
  }

  test.each([0, 1, 2])('gaussian, volume %i', async (volume) => {
    const name = `gaussian-${volume}`;
    for (const sigma of ['0.7', '1.0', '2.3'])
      for (const border of ['reflect', 'nearest'] as const) {
        const found = await gaussian(array(name, 'float32'), shapeOf(name), Number(sigma), border);
        const difference = worst(found, array(`${name}-${sigma}-${border}`, 'float64'));
        expect(difference, `σ ${sigma}, ${border}`).toBeLessThan(65535 * bounds.gaussian);
      }
  });

  test.each([0, 1, 2])('median, volume %i: exact', async (volume) => {
    const name = `median-${volume}`;
    const footprints = { ball3: ['ball', 3], ball1: ['ball', 1], cube2: ['cube', 2] } as const;
    for (const [footprint, [shape, radius]] of Object.entries(footprints))
      for (const border of ['reflect', 'nearest', 'fiji'] as const) {
        const found = await median(array(name, 'int16'), shapeOf(name), { shape, radius }, border);
        expect(differences(found, array(`${name}-${footprint}-${border}`, 'int16')), `${footprint}, ${border}`).toBe(0);
      }
  });

  test.each([0, 1, 2, 3])('label, mask %i: the same parts in the same order', async (mask) => {
    const name = `mask-${mask}`;
    for (const connectivity of [6, 26] as const) {
      const truth = array(`label-${mask}-${connectivity}`, 'int32');
      const { labels, components } = await label(array(name, 'uint8'), shapeOf(name), 1, connectivity);
      expect(differences(labels, truth)).toBe(0);
      const sizes = new Array<number>(components.length).fill(0);
      for (const part of truth) if (part) sizes[part - 1]!++;
      expect(components.map(({ voxels }) => voxels)).toEqual(sizes);
      const large = await label(array(name, 'uint8'), shapeOf(name), 4, connectivity);
      expect(large.components.map(({ voxels }) => voxels)).toEqual(sizes.filter((voxels) => voxels >= 4));
    }
  });

  test.each([0, 1, 2, 3])('dilate and erode, mask %i: exact', async (mask) => {
    const voxels = array(`mask-${mask}`, 'uint8');
    const shape = shapeOf(`mask-${mask}`);
    expect(differences(await dilate(voxels, shape, 3), array(`dilate-${mask}`, 'uint8'))).toBe(0);
    expect(differences(await erode(voxels, shape, 2), array(`erode-${mask}`, 'uint8'))).toBe(0);
  });

  test.each([0, 1, 2, 3])('distance, mask %i', async (mask) => {
    const spacings: Record<string, Triple> = { cubic: [1, 1, 1], flat: [3.25, 1.625, 1.5] };
    for (const [name, spacing] of Object.entries(spacings)) {
      const found = await distance(array(`mask-${mask}`, 'uint8'), shapeOf(`mask-${mask}`), spacing);
      const truth = array(`distance-${mask}-${name}`, 'float64');
      const relative = found.map((value, i) => (truth[i] ? value / truth[i]! - 1 : value));
      expect(worst(relative, new Float32Array(truth.length))).toBeLessThan(bounds.distance);
    }
  });

  test('otsu: the same 16-bit value, the same of 256 bins', async () => {
    const { value } = await otsu16(await histogram16(array('otsu-16', 'uint16')));
    expect(value).toBe(reference.numbers['otsu-16']);
    const grey = array('otsu-float', 'float32');
    const [low, high] = await valueRange(grey);
    const found = await otsu(await histogram(grey, low, high));
    expect(found.value).toBeCloseTo(reference.numbers['otsu-float'], 6);
    expect(found.separability).toBeGreaterThan(0.7);
  });

  test('bin', async () => {
    const mean = await bin(array('bin-float', 'float32'), shapeOf('bin-float'));
    expect(worst(mean, array('bin-float-mean', 'float64'))).toBeLessThan(65535 * bounds.bin);
    const rgba = await bin(array('bin-rgba', 'uint8'), shapeOf('bin-rgba').slice(0, 3) as Triple, 4);
    expect(differences(rgba, array('bin-rgba-mean', 'uint8'))).toBe(0);
  });

  test.each([0, 1, 2])('resample, motion %i', async (motion) => {
    const inner = array(`resample-inner-${motion}`, 'uint8');
    const near = array(`resample-near-${motion}`, 'uint8');
    const outside = array(`resample-outside-${motion}`, 'uint8');
    const matrix: Matrix4 = [...reference.numbers.resample[motion]!, 0, 0, 0, 1];
    const shape = shapeOf('resample-scene');
    const view = (name: string): View => ({
      volume: openVolume({
        segments: [{ path: join(directory, name), offset: 0, rows: shape[0] * shape[1] }],
        shape,
        type: 'float32',
        bigEndian: false,
      }),
      axis: [0, 1, 2],
      flip: [false, false, false],
    });
    expect(inner.filter(Boolean).length).toBeGreaterThan(5000);
    const scene = await resampleBlock(view('resample-scene'), matrix, [0, 0, 0], shape, 'spline');
    expect(worst(scene, array(`resample-scene-${motion}`, 'float64'), inner)).toBeLessThan(42000 * bounds.spline);
    const truth = array(`resample-waves-${motion}`, 'float64');
    for (const kernel of ['spline', 'keys'] as const) {
      const waves = await resampleBlock(view('resample-waves'), matrix, [0, 0, 0], shape, kernel);
      const [within, bound] = kernel === 'spline' ? [inner, bounds.splineWaves] : [near, bounds.keysWaves];
      expect(worst(waves, truth, within), kernel).toBeLessThan(240 * bound);
      expect(
        differences(
          waves.map((value) => Number(Number.isNaN(value))),
          outside,
        ),
      ).toBe(0);
    }
  });
});
