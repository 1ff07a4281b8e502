import { expect, test } from 'vitest';
import type { Triple } from '../core/geometry.ts';
import type { ColumnFrame } from './columns.ts';
import { mixPhases, type PhaseLayers } from './phases.ts';

// 12 slices along z, 6 × 5 columns: collector below 3, electrolyte, foil above 7, collector behind it from 10 on.
const extent: Triple = [12, 6, 5];
const frame: ColumnFrame = { slice: 0, column: 0, sliceStep: [1, 0, 0], columnStep: [0, 5, 1], columns: 30 };
const layers: PhaseLayers = {
  lower: new Float32Array(30).map((_, i) => 3 + 0.1 * (i % 7)),
  upper: new Float32Array(30).map((_, i) => 7 - 0.1 * (i % 5)),
  inPellet: new Uint8Array(30).map((_, i) => (i === 4 ? 0 : 1)),
  foilEnd: 10,
  symmetric: false,
};
const COUNTS = 100;
const share = (x: number) => Math.max(0, Math.min(1, x));

/** What one voxel holds: collector, lithium, crack, electrolyte. */
function plain(s: number, column: number, change: number, cracked: number, of: PhaseLayers): number[] {
  if (!of.inPellet[column]) return [0, 0, 0, 0];
  const below = share(of.lower[column]! - s + 0.5);
  const foil = Math.min(1 - below, share(s - of.upper[column]! + 0.5));
  const behind = Math.min(foil, share(s - of.foilEnd + 0.5));
  let [collector, lithium] = of.symmetric ? [behind, below + foil - behind] : [below + behind, foil - behind];
  let electrolyte = 1 - below - foil;
  const crack = Math.min(electrolyte, share(cracked));
  electrolyte -= crack;
  if (crack === 0 && change > 0.2) {
    const fromCollector = Math.min(collector, share(change));
    const beside = of.symmetric || fromCollector > 0;
    const fromElectrolyte = beside ? Math.min(electrolyte, share(change) - fromCollector) : 0;
    collector -= fromCollector;
    electrolyte -= fromElectrolyte;
    lithium += fromCollector + fromElectrolyte;
  } else if (change < -0.2 && lithium > 0) {
    const lost = Math.min(lithium, -change);
    lithium -= lost;
    if (s > of.upper[column]! + 3) collector += lost;
    else electrolyte += lost;
  }
  return [collector, lithium, crack, electrolyte];
}

const lithium = Int16Array.from({ length: 12 * 30 }, (_, i) => Math.round(130 * Math.sin(i * i)));
const crackPlaces = Float64Array.of(0, 4, 5 * 30 + 3, 5 * 30 + 4, 6 * 30 + 29, 7 * 30);
const crackFractions = Float32Array.of(0.5, 0.5, 0.4, 1.4, -0.2, 0.9);

test.each([false, true])('phases are as by definition (symmetric: %s)', async (symmetric) => {
  const of = { ...layers, symmetric };
  const out = new Uint8Array(4 * lithium.length).fill(7);
  const rest = {
    extent,
    frame,
    layers: of,
    lithiumLvf: 0.2,
    countsPerUnit: COUNTS,
    lithium,
    crackPlaces,
    crackFractions,
  };
  const sums = await mixPhases({ ...rest, out, threads: 3 });
  const expected = Array.from(lithium, (count, i) => {
    const crack = crackPlaces.indexOf(i);
    return plain(Math.floor(i / 30), i % 30, count / COUNTS, crack < 0 ? 0 : crackFractions[crack]!, of);
  });
  expect(Array.from(out)).toEqual(expected.flat().map((fraction) => Math.round(fraction * 255)));
  for (let phase = 0; phase < 4; phase++) {
    const planes = Array.from({ length: 12 }, (_, z) =>
      expected.slice(30 * z, 30 * z + 30).reduce((total, voxel) => total + voxel[phase]!, 0),
    );
    planes.forEach((sum, z) => expect(sums[4 * z + phase]).toBeCloseTo(sum, 9));
    expect(Math.max(...planes)).toBeGreaterThan(0);
  }
});
