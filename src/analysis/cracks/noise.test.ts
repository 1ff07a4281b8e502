import { expect, test } from 'vitest';
import type { Triple } from '../../core/geometry.ts';
import { columnsWhere } from '../cell.ts';
import { NoiseSample } from './noise.ts';

/** Evenly spread over [0, 1), by place. */
function value(s: number, v: number, u: number): number {
  return Math.abs(Math.sin(s * 12.9898 + v * 78.233 + u * 37.719) * 43758.5453) % 1;
}

function field([s0, v0, u0]: Triple, [ns, nv, nu]: Triple): Float32Array {
  return Float32Array.from({ length: ns * nv * nu }, (_, i) =>
    value(s0 + Math.floor(i / (nv * nu)), v0 + (Math.floor(i / nu) % nv), u0 + (i % nu)),
  );
}

test('the noise is that of some of the columns, in whatever boxes they come', () => {
  const shape: Triple = [12, 400, 300];
  const inside = columnsWhere(shape, (v, u) => (v > 20 && u > 10 ? [4, 10] : null));
  const whole = new NoiseSample(inside, shape, 12);
  expect(whole.step).toBe(2);
  whole.add(field([0, 0, 0], shape), { min: [0, 0, 0], shape });
  // Half of it lies within a quarter of the median on either side.
  expect(Math.abs(whole.std - 0.25 * 1.4826)).toBeLessThan(0.01);
  const parted = new NoiseSample(inside, shape, 12);
  for (const [v, height] of [
    [201, 199],
    [0, 201],
  ] as const)
    parted.add(field([0, v, 0], [12, height, 300]), { min: [0, v, 0], shape: [12, height, 300] });
  expect(parted.std).toBe(whole.std);
  const single = new NoiseSample(inside, shape, 12);
  for (const [v, u] of single.columns({ min: [0, 0, 0], shape }))
    single.add(field([0, v, u], [12, 1, 1]), { min: [0, v, u], shape: [12, 1, 1] });
  expect(single.std).toBe(whole.std);
});

test('nothing has no noise', () => {
  const inside = columnsWhere([4, 4, 4], () => null);
  expect(new NoiseSample(inside, [4, 4, 4], 4).std).toBe(0);
});
