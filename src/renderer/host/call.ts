import { type Input, type Output, type ProcedureName, procedures } from '../../contract/app.ts';
import { errorSchema } from '../../contract/errors.ts';

/** Why the host did not do what was asked; `code` as in the contract, or `unreachable` where no answer came. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: string;
  readonly path: string | null;
  constructor(code: string, message: string, path: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

export function isHostError(error: unknown): error is HostError {
  return error instanceof Error && error.name === 'HostError';
}

/** Runs a procedure of the contract. Throws a HostError; rejects with the signal's reason when cancelled. */
export async function call<N extends ProcedureName>(
  name: N,
  input: Input<N>,
  signal?: AbortSignal,
): Promise<Output<N>> {
  const response = await request(`/api/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
    ...(signal ? { signal } : {}),
  });
  const output = procedures[name].output.safeParse(await response.json());
  if (!output.success)
    throw new HostError('internal', `Cannot understand the answer (${name}): it has another shape than agreed.`, null, {
      cause: output.error,
    });
  return output.data as Output<N>;
}

/** A fetch of the host's own; every failure becomes a HostError. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: 'same-origin' });
  } catch (error) {
    if (init.signal?.aborted) throw init.signal.reason;
    throw new HostError(
      'unreachable',
      'Cannot reach the host: it does not answer. This window tries again by itself; start Tomolapse again if it stays so.',
      null,
      { cause: error },
    );
  }
  if (!response.ok) throw await refusal(response, path);
  return response;
}

async function refusal(response: Response, path: string): Promise<HostError> {
  const told = errorSchema.safeParse(await response.json().catch(() => null));
  if (told.success) return new HostError(told.data.error.code, told.data.error.message, told.data.error.path);
  if (response.status === 401)
    return new HostError(
      'unknown',
      'Cannot go on in this window: the host was started anew and does not know it. Open the address that Tomolapse prints at its start.',
    );
  return new HostError('internal', `The host refused ${path}: it answered with status ${response.status}.`);
}
