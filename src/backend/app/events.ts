import type { AppEvent } from '../../contract/app.ts';

const ALIVE_MS = 15_000;
/** A window that has not taken so many messages is let go; it comes back and is told what it missed. */
const MOST_WAITING = 256;

/** Jobs that a window which comes back hears of, and the rest. */
const KEPT = 100;

interface Numbered {
  number: number;
  event: AppEvent;
}

/**
 * The app's events as numbered server-sent messages. Numbers begin at the time of the start, so that those of an earlier
 * host are known for too old.
 */
export class Events {
  readonly #snapshot: () => AppEvent[];
  readonly #streams = new Set<{ send(text: string): void; end(): void }>();
  /** Of each thing the last that was told: each event tells all of it. In order of their numbers. */
  readonly #kept = new Map<string, Numbered>();
  #number = Date.now();
  readonly #first = this.#number;

  /** `snapshot` tells everything as it is now, for a window that missed more than is kept. */
  constructor(snapshot: () => AppEvent[]) {
    this.#snapshot = snapshot;
  }

  tell(event: AppEvent): void {
    const numbered = { number: ++this.#number, event };
    const name = nameOf(event);
    this.#kept.delete(name);
    this.#kept.set(name, numbered);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    for (const stream of this.#streams) stream.send(textOf(numbered));
  }

  /** The stream of a window: first what came after `last`, or everything as it is now where that is no longer known. */
  stream(last: string | null, signal: AbortSignal): Response {
    const encoder = new TextEncoder();
    let stop = () => {};
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const stream = {
            send: (text: string) => {
              if ((controller.desiredSize ?? 0) < -MOST_WAITING) return stream.end();
              controller.enqueue(encoder.encode(text));
            },
            end: () => {
              stop();
              controller.close();
            },
          };
          const alive = setInterval(() => stream.send(': alive\n\n'), ALIVE_MS);
          alive.unref();
          const ended = () => stream.end();
          stop = () => {
            clearInterval(alive);
            signal.removeEventListener('abort', ended);
            this.#streams.delete(stream);
            stop = () => {};
          };
          signal.addEventListener('abort', ended);
          this.#streams.add(stream);
          stream.send(`retry: 1000\n\n${this.#missed(last).map(textOf).join('')}`);
        },
        cancel: () => stop(),
      },
      { highWaterMark: 16 },
    );
    return new Response(body, {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    });
  }

  /** Ends every stream. */
  close(): void {
    for (const stream of [...this.#streams]) stream.end();
  }

  #missed(last: string | null): Numbered[] {
    if (last === null) return [];
    const number = Number(last);
    if (number >= this.#first && number <= this.#number)
      return [...this.#kept.values()].filter((kept) => kept.number > number);
    return this.#snapshot().map((event) => ({ number: this.#number, event }));
  }
}

/** What an event is about. */
function nameOf(event: AppEvent): string {
  return event.kind === 'job' ? `job ${event.job.id}` : event.kind;
}

function textOf({ number, event }: Numbered): string {
  return `id: ${number}\ndata: ${JSON.stringify(event)}\n\n`;
}
