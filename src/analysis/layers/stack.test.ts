import { describe, expect, test } from 'vitest';
import { findPlateaus, readStack } from './stack.ts';

const COLLECTOR = 42000;
const ELECTROLYTE = 26000;
const LITHIUM = 7000;
const AIR = 1000;
const COPPER = 43000;

/** Uniform numbers −1 … 1, always the same. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
}

/** A profile of layers, each [grey, slices], with edges blurred over about four slices and some unrest. */
function profile(layers: [number, number][], { unrest = 0, seed = 1 } = {}): Float64Array {
  const sharp = layers.flatMap(([grey, slices]) => new Array<number>(slices).fill(grey));
  const random = uniforms(seed);
  return Float64Array.from(sharp, (_, i) => {
    let sum = 0;
    for (const [d, weight] of [
      [-2, 0.1],
      [-1, 0.2],
      [0, 0.4],
      [1, 0.2],
      [2, 0.1],
    ] as const)
      sum += weight * sharp[Math.max(0, Math.min(sharp.length - 1, i + d))]!;
    return sum + unrest * random();
  });
}

const PLAIN: [number, number][] = [
  [COLLECTOR, 30],
  [ELECTROLYTE, 34],
  [LITHIUM, 20],
  [COPPER, 12],
];

describe('plateaus', () => {
  test('are the layers, their borders at the middle of the edges', () => {
    const found = findPlateaus(profile(PLAIN));
    expect(found.map(({ level }) => level)).toEqual([COLLECTOR, ELECTROLYTE, LITHIUM, COPPER]);
    expect(found.map(({ from, to }) => [from, to])).toEqual([
      [0, 30],
      [30, 64],
      [64, 84],
      [84, 96],
    ]);
  });

  test('unrest within a layer does not split it, a slow drift neither', () => {
    const restless = findPlateaus(profile(PLAIN, { unrest: 900 }));
    expect(restless).toHaveLength(4);
    restless.forEach(({ level, from }, i) => {
      expect(Math.abs(level - PLAIN[i]![0])).toBeLessThan(500);
      expect(Math.abs(from - [0, 30, 64, 84][i]!)).toBeLessThanOrEqual(1);
    });
    const drifting = profile(PLAIN).map((grey, i) => grey * (1 - 0.0005 * i));
    expect(findPlateaus(drifting)).toHaveLength(4);
  });

  test('a profile of one grey value is one', () => {
    expect(findPlateaus(new Float64Array(20).fill(7))).toEqual([{ from: 0, to: 20, level: 7 }]);
  });

  test('a short ledge within an edge is part of it', () => {
    const ledge = [...new Array(20).fill(10), ...new Array(6).fill(50), ...new Array(20).fill(100)];
    expect(findPlateaus(Float64Array.from(ledge)).map(({ level }) => level)).toEqual([10, 100]);
  });

  test('a thin dark line does not part a layer', () => {
    const parted = profile([PLAIN[0]!, [ELECTROLYTE, 16], [AIR, 2], [ELECTROLYTE, 16], ...PLAIN.slice(2)]);
    const found = findPlateaus(parted);
    expect(found.map(({ level }) => level)).toEqual([COLLECTOR, ELECTROLYTE, LITHIUM, COPPER]);
    expect(found[1]).toMatchObject({ from: 30, to: 64 });
  });
});

