import type { WriteStream } from 'node:tty';
import type { ProgressLine } from './command.ts';

/** A stream as the screen needs it: stderr, or a stand-in of a test. */
export type Terminal = Pick<WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

/**
 * Notices and progress on stderr. A terminal has one line that is written over; elsewhere there are plain lines, one
 * when something new begins, and no escape codes.
 */
export class Screen {
  readonly #out: Terminal;
  #line = '';
  #title = '';
  #drawn = 0;

  constructor(out: Terminal) {
    this.#out = out;
  }

  notice(line: string): void {
    this.clear();
    this.#out.write(`${line}\n`);
  }

  progress(state: ProgressLine | null): void {
    if (!state || state.title === '') {
      this.clear();
      return;
    }
    if (!this.#out.isTTY) {
      if (state.title !== this.#title) this.#out.write(`${textOf(state)}\n`);
      this.#title = state.title;
      return;
    }
    const now = performance.now();
    if (state.title === this.#title && now - this.#drawn < 100) return;
    this.#title = state.title;
    this.#drawn = now;
    this.#line = textOf(state).slice(0, (this.#out.columns ?? 80) - 1);
    this.#out.write(`\r\x1b[K${this.#line}`);
  }

  clear(): void {
    if (this.#line !== '') this.#out.write('\r\x1b[K');
    this.#line = '';
  }
}

function textOf({ fraction, title, secondsLeft }: ProgressLine): string {
  const percent = `${Math.floor(fraction * 100)}`.padStart(3);
  return `${percent} %  ${title}${secondsLeft === null ? '' : `  ${duration(secondsLeft)} left`}`;
}

/** Seconds as 0:07, 12:30 or 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
