import { z } from 'zod';
import { firstFault } from './issues.ts';
import { recipeSchema } from './recipe.ts';

/** A name that stands in the name of a file. */
const name = z.string().regex(/^[^/\\\0]{1,200}$/, { error: 'must be the name of a file' });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256' });
const file = z.object({ name, bytes: z.int().nonnegative(), sha256 });

/** What made a file, as it stands in it and beside it; fields that are not named here are left alone. */
const madeSchema = z.object({
  record: z.literal(1),
  kind: z.enum(['figure', 'movie', 'table', 'methods']),
  name,
  source: z.unknown(),
  options: z.looseObject({
    dotsPerInch: z.number().positive().max(10_000).optional(),
    size: z.tuple([z.int().positive(), z.int().positive()]).optional(),
    fps: z.number().positive().optional(),
    samples: z.int().positive().nullable().optional(),
    codec: z.string().optional(),
    frames: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).optional(),
  }),
  software: z.object({ version: z.string(), engine: z.string() }),
  projects: z
    .array(
      z.object({
        id: z.string(),
        name: z.string().min(1),
        asked: recipeSchema,
        recipe: z.record(z.string(), z.unknown()),
        voxelSizeUm: z.tuple([z.number(), z.number(), z.number()]),
        inputs: z.array(z.object({ file: z.string(), fingerprint: z.string() })),
        results: z.record(z.string(), z.array(sha256)),
      }),
    )
    .min(1),
  file: file.optional(),
  files: z.array(file).optional(),
  frames: z.array(z.object({ sha256, samples: z.int().positive() })).optional(),
});

/** Checks a record that was found in `path`; throws a Failure `input` with the place of what is wrong in it. */
export function checkMade(document: unknown, path: string): void {
  const { success, error } = madeSchema.safeParse(document);
  if (success) return;
  throw firstFault(error.issues, {
    what: 'Cannot use the record of what made the file',
    path,
    schema: madeSchema,
    document,
  });
}
