import type { AppEvent } from '../../contract/app.ts';

/** Events kept for windows that come back. */
const KEPT = 512;
const ALIVE_MS = 15_000;
/** A window that has not taken so many messages is let go; it comes back and is told what it missed. */
const MOST_WAITING = 256;

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
  readonly #kept: Numbered[] = [];
  #number = Date.now();

  /** `snapshot` tells everything as it is now, for a window that missed more than is kept. */
  constructor(snapshot: () => AppEvent[]) {
    this.#snapshot = snapshot;
  }

  tell(event: AppEvent): void {
    const numbered = { number: ++this.#number, event };
    this.#kept.push(numbered);
    if (this.#kept.length > KEPT) this.#kept.shift();
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
    const oldest = this.#kept[0]?.number ?? this.#number + 1;
    if (number >= oldest - 1 && number <= this.#number) return this.#kept.filter((kept) => kept.number > number);
    return this.#snapshot().map((event) => ({ number: this.#number, event }));
  }
}

function textOf({ number, event }: Numbered): string {
  return `id: ${number}\ndata: ${JSON.stringify(event)}\n\n`;
}
