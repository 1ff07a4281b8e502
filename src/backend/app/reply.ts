import { asFailure, errorDocument, type Failure, type FailureCode } from '../../contract/errors.ts';
import { reported } from '../../log/index.ts';

/** The status that answers each kind of failure. */
const STATUS: Readonly<Record<FailureCode, number>> = {
  usage: 400,
  input: 422,
  cancelled: 409,
  busy: 409,
  resources: 507,
  internal: 500,
};

/** A failure that has a status of its own: "there is no such procedure" is 404, a place outside the roots 403. */
export class Refusal extends Error {
  readonly failure: Failure;
  readonly status: number;

  constructor(status: number, failure: Failure) {
    super(failure.message);
    this.failure = failure;
    this.status = status;
  }
}

export function json(document: unknown, status = 200): Response {
  return new Response(JSON.stringify(document), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  });
}

/** Any thrown value as the document of a failure; never a stack trace. */
export function failed(error: unknown, what: string): Response {
  if (error instanceof Refusal) return json(errorDocument(error.failure), error.status);
  const failure = reported(asFailure(error, what));
  return json(errorDocument(failure), STATUS[failure.code]);
}
