import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import { isFailure } from '../core/failure.ts';
import type { Recipe } from '../core/recipe.ts';
import { checkRecipe, parseRecipe, type recipeSchema } from './recipe.ts';

const whole = {
  version: 1,
  cell: 'zero-excess',
  reference: 0,
  stack: { axis: 'z', collectorEnd: 'low' },
  scans: { '5': { exclude: true, reason: 'beam dump' }, '7': { matrix: [] } },
  regions: {
    stable: { kind: 'box', min: [60, 40, 40], max: [90, 150, 150] },
    lithium: null,
    analysis: { kind: 'cylinder', axis: 'z', center: [95.5, 95.5], radius: 78, range: [33, 73], follow: 'surface' },
  },
  registration: { model: 'rigid' },
  intensity: { match: 'auto' },
  denoise: { gaussianSigma: 1.0 },
  lvf: { medianRadius: 3, clip: false },
  phases: { lithiumLvf: 0.2, crack: { threshold: 'auto', clearanceUm: 4, minVoxels: 50, fill: 'lithium' } },
  electrodes: { working: { areaMm2: 7.07 }, counter: { areaMm2: 3.14 }, lithiumUmPerMahCm2: 4.85 },
};

function messageOf(document: unknown): string {
  try {
    checkRecipe(document, 'recipe.json');
  } catch (error) {
    if (isFailure(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

test('the schema and the type agree', () => {
  expectTypeOf<z.infer<typeof recipeSchema>>().toEqualTypeOf<Recipe>();
});

test('the recipe of the specification is accepted; an empty matrix is left out', () => {
  const recipe = checkRecipe(structuredClone(whole), 'recipe.json');
  expect(recipe.scans).toEqual({ '5': { exclude: true, reason: 'beam dump' }, '7': {} });
  expect({ ...recipe, scans: whole.scans }).toEqual(whole);
  expect(parseRecipe('{}', 'recipe.json')).toEqual({});
});

test.each([
  [{ gaussianSigma: 1 }, 'there is no field of the name gaussianSigma'],
  [{ regoins: {} }, '(recipe.json, regoins): there is no field of the name regoins. Did you mean regions?'],
  [
    { lvf: { medianradius: 3 } },
    '(recipe.json, lvf.medianradius): there is no field of the name medianradius. Did you mean medianRadius?',
  ],
  [{ scans: { '3': { excluded: true } } }, '(recipe.json, scans.3.excluded)'],
  [{ scans: { first: {} } }, '(recipe.json, scans.first): scans are named by their index'],
  [{ regions: { stable: { kind: 'box', min: [0, 0], max: [1, 1, 1] } } }, '(recipe.json, regions.stable.min'],
  [{ regions: { stable: { kind: 'sphere' } } }, '(recipe.json, regions.stable.kind): it must be "box" or "cylinder"'],
  [{ scans: { '0': { matrix: [1, 2] } } }, '(recipe.json, scans.0.matrix): it must have 16 numbers'],
  [{ denoise: { gaussianSigma: -1 } }, '(recipe.json, denoise.gaussianSigma)'],
  [{ denoise: { gaussianSigma: -1 } }, 'it must be at least 0'],
  [{ denoise: { gaussianSigma: '1' } }, 'gaussianSigma): it must be a number'],
  [{ lvf: { medianRadius: 2.5 } }, 'it must be a whole number'],
  [{ phases: { crack: { threshold: 0 } } }, 'it must be more than 0'],
  [{ phases: { crack: { threshold: 'low' } } }, 'it must be "auto" or a number above 0'],
  [{ phases: { crack: { minVoxels: 0 } } }, 'it must be more than 0'],
  [{ cell: 'full' }, '(recipe.json, cell): it must be "zero-excess" or "symmetric"'],
  [{ version: 2 }, '(recipe.json, version): it must be 1'],
  [{ reference: 'first' }, 'it must be the index of a scan, "cycleStart" or "previous"'],
  [{ regions: { stable: 5 } }, 'it must be an object of named fields, or null'],
  [[], '(recipe.json): it must be an object of named fields'],
])('%j is refused with its place', (document, expected) => {
  expect(messageOf(document)).toContain('input: Cannot use the recipe');
  expect(messageOf(document)).toContain(expected);
  expect(messageOf(document)).not.toContain('\n');
});

test('text that is not JSON is refused', () => {
  expect(() => parseRecipe('{', 'recipe.json')).toThrow('Cannot read the recipe (recipe.json): it is not JSON');
});
