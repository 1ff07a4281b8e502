import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { ADDON } from './build.ts';

type Addon = Record<string, (...args: never[]) => unknown>;

const addon = createRequire(import.meta.url)(ADDON) as Addon;
const setCancellation = addon['useCancellation'] as unknown as (cancellation: unknown) => void;

/** What stops the calls that are made here and in all that is called from here; see `cancellable`. */
export const cancellations = new AsyncLocalStorage<unknown>();

/** The addon; everything else in this folder gives its functions types. */
export const native: Addon = Object.fromEntries(
  Object.entries(addon).map(([name, call]) => [
    name,
    (...args: never[]) => {
      const cancellation = cancellations.getStore();
      if (cancellation === undefined) return call(...args);
      setCancellation(cancellation);
      try {
        return call(...args);
      } finally {
        setCancellation(null);
      }
    },
  ]),
);
