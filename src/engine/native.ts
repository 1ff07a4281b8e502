import { createRequire } from 'node:module';
import { ADDON } from './build.ts';

/** The addon as it stands; everything else in this folder gives its functions types. */
export const native = createRequire(import.meta.url)(ADDON) as Record<string, (...args: never[]) => unknown>;
