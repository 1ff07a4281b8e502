import { z } from 'zod';
import { badInput } from '../core/failure.ts';
import { AXES, type Region, type Triple } from '../core/geometry.ts';
import type { Recipe } from '../core/recipe.ts';
import type { Series } from '../core/series.ts';
import { firstFault, parseDocument } from './issues.ts';

const axis = z.enum(['z', 'y', 'x']);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();

const box = z.strictObject({ kind: z.literal('box'), min: triple, max: triple });
const cylinder = z.strictObject({
  kind: z.literal('cylinder'),
  axis,
  center: z.tuple([z.number(), z.number()]),
  radius: positive,
  range: z.tuple([z.number(), z.number()]),
  follow: z.enum(['surface', 'plane', 'none']).default('surface'),
});
/** Of a union's own issues only the unknown kind has words of its own. */
const kindWanted = (issue: { code?: string | undefined }) =>
  issue.code === 'invalid_union' ? 'must be "box" or "cylinder"' : undefined;
export const regionSchema = z.discriminatedUnion('kind', [box, cylinder], { error: kindWanted });
const region = regionSchema.nullable().exactOptional();
const matrix = z.array(z.number()).refine((values) => values.length === 16 || values.length === 0, {
  message: 'must have 16 numbers (4×4, row by row), or none to leave it out',
});
const electrode = z.strictObject({ areaMm2: positive.exactOptional() }).exactOptional();

/** spec/cli.md, "The recipe"; a field that is not listed is an error. Agrees with `Recipe` (recipe.test.ts). */
export const recipeSchema = z.strictObject({
  version: z.literal(1).exactOptional(),
  cell: z.enum(['zero-excess', 'symmetric']).exactOptional(),
  reference: z
    .union([z.int().nonnegative(), z.enum(['cycleStart', 'previous'])], {
      message: 'must be the index of a scan, "cycleStart" or "previous"',
    })
    .exactOptional(),
  stack: z.strictObject({ axis, collectorEnd: z.enum(['low', 'high']) }).exactOptional(),
  scans: z
    .record(
      z.string(),
      z.strictObject({
        exclude: z.boolean().exactOptional(),
        reason: z.string().exactOptional(),
        matrix: matrix.exactOptional(),
      }),
    )
    .exactOptional(),
  regions: z
    .strictObject({
      stable: region,
      collector: region,
      lithium: region,
      inert: region,
      analysis: region,
      counter: region,
    })
    .exactOptional(),
  measure: z.record(z.string().min(1).max(80), regionSchema).exactOptional(),
  registration: z.strictObject({ model: z.enum(['rigid', 'similarity']).exactOptional() }).exactOptional(),
  intensity: z.strictObject({ match: z.enum(['auto', 'always', 'never']).exactOptional() }).exactOptional(),
  denoise: z.strictObject({ gaussianSigma: z.number().min(0).max(20).exactOptional() }).exactOptional(),
  lvf: z
    .strictObject({ medianRadius: z.int().min(0).max(15).exactOptional(), clip: z.boolean().exactOptional() })
    .exactOptional(),
  phases: z
    .strictObject({
      lithiumLvf: z.number().min(0).max(1).exactOptional(),
      crack: z
        .strictObject({
          threshold: z
            .union([z.literal('auto'), positive], { message: 'must be "auto" or a number above 0' })
            .exactOptional(),
          clearanceUm: z.number().nonnegative().exactOptional(),
          minVoxels: z.int().positive().exactOptional(),
          fill: z.enum(['lithium', 'void']).exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
  electrodes: z
    .strictObject({ working: electrode, counter: electrode, lithiumUmPerMahCm2: positive.exactOptional() })
    .exactOptional(),
});

/**
 * A recipe from the text of its file; `path` is named in errors. Matrices given as [] and scans without any wish are
 * left out. Throws a Failure `input` naming the first field that is unknown or has the wrong shape.
 */
export function parseRecipe(text: string, path: string): Recipe {
  return checkRecipe(parseDocument(text, 'recipe', path), path);
}

/** `parseRecipe` for a document that is already parsed. */
export function checkRecipe(document: unknown, path: string): Recipe {
  const parsed = recipeSchema.safeParse(document);
  if (!parsed.success) {
    const orElse = (at: PropertyKey[]) => (at.at(-2) === 'regions' ? ', or null' : '');
    throw firstFault(parsed.error.issues, {
      what: 'Cannot use the recipe',
      path,
      schema: recipeSchema,
      document,
      orElse,
    });
  }
  const recipe = parsed.data;
  for (const [index, scan] of Object.entries(recipe.scans ?? {})) {
    if (!/^(0|[1-9]\d*)$/.test(index))
      throw badInput({
        what: 'Cannot use the recipe',
        path,
        at: `scans.${index}`,
        why: 'scans are named by their index',
        whatToDo: 'Use 0 for the first scan, 1 for the second, and so on',
      });
    if (scan.matrix?.length === 0) delete scan.matrix;
  }
  return recipe;
}

/**
 * Checks a recipe against the series it is for: the reference and every named scan exist, and each region lies in the
 * reference scan. Throws a Failure `input` naming the field; `path` is the recipe's file.
 */
export function checkAgainst(recipe: Recipe, series: Series, path: string): void {
  const count = series.scans.length;
  const refuse = (at: string, why: string, whatToDo?: string) =>
    badInput({ what: 'Cannot use the recipe', path, at, why, ...(whatToDo ? { whatToDo } : {}) });
  for (const index of Object.keys(recipe.scans ?? {}))
    if (Number(index) >= count) throw refuse(`scans.${index}`, `the series has scans 0 to ${count - 1}`);
  const included = series.scans.find(({ index }) => !recipe.scans?.[String(index)]?.exclude);
  if (!included) throw refuse('scans', 'every scan is excluded', 'Leave at least one in');
  const { reference = 0 } = recipe;
  if (typeof reference === 'number') {
    if (reference >= count) throw refuse('reference', `the series has scans 0 to ${count - 1}`);
    if (recipe.scans?.[String(reference)]?.exclude)
      throw refuse('reference', `scan ${reference} is excluded`, 'Name a reference that is not');
  }
  const { shape } = series.scans[typeof reference === 'number' ? reference : included.index]!.source;
  for (const field of ['regions', 'measure'] as const)
    for (const [name, region] of Object.entries(recipe[field] ?? {})) {
      const fault = region && outside(region, shape);
      if (fault)
        throw refuse(
          `${field}.${name}`,
          `${fault} (z, y, x: ${shape.join(' × ')} voxels)`,
          'Give it in reference voxels',
        );
    }
}

/** Why a region does not lie in a volume of this shape; null where it does. */
function outside(region: Region, shape: Triple): string | null {
  if (region.kind === 'box') {
    if (region.min.some((min, k) => min >= region.max[k]!)) return 'the box is empty: min is not below max';
    const fits = region.min.every((min, k) => min >= 0 && region.max[k]! <= shape[k]!);
    return fits ? null : 'the box is outside the volume';
  }
  const along = AXES.indexOf(region.axis);
  const [low, high] = region.range;
  if (low >= high) return 'the range is empty';
  if (low < 0 || high > shape[along]!) return `the range is outside the volume along ${region.axis}`;
  const across = [0, 1, 2].filter((axis) => axis !== along);
  const reaches = region.center.every(
    (center, k) => center + region.radius > -0.5 && center - region.radius < shape[across[k]!]! - 0.5,
  );
  return reaches ? null : 'the cylinder is outside the volume';
}
