import type { Triple } from '../../src/core/geometry.ts';
import type { Block } from '../../src/renderer/viewer/source.ts';

/** Fractions (0 to 1) of collector, lithium, crack and electrolyte at a place in voxels. */
type Fractions = (z: number, y: number, x: number) => readonly [number, number, number, number];

const clamped = (v: number) => Math.max(0, Math.min(1, v));
/** A value between 0 and 1 that changes over one voxel where `distance` passes 0. */
const within = (distance: number) => clamped(0.5 - distance);

export function fractionBlock(shape: Triple, at: Fractions): Block {
  const [nz, ny, nx] = shape;
  const voxels = new Uint8Array(nz * ny * nx * 4);
  let to = 0;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++) for (const fraction of at(z, y, x)) voxels[to++] = Math.round(255 * fraction);
  return { shape, voxels };
}

export function countBlock(shape: Triple, at: (z: number, y: number, x: number) => number): Block {
  const [nz, ny, nx] = shape;
  const voxels = new Uint16Array(nz * ny * nx);
  let to = 0;
  for (let z = 0; z < nz; z++) for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) voxels[to++] = at(z, y, x);
  return { shape, voxels };
}

/** Height of a rough collector in an n-voxel cell. */
const rough = (n: number, y: number, x: number) =>
  n * (0.2 + 0.03 * Math.sin((9 * x) / n) * Math.cos((11 * y) / n) + 0.012 * Math.sin((31 * x + 17 * y) / n));

/** A collector with a rough surface and nothing else. */
export function collectorOnly(n: number): Block {
  return fractionBlock([n, n, n], (z, y, x) => [within(z - rough(n, y, x)), 0, 0, 0]);
}

/** What the same collector looks like to X-rays: dark void, bright metal, lithium's greys between them. */
export function collectorGrey(n: number): Block {
  return countBlock([n, n, n], (z, y, x) => Math.round(8000 + 48000 * within(z - rough(n, y, x))));
}

/** A cell: collector, patches of plated lithium, two cracks through the electrolyte; `charge` from 0 to 1. */
export function cell(n: number, charge = 1): Block {
  return fractionBlock([n, n, n], (z, y, x) => {
    const top = rough(n, y, x);
    const collector = within(z - top);
    const patches = clamped(0.55 + 0.6 * Math.sin((7 * x) / n + 1) * Math.sin((6 * y) / n));
    const thickness = charge * n * 0.11 * patches;
    const lithium = clamped(within(z - top - thickness) - collector) * clamped(0.4 + 0.8 * patches);
    const sheet = Math.abs(x - n * (0.55 + 0.08 * Math.sin((5 * z) / n)) - 0.12 * (y - n / 2));
    const reach = Math.hypot(z - n * 0.62, y - n * 0.5) - n * 0.3 * charge;
    const crack = clamped(within(sheet - 0.9) * within(reach) * (1 - collector - lithium));
    const inside = z < n * 0.95 ? 1 : 0;
    return [collector, lithium, crack, inside * clamped(1 - collector - lithium - crack)];
  });
}

/** A ball of collector, for places that are known exactly. */
export function ball(n: number, radius: number, centre: Triple): Block {
  return fractionBlock([n, n, n], (z, y, x) => [
    within(Math.hypot(z - centre[0], y - centre[1], x - centre[2]) - radius),
    0,
    0,
    0,
  ]);
}
