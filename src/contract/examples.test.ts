import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRecipe } from './recipe.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RECIPES = join(ROOT, 'resources', 'recipes');

test.each(readdirSync(RECIPES))('the example recipe %s can be used', (name) => {
  const text = readFileSync(join(RECIPES, name), 'utf8');
  expect(parseRecipe(text, name)).toEqual(JSON.parse(text));
});

test('so can the one in the documentation', () => {
  const page = readFileSync(join(ROOT, 'docs', 'recipe.md'), 'utf8');
  const text = /```json\n([\s\S]*?)```/.exec(page)![1]!;
  expect(parseRecipe(text, 'recipe.md')).toEqual(JSON.parse(text));
});
