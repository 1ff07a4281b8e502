import { z } from 'zod';
import type { Failure, FailureCode } from '../core/failure.ts';

export { asFailure, Failure, type FailureCode, isFailure } from '../core/failure.ts';

/** The exit code of the command line for each kind of failure. */
export const exitCodes: Record<FailureCode, number> = {
  usage: 2,
  input: 3,
  cancelled: 4,
  resources: 5,
  busy: 1,
  internal: 1,
};

/** What a failed command prints on stdout with --json, and what a failed request is answered with. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(['usage', 'input', 'cancelled', 'resources', 'busy', 'internal']),
    message: z.string(),
    path: z.string().nullable(),
  }),
});
export type ErrorDocument = z.infer<typeof errorSchema>;

export function errorDocument(failure: Failure): ErrorDocument {
  return { error: { code: failure.code, message: failure.message, path: failure.path } };
}
