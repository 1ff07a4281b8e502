import type { Recipe } from '../core/recipe.ts';
import type { Results } from '../core/results.ts';
import type { Series } from '../core/series.ts';
import type { ResultRef, StepResult } from '../core/step.ts';

/** The program that made the results. */
export interface Software {
  version: string;
  engine: string;
}

/** The numbers of a series in the shape of spec/cli.md; `get` gives a step's stored result, null where there is none. */
export function assembleResults(
  series: Series,
  recipe: Recipe,
  _get: <R>(ref: ResultRef) => StepResult<R> | null,
  software: Software,
): Results {
  return {
    voxelSizeUm: series.voxelSizeUm,
    uncertaintyK: 2,
    recipe,
    inputs: series.scans.map(({ path, fingerprint }) => ({ path, fingerprint })),
    software,
    normalisation: null,
    scans: series.scans.map(({ index, name, startH, timeH, endH }) => ({
      index,
      name,
      startH,
      timeH,
      endH,
      chargeMahCm2: null,
      currentMaCm2: null,
      voltageV: null,
      cycle: null,
      step: null,
      quality: null,
      registration: null,
      intensity: null,
      thickness: null,
      profile: null,
      cracks: null,
      notes: [],
    })),
    cycles: [],
    cracks: [],
    notes: [],
  };
}
