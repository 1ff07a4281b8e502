import { expect, test } from 'vitest';
import type { Recipe } from './recipe.ts';
import { recipeText, withoutDefaults } from './recipe_text.ts';

const told: Recipe = {
  version: 1,
  reference: 0,
  lvf: { medianRadius: 3, clip: true },
  denoise: { gaussianSigma: 1 },
  phases: { crack: { minVoxels: 50 } },
  scans: { '5': { exclude: true, reason: 'beam dump' }, '6': {} },
  regions: { inert: null, analysis: { kind: 'box', min: [1, 2, 3], max: [4, 5, 6.12345] } },
};

test('what stands anyway is left out; what was told to be absent stays', () => {
  expect(withoutDefaults(told)).toEqual({
    lvf: { clip: true },
    scans: { '5': { exclude: true, reason: 'beam dump' } },
    regions: { inert: null, analysis: { kind: 'box', min: [1, 2, 3], max: [4, 5, 6.12345] } },
  });
  expect(withoutDefaults({})).toEqual({});
});

test('a recipe is written as a person would, and is the same when read', () => {
  const text = recipeText(withoutDefaults(told));
  expect(text).toContain('    "analysis": { "kind": "box", "min": [1, 2, 3], "max": [4, 5, 6.12345] }\n');
  expect(JSON.parse(text)).toEqual(withoutDefaults(told));
  expect(recipeText({ denoise: { gaussianSigma: 1 / 3 } })).toContain('0.333 }');
  expect(recipeText({})).toBe('{}\n');
});
