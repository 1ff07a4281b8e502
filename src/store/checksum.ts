import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { canonicalJson } from '../core/canonical.ts';

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of a value's canonical JSON. Throws a TypeError where the value is not plain JSON. */
export function sha256OfJson(value: unknown, at?: string): string {
  return sha256(canonicalJson(value, at));
}

/** SHA-256 of a file, read once in blocks of 1 MiB. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const options = signal ? { signal } : {};
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, options);
  return hash.digest('hex');
}
