import { cancellations, native } from './native.ts';

const cancellation = native['cancellation'] as unknown as () => unknown;
const cancel = native['cancel'] as unknown as (of: unknown) => void;

/**
 * Does `work`; every call of the engine that it makes, however deep, ends within 100 ms of the signal and rejects. What such a
 * call was to fill is then filled in part. Throws the signal's reason where it was stopped.
 */
export async function cancellable<R>(signal: AbortSignal, work: () => Promise<R>): Promise<R> {
  signal.throwIfAborted();
  const ours = cancellation();
  const stop = () => cancel(ours);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await cancellations.run(ours, work);
  } catch (error) {
    if (error instanceof Error && error.message === 'cancelled') signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
