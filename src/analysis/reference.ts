import { cycleStartScans } from '../core/cycling.ts';
import type { Recipe } from '../core/recipe.ts';
import type { Series } from '../core/series.ts';
import type { ResultRef } from '../core/step.ts';

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

/** The scan that `scan` is compared with: the reference, the one before it, or the one its cycle starts from. */
export function baselineOf(recipe: Recipe, series: Series, scan: number): number {
  const base = baseScan(recipe);
  if (recipe.reference === 'previous')
    return (
      includedScans(recipe, series)
        .filter((earlier) => earlier < scan)
        .at(-1) ?? base
    );
  if (recipe.reference === 'cycleStart' && series.cycling && series.cycling.timeH.length > 0)
    return (
      cycleStartScans(series.cycling, series.scans, (other) => !recipe.scans?.[String(other)]?.exclude)[scan] ?? base
    );
  return base;
}

/** What places the baseline on the reference's grid; nothing when it is the reference itself. */
export function baselineNeeds(recipe: Recipe, series: Series, scan: number): Record<string, ResultRef> {
  const baseline = baselineOf(recipe, series, scan);
  if (baseline === baseScan(recipe)) return {};
  return {
    baselineRegister: { step: 'register', scan: baseline },
    baselineIntensity: { step: 'intensity', scan: baseline },
  };
}
