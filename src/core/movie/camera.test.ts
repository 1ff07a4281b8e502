import { expect, test } from 'vitest';
import type { Triple } from '../geometry.ts';
import { axesSeen, seenAt, sightOf, standOf, umPerPixel } from './camera.ts';
import { cellOf } from './fixtures/project.ts';
import type { CameraPlace } from './storyboard.ts';

const cell = cellOf();
const place: CameraPlace = { target: 'cell', azimuth: 0, elevation: 0, distance: 1, projection: 'orthographic' };
const from = (change: Partial<CameraPlace>, aspect = 1, of = cell) =>
  sightOf(standOf({ ...place, ...change }, of, aspect), of);
/** Corners of the cell, µm. */
const corners = [-1, 99].flatMap((z) => [-1, 119].flatMap((y) => [-1, 159].map((x): Triple => [z, y, x])));

test('it looks at the middle of the cell, an azimuth of 0 from the x axis, up away from the collector', () => {
  const sight = from({});
  expect(sight.target).toEqual([49, 59, 79]);
  const [z, y, x] = sight.position;
  expect([z, y]).toEqual([49, 59]);
  expect(x).toBeGreaterThan(79);
  expect(sight.up).toEqual([1, 0, 0]);
  const turned = from({ azimuth: 90 });
  expect(turned.position[1]).toBeGreaterThan(59);
  expect(turned.position[2]).toBeCloseTo(79, 9);
  const down = from({ elevation: 90 });
  expect(down.position[0]).toBeGreaterThan(49);
  // Straight from above, what is farther from the viewer's place lies higher.
  expect(down.up[2]).toBeCloseTo(-1, 12);
});

test('a stack whose collector lies at its high end is seen with that below', () => {
  const other = cellOf();
  other.results.recipe.stack = { axis: 'z', collectorEnd: 'high' };
  expect(from({}, 1, other).up[0]).toBe(-1);
  expect(from({ elevation: 30 }, 1, other).position[0]).toBeLessThan(49);
});

test.each(['perspective', 'orthographic'] as const)(
  'in %s the cell is seen whole however it is turned, and no smaller than needed',
  (projection) => {
    let reach = 0;
    for (let azimuth = 0; azimuth < 360; azimuth += 15)
      for (const corner of corners) {
        const seen = seenAt(from({ azimuth, elevation: 25, projection }, 2), corner, 800, 400)!;
        reach = Math.max(reach, Math.abs(seen.x - 400) / 400, Math.abs(seen.y - 200) / 200);
      }
    expect(reach).toBeLessThanOrEqual(0.925);
    if (projection === 'perspective') expect(reach).toBeGreaterThan(0.85);
  },
);

test('its distance does not change while it turns', () => {
  const far = (azimuth: number) => {
    const { position, target } = from({ azimuth, elevation: 30 });
    return Math.hypot(...position.map((um, k) => um - target[k]!));
  };
  expect(far(10)).toBeCloseTo(far(77), 9);
});

test('a place is found where it is seen, with the scale that it has there', () => {
  const sight = from({});
  const middle = seenAt(sight, [49, 59, 79], 400, 300)!;
  expect([middle.x, middle.y]).toEqual([200, 150]);
  expect(1 / middle.pixelsPerUm).toBeCloseTo(umPerPixel(sight, 300), 12);
  const above = seenAt(sight, [69, 59, 79], 400, 300)!;
  expect(above.y).toBeCloseTo(150 - 20 * middle.pixelsPerUm, 9);
  expect(above.x).toBeCloseTo(200, 9);
  expect(seenAt(from({ projection: 'perspective' }), [49, 59, 1e6], 400, 300)).toBeNull();
});

test('a crack is flown to, and seen with room around it', () => {
  const near = from({ target: { crack: 3 } });
  expect(near.target).toEqual([46, 60, 80]);
  expect(umPerPixel(near, 300)).toBeLessThan(umPerPixel(from({}), 300) / 3);
});

test('the working side ends behind its cracks, or where the analysis does, and is as wide as what was analysed', () => {
  const sight = from({ target: 'working' });
  // Voxels 8 to 25 + 1 along the stack; the analysis is around (30, 40).
  expect(sight.target[0]).toBeCloseTo(8 + 26 - 1, 9);
  expect(sight.target.slice(1)).toEqual([60, 80]);
  expect(from({ target: 'working' }, 1, cellOf({ cracks: [] })).target[0]).toBeCloseTo(8 + 16 - 1, 9);
  // A crack of the counter electrode is not of this side.
  const two = cellOf();
  const far = {
    ...two.results.cracks[1]!,
    max: two.results.cracks[1]!.max.map((place) => place && ([33, place[1], place[2]] as Triple)),
  };
  two.results.cracks[1] = { ...far, distanceToCollectorUm: 30, distanceToCounterUm: 2 };
  expect(from({ target: 'working' }, 1, two).target[0]).toBeCloseTo(8 + 26 - 1, 9);
  two.results.cracks[1] = far;
  expect(from({ target: 'working' }, 1, two).target[0]).toBeCloseTo(8 + 34 - 1, 9);
  const upside = cellOf();
  upside.results.recipe.stack = { axis: 'z', collectorEnd: 'high' };
  upside.results.recipe.regions!.lithium = { kind: 'box', min: [2, 10, 10], max: [5, 50, 70] };
  // The foil below, the collector above: not into the foil, though a crack would reach there.
  const reaching = { ...upside.results.cracks[0]!, min: [[1, 0, 0]] as [number, number, number][] };
  upside.results.cracks = [reaching];
  expect(from({ target: 'working' }, 1, upside).target[0]).toBeCloseTo(14 + 11 - 1, 9);
});

test('axes are drawn as they are seen', () => {
  const [x, y, z] = axesSeen(from({ azimuth: -90 }));
  expect(x).toMatchObject({ axis: 'x', right: expect.closeTo(1, 9), down: expect.closeTo(0, 9) });
  expect(y!.right).toBeCloseTo(0, 9);
  expect(z).toMatchObject({ axis: 'z', down: expect.closeTo(-1, 9) });
});
