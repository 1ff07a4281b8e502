import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { Results } from '../core/results.ts';
import { resultsSchema } from './results.ts';

test('the schema and the type agree', () => {
  expectTypeOf<z.infer<typeof resultsSchema>>().toEqualTypeOf<Results>();
});

const empty: Results = {
  voxelSizeUm: [1.625, 1.625, 1.625],
  uncertaintyK: 2,
  recipe: { reference: 0 },
  inputs: [{ path: '/a.tif', fingerprint: 'f' }],
  software: { version: '0.1.0', engine: 'e' },
  normalisation: null,
  scans: [],
  cycles: [],
  cracks: [],
  notes: [],
};

test('results with fields of a later version are accepted, with a missing or misspelt one not', () => {
  expect(resultsSchema.parse({ ...empty, later: 1 })).toEqual(empty);
  const { notes: _, ...without } = empty;
  expect(resultsSchema.safeParse(without).success).toBe(false);
  expect(resultsSchema.safeParse({ ...empty, uncertaintyK: 1 }).success).toBe(false);
});