describe('a stack', () => {
  const roles = (layers: [number, number][], given: Parameters<typeof readStack>[1] = {}, unrest = 300) => {
    const reading = readStack(profile(layers, { unrest }), given);
    if (!reading) return null;
    const grey = (i: number | null) => (i === null ? null : Math.round(reading.plateaus[i]!.level / 1000) * 1000);
    const { cell, workingEnd, working, electrolyte, counter, contrast } = reading;
    return {
      cell,
      workingEnd,
      working: grey(working),
      electrolyte: grey(electrolyte),
      counter: grey(counter),
      contrast,
    };
  };
  const zeroExcess = {
    cell: 'zero-excess',
    working: COLLECTOR,
    electrolyte: ELECTROLYTE,
    counter: LITHIUM,
  };

  test('is read from either end, with copper behind the foil', () => {
    expect(roles(PLAIN)).toMatchObject({ ...zeroExcess, workingEnd: 'low' });
    expect(roles(PLAIN.toReversed())).toMatchObject({ ...zeroExcess, workingEnd: 'high' });
  });

  test('is read where the foil leaves the field', () => {
    expect(roles(PLAIN.slice(0, 3))).toMatchObject({ ...zeroExcess, workingEnd: 'low' });
    expect(roles(PLAIN.slice(0, 3).toReversed())).toMatchObject({ ...zeroExcess, workingEnd: 'high' });
  });

  test('is read with air beyond both ends', () => {
    const outside: [number, number][] = [[AIR, 9], ...PLAIN, [AIR, 14]];
    expect(roles(outside)).toMatchObject({ ...zeroExcess, workingEnd: 'low' });
    expect(roles(outside.toReversed())).toMatchObject({ ...zeroExcess, workingEnd: 'high' });
  });

  test('is read where the collector is only ten voxels thick', () => {
    expect(
      roles([
        [AIR, 8],
        [COLLECTOR, 10],
        [ELECTROLYTE, 50],
        [LITHIUM, 20],
        [COPPER, 10],
      ]),
    ).toMatchObject({
      ...zeroExcess,
      workingEnd: 'low',
    });
  });

  test('of other grey values is read the same: attenuation, eight bits, signed', () => {
    for (const scale of [
      (grey: number) => grey / 65536e3,
      (grey: number) => Math.round(grey / 256),
      (grey: number) => grey - 30000,
    ]) {
      const reading = readStack(profile(PLAIN).map(scale))!;
      expect(reading).toMatchObject({ cell: 'zero-excess', workingEnd: 'low', working: 0, electrolyte: 1, counter: 2 });
      expect(reading.contrast).toBeCloseTo((COLLECTOR - ELECTROLYTE) / (COPPER - LITHIUM), 1);
    }
  });

  test('with lithium on both sides is symmetric, read from the low end unless told', () => {
    const symmetric: [number, number][] = [
      [COPPER, 10],
      [LITHIUM, 18],
      [ELECTROLYTE, 40],
      [LITHIUM, 16],
      [COPPER, 12],
    ];
    const expected = { cell: 'symmetric', working: LITHIUM, electrolyte: ELECTROLYTE, counter: LITHIUM };
    expect(roles(symmetric)).toMatchObject({ ...expected, workingEnd: 'low' });
    expect(roles(symmetric.slice(1, 4))).toMatchObject({ ...expected, workingEnd: 'low' });
    const high = readStack(profile(symmetric), { workingEnd: 'high' })!;
    expect(high).toMatchObject({ cell: 'symmetric', workingEnd: 'high', working: 3, electrolyte: 2, counter: 1 });
  });

  test('without foil in the field still has a collector and an electrolyte', () => {
    const bare: [number, number][] = [
      [COLLECTOR, 30],
      [ELECTROLYTE, 60],
    ];
    const expected = { cell: 'zero-excess', working: COLLECTOR, electrolyte: ELECTROLYTE, counter: null };
    expect(roles(bare)).toMatchObject({ ...expected, workingEnd: 'low' });
    expect(roles(bare.toReversed())).toMatchObject({ ...expected, workingEnd: 'high' });
    expect(roles(bare, { workingEnd: 'high' })).toBeNull();
    expect(roles(bare, { cell: 'symmetric' })).toBeNull();
  });

  test('is what it is told to be, or nothing', () => {
    expect(roles(PLAIN, { cell: 'symmetric' })).toBeNull();
    expect(roles(PLAIN, { workingEnd: 'high' })).toBeNull();
    expect(roles(PLAIN, { cell: 'zero-excess', workingEnd: 'low' })).toMatchObject(zeroExcess);
  });

  test('is none where grey values are in no such order', () => {
    expect(
      roles([
        [COLLECTOR, 40],
        [ELECTROLYTE, 20],
        [COLLECTOR, 40],
      ]),
    ).toBeNull();
    expect(readStack(new Float64Array(50).fill(3))).toBeNull();
    expect(readStack([])).toBeNull();
  });

  test('tells the weaker of the two steps as its contrast', () => {
    expect(roles(PLAIN)!.contrast).toBeCloseTo((COLLECTOR - ELECTROLYTE) / (COPPER - LITHIUM), 1);
    const faint: [number, number][] = [
      [28000, 30],
      [ELECTROLYTE - 1000, 34],
      [LITHIUM, 30],
    ];
    expect(roles(faint)!.contrast).toBeCloseTo(3 / 21, 1);
  });
});
