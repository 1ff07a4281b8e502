import type { Triple } from '../../src/core/geometry.ts';
import { gaussian } from '../../src/engine/gaussian.ts';

/** White noise, −0.5 to 0.5, from a xorshift generator. */
export function whiteNoise(count: number, seed: number): Float32Array {
  const noise = new Float32Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    noise[i] = (state >>> 0) / 2 ** 32 - 0.5;
  }
  return noise;
}

/** Grey values about 30 000 with grains and noise, as after reconstruction. */
export async function greyValues(shape: Triple, seed: number): Promise<Uint16Array> {
  const noise = whiteNoise(shape[0] * shape[1] * shape[2], seed);
  const smooth = await gaussian(noise, shape, 1.5);
  const grey = new Uint16Array(noise.length);
  for (let i = 0; i < grey.length; i++) grey[i] = 30_000 + 50_000 * smooth[i]! + 1000 * noise[i]!;
  return grey;
}

/** A typed array of what `take` makes of each voxel; `from` and an array as large as itself are held at once. */
export function made<T extends Float32Array | Int16Array | Uint8Array>(
  of: new (length: number) => T,
  from: Uint16Array,
  take: (value: number) => number,
): T {
  const out = new of(from.length);
  for (let i = 0; i < out.length; i++) out[i] = take(from[i]!);
  return out;
}
