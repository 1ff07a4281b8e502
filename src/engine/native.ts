import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ADDON = fileURLToPath(new URL('../../build/native/tomolapse.node', import.meta.url));

/** The addon as it stands; everything else in this folder gives its functions types. */
export const native = createRequire(import.meta.url)(ADDON) as Record<string, (...args: never[]) => unknown>;
