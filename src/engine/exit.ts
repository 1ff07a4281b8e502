import { native } from './native.ts';

const exitNative = native['exitNow'] as unknown as (code: number) => never;

/**
 * Ends the process at once: what is not yet written stays unwritten. `process.exit` joins the threads that compile, and
 * hangs when one of them waits for a garbage collection at that moment (nodejs/node issue 54918).
 */
export function exitNow(code: number): never {
  return exitNative(code);
}
