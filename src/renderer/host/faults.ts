import { call, isHostError } from './call.ts';

/** Faults that are written down by the host; a fault that comes with every frame is one fault. */
const seen = new Set<string>();

/** Has a fault of this window written down; the file, null where it is known already or the host cannot. */
export async function reportFault(error: unknown): Promise<string | null> {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  if (seen.has(message)) return null;
  seen.add(message);
  const report = { message: message.slice(0, 2000), stack: stack.slice(0, 20_000) };
  return await call('report', report).then(
    ({ file }) => file,
    () => null,
  );
}

/** Hears of everything that nobody in this window caught. Returns what ends it. */
export function hearFaults(tell: (error: unknown, file: string | null) => void): () => void {
  const hear = (error: unknown) => {
    // What the host refused is no fault, and neither is what was given up.
    if (isHostError(error)) {
      tell(error, null);
      return;
    }
    if (!(error instanceof Error) || error.name === 'AbortError' || seen.has(error.message)) return;
    void reportFault(error).then((file) => tell(error, file));
  };
  const onError = (event: ErrorEvent) => hear(event.error);
  const onRejection = (event: PromiseRejectionEvent) => hear(event.reason);
  window.addEventListener('error', onError);
  window.addEventListener('unhandledrejection', onRejection);
  return () => {
    window.removeEventListener('error', onError);
    window.removeEventListener('unhandledrejection', onRejection);
  };
}
