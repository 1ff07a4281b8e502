import { expect, test } from 'vitest';
import type { Recipe } from '../../core/recipe.ts';
import type { Analysed } from './analysed.ts';
import { analysedFrom } from './fixtures/analysed.ts';
import { fourScans } from './fixtures/results.ts';
import { methodsMarkdown, methodsOf, methodsText } from './methods.ts';

const STEPS = ['layers', 'register', 'intensity', 'lvf', 'thickness', 'cracks', 'track', 'cycles'];
const keys = STEPS.map((step) => ({ step, scan: -1, key: step, made: { version: 3, params: null } }));

function told(recipe: Recipe = {}, change: Partial<Analysed> = {}): string {
  const results = fourScans(() => null);
  results.recipe = { ...results.recipe, ...recipe };
  return methodsText(methodsOf(analysedFrom(results, { keys, ...change })));
}

test('numbers are those of the project', () => {
  const text = told();
  expect(text).toContain('4 tomograms of one cell with a voxel size of 2 µm; they were taken');
  expect(text).toContain('between 0.00 and 6.00 h, 2.00 h apart');
  expect(text).toContain('3 cracks were found, the first in scan 2 (born between 2.00 and 4.00 h)');
  // 900 voxels of 8 µm³.
  expect(text).toContain('the largest reached 7.20 · 10³ µm³');
  expect(text).toContain('uncertainties (k = 2) of the mean thickness were 0.061 µm');
  expect(text).toContain('with the steps layers 3, register 3,');
  expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
});

test.each([
  [{ registration: { model: 'similarity' } }, 'rigid motion and one scale'],
  [{ intensity: { match: 'never' } }, 'Grey values were compared as they are.'],
  [{ denoise: { gaussianSigma: 1.5 } }, 'Gaussian of σ = 1.5 voxels'],
  [{ lvf: { medianRadius: 2 } }, 'median over a ball of 2 voxels'],
  [{ lvf: { medianRadius: 3, clip: true } }, 'fractions clipped to 0–100 %'],
  [
    { phases: { crack: { threshold: 0.4, minVoxels: 80, fill: 'void' } } },
    'is beyond 0.4, 4 µm and more from the interfaces; fewer than 80 voxels',
  ],
  [{ scans: { '1': { exclude: true, reason: 'beam dump' } } }, 'One was left out: scan_1 (beam dump).'],
  [{ reference: 'previous' }, 'compared with the scan before it'],
  [{ electrodes: { working: { areaMm2: 7.07 } } }, 'The area of the working electrode is 7.07 mm².'],
] as [Recipe, string][])('%j is told', (recipe, words) => {
  expect(told()).not.toContain(words);
  expect(told(recipe)).toContain(words);
});

test('what was not run is not told, nor cited', () => {
  const methods = methodsOf(
    analysedFrom(
      fourScans(() => null),
      { keys: keys.slice(0, 1) },
    ),
  );
  expect(methods.sections.map(({ title }) => title)).toEqual(['Tomograms', 'Software']);
  expect(methods.references).toEqual([]);
});

test('every reference is cited, in order', () => {
  const methods = methodsOf(
    analysedFrom(
      fourScans(() => null),
      { keys },
    ),
  );
  const text = methods.sections.flatMap(({ sentences }) => sentences).join(' ');
  const cited = [...text.matchAll(/\[(\d+)\]/g)].map(([, n]) => Number(n));
  expect([...new Set(cited)]).toEqual(methods.references.map((_, k) => k + 1));
  expect(methodsMarkdown(methods)).toContain('**Registration.** Every scan was laid over scan 0 (0.00 h)');
});
