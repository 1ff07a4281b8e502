import { z } from 'zod';
import { badInput } from '../core/failure.ts';
import { AXES, type Region, type Triple } from '../core/geometry.ts';
import type { Recipe } from '../core/recipe.ts';
import type { Series } from '../core/series.ts';
import { nearest } from '../core/spelling.ts';

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

type Issue = z.core.$ZodIssue;

/**
 * A recipe from the text of its file; `path` is named in errors. Matrices given as [] and scans without any wish are
 * left out. Throws a Failure `input` naming the first field that is unknown or has the wrong shape.
 */
export function parseRecipe(text: string, path: string): Recipe {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw badInput({
      what: 'Cannot read the recipe',
      path,
      why: `it is not JSON: ${(error as Error).message}`,
      cause: error,
    });
  }
  return checkRecipe(document, path);
}

/** `parseRecipe` for a document that is already parsed. */
export function checkRecipe(document: unknown, path: string): Recipe {
  const parsed = recipeSchema.safeParse(document);
  if (!parsed.success) throw rejected(firstOf(parsed.error.issues), path);
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

/** The most telling issue: inside a union, the branch that got furthest. */
function firstOf(issues: Issue[], prefix: PropertyKey[] = []): Issue {
  const issue = issues[0]!;
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.filter((errors) => errors.length > 0).map((errors) => firstOf(errors, path));
    const deepest = branches.toSorted((a, b) => b.path.length - a.path.length)[0];
    if (deepest && deepest.path.length > path.length) return deepest;
  }
  return { ...issue, path };
}

function rejected(issue: Issue, path: string) {
  const at = (more: PropertyKey[] = []) => [...issue.path, ...more].map(String).join('.');
  const what = 'Cannot use the recipe';
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0]!;
    const meant = nearest(name, namesAt(issue.path));
    return badInput({
      what,
      path,
      at: at([name]),
      why: `there is no field of the name ${name}`,
      whatToDo: meant ? `Did you mean ${meant}?` : 'Remove it',
    });
  }
  return badInput({ what, path, ...(issue.path.length > 0 ? { at: at() } : {}), why: whyOf(issue) });
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object of named fields',
  record: 'an object of named fields',
  string: 'a text',
  tuple: 'a list',
};

/** The reason in the words of all errors. */
function whyOf(issue: Issue): string {
  const orNone = issue.path.at(-2) === 'regions' ? ', or null' : '';
  if (issue.code === 'invalid_type') return `it must be ${KINDS[issue.expected] ?? issue.expected}${orNone}`;
  if (issue.code === 'invalid_value')
    return `it must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const of = issue.origin === 'array' ? 'hold' : 'be';
    const unit = issue.origin === 'array' ? ' numbers' : '';
    const [limit, beyond, within] =
      issue.code === 'too_small' ? [issue.minimum, 'more than', 'at least'] : [issue.maximum, 'less than', 'at most'];
    return `it must ${of} ${issue.inclusive ? within : beyond} ${limit}${unit}`;
  }
  return `it ${lowerFirst(issue.message)}`;
}

/** The fields that the schema knows at a path; empty where the path leaves it. */
function namesAt(path: PropertyKey[]): string[] {
  let schema: unknown = recipeSchema;
  for (const name of [...path, null]) {
    while (schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable) schema = schema.unwrap();
    if (name === null) break;
    if (schema instanceof z.ZodObject) schema = schema.shape[name as string];
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else return [];
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
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
