import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built addon. */
export const ADDON = fileURLToPath(new URL('../../build/native/tomolapse.node', import.meta.url));

let known: string | null = null;

/** Tells one build of the engine from another: the start of the SHA-256 of the addon. Throws where it is not built. */
export function engineBuild(): string {
  known ??= createHash('sha256').update(readFileSync(ADDON)).digest('hex').slice(0, 16);
  return known;
}
