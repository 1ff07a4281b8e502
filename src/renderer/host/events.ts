import { type AppEvent, eventSchema } from '../../contract/app.ts';
import { learnKey, resume } from './resume.ts';

/** Milliseconds before the first, second, … new try. */
const WAITS = [250, 500, 1000, 2000, 4000];

/**
 * Listens to the host until closed. The browser itself takes a short break up again and asks for what it missed; where it
 * gives up, a new stream is opened, to a host that was started anew after the window has shown that it was known, and `onConnection(true)` tells that all should be read anew.
 */
export function listen(onEvent: (event: AppEvent) => void, onConnection: (live: boolean) => void): () => void {
  let stream: EventSource | null = null;
  let timer = 0;
  let tries = 0;
  let closed = false;
  const connect = () => {
    stream = new EventSource('/api/events');
    stream.onopen = () => {
      tries = 0;
      void learnKey().catch(() => undefined);
      onConnection(true);
    };
    stream.onmessage = ({ data }) => {
      const event = parsed(data);
      if (event) onEvent(event);
    };
    stream.onerror = () => {
      onConnection(false);
      if (stream?.readyState !== EventSource.CLOSED) return;
      const wait = WAITS[Math.min(tries++, WAITS.length - 1)];
      // A host that was started anew does not know this window, until it has shown that the one before did.
      void resume().then(() => {
        if (!closed) timer = window.setTimeout(connect, wait);
      });
    };
  };
  connect();
  return () => {
    closed = true;
    window.clearTimeout(timer);
    stream?.close();
  };
}

function parsed(data: string): AppEvent | null {
  try {
    const event = eventSchema.safeParse(JSON.parse(data));
    return event.success ? event.data : null;
  } catch {
    return null;
  }
}
