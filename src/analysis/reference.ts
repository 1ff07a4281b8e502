import type { Recipe } from '../core/recipe.ts';
import type { Series } from '../core/series.ts';

/** The scan in whose voxels everything is told: the reference, or the first scan where the reference moves with time. */
export function baseScan(recipe: Recipe): number {
  if (typeof recipe.reference === 'number') return recipe.reference;
  let first = 0;
  while (recipe.scans?.[String(first)]?.exclude) first++;
  return first;
}

/** Scans that take part. */
export function includedScans(recipe: Recipe, series: Series): number[] {
  return series.scans.map((scan) => scan.index).filter((index) => !recipe.scans?.[String(index)]?.exclude);
}
