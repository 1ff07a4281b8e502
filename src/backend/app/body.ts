import { Failure } from '../../contract/errors.ts';
import { Refusal } from './reply.ts';

/** The largest message that a window has reason to send: a project of a thousand scans, the layout of a workspace. */
export const MOST_BYTES = 4 * 2 ** 20;

const refuse = (status: number, why: string, whatToDo: string) =>
  new Refusal(status, new Failure('usage', { what: 'Cannot take the message', why, whatToDo }));

/**
 * The JSON of a request. Throws a Refusal: 415 for another type (which also keeps forms of foreign pages out), 413 beyond
 * `MOST_BYTES`, 400 for what is no JSON.
 */
export async function jsonOf(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw refuse(415, 'it is not JSON', 'Send it as application/json');
  const text = await limitedText(request);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refuse(400, 'it is not JSON', 'Send one JSON document');
  }
}

async function limitedText(request: Request): Promise<string> {
  const tooLarge = () => refuse(413, `it has more than ${MOST_BYTES} bytes`, 'Send less at once');
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BYTES) throw tooLarge();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body ?? []) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
